use std::sync::Arc;

use super::{Call, Outcome, Phase, Readings};

/// Hooks around each call of a component, with state of their own for each call.
///
/// A call goes through the hooks in this order:
///
/// 1. `before`, then the first `enter`, of each collector from the outermost [`Phase`] to the innermost
/// 2. the arm runs. An asynchronous one may stop and go on, on any thread: `exit`, `enter`
/// 3. the last `exit` and `stop` of each collector, from the innermost to the outermost
/// 4. `after` or `error`, likewise
///
/// So what a collector says in `after` costs no other collector's window. A hook that panics breaks
/// no call: that is counted, and this collector sees no more of this call.
///
/// ```
/// use variate::component::{Call, Collector, Outcome, Readings, UnitOfMeasure};
///
/// /// How often a call was polled.
/// struct Polls;
///
/// impl Collector for Polls {
///     type State = u32;
///
///     fn before(&self, _: &Call<'_>) -> u32 {
///         0
///     }
///
///     fn enter(&self, _: &Call<'_>, polls: &mut u32) {
///         *polls += 1;
///     }
///
///     fn after(&self, _: &Call<'_>, polls: &mut u32, _: &Outcome<'_>, readings: &mut Readings<'_>) {
///         readings.add("polls", f64::from(*polls), UnitOfMeasure::Count);
///     }
/// }
/// ```
pub trait Collector: Send + Sync {
    /// What it keeps for one call.
    type State: Send;

    /// How close to the call it stands. Of several in one phase the first given is the outermost.
    const PHASE: Phase = Phase::Around;

    /// Whether it looks at [`Call::key`], so that it is worth making one. Asked once, when the component is built.
    fn wants_key(&self) -> bool {
        false
    }

    /// The metrics that it records of each call. A component whose collectors record the same one twice is refused when it is built.
    fn metrics(&self) -> &'static [&'static str] {
        &[]
    }

    /// Which summary it counts into, in place of making records.
    #[doc(hidden)]
    fn counts_into(&self) -> Option<usize> {
        None
    }

    /// The call begins.
    fn before(&self, call: &Call<'_>) -> Self::State;

    /// The arm begins or goes on to run, on this thread.
    #[inline]
    fn enter(&self, call: &Call<'_>, state: &mut Self::State) {
        let _ = (call, state);
    }

    /// The arm stops running on this thread, for now or for good.
    #[inline]
    fn exit(&self, call: &Call<'_>, state: &mut Self::State) {
        let _ = (call, state);
    }

    /// The call is over: the moment to read a clock, before anybody records anything.
    #[inline]
    fn stop(&self, call: &Call<'_>, state: &mut Self::State) {
        let _ = (call, state);
    }

    /// A value of `#[measure(..)]` that was taken from what the method was given or returned. It is
    /// recorded in any case; this comes between `stop` and `after`.
    #[inline]
    fn measured(&self, call: &Call<'_>, state: &mut Self::State, metric: &'static str, value: f64) {
        let _ = (call, state, metric, value);
    }

    /// The caller got a value: the outcome is [`Outcome::Ok`] or [`Outcome::FellBack`].
    fn after(
        &self,
        call: &Call<'_>,
        state: &mut Self::State,
        outcome: &Outcome<'_>,
        readings: &mut Readings<'_>,
    );

    /// Any other outcome. The same as [`after`](Self::after), unless written.
    #[inline]
    fn error(
        &self,
        call: &Call<'_>,
        state: &mut Self::State,
        outcome: &Outcome<'_>,
        readings: &mut Readings<'_>,
    ) {
        self.after(call, state, outcome, readings);
    }
}

/// A collector that somebody else looks at as well.
impl<C: Collector> Collector for Arc<C> {
    type State = C::State;
    const PHASE: Phase = C::PHASE;

    fn wants_key(&self) -> bool {
        C::wants_key(self)
    }

    fn metrics(&self) -> &'static [&'static str] {
        C::metrics(self)
    }

    fn counts_into(&self) -> Option<usize> {
        C::counts_into(self)
    }

    #[inline]
    fn before(&self, call: &Call<'_>) -> C::State {
        C::before(self, call)
    }

    #[inline]
    fn enter(&self, call: &Call<'_>, state: &mut C::State) {
        C::enter(self, call, state);
    }

    #[inline]
    fn exit(&self, call: &Call<'_>, state: &mut C::State) {
        C::exit(self, call, state);
    }

    #[inline]
    fn stop(&self, call: &Call<'_>, state: &mut C::State) {
        C::stop(self, call, state);
    }

    #[inline]
    fn measured(&self, call: &Call<'_>, state: &mut C::State, metric: &'static str, value: f64) {
        C::measured(self, call, state, metric, value);
    }

    #[inline]
    fn after(
        &self,
        call: &Call<'_>,
        state: &mut C::State,
        outcome: &Outcome<'_>,
        readings: &mut Readings<'_>,
    ) {
        C::after(self, call, state, outcome, readings);
    }

    #[inline]
    fn error(
        &self,
        call: &Call<'_>,
        state: &mut C::State,
        outcome: &Outcome<'_>,
        readings: &mut Readings<'_>,
    ) {
        C::error(self, call, state, outcome, readings);
    }
}
