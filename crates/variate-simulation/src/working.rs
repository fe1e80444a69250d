//! From settings to a report.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use variate::{Better, Config, MetricRole};

use crate::answer::{End, ExperimentReport, Report, Runs, Split};
use crate::behaviour::{Behaviour, Unfit};
use crate::course::{Course, Seen};
use crate::expected::{Arrivals, theory};
use crate::judge::{judge, problems};
use crate::pairs::pairs;
use crate::parallel::parallel;
use crate::split::Dealt;
use crate::subject::Subject;
use crate::summary::{self, Known};
use crate::units::Units;
use crate::{Assumption, Baseline, Progress, SimulationError};

/// Without a plan, so many days are simulated.
const DAYS: u32 = 28;

/// Where nobody says how many come.
const DAILY: u64 = 1_000;

/// More days are no experiment.
pub(crate) const MOST_DAYS: u32 = 1_000;

/// Units that meet an experiment, in all runs, where nobody says how many runs there are.
const BUDGET: u64 = 30_000_000;

const MOST_RUNS: u64 = 1_000;
const FEWEST_RUNS: u64 = 100;

/// Units that meet all experiments, where nobody says how many.
const UNITS: u64 = 100_000;

/// Of very many experiments, fewer.
const MOST_DEALT: u64 = 20_000_000;

/// An effect where there is no minimum effect.
const EFFECT: f64 = 0.05;

/// Everything that is settled before the first unit comes.
pub(crate) struct Working {
    pub(crate) config: Config,
    pub(crate) units: Units,
    pub(crate) baselines: Vec<(String, Baseline)>,
    pub(crate) effects: Vec<(Option<String>, f64)>,
    pub(crate) runs: Option<u64>,
    pub(crate) days: Option<u32>,
    pub(crate) daily: Option<u64>,
    pub(crate) threads: usize,
    pub(crate) split_units: Option<u64>,
}

/// An experiment whose runs are planned.
struct Planned<'w> {
    course: Course<'w>,
    end: End,
    baselines: Vec<Baseline>,
    effects: Vec<f64>,
    arrivals: BTreeMap<usize, Arrivals>,
}

impl Working {
    pub(crate) fn report(
        &self,
        subjects: &[Subject],
        progress: &(impl Fn(Progress) + Sync),
    ) -> Result<Report, SimulationError> {
        let count = subjects.len() as u64;
        let given = self.units.contexts.len() as u64;
        let usual = if given > 0 { given } else { UNITS };
        let fits = (MOST_DEALT / count.max(1)).max(1_000);
        let units = self.split_units.unwrap_or(usual.min(fits));
        let mut assumptions = Vec::new();
        let dealt: Vec<Dealt> = subjects
            .iter()
            .map(|of| Dealt::of(of, &self.config, &self.units, units, self.threads))
            .collect();
        let splits = subjects
            .iter()
            .zip(&dealt)
            .map(|(of, dealt)| dealt.split(of));
        let mut splits: Vec<Split> = splits.collect::<Result<_, _>>()?;
        judge(&mut splits);
        let planned: Vec<Result<Planned<'_>, String>> = subjects
            .iter()
            .zip(&splits)
            .map(|(subject, split)| self.planned(subject, split, &mut assumptions))
            .collect::<Result<_, _>>()?;
        let of_run: u64 = planned
            .iter()
            .flatten()
            .map(|of| of.course.most_units())
            .sum();
        let runs = (BUDGET / of_run.max(1)).clamp(FEWEST_RUNS, MOST_RUNS);
        let runs = self.runs.unwrap_or(runs);
        let done = AtomicU64::new(0);
        let all = of_run.saturating_mul(runs);
        let advance = |units: u64| {
            let done = done.fetch_add(units, Ordering::Relaxed) + units;
            progress(Progress { done, all });
        };
        let mut experiments = Vec::with_capacity(subjects.len());
        for ((subject, split), planned) in subjects.iter().zip(splits).zip(planned) {
            let (of, reason) = match planned {
                Ok(planned) => (Some(self.simulated(&planned, runs, &advance)?), None),
                Err(reason) => (None, Some(reason)),
            };
            experiments.push(ExperimentReport {
                name: subject.name.clone(),
                split,
                runs: of,
                reason,
            });
        }
        let pairs = pairs(subjects, &dealt, self.threads);
        let mut report = Report {
            version: Report::VERSION,
            seed: self.units.seed,
            units,
            experiments,
            pairs,
            assumptions,
            problems: Vec::new(),
        };
        report.problems = problems(&report);
        Ok(report)
    }

