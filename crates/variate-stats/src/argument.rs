//! What is refused, and why.

use crate::distribution::DistributionError;

/// An argument outside of what the formula is defined for.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// A number outside of its range, infinities and NaN included.
    #[error("{name} is {value}: give {expected}")]
    Range {
        /// Which argument.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// A list with too few or too many entries.
    #[error("{name} has {found} entries: give {expected}")]
    Length {
        /// Which argument.
        name: &'static str,
        /// How many entries were given.
        found: usize,
        /// What would be right.
        expected: &'static str,
    },
    /// A value of a list that cannot be counted, infinities and NaN included.
    #[error("{name}: entry {index} is {value}: give {expected}")]
    Entry {
        /// Which argument.
        name: &'static str,
        /// Which entry, the first is 0.
        index: usize,
        /// What was given.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// Too few units of an arm in a stratum for a variance.
    #[error(
        "stratum {stratum} has {units} units of the {arm}: give at least 2, or put it together with a similar one"
    )]
    Stratum {
        /// Which stratum, the first is 0.
        stratum: usize,
        /// `control` or `treatment`.
        arm: &'static str,
        /// How many units there are.
        units: u64,
    },
    /// A covariate that says nothing by itself.
    #[error("covariate {column} {reason}: leave it out")]
    Covariate {
        /// Which column, the first is 0.
        column: usize,
        /// Why it cannot be used.
        reason: crate::adjustment::Unusable,
    },
    /// No distribution has such a parameter.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
}

type Checked<T> = Result<T, ArgumentError>;

fn check(good: bool, name: &'static str, value: f64, expected: &'static str) -> Checked<f64> {
    if good {
        Ok(value)
    } else {
        Err(ArgumentError::Range {
            name,
            value,
            expected,
        })
    }
}

pub(crate) fn finite(name: &'static str, value: f64) -> Checked<f64> {
    check(value.is_finite(), name, value, "a finite number")
}

pub(crate) fn positive(name: &'static str, value: f64) -> Checked<f64> {
    check(
        value > 0.0 && value.is_finite(),
        name,
        value,
        "a finite number above 0",
    )
}

/// A finite number of at least 0.
pub(crate) fn non_negative(name: &'static str, value: f64) -> Checked<f64> {
    check(
        value >= 0.0 && value.is_finite(),
        name,
        value,
        "a finite number of at least 0",
    )
}

/// A number strictly between 0 and 1: a significance level, a share.
pub(crate) fn fraction(name: &'static str, value: f64) -> Checked<f64> {
    check(
        value > 0.0 && value < 1.0,
        name,
        value,
        "a number between 0 and 1, both excluded",
    )
}

pub(crate) fn length(
    good: bool,
    name: &'static str,
    found: usize,
    expected: &'static str,
) -> Checked<()> {
    if good {
        Ok(())
    } else {
        Err(ArgumentError::Length {
            name,
            found,
            expected,
        })
    }
}
