//! The empirical Bernstein confidence sequence.

use serde::{Deserialize, Serialize};

use crate::{
    ArgumentError, Interval,
    argument::{finite, fraction},
};

/// Bets by the variance so far: what [`EmpiricalBernstein`] and [`super::Betting`] share, for values in [0, 1].
///
/// λ<sub>t</sub> = √(2 ln(2/α)/(σ̂²<sub>t−1</sub>·t·ln(1+t))), with the mean and the variance so far drawn to ½ and ¼
/// by one made-up value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Bets {
    pub(super) alpha: f64,
    pub(super) bounds: Interval,
    pub(super) units: f64,
    sum: f64,
    squares: f64,
}

impl Bets {
    pub(super) fn new(alpha: f64, lower: f64, upper: f64) -> Result<Self, ArgumentError> {
        let alpha = fraction("alpha", alpha)?;
        let (lower, upper) = (finite("lower bound", lower)?, finite("upper bound", upper)?);
        if !(lower < upper && (upper - lower).is_finite()) {
            let expected = "a bound above the lower one, by a finite amount";
            return Err(ArgumentError::Range {
                name: "upper bound",
                value: upper,
                expected,
            });
        }
        Ok(Self {
            alpha,
            bounds: Interval::new(lower, upper),
            units: 0.0,
            sum: 0.0,
            squares: 0.0,
        })
    }

    /// The value on the scale from 0 to 1, the mean expected and the bet (not yet cut off) before it was seen.
    pub(super) fn next(&mut self, value: f64) -> Result<(f64, f64, f64), ArgumentError> {
        if !self.bounds.contains(value) {
            return Err(ArgumentError::Range {
                name: "value",
                value,
                expected: "a value within the bounds",
            });
        }
        let x = (value - self.bounds.lower) / self.bounds.width();
        let mean = (0.5 + self.sum) / (self.units + 1.0);
        let variance = (0.25 + self.squares) / (self.units + 1.0);
        self.units += 1.0;
        let bet = (2.0 * self.ln_threshold() / (variance * self.units * self.units.ln_1p())).sqrt();
        self.sum += x;
        let mean_now = (0.5 + self.sum) / (self.units + 1.0);
        self.squares += (x - mean_now) * (x - mean_now);
        Ok((x, mean, bet))
    }

    /// ln(2/α).
    pub(super) fn ln_threshold(&self) -> f64 {
        std::f64::consts::LN_2 - self.alpha.ln()
    }

    /// A mean on the scale from 0 to 1 back on that of the values.
    pub(super) fn unscaled(&self, share: f64) -> f64 {
        let share = share.clamp(0.0, 1.0);
        self.bounds.lower * (1.0 - share) + self.bounds.upper * share
    }
}

/// The predictable-mixture empirical Bernstein confidence sequence of the mean of bounded values, unit by unit.
///
/// Scaled to [0, 1], with the bets λ<sub>t</sub> = min(√(2 ln(2/α)/(σ̂²<sub>t−1</sub>·t·ln(1+t))), ½) from what was seen
/// before: Σλx/Σλ ± (ln(2/α) + Σ(x−μ̂<sub>t−1</sub>)²ψ(λ))/Σλ, where ψ(λ) = −ln(1−λ) − λ and μ̂, σ̂² include one
/// made-up value of mean ½ and variance ¼. Exact at every sample size, whatever the distribution within the bounds;
/// the order of the units counts, and the state is a few numbers however many there were.
///
/// For a difference of two arms run one at α/2 in each and subtract the intervals ([`Interval::minus`]).
///
/// Reference: Waudby-Smith & Ramdas 2024 (JRSS B 86), theorem 2.
///
/// ```
/// use variate_stats::sequential::EmpiricalBernstein;
///
/// let mut stars = EmpiricalBernstein::new(0.05, 1.0, 5.0)?; // ratings
/// for unit in 0..2000 {
///     stars.push(if unit % 4 == 0 { 5.0 } else { 3.0 })?;
/// }
/// let mean = stars.interval();
/// assert!(mean.contains(3.5) && mean.width() < 0.3);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EmpiricalBernstein {
    bets: Bets,
    weight: f64,
    weighted: f64,
    spread: f64,
}

impl EmpiricalBernstein {
    /// A sequence at level `alpha` for values from `lower` to `upper`.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1, or the bounds are not finite and in order.
    pub fn new(alpha: f64, lower: f64, upper: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            bets: Bets::new(alpha, lower, upper)?,
            weight: 0.0,
            weighted: 0.0,
            spread: 0.0,
        })
    }

    /// Takes the next unit's value into account.
    ///
    /// # Errors
    /// When the value is outside of the bounds or NaN; the sequence is as before.
    pub fn push(&mut self, value: f64) -> Result<(), ArgumentError> {
        let (x, mean, bet) = self.bets.next(value)?;
        let bet = bet.min(0.5);
        self.weight += bet;
        self.weighted += bet * x;
        self.spread += (x - mean) * (x - mean) * psi(bet);
        Ok(())
    }

    /// The interval after the units so far; before the first it is the bounds. Valid at all times at once, so the
    /// intersection of all is valid, too: [`super::Running`] keeps it.
    pub fn interval(&self) -> Interval {
        if self.weight == 0.0 {
            return self.bets.bounds;
        }
        let centre = self.weighted / self.weight;
        let half = (self.bets.ln_threshold() + self.spread) / self.weight;
        Interval::new(
            self.bets.unscaled(centre - half),
            self.bets.unscaled(centre + half),
        )
    }
}

/// −ln(1−λ) − λ, from 0 to ½.
fn psi(bet: f64) -> f64 {
    if bet < 0.01 {
        bet * bet
            * (1.0 / 2.0
                + bet
                    * (1.0 / 3.0
                        + bet * (1.0 / 4.0 + bet * (1.0 / 5.0 + bet * (1.0 / 6.0 + bet / 7.0)))))
    } else {
        -(-bet).ln_1p() - bet
    }
}
