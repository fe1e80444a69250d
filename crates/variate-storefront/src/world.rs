//! Time and chance.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Where the shop's time and chance come from: from the system, or from a simulation, in which days pass at once and the same seed
/// makes the same visitors. Clones are the same world.
#[derive(Clone, Default)]
pub struct World {
    days_ago: Arc<AtomicU64>,
    seeded: Arc<Mutex<Option<StdRng>>>,
}

impl World {
    /// From now on chance follows a seed.
    pub(crate) fn begin(&self, seed: u64) {
        self.set(Some(StdRng::seed_from_u64(seed)));
    }

    /// It is as many days ago.
    pub(crate) fn go_back(&self, days: u64) {
        self.days_ago.store(days, Ordering::Relaxed);
    }

    /// The real one again.
    pub(crate) fn end(&self) {
        self.go_back(0);
        self.set(None);
    }

    /// The time.
    pub(crate) fn now(&self) -> SystemTime {
        let back = Duration::from_hours(24 * self.days_ago.load(Ordering::Relaxed));
        SystemTime::now()
            .checked_sub(back)
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// The next random bits.
    pub(crate) fn next_u64(&self) -> u64 {
        let mut seeded = self.seeded.lock().unwrap_or_else(PoisonError::into_inner);
        seeded.as_mut().map_or_else(rand::random, Rng::next_u64)
    }

    fn set(&self, seeded: Option<StdRng>) {
        *self.seeded.lock().unwrap_or_else(PoisonError::into_inner) = seeded;
    }
}

impl fmt::Debug for World {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("World").finish_non_exhaustive()
    }
}
