use serde::{Deserialize, Serialize};

use super::noncentral;
use super::outcome::{Effect, Outcome, Spread};
use crate::argument::{fraction, positive};
use crate::distribution::{Normal, StudentT};
use crate::quadrature::increasing_root_secant;
use crate::{ArgumentError, Side};

/// More units than there are.
const MOST_UNITS: f64 = 1e15;

/// The test that is going to be made: level, side, power wanted, and how units are shared out.
///
/// With a ratio r of units of a treatment to units of the control, an effect Δ and the variances of a unit, the standard error is
/// √(v₀/n + v₁/(rn)), and the power the probability that the statistic is beyond its critical value, both tails counted on two
/// sides. Rates by the score test have another error without an effect than with it (J. L. Fleiss, B. Levin, M. C. Paik:
/// "Statistical methods for rates and proportions", 3rd edition 2003, chapter 4), means the noncentral t distribution at Welch's
/// degrees of freedom, ratio metrics the normal one. Several treatments share the level (Bonferroni).
///
/// ```
/// use variate_stats::{Side, power::{Design, Effect, Outcome}};
///
/// let design = Design::new(0.05, Side::Both)?; // a power of 80 %, half and half
/// let revenue = Outcome::mean(12.0, 3.0)?;
/// let size = design.sample_size(&revenue, Effect::Relative(0.05))?;
/// assert_eq!((size.control, size.treatment), (394, 394));
/// let power = design.power(&revenue, Effect::Absolute(0.6), 394.0)?;
/// assert!(power > 0.8 && power < 0.802);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    pub(super) alpha: f64,
    pub(super) side: Side,
    pub(super) power: f64,
    pub(super) allocation: f64,
    pub(super) treatments: u32,
    pub(super) inflation: f64,
}

/// How many units a design wants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SampleSize {
    /// Units of the control, before rounding up.
    pub exact: f64,
    /// Units of the control.
    pub control: u64,
    /// Units of each treatment.
    pub treatment: u64,
    /// Units of all arms.
    pub total: u64,
}

impl Design {
    /// One treatment with as many units as the control, and a power of 0.8.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side).
    pub fn new(alpha: f64, side: Side) -> Result<Self, ArgumentError> {
        side.two_sided_alpha(alpha)?;
        Ok(Self {
            alpha,
            side,
            power: 0.8,
            allocation: 1.0,
            treatments: 1,
            inflation: 1.0,
        })
    }

    /// With another power.
    ///
    /// # Errors
    /// When `power` is not between 0 and 1.
    pub fn with_power(self, power: f64) -> Result<Self, ArgumentError> {
        let power = fraction("power", power)?;
        Ok(Self { power, ..self })
    }

    /// With so many units of each treatment for one of the control.
    ///
    /// # Errors
    /// When `ratio` is not from 1e-6 to 1e6.
    pub fn with_allocation(self, ratio: f64) -> Result<Self, ArgumentError> {
        if !(1e-6..=1e6).contains(&ratio) {
            return Err(ArgumentError::Range {
                name: "allocation",
                value: ratio,
                expected: "from 1e-6 to 1e6 units of a treatment for one of the control",
            });
        }
        Ok(Self {
            allocation: ratio,
            ..self
        })
    }

    /// With so many treatments, each compared with the control at `alpha` by their number.
    ///
    /// # Errors
    /// When there is none, or more than 10,000.
    pub fn with_treatments(self, treatments: u32) -> Result<Self, ArgumentError> {
        if !(1..=10_000).contains(&treatments) {
            return Err(ArgumentError::Range {
                name: "treatments",
                value: f64::from(treatments),
                expected: "1 to 10000",
            });
        }
        Ok(Self { treatments, ..self })
    }

    /// With so many times the units of a test that is read once: what a
    /// [group-sequential plan](super::group_sequential_inflation) needs.
    ///
    /// # Errors
    /// When `factor` is not a finite number above 0.
    pub fn with_inflation(self, factor: f64) -> Result<Self, ArgumentError> {
        let inflation = positive("inflation", factor)?;
        Ok(Self { inflation, ..self })
    }

    /// The level of each comparison.
    pub fn level(&self) -> f64 {
        self.alpha / f64::from(self.treatments)
    }

    /// The probability to see an effect of this size with so many units of the control.
    ///
    /// # Errors
    /// When the effect is zero or not finite, takes a rate out of (0, 1), is relative to a baseline of zero, or an arm
    /// has fewer than two units or more than 1e15.
    pub fn power(
        &self,
        outcome: &Outcome,
        effect: Effect,
        units_of_control: f64,
    ) -> Result<f64, ArgumentError> {
        let effect = outcome.absolute(effect)?;
        let spread = outcome.spread(effect, self.allocation)?;
        self.checked(units_of_control)?;
        Ok(self.reached(&spread, effect, units_of_control))
    }

    /// The least number of units with which an effect of this size is seen with the power wanted.
    ///
    /// # Errors
    /// When the effect is zero or not finite, takes a rate out of (0, 1), is relative to a baseline of zero, is on the
    /// other side, or so small that 1e15 units do not show it.
    pub fn sample_size(
        &self,
        outcome: &Outcome,
        effect: Effect,
    ) -> Result<SampleSize, ArgumentError> {
        let effect = outcome.absolute(effect)?;
        let spread = outcome.spread(effect, self.allocation)?;
        let short = |ln_units: f64| self.reached(&spread, effect, ln_units.exp()) - self.power;
        let (low, high) = (self.fewest().ln(), MOST_UNITS.ln());
        // By the normal distribution first, which is quick, and hardly off.
        let normal = Spread {
            student: false,
            ..spread
        };
        let near = |ln_units: f64| self.reached(&normal, effect, ln_units.exp()) - self.power;
        if near(high) < 0.0 {
            return Err(not_seen(effect));
        }
        let near = increasing_root_secant(near, low, high, 1e-13);
        if !spread.student {
            return self.size(near.exp());
        }
        // A t test needs more, by some units.
        let (from, to) = (
            (near - 1e-6).max(low),
            (near.exp() + 20.0 * self.fewest()).ln(),
        );
        let bracket = if short(from) <= 0.0 && short(to) >= 0.0 {
            (from, to)
        } else {
            (low, high)
        };
        self.size(increasing_root_secant(short, bracket.0, bracket.1, 1e-11).exp())
    }

