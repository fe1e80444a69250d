use std::time::Duration;

use super::number;
use crate::component::clock::{Clock, Tick};
use crate::component::{Call, Collector, Outcome, Phase, Readings, UnitOfMeasure};

/// How long calls take, as their callers see it: the metric `time`, in nanoseconds, whatever the outcome.
///
/// An asynchronous call takes as long as its caller waits; [`CpuTime`](super::CpuTime) has the time that it works. The clock is
/// [`Instant`](std::time::Instant), with the feature `quanta` the processor's time stamp counter where it has one to rely on.
#[derive(Debug, Clone)]
pub struct WallTime {
    clock: Clock,
}

/// A call that is being timed.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    begin: Tick,
    nanoseconds: u64,
}

impl Default for WallTime {
    fn default() -> Self {
        Self::new()
    }
}

impl WallTime {
    /// The name of its metric.
    pub const METRIC: &'static str = "time";

    /// By the real time.
    pub fn new() -> Self {
        Self {
            clock: Clock::real(),
        }
    }

    /// By a clock of a test's own, which says how long it has been running.
    pub fn by(clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            clock: Clock::told(clock),
        }
    }
}

impl Timed {
    #[inline]
    pub(super) fn begin(clock: &Clock) -> Self {
        Self {
            begin: clock.now(),
            nanoseconds: 0,
        }
    }

    #[inline]
    pub(super) fn end(&mut self, clock: &Clock) {
        self.nanoseconds = clock.nanoseconds(self.begin, clock.now());
    }

    #[inline]
    pub(super) const fn value(self) -> f64 {
        number(self.nanoseconds)
    }
}

impl Collector for WallTime {
    type State = Timed;

    const PHASE: Phase = Phase::Time;

    fn metrics(&self) -> &'static [&'static str] {
        &[Self::METRIC]
    }

    #[inline]
    fn before(&self, _: &Call<'_>) -> Timed {
        Timed::begin(&self.clock)
    }

    #[inline]
    fn stop(&self, _: &Call<'_>, timed: &mut Timed) {
        timed.end(&self.clock);
    }

    #[inline]
    fn after(&self, _: &Call<'_>, timed: &mut Timed, _: &Outcome<'_>, readings: &mut Readings<'_>) {
        readings.add(Self::METRIC, timed.value(), UnitOfMeasure::Nanoseconds);
    }
}
