//! Two rates at any time, from their counts.

use super::AlwaysValid;
use super::beta_binomial::{BernoulliMixture, divergence};
use crate::proportion::{Proportion, TwoProportions};
use crate::quadrature::increasing_root_secant;
use crate::{ArgumentError, Interval};

/// Always-valid p-value and intervals of two rates, exact at every sample size: also with few successes, or none.
///
/// Each arm bets against its rate as [`BernoulliMixture`] does. If the rates are m₀ and m₁, the product of both capitals
/// K₀(m₀)·K₁(m₁) is a test martingale, so pairs of rates at which it is 1/α or more are excluded at any time. Of the hypothesis
/// that the rates are equal, p is one over the product at the common rate at which it is least, (s₀ + s₁)/(n₀ + n₁). The intervals
/// hold the differences, or the relative ones, of all pairs that are left: they leave out 0 just when p is below α.
///
/// Where events are many an [`AsymptoticSequence`](super::AsymptoticSequence) sees more: this one pays for two unknown rates.
///
/// Reference: Robbins 1970 (Annals of Mathematical Statistics 41); the product of e-values for two streams: Turner, Ly & Grünwald 2024
/// (Journal of Statistical Planning and Inference 230).
///
/// ```
/// use variate_stats::{proportion::{Proportion, TwoProportions}, sequential::TwoRates};
///
/// let rates = TwoProportions { control: Proportion::new(60, 1_000)?, treatment: Proportion::new(0, 1_000)? };
/// let seen = TwoRates::new(0.05)?.difference(&rates);
/// assert!(seen.p_value < 1e-9 && seen.interval.upper < 0.0);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoRates {
    alpha: f64,
    arm: BernoulliMixture,
}

impl TwoRates {
    /// At level `alpha`, with the prior Beta(½, ½) of each arm.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1.
    pub fn new(alpha: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            alpha,
            arm: BernoulliMixture::new(alpha)?,
        })
    }

    /// Of treatment less control.
    pub fn difference(&self, rates: &TwoProportions) -> AlwaysValid {
        let excess = self.excess(rates);
        let seen = rates.difference();
        let over = |difference: f64| excess + at_difference(rates, difference);
        AlwaysValid {
            p_value: self.p_value(rates),
            interval: Interval::new(
                -increasing_root_secant(|away| over(-away), -seen, 1.0, 0.0),
                increasing_root_secant(over, seen, 1.0, 0.0),
            ),
        }
    }

    /// Of the relative difference: treatment by control, less 1. The upper end is infinite where the control may have a rate of 0.
    pub fn relative(&self, rates: &TwoProportions) -> AlwaysValid {
        let excess = self.excess(rates);
        let over = |ratio: f64| excess + at_ratio(rates, ratio);
        let (x0, x1) = (rates.control.rate(), rates.treatment.rate());
        // Over the share t of the ratio r = t/(1 − t), which is between 0 and 1.
        let ratio = |share: f64| share / (1.0 - share);
        let seen = x1 / (x0 + x1);
        let end = |root: f64| {
            if root >= 1.0 {
                f64::INFINITY
            } else {
                ratio(root) - 1.0
            }
        };
        let interval = if seen.is_nan() {
            Interval::new(-1.0, f64::INFINITY)
        } else {
            let lower = increasing_root_secant(|t| over(ratio(-t)), -seen, 0.0, 0.0);
            let upper = increasing_root_secant(|t| over(ratio(t)), seen, 1.0, 0.0);
            Interval::new(ratio((-lower).max(0.0)) - 1.0, end(upper))
        };
        AlwaysValid {
            p_value: self.p_value(rates),
            interval,
        }
    }

    /// Of equal rates.
    fn p_value(&self, rates: &TwoProportions) -> f64 {
        let capital = self.arms(rates) + at_ratio(rates, 1.0);
        (-capital).exp().min(1.0)
    }

    /// What the arms have won, but for how far the rates are from those that were seen.
    fn arms(&self, rates: &TwoProportions) -> f64 {
        let of = |arm: &Proportion| {
            let (s, f) = parts(arm);
            self.arm.excess(s, f)
        };
        of(&rates.control) + of(&rates.treatment)
    }

    /// The same, less what excludes.
    fn excess(&self, rates: &TwoProportions) -> f64 {
        self.arms(rates) + self.alpha.ln()
    }
}

/// The least distance of rates that differ so.
fn at_difference(rates: &TwoProportions, difference: f64) -> f64 {
    let control = rates.restricted(difference);
    away(&rates.control, control) + away(&rates.treatment, control + difference)
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn parts(arm: &Proportion) -> (f64, f64) {
    (arm.successes() as f64, arm.failures() as f64)
}

/// n·KL of what was seen from a rate.
fn away(arm: &Proportion, rate: f64) -> f64 {
    let (s, f) = parts(arm);
    let rate = rate.clamp(0.0, 1.0);
    if (s > 0.0 && rate <= 0.0) || (f > 0.0 && rate >= 1.0) {
        return f64::INFINITY;
    }
    divergence(s, f, rate)
}

/// The least distance of rates with this ratio: at the root of a square equation (O. S. Miettinen, M. Nurminen 1985).
fn at_ratio(rates: &TwoProportions, ratio: f64) -> f64 {
    let ((s0, f0), (s1, f1)) = (parts(&rates.control), parts(&rates.treatment));
    let (n0, n1) = (s0 + f0, s1 + f1);
    if ratio == 0.0 {
        return away(&rates.control, s0 / n0) + away(&rates.treatment, 0.0);
    }
    if !ratio.is_finite() {
        return away(&rates.control, 0.0) + away(&rates.treatment, s1 / n1);
    }
    let a = (n0 + n1) * ratio;
    let b = n1 * ratio + s1 + n0 + s0 * ratio;
    let c = s0 + s1;
    // The smaller root, without a difference of what is nearly the same.
    let control = 2.0 * c / (b + (b * b - 4.0 * a * c).max(0.0).sqrt());
    away(&rates.control, control) + away(&rates.treatment, ratio * control)
}
