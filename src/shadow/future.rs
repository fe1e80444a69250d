use std::any::TypeId;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::awaited::Deadline;
use super::behaviours::Slots;
use super::conclude::{Ran, conclude};
use super::failure::{Payload, Step, attempt, catch, let_go, message, opaque, tell_failure};
use super::inline::{give, let_go_rest};
use super::measure::Reading;
use super::plan::{Entry, Lineup, Plan};
use super::rules::Judge;
use super::{Observation, Outcome, Stopwatch};
use crate::{Experiment, Variant};

/// An asynchronous shadow run on its way to the control's value.
///
/// A type of its own, and no `async fn`, so that it is `Send` wherever its parts are.
#[must_use = "a future does nothing until it is awaited"]
pub struct ShadowFuture<'e, T, F, L, R, D, U> {
    pub(super) experiment: &'e Experiment<'e>,
    pub(super) plan: Plan,
    pub(super) rules: R,
    /// Until the run begins.
    pub(super) deadline: Option<D>,
    pub(super) up: Option<Pin<Box<U>>>,
    pub(super) run: Run<T, F, L>,
}

/// Nothing in it is pinned in place: futures have a box of their own.
impl<T, F, L, R, D, U> Unpin for ShadowFuture<'_, T, F, L, R, D, U> {}

/// What runs.
pub(super) enum Run<T, F, L> {
    /// The control, as if there were no candidates.
    Alone {
        slots: L,
        position: usize,
        future: Option<Pin<Box<F>>>,
    },
    Race(Box<Race<T, F, L>>),
    Over,
}

impl<T, F, L, R, D, U> Future for ShadowFuture<'_, T, F, L, R, D, U>
where
    F: Future<Output = T>,
    L: Slots<F>,
    R: Judge<T>,
    D: Deadline<Up = U>,
    U: Future<Output = ()>,
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, polled: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        let experiment = this.experiment;
        let race = match &mut this.run {
            Run::Race(race) => race,
            Run::Alone {
                slots,
                position,
                future,
            } => {
                let made = match future.take() {
                    Some(made) => made,
                    None => match slots.run(*position) {
                        Some(made) => Box::pin(made),
                        None => return Poll::Pending,
                    },
                };
                return future.insert(made).as_mut().poll(polled);
            }
            // It was polled after its end.
            Run::Over => return Poll::Pending,
        };
        if let Some(deadline) = this.deadline.take() {
            this.rules
                .before(&mut || tell_failure(experiment, Step::Before));
            let up = attempt(experiment, Step::Deadline, || deadline.begin());
            this.up = up.flatten().map(Box::pin);
        }
        let host = Host {
            experiment,
            stopwatch: &*this.plan.stopwatch,
        };
        if let Some(up) = &mut this.up {
            let up = attempt(experiment, Step::Deadline, || up.as_mut().poll(polled));
            if up != Some(Poll::Pending) {
                race.end(host);
                let up = this.up.take();
                attempt(experiment, Step::Drop, || drop(up));
            }
        }
        if race.poll(host, polled).is_pending() {
            return Poll::Pending;
        }
        let Run::Race(race) = std::mem::replace(&mut this.run, Run::Over) else {
            return Poll::Pending;
        };
        let (ran, payload) = race.into_ran(experiment);
        let (outcome, complaint) = conclude(experiment, &this.plan, &mut this.rules, ran);
        Poll::Ready(give(outcome, payload, complaint))
    }
}

impl<T, F, L, R, D, U> fmt::Debug for ShadowFuture<'_, T, F, L, R, D, U> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ShadowFuture")
            .field("experiment", self.experiment)
            .finish_non_exhaustive()
    }
}

/// What polling needs of the run.
#[derive(Clone, Copy)]
struct Host<'r> {
    experiment: &'r Experiment<'r>,
    stopwatch: &'r dyn Stopwatch,
}

impl Host<'_> {
    fn now(self) -> Reading {
        Reading::now(self.experiment, self.stopwatch)
    }
}

/// The behaviours of an asynchronous run, on their way, in the order in which they begin.
pub(super) struct Race<T, F, L> {
    slots: L,
    one_by_one: bool,
    until_control: bool,
    order: Vec<Variant>,
    before: Vec<Runner<T, F>>,
    control: Runner<T, F>,
    after: Vec<Runner<T, F>>,
}

/// One behaviour: its future while it runs, its outcome afterwards.
struct Runner<T, F> {
    variant: Variant,
    position: usize,
    begin: Option<Reading>,
    future: Option<Pin<Box<F>>>,
    wall: Duration,
    cpu: Option<Duration>,
    outcome: Option<Outcome<T>>,
    opaque: Option<TypeId>,
    payload: Option<Payload>,
}

