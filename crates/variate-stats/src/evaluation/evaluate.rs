use std::collections::BTreeSet;

use super::answer::{
    Comparison, Effects, Evaluation, MetricEffects, MetricEvaluation, Reading, VariantSummary,
    Verdict,
};
use super::compare::{Comparing, Extent};
use super::conclude::conclude;
use super::observed::{Observed, ObservedVariant, Sample};
use super::plan::{Metric, Plan, Role};
use super::sample_ratio::sample_ratio;
use super::warn::warnings;
use crate::argument::{fraction, positive};
use crate::bayesian::Better;
use crate::{ArgumentError, Interval};

/// Why an experiment cannot be evaluated at all.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The plan's level, power or shares are none.
    #[error("the plan of `{experiment}`: {source}")]
    Plan {
        /// The experiment's name.
        experiment: String,
        /// What is wrong.
        source: ArgumentError,
    },
    /// Nothing was observed of the control, not even that it has no units.
    #[error("`{control}` is the control of `{experiment}`, but the variants are {variants}")]
    NoControl {
        /// The experiment's name.
        experiment: String,
        /// The control's name.
        control: String,
        /// Those that there are.
        variants: String,
    },
    /// Two variants or two metrics with one name.
    #[error("there are two {what} with the name `{name}`: rename or merge one")]
    Twice {
        /// Variants or metrics.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Shares are planned, but not for this variant.
    #[error("variant `{variant}` has no planned share: give one for each variant, or for none")]
    NoShare {
        /// Its name.
        variant: String,
    },
    /// A metric's minimum effect is none.
    #[error("the minimum effect of `{metric}` is {value}: give a share above 0, as 0.02 for 2 %")]
    MinimumEffect {
        /// The metric's name.
        metric: String,
        /// What was given.
        value: f64,
    },
}

/// Evaluates what was observed by what was planned.
///
/// # Errors
///
/// When the plan contradicts itself, or what was observed. Numbers that are missing, or that nothing can be said of, are no
/// error: they come with a reason.
pub fn evaluate(plan: &Plan, observed: &Observed) -> Result<Evaluation, EvaluationError> {
    with(Extent::All, plan, observed)
}

/// As [`evaluate`] decides, without what does not enter a decision: no posteriors, no power, no units that are needed. Much faster where
/// there are few events; for very many looks, as simulations have them.
///
/// # Errors
///
/// As [`evaluate`].
pub fn decide(plan: &Plan, observed: &Observed) -> Result<Evaluation, EvaluationError> {
    with(Extent::Decision, plan, observed)
}

fn with(extent: Extent, plan: &Plan, observed: &Observed) -> Result<Evaluation, EvaluationError> {
    let in_plan = |source| EvaluationError::Plan {
        experiment: plan.experiment.clone(),
        source,
    };
    check(plan, observed)?;
    let (control, treatments) = arms(plan, observed)?;
    let variants = summaries(plan, control, &treatments)?;
    let shares: Vec<f64> = variants.iter().map(|of| of.planned_share).collect();
    let units: Vec<u64> = variants.iter().map(|of| of.units).collect();
    let total = observed.units();
    let reading = match (plan.look, plan.reading, plan.units) {
        (Some(look), _, _) if look.is_last => Reading::Fixed,
        (Some(_), _, _) => Reading::GroupSequential,
        (None, Some(reading), _) => reading,
        (None, None, Some(planned)) if total >= planned => Reading::Fixed,
        (None, None, _) => Reading::AlwaysValid,
    };
    let level = plan.level();
    let sample_ratio = if plan.checks_split {
        sample_ratio(&shares, &units, reading).map_err(in_plan)?
    } else {
        None
    };
    let mut metrics = Vec::with_capacity(plan.metrics.len());
    for metric in &plan.metrics {
        let alike = plan.metrics.iter().filter(|of| of.role == metric.role);
        let comparisons = alike.count().saturating_mul(treatments.len());
        let comparing =
            Comparing::new(plan, metric, comparisons, variants.len()).map_err(in_plan)?;
        let comparing = comparing.with_extent(extent);
        metrics.push(of_metric(&comparing, metric, control, &treatments));
    }
    for role in [Role::Primary, Role::Secondary, Role::Guardrail] {
        adjust(plan, role, &mut metrics).map_err(in_plan)?;
    }
    for metric in &mut metrics {
        let (role, better, least) = (metric.role, metric.better, metric.minimum_effect);
        for comparison in &mut metric.comparisons {
            judge(
                comparison,
                (plan.alpha, level),
                reading,
                role,
                better,
                least,
            );
        }
    }
    let mut evaluation = Evaluation {
        version: Evaluation::VERSION,
        experiment: plan.experiment.clone(),
        control: plan.control.clone(),
        alpha: plan.alpha,
        reading,
        level,
        units: total,
        planned_units: plan.units,
        variants,
        sample_ratio,
        metrics,
        warnings: Vec::new(),
        conclusion: super::Conclusion {
            decision: super::Decision::KeepRunning,
            variant: None,
            text: String::new(),
        },
    };
    evaluation.warnings = warnings(&evaluation, observed);
    evaluation.conclusion = conclude(&evaluation, &plan.unit_name, control, &treatments);
    Ok(evaluation)
}

