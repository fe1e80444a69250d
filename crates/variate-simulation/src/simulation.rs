use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::thread;
use std::time::SystemTime;

use variate::{Catalogue, Config, ConfigBuilder, Context, NoTracker};

use crate::answer::Report;
use crate::subject::Subject;
use crate::units::Units;
use crate::working::{MOST_DAYS, Working, is_named};
use crate::{Baseline, EmptyStore, SimulationError, scene};

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
            .map(|entry| Subject::of(entry, self.now))
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
