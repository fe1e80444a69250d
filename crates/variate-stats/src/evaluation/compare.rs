use super::answer::{Comparison, Effect, Measured, Methods, Posterior, Verdict};
use super::observed::Sample;
use super::plan::{Metric, Plan, Scale};
use crate::bayesian::{BetaPosterior, NormalPosterior, NormalPrior, RateComparison};
use crate::mean::{self, TwoMeans};
use crate::power::{self, Design, Outcome};
use crate::proportion::{IntervalMethod, Proportion, TwoProportions};
use crate::ratio::TwoRatios;
use crate::sequential::{AlwaysValid, AsymptoticSequence, Look};
use crate::{ArgumentError, Estimate, Interval, Side};

/// Fewer units of an arm say nothing at any time: the sequences hold for many.
pub(super) const FEWEST_UNITS: u64 = 100;

/// With fewer successes, or failures, a rate's error is not normal.
pub(super) const FEWEST_EVENTS: u64 = 10;

/// Where the sequence is narrowest, in units of both arms, if the plan names no number.
const TUNED_FOR: u64 = 5_000;

/// How samples of one metric are compared.
pub(super) struct Comparing<'a> {
    plan: &'a Plan,
    metric: &'a Metric,
    sequence: AsymptoticSequence,
    design: Design,
}

impl<'a> Comparing<'a> {
    /// # Errors
    /// When the plan's level or power is none.
    pub(super) fn new(
        plan: &'a Plan,
        metric: &'a Metric,
        comparisons: usize,
        variants: usize,
    ) -> Result<Self, ArgumentError> {
        // Those of two variants.
        #[expect(clippy::cast_precision_loss, reason = "a tuning parameter")]
        let planned = |units: u64| 2.0 * units as f64 / variants.max(2) as f64;
        #[expect(clippy::cast_precision_loss, reason = "a tuning parameter")]
        let tuned_for = plan.units.map_or(TUNED_FOR as f64, planned).max(1.0);
        let comparisons = u32::try_from(comparisons.max(1)).unwrap_or(u32::MAX);
        Ok(Self {
            plan,
            metric,
            sequence: AsymptoticSequence::new(plan.alpha, tuned_for, Side::Both)?,
            design: Design::new(plan.alpha, Side::Both)?
                .with_power(plan.power)?
                .with_treatments(comparisons)?,
        })
    }

    pub(super) fn measured(&self, variant: &str, sample: Option<&Sample>) -> Measured {
        let alpha = self.plan.alpha;
        let interval = sample.and_then(|sample| match sample {
            Sample::Rate(rate) => rate
                .interval(IntervalMethod::Wilson, alpha, Side::Both)
                .ok(),
            Sample::Mean(moments) => Some(mean::one(moments, alpha, Side::Both).ok()?.interval),
            Sample::Ratio(moments) => Some(moments.estimate(alpha, Side::Both).ok()?.interval),
        });
        Measured {
            variant: variant.to_owned(),
            units: sample.map_or(0, Sample::units),
            value: sample.map(Sample::value).filter(|value| value.is_finite()),
            interval,
        }
    }

    pub(super) fn compare(
        &self,
        variant: &str,
        control: Option<&Sample>,
        treatment: Option<&Sample>,
    ) -> Comparison {
        let mut comparison = Comparison {
            variant: variant.to_owned(),
            difference: None,
            relative: None,
            p_value: None,
            always_valid_p_value: None,
            posterior: None,
            power: None,
            units_needed: None,
            verdict: Verdict::NotMeasured,
            reason: None,
        };
        let (Some(control), Some(treatment)) = (control, treatment) else {
            let missing = if control.is_none() {
                "the control"
            } else {
                variant
            };
            comparison.reason = Some(format!(
                "nothing was measured of {missing}: check that its events name this metric's action"
            ));
            return comparison;
        };
        if let Err(error) = self.fill(&mut comparison, control, treatment) {
            comparison.reason = Some(error);
        }
        comparison
    }

