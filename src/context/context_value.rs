use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::num::{NonZeroI32, NonZeroI64, NonZeroU32, NonZeroU64, NonZeroU128};
use std::rc::Rc;
use std::sync::Arc;

use uuid::Uuid;

use super::value::{Repr, Value};

/// What can stand in a [`Context`](crate::Context) by reference: numbers, texts, and the host's domain objects.
///
/// A domain object answers with its global id, so that it hashes the same wherever it is loaded.
/// Derive it with the `derive` feature, or write it:
///
/// ```
/// use variate::{ContextValue, Value, context};
///
/// struct User { id: u64 }
///
/// impl ContextValue for User {
///     fn to_value(&self) -> Value<'_> {
///         Value::gid("shop", "User", self.id)
///     }
/// }
///
/// let user = User { id: 42 };
/// let ctx = context! { actor: &user };
/// assert_eq!(ctx.get("actor").unwrap().to_string(), "gid://shop/User/42");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a context's key",
    note = "use a part of it that can, as `#[key(user.id)]` or `context! {{ user_id: user.id }}`, or derive `ContextValue` for its type"
)]
pub trait ContextValue {
    /// The value that stands for `self`.
    fn to_value(&self) -> Value<'_>;
}

impl<'a, T: ContextValue + ?Sized> From<&'a T> for Value<'a> {
    #[inline]
    fn from(value: &'a T) -> Self {
        value.to_value()
    }
}

impl ContextValue for str {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        Value(Repr::Text(self))
    }
}

impl ContextValue for String {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        self.as_str().to_value()
    }
}

impl ContextValue for Cow<'_, str> {
    #[inline]
    fn to_value(&self) -> Value<'_> {
        str::to_value(self)
    }
}

impl ContextValue for Value<'_> {
    fn to_value(&self) -> Value<'_> {
        match &self.0 {
            Repr::OwnedText(text) => Value(Repr::Text(text)),
            Repr::OwnedSymbol(name) => Value(Repr::Symbol(name)),
            _ => self.clone(),
        }
    }
}

macro_rules! by_copy {
    ($($scalar:ty),*) => {$(
        impl ContextValue for $scalar {
            #[inline]
            fn to_value(&self) -> Value<'_> {
                Value::from(*self)
            }
        }
    )*};
}
by_copy!(
    (),
    bool,
    char,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    f32,
    f64,
    NonZeroI32,
    NonZeroI64,
    NonZeroU32,
    NonZeroU64,
    NonZeroU128,
    Uuid
);

impl<T: ContextValue + ?Sized> ContextValue for &T {
    fn to_value(&self) -> Value<'_> {
        T::to_value(self)
    }
}

impl<T: ContextValue + ?Sized> ContextValue for Box<T> {
    fn to_value(&self) -> Value<'_> {
        T::to_value(self)
    }
}

impl<T: ContextValue + ?Sized> ContextValue for Rc<T> {
    fn to_value(&self) -> Value<'_> {
        T::to_value(self)
    }
}

impl<T: ContextValue + ?Sized> ContextValue for Arc<T> {
    fn to_value(&self) -> Value<'_> {
        T::to_value(self)
    }
}

impl<T: ContextValue> ContextValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or_else(Value::null, T::to_value)
    }
}

impl<T: ContextValue> ContextValue for [T] {
    fn to_value(&self) -> Value<'_> {
        Value::list(self)
    }
}

impl<T: ContextValue, const N: usize> ContextValue for [T; N] {
    fn to_value(&self) -> Value<'_> {
        Value::list(self)
    }
}

impl<T: ContextValue> ContextValue for Vec<T> {
    fn to_value(&self) -> Value<'_> {
        Value::list(self)
    }
}

impl<K: ContextValue, V: ContextValue> ContextValue for BTreeMap<K, V> {
    fn to_value(&self) -> Value<'_> {
        Value::map(self)
    }
}

impl<K: ContextValue, V: ContextValue, S> ContextValue for HashMap<K, V, S> {
    fn to_value(&self) -> Value<'_> {
        Value::map(self)
    }
}