impl<T, F, L> Race<T, F, L> {
    pub(super) fn new(slots: L, lineup: Lineup, one_by_one: bool, until_control: bool) -> Self {
        Self {
            slots,
            one_by_one,
            until_control,
            order: Vec::new(),
            before: lineup.before.into_iter().map(Runner::new).collect(),
            control: Runner::new(lineup.control),
            after: lineup.after.into_iter().map(Runner::new).collect(),
        }
    }

    fn poll(&mut self, host: Host<'_>, polled: &mut Context<'_>) -> Poll<()>
    where
        F: Future<Output = T>,
        L: Slots<F>,
    {
        let mut all_done = true;
        let mut enough = false;
        let runners = self
            .before
            .iter_mut()
            .map(|runner| (runner, false))
            .chain([(&mut self.control, true)])
            .chain(self.after.iter_mut().map(|runner| (runner, false)));
        for (runner, is_control) in runners {
            runner.poll(host, &mut self.slots, &mut self.order, polled);
            if is_control && (runner.payload.is_some() || (self.until_control && runner.is_done()))
            {
                enough = true;
                break;
            }
            if !runner.is_done() {
                all_done = false;
                if self.one_by_one {
                    break;
                }
            } else if !is_control {
                // A candidate's panic has ended here.
                if let Some(payload) = runner.payload.take() {
                    let_go(payload);
                }
            }
        }
        if enough {
            self.end(host);
        }
        if all_done || enough {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// The time of the candidates is up.
    fn end(&mut self, host: Host<'_>) {
        for candidate in self.before.iter_mut().chain(&mut self.after) {
            candidate.end(host);
        }
    }

    fn into_ran(mut self, experiment: &Experiment<'_>) -> (Ran<T>, Option<Payload>)
    where
        L: Slots<F>,
    {
        let_go_rest(experiment, self.slots, ());
        let payload = self.control.payload.take();
        let candidates = self.before.into_iter().chain(self.after);
        let ran = Ran {
            control: self.control.into_observation().1,
            candidates: candidates.map(Runner::into_observation).collect(),
            order: self.order,
        };
        (ran, payload)
    }
}

impl<T, F> Runner<T, F> {
    fn new(entry: Entry) -> Self {
        Self {
            variant: entry.variant,
            position: entry.position,
            begin: None,
            future: None,
            wall: Duration::ZERO,
            cpu: None,
            outcome: None,
            opaque: None,
            payload: None,
        }
    }

    const fn is_done(&self) -> bool {
        self.outcome.is_some()
    }

    fn poll(
        &mut self,
        host: Host<'_>,
        slots: &mut impl Slots<F>,
        order: &mut Vec<Variant>,
        polled: &mut Context<'_>,
    ) where
        F: Future<Output = T>,
    {
        if self.is_done() {
            return;
        }
        let now = host.now();
        let begin = match self.begin {
            Some(begin) => begin,
            None => {
                order.push(self.variant.clone());
                *self.begin.insert(now)
            }
        };
        let future = &mut self.future;
        let position = self.position;
        let caught = catch(|| {
            let future = match future {
                Some(future) => future,
                None => future.insert(Box::pin(slots.run(position)?)),
            };
            Some(future.as_mut().poll(polled))
        });
        let end = host.now();
        let cpu = end.since(now).cpu;
        self.cpu = match (self.cpu, cpu) {
            (Some(before), Some(more)) => Some(before.saturating_add(more)),
            (before, more) => before.or(more),
        };
        self.wall = end.since(begin).wall;
        match caught {
            Ok(Some(Poll::Pending)) => return,
            Ok(Some(Poll::Ready(value))) => self.outcome = Some(Outcome::Returned(value)),
            Ok(None) => self.outcome = Some(Outcome::Skipped),
            Err(payload) => {
                self.outcome = Some(Outcome::Panicked(message(&payload)));
                self.opaque = opaque(&payload);
                self.payload = Some(payload);
            }
        }
        self.drop_future(host);
    }

    /// Ends what has not ended.
    fn end(&mut self, host: Host<'_>) {
        if self.is_done() {
            return;
        }
        self.outcome = Some(match self.begin {
            Some(begin) => {
                self.wall = host.now().since(begin).wall;
                Outcome::TimedOut
            }
            None => Outcome::Skipped,
        });
        self.drop_future(host);
    }

    fn drop_future(&mut self, host: Host<'_>) {
        let future = self.future.take();
        attempt(host.experiment, Step::Drop, || drop(future));
    }

    fn into_observation(self) -> (usize, Observation<T>) {
        let outcome = self.outcome.unwrap_or(Outcome::Skipped);
        let observation = Observation {
            wall: self.wall,
            cpu: self.cpu,
            opaque: self.opaque,
            ..Observation::new(self.variant, outcome)
        };
        (self.position, observation)
    }
}
