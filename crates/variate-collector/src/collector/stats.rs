use std::sync::atomic::{AtomicU64, Ordering};

use crate::Outcome;

/// What a [`Collector`](crate::Collector) did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CollectorStats {
    /// Events that count.
    pub counted: u64,
    /// Events whose ids had been counted.
    pub duplicates: u64,
    /// Events of archived experiments.
    pub archived: u64,
    /// Events that cannot be counted.
    pub refused: u64,
    /// Events that the store failed on, or that are [unavailable](crate::Outcome::Unavailable).
    pub failed: u64,
    /// Batches that the store was given.
    pub batches: u64,
    /// Submissions that wait for the store now.
    pub waiting: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    counted: AtomicU64,
    duplicates: AtomicU64,
    archived: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    batches: AtomicU64,
    submitted: AtomicU64,
    taken: AtomicU64,
}

impl Counters {
    pub(super) fn add(&self, outcomes: &[Outcome]) {
        let mut stats = CollectorStats::default();
        for outcome in outcomes {
            match outcome {
                Outcome::Counted => stats.counted += 1,
                Outcome::Duplicate => stats.duplicates += 1,
                Outcome::Archived => stats.archived += 1,
                Outcome::Refused(_) => stats.refused += 1,
                Outcome::Unavailable { .. } => stats.failed += 1,
            }
        }
        self.counted.fetch_add(stats.counted, Ordering::Relaxed);
        self.duplicates
            .fetch_add(stats.duplicates, Ordering::Relaxed);
        self.archived.fetch_add(stats.archived, Ordering::Relaxed);
        self.refused.fetch_add(stats.refused, Ordering::Relaxed);
        self.failed.fetch_add(stats.failed, Ordering::Relaxed);
    }

    pub(super) fn add_failed(&self, events: usize) {
        self.failed.fetch_add(events as u64, Ordering::Relaxed);
    }

    pub(super) fn add_submitted(&self) {
        self.submitted.fetch_add(1, Ordering::Relaxed);
    }

    /// The store is given some of them, as one batch.
    pub(super) fn add_taken(&self, submissions: usize) {
        self.taken.fetch_add(submissions as u64, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> CollectorStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CollectorStats {
            counted: read(&self.counted),
            duplicates: read(&self.duplicates),
            archived: read(&self.archived),
            refused: read(&self.refused),
            failed: read(&self.failed),
            batches: read(&self.batches),
            // One may be taken before it is noted that it was submitted.
            waiting: read(&self.submitted).saturating_sub(read(&self.taken)),
        }
    }
}
