use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;

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
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Variant(Cow<'static, str>);

impl Variant {
    /// The name of the control.
    pub const CONTROL: &'static str = "control";
    /// The name of the only other variant of a two-way experiment.
    pub const CANDIDATE: &'static str = "candidate";

    /// The control.
    #[inline]
    pub const fn control() -> Self {
        Self(Cow::Borrowed(Self::CONTROL))
    }

    /// The candidate.
    #[inline]
    pub const fn candidate() -> Self {
        Self(Cow::Borrowed(Self::CANDIDATE))
    }

    /// The name.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the control.
    #[inline]
    pub fn is_control(&self) -> bool {
        self.0 == Self::CONTROL
    }

    /// Whether the name can be used: not empty, not longer than 255 bytes.
    #[inline]
    pub(crate) fn is_valid(&self) -> bool {
        limits::name_fits(&self.0)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl fmt::Debug for Variant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl From<&'static str> for Variant {
    #[inline]
    fn from(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }
}

impl From<String> for Variant {
    #[inline]
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl From<Cow<'static, str>> for Variant {
    #[inline]
    fn from(name: Cow<'static, str>) -> Self {
        Self(name)
    }
}

impl AsRef<str> for Variant {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Variant {
    #[inline]
    fn eq(&self, name: &str) -> bool {
        self.0 == name
    }
}

impl PartialEq<&str> for Variant {
    #[inline]
    fn eq(&self, name: &&str) -> bool {
        self.0 == *name
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
