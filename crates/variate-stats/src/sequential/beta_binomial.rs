//! Beta-binomial mixtures: rates from counts.
#![expect(clippy::many_single_char_names, reason = "the letters of the papers")]

use super::mixture::tuning;
use crate::{
    ArgumentError, Interval,
    argument::{finite, fraction, non_negative, positive},
    quadrature::{FINE, increasing_root, ln_log_concave},
    special::{LN_ROOT_TAU, ln_beta, stirling},
};

/// The confidence sequence of a rate from its counts alone: betting with every bet at once, mixed by a beta prior.
///
/// A rate m is excluded when B(a+s, b+f)/(B(a, b)·m<sup>s</sup>(1−m)<sup>f</sup>) ≥ 1/α after s successes and f failures:
/// the likelihood of the mixture over that of m, a martingale when m is the rate. Exact at every sample size and at
/// any time; the order of the units does not count, so a tally is enough. a = b = ½ is the bet of Krichevsky and
/// Trofimov, which no better choice in hindsight beats by more than a logarithm.
///
/// Reference: Robbins 1970 (Annals of Mathematical Statistics 41); Howard et al. 2021, section 3.1; as a bet: Cover
/// & Ordentlich 1996, Ryu & Bhatt 2022.
///
/// ```
/// use variate_stats::sequential::BernoulliMixture;
///
/// let sequence = BernoulliMixture::new(0.05)?;
/// let rate = sequence.interval(120.0, 1000.0)?;
/// assert!((rate.lower - 0.0859).abs() < 1e-4 && (rate.upper - 0.1609).abs() < 1e-4);
/// assert!(sequence.p_value(120.0, 1000.0, 0.2)? < 1e-6);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BernoulliMixture {
    alpha: f64,
    a: f64,
    b: f64,
}

impl BernoulliMixture {
    /// A sequence at level `alpha` with the prior Beta(½, ½).
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1.
    pub fn new(alpha: f64) -> Result<Self, ArgumentError> {
        Self::with_prior(alpha, 0.5, 0.5)
    }

    /// A sequence with the prior Beta(`a`, `b`): narrower where the prior was right, valid in any case.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1, or `a` or `b` is not a finite number above 0.
    pub fn with_prior(alpha: f64, a: f64, b: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            alpha: fraction("alpha", alpha)?,
            a: positive("a", a)?,
            b: positive("b", b)?,
        })
    }

    /// The interval of the rate after `successes` of `units`.
    ///
    /// # Errors
    /// When `successes` is not from 0 to `units`, or `units` is not finite.
    pub fn interval(&self, successes: f64, units: f64) -> Result<Interval, ArgumentError> {
        let (s, f) = counts(successes, units)?;
        if units == 0.0 {
            return Ok(Interval::new(0.0, 1.0));
        }
        let rate = s / units;
        // ln K(m) = excess + n·KL(rate‖m): at its least at the rate itself.
        let excess = self.excess(s, f) + self.alpha.ln();
        let over = |m: f64| divergence(s, f, m) + excess;
        let lower = if s == 0.0 {
            0.0
        } else {
            increasing_root(|m| -over(m), 0.0, rate)
        };
        let upper = if f == 0.0 {
            1.0
        } else {
            increasing_root(over, rate, 1.0)
        };
        Ok(Interval::new(lower, upper))
    }

    /// The always-valid p-value of the hypothesis that the rate is `rate`.
    ///
    /// # Errors
    /// When `successes` is not from 0 to `units`, `units` is not finite, or `rate` is not between 0 and 1.
    pub fn p_value(&self, successes: f64, units: f64, rate: f64) -> Result<f64, ArgumentError> {
        let (s, f) = counts(successes, units)?;
        let rate = fraction("rate", rate)?;
        Ok((-self.excess(s, f) - divergence(s, f, rate)).exp().min(1.0))
    }

    /// ln[B(a+s, b+f)/B(a, b)] − s ln(s/n) − f ln(f/n), without the cancellation of terms of the order of n.
    pub(super) fn excess(&self, s: f64, f: f64) -> f64 {
        let n = s + f;
        let (a, b) = (self.a + s, self.b + f);
        let whole = a + b;
        // a/whole over s/n and its like for failures are 1 + these.
        let shift = self.a * n - s * (self.a + self.b);
        let part = |count: f64, shift: f64| {
            if count > 0.0 {
                count * (shift / (count * whole)).ln_1p()
            } else {
                0.0
            }
        };
        LN_ROOT_TAU + (self.a - 0.5) * (a / whole).ln() + (self.b - 0.5) * (b / whole).ln()
            - 0.5 * whole.ln()
            + part(s, shift)
            + part(f, -shift)
            + stirling(a)
            + stirling(b)
            - stirling(whole)
            - ln_beta(self.a, self.b)
    }
}

fn counts(successes: f64, units: f64) -> Result<(f64, f64), ArgumentError> {
    let units = non_negative("units", units)?;
    if !(0.0..=units).contains(&successes) {
        let expected = "a number from 0 to that of the units";
        return Err(ArgumentError::Range {
            name: "successes",
            value: successes,
            expected,
        });
    }
    Ok((successes, units - successes))
}

/// n·KL(s/n‖m) = s ln(s/(n·m)) + f ln(f/(n(1−m))).
pub(super) fn divergence(s: f64, f: f64, m: f64) -> f64 {
    let n = s + f;
    let away = n * m - s;
    let part = |count: f64, away: f64| {
        if count > 0.0 {
            -count * (away / count).ln_1p()
        } else {
            0.0
        }
    };
    part(s, away) + part(f, -away)
}

