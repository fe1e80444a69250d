use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::component::{Measurement, Record, Recorder};

/// Keeps the last records, for tests and small programs. Clones share what they keep.
///
/// ```
/// use variate::component::MemoryRecorder;
///
/// let recorder = MemoryRecorder::new();
/// // PlaceOrderExperiment::builder(..) ... .recorder(recorder.clone()).build()?
/// assert_eq!(recorder.measurements().len(), 0);
/// ```
#[derive(Debug, Clone)]
pub struct MemoryRecorder {
    capacity: usize,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    measurements: VecDeque<Measurement>,
    dropped: u64,
}

impl Default for MemoryRecorder {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryRecorder {
    /// For the last 100,000 records.
    pub fn new() -> Self {
        Self::with_capacity(100_000)
    }

    /// For the last so many records.
    pub fn with_capacity(records: usize) -> Self {
        Self {
            capacity: records,
            kept: Arc::default(),
        }
    }

    /// All records that it keeps, the oldest first.
    pub fn measurements(&self) -> Vec<Measurement> {
        self.lock().measurements.iter().cloned().collect()
    }

    /// All records that it keeps, which are then forgotten.
    pub fn take(&self) -> Vec<Measurement> {
        std::mem::take(&mut self.lock().measurements).into()
    }

    /// How many had to make room.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for MemoryRecorder {
    fn identity(&self) -> Option<usize> {
        Some(Arc::as_ptr(&self.kept).addr())
    }

    fn dropped(&self) -> u64 {
        Self::dropped(self)
    }

    fn record(&self, record: &Record<'_>) {
        let measurement = record.to_measurement();
        let mut kept = self.lock();
        kept.measurements.push_back(measurement);
        if kept.measurements.len() > self.capacity {
            kept.measurements.pop_front();
            kept.dropped = kept.dropped.saturating_add(1);
        }
    }
}
