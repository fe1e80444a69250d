//! Group commit: many callers, one batch.

mod stats;
mod writer;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::SystemTime;

use tokio::sync::oneshot;
use variate::Clock;

pub use self::stats::CollectorStats;
use self::stats::Counters;
use self::writer::{Writer, kept_since};
use crate::event::millis;
use crate::seldom::Seldom;
use crate::{EventStore, NewEvent, Outcome, StoreError};

/// Makes one batch of what many callers submit at once, and answers each when its events are durable.
///
/// A thread of its own writes; submitting never blocks. While a batch is written, the next one gathers: the more
/// callers there are, the more events share the cost of making them durable.
///
/// ```
/// use variate_collector::{Collector, MemoryStore, NewEvent, Outcome};
///
/// let collector = Collector::new(MemoryStore::new())?;
/// let event = NewEvent::new("shop", "pill_color", "red", "participate", "8d0f36b9");
/// // `.await` it in asynchronous code.
/// let outcomes = collector.submit(vec![event])?.wait()?;
/// assert_eq!(outcomes, [Outcome::Counted]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Collector {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    retention_days: Option<u32>,
    capacity: usize,
    queue: SyncSender<Message>,
    is_closed: AtomicBool,
    writer: Mutex<Option<JoinHandle<()>>>,
    counters: Arc<Counters>,
}

/// The knobs of a [`Collector`].
#[must_use]
pub struct CollectorBuilder {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    retention_days: Option<u32>,
    capacity: usize,
    batch: usize,
}

pub(crate) enum Message {
    Job(Job),
    /// There may be jobs behind it, which are done as well.
    Close,
}

pub(crate) struct Job {
    pub(crate) events: Vec<NewEvent<'static>>,
    pub(crate) answer: Answer,
}

/// What became of a submission.
pub(crate) type Answered = Result<Vec<Outcome>, Arc<StoreError>>;

/// Who is told what became of a submission.
pub(crate) enum Answer {
    Submission(oneshot::Sender<Answered>),
    Tracker(crate::tracker::Ticket),
    /// Somebody who waits until what was submitted before is done.
    Flush(SyncSender<()>),
}

impl Answer {
    pub(crate) fn send(self, answered: Answered) {
        match self {
            // Nobody may be waiting any more.
            Self::Submission(sender) => drop(sender.send(answered)),
            Self::Tracker(ticket) => ticket.answer(&answered),
            Self::Flush(done) => drop(done.try_send(())),
        }
    }
}

/// Why events were not taken. The caller has to send them again, later.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The store is slower than its callers.
    #[error("the collector's queue is full ({capacity} submissions); send again later")]
    Full {
        /// How many submissions it holds.
        capacity: usize,
    },
    /// The collector is shutting down.
    #[error("the collector is shutting down")]
    Closed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
}

/// Events on their way. Dropping it does not take them back.
#[derive(Debug)]
#[must_use = "the events are not durable before it answers"]
pub struct Submission {
    answer: oneshot::Receiver<Answered>,
}

impl Submission {
    /// Waits, blocking the thread. Not for asynchronous code, which awaits it.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn wait(self) -> Result<Vec<Outcome>, SubmitError> {
        match self.answer.blocking_recv() {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(SubmitError::Closed),
        }
    }
}

impl Future for Submission {
    type Output = Result<Vec<Outcome>, SubmitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer)
            .poll(context)
            .map(|answer| match answer {
                Ok(answer) => Ok(answer?),
                Err(_) => Err(SubmitError::Closed),
            })
    }
}

impl Collector {
    /// With default knobs.
    ///
    /// # Errors
    ///
    /// The writing thread could not be started.
    pub fn new(store: impl EventStore + 'static) -> std::io::Result<Self> {
        Self::builder(store).build()
    }

    /// To set the knobs.
    pub fn builder(store: impl EventStore + 'static) -> CollectorBuilder {
        CollectorBuilder {
            store: Arc::new(store),
            clock: Arc::new(SystemTime::now),
            retention_days: None,
            capacity: 8_192,
            batch: 4_096,
        }
    }

