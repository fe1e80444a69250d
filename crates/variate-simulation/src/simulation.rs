use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::SystemTime;

use variate::{Better, Catalogue, Config, ConfigBuilder, Context, MetricRole, NoTracker};
use variate_stats::multiplicity::Adjustment;

use crate::answer::{End, ExperimentReport, Report, Runs, Split};
use crate::behaviour::Behaviour;
use crate::course::{Course, Seen};
use crate::expected::{Arrivals, theory};
use crate::pairs::pairs;
use crate::parallel::parallel;
use crate::split::{Dealt, LEVEL};
use crate::subject::Subject;
use crate::summary::{self, Known};
use crate::units::Units;
use crate::{Assumption, Baseline, EmptyStore, Problem, Relation, SimulationError, scene};

/// Experiments of catalogues, to be simulated.
///
/// ```
/// use variate::{Catalogue, Format};
/// use variate_simulation::Simulation;
///
/// let catalogue = Catalogue::parse(
///     r#"
///     [experiments.pill_color]
///     plan.days = 14
///     metrics = [{ name = "purchases", kind = "conversion", action = "bought", minimum_effect = 0.3 }]
///     "#,
///     Format::Toml,
///     "catalogue.toml",
/// )?;
/// let report = Simulation::of([catalogue])
///     .baseline("purchases", "0.1".parse()?)
///     .daily(300)
///     .runs(20)
///     .run(|progress| println!("{} of {}", progress.done, progress.all))?;
/// let runs = report.experiments[0].runs.as_ref().unwrap();
/// println!("{} of the runs find it", runs.better.decided.shipped.share);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Simulation {
    catalogues: Vec<Catalogue>,
    config: ConfigBuilder,
    only: Vec<String>,
    baselines: Vec<(String, Baseline)>,
    effects: Vec<(Option<String>, f64)>,
    contexts: Vec<Context<'static>>,
    keys: Vec<String>,
    units: Option<u64>,
    runs: Option<u64>,
    days: Option<u32>,
    daily: Option<u64>,
    seed: u64,
    now: SystemTime,
    threads: usize,
}

/// How far a simulation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Units that met an experiment.
    pub done: u64,
    /// Of so many.
    pub all: u64,
}

/// Without a plan, so many days are simulated.
const DAYS: u32 = 28;

/// Where nobody says how many come.
const DAILY: u64 = 1_000;

/// More days are no experiment.
const MOST_DAYS: u32 = 1_000;

/// Units that meet an experiment, in all runs, where nobody says how many runs there are.
const BUDGET: u64 = 30_000_000;

const MOST_RUNS: u64 = 1_000;
const FEWEST_RUNS: u64 = 100;

/// Units that meet all experiments, where nobody says how many.
const UNITS: u64 = 100_000;

/// Of very many experiments, fewer.
const MOST_DEALT: u64 = 20_000_000;

/// Daily looks up to a planned end cost a little, as `docs/validity.md` shows: 5.3 % instead of 5 %.
const TOLERATED: f64 = 1.2;

/// An effect where there is no minimum effect.
const EFFECT: f64 = 0.05;

