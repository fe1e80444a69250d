use std::borrow::Cow;
use std::fmt::{self, Write};
use std::num::{NonZeroI32, NonZeroI64, NonZeroU32, NonZeroU64, NonZeroU128};

use uuid::Uuid;

use super::Context;
use super::text::TextBuffer;
use crate::key::canonical;

/// How many levels of lists and maps a [`Value`] keeps; what lies deeper is replaced by its digest.
///
/// Half of what JSON parsers commonly read, so that what is written can be read back.
pub(crate) const MAX_DEPTH: u8 = 64;

/// One value of a [`Context`](crate::Context): null, bool, integer, float, text, symbol, uuid, list or map.
///
/// Made by `From` out of ordinary Rust values, by reference out of anything that implements
/// [`ContextValue`](crate::ContextValue), and by the constructors below.
///
/// ```
/// use variate::Value;
///
/// assert_eq!(Value::from(42_u64).to_string(), "42");
/// assert_eq!(Value::from(None::<u64>), Value::null());
/// assert_eq!(Value::gid("shop", "User", 42).to_string(), "gid://shop/User/42");
/// ```
///
/// Lists and maps nest up to 64 levels. One that would lie deeper is replaced by a text that
/// names its digest: different contexts keep different keys, and no input exhausts the stack.
#[derive(Clone, PartialEq)]
pub struct Value<'a>(pub(crate) Repr<'a>);

