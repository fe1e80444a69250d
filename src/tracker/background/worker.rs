use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use super::{Counters, Message, Sink};
use crate::contain::contain;

/// The thread of a tracker.
pub(super) struct Worker<R, S> {
    pub(super) sink: S,
    pub(super) messages: Receiver<Message<R>>,
    pub(super) counters: Arc<Counters>,
    pub(super) batch: Vec<R>,
    /// Whether a batch failed since the last flush.
    pub(super) lost: bool,
    /// How many dropped records the sink has heard of.
    pub(super) told: u64,
    pub(super) full: usize,
    pub(super) linger: Duration,
}

impl<R, S: Sink<R>> Worker<R, S> {
    pub(super) fn run(mut self) {
        while let Ok(first) = self.messages.recv() {
            let mut flushed = Vec::new();
            self.take(first, &mut flushed);
            let first_at = Instant::now();
            while flushed.is_empty() && self.batch.len() < self.full {
                let left = self.linger.saturating_sub(first_at.elapsed());
                match self.messages.recv_timeout(left) {
                    Ok(message) => self.take(message, &mut flushed),
                    Err(_) => break,
                }
            }
            self.write();
            self.tell();
            if !flushed.is_empty() {
                let is_done = contain(|| self.sink.flush().is_ok()).unwrap_or(false);
                let all_written = !std::mem::take(&mut self.lost) && is_done;
                for done in flushed {
                    let _ = done.try_send(all_written);
                }
            }
        }
        self.tell();
    }

    /// Tells the sink what never came to it.
    fn tell(&mut self) {
        let dropped = self.counters.dropped.load(Ordering::Relaxed);
        let more = dropped.saturating_sub(self.told);
        // What could not be told is tried again.
        if more > 0 && contain(|| self.sink.dropped(more).is_ok()) == Some(true) {
            self.told = dropped;
        }
    }

    fn take(&mut self, message: Message<R>, flushed: &mut Vec<SyncSender<bool>>) {
        match message {
            Message::Record(record) => self.batch.push(*record),
            Message::Flush(done) => flushed.push(done),
        }
    }

    fn write(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let written = contain(|| {
            let written = self.sink.write(&self.batch);
            written.map_err(|error| error.to_string())
        });
        let (counter, failure) = match written {
            Some(Ok(())) => (&self.counters.written, None),
            Some(Err(error)) => (&self.counters.failed, Some(error)),
            None => (&self.counters.failed, Some("it panicked".to_owned())),
        };
        counter.fetch_add(self.batch.len() as u64, Ordering::Relaxed);
        if let Some(failure) = failure {
            self.lost = true;
            let events = self.batch.len();
            contain(|| {
                tracing::warn!(target: "variate", events, failure, "a tracker's sink lost a batch");
            });
        }
        self.batch.clear();
    }
}
