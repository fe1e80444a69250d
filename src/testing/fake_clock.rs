use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::Clock;

/// A clock that a test sets. Clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use variate::testing::FakeClock;
/// use variate::{Config, Declaration, context};
///
/// let clock = FakeClock::new();
/// let config = Config::builder()
///     .clock(clock.clone())
///     .declare(Declaration::new("pill").ends(clock.now() + Duration::from_mins(1)))
///     .build()?;
/// let reason = || config.experiment("pill", context! {}).assignment().reason().code();
/// assert_eq!(reason(), "resolved");
/// clock.advance(Duration::from_mins(1));
/// assert_eq!(reason(), "ended");
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FakeClock {
    now: Arc<Mutex<SystemTime>>,
}

impl FakeClock {
    /// A clock that stands at 2001-09-09 01:46:40 UTC, a billion seconds after the Unix epoch.
    pub fn new() -> Self {
        Self::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))
    }

    /// A clock that stands at `now`.
    pub fn at(now: SystemTime) -> Self {
        Self {
            now: Arc::new(Mutex::new(now)),
        }
    }

    /// The time it shows.
    pub fn now(&self) -> SystemTime {
        *self.lock()
    }

    /// Sets it, backwards too.
    pub fn set(&self, now: SystemTime) {
        *self.lock() = now;
    }

    /// Sets it forward.
    ///
    /// # Panics
    ///
    /// When that is later than the system can say.
    pub fn advance(&self, by: Duration) {
        *self.lock() += by;
    }

    /// Sets it back, as a clock that is corrected.
    ///
    /// # Panics
    ///
    /// When that is earlier than the system can say.
    pub fn rewind(&self, by: Duration) {
        *self.lock() -= by;
    }

    fn lock(&self) -> MutexGuard<'_, SystemTime> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        Self::now(self)
    }
}
