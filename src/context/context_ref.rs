use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;

use super::{Context, Value};

/// A context that an experiment owns or borrows: what the second argument of
/// [`experiment`](crate::experiment()) converts into.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // Boxing the owned context would cost every experiment an allocation.
pub enum ContextRef<'a> {
    /// The experiment's own.
    Owned(Context<'a>),
    /// Somebody else's.
    Borrowed(&'a Context<'a>),
}

impl<'a> ContextRef<'a> {
    pub(crate) fn into_context(self) -> Context<'a> {
        match self {
            Self::Owned(context) => context,
            Self::Borrowed(context) => context.clone(),
        }
    }
}

impl<'a> Deref for ContextRef<'a> {
    type Target = Context<'a>;

    #[inline]
    fn deref(&self) -> &Context<'a> {
        match self {
            Self::Owned(context) => context,
            Self::Borrowed(context) => context,
        }
    }
}

impl<'a> From<Context<'a>> for ContextRef<'a> {
    #[inline(always)]
    fn from(context: Context<'a>) -> Self {
        Self::Owned(context)
    }
}

impl<'a, 'b: 'a> From<&'a Context<'b>> for ContextRef<'a> {
    #[inline]
    fn from(context: &'a Context<'b>) -> Self {
        Self::Borrowed(context)
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>, const N: usize> From<[(K, V); N]>
    for ContextRef<'a>
{
    fn from(pairs: [(K, V); N]) -> Self {
        Self::Owned(pairs.into())
    }
}

macro_rules! from_pairs {
    ($($pairs:ty),*) => {$(
        impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> From<$pairs> for ContextRef<'a> {
            fn from(pairs: $pairs) -> Self {
                Self::Owned(pairs.into())
            }
        }
    )*};
}
from_pairs!(Vec<(K, V)>, BTreeMap<K, V>, HashMap<K, V>);
