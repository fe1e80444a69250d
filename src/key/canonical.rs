use md5::{Digest, Md5};

use super::{Key, KeyScheme, KeySource};
use crate::context::{Entry, Repr, TextBuffer, Value};

/// The default scheme: MD5 over the experiment's name and its context, free of collisions by construction.
///
/// Independent of the order of entries and of a scalar's type (`1` and `"1"` are one unit); null and
/// `""` differ. Not secret: who knows the name and can guess the ids can compute the keys. Where
/// ids are enumerable (they mostly are), prefer [`Keyed`](crate::Keyed).
///
/// The hashed bytes, for other languages:
///
/// ```text
/// preimage = string(name) value(context as a map)      or, sticky to a value,
///            string(name) "t" value(sticky)
/// string   = length string's UTF-8 bytes
/// value    = "n"                                       null
///          | "s" string                                scalar, by its text
///          | "l" count value*                          list
///          | "m" count (string value)*                 map, sorted by the bytes of its keys
/// length, count = unsigned LEB128
/// ```
///
/// Scalar texts: integers in decimal, floats as JSON canonicalisation (RFC 8785) writes them (`1`,
/// `0.1`, `1e+21`) plus `NaN`, `Infinity`, `-Infinity`, booleans `true`/`false`, uuids hyphenated in lower case.
///
/// ```
/// use variate::{Canonical, KeyScheme, KeySource, context};
///
/// let one = context! { user_id: 1, plan: "pro" };
/// let other = context! { plan: "pro", user_id: "1" };
/// assert_eq!(
///     Canonical.key(&KeySource::new("pill", &one)),
///     Canonical.key(&KeySource::new("pill", &other)),
/// );
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Canonical;

impl KeyScheme for Canonical {
    fn key(&self, source: &KeySource<'_>) -> Key {
        let mut preimage = Preimage::new(Md5::new());
        preimage.source(source);
        <[u8; 16]>::from(preimage.finish().finalize()).into()
    }

    #[inline]
    fn separates_experiments(&self) -> bool {
        true
    }
}

/// What takes the bytes of a preimage: a digest or a keyed one.
pub(crate) trait Absorb {
    fn absorb(&mut self, bytes: &[u8]);
}

impl Absorb for Md5 {
    #[inline]
    fn absorb(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

/// The canonical bytes, gathered on the stack and handed on in one piece where they are short.
pub(crate) struct Preimage<A> {
    digest: A,
    buffer: [u8; 128],
    len: usize,
}

impl<A: Absorb> Preimage<A> {
    #[inline]
    pub(crate) fn new(digest: A) -> Self {
        Self {
            digest,
            buffer: [0; 128],
            len: 0,
        }
    }

    #[inline]
    pub(crate) fn finish(mut self) -> A {
        self.flush();
        self.digest
    }

    #[inline]
    pub(crate) fn source(&mut self, source: &KeySource<'_>) {
        self.string(source.experiment().as_bytes());
        match source.sticky_value() {
            None => self.entries(source.context().entries()),
            Some(sticky) => {
                self.put(b"t");
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
        self.put(b"m");
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
    fn value(&mut self, value: &Value<'_>) {
        let mut buffer = TextBuffer::new();
        match value.scalar_text(&mut buffer) {
            Some(text) => {
                self.put(b"s");
                self.string(text);
            }
            None => self.structure(value),
        }
    }

    fn structure(&mut self, value: &Value<'_>) {
        match &value.0 {
            Repr::List(list) => {
                self.put(b"l");
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
                self.put(b"m");
                self.length(entries.len());
                for (key, value) in entries {
                    self.string(key.as_bytes());
                    self.value(value);
                }
            }
            _ => self.put(b"n"),
        }
    }

    #[inline]
    fn length(&mut self, mut length: usize) {
        while length >= 0x80 {
            self.put(&[(length & 0x7f) as u8 | 0x80]);
            length >>= 7;
        }
        self.put(&[length as u8]);
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
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
        self.flush();
        self.digest.absorb(bytes);
    }

    #[inline]
    fn flush(&mut self) {
        self.digest
            .absorb(self.buffer.get(..self.len).unwrap_or_default());
        self.len = 0;
    }
}

static EMPTY: Entry<'static> = Entry {
    key: std::borrow::Cow::Borrowed(""),
    value: Value::null(),
};

/// The MD5 of a value's canonical bytes, in hexadecimal.
pub(crate) fn value_digest(value: &Value<'_>) -> String {
    let mut preimage = Preimage::new(Md5::new());
    preimage.value(value);
    hex::encode(preimage.finish().finalize())
}

/// MD5 over length-prefixed parts; for everything besides keys that is derived from a key.
pub(crate) fn digest_of_parts(parts: &[&[u8]]) -> [u8; 16] {
    let mut preimage = Preimage::new(Md5::new());
    for part in parts {
        preimage.string(part);
    }
    preimage.finish().finalize().into()
}
