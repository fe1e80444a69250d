mod condition;
mod operand;
mod order;
#[cfg(feature = "catalogue")]
mod pattern;
mod share;
#[cfg(feature = "catalogue")]
mod version;

pub use self::condition::Condition;
use crate::Unit;

/// Says of a unit yes or no: the condition of an exclusion or a segment.
///
/// A closure over the [`Unit`] is one:
///
/// ```
/// use variate::{Config, Declaration, Unit, context};
///
/// let is_staff = |unit: &Unit<'_>| unit.context().get("plan").is_some_and(|plan| plan.as_str() == Some("staff"));
/// let config = Config::builder().declare(Declaration::new("toggle").exclude(is_staff)).build()?;
/// let exp = config.experiment("toggle", context! { user_id: 42, plan: "staff" });
/// assert_eq!(exp.assignment().reason().code(), "excluded");
/// # Ok::<(), variate::ConfigError>(())
/// ```
///
/// As data, which a catalogue file and `explain` can show, it is a [`Condition`].
///
/// It is asked on the caller's thread and should not block. Where one panics, an exclusion leaves the unit out and a
/// segment does not hold; that is told.
pub trait Rule: Send + Sync {
    /// Whether it holds for `unit`.
    fn matches(&self, unit: &Unit<'_>) -> bool;

    /// What it asks, in words, for `explain`.
    fn describe(&self) -> String {
        "a rule of the host's".to_owned()
    }
}

impl<F: Fn(&Unit<'_>) -> bool + Send + Sync> Rule for F {
    fn matches(&self, unit: &Unit<'_>) -> bool {
        self(unit)
    }
}

/// Why there is no such condition.
#[cfg(feature = "catalogue")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// What was to be a regular expression is none, or too large.
    #[error("`{pattern}` is no usable regular expression: {problem}")]
    Pattern {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// What was to be a requirement on versions is none.
    #[error("`{requirement}` is no requirement on versions, as `>=2.3, <3` is one: {problem}")]
    Version {
        /// The requirement.
        requirement: String,
        /// What is wrong with it.
        problem: String,
    },
}
