//! The betting confidence sequence.

use serde::{Deserialize, Serialize};

use super::empirical_bernstein::Bets;
use crate::{ArgumentError, Interval, argument::finite, quadrature::increasing_root_secant};

/// The hedged-capital betting confidence sequence of the mean of bounded values, unit by unit: the tightest there is
/// for small samples.
///
/// A mean m (on the scale from 0 to 1) is excluded when one of two gamblers who bet on more and on less than m, with
/// half of the money each, has made 1/α of it: max(½Π(1 + min(λ, c/m)(x−m)), ½Π(1 − min(λ, c/(1−m))(x−m))) ≥ 1/α with
/// c = ½ and the bets λ<sub>t</sub> = √(2 ln(2/α)/(σ̂²<sub>t−1</sub>·t·ln(1+t))). Both products are monotone in m, so the
/// ends are found as roots, not on a grid. Exact at every sample size; the order of the units counts, and every
/// value is kept (16 bytes a unit).
///
/// For rates of which only the counts are known take [`super::BernoulliMixture`].
///
/// Reference: Waudby-Smith & Ramdas 2024 (JRSS B 86), theorem 3.
///
/// ```
/// use variate_stats::sequential::Betting;
///
/// let mut rate = Betting::new(0.05, 0.0, 1.0)?;
/// for unit in 0..400 {
///     rate.push(if unit % 5 == 0 { 1.0 } else { 0.0 })?; // 20 % convert
/// }
/// let found = rate.interval();
/// assert!(found.contains(0.2) && found.width() < 0.16);
/// assert!(rate.p_value(0.5)? < 1e-9);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Betting {
    bets: Bets,
    /// (value from 0 to 1, bet) of each unit.
    rounds: Vec<(f64, f64)>,
}

/// Never more than this part of what could be lost.
const CUT: f64 = 0.5;

impl Betting {
    /// A sequence at level `alpha` for values from `lower` to `upper`.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1, or the bounds are not finite and in order.
    pub fn new(alpha: f64, lower: f64, upper: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            bets: Bets::new(alpha, lower, upper)?,
            rounds: Vec::new(),
        })
    }

    /// Takes the next unit's value into account.
    ///
    /// # Errors
    /// When the value is outside of the bounds or NaN; the sequence is as before.
    pub fn push(&mut self, value: f64) -> Result<(), ArgumentError> {
        let (x, _, bet) = self.bets.next(value)?;
        self.rounds.push((x, bet));
        Ok(())
    }

    /// ln Π(1 + min(λ, c/m)(x−m)): who bets on more than m. Falls as m grows.
    fn ln_more(&self, m: f64) -> f64 {
        let cut = CUT / m;
        self.rounds
            .iter()
            .map(|&(x, bet)| (bet.min(cut) * (x - m)).ln_1p())
            .sum()
    }

    /// ln Π(1 − min(λ, c/(1−m))(x−m)): who bets on less. Grows with m.
    fn ln_less(&self, m: f64) -> f64 {
        let cut = CUT / (1.0 - m);
        self.rounds
            .iter()
            .map(|&(x, bet)| (-bet.min(cut) * (x - m)).ln_1p())
            .sum()
    }

    /// The interval after the units so far; before the first it is the bounds. Valid at all times at once, so the
    /// intersection of all is valid, too: [`super::Running`] keeps it. Takes a pass over all units about thirty times.
    pub fn interval(&self) -> Interval {
        const LEAST: f64 = 1e-300;
        let threshold = self.bets.ln_threshold();
        let lower =
            increasing_root_secant(|m| threshold - self.ln_more(m.max(LEAST)), 0.0, 1.0, 0.0);
        let upper = increasing_root_secant(
            |m| self.ln_less(m.min(1.0 - f64::EPSILON)) - threshold,
            0.0,
            1.0,
            0.0,
        );
        Interval::new(self.bets.unscaled(lower), self.bets.unscaled(upper))
    }

    /// The always-valid p-value of the hypothesis that the mean is `mean`: one over the better gambler's capital.
    ///
    /// # Errors
    /// When `mean` is not within the bounds.
    pub fn p_value(&self, mean: f64) -> Result<f64, ArgumentError> {
        if !self.bets.bounds.contains(finite("mean", mean)?) {
            return Err(ArgumentError::Range {
                name: "mean",
                value: mean,
                expected: "a mean within the bounds",
            });
        }
        let m = (mean - self.bets.bounds.lower) / self.bets.bounds.width();
        let capital = self.ln_more(m).max(self.ln_less(m)) - std::f64::consts::LN_2;
        Ok(if capital.is_nan() {
            1.0
        } else {
            (-capital).exp().min(1.0)
        })
    }
}
