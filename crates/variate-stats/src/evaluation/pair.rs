//! Two samples of a kind, compared as one look sees them.

use super::compare::has_few_events;
use super::observed::{Estimated, Sample};
use crate::mean::{Arm, Arms, Fieller, Names, TwoMeans};
use crate::proportion::{Proportion, TwoProportions};
use crate::ratio::{PairedRatios, TwoRatios};
use crate::{ArgumentError, Estimate, Interval, Side};

/// The control's sample, and a treatment's.
pub(super) enum Pair {
    Rates(TwoProportions),
    Means(TwoMeans),
    Ratios(TwoRatios),
    Paired(PairedRatios),
    Estimates(Estimated, Estimated),
}

impl Pair {
    /// # Errors
    /// When they are of two kinds.
    pub(super) fn of(control: &Sample, treatment: &Sample) -> Result<Self, String> {
        Ok(match (*control, *treatment) {
            (Sample::Rate(control), Sample::Rate(treatment)) => {
                Self::Rates(TwoProportions { control, treatment })
            }
            (Sample::Mean(control), Sample::Mean(treatment)) => {
                Self::Means(TwoMeans { control, treatment })
            }
            (Sample::Ratio(control), Sample::Ratio(treatment)) => {
                Self::Ratios(TwoRatios { control, treatment })
            }
            // It has the control's with it.
            (Sample::Ratio(_), Sample::Paired(pair)) => Self::Paired(pair),
            (Sample::Estimated(control), Sample::Estimated(treatment)) => {
                Self::Estimates(control, treatment)
            }
            (control, treatment) => {
                return Err(format!(
                    "the control has {}, this variant {}: measure both alike",
                    control.in_words(),
                    treatment.in_words()
                ));
            }
        })
    }

    /// Units of the smaller arm.
    pub(super) fn fewest_units(&self) -> u64 {
        let (control, treatment) = self.counts();
        control.min(treatment)
    }

