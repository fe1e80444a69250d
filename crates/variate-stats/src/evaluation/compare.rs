use super::answer::{Comparison, Effect, Measured, Methods, Posterior, Verdict};
use super::observed::Sample;
use super::pair::{Pair, agreeing};
use super::plan::{Metric, Plan};
use crate::argument::fraction;
use crate::bayesian::{BetaPosterior, Better, NormalPosterior, NormalPrior, RateComparison};
use crate::mean;
use crate::power::{self, Design, Outcome};
use crate::proportion::{IntervalMethod, Proportion, TwoProportions};
use crate::sequential::{AlwaysValid, AsymptoticSequence, Look, TwoRates};
use crate::{ArgumentError, Estimate, Interval, Side};

/// Fewer units of an arm say nothing at any time: the sequences hold for many.
pub(super) const FEWEST_UNITS: u64 = 100;

/// With fewer successes, or failures, a rate's error is not normal.
pub(super) const FEWEST_EVENTS: u64 = 10;

/// Why there is no reading at any time.
const NOT_AT_ANY_TIME: &str = "no reading at any time: the error of such an estimate is known for one look only, so plan when it is read";

/// Nothing is known yet, or at all.
const NOTHING: AlwaysValid = AlwaysValid {
    p_value: 1.0,
    interval: Interval::EVERYTHING,
};

/// How samples of one metric are compared.
pub(super) struct Comparing<'a> {
    plan: &'a Plan,
    metric: &'a Metric,
    /// Of what is read once.
    level: f64,
    sequence: AsymptoticSequence,
    design: Design,
    extent: Extent,
}

