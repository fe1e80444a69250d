use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::millis::{millis, now};
use crate::Clock;

/// Leaves a server that failed alone for a while; then one call may try it, and the others when it worked.
pub(super) struct Breaker {
    /// Until when calls are refused, in milliseconds since the epoch; 0 while all is well.
    open_until: AtomicU64,
    cooldown: u64,
    clock: Box<dyn Clock>,
}

impl Breaker {
    pub(super) fn new(cooldown: Duration, clock: Box<dyn Clock>) -> Self {
        Self {
            open_until: AtomicU64::new(0),
            cooldown: millis(cooldown),
            clock,
        }
    }

    /// Whether this call may go to the server.
    pub(super) fn lets_through(&self) -> bool {
        let until = self.open_until.load(Ordering::Relaxed);
        if until == 0 {
            return true;
        }
        let now = now(&*self.clock);
        // More left than a cooldown means that the clock went back.
        let rests = until
            .checked_sub(now)
            .is_some_and(|left| (1..=self.cooldown).contains(&left));
        // Of several calls at this moment one gets through, the others rest on.
        !rests
            && self
                .open_until
                .compare_exchange(until, self.end(now), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// The server answered.
    pub(super) fn answered(&self) {
        if self.open_until.load(Ordering::Relaxed) != 0 {
            self.open_until.store(0, Ordering::Relaxed);
        }
    }

    /// The server did not answer.
    pub(super) fn failed(&self) {
        let end = self.end(now(&*self.clock));
        self.open_until.store(end, Ordering::Relaxed);
    }

    fn end(&self, now: u64) -> u64 {
        now.saturating_add(self.cooldown)
    }
}
