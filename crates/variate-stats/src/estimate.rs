//! What a test with a fixed number of units says.

use serde::{Deserialize, Serialize};

use crate::argument::{finite, positive};
use crate::distribution::{Normal, StudentT};
use crate::{ArgumentError, Interval, Side};

/// An effect with its uncertainty, as a test sees it that is read once: always-valid methods give
/// [`AlwaysValid`](crate::sequential::AlwaysValid) instead.
///
/// ```
/// use variate_stats::{Estimate, Side};
///
/// let estimate = Estimate::student(0.4, 0.18997, 997.9, 0.05, Side::Both)?;
/// assert!(estimate.p_value < 0.05 && estimate.interval.lower > 0.0);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The effect in its own unit: treatment less control, or what the method says.
    pub effect: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Of the t distribution; infinite (`null`) where the statistic is normal.
    #[serde(
        serialize_with = "crate::interval::write",
        deserialize_with = "crate::interval::read_upper"
    )]
    pub degrees_of_freedom: f64,
    /// Where the effect is, at the level asked for; one end is infinite for one side.
    pub interval: Interval,
    /// How likely an effect as large as this is without any, 0 to 1.
    pub p_value: f64,
}

impl Estimate {
    /// From an effect whose error is normal.
    ///
    /// # Errors
    /// When `effect` is not finite, `standard_error` not a finite number above 0 (data without variation say nothing
    /// about chance), or `alpha` not between 0 and 1 (below ½ for one side).
    pub fn normal(
        effect: f64,
        standard_error: f64,
        alpha: f64,
        side: Side,
    ) -> Result<Self, ArgumentError> {
        let level = side.two_sided_alpha(alpha)?;
        let error = varying(standard_error)?;
        Ok(Self::of(
            finite("effect", effect)?,
            error,
            f64::INFINITY,
            Normal::STANDARD.survival_quantile(0.5 * level),
            |z| Normal::STANDARD.survival(z),
            side,
        ))
    }

    /// From an effect whose error has a t distribution with so many degrees of freedom.
    ///
    /// # Errors
    /// As [`Estimate::normal`], and when `degrees_of_freedom` is not a finite number above 0.
    pub fn student(
        effect: f64,
        standard_error: f64,
        degrees_of_freedom: f64,
        alpha: f64,
        side: Side,
    ) -> Result<Self, ArgumentError> {
        let level = side.two_sided_alpha(alpha)?;
        let error = varying(standard_error)?;
        let t = StudentT::new(degrees_of_freedom)?;
        Ok(Self::of(
            finite("effect", effect)?,
            error,
            degrees_of_freedom,
            t.survival_quantile(0.5 * level),
            |statistic| t.survival(statistic),
            side,
        ))
    }

    /// The effect in standard errors.
    pub fn statistic(&self) -> f64 {
        self.effect / self.standard_error
    }

    fn of(
        effect: f64,
        standard_error: f64,
        degrees_of_freedom: f64,
        critical: f64,
        survival: impl Fn(f64) -> f64,
        side: Side,
    ) -> Self {
        let statistic = effect / standard_error;
        let both = Interval::around(effect, critical * standard_error);
        let (p_value, interval) = match side {
            Side::Both => (2.0 * survival(statistic.abs()), both),
            Side::Greater => (
                survival(statistic),
                Interval::new(both.lower, f64::INFINITY),
            ),
            Side::Less => (
                survival(-statistic),
                Interval::new(f64::NEG_INFINITY, both.upper),
            ),
        };
        Self {
            effect,
            standard_error,
            degrees_of_freedom,
            interval,
            p_value: p_value.min(1.0),
        }
    }
}

/// The standard error of values that are not all the same.
fn varying(standard_error: f64) -> Result<f64, ArgumentError> {
    if standard_error == 0.0 {
        return Err(ArgumentError::Range {
            name: "standard error",
            value: 0.0,
            expected: "values that vary, since nothing can be tested where all units are alike",
        });
    }
    positive("standard error", standard_error)
}