    /// How an experiment is simulated; or why it is not.
    fn planned<'w>(
        &'w self,
        subject: &'w Subject,
        split: &Split,
        assumptions: &mut Vec<Assumption>,
    ) -> Result<Result<Planned<'w>, String>, SimulationError> {
        if self.units.contexts.is_empty() {
            let keys = subject.asks_for.iter();
            let keys = keys.filter(|of| !self.units.keys.contains(of));
            let keys: Vec<String> = keys.cloned().collect();
            if !keys.is_empty() {
                assumptions.push(Assumption::Entries {
                    experiment: subject.name.clone(),
                    keys,
                });
            }
        }
        if split.taking_part == 0 {
            return Ok(Err("nobody takes part".to_owned()));
        }
        if subject.plan.metrics.is_empty() {
            return Ok(Err("it declares no metrics".to_owned()));
        }
        let is_there = |at: &usize| split.variants.get(*at).is_some_and(|of| of.units > 0);
        let treatments: Vec<usize> = subject.treatments().into_iter().filter(is_there).collect();
        if treatments.is_empty() || !is_there(&0) {
            return Ok(Err("all get the same variant".to_owned()));
        }
        let end = subject.end(self.days);
        let daily = self.daily(subject, split, end, assumptions);
        let a_day = split.share() * number(daily);
        let end = match (end, subject.declared_days) {
            // Nobody is assigned any more before the planned units are there.
            (End::Units { units }, Some(days)) if number(units) > a_day * f64::from(days) => {
                End::Days { days }
            }
            _ => end,
        };
        let days = Self::length(subject, split, end, daily, assumptions)?;
        let mut baselines = Vec::new();
        let mut effects = Vec::new();
        let mut behaviours = Vec::new();
        for metric in &subject.plan.metrics {
            let is_it = |name: &str| is_named(name, &subject.name, &metric.name);
            let mut given = self.baselines.iter().rev();
            let baseline = match given.find(|(name, _)| is_it(name)) {
                Some((_, baseline)) => *baseline,
                None => {
                    let baseline = Behaviour::usual(&metric.kind);
                    assumptions.push(Assumption::Baseline {
                        experiment: subject.name.clone(),
                        metric: metric.name.clone(),
                        baseline,
                    });
                    baseline
                }
            };
            let mut given = self.effects.iter().rev();
            let named = given.find(|(name, _)| name.as_ref().is_some_and(|name| is_it(name)));
            let for_all = self.effects.iter().rev().find(|(name, _)| name.is_none());
            let given = named.or(for_all).map(|of| of.1);
            let size = match (metric.role, given, metric.minimum_effect) {
                // A treatment does no harm.
                (MetricRole::Guardrail, _, _) => 0.0,
                (_, Some(effect), _) | (_, None, Some(effect)) => effect,
                (_, None, None) => {
                    assumptions.push(Assumption::Effect {
                        experiment: subject.name.clone(),
                        metric: metric.name.clone(),
                        effect: EFFECT,
                    });
                    EFFECT
                }
            };
            let effect = match metric.better {
                Better::Greater => size,
                Better::Less if size > 0.0 => -size,
                Better::Less => 0.0,
            };
            let unfit = |why: Unfit| SimulationError::Baseline {
                experiment: subject.name.clone(),
                metric: metric.name.clone(),
                baseline,
                why: why.0,
            };
            let plain = Behaviour::of(&metric.kind, &baseline).map_err(unfit)?;
            let treated = plain.treated(effect).map_err(unfit)?;
            behaviours.push((plain, treated));
            baselines.push(baseline);
            effects.push(effect);
        }
        let arrivals = arrivals(split, &treatments, end, daily, days);
        Ok(Ok(Planned {
            course: Course {
                subject,
                config: &self.config,
                units: &self.units,
                plan: subject.simulated(end),
                behaviours,
                treatments,
                daily,
                days,
            },
            end,
            baselines,
            effects,
            arrivals,
        }))
    }

    fn daily(
        &self,
        subject: &Subject,
        split: &Split,
        end: End,
        assumptions: &mut Vec<Assumption>,
    ) -> u64 {
        if let Some(daily) = self.daily {
            return daily;
        }
        let daily = match end {
            End::Units { units } => {
                DAILY.max(rounded_up(number(units) / split.share() / f64::from(DAYS)))
            }
            _ => DAILY,
        };
        assumptions.push(Assumption::Daily {
            experiment: subject.name.clone(),
            daily,
        });
        daily
    }

    /// The most days of a run.
    fn length(
        subject: &Subject,
        split: &Split,
        end: End,
        daily: u64,
        assumptions: &mut Vec<Assumption>,
    ) -> Result<u32, SimulationError> {
        match end {
            End::Days { days } => Ok(days.min(MOST_DAYS)),
            End::Never => {
                assumptions.push(Assumption::Days {
                    experiment: subject.name.clone(),
                    days: DAYS,
                });
                Ok(DAYS)
            }
            End::Units { units } => {
                let days = number(units) / split.share() / number(daily);
                // Chance may bring a few fewer.
                let most = rounded_up(1.1 * days) + 3;
                let most = u32::try_from(most).ok().filter(|most| *most <= MOST_DAYS);
                most.ok_or_else(|| SimulationError::TooLong {
                    experiment: subject.name.clone(),
                    units,
                    daily,
                    most: MOST_DAYS,
                })
            }
        }
    }

    fn simulated(
        &self,
        planned: &Planned<'_>,
        runs: u64,
        advance: &(impl Fn(u64) + Sync),
    ) -> Result<Runs, SimulationError> {
        let course = &planned.course;
        let seen = parallel(self.threads, runs, |run| {
            let seen = course.run(run + 1);
            advance(course.most_units());
            seen
        });
        let seen: Vec<Seen> = seen.into_iter().collect::<Result<_, _>>()?;
        let known = Known {
            plan: &course.subject.plan,
            treatments: &course.treatments,
            baselines: &planned.baselines,
            effects: &planned.effects,
            daily: course.daily,
            end: planned.end,
        };
        let theory = |at: usize, variant: usize| {
            let metric = course.subject.plan.metrics.get(at)?;
            let effect = planned.effects.get(at).filter(|of| **of != 0.0)?;
            let behaviours = course.behaviours.get(at)?;
            let arrivals = planned.arrivals.get(&variant)?;
            let treatments = course.treatments.len();
            theory(
                (&course.plan, planned.end),
                metric,
                behaviours,
                *effect,
                treatments,
                arrivals,
            )
            .ok()
        };
        Ok(summary::runs(&known, &seen, theory))
    }
}

