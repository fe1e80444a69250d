use std::fmt;
use std::time::Duration;

use super::Tracker;
use crate::Event;

/// Lets only some events through to a tracker.
///
/// ```
/// use variate::{Event, Filter, MemoryTracker};
///
/// let goals_only = Filter::new(|event: &Event<'_>| !event.is_exposure(), MemoryTracker::new());
/// ```
pub struct Filter<P, T> {
    passes: P,
    tracker: T,
}

impl<P, T> Filter<P, T>
where
    P: Fn(&Event<'_>) -> bool + Send + Sync,
    T: Tracker,
{
    /// `tracker`, with only those events that `passes` says yes to.
    pub const fn new(passes: P, tracker: T) -> Self {
        Self { passes, tracker }
    }
}

impl<P, T> Tracker for Filter<P, T>
where
    P: Fn(&Event<'_>) -> bool + Send + Sync,
    T: Tracker,
{
    #[inline]
    fn track(&self, event: &Event<'_>) {
        if (self.passes)(event) {
            self.tracker.track(event);
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.tracker.flush(timeout)
    }
}

impl<P, T: fmt::Debug> fmt::Debug for Filter<P, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Filter")
            .field("tracker", &self.tracker)
            .finish_non_exhaustive()
    }
}
