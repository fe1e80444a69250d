//! The collectors of a component, as a list of types.

use super::shared::Shared;
use super::{Call, Collector, Outcome, Phase, Readings};
use crate::contain::contain;

/// Collectors in the order in which they were given.
pub trait Collectors: Send + Sync {
    /// Whether there is one.
    const ARE_SOME: bool;

    /// What they keep for one call.
    type States: Send;

    /// Whether one looks at keys.
    fn want_key(&self) -> bool;
    /// What each of them measures.
    fn describe(&self, each: &mut dyn FnMut(Described));
    /// Before the call.
    fn idle() -> Self::States;
    /// `before` and the first `enter`, of those in a phase.
    fn begin(&self, phase: Phase, at: At<'_>, states: &mut Self::States);
    /// `enter`, of those in a phase.
    fn enter(&self, phase: Phase, at: At<'_>, states: &mut Self::States);
    /// `exit`, of those in a phase.
    fn exit(&self, phase: Phase, at: At<'_>, states: &mut Self::States);
    /// `stop`, of those in a phase, and `exit` before it where the call is running.
    fn stop(&self, phase: Phase, at: At<'_>, states: &mut Self::States, is_running: bool);
    /// `measured`.
    fn measured(&self, at: At<'_>, states: &mut Self::States, metric: &'static str, value: f64);
    /// `after` or `error`, of those in a phase.
    fn after(
        &self,
        phase: Phase,
        at: At<'_>,
        states: &mut Self::States,
        outcome: &Outcome<'_>,
        readings: &mut Readings<'_>,
    );
}

/// What a collector says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Described {
    pub(super) metrics: &'static [&'static str],
    pub(super) counts_into: Option<usize>,
}

/// The call that hooks are called for.
#[derive(Debug, Clone, Copy)]
pub struct At<'c> {
    pub(super) call: &'c Call<'c>,
    pub(super) shared: &'c Shared,
}

impl At<'_> {
    /// Calls a hook; one that panics sees no more of this call.
    #[inline(always)]
    fn hook<S>(self, state: &mut Option<S>, hook: impl FnOnce(&mut S)) {
        if let Some(kept) = state
            && contain(|| hook(kept)).is_none()
        {
            self.failed(state);
        }
    }

    #[cold]
    fn failed<S>(self, state: &mut Option<S>) {
        contain(|| *state = None);
        self.shared.count_failure("a collector");
    }
}

impl Collectors for () {
    const ARE_SOME: bool = false;
    type States = ();

