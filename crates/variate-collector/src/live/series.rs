//! Metrics and their effects over days.

use std::collections::BTreeSet;

use variate_stats::evaluation::{self, Effect, EvaluationError, Observed, Plan, Sample};

use super::measuring::Measuring;
use super::{DayOfEffect, DayOfValue, EffectSeries, LiveEvaluation, SeenEffect, ValueSeries};
use crate::Day;

/// The series of one metric.
pub(super) struct Series {
    pub(super) values: Vec<ValueSeries>,
    pub(super) effects: Vec<EffectSeries>,
}

/// Of each metric of the plan.
pub(super) fn series(
    plan: &Plan,
    mut measuring: Measuring<'_>,
    days: &BTreeSet<Day>,
) -> Result<Vec<Series>, EvaluationError> {
    let mut all: Vec<Series> = Vec::with_capacity(plan.metrics.len());
    let others = measuring.units().count().saturating_sub(1).max(1);
    let most = MOST_EFFECTS / plan.metrics.len().max(1) / others;
    for day in points(days, most) {
        measuring.move_to(Some(day));
        let observed = measuring.observed().0;
        let effects = evaluation::effects(plan, &observed)?;
        if all.is_empty() {
            all.extend(effects.iter().map(|of| Series::new(plan, &observed, of)));
        }
        for (series, of) in all.iter_mut().zip(&effects) {
            series.push(day, &observed, of);
        }
    }
    Ok(all)
}

impl Series {
    fn new(plan: &Plan, observed: &Observed, of: &evaluation::MetricEffects) -> Self {
        // As an evaluation has them.
        let control = observed
            .variants
            .iter()
            .filter(|of| of.name == plan.control);
        let others = observed
            .variants
            .iter()
            .filter(|of| of.name != plan.control);
        Self {
            values: control
                .chain(others)
                .map(|of| ValueSeries {
                    variant: of.name.clone(),
                    days: Vec::new(),
                })
                .collect(),
            effects: of
                .comparisons
                .iter()
                .map(|of| EffectSeries {
                    variant: of.variant.clone(),
                    days: Vec::new(),
                })
                .collect(),
        }
    }

    fn push(&mut self, day: Day, observed: &Observed, of: &evaluation::MetricEffects) {
        for series in &mut self.values {
            let mut variants = observed.variants.iter();
            if let Some(variant) = variants.find(|of| of.name == series.variant) {
                let sample = variant.samples.get(&of.metric);
                series.days.push(DayOfValue {
                    day,
                    units: variant.units,
                    value: sample.map(Sample::value).filter(|of| of.is_finite()),
                });
            }
        }
        for (series, of) in self.effects.iter_mut().zip(&of.comparisons) {
            series.days.push(DayOfEffect {
                day,
                difference: of.difference.map(seen),
                relative: of.relative.map(seen),
            });
        }
    }
}

pub(super) const fn seen(effect: Effect) -> SeenEffect {
    SeenEffect {
        effect: effect.fixed.effect,
        interval: effect.fixed.interval,
        sequence: effect.always_valid.interval,
        always_valid_p_value: effect.always_valid.p_value,
    }
}

/// So that many metrics of many variants make no answer that nobody can read.
const MOST_EFFECTS: usize = 20_000;

/// The days that are told: all, or each second, third, ... from the last one back. At most so many, but two.
fn points(days: &BTreeSet<Day>, most: usize) -> Vec<Day> {
    let most = most.clamp(2, LiveEvaluation::MOST_POINTS);
    let step = days.len().div_ceil(most).max(1);
    let mut points: Vec<Day> = days.iter().rev().step_by(step).copied().collect();
    points.reverse();
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_days_some_are_told_and_the_last_one() {
        let days = |count| (0..count).map(Day::from_days).collect::<BTreeSet<_>>();
        assert_eq!(points(&days(0), 1_000), []);
        assert_eq!(points(&days(200), 1_000).len(), 200);
        let some = points(&days(201), 1_000);
        assert_eq!(some.len(), 101);
        assert_eq!(some.last(), Some(&Day::from_days(200)));
        assert!(points(&days(100_000), 1_000).len() <= 200);
        assert_eq!(points(&days(100), 0).len(), 2);
    }
}
