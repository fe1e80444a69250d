//! What is wrong.

use variate::MetricRole;
use variate_stats::multiplicity::Adjustment;

use crate::answer::{Relation, Report, Runs, Split};
use crate::split::LEVEL;
use crate::{Assumption, Problem};

/// Daily looks up to a planned end cost a little, as `docs/validity.md` shows: 5.3 % instead of 5 %.
const TOLERATED: f64 = 1.2;

/// All splits together.
pub(crate) fn judge(splits: &mut [Split]) {
    let p_values = splits.iter().map(|of| of.p_value.unwrap_or(f64::NAN));
    let p_values: Vec<f64> = p_values.collect();
    let adjusted = Adjustment::Holm.adjust(&p_values).unwrap_or_default();
    for (split, p_value) in splits.iter_mut().zip(adjusted) {
        if !p_value.is_nan() {
            split.adjusted_p_value = Some(p_value);
            split.is_mismatch = p_value <= LEVEL;
        }
    }
}

pub(crate) fn problems(report: &Report) -> Vec<Problem> {
    let mut problems = Vec::new();
    for of in &report.experiments {
        let experiment = || of.name.clone();
        if of.split.taking_part == 0 {
            let reason = of.split.left_out.first();
            problems.push(Problem::Nobody {
                experiment: experiment(),
                reason: reason.map(|of| of.reason.clone()).unwrap_or_default(),
            });
        }
        if let Some(p_value) = of.split.adjusted_p_value.filter(|_| of.split.is_mismatch) {
            problems.push(Problem::Split {
                experiment: experiment(),
                p_value,
            });
        }
        if let Some(runs) = &of.runs {
            problems.extend(wrong(&of.name, runs, &report.assumptions));
        }
    }
    for pair in &report.pairs.pairs {
        if pair.relation == Relation::Dependent {
            problems.push(Problem::Dependent {
                first: pair.first.clone(),
                second: pair.second.clone(),
                p_value: pair.adjusted_p_value.unwrap_or(0.0),
                cramers_v: pair.cramers_v.unwrap_or(0.0),
            });
        }
    }
    problems
}

/// What is wrong with the runs of an experiment.
fn wrong(name: &str, runs: &Runs, assumptions: &[Assumption]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let alarms = runs.alike.wrong;
    if alarms.is_above(TOLERATED * runs.alpha, LEVEL) {
        problems.push(Problem::Level {
            experiment: name.to_owned(),
            wrong: alarms,
            alpha: runs.alpha,
        });
    }
    let is_assumed = |metric: &str| {
        assumptions.iter().any(|of| match of {
            Assumption::Daily { experiment, .. } => experiment == name,
            Assumption::Baseline {
                experiment,
                metric: of,
                ..
            }
            | Assumption::Effect {
                experiment,
                metric: of,
                ..
            } => experiment == name && of == metric,
            _ => false,
        })
    };
    for of in &runs.better.comparisons {
        let is_primary = of.role == MetricRole::Primary;
        if is_primary && !is_assumed(&of.metric) && of.ever.is_below(runs.power, LEVEL) {
            let is_told = problems.iter().any(
                |told| matches!(told, Problem::Underpowered { metric, .. } if *metric == of.metric),
            );
            if !is_told {
                problems.push(Problem::Underpowered {
                    experiment: name.to_owned(),
                    metric: of.metric.clone(),
                    found: of.ever,
                    power: runs.power,
                    days_needed: of.theory.and_then(|of| of.days_needed_once),
                });
            }
        }
    }
    problems
}
