use crate::context::{Entry, Repr, TextBuffer, Value};

use super::KeySource;

/// How many bytes are gathered before they are handed on.
pub(super) const BUFFER: usize = 128;

/// What takes the bytes of a preimage: a digest or a keyed one.
pub(crate) trait Hash {
    type Output;

    fn absorb(&mut self, bytes: &[u8]);

    /// The hash of all that was absorbed and the first `len` bytes of `buffer`. If nothing was
    /// absorbed, the buffer holds zeros behind them.
    fn finish(self, buffer: &mut [u8; BUFFER], len: usize) -> Self::Output;
}

/// The canonical bytes, gathered on the stack and handed on in one piece where they are short.
pub(crate) struct Preimage<H> {
    hash: H,
    buffer: [u8; BUFFER],
    len: usize,
}

impl<H: Hash> Preimage<H> {
    #[inline]
    pub(crate) fn new(hash: H) -> Self {
        Self {
            hash,
            buffer: [0; BUFFER],
            len: 0,
        }
    }

    #[inline]
    pub(crate) fn finish(mut self) -> H::Output {
        self.hash.finish(&mut self.buffer, self.len)
    }

    #[inline]
    pub(crate) fn source(&mut self, source: &KeySource<'_>) {
        self.string(source.experiment().as_bytes());
        match source.sticky_value() {
            None => self.entries(source.context().entries()),
            Some(sticky) => {
                self.mark(b't');
                self.value(sticky);
            }
        }
    }

    /// A length and the bytes.
    #[inline]
    pub(crate) fn string(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.put(bytes);
    }

    #[inline]
    fn entries(&mut self, entries: &[Entry<'_>]) {
        self.mark(b'm');
        self.length(entries.len());
        let mut few = [const { &EMPTY }; 8];
        let mut many: Vec<&Entry<'_>>;
        let sorted: &mut [&Entry<'_>] = match few.get_mut(..entries.len()) {
            Some(few) => {
                for (place, entry) in few.iter_mut().zip(entries) {
                    *place = entry;
                }
                few
            }
            None => {
                many = entries.iter().collect();
                &mut many
            }
        };
        sorted.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        for entry in sorted {
            self.string(entry.key.as_bytes());
            self.value(&entry.value);
        }
    }

    #[inline]
    pub(crate) fn value(&mut self, value: &Value<'_>) {
        match &value.0 {
            Repr::Text(text) => {
                self.mark(b's');
                self.string(text.as_bytes());
                return;
            }
            Repr::Int(number) if self.integer(*number) => return,
            _ => {}
        }
        let mut buffer = TextBuffer::new();
        match value.scalar_text(&mut buffer) {
            Some(text) => {
                self.mark(b's');
                self.string(text);
            }
            None => self.structure(value),
        }
    }

    /// Writes the digits where they will be hashed; answers whether there was room.
    #[inline]
    fn integer(&mut self, number: i64) -> bool {
        let mut magnitude = number.unsigned_abs();
        let negative = usize::from(number < 0);
        let digits = magnitude.checked_ilog10().unwrap_or(0) as usize + 1;
        let end = self.len + 2 + negative + digits;
        let Some([mark, length, text @ ..]) = self.buffer.get_mut(self.len..end) else {
            return false;
        };
        *mark = b's';
        *length = (negative + digits) as u8;
        let (first, pairs) = text.as_rchunks_mut();
        for pair in pairs.iter_mut().rev() {
            let two = (magnitude % 100) as u8;
            *pair = [b'0' + two / 10, b'0' + two % 10];
            magnitude /= 100;
        }
        if let Some(first) = first.first_mut() {
            *first = b'0' + magnitude as u8;
        }
        if let (1, Some(sign)) = (negative, text.first_mut()) {
            *sign = b'-';
        }
        self.len = end;
        true
    }

    fn structure(&mut self, value: &Value<'_>) {
        match &value.0 {
            Repr::List(list) => {
                self.mark(b'l');
                self.length(list.items.len());
                for item in &list.items {
                    self.value(item);
                }
            }
            Repr::Map(map) => {
                let mut entries: Vec<_> = map
                    .entries
                    .iter()
                    .map(|(key, value)| (key.to_string(), value))
                    .collect();
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                self.mark(b'm');
                self.length(entries.len());
                for (key, value) in entries {
                    self.string(key.as_bytes());
                    self.value(value);
                }
            }
            _ => self.mark(b'n'),
        }
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)] // Seven bits are left of what is cast.
    fn length(&mut self, mut length: usize) {
        while length >= 0x80 {
            self.mark((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        self.mark(length as u8);
    }

    #[inline]
    fn mark(&mut self, byte: u8) {
        match self.buffer.get_mut(self.len) {
            Some(place) => {
                *place = byte;
                self.len += 1;
            }
            None => self.overflow(&[byte]),
        }
    }

    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        match self.buffer.get_mut(self.len..end) {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.len = end;
            }
            None => self.overflow(bytes),
        }
    }

    #[cold]
    fn overflow(&mut self, bytes: &[u8]) {
        self.hash
            .absorb(self.buffer.get(..self.len).unwrap_or_default());
        self.hash.absorb(bytes);
        self.len = 0;
    }
}

static EMPTY: Entry<'static> = Entry {
    key: std::borrow::Cow::Borrowed(""),
    value: Value::null(),
};