// 24 bytes: 128-bit integers are kept as bytes so that nothing here is aligned to 16.
#[derive(Clone)]
pub(crate) enum Repr<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Int128([u8; 16]),
    Uint128([u8; 16]),
    Float(f64),
    Text(&'a str),
    OwnedText(Box<str>),
    Symbol(&'a str),
    OwnedSymbol(Box<str>),
    Gid(Box<str>),
    Uuid(Uuid),
    List(Box<List<'a>>),
    Map(Box<Map<'a>>),
}

#[derive(Clone, PartialEq)]
pub(crate) struct List<'a> {
    pub(crate) items: Vec<Value<'a>>,
    depth: u8,
}

#[derive(Clone, PartialEq)]
pub(crate) struct Map<'a> {
    pub(crate) entries: Vec<(Value<'a>, Value<'a>)>,
    depth: u8,
}

impl<'a> Value<'a> {
    /// The absence of a value; distinct from the empty text.
    #[inline]
    pub const fn null() -> Self {
        Self(Repr::Null)
    }

    /// A Ruby symbol: its name wherever a text counts, `:name` inside a list or map of a GitLab key scheme.
    pub fn symbol(name: impl Into<Cow<'a, str>>) -> Self {
        Self(match name.into() {
            Cow::Borrowed(name) => Repr::Symbol(name),
            Cow::Owned(name) => Repr::OwnedSymbol(name.into()),
        })
    }

    /// The global id of a domain object, `gid://app/Model/id`, as Rails' `GlobalID` writes it.
    ///
    /// The id is escaped as in a URL's form data.
    pub fn gid(app: &str, model: &str, id: impl fmt::Display) -> Self {
        let mut text = format!("gid://{app}/{model}/");
        for byte in id.to_string().bytes() {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(char::from(byte));
                }
                b' ' => text.push('+'),
                _ => {
                    // Writing into a `String` cannot fail.
                    let _ = write!(text, "%{byte:02X}");
                }
            }
        }
        Self(Repr::Gid(text.into()))
    }

    /// A list, in order.
    pub fn list<V: Into<Value<'a>>>(items: impl IntoIterator<Item = V>) -> Self {
        let items: Vec<_> = items
            .into_iter()
            .map(|item| item.into().bounded())
            .collect();
        let depth = items.iter().map(Value::depth).max().unwrap_or(0) + 1;
        Self(Repr::List(Box::new(List { items, depth })))
    }

    /// A map, in order; of two keys with one text the later value wins, in the earlier one's place.
    ///
    /// A key counts by its text: null is the empty text, and a list or map as a key is replaced by
    /// a text that names its digest.
    pub fn map<K: Into<Value<'a>>, V: Into<Value<'a>>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut depth = 0;
        let mut kept: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        let mut places = std::collections::HashMap::<String, usize>::new();
        for (key, value) in entries {
            let (key, value) = (key.into().scalar(), value.into().bounded());
            depth = depth.max(value.depth());
            let place = *places.entry(key.to_string()).or_insert(kept.len());
            match kept.get_mut(place) {
                Some(entry) => entry.1 = value,
                None => kept.push((key, value)),
            }
        }
        Self(Repr::Map(Box::new(Map {
            entries: kept,
            depth: depth + 1,
        })))
    }

    /// Whether it certainly has nothing on the heap: a look that is cheaper than dropping it.
    #[cfg(feature = "component")]
    #[inline(always)]
    pub(crate) const fn is_plain(&self) -> bool {
        matches!(self.0, Repr::Int(_) | Repr::Text(_))
    }

    /// Whether this is [`null`](Self::null).
    #[inline]
    pub const fn is_null(&self) -> bool {
        matches!(self.0, Repr::Null)
    }

    /// The text of a text, symbol or global id; `None` for every other kind.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Repr::Gid(gid) => Some(gid),
            other => other.text().or_else(|| other.symbol()),
        }
    }

    /// The same value, owning its text.
    pub fn into_owned(self) -> Value<'static> {
        Value(match self.0 {
            Repr::Null => Repr::Null,
            Repr::Bool(value) => Repr::Bool(value),
            Repr::Int(value) => Repr::Int(value),
            Repr::Uint(value) => Repr::Uint(value),
            Repr::Int128(value) => Repr::Int128(value),
            Repr::Uint128(value) => Repr::Uint128(value),
            Repr::Float(value) => Repr::Float(value),
            Repr::Text(text) => Repr::OwnedText(text.into()),
            Repr::OwnedText(text) => Repr::OwnedText(text),
            Repr::Symbol(name) => Repr::OwnedSymbol(name.into()),
            Repr::OwnedSymbol(name) => Repr::OwnedSymbol(name),
            Repr::Gid(gid) => Repr::Gid(gid),
            Repr::Uuid(value) => Repr::Uuid(value),
            Repr::List(list) => Repr::List(Box::new(List {
                depth: list.depth,
                items: list.items.into_iter().map(Value::into_owned).collect(),
            })),
            Repr::Map(map) => Repr::Map(Box::new(Map {
                depth: map.depth,
                entries: map
                    .entries
                    .into_iter()
                    .map(|(key, value)| (key.into_owned(), value.into_owned()))
                    .collect(),
            })),
        })
    }

    /// The text of a scalar, written into `buffer` where it is not text already; `None` for null, lists and maps.
    #[inline]
    pub(crate) fn scalar_text<'t>(&'t self, buffer: &'t mut TextBuffer) -> Option<&'t [u8]> {
        Some(match &self.0 {
            Repr::Text(text) => text.as_bytes(),
            Repr::OwnedText(text) => text.as_bytes(),
            Repr::Int(value) => buffer.display(value),
            Repr::Uint(value) => buffer.display(value),
            Repr::Symbol(name) => name.as_bytes(),
            Repr::OwnedSymbol(name) => name.as_bytes(),
            Repr::Gid(gid) => gid.as_bytes(),
            Repr::Bool(true) => b"true",
            Repr::Bool(false) => b"false",
            Repr::Int128(bytes) => buffer.display(i128::from_ne_bytes(*bytes)),
            Repr::Uint128(bytes) => buffer.display(u128::from_ne_bytes(*bytes)),
            Repr::Float(value) => buffer.json_float(*value),
            Repr::Uuid(value) => buffer.display(value.hyphenated()),
            Repr::Null | Repr::List(_) | Repr::Map(_) => return None,
        })
    }

    fn depth(&self) -> u8 {
        match &self.0 {
            Repr::List(list) => list.depth,
            Repr::Map(map) => map.depth,
            _ => 0,
        }
    }

    /// This value as a key, which has a text of its own.
    fn scalar(self) -> Self {
        match self.0 {
            Repr::List(_) | Repr::Map(_) => {
                format!("variate:key:{}", canonical::value_digest(&self)).into()
            }
            _ => self,
        }
    }

    /// This value, or the text of its digest where it is as deep as a value may be.
    fn bounded(self) -> Self {
        if self.depth() < MAX_DEPTH {
            self
        } else {
            format!("variate:deep:{}", canonical::value_digest(&self)).into()
        }
    }
}

impl PartialEq for Repr<'_> {
    /// Owned and borrowed texts are equal.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Repr::Null, Repr::Null) => true,
            (Repr::Bool(one), Repr::Bool(other)) => one == other,
            (Repr::Int(one), Repr::Int(other)) => one == other,
            (Repr::Uint(one), Repr::Uint(other)) => one == other,
            (Repr::Int128(one), Repr::Int128(other))
            | (Repr::Uint128(one), Repr::Uint128(other)) => one == other,
            (Repr::Float(one), Repr::Float(other)) => one == other,
            (Repr::Uuid(one), Repr::Uuid(other)) => one == other,
            (Repr::Gid(one), Repr::Gid(other)) => one == other,
            (Repr::List(one), Repr::List(other)) => one == other,
            (Repr::Map(one), Repr::Map(other)) => one == other,
            _ => {
                let texts = (self.text(), other.text());
                let symbols = (self.symbol(), other.symbol());
                matches!(texts, (Some(one), Some(other)) if one == other)
                    || matches!(symbols, (Some(one), Some(other)) if one == other)
            }
        }
    }
}

