use serde::{Deserialize, Serialize};

use super::Proportion;
use crate::distribution::Normal;
use crate::{ArgumentError, Estimate, Interval, Side};

/// A treatment's rate beside the control's.
///
/// ```
/// use variate_stats::{Side, proportion::{Proportion, TwoProportions}};
///
/// let rates = TwoProportions {
///     control: Proportion::new(100, 1_000)?,
///     treatment: Proportion::new(130, 1_000)?,
/// };
/// let difference = rates.wald(0.05, Side::Both)?;
/// let lift = rates.relative(0.05, Side::Both)?;
/// assert!((difference.effect - 0.03).abs() < 1e-15 && (lift.effect - 0.3).abs() < 1e-15);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoProportions {
    /// Of the control.
    pub control: Proportion,
    /// Of the treatment.
    pub treatment: Proportion,
}

impl TwoProportions {
    /// The other way round.
    pub const fn swapped(self) -> Self {
        Self {
            control: self.treatment,
            treatment: self.control,
        }
    }

    /// Treatment less control.
    pub fn difference(&self) -> f64 {
        // Exact: counts end at 1e15.
        let cross =
            |a: Proportion, b: Proportion| i128::from(a.successes()) * i128::from(b.trials());
        let over = cross(self.treatment, self.control) - cross(self.control, self.treatment);
        #[expect(clippy::cast_precision_loss, reason = "rounded once")]
        let over = over as f64;
        over / (self.control.size() * self.treatment.size())
    }

    /// Wald's z test of the difference, each arm with its own variance: √(p₀(1 − p₀)/n₀ + p₁(1 − p₁)/n₁).
    ///
    /// p-value and interval agree with each other. Too eager with small or unequal arms; there take
    /// [`score`](Self::score) or [`fisher`](Self::fisher). A. Agresti: "Categorical data analysis", 3rd edition 2013, section 3.1.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side), or both rates are 0 or 1: there is no variation to
    /// measure chance with.
    pub fn wald(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        self.varies()?;
        let variance = self.control.variance() + self.treatment.variance();
        if variance == 0.0 {
            return Err(ArgumentError::Range {
                name: "variance of both rates",
                value: 0.0,
                expected: "an arm with successes and failures, or take the score test or Fisher's",
            });
        }
        Estimate::normal(self.difference(), variance.sqrt(), alpha, side)
    }

    /// The relative lift p₁/p₀ − 1, with its interval and test from the logarithm of p₁/p₀, whose standard error is
    /// √(1/x₁ − 1/n₁ + 1/x₀ − 1/n₀).
    ///
    /// The interval is (p₁/p₀)·exp(± z·error) − 1: never below −100 %, wider above than below. `standard_error` is that of
    /// the lift to the first order, p₁/p₀ times that of the logarithm; the p-value comes from the logarithm, so that it and
    /// the interval agree with each other. Too narrow where an arm has hardly any failures: of 100 % of a small arm it knows no error at all, and
    /// misses the truth in up to 12 % of all cases; with fewer than ten successes or failures take the interval of
    /// [`relative_score`](Self::relative_score). D. Katz, J. Baptista, S. P. Azen, M. C. Pike: Biometrics 34, 1978.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side), an arm has no successes, or both have nothing else.
    pub fn relative(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        for (arm, name) in [
            (self.control, "successes of the control"),
            (self.treatment, "successes of the treatment"),
        ] {
            if arm.successes() == 0 {
                return Err(ArgumentError::Range {
                    name,
                    value: 0.0,
                    expected: "at least 1 for a relative lift, or ask for the difference",
                });
            }
        }
        self.varies()?;
        // 1/x − 1/n without the difference.
        let part = |arm: Proportion| arm.misses() / arm.size() / arm.hits();
        let error = (part(self.control) + part(self.treatment)).sqrt();
        let ratio = self.treatment.rate() / self.control.rate();
        let logarithm = Estimate::normal(self.ln_ratio(), error, alpha, side)?;
        Ok(Estimate {
            effect: self.lift(),
            standard_error: ratio * error,
            interval: Interval::new(
                unless_endless(logarithm.interval.lower),
                unless_endless(logarithm.interval.upper),
            ),
            ..logarithm
        })
    }

    /// [Wald's](Self::wald) standard error of the difference; 0 where nothing varies.
    pub(crate) fn wald_error(&self) -> f64 {
        (self.control.variance() + self.treatment.variance()).sqrt()
    }

    /// The same with half a success and half a failure more in each arm.
    pub(crate) fn shrunk_error(&self) -> f64 {
        let part = |arm: &Proportion| {
            let rate = (arm.hits() + 0.5) / (arm.size() + 1.0);
            rate * (1.0 - rate) / (arm.size() + 1.0)
        };
        (part(&self.control) + part(&self.treatment)).sqrt()
    }

    /// Where all units are alike, nothing tells how far chance goes.
    pub(super) fn varies(&self) -> Result<(), ArgumentError> {
        let hits = self.control.successes() + self.treatment.successes();
        let (name, count) = if hits == 0 {
            ("successes of both arms", hits)
        } else {
            (
                "failures of both arms",
                self.control.failures() + self.treatment.failures(),
            )
        };
        if count > 0 {
            return Ok(());
        }
        Err(ArgumentError::Range {
            name,
            value: 0.0,
            expected: "at least 1, since nothing can be tested where all units are alike",
        })
    }

    /// p₁/p₀ − 1 from the difference.
    fn lift(&self) -> f64 {
        self.difference() / self.control.rate()
    }

    /// ln(p₁/p₀), exact also where they are nearly the same.
    fn ln_ratio(&self) -> f64 {
        let lift = self.lift();
        if lift.abs() < 0.5 {
            lift.ln_1p()
        } else {
            (self.treatment.rate() / self.control.rate()).ln()
        }
    }

    /// The normal quantile of a level.
    pub(super) fn quantile(alpha: f64, side: Side) -> Result<f64, ArgumentError> {
        Ok(Normal::STANDARD.survival_quantile(0.5 * side.two_sided_alpha(alpha)?))
    }
}

/// e^end − 1, and an end that does not exist stays so.
fn unless_endless(end: f64) -> f64 {
    if end.is_finite() { end.exp_m1() } else { end }
}
