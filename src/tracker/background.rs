mod worker;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use self::worker::Worker;
use super::Tracker;
use crate::{Event, EventRecord};

/// Where a [`Background`] tracker writes its batches: a file, a socket, an HTTP client.
///
/// A closure over `&[EventRecord]` that answers `Result` is one. It runs on the tracker's own
/// thread and may block. If it fails or panics, that batch is counted as failed and the next one
/// is tried: a sink that wants retries makes them.
///
/// What it writes are events, or the `Measurement`s of components.
pub trait Sink<R = EventRecord>: Send {
    /// Writes a batch.
    ///
    /// # Errors
    ///
    /// Why the batch could not be written.
    fn write(&mut self, batch: &[R]) -> Result<(), SinkError>;

    /// Does what a sink had put off, before [`Config::flush`](crate::Config::flush) answers; most put off nothing.
    ///
    /// # Errors
    ///
    /// Why events are neither where they belong nor kept for later.
    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    /// Hears of so many more events that found the queue full and never came here, so that what it wrote can say so; most say nothing.
    ///
    /// # Errors
    ///
    /// Why that cannot be written.
    fn dropped(&mut self, events: u64) -> Result<(), SinkError> {
        let _ = events;
        Ok(())
    }
}

/// Any error of a sink.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

impl<R, F, E> Sink<R> for F
where
    F: FnMut(&[R]) -> Result<(), E> + Send,
    E: Into<SinkError>,
{
    fn write(&mut self, batch: &[R]) -> Result<(), SinkError> {
        self(batch).map_err(Into::into)
    }
}

/// Takes events without ever blocking, and writes them in batches on a thread of its own.
///
/// The queue is bounded: what does not fit is dropped, counted ([`BackgroundStats::dropped`]) and
/// told as a `tracing` event at the 1st, 2nd, 4th, 8th ... time, to the sink, and by the next flush, which answers `false`. Dropping the tracker writes
/// what is queued, then ends the thread. A tracker inside the process-wide configuration is never
/// dropped: end `main` with [`Config::flush`](crate::Config::flush).
///
/// ```
/// use std::time::Duration;
/// use variate::{Background, Config, EventRecord, context};
///
/// let tracker = Background::new(|batch: &[EventRecord]| {
///     batch.iter().try_for_each(|event| serde_json::to_writer(std::io::sink(), event))
/// })?;
/// let handle = tracker.handle();
/// let config = Config::builder().tracker(tracker).build()?;
///
/// config.experiment("pill", context! { user_id: 42 }).track("swallowed");
/// assert!(config.flush(Duration::from_secs(5)));
/// assert_eq!((handle.stats().written, handle.stats().dropped), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With the feature `component`, one over a sink of `Measurement`s is a `Recorder`.
pub struct Background<R = EventRecord> {
    queue: Option<SyncSender<Message<R>>>,
    ended: Mutex<Receiver<()>>,
    shutdown_timeout: Duration,
    context: Box<[String]>,
    handle: BackgroundHandle,
}

/// Reads a [`Background`] tracker's counters after the tracker itself was handed to a configuration.
#[derive(Debug, Clone)]
pub struct BackgroundHandle(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    accepted: AtomicU64,
    dropped: AtomicU64,
    written: AtomicU64,
    failed: AtomicU64,
    /// How many of the dropped ones a flush has told of.
    told: AtomicU64,
}

/// What became of a [`Background`] tracker's events so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BackgroundStats {
    /// Events that found room in the queue.
    pub accepted: u64,
    /// Events that did not.
    pub dropped: u64,
    /// Events that the sink took.
    pub written: u64,
    /// Events that the sink failed or panicked on.
    pub failed: u64,
}

impl BackgroundHandle {
    /// The counters now.
    pub fn stats(&self) -> BackgroundStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        BackgroundStats {
            accepted: read(&self.0.accepted),
            dropped: read(&self.0.dropped),
            written: read(&self.0.written),
            failed: read(&self.0.failed),
        }
    }
}

enum Message<R> {
    // Boxed, for the queue's whole capacity is taken up front.
    Record(Box<R>),
    Flush(SyncSender<bool>),
}

/// The queue takes a few bytes for each place when it is made, used or not.
const MOST_CAPACITY: usize = 1 << 20;

/// The knobs of a [`Background`] tracker.
#[derive(Debug, Clone)]
#[must_use]
pub struct BackgroundBuilder {
    capacity: usize,
    batch: usize,
    linger: Duration,
    shutdown_timeout: Duration,
    context: Vec<String>,
}

impl Default for BackgroundBuilder {
    fn default() -> Self {
        Self {
            capacity: 10_000,
            batch: 500,
            linger: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(5),
            context: Vec::new(),
        }
    }
}

impl BackgroundBuilder {
    /// How many events wait at the most; 10,000 unless set, from 1 to 1,048,576.
    pub fn capacity(mut self, events: usize) -> Self {
        self.capacity = events.clamp(1, MOST_CAPACITY);
        self
    }

    /// How many events a batch has at the most; 500 unless set, at least 1.
    pub fn batch(mut self, events: usize) -> Self {
        self.batch = events.max(1);
        self
    }

