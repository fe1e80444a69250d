//! Less weight for the few largest values: a single order of 100,000 must not decide an experiment.
//!
//! The limits are the same for all arms, and come from all arms together. Limits of each arm's own would be a difference
//! between the arms: a treatment that makes large orders larger would have its own limit raised, and one that only makes
//! some users outliers would have exactly its effect cut away, while the standard error took each limit for granted.
//! With common limits the metric, min(y, limit), is one and the same for every unit, and its test is valid.

use serde::{Deserialize, Serialize};

use crate::argument::length;
use crate::quantile::order_statistics;
use crate::values::finite_values;
use crate::{ArgumentError, Interval};

/// The limits of an experiment's values.
///
/// Winsorised values have the limit in place of what is beyond it (Tukey 1962); trimmed ones are gone. Prefer winsorising:
/// to trim is to take units out by their outcome, and the arms lose different ones. Either is a metric of its own, the mean
/// of bounded values, and says nothing of what happens beyond the limits.
///
/// ```
/// use variate_stats::winsorise::Limits;
///
/// let mut control: Vec<f64> = (1..=99).map(f64::from).collect();
/// let mut treatment: Vec<f64> = (2..=100).map(f64::from).chain([100_000.0]).collect();
///
/// let limits = Limits::at_quantiles(&[&control, &treatment], 0.0, 0.99)?;
/// limits.winsorise(&mut control)?;
/// let beyond = limits.winsorise(&mut treatment)?;
/// assert_eq!((beyond.below, beyond.above), (0, 1));
/// assert_eq!(limits.interval().upper, 100.0);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limits {
    interval: Interval,
}

/// How many values were beyond the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Beyond {
    /// Below the lower limit.
    pub below: usize,
    /// Above the upper limit.
    pub above: usize,
}

impl Limits {
    /// Fixed limits, best known before the experiment; either may be infinite.
    ///
    /// # Errors
    /// When one is NaN, or the lower is not below the upper.
    pub fn fixed(lower: f64, upper: f64) -> Result<Self, ArgumentError> {
        for (name, value) in [("lower limit", lower), ("upper limit", upper)] {
            if value.is_nan() {
                let expected = "a number or an infinity";
                return Err(ArgumentError::Range {
                    name,
                    value,
                    expected,
                });
            }
        }
        if lower >= upper {
            return Err(ArgumentError::Range {
                name: "lower limit",
                value: lower,
                expected: "less than the upper limit: nothing would vary",
            });
        }
        Ok(Self {
            interval: Interval::new(lower, upper),
        })
    }

    /// Limits at quantiles of the values of all arms together: of each tail so much as these leave, 0 or 1 for no limit.
    ///
    /// Each limit is one of the values: the smallest that at least the share `lower` does not exceed, and the same for
    /// `upper`. For metrics that are mostly 0, give the values above 0 alone, or the upper limit is 0 too.
    ///
    /// # Errors
    /// When there are no values, one is not finite, not 0 ≤ `lower` < `upper` ≤ 1, or both limits are the same value.
    pub fn at_quantiles(arms: &[&[f64]], lower: f64, upper: f64) -> Result<Self, ArgumentError> {
        for (name, value, good) in [
            ("lower share", lower, lower >= 0.0 && lower < upper),
            ("upper share", upper, upper <= 1.0),
        ] {
            if !good {
                return Err(ArgumentError::Range {
                    name,
                    value,
                    expected: "two shares from 0 to 1, the lower one first",
                });
            }
        }
        for values in arms {
            finite_values("values", values)?;
        }
        let mut values = arms.concat();
        length(!values.is_empty(), "values", values.len(), "at least 1")?;
        let place = |share: f64| {
            let at = (share * crate::values::number(values.len()))
                .ceil()
                .max(1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within the values"
            )]
            let at = at as usize;
            at - 1
        };
        let places = [place(lower), place(upper)];
        let [first, last] = order_statistics(&mut values, places);
        let lowest = if lower > 0.0 {
            first
        } else {
            f64::NEG_INFINITY
        };
        let highest = if upper < 1.0 { last } else { f64::INFINITY };
        Self::fixed(lowest, highest)
    }

    /// Both limits; values at them are within.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// What the limits make of a value; NaN stays NaN.
    pub fn clamp(&self, value: f64) -> f64 {
        // Not `f64::clamp`, which panics for limits that cannot be here.
        if value < self.interval.lower {
            self.interval.lower
        } else if value > self.interval.upper {
            self.interval.upper
        } else {
            value
        }
    }

    /// Puts the limit in place of each value beyond it, and says how many there were.
    ///
    /// # Errors
    /// When a value is not finite; nothing is changed then.
    pub fn winsorise(&self, values: &mut [f64]) -> Result<Beyond, ArgumentError> {
        finite_values("values", values)?;
        let beyond = self.beyond(values);
        for value in values {
            *value = self.clamp(*value);
        }
        Ok(beyond)
    }

    /// Takes away each value beyond the limits, and says how many there were.
    ///
    /// # Errors
    /// When a value is not finite; nothing is changed then.
    pub fn trim(&self, values: &mut Vec<f64>) -> Result<Beyond, ArgumentError> {
        finite_values("values", values)?;
        let beyond = self.beyond(values);
        values.retain(|value| self.interval.contains(*value));
        Ok(beyond)
    }

    fn beyond(&self, values: &[f64]) -> Beyond {
        let mut beyond = Beyond::default();
        for value in values {
            beyond.below += usize::from(*value < self.interval.lower);
            beyond.above += usize::from(*value > self.interval.upper);
        }
        beyond
    }
}
