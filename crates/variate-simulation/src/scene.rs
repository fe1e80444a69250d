//! What a configuration under simulation takes for the time and for randomness: those of the thread that asks.

use std::cell::{Cell, RefCell};
use std::time::SystemTime;

use variate_stats::random::Random;

thread_local! {
    static NOW: Cell<SystemTime> = const { Cell::new(SystemTime::UNIX_EPOCH) };
    static RANDOM: RefCell<Option<Random>> = const { RefCell::new(None) };
}

/// From now on, on this thread.
pub(crate) fn enter(now: SystemTime, random: Random) {
    NOW.set(now);
    RANDOM.set(Some(random));
}

pub(crate) fn now() -> SystemTime {
    NOW.get()
}

pub(crate) fn bits() -> u64 {
    RANDOM.with_borrow_mut(|random| random.as_mut().map_or(0, Random::bits))
}
