//! Many runs as a few figures.

use variate::MetricRole;
use variate_collector::live::ExperimentPlan;
use variate_stats::evaluation::Decision;

use crate::Baseline;
use crate::answer::{AsIfAlike, AsIfBetter, Comparison, Daily, Decided, End, Runs, Share, Theory};
use crate::course::Seen;

/// What is known of the runs besides.
pub(crate) struct Known<'k> {
    pub(crate) plan: &'k ExperimentPlan,
    pub(crate) treatments: &'k [usize],
    pub(crate) baselines: &'k [Baseline],
    /// Of each metric.
    pub(crate) effects: &'k [f64],
    pub(crate) daily: u64,
    pub(crate) end: End,
}

/// `theory` is asked for a metric and a variant by their places.
pub(crate) fn runs(
    known: &Known<'_>,
    seen: &[Seen],
    theory: impl Fn(usize, usize) -> Option<Theory>,
) -> Runs {
    let all = seen.len() as u64;
    let share =
        |is: &dyn Fn(&Seen) -> bool| Share::of(seen.iter().filter(|of| is(of)).count() as u64, all);
    let metrics = &known.plan.metrics;
    let has_guardrails = metrics.iter().any(|of| of.role == MetricRole::Guardrail);
    let alike = AsIfAlike {
        wrong: share(&|of| of.alike.primary.is_some()),
        always_valid: share(&|of| of.alike.always_valid),
        fixed_once: share(&|of| of.alike.fixed_once),
        fixed_daily: share(&|of| of.alike.fixed_daily.is_some()),
        guardrails: has_guardrails.then(|| share(&|of| of.alike.guardrail.is_some())),
        invalid: share(&|of| of.alike.invalid),
    };
    let mut comparisons = Vec::new();
    for (at, metric) in metrics.iter().enumerate() {
        for variant in known.treatments {
            let of_these = || seen.iter().filter(|of| of.treated == *variant);
            let found = of_these().map(|of| of.better.found.get(at).copied().unwrap_or_default());
            let found: Vec<(Option<u32>, bool)> = found.collect();
            let runs = found.len() as u64;
            let hits = |is: fn(&(Option<u32>, bool)) -> bool| {
                Share::of(found.iter().filter(|of| is(of)).count() as u64, runs)
            };
            let name = known.plan.variants.get(*variant);
            comparisons.push(Comparison {
                metric: metric.name.clone(),
                role: metric.role,
                variant: name.cloned().unwrap_or_default(),
                baseline: known
                    .baselines
                    .get(at)
                    .copied()
                    .unwrap_or(Baseline::new(0.0)),
                effect: known.effects.get(at).copied().unwrap_or(0.0),
                at_end: hits(|of| of.1),
                ever: hits(|of| of.0.is_some()),
                median_day: median(found.iter().map(|of| of.0)),
                theory: theory(at, *variant),
            });
        }
    }
    Runs {
        runs: all,
        daily: known.daily,
        end: known.end,
        days: mean(seen.iter().map(|of| f64::from(of.days))),
        units: mean(seen.iter().map(|of| number(of.units))),
        alpha: known.plan.plan.alpha,
        power: known.plan.plan.power,
        alike,
        better: AsIfBetter {
            comparisons,
            decided: decided(known, seen),
        },
        by_day: by_day(known, seen),
    }
}

fn decided(known: &Known<'_>, seen: &[Seen]) -> Decided {
    let all = seen.len() as u64;
    let name = |of: &Seen| known.plan.variants.get(of.treated);
    let is_shipped = |of: &&Seen| {
        let decided = of.better.decided.as_ref();
        decided.is_some_and(|(_, decision, variant)| {
            *decision == Decision::Ship && variant.as_ref() == name(of)
        })
    };
    let shipped = seen.iter().filter(is_shipped).count() as u64;
    let any = seen.iter().filter(|of| of.better.decided.is_some()).count() as u64;
    let day = |of: &Seen| of.better.decided.as_ref().map(|of| of.0);
    Decided {
        shipped: Share::of(shipped, all),
        wrong: Share::of(any - shipped, all),
        open: Share::of(all - any, all),
        median_day: median(seen.iter().map(|of| day(of).filter(|_| is_shipped(&of)))),
        mean_days: mean(seen.iter().map(|of| f64::from(day(of).unwrap_or(of.days)))),
    }
}

fn by_day(known: &Known<'_>, seen: &[Seen]) -> Vec<Daily> {
    let last = seen.iter().map(|of| of.days).max().unwrap_or(0);
    let metrics = || known.plan.metrics.iter();
    let found = |of: &Seen| {
        let primary = metrics().zip(&of.better.found);
        let primary = primary.filter(|(metric, _)| metric.role == MetricRole::Primary);
        primary.filter_map(|(_, found)| found.0).min()
    };
    let until = |day: u32, of: &dyn Fn(&Seen) -> Option<u32>| {
        let hits = seen
            .iter()
            .filter(|seen| of(seen).is_some_and(|at| at <= day));
        number(hits.count() as u64) / number(seen.len().max(1) as u64)
    };
    let day = |day| Daily {
        day,
        wrong: until(day, &|of| of.alike.primary),
        fixed_daily: until(day, &|of| of.alike.fixed_daily),
        found: until(day, &found),
    };
    (1..=last).map(day).collect()
}

/// The day by which half had it, of all.
fn median(days: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let mut days: Vec<u32> = days.map(|of| of.unwrap_or(u32::MAX)).collect();
    days.sort_unstable();
    let middle = days.len().div_ceil(2).checked_sub(1)?;
    days.get(middle).copied().filter(|day| *day < u32::MAX)
}

fn mean(of: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = of.fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / number(count) }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn number(of: u64) -> f64 {
    of as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_needs_half_of_the_runs() {
        let of = |days: &[Option<u32>]| median(days.iter().copied());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[Some(3)]), Some(3));
        assert_eq!(of(&[Some(9), None, Some(2), None]), Some(9));
        assert_eq!(of(&[Some(9), None, None]), None);
        assert_eq!(of(&[Some(5), Some(1), Some(7)]), Some(5));
    }
}