/// The effects alone, of each metric of the plan in its order and of each variant: much faster than [`evaluate`] where there are few
/// events, for a series of looks. No p-value is adjusted.
///
/// ```
/// use variate_stats::evaluation::{Metric, Observed, ObservedVariant, Plan, Sample, effects};
/// use variate_stats::proportion::Proportion;
///
/// let mut plan = Plan::new("gate", "gate_30");
/// plan.metrics.push(Metric::new("retention"));
/// let days = [(4_100, 21_000, 3_900, 21_400), (8_502, 44_700, 8_279, 45_489)];
/// for (kept_30, units_30, kept_40, units_40) in days {
///     let rate = |kept, of| Proportion::new(kept, of).map(Sample::Rate);
///     let observed = Observed::new([
///         ObservedVariant::new("gate_30", units_30).with("retention", rate(kept_30, units_30)?),
///         ObservedVariant::new("gate_40", units_40).with("retention", rate(kept_40, units_40)?),
///     ]);
///     let seen = &effects(&plan, &observed)?[0];
///     assert!(seen.comparisons[0].difference.unwrap().fixed.effect < 0.0);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`evaluate`].
pub fn effects(plan: &Plan, observed: &Observed) -> Result<Vec<MetricEffects>, EvaluationError> {
    check(plan, observed)?;
    let (control, treatments) = arms(plan, observed)?;
    let variants = summaries(plan, control, &treatments)?.len();
    let mut metrics = Vec::with_capacity(plan.metrics.len());
    for metric in &plan.metrics {
        let comparing =
            Comparing::new(plan, metric, 1, variants).map_err(|source| EvaluationError::Plan {
                experiment: plan.experiment.clone(),
                source,
            })?;
        let sample = |of: &ObservedVariant| of.samples.get(&metric.name).copied();
        let ours = sample(control);
        let comparisons = treatments.iter().map(|of| {
            let (difference, relative) = comparing.effects(ours.as_ref(), sample(of).as_ref());
            Effects {
                variant: of.name.clone(),
                difference,
                relative,
            }
        });
        metrics.push(MetricEffects {
            metric: metric.name.clone(),
            comparisons: comparisons.collect(),
        });
    }
    Ok(metrics)
}

fn check(plan: &Plan, observed: &Observed) -> Result<(), EvaluationError> {
    let in_plan = |source| EvaluationError::Plan {
        experiment: plan.experiment.clone(),
        source,
    };
    fraction("alpha", plan.alpha).map_err(in_plan)?;
    fraction("power", plan.power).map_err(in_plan)?;
    twice("variants", observed.variants.iter().map(|of| &of.name))?;
    twice("metrics", plan.metrics.iter().map(|of| &of.name))?;
    for metric in &plan.metrics {
        match metric.minimum_effect {
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                return Err(EvaluationError::MinimumEffect {
                    metric: metric.name.clone(),
                    value,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

fn twice<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), EvaluationError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(EvaluationError::Twice {
                what,
                name: name.clone(),
            });
        }
    }
    Ok(())
}

/// The control, and the others.
fn arms<'a>(
    plan: &Plan,
    observed: &'a Observed,
) -> Result<(&'a ObservedVariant, Vec<&'a ObservedVariant>), EvaluationError> {
    let (controls, treatments): (Vec<_>, Vec<_>) = observed
        .variants
        .iter()
        .partition(|of| of.name == plan.control);
    let names = || {
        let names: Vec<&str> = observed
            .variants
            .iter()
            .map(|of| of.name.as_str())
            .collect();
        names.join(", ")
    };
    let control = controls.first().ok_or_else(|| EvaluationError::NoControl {
        experiment: plan.experiment.clone(),
        control: plan.control.clone(),
        variants: names(),
    })?;
    Ok((control, treatments))
}

fn summaries(
    plan: &Plan,
    control: &ObservedVariant,
    treatments: &[&ObservedVariant],
) -> Result<Vec<VariantSummary>, EvaluationError> {
    let observed: Vec<&ObservedVariant> = std::iter::once(control)
        .chain(treatments.iter().copied())
        .collect();
    // Who was planned and never came has no units, which is a mismatch as soon as the others have some.
    let absent: Vec<ObservedVariant> = plan
        .shares
        .keys()
        .filter(|name| observed.iter().all(|of| of.name != **name))
        .map(|name| ObservedVariant::new(name, 0))
        .collect();
    let all = || observed.iter().copied().chain(&absent);
    let mut weights = Vec::new();
    for variant in all() {
        weights.push(match plan.shares.get(&variant.name) {
            Some(share) => *share,
            None if plan.shares.is_empty() => 1.0,
            None => {
                return Err(EvaluationError::NoShare {
                    variant: variant.name.clone(),
                });
            }
        });
    }
    for weight in &weights {
        positive("planned share", *weight).map_err(|source| EvaluationError::Plan {
            experiment: plan.experiment.clone(),
            source,
        })?;
    }
    let whole: f64 = weights.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let total: f64 = all().map(|of| of.units as f64).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let summary = |(variant, weight): (&ObservedVariant, f64)| VariantSummary {
        name: variant.name.clone(),
        units: variant.units,
        crossovers: variant.crossovers,
        planned_share: weight / whole,
        share: (total > 0.0).then(|| variant.units as f64 / total),
    };
    Ok(all().zip(weights).map(summary).collect())
}

