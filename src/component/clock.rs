//! What collectors read time from.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;
#[cfg(not(feature = "quanta"))]
use std::time::Instant;

/// The real time, or what a test says.
#[derive(Clone)]
pub(super) struct Clock {
    told: Option<Told>,
    #[cfg(not(feature = "quanta"))]
    begin: Instant,
    #[cfg(feature = "quanta")]
    counter: quanta::Clock,
}

#[derive(Clone)]
struct Told(Arc<dyn Fn() -> Duration + Send + Sync>);

/// A reading of a clock, of which only the distance to others of the same clock means something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tick(
    #[cfg(not(feature = "quanta"))] Instant,
    #[cfg(feature = "quanta")] u64,
);

impl Clock {
    /// The real time. The first one with the feature `quanta` measures for some milliseconds how fast the processor counts.
    pub(super) fn real() -> Self {
        Self {
            told: None,
            #[cfg(not(feature = "quanta"))]
            begin: Instant::now(),
            #[cfg(feature = "quanta")]
            counter: quanta::Clock::new(),
        }
    }

    /// The time that `now` says: what has passed since some moment that stays the same.
    pub(super) fn told(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            told: Some(Told(Arc::new(now))),
            ..Self::real()
        }
    }

    #[cfg(not(feature = "quanta"))]
    #[inline]
    pub(super) fn now(&self) -> Tick {
        match &self.told {
            None => Tick(Instant::now()),
            Some(told) => Tick(self.begin.checked_add((told.0)()).unwrap_or(self.begin)),
        }
    }

    /// Nanoseconds, 0 where the clock went back.
    #[cfg(not(feature = "quanta"))]
    #[expect(clippy::unused_self, reason = "other clocks need it")]
    #[inline]
    pub(super) fn nanoseconds(&self, from: Tick, to: Tick) -> u64 {
        // Of longer ones than 584 years the rest.
        whole(to.0.saturating_duration_since(from.0))
    }

    #[cfg(feature = "quanta")]
    #[inline]
    pub(super) fn now(&self) -> Tick {
        match &self.told {
            None => Tick(self.counter.raw()),
            Some(told) => Tick(whole((told.0)())),
        }
    }

    /// Nanoseconds, 0 where the clock went back.
    #[cfg(feature = "quanta")]
    #[inline]
    pub(super) fn nanoseconds(&self, from: Tick, to: Tick) -> u64 {
        match &self.told {
            None => self.counter.delta_as_nanos(from.0, to.0),
            Some(_) => to.0.saturating_sub(from.0),
        }
    }
}

#[inline]
fn whole(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::from(duration.subsec_nanos()))
}

impl fmt::Debug for Clock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.told {
            None => "Clock(real)",
            Some(_) => "Clock(told)",
        })
    }
}
