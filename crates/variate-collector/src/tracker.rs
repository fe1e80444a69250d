//! Events of the library, counted in the same process.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use variate::{Event, Tracker};

use crate::collector::{Answer, Answered};
use crate::event::millis;
use crate::{Collector, NewEvent, Outcome, SubmitError};

/// Gives every event to a [`Collector`] of the same process.
///
/// It never blocks: the collector's own thread writes. What finds no room in the collector's queue
/// ([`CollectorBuilder::queue`](crate::CollectorBuilder::queue)) is dropped and counted; what the store fails on is lost
/// and counted as failed. Both are told as a `tracing` event at the 1st, 2nd, 4th, 8th ... time.
/// [`Config::flush`](variate::Config::flush) waits until everything is durable.
///
/// ```
/// use std::time::Duration;
/// use variate::{Action, Config, context};
/// use variate_collector::{Collector, CollectorTracker, MemoryStore};
///
/// let collector = Collector::new(MemoryStore::new())?;
/// let tracker = CollectorTracker::new(collector.clone()).namespace("shop");
/// let config = Config::builder().tracker(tracker).build()?;
///
/// let exp = config.experiment("pill_color", context! { user_id: 42 });
/// let pill = exp.use_(|| "grey").variant("red", || "red").run();
/// exp.track(Action::new("bought").value(9.99));
///
/// assert!(config.flush(Duration::from_secs(5)));
/// let tallies = collector.store().tallies("shop", "pill_color")?.expect("it was tracked");
/// let bought = tallies.cell("bought", exp.variant().as_str()).expect("it was bought");
/// assert_eq!((bought.total.counted.units, bought.total.counted.sum), (1, 9.99.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CollectorTracker {
    collector: Collector,
    namespace: Cow<'static, str>,
    shared: Arc<Shared>,
}

/// Reads a [`CollectorTracker`]'s counters after the tracker itself was handed to a configuration.
#[derive(Debug, Clone)]
pub struct CollectorTrackerHandle(Arc<Shared>);

/// What became of a [`CollectorTracker`]'s events so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CollectorTrackerStats {
    /// Events that found room in the collector's queue.
    pub accepted: u64,
    /// Events that did not, or came after it was closed.
    pub dropped: u64,
    /// Events that count.
    pub counted: u64,
    /// Events that had been counted: a unit's exposure, every time but the first.
    pub duplicates: u64,
    /// Events of archived experiments.
    pub archived: u64,
    /// Events that cannot be counted.
    pub refused: u64,
    /// Events that the store failed on. They are lost.
    pub failed: u64,
}

#[derive(Debug, Default)]
struct Shared {
    accepted: AtomicU64,
    dropped: AtomicU64,
    counted: AtomicU64,
    duplicates: AtomicU64,
    archived: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    /// Whether an event was lost since the last flush.
    is_lost: AtomicBool,
}

impl CollectorTracker {
    /// A tracker into the namespace [`NewEvent::DEFAULT_NAMESPACE`].
    pub fn new(collector: Collector) -> Self {
        Self {
            collector,
            namespace: Cow::Borrowed(NewEvent::DEFAULT_NAMESPACE),
            shared: Arc::default(),
        }
    }

    /// Into this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<Cow<'static, str>>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// A reader of the counters.
    pub fn handle(&self) -> CollectorTrackerHandle {
        CollectorTrackerHandle(Arc::clone(&self.shared))
    }
}

impl CollectorTrackerHandle {
    /// The counters now.
    pub fn stats(&self) -> CollectorTrackerStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let of = &self.0;
        CollectorTrackerStats {
            accepted: read(&of.accepted),
            dropped: read(&of.dropped),
            counted: read(&of.counted),
            duplicates: read(&of.duplicates),
            archived: read(&of.archived),
            refused: read(&of.refused),
            failed: read(&of.failed),
        }
    }
}

impl Tracker for CollectorTracker {
    fn track(&self, event: &Event<'_>) {
        let new = NewEvent::new(
            self.namespace.clone(),
            event.experiment().to_owned(),
            event.variant().as_str().to_owned(),
            event.action().to_owned(),
            event.id().to_string(),
        )
        .of_unit(event.key().to_string())
        .value(event.value())
        .at(millis(event.at()));
        let ticket = Ticket {
            shared: Arc::clone(&self.shared),
            is_answered: false,
        };
        // Counted first: the writer may be faster than this thread.
        self.shared.accepted.fetch_add(1, Ordering::Relaxed);
        if let Err((error, answer)) = self.collector.send(vec![new], Answer::Tracker(ticket)) {
            self.shared.accepted.fetch_sub(1, Ordering::Relaxed);
            if let Answer::Tracker(mut ticket) = answer {
                ticket.is_answered = true;
            }
            let dropped = self.shared.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if dropped.is_power_of_two() {
                tracing::warn!(target: "variate", dropped, %error, "events are not counted");
            }
        }
    }

    /// Whether all events taken so far are durable, and none was lost to the store since the last flush.
    fn flush(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let left = || timeout.checked_sub(start.elapsed());
        let (done, flushed) = mpsc::sync_channel(1);
        let mut answer = Answer::Flush(done);
        // The queue keeps the order, so whatever was submitted before is done before.
        while let Err((error, back)) = self.collector.send(Vec::new(), answer) {
            if !matches!(error, SubmitError::Full { .. }) || left().is_none() {
                return false;
            }
            answer = back;
            std::thread::sleep(Duration::from_millis(1));
        }
        left().is_some_and(|left| flushed.recv_timeout(left).is_ok())
            && !self.shared.is_lost.swap(false, Ordering::AcqRel)
    }
}

/// One event on its way. Dropped without an answer, it is lost.
pub(crate) struct Ticket {
    shared: Arc<Shared>,
    is_answered: bool,
}

impl Ticket {
    pub(crate) fn answer(mut self, answered: &Answered) {
        self.is_answered = true;
        let shared = &self.shared;
        match answered.as_ref().map(|outcomes| outcomes.first()) {
            // The collector itself tells of stores that fail.
            Ok(Some(Outcome::Unavailable { .. }) | None) | Err(_) => self.lose(),
            Ok(Some(outcome)) => {
                let counter = match outcome {
                    Outcome::Counted => &shared.counted,
                    Outcome::Duplicate => &shared.duplicates,
                    Outcome::Archived => &shared.archived,
                    Outcome::Refused(_) => &shared.refused,
                    Outcome::Unavailable { .. } => &shared.failed,
                };
                let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
                if let Outcome::Refused(refusal) = outcome
                    && count.is_power_of_two()
                {
                    tracing::warn!(target: "variate", refused = count, %refusal, "an event is refused");
                }
            }
        }
    }

    fn lose(&self) {
        self.shared.failed.fetch_add(1, Ordering::Relaxed);
        self.shared.is_lost.store(true, Ordering::Release);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.is_answered {
            self.lose();
        }
    }
}
