use std::time::Duration;

use crate::Background;
use crate::component::{Measurement, Record, Recorder};

/// Takes records without ever blocking, and writes them in batches on a thread of its own.
impl Recorder for Background<Measurement> {
    fn record(&self, record: &Record<'_>) {
        self.put(|| record.to_measurement());
    }

    fn dropped(&self) -> u64 {
        let stats = self.handle().stats();
        stats.dropped.saturating_add(stats.failed)
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.wait(timeout)
    }
}
