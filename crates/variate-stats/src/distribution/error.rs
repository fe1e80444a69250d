use thiserror::Error;

/// Why there is no such distribution.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DistributionError {
    /// A shape, a mean or a deviation that must lie in a range.
    #[error("{parameter} is {value}, but must be a number from {lowest:e} to {highest:e}")]
    OutOfRange {
        /// Which parameter, in words.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// The lowest that is taken.
        lowest: f64,
        /// The highest that is taken.
        highest: f64,
    },
    /// More trials than an `f64` can count.
    #[error("{trials} trials are more than 2^53, the highest count that is exact")]
    TooManyTrials {
        /// What was given.
        trials: u64,
    },
}

/// The value, when it lies in the range.
pub(super) fn ranged(
    parameter: &'static str,
    value: f64,
    lowest: f64,
    highest: f64,
) -> Result<f64, DistributionError> {
    if value >= lowest && value <= highest {
        Ok(value)
    } else {
        Err(DistributionError::OutOfRange {
            parameter,
            value,
            lowest,
            highest,
        })
    }
}

/// Shapes and degrees of freedom: beyond these, the sums and continued fractions were not looked at.
pub(super) fn shape(parameter: &'static str, value: f64) -> Result<f64, DistributionError> {
    ranged(parameter, value, 1e-3, 1e15)
}
