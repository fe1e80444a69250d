use std::sync::{Arc, Mutex, PoisonError};

use super::Tracker;
use crate::{Event, EventRecord};

/// Keeps every event, for tests. Clones share what they keep.
///
/// ```
/// use variate::{Config, MemoryTracker, context};
///
/// let tracker = MemoryTracker::new();
/// let config = Config::builder().tracker(tracker.clone()).build()?;
/// let exp = config.experiment("pill", context! { user_id: 42 });
/// exp.use_(|| "grey").try_(|| "red").run();
/// exp.track("swallowed");
/// assert_eq!(tracker.actions(), ["assignment", "swallowed"]);
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryTracker {
    events: Arc<Mutex<Vec<EventRecord>>>,
}

impl MemoryTracker {
    /// A tracker without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// All events so far.
    pub fn events(&self) -> Vec<EventRecord> {
        self.lock().clone()
    }

    /// The actions of all events so far.
    pub fn actions(&self) -> Vec<String> {
        self.lock()
            .iter()
            .map(|event| event.action.clone())
            .collect()
    }

    /// All events so far, which are then forgotten.
    pub fn take(&self) -> Vec<EventRecord> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<EventRecord>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tracker for MemoryTracker {
    fn track(&self, event: &Event<'_>) {
        let record = event.to_record();
        self.lock().push(record);
    }
}