    /// How long the first event of a batch waits for others; 1 s unless set.
    pub const fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// How long dropping the tracker waits for the last batches; 5 s unless set. A sink that still
    /// hangs then is left behind with its thread.
    pub const fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Entries of the context that every event takes along as properties, such as a user's id by which a warehouse
    /// knows units; none unless set. A property of the same name stays.
    ///
    /// ```
    /// use variate::{Background, Config, EventRecord, context};
    ///
    /// let (seen, events) = std::sync::mpsc::channel();
    /// let tracker = Background::builder().context_entries(["user_id"]).build(move |batch: &[EventRecord]| {
    ///     batch.iter().try_for_each(|event| seen.send(event.clone()))
    /// })?;
    /// let config = Config::builder().tracker(tracker).build()?;
    /// config.experiment("pill", context! { user_id: 42, plan: "pro" }).track("swallowed");
    /// assert_eq!(events.recv()?.properties, context! { user_id: 42 });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn context_entries<K: Into<String>>(mut self, names: impl IntoIterator<Item = K>) -> Self {
        self.context.extend(names.into_iter().map(Into::into));
        self
    }

    /// Starts the tracker's thread.
    ///
    /// # Errors
    ///
    /// When the operating system gives no thread.
    pub fn build<R: Send + 'static>(
        self,
        sink: impl Sink<R> + 'static,
    ) -> std::io::Result<Background<R>> {
        let (queue, messages) = mpsc::sync_channel(self.capacity);
        let (end, ended) = mpsc::sync_channel(1);
        let counters = Arc::new(Counters::default());
        let worker = Worker {
            sink,
            messages,
            counters: Arc::clone(&counters),
            batch: Vec::new(),
            lost: false,
            told: 0,
            full: self.batch,
            linger: self.linger,
        };
        std::thread::Builder::new()
            .name("variate-tracker".into())
            .spawn(move || {
                worker.run();
                let _ = end.send(());
            })?;
        Ok(Background {
            queue: Some(queue),
            ended: Mutex::new(ended),
            shutdown_timeout: self.shutdown_timeout,
            context: self.context.into(),
            handle: BackgroundHandle(counters),
        })
    }
}

impl Background {
    /// The knobs, whatever is written.
    pub fn builder() -> BackgroundBuilder {
        BackgroundBuilder::default()
    }
}

impl<R: Send + 'static> Background<R> {
    /// A tracker over `sink` with the default knobs.
    ///
    /// # Errors
    ///
    /// When the operating system gives no thread.
    pub fn new(sink: impl Sink<R> + 'static) -> std::io::Result<Self> {
        BackgroundBuilder::default().build(sink)
    }
}

impl<R> Background<R> {
    /// A reader of the counters.
    pub fn handle(&self) -> BackgroundHandle {
        self.handle.clone()
    }

    /// Queues what `make` gives, or counts it as dropped.
    pub(crate) fn put(&self, make: impl FnOnce() -> R) {
        let Some(queue) = &self.queue else { return };
        let counters = &self.handle.0;
        let record = Box::new(make());
        // Counted first: the worker may be faster than this thread.
        counters.accepted.fetch_add(1, Ordering::Relaxed);
        if queue.try_send(Message::Record(record)).is_err() {
            counters.accepted.fetch_sub(1, Ordering::Relaxed);
            let dropped = counters.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            // The 1st, 2nd, 4th, 8th ...: a full queue is no time for a flood.
            if dropped.is_power_of_two() {
                tracing::warn!(target: "variate", dropped, "a tracker's queue is full: events are dropped");
            }
        }
    }

    /// Waits until what is queued now is written; answers whether that is all there was since the last time.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let Some(queue) = &self.queue else {
            return false;
        };
        let start = Instant::now();
        let left = || timeout.checked_sub(start.elapsed());
        let (done, flushed) = mpsc::sync_channel(1);
        let mut request = Message::Flush(done);
        loop {
            match queue.try_send(request) {
                Ok(()) => {
                    let left = left();
                    let is_written =
                        left.is_some_and(|left| flushed.recv_timeout(left) == Ok(true));
                    return is_written && !self.has_dropped();
                }
                Err(TrySendError::Full(back)) if left().is_some() => {
                    request = back;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(_) => return false,
            }
        }
    }
}

impl<R> Background<R> {
    /// Whether events were dropped that no flush has told of.
    fn has_dropped(&self) -> bool {
        let counters = &self.handle.0;
        let dropped = counters.dropped.load(Ordering::Relaxed);
        counters.told.swap(dropped, Ordering::Relaxed) != dropped
    }
}

impl Tracker for Background {
    fn track(&self, event: &Event<'_>) {
        self.put(|| {
            let mut record = event.to_record();
            for name in &self.context {
                if record.properties.get(name).is_none()
                    && let Some(value) = event.context().get(name)
                {
                    record
                        .properties
                        .insert(name.clone(), value.clone().into_owned());
                }
            }
            record
        });
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.wait(timeout)
    }
}

impl<R> Drop for Background<R> {
    fn drop(&mut self) {
        // Closing the queue ends the worker once it has written what is left.
        drop(self.queue.take());
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(self.shutdown_timeout) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!(
                target: "variate",
                "a tracker's sink hangs: its last events may be lost",
            );
        }
    }
}

impl<R> fmt::Debug for Background<R> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Background")
            .field("stats", &self.handle.stats())
            .finish_non_exhaustive()
    }
}