/// The beta-binomial mixture bound of a sum whose terms lie from −g to h with mean 0 ("sub-Bernoulli"), by its
/// intrinsic time v (g·h a term for values that are either −g or h).
///
/// ```text
/// ln M(s, v) = v/(gh)·ln(g+h) − (v+hs)/(h(g+h))·ln g − (v−gs)/(g(g+h))·ln h
///              + ln Bx((r+v−gs)/(g(g+h)), (r+v+hs)/(h(g+h))) − ln Bx(r/(g(g+h)), r/(h(g+h)))
/// ```
///
/// where Bx is the incomplete beta function up to x = h/(g+h) for one side and x = 1 for two, and
/// r = max(ρ − gh, gh/1000) with ρ of the [normal mixture](super::NormalMixture).
///
/// Reference: Howard, Ramdas, `McAuliffe` & Sekhon 2021 (Annals of Statistics 49), propositions 7 and 8.
///
/// ```
/// use variate_stats::sequential::BetaBinomialMixture;
///
/// let mixture = BetaBinomialMixture::new(0.05, 25.0, 0.5, 0.5)?;
/// assert!((mixture.ln_value(5.0, 25.0)? + 0.698_537_603).abs() < 1e-8);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomialMixture {
    alpha: f64,
    g: f64,
    h: f64,
    r: f64,
    one_sided: bool,
}

impl BetaBinomialMixture {
    /// A two-sided bound at level `alpha`, tightest at about the intrinsic time `optimal`, for terms from −`g` to `h`.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1, or another number is not finite and above 0.
    pub fn new(alpha: f64, optimal: f64, g: f64, h: f64) -> Result<Self, ArgumentError> {
        Self::build(alpha, fraction("alpha", alpha)?, optimal, g, h, false)
    }

    /// A bound from above alone.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and ½, or another number is not finite and above 0.
    pub fn one_sided(alpha: f64, optimal: f64, g: f64, h: f64) -> Result<Self, ArgumentError> {
        Self::build(
            alpha,
            fraction("twice alpha", 2.0 * alpha)?,
            optimal,
            g,
            h,
            true,
        )
    }

    fn build(
        alpha: f64,
        two_sided: f64,
        optimal: f64,
        g: f64,
        h: f64,
        one_sided: bool,
    ) -> Result<Self, ArgumentError> {
        let rho = tuning(positive("optimal time", optimal)?, two_sided);
        let (g, h) = (positive("g", g)?, positive("h", h)?);
        let r = (rho - g * h).max(1e-3 * g * h);
        positive("g times h", g * h)?;
        Ok(Self {
            alpha,
            g,
            h,
            r,
            one_sided,
        })
    }

    /// ln M at the `sum` and the intrinsic time `v`: the always-valid p-value is min(1, e<sup>−ln M</sup>).
    ///
    /// # Errors
    /// When `v` is not finite and at least 0, or `sum` is not from −v/h to v/g, where it is by its definition.
    pub fn ln_value(&self, sum: f64, v: f64) -> Result<f64, ArgumentError> {
        let v = non_negative("intrinsic time", v)?;
        let sum = finite("sum", sum)?;
        if sum > v / self.g || sum < -v / self.h {
            return Err(ArgumentError::Range {
                name: "sum",
                value: sum,
                expected: "a sum from -v/h to v/g",
            });
        }
        Ok(self.ln_m(sum, v))
    }

    fn ln_m(&self, sum: f64, v: f64) -> f64 {
        let (g, h) = (self.g, self.h);
        let whole = g + h;
        let (down, up) = (
            (v - g * sum).max(0.0) / (g * whole),
            (v + h * sum).max(0.0) / (h * whole),
        );
        let (a, b) = (self.r / (g * whole), self.r / (h * whole));
        // v/(gh) is down + up, so the logarithms go together.
        up * (whole / g).ln() + down * (whole / h).ln() + self.ln_part(down + a, up + b)
            - self.ln_part(a, b)
    }

    fn ln_part(&self, a: f64, b: f64) -> f64 {
        if !self.one_sided {
            return ln_beta(a, b);
        }
        // ∫t^(a−1)(1−t)^(b−1) up to h/(g+h), over the log-odds of t.
        let end = (self.h / self.g).ln();
        let ln_f = |y: f64| -a * softplus(-y) - b * softplus(y);
        ln_log_concave(
            ln_f,
            end.min((a / b).ln()),
            (1.0 / a + 1.0 / b).sqrt().min(1.0),
            (f64::NEG_INFINITY, end),
            FINE,
        )
    }

    /// The least sum that crosses the bound at the intrinsic time `v`; v/g, the greatest possible sum, when none does.
    ///
    /// # Errors
    /// When `v` is not a finite number of at least 0.
    pub fn bound(&self, v: f64) -> Result<f64, ArgumentError> {
        let v = non_negative("intrinsic time", v)?;
        let most = v / self.g;
        let threshold = -self.alpha.ln();
        if self.ln_m(most, v) < threshold {
            return Ok(most);
        }
        Ok(increasing_root(
            |sum| self.ln_m(sum, v) - threshold,
            0.0,
            most,
        ))
    }
}

/// ln(1 + e^x).
fn softplus(x: f64) -> f64 {
    if x > 0.0 {
        x + (-x).exp().ln_1p()
    } else {
        x.exp().ln_1p()
    }
}