/// How much is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    All,
    /// What a decision needs.
    Decision,
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
        let comparisons = u32::try_from(comparisons.max(1)).unwrap_or(u32::MAX);
        Ok(Self {
            plan,
            metric,
            level: fraction("level of the look", plan.level())?,
            sequence: plan.sequence(variants)?,
            design: Design::new(plan.alpha, Side::Both)?
                .with_power(plan.power)?
                .with_treatments(comparisons)?,
            extent: Extent::All,
        })
    }

    pub(super) fn with_extent(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    pub(super) fn measured(&self, variant: &str, sample: Option<&Sample>) -> Measured {
        let alpha = self.level;
        let interval = sample.and_then(|sample| match sample {
            Sample::Rate(rate) => rate
                .interval(IntervalMethod::Wilson, alpha, Side::Both)
                .ok(),
            Sample::Mean(moments) => Some(mean::one(moments, alpha, Side::Both).ok()?.interval),
            Sample::Ratio(moments) => Some(moments.estimate(alpha, Side::Both).ok()?.interval),
            Sample::Paired(of) => Some(of.treatment(alpha).ok()?.interval),
            Sample::Estimated(of) => Some(of.estimate(alpha).ok()?.interval),
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
            units_needed_at_any_time: None,
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
        let unplanned = match self.extent {
            Extent::All => self.plan_ahead(comparison, control, treatment).err(),
            Extent::Decision => None,
        };
        self.fill_effects(comparison, control, treatment)?;
        if comparison.reason.is_none() {
            comparison.reason = unplanned
                .map(|error| format!("no plan for the least effect that matters: {error}"));
        }
        Ok(())
    }

    fn fill_effects(
        &self,
        comparison: &mut Comparison,
        control: &Sample,
        treatment: &Sample,
    ) -> Result<(), String> {
        let pair = Pair::of(control, treatment)?;
        let told = |error: ArgumentError| error.to_string();
        let fixed = pair.difference(self.level).map_err(told)?;
        let always_valid = self.always_valid(&pair, &fixed).map_err(told)?;
        let (of_difference, of_relative) = always_valid.unwrap_or((NOTHING, NOTHING));
        let difference = Effect {
            fixed,
            always_valid: of_difference,
        };
        if self.extent == Extent::All {
            comparison.posterior = self.posterior(control, treatment, &difference).ok();
        }
        comparison.difference = Some(difference);
        comparison.verdict = Verdict::Undecided;
        // Equal values and equal shares of a value are one hypothesis, and have one p-value.
        comparison.p_value = Some(fixed.p_value);
        comparison.always_valid_p_value = always_valid.map(|of| of.0.p_value);
        if always_valid.is_none() {
            comparison.reason = Some(NOT_AT_ANY_TIME.to_owned());
        }
        let relative = pair.relative(self.level, &fixed);
        comparison.relative = relative.as_ref().ok().map(|fixed| Effect {
            fixed: *fixed,
            always_valid: of_relative,
        });
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
        let Ok(pair) = Pair::of(control, treatment) else {
            return (None, None);
        };
        let Ok(fixed) = pair.difference(self.level) else {
            return (None, None);
        };
        let Ok(always_valid) = self.always_valid(&pair, &fixed) else {
            return (None, None);
        };
        let (of_difference, of_relative) = always_valid.unwrap_or((NOTHING, NOTHING));
        let effect = |fixed, always_valid| Effect {
            fixed,
            always_valid,
        };
        let relative = pair.relative(self.level, &fixed).ok();
        (
            Some(effect(fixed, of_difference)),
            relative.map(|fixed| effect(fixed, of_relative)),
        )
    }

    /// The difference and the relative one, where there is a method that holds at any time.
    fn always_valid(
        &self,
        pair: &Pair,
        fixed: &Estimate,
    ) -> Result<Option<(AlwaysValid, AlwaysValid)>, ArgumentError> {
        Ok(Some(match pair {
            Pair::Estimates(..) => return Ok(None),
            Pair::Rates(rates) if has_few_events(rates) || pair.fewest_units() < FEWEST_UNITS => {
                let exact = TwoRates::new(self.plan.alpha)?;
                (exact.difference(rates), exact.relative(rates))
            }
            _ if pair.fewest_units() < FEWEST_UNITS => (NOTHING, NOTHING),
            _ => {
                let variance = fixed.standard_error * fixed.standard_error;
                let look = Look::new(fixed.effect, variance, pair.units())?;
                let difference = self.sequence.at(&look);
                let errors = 0.5 * difference.interval.width() / fixed.standard_error;
                let interval = agreeing(
                    pair.lift(errors)?,
                    fixed.effect,
                    difference.p_value,
                    self.plan.alpha,
                );
                let relative = AlwaysValid {
                    interval,
                    ..difference
                };
                (difference, relative)
            }
        }))
    }

    fn posterior(
        &self,
        control: &Sample,
        treatment: &Sample,
        difference: &Effect,
    ) -> Result<Posterior, ArgumentError> {
        let (alpha, better) = (self.level, self.metric.better);
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

    /// What can be seen with the units that there are, and how many it takes.
    ///
    /// # Errors
    /// When the least effect that matters, in the direction that is wanted, is one that no treatment can have, or the arms are too small.
    fn plan_ahead(
        &self,
        comparison: &mut Comparison,
        control: &Sample,
        treatment: &Sample,
    ) -> Result<(), ArgumentError> {
        // How many it takes of the same units depends on how alike both are.
        let (Some(least), Sample::Rate(_) | Sample::Mean(_) | Sample::Ratio(_)) =
            (self.metric.minimum_effect, treatment)
        else {
            return Ok(());
        };
        let outcome = match control {
            Sample::Rate(rate) => Outcome::rate(rate.rate())?,
            // As of many units: the t distribution costs a thousand times more, and changes nothing that matters to a plan.
            Sample::Mean(moments) => Outcome::ratio(moments.mean(), moments.variance())?,
            Sample::Ratio(moments) => Outcome::of_ratio_moments(moments)?,
            Sample::Paired(_) | Sample::Estimated(_) => return Ok(()),
        };
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let (ours, theirs) = (treatment.units() as f64, control.units() as f64);
        let design = self.design.with_allocation(ours / theirs)?;
        // A rate that falls by a share of itself varies less than one that rises by it.
        let effect = power::Effect::Relative(match self.metric.better {
            Better::Greater => least,
            Better::Less => -least,
        });
        let power = design.power(&outcome, effect, theirs);
        let size = design.sample_size(&outcome, effect);
        comparison.power = power.as_ref().ok().copied();
        comparison.units_needed = size
            .as_ref()
            .ok()
            .map(|size| size.control.saturating_add(size.treatment));
        // The p-value of the sequence, as all comparisons of the role together allow it.
        let (level, rho) = (self.design.level(), self.sequence.rho());
        comparison.units_needed_at_any_time = AsymptoticSequence::with_rho(level, rho, Side::Both)
            .and_then(|of| design.sample_size_of_sequence(&outcome, effect, |look| of.at(look)))
            .ok()
            .map(|size| size.control.saturating_add(size.treatment));
        power.and(size).map(drop)
    }

    pub(super) fn methods(&self, samples: &[Option<&Sample>]) -> Methods {
        let Some(first) = samples.iter().flatten().next() else {
            return Methods::default();
        };
        let has_few = samples.iter().flatten().any(|of| match of {
            Sample::Rate(rate) => rarer(rate) < FEWEST_EVENTS,
            _ => false,
        });
        let paired = samples
            .iter()
            .flatten()
            .find(|of| matches!(of, Sample::Paired(_)));
        let (fixed, posterior) = match paired.unwrap_or(first) {
            Sample::Rate(_) if has_few => (
                "Fisher's exact test; Newcombe's interval, and the score interval of the ratio for the relative difference, both reaching to no effect where the test finds none",
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
            Sample::Paired(_) => (
                "ratios of totals of the same units by the delta method, paired by unit",
                "normal posterior after a flat prior",
            ),
            Sample::Estimated(of) => (of.method, "normal posterior after a flat prior"),
        };
        let always_valid = match first {
            Sample::Rate(_) if has_few => "betting on both rates, mixed by beta priors",
            Sample::Estimated(_) => NOT_AT_ANY_TIME,
            _ => {
                "asymptotic confidence sequence; Fieller's interval with its width for the relative difference"
            }
        };
        Methods {
            fixed: fixed.to_owned(),
            always_valid: always_valid.to_owned(),
            posterior: posterior.to_owned(),
            adjustment: self.plan.adjustment.in_words().to_owned(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn posterior(of: Proportion) -> Result<BetaPosterior, ArgumentError> {
    BetaPosterior::from_counts(of.successes() as f64, of.trials() as f64)
}

pub(super) fn has_few_events(rates: &TwoProportions) -> bool {
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
