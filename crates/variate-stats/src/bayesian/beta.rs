//! What is known of a rate.
use serde::{Deserialize, Serialize};

use super::{Posterior, arms::sealed::Arm};
use crate::{
    ArgumentError, Interval,
    argument::{fraction, non_negative, positive},
    distribution::Beta,
    special::{BetaPoint, IncompleteBeta},
};

/// The posterior Beta(a, b) of a rate.
///
/// ```
/// use variate_stats::bayesian::BetaPosterior;
///
/// let retention = BetaPosterior::from_counts(8_502.0, 44_700.0)?; // prior Beta(1, 1)
/// let interval = retention.credible_interval(0.05)?;
/// assert!((interval.lower - 0.1866).abs() < 1e-4 && (interval.upper - 0.1939).abs() < 1e-4);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parameters", into = "Parameters")]
pub struct BetaPosterior {
    beta: IncompleteBeta,
}

#[derive(Serialize, Deserialize)]
struct Parameters {
    a: f64,
    b: f64,
}

impl TryFrom<Parameters> for BetaPosterior {
    type Error = ArgumentError;

    fn try_from(given: Parameters) -> Result<Self, ArgumentError> {
        Self::new(given.a, given.b)
    }
}

impl From<BetaPosterior> for Parameters {
    fn from(posterior: BetaPosterior) -> Self {
        let (a, b) = (posterior.a(), posterior.b());
        Self { a, b }
    }
}

impl BetaPosterior {
    /// Beta(`a`, `b`): as if `a` units had converted and `b` had not.
    ///
    /// # Errors
    /// When `a` or `b` is not from 1e-6 to 1e15.
    pub fn new(a: f64, b: f64) -> Result<Self, ArgumentError> {
        for (name, value) in [("a", a), ("b", b)] {
            if !(1e-6..=1e15).contains(&value) {
                return Err(ArgumentError::Range {
                    name,
                    value,
                    expected: "a number from 1e-6 to 1e15",
                });
            }
        }
        Ok(Self {
            beta: IncompleteBeta::new(a, b),
        })
    }

    /// The posterior after `successes` of `units` when every rate was equally likely before.
    ///
    /// # Errors
    /// When `successes` is not from 0 to `units`, or `units` is above 1e15.
    pub fn from_counts(successes: f64, units: f64) -> Result<Self, ArgumentError> {
        Self::new(1.0, 1.0)?.after(successes, units)
    }

    /// The posterior after `successes` of `units` more, with this as the prior.
    ///
    /// # Errors
    /// When `successes` is not from 0 to `units`, or the sum is above 1e15.
    pub fn after(self, successes: f64, units: f64) -> Result<Self, ArgumentError> {
        non_negative("units", units)?;
        if !(0.0..=units).contains(&successes) {
            let expected = "a number from 0 to that of the units";
            return Err(ArgumentError::Range {
                name: "successes",
                value: successes,
                expected,
            });
        }
        Self::new(self.a() + successes, self.b() + (units - successes))
    }

    /// The first parameter.
    pub fn a(&self) -> f64 {
        self.beta.a
    }

    /// The second parameter.
    pub fn b(&self) -> f64 {
        self.beta.b
    }

    /// The mean, a/(a+b).
    pub fn mean(&self) -> f64 {
        self.a() / (self.a() + self.b())
    }

    /// The standard deviation, √(ab/(a+b+1))/(a+b).
    pub fn standard_deviation(&self) -> f64 {
        let whole = self.a() + self.b();
        (self.a() / whole * (self.b() / whole) / (whole + 1.0)).sqrt()
    }

    /// The interval with a probability of 1 − `alpha` that leaves α/2 on each side.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1.
    pub fn credible_interval(&self, alpha: f64) -> Result<Interval, ArgumentError> {
        let half = positive("half of alpha", fraction("alpha", alpha)? / 2.0)?;
        let law = Beta::over(self.beta);
        Ok(Interval::new(
            law.quantile(half),
            law.survival_quantile(half),
        ))
    }

    /// The argument with these log-odds, as far as its odds are those of an `f64`, and how much farther they go.
    fn point(&self, at: f64) -> (BetaPoint, f64) {
        let near = at.clamp(-FAR, FAR);
        (self.beta.at_log_odds(near - self.centre()), at - near)
    }
}

/// Beyond these log-odds a tail is the exponential x^a or y^b to the last digit.
const FAR: f64 = 600.0;

/// The rate with these log-odds.
pub(super) fn value(at: f64) -> f64 {
    if at < 0.0 {
        at.exp() / (1.0 + at.exp())
    } else {
        1.0 / (1.0 + (-at).exp())
    }
}

impl Posterior for BetaPosterior {}

impl Arm for BetaPosterior {
    fn centre(&self) -> f64 {
        (self.a() / self.b()).ln()
    }

    fn scale(&self) -> f64 {
        let spread = 1.0 / self.a() + 1.0 / self.b();
        spread.sqrt() + spread
    }

    fn grain(&self) -> f64 {
        self.scale().min(1.0)
    }

    fn ln_density(&self, at: f64) -> f64 {
        let (point, beyond) = self.point(at);
        let ln_power = self.beta.power(&point).ln();
        if beyond < 0.0 {
            ln_power + self.a() * beyond
        } else {
            ln_power - self.b() * beyond
        }
    }

    fn ln_tails(&self, at: f64) -> (f64, f64) {
        let (point, beyond) = self.point(at);
        let tails = self.beta.tails(&point);
        let (less, greater) = (tails.ln_lower().min(0.0), tails.ln_upper().min(0.0));
        if beyond < 0.0 {
            let less = less + self.a() * beyond;
            (less, (-less.exp()).ln_1p())
        } else if beyond > 0.0 {
            let greater = greater - self.b() * beyond;
            ((-greater.exp()).ln_1p(), greater)
        } else {
            (less, greater)
        }
    }

    fn ln_slope(&self, at: f64) -> f64 {
        -at.abs() - 2.0 * (-at.abs()).exp().ln_1p()
    }
}
