//! Events to a collector elsewhere.

mod backoff;
mod builder;
#[cfg(feature = "testing")]
pub mod fuzzing;
mod post;
mod spool;
mod stats;
mod timing;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde::Serialize;
use variate::{EventRecord, Sink, SinkError};

use self::backoff::Backoff;
pub use self::builder::{HttpSinkBuilder, HttpSinkError};
use self::post::{Failure, Post};
pub use self::spool::SpoolError;
use self::spool::{Oldest, Spool};
use self::stats::{Counters, add};
pub use self::stats::{HttpSinkHandle, HttpSinkStats};
pub use self::timing::Timing;

/// Posts batches of events to a collector; belongs behind [`Background`](variate::Background).
///
/// What fails is sent again, later and later, for [`retry_for`](HttpSinkBuilder::retry_for) at the longest; a collector
/// that asks for a pause (`Retry-After`) gets it. That is safe: an event counts once, however often it is sent. With a
/// [`spool`](HttpSinkBuilder::spool), what could not be sent is kept on disk, and sent first once the collector is
/// back, also after a restart.
///
/// ```no_run
/// use std::time::Duration;
/// use variate::{Background, Config, context};
/// use variate_collector::HttpSink;
///
/// let sink = HttpSink::builder("http://collector.internal:8080")
///     .namespace("shop")
///     .api_key(std::env::var("VARIATE_API_KEY")?)
///     .spool("/var/lib/shop/events", 100 << 20)
///     .build()?;
/// let handle = sink.handle();
/// let config = Config::builder().tracker(Background::new(sink)?).build()?;
///
/// config.experiment("pill_color", context! { user_id: 42 }).track("swallowed");
/// config.flush(Duration::from_secs(5));
/// println!("{:?}", handle.stats());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HttpSink {
    post: Post,
    namespace: Option<String>,
    retry_for: Duration,
    timing: Box<dyn Timing>,
    spool: Option<Spool>,
    backoff: Backoff,
    /// Not before this is the collector tried again, while there are files in the spool.
    next_try: Option<Instant>,
    counters: Arc<Counters>,
    /// How many events were unavailable at the last flush.
    unavailable: u64,
}

/// Why a batch was not taken by the collector.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("the collector at {url} did not take the events in {attempts} attempts: {why}")]
    Unavailable {
        url: String,
        attempts: u32,
        why: String,
    },
    #[error("the collector at {url} does not take events of this client: {why}")]
    Forbidden { url: String, why: String },
    #[error("the collector at {url} can take none of these events: {why}")]
    Rejected { url: String, why: String },
    #[error(
        "{events} events were lost: the collector cannot count those of an experiment, of which its store lost a part"
    )]
    Lost { events: u64 },
    #[error("the events could neither be sent nor spooled: {0}")]
    Spool(std::io::Error),
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    #[serde(flatten)]
    record: &'a EventRecord,
}

/// How long a batch that is in the spool is waited for at the longest: a flush behind it is not to wait for what is on disk.
const PATIENCE_WITH_SPOOL: Duration = Duration::from_secs(2);

/// How many files of the spool are sent with each batch of new events: the spool shrinks, and no batch waits for all of it.
const FILES_AT_ONCE: usize = 8;

impl HttpSink {
    /// To a collector at this address, as in `http://collector.internal:8080`; `/v1/events` is added to it.
    /// Addresses that begin with `https:` need the feature `client-tls`.
    pub fn builder(address: impl Into<String>) -> HttpSinkBuilder {
        HttpSinkBuilder::new(address.into())
    }

    /// A reader of the counters.
    pub fn handle(&self) -> HttpSinkHandle {
        HttpSinkHandle(Arc::clone(&self.counters))
    }

