use crate::context::{Entry, Repr, TextBuffer, Value};

use super::KeySource;

/// How many bytes are gathered before they are handed on.
pub(crate) const BUFFER: usize = 128;

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
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // Below 128.
    pub(crate) fn string(&mut self, bytes: &[u8]) {
        let end = self.len + 1 + bytes.len();
        match self.buffer.get_mut(self.len..end) {
            Some([length, text @ ..]) if bytes.len() < 0x80 => {
                *length = bytes.len() as u8;
                text.copy_from_slice(bytes);
                self.len = end;
            }
            _ => self.long_string(bytes),
        }
    }

    #[cold]
    fn long_string(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.put(bytes);
    }

    #[inline(always)]
    pub(crate) fn entries(&mut self, entries: &[Entry<'_>]) {
        self.mark(b'm');
        self.length(entries.len());
        if entries.is_sorted_by(|one, other| one.key < other.key) {
            for entry in entries {
                self.entry(entry);
            }
        } else {
            self.sorted(entries);
        }
    }

    #[inline(always)]
    fn entry(&mut self, entry: &Entry<'_>) {
        self.string(entry.key.as_bytes());
        self.value(&entry.value);
    }

    fn sorted(&mut self, entries: &[Entry<'_>]) {
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
            self.entry(entry);
        }
    }

    #[inline(always)]
    pub(crate) fn value(&mut self, value: &Value<'_>) {
        match &value.0 {
            Repr::Text(text) => {
                self.mark(b's');
                self.string(text.as_bytes());
            }
            Repr::Int(number) if self.integer(*number) => {}
            _ => self.other_value(value),
        }
    }

    fn other_value(&mut self, value: &Value<'_>) {
        let mut buffer = TextBuffer::new();
        match value.scalar_text(&mut buffer) {
            Some(text) => {
                self.mark(b's');
                self.string(text);
            }
            None => self.structure(value),
        }
    }

    /// Writes a number of up to eight digits where it will be hashed; answers whether it is one
    /// and there was room.
    #[inline]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It has up to eight digits.
    fn integer(&mut self, number: i64) -> bool {
        let Some(place) = self.buffer.get_mut(self.len..self.len + 10) else {
            return false;
        };
        let (0..100_000_000, [mark, length, text @ ..]) = (number, place) else {
            return false;
        };
        let (digits, count) = decimal_digits(number as u32);
        *mark = b's';
        *length = count as u8;
        text.copy_from_slice(&digits.to_le_bytes());
        self.len += 2 + count;
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

/// The decimal digits of a number below 10^8 as text, first digit first in little-endian order,
/// zeros behind them, and how many there are.
///
/// Splits the number in halves, quarters and eighths that lie side by side in one word (Paul Khuong,
/// "How to print integers really fast", 2017).
#[inline(always)]
pub(crate) fn decimal_digits(number: u32) -> (u64, usize) {
    let halves = u64::from(number / 10_000) | (u64::from(number % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let quarters = hundreds | ((halves - 100 * hundreds) << 16);
    let tens = ((quarters * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | ((quarters - 10 * tens) << 8);
    let leading_zeros = (digits.trailing_zeros() / 8).min(7);
    let text = (digits | 0x3030_3030_3030_3030) >> (8 * leading_zeros);
    (text, 8 - leading_zeros as usize)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        let near_powers = (0..8).flat_map(|power| {
            let power = 10_u32.pow(power);
            [power - 1, power, power + 1]
        });
        let spread = (0..2_000_u32).map(|step| step * 49_999 + step % 7);
        for number in near_powers.chain(spread).chain([99_999_999]) {
            let (text, count) = decimal_digits(number);
            let expected = number.to_string();
            assert_eq!(&text.to_le_bytes()[..count], expected.as_bytes());
            assert_eq!(text.to_le_bytes()[count..], [0; 8][count..], "{number}");
        }
    }
}