    /// The store, to read from it and to change experiments. Its methods may block.
    pub fn store(&self) -> &Arc<dyn EventStore> {
        &self.shared.store
    }

    /// The time, in milliseconds since the Unix epoch.
    pub fn now(&self) -> u64 {
        millis(self.shared.clock.now())
    }

    /// Takes events; the answer says what became of each, in order, once that is durable.
    ///
    /// # Errors
    ///
    /// The queue is full, or the collector is closed.
    pub fn submit(&self, events: Vec<NewEvent<'static>>) -> Result<Submission, SubmitError> {
        let (sender, receiver) = oneshot::channel();
        self.send(events, Answer::Submission(sender))
            .map_err(|(error, _)| error)?;
        Ok(Submission { answer: receiver })
    }

    /// Takes events, and tells somebody once they are durable; who is not told comes back.
    pub(crate) fn send(
        &self,
        events: Vec<NewEvent<'static>>,
        answer: Answer,
    ) -> Result<(), (SubmitError, Answer)> {
        if self.shared.is_closed.load(Ordering::Acquire) {
            return Err((SubmitError::Closed, answer));
        }
        let full = SubmitError::Full {
            capacity: self.shared.capacity,
        };
        match self
            .shared
            .queue
            .try_send(Message::Job(Job { events, answer }))
        {
            Err(TrySendError::Full(Message::Job(job))) => Err((full, job.answer)),
            Err(TrySendError::Disconnected(Message::Job(job))) => {
                Err((SubmitError::Closed, job.answer))
            }
            Ok(()) => {
                self.shared.counters.add_submitted();
                Ok(())
            }
            // What comes back is the job.
            Err(_) => Ok(()),
        }
    }

    /// What it did so far.
    pub fn stats(&self) -> CollectorStats {
        self.shared.counters.read()
    }

    /// Forgets random ids that are older than the retention; does nothing without one. May take long.
    ///
    /// # Errors
    ///
    /// The store could not be written.
    pub fn expire(&self) -> Result<u64, StoreError> {
        match kept_since(self.now(), self.shared.retention_days) {
            Some(day) => self.shared.store.expire(day),
            None => Ok(0),
        }
    }

    /// Takes no more events, writes those that it has, and ends its thread. Blocks until then.
    pub fn close(&self) {
        self.shared.close();
    }
}

impl Shared {
    fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        let writer = self.writer.lock();
        let Some(writer) = writer.unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        // Where the thread is gone already there is nothing to end.
        let _ = self.queue.send(Message::Close);
        let _ = writer.join();
    }
}

/// Whoever drops the last handle waits until everything is written.
impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

impl CollectorBuilder {
    /// What the time is taken from.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Keep random ids for so many days, and refuse events that are older; without it they are kept for good.
    pub fn retention_days(mut self, days: u32) -> Self {
        self.retention_days = Some(days);
        self
    }

    /// How many submissions wait at most: 8,192.
    pub fn queue(mut self, submissions: usize) -> Self {
        self.capacity = submissions.max(1);
        self
    }

    /// How many events are written at once: 4,096, or more if a single submission has more.
    pub fn batch(mut self, events: usize) -> Self {
        self.batch = events.max(1);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// The writing thread could not be started.
    pub fn build(self) -> std::io::Result<Collector> {
        let (queue, jobs) = mpsc::sync_channel(self.capacity);
        let counters = Arc::new(Counters::default());
        let writer = Writer {
            jobs,
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            retention_days: self.retention_days,
            batch: self.batch,
            counters: Arc::clone(&counters),
            failures: Seldom::new(),
            damages: Seldom::new(),
        };
        let writer = std::thread::Builder::new()
            .name("variate-collector".to_owned())
            .spawn(move || writer.run())?;
        Ok(Collector {
            shared: Arc::new(Shared {
                store: self.store,
                clock: self.clock,
                retention_days: self.retention_days,
                capacity: self.capacity,
                queue,
                is_closed: AtomicBool::new(false),
                writer: Mutex::new(Some(writer)),
                counters,
            }),
        })
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Collector")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CollectorBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CollectorBuilder")
            .field("retention_days", &self.retention_days)
            .field("queue", &self.capacity)
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}