fn of_metric(
    comparing: &Comparing<'_>,
    metric: &Metric,
    control: &ObservedVariant,
    treatments: &[&ObservedVariant],
) -> MetricEvaluation {
    let sample = |variant: &'_ ObservedVariant| variant.samples.get(&metric.name).copied();
    let of_control = sample(control);
    let of_treatments: Vec<(&str, Option<Sample>)> = treatments
        .iter()
        .map(|variant| (variant.name.as_str(), sample(variant)))
        .collect();
    let all =
        std::iter::once((control.name.as_str(), of_control)).chain(of_treatments.iter().copied());
    let all: Vec<_> = all.collect();
    let samples: Vec<Option<&Sample>> = all.iter().map(|of| of.1.as_ref()).collect();
    let missing = |variant: &ObservedVariant| variant.missing(&metric.name);
    let of_control_missing = missing(control);
    MetricEvaluation {
        name: metric.name.clone(),
        role: metric.role,
        better: metric.better,
        minimum_effect: metric.minimum_effect,
        unit_of_measure: metric.unit_of_measure.clone(),
        methods: comparing.methods(&samples),
        variants: all
            .iter()
            .map(|(name, sample)| comparing.measured(name, sample.as_ref()))
            .collect(),
        comparisons: of_treatments
            .iter()
            .zip(treatments)
            .map(|((name, sample), treatment)| {
                let compared = comparing.compare(name, of_control.as_ref(), sample.as_ref());
                let known = of_control_missing.clone().or_else(|| missing(treatment));
                Comparison {
                    reason: known.or(compared.reason),
                    ..compared
                }
            })
            .collect(),
    }
}

/// Adjusts the p-values of all metrics with one role.
fn adjust(plan: &Plan, role: Role, metrics: &mut [MetricEvaluation]) -> Result<(), ArgumentError> {
    let mut comparisons: Vec<&mut Comparison> = metrics
        .iter_mut()
        .filter(|metric| metric.role == role)
        .flat_map(|metric| &mut metric.comparisons)
        .collect();
    let of = |read: fn(&Comparison) -> Option<f64>, comparisons: &[&mut Comparison]| {
        let p_values: Vec<f64> = comparisons
            .iter()
            .map(|comparison| read(comparison).unwrap_or(f64::NAN))
            .collect();
        plan.adjustment.adjust(&p_values)
    };
    let fixed = of(|comparison| comparison.p_value, &comparisons)?;
    let always_valid = of(|comparison| comparison.always_valid_p_value, &comparisons)?;
    for ((comparison, fixed), always_valid) in comparisons.iter_mut().zip(fixed).zip(always_valid) {
        comparison.p_value = Some(fixed).filter(|p| !p.is_nan());
        comparison.always_valid_p_value = Some(always_valid).filter(|p| !p.is_nan());
    }
    Ok(())
}

fn judge(
    comparison: &mut Comparison,
    (alpha, level): (f64, f64),
    reading: Reading,
    role: Role,
    better: Better,
    least: Option<f64>,
) {
    let Some(difference) = comparison.difference else {
        return;
    };
    let (p_value, interval, level) = match reading {
        Reading::Fixed | Reading::GroupSequential => (
            comparison.p_value,
            comparison.relative.map(|of| of.fixed.interval),
            level,
        ),
        Reading::AlwaysValid => (
            comparison.always_valid_p_value,
            comparison.relative.map(|of| of.always_valid.interval),
            alpha,
        ),
    };
    let harm = interval.map(|of| match better {
        Better::Greater => of.lower,
        Better::Less => -of.upper,
    });
    let is_borne = least
        .zip(harm)
        .is_some_and(|(least, harm)| role == Role::Guardrail && harm >= -least);
    if p_value.is_some_and(|p| p <= level) {
        let is_greater = difference.fixed.effect > 0.0;
        comparison.verdict = if is_greater == (better == Better::Greater) {
            Verdict::Better
        } else if is_borne {
            // However certain: many units see any loss.
            Verdict::NotWorse
        } else {
            Verdict::Worse
        };
        return;
    }
    let (Some(least), Some(interval)) = (least, interval) else {
        return;
    };
    let within = Interval::around(0.0, least);
    if within.contains(interval.lower) && within.contains(interval.upper) {
        comparison.verdict = Verdict::Equivalent;
    } else if is_borne {
        comparison.verdict = Verdict::NotWorse;
    }
}
