use std::fmt;
use std::future::poll_fn;
use std::mem::needs_drop;
use std::pin::pin;

use super::call::Selected;
use super::collectors::{At, Collectors};
use super::hooked::Hooked;
use super::shared::{Method, Shared};
use super::{Call, Outcome, Phase, Readings, Selection, Series, UnitOfMeasure};
use crate::contain::contain;

/// A call under way: dropping it before its end says that it panicked or was cancelled.
///
/// It stays where it was made; moving it would cost more than all it does.
pub struct Guard<'g, C: Collectors> {
    shared: &'g Shared,
    collectors: &'g C,
    selection: &'g Selection,
    method: &'static Method,
    call: Option<Call<'g>>,
    states: C::States,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The arm is running on this thread.
    Running,
    /// Its future waits to be polled.
    Paused,
    /// It is over, and not yet said how it ended.
    Stopped,
    /// All is said.
    Ended,
}

#[inline(always)]
fn call<'g>(shared: &'g Shared, selection: &'g Selection, method: &'static Method) -> Call<'g> {
    let name = |place: usize| match shared.arms.get(place) {
        Some(arm) => &*arm.name,
        None => "",
    };
    let arm = name(selection.arm);
    Call {
        experiment: &shared.name,
        arm,
        selected: Selected {
            name: if selection.selected == selection.arm {
                arm
            } else {
                name(selection.selected)
            },
            place: number(selection.selected),
            is_chosen: selection.is_chosen,
        },
        method: method.name,
        key: selection.key.as_ref(),
        reason: selection.reason,
        series: Series {
            component: shared.id,
            arm: number(selection.arm),
            method: method.index,
        },
    }
}

#[allow(clippy::cast_possible_truncation, reason = "so many arms are refused")]
const fn number(place: usize) -> u16 {
    place as u16
}

impl<'g, C: Collectors> Guard<'g, C> {
    /// A call that is about to begin.
    #[inline(always)]
    pub fn new(
        shared: &'g Shared,
        collectors: &'g C,
        selection: &'g Selection,
        method: &'static Method,
    ) -> Self {
        Self {
            shared,
            collectors,
            selection,
            method,
            call: None,
            states: C::idle(),
            stage: if selection.is_silent {
                Stage::Ended
            } else {
                Stage::Running
            },
        }
    }

    /// The call begins. From here on the guard stays where it is.
    #[inline(always)]
    pub fn begin(&mut self) {
        if C::ARE_SOME && self.stage != Stage::Ended {
            let Some(_hooked) = Hooked::unless_so() else {
                self.stage = Stage::Ended;
                return;
            };
            // Without collectors nobody looks at it but a breaker, which is not in a hurry.
            let call = self
                .call
                .insert(call(self.shared, self.selection, self.method));
            let at = At {
                call,
                shared: self.shared,
            };
            for phase in Phase::ALL {
                self.collectors.begin(phase, at, &mut self.states);
            }
        }
    }

    /// Whether anybody wants to know how the call ends.
    #[inline(always)]
    fn is_watched(&self) -> bool {
        (C::ARE_SOME || self.shared.watched) && self.stage != Stage::Ended
    }

    /// Runs an arm's future, with the hooks around each poll.
    #[inline]
    pub async fn run<F: Future>(&mut self, future: F) -> F::Output {
        if !C::ARE_SOME {
            // What drops the guard meanwhile is the caller who gives up, or a panic; only a breaker asks which.
            return self.run_plainly(future).await;
        }
        let mut future = pin!(future);
        poll_fn(|polled| {
            if self.stage == Stage::Paused {
                self.resume();
            }
            let polled = future.as_mut().poll(polled);
            if polled.is_pending() && self.stage != Stage::Ended {
                self.pause();
            }
            polled
        })
        .await
    }

    async fn run_plainly<F: Future>(&mut self, future: F) -> F::Output {
        if !self.shared.watched {
            return future.await;
        }
        let mut future = pin!(future);
        poll_fn(|polled| {
            if self.stage == Stage::Paused {
                self.stage = Stage::Running;
            }
            let polled = future.as_mut().poll(polled);
            if polled.is_pending() && self.stage == Stage::Running {
                self.stage = Stage::Paused;
            }
            polled
        })
        .await
    }

    fn resume(&mut self) {
        self.stage = Stage::Running;
        let Some(call) = &self.call else {
            return;
        };
        let _hooked = Hooked::begin();
        let at = At {
            call,
            shared: self.shared,
        };
        for phase in Phase::ALL {
            self.collectors.enter(phase, at, &mut self.states);
        }
    }

