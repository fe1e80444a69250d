use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What an [`HttpSink`](super::HttpSink) did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HttpSinkStats {
    /// Events that the collector counted.
    pub counted: u64,
    /// Events that it had counted before.
    pub duplicates: u64,
    /// Events of archived experiments.
    pub archived: u64,
    /// Events that cannot be counted, now or later.
    pub refused: u64,
    /// Events of experiments of which the collector's store lost a part: they are not counted, and not sent again.
    pub unavailable: u64,
    /// Events that the collector took for those of a bot and did not count: see its list of bots, user agents and addresses.
    pub as_bot: u64,
    /// Requests that failed and were, or will be, made again.
    pub retries: u64,
    /// Events that were written to the spool.
    pub spooled: u64,
    /// Events in the oldest files of the spool that were dropped to make room.
    pub spool_dropped: u64,
    /// Files of the spool that were set aside: damaged, or of a kind that the collector does not take.
    pub set_aside: u64,
    /// Bytes that are in the spool now.
    pub spool_bytes: u64,
}

/// Reads an [`HttpSink`](super::HttpSink)'s counters after the sink itself was handed to a tracker.
#[derive(Debug, Clone)]
pub struct HttpSinkHandle(pub(super) Arc<Counters>);

impl HttpSinkHandle {
    /// The counters now.
    pub fn stats(&self) -> HttpSinkStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let of = &self.0;
        HttpSinkStats {
            counted: read(&of.counted),
            duplicates: read(&of.duplicates),
            archived: read(&of.archived),
            refused: read(&of.refused),
            unavailable: read(&of.unavailable),
            as_bot: read(&of.as_bot),
            retries: read(&of.retries),
            spooled: read(&of.spooled),
            spool_dropped: read(&of.spool_dropped),
            set_aside: read(&of.set_aside),
            spool_bytes: read(&of.spool_bytes),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) counted: AtomicU64,
    pub(super) duplicates: AtomicU64,
    pub(super) archived: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) unavailable: AtomicU64,
    pub(super) as_bot: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) spooled: AtomicU64,
    pub(super) spool_dropped: AtomicU64,
    pub(super) set_aside: AtomicU64,
    pub(super) spool_bytes: AtomicU64,
}

/// Adds, and answers whether the sum is worth telling: at about the 1st, 2nd, 4th, 8th ... time.
pub(super) fn add(counter: &AtomicU64, more: u64) -> bool {
    let before = counter.fetch_add(more, Ordering::Relaxed);
    (before + more).checked_ilog2() > before.checked_ilog2()
}
