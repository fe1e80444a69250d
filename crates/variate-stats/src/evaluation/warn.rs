//! What to warn of.

use super::answer::{Comparison, Evaluation, MetricEvaluation, Reading, SampleRatio, Verdict};
use super::compare::{FEWEST_EVENTS, FEWEST_UNITS, rarer};
use super::observed::{Observed, Sample};
use super::plan::Role;
use super::warning::{Rarer, Warning};

/// From this share of crossovers on, somebody should know.
const MANY_CROSSOVERS: f64 = 0.005;

pub(super) fn warnings(evaluation: &Evaluation, observed: &Observed) -> Vec<Warning> {
    let crossovers = crossovers(evaluation, observed);
    // All else that could be said of each variant and metric follows from it.
    if evaluation.units == 0 && crossovers == 0 {
        return vec![Warning::NoUnits];
    }
    let mut warnings = Vec::new();
    if let Some(ratio) = evaluation.sample_ratio.as_ref().filter(|of| of.is_mismatch) {
        warnings.push(Warning::SampleRatioMismatch {
            p_value: ratio.always_valid_p_value.min(match evaluation.reading {
                Reading::Fixed => ratio.p_value,
                Reading::AlwaysValid | Reading::GroupSequential => 1.0,
            }),
        });
    }
    if let (Reading::Fixed, Some(ratio)) = (evaluation.reading, &evaluation.sample_ratio)
        && ratio.p_value <= SampleRatio::LEVEL
        && !ratio.is_mismatch
    {
        warnings.push(Warning::UnusualSplit {
            p_value: ratio.p_value,
        });
    }
    for variant in &evaluation.variants {
        if variant.units < FEWEST_UNITS {
            warnings.push(Warning::TooFewUnits {
                variant: variant.name.clone(),
                units: variant.units,
                least: FEWEST_UNITS,
            });
        }
    }
    for metric in &evaluation.metrics {
        for variant in &observed.variants {
            if let Some(Sample::Rate(rate)) = variant.samples.get(&metric.name) {
                let events = rarer(rate);
                if events < FEWEST_EVENTS && variant.units >= FEWEST_UNITS {
                    warnings.push(Warning::TooFewEvents {
                        metric: metric.name.clone(),
                        variant: variant.name.clone(),
                        events,
                        rarer: if rate.failures() < rate.successes() {
                            Rarer::Failures
                        } else {
                            Rarer::Successes
                        },
                        least: FEWEST_EVENTS,
                    });
                }
            }
        }
        warnings.extend(
            metric
                .comparisons
                .iter()
                .filter_map(|of| of_comparison(evaluation, metric, of)),
        );
    }
    if let (Reading::Fixed, Some(planned)) = (evaluation.reading, evaluation.planned_units) {
        // A little more than planned is the end of a day.
        if evaluation.units > planned.saturating_add(planned / 10) {
            warnings.push(Warning::PastTheEnd {
                units: evaluation.units,
                planned,
            });
        }
    }
    let primary = evaluation
        .metrics
        .iter()
        .filter(|of| of.role == Role::Primary);
    let comparisons = primary.map(|of| of.comparisons.len() as u64).sum();
    if comparisons > 1 {
        warnings.push(Warning::ManyComparisons { comparisons });
    }
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let share = crossovers as f64 / (evaluation.units.saturating_add(crossovers)).max(1) as f64;
    if share >= MANY_CROSSOVERS {
        warnings.push(Warning::Crossovers { share });
    }
    warnings
}

fn crossovers(evaluation: &Evaluation, observed: &Observed) -> u64 {
    let of_variants = || evaluation.variants.iter().map(|of| of.crossovers).sum();
    observed.crossovers.unwrap_or_else(of_variants)
}

fn of_comparison(
    evaluation: &Evaluation,
    metric: &MetricEvaluation,
    comparison: &Comparison,
) -> Option<Warning> {
    if comparison.verdict == Verdict::NotMeasured {
        return Some(Warning::NotMeasured {
            metric: metric.name.clone(),
            variant: comparison.variant.clone(),
            reason: comparison.reason.clone().unwrap_or_default(),
        });
    }
    let (p_value, always_valid_p_value) = (comparison.p_value?, comparison.always_valid_p_value?);
    let is_peeking = evaluation.reading == Reading::AlwaysValid
        && p_value <= evaluation.alpha
        && always_valid_p_value > evaluation.alpha;
    is_peeking.then(|| Warning::Peeking {
        metric: metric.name.clone(),
        variant: comparison.variant.clone(),
        p_value,
        always_valid_p_value,
    })
}