    fn fill(
        &self,
        comparison: &mut Comparison,
        control: &Sample,
        treatment: &Sample,
    ) -> Result<(), String> {
        self.plan_ahead(comparison, control, treatment);
        let (difference, relative) = self.estimates(control, treatment)?;
        let difference = difference.map_err(|error| error.to_string())?;
        let is_early = is_early(control, treatment);
        let difference = self.effect(difference, control, treatment, is_early)?;
        comparison.posterior = self.posterior(control, treatment, &difference).ok();
        comparison.difference = Some(difference);
        comparison.verdict = Verdict::Undecided;
        let relative = relative
            .map_err(|error| error.to_string())
            .and_then(|relative| self.effect(relative, control, treatment, is_early));
        let tested = match (self.plan.scale, &relative) {
            (Scale::Absolute, _) => Some(difference),
            (Scale::Relative, relative) => relative.as_ref().ok().copied(),
        };
        comparison.p_value = tested.map(|of| of.fixed.p_value);
        comparison.always_valid_p_value = tested.map(|of| of.always_valid.p_value);
        comparison.relative = relative.as_ref().ok().copied();
        relative
            .map(drop)
            .map_err(|error| format!("no relative difference: {error}"))
    }

    /// The difference and the relative one, as far as they are.
    pub(super) fn effects(
        &self,
        control: Option<&Sample>,
        treatment: Option<&Sample>,
    ) -> (Option<Effect>, Option<Effect>) {
        let (Some(control), Some(treatment)) = (control, treatment) else {
            return (None, None);
        };
        let Ok((difference, relative)) = self.estimates(control, treatment) else {
            return (None, None);
        };
        let is_early = is_early(control, treatment);
        let effect = |estimate: Result<Estimate, ArgumentError>| {
            self.effect(estimate.ok()?, control, treatment, is_early)
                .ok()
        };
        (effect(difference), effect(relative))
    }

    /// The difference and the relative one.
    #[expect(clippy::type_complexity, reason = "two results")]
    fn estimates(
        &self,
        control: &Sample,
        treatment: &Sample,
    ) -> Result<
        (
            Result<Estimate, ArgumentError>,
            Result<Estimate, ArgumentError>,
        ),
        String,
    > {
        let alpha = self.plan.alpha;
        match (*control, *treatment) {
            (Sample::Rate(control), Sample::Rate(treatment)) => {
                let rates = TwoProportions { control, treatment };
                let wald = rates.wald(alpha, Side::Both);
                if !has_few_events(&rates) {
                    return Ok((wald, rates.relative(alpha, Side::Both)));
                }
                let p_value = rates.fisher(Side::Both);
                let exact = |of: Estimate, interval: Interval| Estimate {
                    p_value,
                    interval: agreeing(interval, p_value, alpha),
                    ..of
                };
                let difference =
                    wald.and_then(|of| Ok(exact(of, rates.newcombe(alpha, Side::Both)?)));
                let relative = rates.relative(alpha, Side::Both);
                Ok((difference, relative.map(|of| exact(of, of.interval))))
            }
            (Sample::Mean(control), Sample::Mean(treatment)) => {
                let means = TwoMeans { control, treatment };
                Ok((
                    means.welch(alpha, Side::Both),
                    means.relative(alpha, Side::Both),
                ))
            }
            (Sample::Ratio(control), Sample::Ratio(treatment)) => {
                let ratios = TwoRatios { control, treatment };
                Ok((
                    ratios.difference(alpha, Side::Both),
                    ratios.relative(alpha, Side::Both),
                ))
            }
            (control, treatment) => Err(format!(
                "the control has {}, this variant {}: measure both alike",
                control.in_words(),
                treatment.in_words()
            )),
        }
    }

    fn effect(
        &self,
        fixed: Estimate,
        control: &Sample,
        treatment: &Sample,
        is_early: bool,
    ) -> Result<Effect, String> {
        let nothing_yet = AlwaysValid {
            p_value: 1.0,
            interval: Interval::EVERYTHING,
        };
        let always_valid = if is_early {
            nothing_yet
        } else {
            let look = Look::new(
                fixed.effect,
                fixed.standard_error * fixed.standard_error,
                both(control, treatment),
            );
            self.sequence.at(&look.map_err(|error| error.to_string())?)
        };
        Ok(Effect {
            fixed,
            always_valid,
        })
    }

