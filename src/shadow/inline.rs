use super::behaviours::Slots;
use super::conclude::{Ran, conclude};
use super::failure::{Payload, Step, attempt, catch, tell_failure};
use super::measure::{Reading, observe, observe_candidate};
use super::plan::{Entry, Plan};
use super::rules::Judge;
use super::{Here, Observation, Outcome, Shadow, ShadowBehaviours};
use crate::Experiment;

impl<T, B, R> Shadow<'_, T, B, R, Here> {
    /// Runs control and candidates one after the other, here, and returns the control's value.
    ///
    /// Panics of candidates and of the closures above end here. A panic of the control is the
    /// caller's: candidates that have not begun are skipped, the result is published, and then the
    /// panic passes through.
    ///
    /// # Panics
    ///
    /// After a mismatch, if [`raise_on_mismatches`](Self::raise_on_mismatches) says so.
    pub fn run(self) -> T
    where
        B: ShadowBehaviours<T>,
        R: Judge<T>,
    {
        let Self {
            experiment,
            behaviours,
            mut rules,
            plan,
            ..
        } = self;
        let Some(lineup) = plan.lineup(experiment, &behaviours) else {
            return run_control(experiment, behaviours, rules);
        };
        rules.before(&mut || tell_failure(experiment, Step::Before));
        let mut slots = behaviours.into_slots();
        let mut candidates = Candidates::begin(experiment, &plan);
        for entry in lineup.before {
            candidates.run(entry, &mut slots);
        }
        candidates.order.push(lineup.control.variant.clone());
        let position = lineup.control.position;
        let stopwatch = &*plan.stopwatch;
        let (control, payload) = observe(experiment, stopwatch, lineup.control.variant, || {
            slots.run(position)
        });
        for entry in lineup.after {
            if payload.is_some() {
                candidates.skip(entry);
            } else {
                candidates.run(entry, &mut slots);
            }
        }
        let Candidates { seen, order, .. } = candidates;
        let ran = Ran {
            control,
            candidates: seen,
            order,
        };
        let (outcome, complaint) = conclude(experiment, &plan, &mut rules, ran);
        let_go_rest(experiment, slots, rules);
        give(outcome, payload, complaint)
    }
}

/// Runs the control alone, as if there were no candidates.
pub(super) fn run_control<T>(
    experiment: &Experiment<'_>,
    behaviours: impl ShadowBehaviours<T>,
    rules: impl Sized,
) -> T {
    let control = behaviours.position(crate::Variant::CONTROL).unwrap_or(0);
    let mut slots = behaviours.into_slots();
    let caught = catch(|| slots.run(control));
    let_go_rest(experiment, slots, rules);
    match caught {
        Ok(Some(value)) => value,
        Ok(None) => std::panic::resume_unwind(Box::new("no control")),
        Err(payload) => std::panic::resume_unwind(payload),
    }
}

/// Drops the behaviours that have not run, and the closures: what they hold is the host's.
pub(super) fn let_go_rest<T>(
    experiment: &Experiment<'_>,
    mut slots: impl Slots<T>,
    rules: impl Sized,
) {
    for position in 0..slots.count() {
        attempt(experiment, Step::Drop, || slots.clear(position));
    }
    attempt(experiment, Step::Drop, || drop(rules));
}

/// The control's value, or its panic; a complaint is the panic of a test that asked for it.
pub(super) fn give<T>(
    outcome: Outcome<T>,
    payload: Option<Payload>,
    complaint: Option<String>,
) -> T {
    match outcome {
        Outcome::Returned(value) => {
            if let Some(complaint) = complaint {
                complain(&complaint);
            }
            value
        }
        // A control that has not returned has panicked.
        _ => std::panic::resume_unwind(payload.unwrap_or_else(|| Box::new("no control"))),
    }
}

#[allow(clippy::panic, reason = "asked for, in tests")]
#[track_caller]
fn complain(complaint: &str) -> ! {
    panic!("{complaint}")
}

/// The candidates that have run so far.
pub(super) struct Candidates<'r, T> {
    experiment: &'r Experiment<'r>,
    plan: &'r Plan,
    begin: Reading,
    pub(super) seen: Vec<(usize, Observation<T>)>,
    pub(super) order: Vec<crate::Variant>,
}

impl<'r, T> Candidates<'r, T> {
    pub(super) fn begin(experiment: &'r Experiment<'r>, plan: &'r Plan) -> Self {
        let begin = Reading::now(experiment, &*plan.stopwatch);
        Self::since(begin, experiment, plan)
    }

    pub(super) const fn since(
        begin: Reading,
        experiment: &'r Experiment<'r>,
        plan: &'r Plan,
    ) -> Self {
        Self {
            experiment,
            plan,
            begin,
            seen: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Runs a candidate, unless the time is used up.
    pub(super) fn run(&mut self, entry: Entry, slots: &mut impl Slots<T>) {
        let stopwatch = &*self.plan.stopwatch;
        if let Some(deadline) = self.plan.deadline
            && Reading::now(self.experiment, stopwatch)
                .since(self.begin)
                .wall
                >= deadline
        {
            self.skip(entry);
            return;
        }
        self.order.push(entry.variant.clone());
        let seen = observe_candidate(self.experiment, stopwatch, entry.variant, || {
            slots.run(entry.position)
        });
        self.seen.push((entry.position, seen));
    }

    pub(super) fn skip(&mut self, entry: Entry) {
        let skipped = Observation::new(entry.variant, Outcome::Skipped);
        self.seen.push((entry.position, skipped));
    }
}