    fn want_key(&self) -> bool {
        false
    }
    fn describe(&self, _: &mut dyn FnMut(Described)) {}
    #[inline(always)]
    fn idle() {}
    #[inline(always)]
    fn begin(&self, _: Phase, _: At<'_>, (): &mut ()) {}
    #[inline(always)]
    fn enter(&self, _: Phase, _: At<'_>, (): &mut ()) {}
    #[inline(always)]
    fn exit(&self, _: Phase, _: At<'_>, (): &mut ()) {}
    #[inline(always)]
    fn stop(&self, _: Phase, _: At<'_>, (): &mut (), _: bool) {}
    #[inline(always)]
    fn measured(&self, _: At<'_>, (): &mut (), _: &'static str, _: f64) {}
    #[inline(always)]
    fn after(&self, _: Phase, _: At<'_>, (): &mut (), _: &Outcome<'_>, _: &mut Readings<'_>) {}
}

/// A collector, within those of its phase that were given earlier.
#[derive(Debug, Clone)]
pub struct With<L, C> {
    pub(super) earlier: L,
    pub(super) collector: C,
}

impl<L: Collectors, C: Collector> Collectors for With<L, C> {
    const ARE_SOME: bool = true;
    type States = (L::States, Option<C::State>);

    fn want_key(&self) -> bool {
        self.collector.wants_key() || self.earlier.want_key()
    }

    fn describe(&self, each: &mut dyn FnMut(Described)) {
        self.earlier.describe(each);
        each(Described {
            metrics: self.collector.metrics(),
            counts_into: self.collector.counts_into(),
        });
    }

    #[inline(always)]
    fn idle() -> Self::States {
        (L::idle(), None)
    }

    #[inline(always)]
    fn begin(&self, phase: Phase, at: At<'_>, (earlier, state): &mut Self::States) {
        self.earlier.begin(phase, at, earlier);
        if C::PHASE == phase {
            let begin = || {
                let state = state.insert(self.collector.before(at.call));
                self.collector.enter(at.call, state);
            };
            if contain(begin).is_none() {
                at.failed(state);
            }
        }
    }

    #[inline(always)]
    fn enter(&self, phase: Phase, at: At<'_>, (earlier, state): &mut Self::States) {
        self.earlier.enter(phase, at, earlier);
        if C::PHASE == phase {
            at.hook(state, |state| self.collector.enter(at.call, state));
        }
    }

    #[inline(always)]
    fn exit(&self, phase: Phase, at: At<'_>, (earlier, state): &mut Self::States) {
        if C::PHASE == phase {
            at.hook(state, |state| self.collector.exit(at.call, state));
        }
        self.earlier.exit(phase, at, earlier);
    }

    #[inline(always)]
    fn stop(
        &self,
        phase: Phase,
        at: At<'_>,
        (earlier, state): &mut Self::States,
        is_running: bool,
    ) {
        if C::PHASE == phase {
            at.hook(state, |state| {
                if is_running {
                    self.collector.exit(at.call, state);
                }
                self.collector.stop(at.call, state);
            });
        }
        self.earlier.stop(phase, at, earlier, is_running);
    }

    fn measured(
        &self,
        at: At<'_>,
        (earlier, state): &mut Self::States,
        metric: &'static str,
        value: f64,
    ) {
        at.hook(state, |state| {
            self.collector.measured(at.call, state, metric, value);
        });
        self.earlier.measured(at, earlier, metric, value);
    }

    #[inline(always)]
    fn after(
        &self,
        phase: Phase,
        at: At<'_>,
        (earlier, state): &mut Self::States,
        outcome: &Outcome<'_>,
        readings: &mut Readings<'_>,
    ) {
        if C::PHASE == phase {
            at.hook(state, |state| match outcome {
                Outcome::Ok | Outcome::FellBack(_) => {
                    self.collector.after(at.call, state, outcome, readings);
                }
                _ => self.collector.error(at.call, state, outcome, readings),
            });
        }
        self.earlier.after(phase, at, earlier, outcome, readings);
    }
}

/// The collectors of somebody else's.
impl<L: Collectors> Collectors for &L {
    const ARE_SOME: bool = L::ARE_SOME;
    type States = L::States;

    fn want_key(&self) -> bool {
        (**self).want_key()
    }
    fn describe(&self, each: &mut dyn FnMut(Described)) {
        (**self).describe(each);
    }
    #[inline(always)]
    fn idle() -> Self::States {
        L::idle()
    }
    #[inline(always)]
    fn begin(&self, phase: Phase, at: At<'_>, states: &mut Self::States) {
        (**self).begin(phase, at, states);
    }
    #[inline(always)]
    fn enter(&self, phase: Phase, at: At<'_>, states: &mut Self::States) {
        (**self).enter(phase, at, states);
    }
    #[inline(always)]
    fn exit(&self, phase: Phase, at: At<'_>, states: &mut Self::States) {
        (**self).exit(phase, at, states);
    }
    #[inline(always)]
    fn stop(&self, phase: Phase, at: At<'_>, states: &mut Self::States, is_running: bool) {
        (**self).stop(phase, at, states, is_running);
    }
    #[inline(always)]
    fn measured(&self, at: At<'_>, states: &mut Self::States, metric: &'static str, value: f64) {
        (**self).measured(at, states, metric, value);
    }
    #[inline(always)]
    fn after(
        &self,
        phase: Phase,
        at: At<'_>,
        states: &mut Self::States,
        outcome: &Outcome<'_>,
        readings: &mut Readings<'_>,
    ) {
        (**self).after(phase, at, states, outcome, readings);
    }
}
