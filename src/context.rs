//! What an experiment knows of the unit: an ordered map of keys to [`Value`]s.

mod context_ref;
mod context_value;
mod deserialize;
mod entries;
mod from_serialize;
mod text;
mod to_deserialized;
mod value;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::Serialize;

pub use self::context_ref::ContextRef;
pub use self::context_value::ContextValue;
use self::entries::Entries;
pub use self::from_serialize::ContextError;
pub(crate) use self::text::{Decimal, TextBuffer};
pub(crate) use self::value::Repr;
pub use self::value::Value;

/// What identifies the unit of an experiment: ordered keys with [`Value`]s.
///
/// Made by [`context!`](crate::context!), out of pairs and maps, or out of any `Serialize` struct.
/// Keys keep the order in which they first came; a later value replaces an earlier one in its place.
/// Up to four entries live on the stack.
///
/// It serialises and deserialises as a map. Mind what a format makes of numbers: `serde_json`, for
/// one, reads integers beyond 64 bits as floats.
///
/// ```
/// use variate::{Context, context};
///
/// #[derive(serde::Serialize)]
/// struct Visitor { user_id: u64, plan: &'static str }
///
/// let ctx = context! { user_id: 42, plan: "pro" };
/// assert_eq!(ctx, Context::new().with("user_id", 42).with("plan", "pro"));
/// assert_eq!(ctx.get("plan").and_then(|plan| plan.as_str()), Some("pro"));
/// assert_eq!(
///     Context::from_serialize(&Visitor { user_id: 42, plan: "pro" })?.get("user_id"),
///     ctx.get("user_id"),
/// );
/// # Ok::<(), variate::ContextError>(())
/// ```
#[derive(Clone, Default)]
pub struct Context<'a> {
    entries: Entries<'a>,
}

/// Up to how many entries looking for a key one by one costs less than hashing it.
const FEW: usize = 16;

/// A key and its value.
#[derive(Clone, PartialEq)]
pub(crate) struct Entry<'a> {
    pub(crate) key: Cow<'a, str>,
    pub(crate) value: Value<'a>,
}

impl<'a> Context<'a> {
    /// A context without entries: one and the same unit for everybody.
    #[inline(always)]
    pub const fn new() -> Self {
        Self {
            entries: Entries::Zero,
        }
    }

    /// The context with a key more, or with another value in the key's place.
    #[inline(always)]
    #[must_use]
    pub fn with(self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) -> Self {
        let (key, value) = (key.into(), value.into());
        Self {
            entries: self.entries.with(Entry { key, value }),
        }
    }

    /// Adds a key, or replaces its value in place.
    pub fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        *self = std::mem::take(self).with(key, value);
    }

    /// Every entry of `later` added to this context, or put in place of the value it had.
    #[must_use]
    pub fn merged(&self, later: &Self) -> Self {
        let mut merged = self.clone();
        let later = later.entries().iter().cloned();
        merged.extend(later.map(|entry| (entry.key, entry.value)));
        merged
    }

    /// A context out of anything that serialises as a struct or map.
    ///
    /// Fields of structs and unit variants of enums become symbols, strings become texts.
    ///
    /// # Errors
    ///
    /// When `source` is not a struct or map, when it nests deeper than 128 levels, when a map's key
    /// is a list or map, or when the source's own `Serialize` fails.
    pub fn from_serialize(
        source: &(impl Serialize + ?Sized),
    ) -> Result<Context<'static>, ContextError> {
        from_serialize::context(source)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value<'a>)> {
        self.entries()
            .iter()
            .map(|entry| (entry.key.as_ref(), &entry.value))
    }

    /// How many entries there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The same context, owning its text.
    pub fn into_owned(self) -> Context<'static> {
        self.entries
            .into_vec()
            .into_iter()
            .map(|entry| (Cow::Owned(entry.key.into_owned()), entry.value.into_owned()))
            .collect::<Context<'static>>()
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        let entries = self.entries.into_vec().into_iter();
        entries.map(|entry| (entry.key, entry.value))
    }

    fn push(&mut self, entry: Entry<'a>) {
        self.entries = std::mem::take(&mut self.entries).pushed(entry);
    }

    #[inline(always)]
    pub(crate) fn entries(&self) -> &[Entry<'a>] {
        self.entries.as_slice()
    }
}

impl PartialEq for Context<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.entries() == other.entries()
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> Extend<(K, V)> for Context<'a> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        let pairs = pairs.into_iter();
        if matches!(pairs.size_hint(), (_, Some(most)) if most + self.len() <= FEW) {
            for (key, value) in pairs {
                self.insert(key, value);
            }
            return;
        }
        // Looks keys up by hash so that a wide map does not cost its square.
        let mut places: HashMap<Cow<'a, str>, usize> = self
            .entries()
            .iter()
            .enumerate()
            .map(|(place, entry)| (entry.key.clone(), place))
            .collect();
        for (key, value) in pairs {
            let (key, value) = (key.into(), value.into());
            let place = *places.entry(key.clone()).or_insert(self.len());
            match self.entries.as_mut_slice().get_mut(place) {
                Some(entry) => entry.value = value,
                None => self.push(Entry { key, value }),
            }
        }
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> FromIterator<(K, V)> for Context<'a> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut context = Self::new();
        context.extend(pairs);
        context
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>, const N: usize> From<[(K, V); N]>
    for Context<'a>
{
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> From<Vec<(K, V)>> for Context<'a> {
    fn from(pairs: Vec<(K, V)>) -> Self {
        pairs.into_iter().collect()
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> From<BTreeMap<K, V>> for Context<'a> {
    fn from(map: BTreeMap<K, V>) -> Self {
        map.into_iter().collect()
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>, S> From<HashMap<K, V, S>> for Context<'a> {
    /// Takes the map's own order, which differs from run to run: no matter to
    /// [`Canonical`](crate::Canonical) keys, but the GitLab schemes depend on order.
    fn from(map: HashMap<K, V, S>) -> Self {
        map.into_iter().collect()
    }
}

/// Writes a [`Context`](crate::Context) as it reads: `context! { user_id: user.id, "plan": plan }`.
///
/// A key is an identifier, a keyword, a literal, or an expression in parentheses. A value is
/// anything that converts into a [`Value`](crate::Value): numbers, texts, `Option`s, uuids, lists,
/// and by reference every [`ContextValue`](crate::ContextValue).
///
/// ```
/// use variate::context;
///
/// let name = String::from("Ann");
/// let key = "plan";
/// let ctx = context! { user_id: 42, name: &name, type: "admin", "free text": None::<u8>, (key): "pro" };
/// assert_eq!(ctx.len(), 5);
/// assert!(context! {}.is_empty());
/// ```
#[macro_export]
macro_rules! context {
    (@key ($key:expr)) => { $key };
    (@key $key:literal) => { $key };
    (@key $key:tt) => { ::core::stringify!($key) };
    () => { $crate::Context::new() };
    ($($key:tt : $value:expr),+ $(,)?) => {
        $crate::Context::new()$(.with($crate::context!(@key $key), $value))+
    };
}
