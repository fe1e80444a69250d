//! What is known of a rate.
#![expect(
    clippy::many_single_char_names,
    reason = "the letters of the literature"
)]

use serde::{Deserialize, Serialize};

use super::{Posterior, arms::sealed::Arm};
use crate::{
    ArgumentError, Interval,
    argument::{fraction, non_negative, positive},
    quadrature::increasing_root_secant,
    special::{LN_ROOT_TAU, stirling},
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
#[serde(try_from = "Parameters")]
pub struct BetaPosterior {
    a: f64,
    b: f64,
}

#[derive(Deserialize)]
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

impl BetaPosterior {
    /// Beta(`a`, `b`): as if `a` units had converted and `b` had not.
    ///
    /// # Errors
    /// When `a` or `b` is not from 1e-6 to 1e10.
    pub fn new(a: f64, b: f64) -> Result<Self, ArgumentError> {
        for (name, value) in [("a", a), ("b", b)] {
            if !(1e-6..=1e10).contains(&value) {
                return Err(ArgumentError::Range {
                    name,
                    value,
                    expected: "a number from 1e-6 to 1e10",
                });
            }
        }
        Ok(Self { a, b })
    }

    /// The posterior after `successes` of `units` when every rate was equally likely before.
    ///
    /// # Errors
    /// When `successes` is not from 0 to `units`, or `units` is above 1e10.
    pub fn from_counts(successes: f64, units: f64) -> Result<Self, ArgumentError> {
        Self::new(1.0, 1.0)?.after(successes, units)
    }

    /// The posterior after `successes` of `units` more, with this as the prior.
    ///
    /// # Errors
    /// When `successes` is not from 0 to `units`, or the sum is above 1e10.
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
        Self::new(self.a + successes, self.b + (units - successes))
    }

    /// The first parameter.
    pub fn a(&self) -> f64 {
        self.a
    }

    /// The second parameter.
    pub fn b(&self) -> f64 {
        self.b
    }

    /// The mean, a/(a+b).
    pub fn mean(&self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// The standard deviation, √(ab/(a+b+1))/(a+b).
    pub fn standard_deviation(&self) -> f64 {
        let whole = self.a + self.b;
        (self.a / whole * (self.b / whole) / (whole + 1.0)).sqrt()
    }

    /// The interval with a probability of 1 − `alpha` that leaves α/2 on each side.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1.
    pub fn credible_interval(&self, alpha: f64) -> Result<Interval, ArgumentError> {
        let half = positive("half of alpha", fraction("alpha", alpha)? / 2.0)?;
        Ok(Interval::new(
            value(self.lower_quantile(half)),
            value(-self.mirrored().lower_quantile(half)),
        ))
    }

    fn mirrored(&self) -> Self {
        Self {
            a: self.b,
            b: self.a,
        }
    }

    /// The log-odds below which the rate is with probability `p`.
    fn lower_quantile(&self, p: f64) -> f64 {
        let miss = |at: f64| {
            let (less, greater) = self.ln_tails(at);
            // Where the curve is steep enough for the rounding: the smaller side.
            if p < 0.5 {
                less - p.ln()
            } else {
                (-p).ln_1p() - greater
            }
        };
        let mut reach = self.scale();
        while reach < 1e12
            && (miss(self.centre() - reach) > 0.0 || miss(self.centre() + reach) < 0.0)
        {
            reach *= 2.0;
        }
        increasing_root_secant(miss, self.centre() - reach, self.centre() + reach, 0.0)
    }

    /// ln of x^a(1−x)^b/B(a, b): the density over the log-odds, without the cancellation of terms of the order of a + b.
    fn ln_power(&self, x: f64, y: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        let whole = a + b;
        // (a + b)x − a, from the side that rounds less.
        let away = if x < y { whole * x - a } else { b - whole * y };
        let peak = 0.5 * (a / whole).ln() + 0.5 * (b / whole).ln() + 0.5 * whole.ln()
            - LN_ROOT_TAU
            - stirling(a)
            - stirling(b)
            + stirling(whole);
        let part = |count: f64, share: f64, away: f64| {
            let ratio = away / count;
            count
                * if ratio < -0.9 {
                    (share * whole / count).ln()
                } else {
                    ratio.ln_1p()
                }
        };
        peak + part(a, x, away) + part(b, y, -away)
    }
}

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
        (self.a / self.b).ln()
    }

    fn scale(&self) -> f64 {
        let spread = 1.0 / self.a + 1.0 / self.b;
        spread.sqrt() + spread
    }

    fn grain(&self) -> f64 {
        self.scale().min(1.0)
    }

    fn ln_density(&self, at: f64) -> f64 {
        // Beyond, x itself underflows: the tail goes on as the exponential it is.
        if at < -700.0 {
            return self.ln_power((-700.0_f64).exp(), 1.0) + self.a * (at + 700.0);
        }
        if at > 700.0 {
            return self.mirrored().ln_density(-at);
        }
        self.ln_power(value(at), value(-at))
    }

    fn ln_tails(&self, at: f64) -> (f64, f64) {
        let (x, y) = (value(at), value(-at));
        if x > (self.a + 1.0) / (self.a + self.b + 2.0) {
            let (greater, less) = self.mirrored().ln_tails_below(-at, y);
            return (less, greater);
        }
        self.ln_tails_below(at, x)
    }

    fn ln_slope(&self, at: f64) -> f64 {
        -at.abs() - 2.0 * (-at.abs()).exp().ln_1p()
    }
}

impl BetaPosterior {
    /// Below the middle: the continued fraction of the incomplete beta function (Didonato & Morris 1992, equation 12;
    /// modified Lentz), in about √(a+b) steps.
    fn ln_tails_below(&self, at: f64, x: f64) -> (f64, f64) {
        let (a, b) = (self.a, self.b);
        let (mut c, mut d) = (1.0, 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0)));
        let mut fraction = d;
        let mut m = 1.0;
        while m < 1e8 {
            let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
            d = 1.0 / nonzero(1.0 + even * d);
            c = nonzero(1.0 + even / c);
            fraction *= c * d;
            let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
            d = 1.0 / nonzero(1.0 + odd * d);
            c = nonzero(1.0 + odd / c);
            let step = c * d;
            fraction *= step;
            if (step - 1.0).abs() < 1e-16 {
                break;
            }
            m += 1.0;
        }
        let less = (self.ln_density(at) - a.ln() + fraction.ln()).min(0.0);
        (less, (-less.exp()).ln_1p())
    }
}

fn nonzero(x: f64) -> f64 {
    if x.abs() < 1e-300 { 1e-300 } else { x }
}