    fn posterior(
        &self,
        control: &Sample,
        treatment: &Sample,
        difference: &Effect,
    ) -> Result<Posterior, ArgumentError> {
        let (alpha, better) = (self.plan.alpha, self.metric.better);
        let units = both(control, treatment);
        let mut look = difference.fixed.effect;
        let mut variance = difference.fixed.standard_error * difference.fixed.standard_error;
        if let (Sample::Rate(control), Sample::Rate(treatment)) = (*control, *treatment) {
            let (ours, theirs) = (posterior(control)?, posterior(treatment)?);
            if has_few_events(&TwoProportions { control, treatment }) {
                let rates = RateComparison::new(ours, theirs, better)?;
                return Ok(Posterior {
                    chance_to_win: rates.chance_to_win(),
                    expected_loss: rates.loss_of_treatment(),
                    credible_interval: rates.difference(alpha)?,
                });
            }
            // With ten events and more the difference is as good as normal, and a thousand times faster.
            look = theirs.mean() - ours.mean();
            let (ours, theirs) = (ours.standard_deviation(), theirs.standard_deviation());
            variance = ours * ours + theirs * theirs;
        }
        let look = Look::new(look, variance, units)?;
        let effect = NormalPosterior::of_effect(&look, &NormalPrior::flat())?;
        Ok(Posterior {
            chance_to_win: effect.chance_to_win(better),
            expected_loss: effect.loss_of_shipping(better),
            credible_interval: effect.credible_interval(alpha)?,
        })
    }

    /// What can be seen with the units that there are, and how many it takes; nothing where that cannot be said.
    fn plan_ahead(&self, comparison: &mut Comparison, control: &Sample, treatment: &Sample) {
        let Some(least) = self.metric.minimum_effect else {
            return;
        };
        let outcome = match control {
            Sample::Rate(rate) => Outcome::rate(rate.rate()),
            // As of many units: the t distribution costs a thousand times more, and changes nothing that matters to a plan.
            Sample::Mean(moments) => Outcome::ratio(moments.mean(), moments.variance()),
            Sample::Ratio(moments) => Outcome::of_ratio_moments(moments),
        };
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let (ours, theirs) = (treatment.units() as f64, control.units() as f64);
        let (Ok(outcome), Ok(design)) = (outcome, self.design.with_allocation(ours / theirs))
        else {
            return;
        };
        let effect = power::Effect::Relative(least.abs());
        comparison.power = design.power(&outcome, effect, theirs).ok();
        comparison.units_needed = design
            .sample_size(&outcome, effect)
            .ok()
            .map(|size| size.control.saturating_add(size.treatment));
    }

    pub(super) fn methods(&self, samples: &[Option<&Sample>]) -> Methods {
        let Some(first) = samples.iter().flatten().next() else {
            return Methods::default();
        };
        let has_few = samples.iter().flatten().any(|of| match of {
            Sample::Rate(rate) => rarer(rate) < FEWEST_EVENTS,
            _ => false,
        });
        let (fixed, posterior) = match first {
            Sample::Rate(_) if has_few => (
                "Fisher's exact test; Newcombe's interval, and that of the logarithm of the ratio for the relative difference, both reaching to no effect where the test finds none",
                "beta posteriors after uniform priors",
            ),
            Sample::Rate(_) => (
                "z test of two proportions, unpooled; logarithm of their ratio for the relative difference",
                "beta posteriors after uniform priors, their difference as a normal one",
            ),
            Sample::Mean(_) => (
                "Welch's t test; delta method for the relative difference",
                "normal posterior after a flat prior",
            ),
            Sample::Ratio(_) => (
                "ratio of totals by the delta method, clustered by unit",
                "normal posterior after a flat prior",
            ),
        };
        Methods {
            fixed: fixed.to_owned(),
            always_valid: "asymptotic confidence sequence".to_owned(),
            posterior: posterior.to_owned(),
            adjustment: self.plan.adjustment.in_words().to_owned(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn posterior(of: Proportion) -> Result<BetaPosterior, ArgumentError> {
    BetaPosterior::from_counts(of.successes() as f64, of.trials() as f64)
}

/// An exact test may find nothing where an interval leaves no effect out: then the interval reaches to it.
fn agreeing(interval: Interval, p_value: f64, alpha: f64) -> Interval {
    if p_value <= alpha {
        return interval;
    }
    Interval::new(interval.lower.min(0.0), interval.upper.max(0.0))
}

/// Too early to look.
fn is_early(control: &Sample, treatment: &Sample) -> bool {
    if control.units().min(treatment.units()) < FEWEST_UNITS {
        return true;
    }
    match (*control, *treatment) {
        (Sample::Rate(control), Sample::Rate(treatment)) => {
            has_few_events(&TwoProportions { control, treatment })
        }
        _ => false,
    }
}

fn has_few_events(rates: &TwoProportions) -> bool {
    [rates.control, rates.treatment]
        .iter()
        .any(|of| rarer(of) < FEWEST_EVENTS)
}

/// Successes or failures, of which there are fewer.
pub(super) fn rarer(rate: &Proportion) -> u64 {
    rate.successes().min(rate.failures())
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn both(control: &Sample, treatment: &Sample) -> f64 {
    control.units() as f64 + treatment.units() as f64
}
