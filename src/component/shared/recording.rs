//! What becomes of records, and what goes wrong beside calls.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Shared;
use crate::component::Record;
use crate::component::record::Sink;
use crate::contain::{contain, contain_nested};

impl Shared {
    pub(in crate::component) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(in crate::component) fn unknown_arms(&self) -> u64 {
        self.unknown_arms.load(Ordering::Relaxed)
    }

    /// Counts an answer that is no arm; tells of it at the 1st, 2nd, 4th, 8th ... time.
    #[cold]
    pub(in crate::component) fn count_unknown_arm(&self, arm: &str) {
        let count = self.unknown_arms.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_power_of_two() {
            contain(|| {
                tracing::warn!(
                    target: "variate",
                    experiment = &*self.name,
                    arm,
                    count,
                    "a selector names an arm that there is not: the control runs",
                );
            });
        }
    }

    /// What recorders could not keep.
    pub(in crate::component) fn dropped(&self) -> u64 {
        let dropped = self.recorders.iter().map(|of| contain(|| of.dropped()));
        dropped.flatten().fold(0, u64::saturating_add)
    }

    pub(in crate::component) fn flush(&self, timeout: Duration) -> bool {
        let mut done = true;
        for recorder in &self.recorders {
            done &= contain(|| recorder.flush(timeout)).unwrap_or(false);
        }
        done
    }

    /// Counts a panic of the host's code that no caller sees; tells of it at the 1st, 2nd, 4th, 8th ... time.
    #[cold]
    pub(in crate::component) fn count_failure(&self, who: &str) {
        let count = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_power_of_two() {
            contain(|| {
                tracing::warn!(
                    target: "variate",
                    experiment = &*self.name,
                    who,
                    count,
                    "a panic beside a component's call: the call goes on",
                );
            });
        }
    }
}

impl Sink for Shared {
    #[inline]
    fn take(&self, record: &Record<'_>) {
        for recorder in &self.recorders {
            if contain_nested(|| recorder.record(record)).is_none() {
                self.count_failure("a recorder");
            }
        }
    }
}