impl Simulation {
    /// Of all experiments of these catalogues.
    pub fn of(catalogues: impl IntoIterator<Item = Catalogue>) -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            catalogues: catalogues.into_iter().collect(),
            config: Config::builder(),
            only: Vec::new(),
            baselines: Vec::new(),
            effects: Vec::new(),
            contexts: Vec::new(),
            keys: Vec::new(),
            units: None,
            runs: None,
            days: None,
            daily: None,
            seed: 1,
            now: SystemTime::now(),
            threads,
        }
    }

    /// With the key scheme, the prefix and the named key schemes of the program. Its tracker, store, clock and randomness are not used:
    /// nothing is tracked or kept.
    #[must_use]
    pub fn config(mut self, config: ConfigBuilder) -> Self {
        self.config = config;
        self
    }

    /// Only this experiment; may be called several times.
    #[must_use]
    pub fn only(mut self, experiment: impl Into<String>) -> Self {
        self.only.push(experiment.into());
        self
    }

    /// What a metric is like, by its name, or as `experiment/metric`.
    #[must_use]
    pub fn baseline(mut self, metric: impl Into<String>, baseline: Baseline) -> Self {
        self.baselines.push((metric.into(), baseline));
        self
    }

    /// The relative effect of a treatment on all metrics, in the direction that is wanted: 0.05 is 5 %. Without, it is each metric's
    /// minimum effect.
    #[must_use]
    pub fn effect(mut self, relative: f64) -> Self {
        self.effects.push((None, relative));
        self
    }

    /// The same of one metric, by its name, or as `experiment/metric`.
    #[must_use]
    pub fn effect_on(mut self, metric: impl Into<String>, relative: f64) -> Self {
        self.effects.push((Some(metric.into()), relative));
        self
    }

    /// Contexts that were seen, for rules to look at. In runs they are drawn from these, each with another unit.
    #[must_use]
    pub fn contexts(mut self, contexts: impl IntoIterator<Item = Context<'static>>) -> Self {
        self.contexts = contexts.into_iter().collect();
        self
    }

    /// A key of contexts that tells units apart; may be called several times. Without: those of layers and holdouts, or `user_id`.
    #[must_use]
    pub fn unit(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// How many units meet every experiment, to see how they are split: 100,000, or each context that is given.
    #[must_use]
    pub const fn units(mut self, units: u64) -> Self {
        self.units = Some(units);
        self
    }

    /// How many runs there are of each experiment: as many as a few seconds have room for, from 100 to 1,000.
    #[must_use]
    pub const fn runs(mut self, runs: u64) -> Self {
        self.runs = Some(runs);
        self
    }

    /// After how many days experiments are read, whatever their plans say.
    #[must_use]
    pub const fn days(mut self, days: u32) -> Self {
        self.days = Some(days);
        self
    }

    /// How many units come a day, whether or not they take part: 1,000, or as many as bring the planned units in 28 days.
    #[must_use]
    pub const fn daily(mut self, units: u64) -> Self {
        self.daily = Some(units);
        self
    }

    /// Other units, and other luck.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The time, for dates of experiments: those that are still to begin are simulated on their first day.
    #[must_use]
    pub const fn now(mut self, now: SystemTime) -> Self {
        self.now = now;
        self
    }

    /// On so many threads: as many as there are processors. The answer is the same with any number.
    #[must_use]
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = if threads == 0 { 1 } else { threads };
        self
    }

    /// Simulates; `progress` is called now and then, by several threads.
    ///
    /// # Errors
    ///
    /// When something that is given makes no sense, or does not fit the experiments. What the simulation finds wrong is no error: it is
    /// in the report.
    pub fn run(self, progress: impl Fn(Progress) + Sync) -> Result<Report, SimulationError> {
        self.check()?;
        let subjects = self.subjects()?;
        self.check_names(&subjects)?;
        let units = Units {
            seed: self.seed,
            keys: self.keys(),
            contexts: self.contexts.clone(),
        };
        let mut builder = self
            .config
            .tracker(NoTracker::new())
            .store(EmptyStore)
            .clock(scene::now)
            .randomness(scene::bits);
        for catalogue in &self.catalogues {
            builder = builder.catalogue(catalogue.clone());
        }
        let working = Working {
            config: builder.build()?,
            units,
            baselines: self.baselines,
            effects: self.effects,
            runs: self.runs,
            days: self.days,
            daily: self.daily,
            threads: self.threads,
            split_units: self.units,
        };
        working.report(&subjects, &progress)
    }

    fn check(&self) -> Result<(), SimulationError> {
        let number = |name, value: Option<u64>, most: u64, expected| match value {
            Some(value) if value == 0 || value > most => Err(SimulationError::Number {
                name,
                value,
                expected,
            }),
            _ => Ok(()),
        };
        number(
            "the number of units",
            self.units,
            1 << 32,
            "at least 1, and at most 4294967296",
        )?;
        number(
            "the number of runs",
            self.runs,
            1_000_000,
            "at least 1, and at most 1000000",
        )?;
        number(
            "the number of units a day",
            self.daily,
            1 << 32,
            "at least 1, and at most 4294967296",
        )?;
        let days = self.days.map(u64::from);
        number(
            "the number of days",
            days,
            u64::from(MOST_DAYS),
            "at least 1, and at most 1000",
        )?;
        let wrong = self.effects.iter().map(|of| of.1);
        match wrong.into_iter().find(|of| !(*of > 0.0 && of.is_finite())) {
            Some(effect) => Err(SimulationError::Effect(effect)),
            None => Ok(()),
        }
    }

    fn subjects(&self) -> Result<Vec<Subject>, SimulationError> {
        let all = || self.catalogues.iter().flat_map(Catalogue::experiments);
        let known: Vec<&str> = all().map(|of| of.name()).collect();
        if known.is_empty() {
            return Err(SimulationError::NoExperiments);
        }
        if let Some(name) = self
            .only
            .iter()
            .find(|name| !known.contains(&name.as_str()))
        {
            return Err(SimulationError::UnknownExperiment {
                name: name.clone(),
                known: listed(known),
            });
        }
        let wanted = |name: &str| self.only.is_empty() || self.only.iter().any(|of| of == name);
        Ok(all()
            .filter(|entry| wanted(entry.name()))
            .map(|entry| Subject::of(&entry, self.now))
            .collect())
    }

    /// Whoever mistypes a name would believe in an answer that is about something else.
    fn check_names(&self, subjects: &[Subject]) -> Result<(), SimulationError> {
        let metrics = || {
            subjects.iter().flat_map(|subject| {
                let metrics = subject.plan.metrics.iter();
                metrics.map(|metric| (subject.name.as_str(), metric.name.as_str()))
            })
        };
        let baselines = self.baselines.iter().map(|(name, _)| ("a baseline", name));
        let effects = self.effects.iter();
        let effects = effects.filter_map(|(name, _)| Some(("an effect", name.as_ref()?)));
        for (what, name) in baselines.chain(effects) {
            if !metrics().any(|(experiment, metric)| is_named(name, experiment, metric)) {
                let known: BTreeSet<&str> = metrics().map(|of| of.1).collect();
                return Err(SimulationError::UnknownMetric {
                    what,
                    name: name.clone(),
                    known: listed(known),
                });
            }
        }
        Ok(())
    }

    fn keys(&self) -> Vec<String> {
        if !self.keys.is_empty() {
            return self.keys.clone();
        }
        let units = self.catalogues.iter().flat_map(Catalogue::units);
        let keys: BTreeSet<&str> = units.collect();
        if keys.is_empty() {
            return vec!["user_id".to_owned()];
        }
        keys.into_iter().map(str::to_owned).collect()
    }
}

