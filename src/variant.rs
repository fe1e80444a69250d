use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Value, limits};

/// The name of a variant: `control`, `candidate`, or a name of its own.
///
/// Compares with texts, so that code can branch on it:
///
/// ```
/// use variate::Variant;
///
/// let variant = Variant::from("red");
/// match variant.as_str() {
///     "red" => assert!(!variant.is_control()),
///     _ => unreachable!(),
/// }
/// assert_eq!(variant, "red");
/// ```
///
/// A declared variant may carry a [payload](Self::payload). Two variants of one name are equal,
/// whatever they carry; only the name is serialised.
#[derive(Clone)]
pub struct Variant(Repr);

#[derive(Clone)]
enum Repr {
    Named(&'static str),
    Owned(Box<str>),
    Declared(&'static DeclaredVariant),
}

/// A name and what it stands for, kept for as long as the process runs.
pub(crate) struct DeclaredVariant {
    pub(crate) name: &'static str,
    pub(crate) payload: Value<'static>,
}

impl Variant {
    /// The name of the control.
    pub const CONTROL: &'static str = "control";
    /// The name of the only other variant of a two-way experiment.
    pub const CANDIDATE: &'static str = "candidate";

    /// The control.
    #[inline]
    pub const fn control() -> Self {
        Self(Repr::Named(Self::CONTROL))
    }

    /// The candidate.
    #[inline]
    pub const fn candidate() -> Self {
        Self(Repr::Named(Self::CANDIDATE))
    }

    pub(crate) const fn declared(variant: &'static DeclaredVariant) -> Self {
        Self(Repr::Declared(variant))
    }

    /// The name.
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Named(name) => name,
            Repr::Owned(name) => name,
            Repr::Declared(variant) => variant.name,
        }
    }

    /// Whether this is the control.
    #[inline]
    pub fn is_control(&self) -> bool {
        self.as_str() == Self::CONTROL
    }

    /// What the declaration says that this variant stands for, as a `T`.
    ///
    /// For experiments on configuration: see [`Declaration::payload`](crate::Declaration::payload).
    ///
    /// # Errors
    ///
    /// When the variant carries no payload (and `T` is not optional), or one that is not a `T`.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        static NONE: Value<'static> = Value::null();
        let payload = match &self.0 {
            Repr::Declared(variant) => Some(&variant.payload),
            _ => None,
        };
        let variant = || self.as_str().to_owned();
        payload
            .unwrap_or(&NONE)
            .to_deserialized()
            .map_err(|problem| match payload {
                Some(_) => PayloadError::Mismatch {
                    variant: variant(),
                    problem: problem.to_string(),
                },
                None => PayloadError::Missing(variant()),
            })
    }

    /// Whether the name can be used: not empty, not longer than 255 bytes.
    #[inline]
    pub(crate) fn is_valid(&self) -> bool {
        limits::name_fits(self.as_str())
    }
}

impl PartialEq for Variant {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Variant {}

impl Hash for Variant {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.as_str().hash(hasher);
    }
}

impl PartialOrd for Variant {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Variant {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Serialize for Variant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Variant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Why a [`Variant`]'s payload cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The variant carries none.
    #[error("the variant `{0}` carries no payload: declare one")]
    Missing(String),
    /// The payload is of another shape.
    #[error("the payload of the variant `{variant}` is not what was asked for: {problem}")]
    Mismatch {
        /// The variant.
        variant: String,
        /// What does not fit.
        problem: String,
    },
}

impl fmt::Display for Variant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

impl From<&'static str> for Variant {
    #[inline]
    fn from(name: &'static str) -> Self {
        Self(Repr::Named(name))
    }
}

impl From<String> for Variant {
    #[inline]
    fn from(name: String) -> Self {
        Self(Repr::Owned(name.into()))
    }
}

impl From<Cow<'static, str>> for Variant {
    #[inline]
    fn from(name: Cow<'static, str>) -> Self {
        match name {
            Cow::Borrowed(name) => name.into(),
            Cow::Owned(name) => name.into(),
        }
    }
}

impl AsRef<str> for Variant {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Variant {
    #[inline]
    fn eq(&self, name: &str) -> bool {
        self.as_str() == name
    }
}

impl PartialEq<&str> for Variant {
    #[inline]
    fn eq(&self, name: &&str) -> bool {
        self.as_str() == *name
    }
}

/// The control, for lists of references.
pub(crate) static CONTROL: Variant = Variant::control();

/// An enum whose values are the variants of an experiment, for an exhaustive `match`.
///
/// Derive it with the `derive` feature (`#[variant(control)]` marks the control), or write it:
///
/// ```
/// use variate::{Config, Variants, always_candidate, context};
///
/// #[derive(Debug, Clone, Copy, PartialEq)]
/// enum Toggle { Old, New }
///
/// impl Variants for Toggle {
///     const NAMES: &'static [&'static str] = &["control", "candidate"];
///
///     fn from_index(index: usize) -> Self {
///         if index == 1 { Self::New } else { Self::Old }
///     }
/// }
///
/// let config = Config::builder().resolver(always_candidate()).build()?;
/// let label = match config.experiment("toggle", context! { user_id: 7 }).assign::<Toggle>() {
///     Toggle::Old => "switch",
///     Toggle::New => "button",
/// };
/// assert_eq!(label, "button");
/// # Ok::<(), variate::ConfigError>(())
/// ```
pub trait Variants: Sized {
    /// The names, `control` first.
    const NAMES: &'static [&'static str];

    /// The value at `index` of [`NAMES`](Self::NAMES); the control for 0 and for anything beyond the end.
    fn from_index(index: usize) -> Self;
}