    /// The least effect, as treatment less control, that is seen with the power wanted with so many units of the
    /// control: the minimum detectable effect. On two sides that upwards; negative for [`Side::Less`].
    ///
    /// By [`Outcome::baseline`] it is the relative one.
    ///
    /// # Errors
    /// When an arm has fewer than two units or more than 1e15, or even the largest effect that a rate can have is not seen.
    pub fn minimum_effect(
        &self,
        outcome: &Outcome,
        units_of_control: f64,
    ) -> Result<f64, ArgumentError> {
        self.checked(units_of_control)?;
        let sign = if self.side == Side::Less { -1.0 } else { 1.0 };
        let short = |size: f64| match outcome.spread(sign * size, self.allocation) {
            Ok(spread) => self.reached(&spread, sign * size, units_of_control) - self.power,
            // The end of all rates.
            Err(_) => 1.0,
        };
        // The scale of what can be seen, and the largest effect of a rate but for a rounding.
        let zero = outcome.spread(sign * f64::MIN_POSITIVE, self.allocation)?;
        let error = self.error(zero.real, units_of_control);
        let mut high = error.min(outcome.largest(sign > 0.0) * (1.0 - 1e-9));
        while short(high) < 0.0 {
            let next = (2.0 * high).min(outcome.largest(sign > 0.0) * (1.0 - 1e-9));
            if next <= high || next.is_infinite() {
                return Err(ArgumentError::Range {
                    name: "units",
                    value: units_of_control,
                    expected: "more: not even the largest effect is seen with these",
                });
            }
            high = next;
        }
        Ok(sign * increasing_root_secant(short, 0.0, high, high * 1e-11))
    }

    /// The units of the control, each arm having two at least.
    pub(super) fn fewest(&self) -> f64 {
        2.0 * f64::max(1.0, self.allocation.recip())
    }

    pub(super) fn size(&self, exact: f64) -> Result<SampleSize, ArgumentError> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and at most 1e15 times 1e6 is within 2^70: saturates"
        )]
        // What is a whole number but for a rounding is one.
        let up = |units: f64| (units * (1.0 - 1e-12)).ceil() as u64;
        let (control, treatment) = (up(exact), up(exact * self.allocation));
        let total = treatment
            .checked_mul(u64::from(self.treatments))
            .and_then(|treated| treated.checked_add(control))
            .ok_or(ArgumentError::Range {
                name: "units",
                value: exact,
                expected: "a larger effect: there are not so many",
            })?;
        Ok(SampleSize {
            exact,
            control,
            treatment,
            total,
        })
    }

    /// The standard error with so many units of the control.
    pub(super) fn error(&self, variances: (f64, f64), units: f64) -> f64 {
        ((variances.0 + variances.1 / self.allocation) / units).sqrt()
    }

    pub(super) fn checked(&self, units: f64) -> Result<(), ArgumentError> {
        if (self.fewest()..=MOST_UNITS).contains(&units) {
            Ok(())
        } else {
            Err(ArgumentError::Range {
                name: "units",
                value: units,
                expected: "at least two in each arm, and no more than 1e15",
            })
        }
    }

    /// The power.
    fn reached(&self, spread: &Spread, effect: f64, units: f64) -> f64 {
        // As good as so many in a test that is read once.
        let units = units / self.inflation;
        let tail = match self.side {
            Side::Both => 0.5 * self.level(),
            Side::Greater | Side::Less => self.level(),
        };
        let real = self.error(spread.real, units);
        let beyond: Box<dyn Fn(f64) -> f64> = if spread.student {
            let degrees = self.degrees(spread.real, units);
            let critical = StudentT::new(degrees).map_or(f64::NAN, |t| t.survival_quantile(tail));
            Box::new(move |effect| noncentral::survival(critical, degrees, effect / real))
        } else {
            let critical = Normal::STANDARD.survival_quantile(tail);
            let assumed = self.error(spread.assumed, units);
            Box::new(move |effect| Normal::STANDARD.survival((critical * assumed - effect) / real))
        };
        match self.side {
            Side::Both => beyond(effect) + beyond(-effect),
            Side::Greater => beyond(effect),
            Side::Less => beyond(-effect),
        }
    }

    /// Welch's degrees of freedom; of less than one unit's worth, one.
    fn degrees(&self, variances: (f64, f64), units: f64) -> f64 {
        let parts = (variances.0, variances.1 / self.allocation);
        let part = |of: f64, units: f64| {
            let share = of / (parts.0 + parts.1);
            share * share / (units - 1.0).max(1e-3)
        };
        (part(parts.0, units) + part(parts.1, units * self.allocation))
            .recip()
            .clamp(1.0, MOST_UNITS)
    }
}

pub(super) fn not_seen(effect: f64) -> ArgumentError {
    ArgumentError::Range {
        name: "effect",
        value: effect,
        expected: "a larger one, on the side tested: 1e15 units do not show this",
    }
}