    /// Sends all that is in the spool, each batch once; answers whether the spool is empty now. New events do that by the
    /// way: this is for a program that starts and does not know when the next one comes.
    pub fn send_spooled(&mut self) -> bool {
        self.drain(usize::MAX, Duration::ZERO);
        self.spool.as_ref().is_none_or(Spool::is_empty)
    }

    fn send_batch(&mut self, events: &[String]) -> Result<(), SendError> {
        let Some(spool) = &self.spool else {
            return self.send_patiently(events);
        };
        // What is older goes first.
        let was_empty = spool.is_empty();
        let failure = if was_empty {
            match self.send_divided(events) {
                Ok(()) => return Ok(()),
                Err(Failure::Rejected(why)) => return Err(self.rejected(why)),
                Err(failure) => Some(failure),
            }
        } else {
            None
        };
        // On disk before anything is waited for: the program may end while the collector is away.
        if let Err(error) = self.push(events) {
            return match self.send_divided(events) {
                Ok(()) => Ok(()),
                Err(_) => Err(SendError::Spool(error)),
            };
        }
        match failure {
            Some(failure) => {
                let waits = self.failed(&failure);
                let patience = self.retry_for.min(PATIENCE_WITH_SPOOL);
                // A short failure is over before the program goes on.
                if matches!(failure, Failure::Temporary { .. }) && waits <= patience {
                    self.timing.wait(waits);
                    self.next_try = None;
                    self.drain(FILES_AT_ONCE, patience.saturating_sub(waits));
                }
            }
            None => self.drain(FILES_AT_ONCE, Duration::ZERO),
        }
        Ok(())
    }

    /// Tries until the time is over.
    fn send_patiently(&mut self, events: &[String]) -> Result<(), SendError> {
        let mut backoff = Backoff::new();
        let (start, mut attempts) = (self.timing.now(), 0);
        loop {
            attempts += 1;
            let url = self.post.url.clone();
            match self.send_divided(events) {
                Ok(()) => return Ok(()),
                Err(Failure::Temporary { why, asked }) => {
                    let waits = backoff.next(asked);
                    let waited = self.timing.now().saturating_duration_since(start);
                    if waited.saturating_add(waits) > self.retry_for {
                        return Err(SendError::Unavailable { url, attempts, why });
                    }
                    add(&self.counters.retries, 1);
                    self.timing.wait(waits);
                }
                Err(Failure::Forbidden(why)) => return Err(SendError::Forbidden { url, why }),
                Err(Failure::Rejected(why)) => return Err(self.rejected(why)),
                Err(Failure::TooLarge) => {
                    return Err(self.rejected("an event is too large".to_owned()));
                }
            }
        }
    }

    fn rejected(&self, why: String) -> SendError {
        SendError::Rejected {
            url: self.post.url.clone(),
            why,
        }
    }

    /// Sends a batch, in parts where it is too large as a whole. An event that is too large by itself is refused.
    fn send_divided(&self, events: &[String]) -> Result<(), Failure> {
        match self.post.send(events, self.timing.date(), &self.counters) {
            Err(Failure::TooLarge) if events.len() > 1 => {
                let (first, second) = events.split_at(events.len() / 2);
                self.send_divided(first)?;
                self.send_divided(second)
            }
            Err(Failure::TooLarge) => {
                if add(&self.counters.refused, 1) {
                    tracing::warn!(target: "variate", "an event is too large for the collector");
                }
                Ok(())
            }
            sent => sent,
        }
    }

    fn push(&mut self, events: &[String]) -> std::io::Result<()> {
        let Some(spool) = &mut self.spool else {
            return Ok(());
        };
        let dropped = spool.push(events)?;
        add(&self.counters.spooled, events.len() as u64);
        self.counters
            .spool_bytes
            .store(spool.bytes(), Ordering::Relaxed);
        if dropped > 0 && add(&self.counters.spool_dropped, dropped) {
            tracing::warn!(target: "variate", dropped, "a spool is full: its oldest events are dropped");
        }
        Ok(())
    }

