//! Times as whole milliseconds, which fit an atomic and Redis' own commands.

use std::time::{Duration, SystemTime};

use crate::Clock;

/// A thousand years, more than which Redis may refuse.
const LONGEST: u64 = 1_000 * 365 * 24 * 60 * 60 * 1_000;

/// A duration, at least 1 ms.
pub(super) fn millis(duration: Duration) -> u64 {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(LONGEST);
    millis.clamp(1, LONGEST)
}

/// The time since the epoch; 0 before it.
pub(super) fn now(clock: &dyn Clock) -> u64 {
    let since = clock.now().duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