    /// Units of both arms.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    pub(super) fn units(&self) -> f64 {
        let (control, treatment) = self.counts();
        control as f64 + treatment as f64
    }

    fn counts(&self) -> (u64, u64) {
        match self {
            Self::Rates(of) => (of.control.trials(), of.treatment.trials()),
            Self::Means(of) => (of.control.count(), of.treatment.count()),
            Self::Ratios(of) => (of.control.count(), of.treatment.count()),
            Self::Paired(of) => (of.count(), of.count()),
            Self::Estimates(control, treatment) => (control.units, treatment.units),
        }
    }

    pub(super) fn difference(&self, alpha: f64) -> Result<Estimate, ArgumentError> {
        match self {
            Self::Rates(rates) if has_few_events(rates) => {
                let is_nobody = |of: Proportion| of.successes() == 0;
                let are_alike = is_nobody(rates.control) == is_nobody(rates.treatment);
                let error = match rates.wald_error() {
                    // Nothing varies where nobody succeeds and everybody does; with half a success and half a failure more it does.
                    error if error <= 0.0 && !are_alike => rates.shrunk_error(),
                    error => error,
                };
                let wald = Estimate::normal(rates.difference(), error, alpha, Side::Both)?;
                let p_value = rates.fisher(Side::Both);
                let interval = rates.newcombe(alpha, Side::Both)?;
                Ok(Estimate {
                    p_value,
                    interval: agreeing(interval, wald.effect, p_value, alpha),
                    ..wald
                })
            }
            Self::Rates(rates) => rates.wald(alpha, Side::Both),
            Self::Means(means) => means.welch(alpha, Side::Both),
            Self::Ratios(ratios) => ratios.difference(alpha, Side::Both),
            Self::Paired(of) => of.difference(alpha, Side::Both),
            Self::Estimates(control, treatment) => {
                let error = control.standard_error.hypot(treatment.standard_error);
                let effect = treatment.value - control.value;
                Estimate::student(
                    effect,
                    error,
                    (self.units() - 2.0).min(1e15),
                    alpha,
                    Side::Both,
                )
            }
        }
    }

    /// With the p-value of the difference: no difference and no relative one are the same. The interval leaves out 0 just where that is
    /// at or below `alpha`.
    pub(super) fn relative(
        &self,
        alpha: f64,
        difference: &Estimate,
    ) -> Result<Estimate, ArgumentError> {
        let usual = match self {
            Self::Rates(rates) => rates.relative(alpha, Side::Both),
            Self::Means(means) => means.relative(alpha, Side::Both),
            Self::Ratios(ratios) => ratios.relative(alpha, Side::Both),
            Self::Paired(of) => of.relative(alpha, Side::Both),
            Self::Estimates(..) => self.arms()?.relative(alpha, Side::Both),
        };
        let p_value = difference.p_value;
        let relative = match (usual, self) {
            // The logarithm of the ratio knows no error of an arm in which all succeed.
            (Ok(usual), Self::Rates(rates)) if has_few_events(rates) => Estimate {
                p_value,
                interval: rates.relative_score(alpha, Side::Both)?,
                ..usual
            },
            (Ok(usual), _) => Estimate { p_value, ..usual },
            // A treatment without any success has lost all.
            (Err(_), Self::Rates(rates)) if rates.control.successes() > 0 => Estimate {
                effect: difference.effect / rates.control.rate(),
                standard_error: difference.standard_error / rates.control.rate(),
                interval: rates.relative_score(alpha, Side::Both)?,
                ..*difference
            },
            (Err(error), _) => {
                // A treatment in which nothing varies leaves the delta method nothing; the test stays.
                let arms = self.arms()?;
                let base = arms.control.value.abs();
                if base == 0.0 {
                    return Err(error);
                }
                Estimate {
                    effect: difference.effect / base,
                    standard_error: difference.standard_error / base,
                    interval: self.lift(errors(difference))?,
                    ..*difference
                }
            }
        };
        if !relative.effect.is_finite() {
            return Err(ArgumentError::Range {
                name: "mean of the control",
                value: self.arms()?.control.value,
                expected: "one that is not next to nothing beside the treatment's",
            });
        }
        let is_exact = matches!(self, Self::Rates(rates) if has_few_events(rates));
        let interval = if relative.interval.contains(0.0) == (p_value > alpha) || is_exact {
            relative.interval
        } else {
            self.lift(errors(difference))?
        };
        Ok(Estimate {
            interval: agreeing(interval, relative.effect, p_value, alpha),
            ..relative
        })
    }

    /// The relative differences that a test does not reject which reaches so many standard errors: Fieller's, of which the half counts
    /// that has the control on the side of zero where it was seen.
    pub(super) fn lift(&self, errors: f64) -> Result<Interval, ArgumentError> {
        let arms = self.arms()?;
        let Arms { control, treatment } = arms;
        let ratio = match self {
            Self::Paired(of) => of.fieller(errors)?,
            _ => Fieller::of(&treatment, &control, errors),
        };
        let lift = match ratio.lift() {
            Fieller::Within(interval) => interval,
            Fieller::Outside(gap) if gap.contains(0.0) => {
                if treatment.value / control.value > 1.0 {
                    Interval::new(gap.upper, f64::INFINITY)
                } else {
                    Interval::new(f64::NEG_INFINITY, gap.lower)
                }
            }
            Fieller::Outside(_) | Fieller::Anything => Interval::EVERYTHING,
        };
        Ok(match self {
            Self::Rates(_) => Interval::new(lift.lower.max(-1.0), lift.upper),
            // By the size of the control.
            _ if control.value < 0.0 => Interval::new(-lift.upper, -lift.lower),
            _ => lift,
        })
    }

    fn arms(&self) -> Result<Arms, ArgumentError> {
        let arms = |control, treatment| Arms { control, treatment };
        Ok(match self {
            Self::Rates(rates) => arms(rates.control.arm(), rates.treatment.arm()),
            Self::Means(means) => means.arms()?,
            Self::Ratios(ratios) => ratios.arms()?,
            Self::Paired(of) => of.arms()?,
            Self::Estimates(control, treatment) => arms(control.arm()?, treatment.arm()?),
        })
    }
}

impl Estimated {
    pub(super) fn arm(&self) -> Result<Arm, ArgumentError> {
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let variance = self.standard_error * self.standard_error * self.units as f64;
        Arm::new(self.units, self.value, variance, Names::ONE)
    }

    pub(super) fn estimate(&self, alpha: f64) -> Result<Estimate, ArgumentError> {
        self.arm()?.estimate(alpha, Side::Both)
    }
}

/// How many standard errors an interval reaches.
fn errors(estimate: &Estimate) -> f64 {
    0.5 * estimate.interval.width() / estimate.standard_error
}

/// A test and an interval that is not its own may disagree at the edge: then the interval reaches to no effect where the test finds none,
/// and ends just before it where the test finds one.
pub(super) fn agreeing(interval: Interval, effect: f64, p_value: f64, alpha: f64) -> Interval {
    /// A share of the effect.
    const EDGE: f64 = 1e-6;
    if p_value > alpha {
        return Interval::new(interval.lower.min(0.0), interval.upper.max(0.0));
    }
    match interval {
        it if !it.contains(0.0) => it,
        it if effect > 0.0 => Interval::new(EDGE * effect, it.upper),
        it => Interval::new(it.lower, EDGE * effect),
    }
}