impl Repr<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Repr::Text(text) => Some(text),
            Repr::OwnedText(text) => Some(text),
            _ => None,
        }
    }

    fn symbol(&self) -> Option<&str> {
        match self {
            Repr::Symbol(name) => Some(name),
            Repr::OwnedSymbol(name) => Some(name),
            _ => None,
        }
    }
}

impl Default for Value<'_> {
    /// Null.
    fn default() -> Self {
        Self::null()
    }
}

impl fmt::Display for Value<'_> {
    /// Writes the text that a key is made of: scalars bare, null as nothing, lists and maps in brackets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Null => Ok(()),
            Repr::List(list) => out.debug_list().entries(&list.items).finish(),
            Repr::Map(map) => out
                .debug_map()
                .entries(map.entries.iter().map(|(key, value)| (key, value)))
                .finish(),
            _ => {
                let mut buffer = TextBuffer::new();
                let text = self.scalar_text(&mut buffer).unwrap_or_default();
                out.write_str(&String::from_utf8_lossy(text))
            }
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Null => out.write_str("null"),
            Repr::Text(text) => fmt::Debug::fmt(text, out),
            Repr::OwnedText(text) => fmt::Debug::fmt(text, out),
            _ => fmt::Display::fmt(self, out),
        }
    }
}

impl From<i128> for Value<'_> {
    fn from(value: i128) -> Self {
        Self(match (i64::try_from(value), u64::try_from(value)) {
            (Ok(small), _) => Repr::Int(small),
            (_, Ok(small)) => Repr::Uint(small),
            _ => Repr::Int128(value.to_ne_bytes()),
        })
    }
}

impl From<u128> for Value<'_> {
    fn from(value: u128) -> Self {
        i128::try_from(value).map_or_else(|_| Self(Repr::Uint128(value.to_ne_bytes())), Self::from)
    }
}

impl From<i64> for Value<'_> {
    #[inline]
    fn from(value: i64) -> Self {
        Self(Repr::Int(value))
    }
}

impl From<u64> for Value<'_> {
    #[inline]
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(value) => Self(Repr::Int(value)),
            Err(_) => Self(Repr::Uint(value)),
        }
    }
}

impl From<usize> for Value<'_> {
    #[inline]
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<isize> for Value<'_> {
    #[inline]
    fn from(value: isize) -> Self {
        Self(Repr::Int(value as i64))
    }
}

macro_rules! from_small_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value<'_> {
            #[inline]
            fn from(value: $integer) -> Self {
                Self(Repr::Int(i64::from(value)))
            }
        }
    )*};
}
from_small_integer!(i8, i16, i32, u8, u16, u32);

macro_rules! from_non_zero {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value<'_> {
            #[inline]
            fn from(value: $integer) -> Self {
                value.get().into()
            }
        }
    )*};
}
from_non_zero!(NonZeroI32, NonZeroI64, NonZeroU32, NonZeroU64, NonZeroU128);

impl From<f64> for Value<'_> {
    #[inline]
    fn from(value: f64) -> Self {
        Self(Repr::Float(value))
    }
}

impl From<f32> for Value<'_> {
    /// Takes the number that the shortest decimal of `value` names: `0.1_f32` and `0.1_f64` are one value.
    fn from(value: f32) -> Self {
        Self(Repr::Float(
            value.to_string().parse().unwrap_or_else(|_| value.into()),
        ))
    }
}

impl From<bool> for Value<'_> {
    #[inline]
    fn from(value: bool) -> Self {
        Self(Repr::Bool(value))
    }
}

impl From<char> for Value<'_> {
    fn from(value: char) -> Self {
        value.to_string().into()
    }
}

impl From<Uuid> for Value<'_> {
    #[inline]
    fn from(value: Uuid) -> Self {
        Self(Repr::Uuid(value))
    }
}

impl From<String> for Value<'_> {
    #[inline]
    fn from(value: String) -> Self {
        Self(Repr::OwnedText(value.into()))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    #[inline]
    fn from(value: Cow<'a, str>) -> Self {
        match value {
            Cow::Borrowed(text) => Self(Repr::Text(text)),
            Cow::Owned(text) => text.into(),
        }
    }
}

impl From<()> for Value<'_> {
    #[inline]
    fn from((): ()) -> Self {
        Self::null()
    }
}

impl<'a> From<Context<'a>> for Value<'a> {
    fn from(context: Context<'a>) -> Self {
        Self::map(context.into_entries())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    #[inline]
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::null, Into::into)
    }
}

impl<'a, T: Into<Value<'a>>> From<Vec<T>> for Value<'a> {
    fn from(items: Vec<T>) -> Self {
        Self::list(items)
    }
}

impl<'a, T: Into<Value<'a>>, const N: usize> From<[T; N]> for Value<'a> {
    fn from(items: [T; N]) -> Self {
        Self::list(items)
    }
}
