use std::fmt;
use std::sync::atomic::Ordering;

use super::behaviours::Slots;
use super::conclude::{Ran, conclude};
use super::failure::{Step, attempt, tell_failure};
use super::inline::{Candidates, give, let_go_rest, run_control};
use super::measure::{Reading, observe};
use super::plan::{Entry, Plan};
use super::rules::Judge;
use super::{Here, Observation, Outcome, Shadow, ShadowBehaviours};
use crate::config::ConfigRef;
use crate::contain::contain;
use crate::{Config, Experiment, global};

/// The candidates of a shadow run, and what follows.
pub type Job = Box<dyn FnOnce() + Send>;

/// Runs jobs off the caller's thread: a [`ShadowThread`](super::ShadowThread), or the host's own
/// executor by a closure over [`Job`].
///
/// ```
/// use variate::shadow::Job;
/// use variate::{context, experiment};
///
/// let spawner = |job: Job| {
///     std::thread::spawn(job);          // or a thread pool's, or an executor's, that is bounded
/// };
/// let total = experiment("totals", context! { user_id: 42 })
///     .use_(|| 6 * 7)
///     .try_(|| 42)
///     .shadow()
///     .off_thread(&spawner)
///     .run();
/// assert_eq!(total, 42);
/// ```
pub trait Spawner {
    /// Takes a job without waiting; answers whether there was room for it.
    fn spawn(&self, job: Job) -> bool;
}

impl<F: Fn(Job)> Spawner for F {
    fn spawn(&self, job: Job) -> bool {
        self(job);
        true
    }
}

/// Candidates run where the spawner says; the caller does not wait.
pub struct Elsewhere<'s, S: ?Sized> {
    spawner: &'s S,
}

impl<S: ?Sized> fmt::Debug for Elsewhere<'_, S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Elsewhere")
    }
}

impl<'e, T, B, R> Shadow<'e, T, B, R, Here> {
    /// The control runs here, and its value is returned at once; candidates, comparison, event and
    /// hooks follow where `spawner` says.
    ///
    /// Closures then own what they use (`move`), and the value is cloned for the comparison: where
    /// that costs much, let the behaviours return an `Arc`.
    ///
    /// The configuration of [`with_config`](crate::with_config), and the stubs and recordings of a
    /// test, hold there as well.
    pub fn off_thread<'s, S: Spawner + ?Sized>(
        self,
        spawner: &'s S,
    ) -> Shadow<'e, T, B, R, Elsewhere<'s, S>> {
        self.with_mode(|_| Elsewhere { spawner })
    }
}

impl<T, B, R, S: Spawner + ?Sized> Shadow<'_, T, B, R, Elsewhere<'_, S>> {
    /// Runs the control here and returns its value; leaves the candidates to the spawner, in their
    /// order. Where it has no room only the control runs, and that is counted.
    ///
    /// A panic of the control passes through; candidates are skipped then, and that is published.
    pub fn run(self) -> T
    where
        T: Clone + Send + 'static,
        B: ShadowBehaviours<T, Slots: Send + 'static>,
        R: Judge<T> + Send + 'static,
    {
        let Self {
            experiment,
            behaviours,
            mut rules,
            plan,
            mode: Elsewhere { spawner },
            ..
        } = self;
        let Some(lineup) = plan.lineup(experiment, &behaviours) else {
            return run_control(experiment, behaviours, rules);
        };
        rules.before(&mut || tell_failure(experiment, Step::Before));
        let mut slots = behaviours.into_slots();
        let begin = Reading::now(experiment, &*plan.stopwatch);
        let Entry { variant, position } = lineup.control;
        let (control, payload) = observe(experiment, &*plan.stopwatch, variant, || {
            slots.run(position)
        });
        let Some(copy) = copy(experiment, &control) else {
            let_go_rest(experiment, slots, rules);
            return give(control.outcome, payload, None);
        };
        let rest = Rest {
            experiment: experiment.clone().into_owned(),
            plan,
            rules,
            slots,
            begin,
            control: copy,
            entries: lineup.before.into_iter().chain(lineup.after).collect(),
        };
        let scopes = Scopes::here();
        let job: Job = Box::new(move || scopes.enter(|| rest.run()));
        let taken = attempt(experiment, Step::Spawn, || spawner.spawn(job));
        if taken == Some(false) {
            tell_dropped(experiment);
        }
        give(control.outcome, payload, None)
    }
}

/// What became of the control, for another thread.
fn copy<T: Clone>(experiment: &Experiment<'_>, control: &Observation<T>) -> Option<Observation<T>> {
    let outcome = match &control.outcome {
        Outcome::Returned(value) => {
            Outcome::Returned(attempt(experiment, Step::Clone, || value.clone())?)
        }
        Outcome::Panicked(message) => Outcome::Panicked(message.clone()),
        Outcome::TimedOut => Outcome::TimedOut,
        Outcome::Skipped => Outcome::Skipped,
    };
    Some(Observation {
        wall: control.wall,
        cpu: control.cpu,
        opaque: control.opaque,
        ..Observation::new(control.variant.clone(), outcome)
    })
}

#[cold]
fn tell_dropped(experiment: &Experiment<'_>) {
    let counter = &experiment.config().counters().shadow_drops;
    let dropped = counter.fetch_add(1, Ordering::Relaxed) + 1;
    if dropped.is_power_of_two() {
        contain(|| {
            tracing::warn!(
                target: "variate",
                experiment = experiment.name(),
                dropped,
                "there is no room for the candidates of a shadow run: only the control runs",
            );
        });
    }
}

/// What holds on the caller's thread alone, and is to hold where the candidates run.
struct Scopes {
    config: Option<Config>,
    #[cfg(feature = "testing")]
    test: crate::testing::Scope,
}

impl Scopes {
    fn here() -> Self {
        Self {
            config: match global::current() {
                ConfigRef::Shared(config) => Some(config),
                ConfigRef::Borrowed(_) => None,
            },
            #[cfg(feature = "testing")]
            test: crate::testing::Scope::current(),
        }
    }

    fn enter(self, run: impl FnOnce()) {
        #[cfg(feature = "testing")]
        let run = || self.test.enter(run);
        match &self.config {
            Some(config) => global::with_config(config, run),
            None => run(),
        }
    }
}

/// What runs elsewhere.
struct Rest<T, L, R> {
    experiment: Experiment<'static>,
    plan: Plan,
    rules: R,
    slots: L,
    begin: Reading,
    control: Observation<T>,
    entries: Vec<Entry>,
}

impl<T, L: Slots<T>, R: Judge<T>> Rest<T, L, R> {
    fn run(mut self) {
        let mut candidates = Candidates::since(self.begin, &self.experiment, &self.plan);
        candidates.order.push(self.control.variant.clone());
        let control_returned = self.control.value().is_some();
        for entry in self.entries {
            if control_returned {
                candidates.run(entry, &mut self.slots);
            } else {
                candidates.skip(entry);
            }
        }
        let Candidates { seen, order, .. } = candidates;
        let ran = Ran {
            control: self.control,
            candidates: seen,
            order,
        };
        let (outcome, _) = conclude(&self.experiment, &self.plan, &mut self.rules, ran);
        attempt(&self.experiment, Step::Drop, || drop(outcome));
        let_go_rest(&self.experiment, self.slots, self.rules);
    }
}