    fn pause(&mut self) {
        self.stage = Stage::Paused;
        let Some(call) = &self.call else {
            return;
        };
        let _hooked = Hooked::begin();
        let at = At {
            call,
            shared: self.shared,
        };
        for phase in Phase::ALL.into_iter().rev() {
            self.collectors.exit(phase, at, &mut self.states);
        }
    }

    /// The call never began, and is none.
    pub fn forget(&mut self) {
        self.stage = Stage::Ended;
    }

    /// The arm has done its part.
    #[inline(always)]
    pub fn stop(&mut self) {
        if self.stage != Stage::Ended {
            let _hooked = C::ARE_SOME.then(Hooked::begin);
            self.stop_collectors();
        }
    }

    #[inline(always)]
    fn stop_collectors(&mut self) {
        if C::ARE_SOME
            && matches!(self.stage, Stage::Running | Stage::Paused)
            && let Some(call) = &self.call
        {
            let is_running = self.stage == Stage::Running;
            let at = At {
                call,
                shared: self.shared,
            };
            for phase in Phase::ALL.into_iter().rev() {
                self.collectors
                    .stop(phase, at, &mut self.states, is_running);
            }
        }
        self.stage = Stage::Stopped;
    }

    /// The call returns to its caller.
    #[inline(always)]
    pub fn end<'o>(&mut self, outcome: impl FnOnce() -> Outcome<'o>) {
        if self.is_watched() {
            let _hooked = Hooked::begin();
            self.stop_collectors();
            // It asks an error for its name, which is the host's code only when a collector wants to see it.
            self.conclude(&outcome(), &[]);
        }
        self.stage = Stage::Ended;
    }

    /// The same, with what was measured of arguments and result.
    #[inline]
    pub fn end_measured<'o>(
        &mut self,
        outcome: impl FnOnce() -> Outcome<'o>,
        measured: &[(&'static str, Option<f64>)],
    ) {
        // Without collectors nobody has asked yet.
        if self.stage != Stage::Ended && (C::ARE_SOME || !Hooked::is_so()) {
            let _hooked = Hooked::begin();
            self.stop_collectors();
            self.conclude(&outcome(), measured);
        }
        self.stage = Stage::Ended;
    }

    #[inline(always)]
    fn conclude(&mut self, outcome: &Outcome<'_>, measured: &[(&'static str, Option<f64>)]) {
        if self.shared.watched {
            self.report(outcome);
        }
        let call = match &self.call {
            Some(call) => call,
            None => &call(self.shared, self.selection, self.method),
        };
        let at = At {
            call,
            shared: self.shared,
        };
        let mut readings = Readings::new(call, outcome, self.shared);
        for (metric, value) in measured {
            if let Some(value) = value {
                self.collectors
                    .measured(at, &mut self.states, metric, *value);
                readings.add(metric, *value, UnitOfMeasure::Other(""));
            } else if matches!(outcome, Outcome::CutShort) {
                // That there was nothing to compare is to be counted.
                readings.unavailable(metric, UnitOfMeasure::Other(""));
            }
        }
        if C::ARE_SOME {
            for phase in Phase::ALL.into_iter().rev() {
                self.collectors
                    .after(phase, at, &mut self.states, outcome, &mut readings);
            }
        }
    }

    #[inline(never)]
    fn report(&self, outcome: &Outcome<'_>) {
        let arm = self.shared.arms.get(self.selection.arm);
        if let Some(breaker) = arm.and_then(|arm| arm.breaker.as_ref()) {
            breaker.report(outcome, self.selection.is_probe);
        }
    }

    fn let_go(&mut self) {
        let states = &mut self.states;
        if contain(|| *states = C::idle()).is_none() {
            self.shared.count_failure("a collector's state");
        }
    }

    #[cold]
    fn abandoned(&mut self) {
        let outcome = match self.stage {
            Stage::Paused | Stage::Stopped => Outcome::Cancelled,
            _ => Outcome::Panicked,
        };
        let _hooked = Hooked::begin();
        self.stop_collectors();
        self.conclude(&outcome, &[]);
        self.stage = Stage::Ended;
    }
}

impl<C: Collectors> Drop for Guard<'_, C> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_watched() {
            self.abandoned();
        }
        // What collectors keep may have a destructor, which is the host's code.
        if needs_drop::<C::States>() {
            self.let_go();
        }
    }
}

impl<C: Collectors> fmt::Debug for Guard<'_, C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Guard")
            .field("call", &self.call)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