impl Course<'_> {
    /// Units that come in a run.
    fn most_units(&self) -> u64 {
        self.daily.saturating_mul(u64::from(self.days))
    }
}

/// By the place of the treatment.
fn arrivals(
    split: &Split,
    treatments: &[usize],
    end: End,
    daily: u64,
    days: u32,
) -> BTreeMap<usize, Arrivals> {
    // What is planned is known better than what was seen.
    let share = |at: usize| {
        let of = split.variants.get(at)?;
        of.planned_share.filter(|of| *of > 0.0).or(of.share)
    };
    let daily = number(daily) * split.share();
    let units = match end {
        End::Units { units } => number(units),
        _ => daily * f64::from(days),
    };
    let of = |at: &usize| {
        let arrivals = Arrivals {
            units,
            control: share(0)?,
            treatment: share(*at)?,
            daily,
        };
        Some((*at, arrivals))
    };
    treatments.iter().filter_map(of).collect()
}

/// Whether a name, alone or behind an experiment's, is that of a metric.
pub(crate) fn is_named(name: &str, experiment: &str, metric: &str) -> bool {
    let rest = name
        .strip_prefix(experiment)
        .and_then(|rest| rest.strip_prefix('/'));
    name == metric || rest == Some(metric)
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn number(of: u64) -> f64 {
    of as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates"
)]
fn rounded_up(of: f64) -> u64 {
    of.ceil() as u64
}
