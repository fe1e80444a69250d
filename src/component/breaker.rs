use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{BuildError, Outcome};

/// When an arm that fails is taken out, and for how long: the control stands in for it.
///
/// It looks at each call that ends, as soon as there are enough of them in a window. Once the time is over, a single call tries the arm again: if it does well, the arm is back.
///
/// ```
/// use std::time::Duration;
/// use variate::component::CircuitBreaker;
///
/// let breaker = CircuitBreaker::new().failures(25.0).calls(50).open_for(Duration::from_secs(60));
/// ```
#[derive(Clone)]
pub struct CircuitBreaker {
    percent: f64,
    calls: u32,
    window: Duration,
    open_for: Duration,
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl CircuitBreaker {
    /// Half of at least 20 calls within 10 seconds opens it, for 30 seconds.
    pub fn new() -> Self {
        let start = Instant::now();
        Self {
            percent: 50.0,
            calls: 20,
            window: Duration::from_secs(10),
            open_for: Duration::from_secs(30),
            clock: Arc::new(move || start.elapsed()),
        }
    }

    /// How many percent of the calls in a window must fail: above 0, up to 100.
    #[must_use]
    pub fn failures(mut self, percent: f64) -> Self {
        self.percent = percent;
        self
    }

    /// How many calls in a window say something: 1 or more.
    #[must_use]
    pub fn calls(mut self, at_least: u32) -> Self {
        self.calls = at_least;
        self
    }

    /// How long calls are counted before counting begins anew: a millisecond or more.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How long the arm is left out: a millisecond or more.
    #[must_use]
    pub fn open_for(mut self, time: Duration) -> Self {
        self.open_for = time;
        self
    }

    /// Another clock, for tests: the time since any fixed moment.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

impl CircuitBreaker {
    /// Whether it can open, and close again.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let refused = |setting, value, expected| {
            Err(BuildError::InvalidBreaker {
                setting,
                value,
                expected,
            })
        };
        if !(self.percent > 0.0 && self.percent <= 100.0) {
            let value = self.percent.to_string();
            return refused("failures", value, "percent above 0 and up to 100");
        }
        if self.calls == 0 {
            return refused("calls", self.calls.to_string(), "1 or more");
        }
        for (setting, time) in [("window", self.window), ("open_for", self.open_for)] {
            if time < Duration::from_millis(1) {
                return refused(setting, format!("{time:?}"), "a millisecond or more");
            }
        }
        Ok(())
    }
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CircuitBreaker")
            .field("percent", &self.percent)
            .field("calls", &self.calls)
            .field("window", &self.window)
            .field("open_for", &self.open_for)
            .finish_non_exhaustive()
    }
}

/// The circuit breaker of one arm.
#[derive(Debug)]
pub(super) struct Breaker {
    policy: CircuitBreaker,
    /// The window that is being counted.
    window: AtomicU64,
    calls: AtomicU32,
    failures: AtomicU32,
    /// Until when the arm is left out, in milliseconds; 0 while it is not.
    open_until: AtomicU64,
}

impl Breaker {
    pub(super) const fn new(policy: CircuitBreaker) -> Self {
        Self {
            policy,
            window: AtomicU64::new(0),
            calls: AtomicU32::new(0),
            failures: AtomicU32::new(0),
            open_until: AtomicU64::new(0),
        }
    }

    /// Whether a call may go to the arm, and if so, whether it is the one that tries it again.
    pub(super) fn admit(&self) -> Option<bool> {
        let until = self.open_until.load(Ordering::Acquire);
        if until == 0 {
            return Some(false);
        }
        let now = self.now();
        if now < until {
            return None;
        }
        // Who moves the end is the one that tries. If its call never comes to the arm, another one tries when that time is over.
        let next = now.saturating_add(self.open_for());
        let moved =
            self.open_until
                .compare_exchange(until, next, Ordering::AcqRel, Ordering::Relaxed);
        moved.is_ok().then_some(true)
    }

    /// How a call of the arm ended.
    pub(super) fn report(&self, outcome: &Outcome<'_>, is_probe: bool) {
        if is_probe {
            match outcome {
                // It says nothing of the arm: the next call tries.
                Outcome::Cancelled | Outcome::CutShort => {
                    self.open_until.store(self.now().max(1), Ordering::Release);
                }
                outcome if outcome.is_failure() => self.open(),
                _ => {
                    self.count_anew();
                    self.open_until.store(0, Ordering::Release);
                }
            }
        } else if !matches!(outcome, Outcome::Cancelled | Outcome::CutShort)
            && self.open_until.load(Ordering::Acquire) == 0
        {
            self.count(outcome.is_failure());
        }
    }

    fn count(&self, is_failure: bool) {
        let window = u64::from(millis(self.policy.window)).max(1);
        let current = self.now() / window;
        if self.window.swap(current, Ordering::AcqRel) != current {
            self.count_anew();
        }
        let calls = self.calls.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        let failures = if is_failure {
            self.failures
                .fetch_add(1, Ordering::AcqRel)
                .saturating_add(1)
        } else {
            self.failures.load(Ordering::Acquire)
        };
        // A call that does well can be the one that makes them enough.
        if failures > 0
            && calls >= self.policy.calls
            && f64::from(failures) * 100.0 >= self.policy.percent * f64::from(calls)
        {
            self.open();
        }
    }

    fn count_anew(&self) {
        self.calls.store(0, Ordering::Release);
        self.failures.store(0, Ordering::Release);
    }

    fn open(&self) {
        let until = self.now().saturating_add(self.open_for());
        self.open_until.store(until, Ordering::Release);
    }

    fn open_for(&self) -> u64 {
        u64::from(millis(self.policy.open_for)).max(1)
    }

    fn now(&self) -> u64 {
        let now = crate::contain::contain(|| (self.policy.clock)());
        now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }
}

/// At most seven weeks, which is as good as for ever.
fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_try_that_is_never_heard_of_is_followed_by_another() {
        let seconds = Arc::new(AtomicU64::new(1));
        let clock = Arc::clone(&seconds);
        let policy = CircuitBreaker::new()
            .calls(1)
            .open_for(Duration::from_secs(30))
            .clock(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
        let breaker = Breaker::new(policy);
        breaker.report(&Outcome::Panicked, false);
        assert_eq!(breaker.admit(), None);
        seconds.store(31, Ordering::Relaxed);
        assert_eq!([breaker.admit(), breaker.admit()], [Some(true), None]);
        seconds.store(61, Ordering::Relaxed);
        assert_eq!(breaker.admit(), Some(true));
        breaker.report(&Outcome::Ok, true);
        assert_eq!(breaker.admit(), Some(false));
    }
}