impl std::fmt::Debug for Simulation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Simulation")
            .field("catalogues", &self.catalogues.len())
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// Whether a name, alone or behind an experiment's, is that of a metric.
fn is_named(name: &str, experiment: &str, metric: &str) -> bool {
    let rest = name
        .strip_prefix(experiment)
        .and_then(|rest| rest.strip_prefix('/'));
    name == metric || rest == Some(metric)
}

/// At most ten of them.
fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const MOST: usize = 10;
    let mut names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let names = names.join(", ");
    if more == 0 {
        return names;
    }
    format!("{names} and {more} more")
}

/// Everything that is settled before the first unit comes.
struct Working {
    config: Config,
    units: Units,
    baselines: Vec<(String, Baseline)>,
    effects: Vec<(Option<String>, f64)>,
    runs: Option<u64>,
    days: Option<u32>,
    daily: Option<u64>,
    threads: usize,
    split_units: Option<u64>,
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
    fn report(
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
        let days = self.length(subject, split, end, daily, assumptions)?;
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
            let unfit = |why: crate::behaviour::Unfit| SimulationError::Baseline {
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
        &self,
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
                &course.plan,
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

/// All splits together.
fn judge(splits: &mut [Split]) {
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

fn problems(report: &Report) -> Vec<Problem> {
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
            Assumption::Daily { experiment, .. } | Assumption::Days { experiment, .. } => {
                experiment == name
            }
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
                    days_needed: of.theory.and_then(|of| of.days_needed),
                });
            }
        }
    }
    problems
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