    /// Sends the oldest files of the spool, waiting `patience` in all where that fails.
    fn drain(&mut self, most: usize, patience: Duration) {
        let start = self.timing.now();
        if self.next_try.is_some_and(|next| start < next) {
            return;
        }
        let mut sent = 0;
        while sent < most {
            let Some(spool) = &self.spool else { return };
            let failure = match spool.oldest() {
                Oldest::None => return,
                Oldest::Damaged(what) => Err(Failure::Rejected(what)),
                Oldest::Batch(events) => self.send_divided(&events),
            };
            match failure {
                Ok(()) => {
                    self.backoff = Backoff::new();
                    self.next_try = None;
                    if !self.remove_oldest() {
                        return;
                    }
                    sent += 1;
                }
                Err(Failure::Rejected(why)) => self.set_aside_oldest(&why),
                Err(failure) => {
                    let waits = self.failed(&failure);
                    let waited = self.timing.now().saturating_duration_since(start);
                    if waited.saturating_add(waits) > patience {
                        return;
                    }
                    self.timing.wait(waits);
                    self.next_try = None;
                }
            }
        }
    }

    /// Says when to try again.
    fn failed(&mut self, failure: &Failure) -> Duration {
        let (why, asked) = match failure {
            Failure::Temporary { why, asked } => (why.as_str(), *asked),
            Failure::Forbidden(why) | Failure::Rejected(why) => (why.as_str(), None),
            Failure::TooLarge => ("an event is too large", None),
        };
        if add(&self.counters.retries, 1) {
            tracing::warn!(target: "variate", url = self.post.url, why, "the collector does not take events: they are spooled");
        }
        let waits = self.backoff.next(asked);
        self.next_try = self.timing.now().checked_add(waits);
        waits
    }

    /// Answers whether it is gone: otherwise it would be sent for ever.
    fn remove_oldest(&mut self) -> bool {
        let Some(spool) = &mut self.spool else {
            return false;
        };
        let removed = spool.remove_oldest();
        self.counters
            .spool_bytes
            .store(spool.bytes(), Ordering::Relaxed);
        if let Err(error) = &removed {
            tracing::warn!(target: "variate", %error, "a file of a spool cannot be removed: it is sent again");
        }
        removed.is_ok()
    }

    fn set_aside_oldest(&mut self, why: &str) {
        let Some(spool) = &mut self.spool else { return };
        let file = spool.set_aside_oldest();
        self.counters
            .spool_bytes
            .store(spool.bytes(), Ordering::Relaxed);
        add(&self.counters.set_aside, 1);
        tracing::warn!(target: "variate", file = %file.display(), why, "a file of a spool cannot be sent and is set aside");
    }
}

impl Sink for HttpSink {
    fn write(&mut self, batch: &[EventRecord]) -> Result<(), SinkError> {
        let namespace = self.namespace.as_deref();
        let events = batch
            .iter()
            .map(|record| serde_json::to_string(&Record { namespace, record }))
            .collect::<Result<Vec<_>, _>>()?;
        if events.is_empty() {
            return Ok(());
        }
        Ok(self.send_batch(&events)?)
    }

    /// What is on disk is sent as far as the collector takes it; what it does not take stays there. Fails if events were lost since the
    /// last time.
    fn flush(&mut self) -> Result<(), SinkError> {
        self.send_spooled();
        let unavailable = self.counters.unavailable.load(Ordering::Relaxed);
        let before = std::mem::replace(&mut self.unavailable, unavailable);
        match unavailable.saturating_sub(before) {
            0 => Ok(()),
            events => Err(SendError::Lost { events }.into()),
        }
    }
}

impl fmt::Debug for HttpSink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the key.
        out.debug_struct("HttpSink")
            .field("url", &self.post.url)
            .field("namespace", &self.namespace)
            .field("stats", &self.handle().stats())
            .finish_non_exhaustive()
    }
}
