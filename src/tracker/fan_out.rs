use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::Tracker;
use crate::Event;
use crate::contain::contain;

/// Gives every event to several trackers, in order. One that panics does not keep it from the others.
///
/// ```
/// use variate::{FanOut, LogTracker, MemoryTracker};
///
/// let tracker = FanOut::new().and(LogTracker::new()).and(MemoryTracker::new());
/// ```
#[derive(Default)]
pub struct FanOut {
    trackers: Vec<Box<dyn Tracker>>,
}

impl FanOut {
    /// A fan-out to nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more tracker.
    #[must_use]
    pub fn and(mut self, tracker: impl Tracker + 'static) -> Self {
        self.trackers.push(Box::new(tracker));
        self
    }
}

impl Tracker for FanOut {
    fn track(&self, event: &Event<'_>) {
        let mut panicked = None;
        for tracker in &self.trackers {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| tracker.track(event))) {
                panicked = Some(panic);
            }
        }
        // Told and counted by whoever called this fan-out.
        if let Some(panic) = panicked {
            std::panic::resume_unwind(panic);
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut flushed = true;
        for tracker in &self.trackers {
            let left = timeout.saturating_sub(start.elapsed());
            flushed &= contain(|| tracker.flush(left)).unwrap_or(false);
        }
        flushed
    }
}

impl fmt::Debug for FanOut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("FanOut")
            .field("trackers", &self.trackers.len())
            .finish()
    }
}
