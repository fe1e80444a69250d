use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use variate::Clock;

use super::stats::Counters;
use super::{Job, Message};
use crate::event::millis;
use crate::seldom::Seldom;
use crate::{Day, EventStore, NewEvent, Outcome, Refusal, StoreError};

/// How far an event may be ahead of the collector's clock, in milliseconds: a day. Clients' clocks are wrong.
const MOST_AHEAD: u64 = 24 * 60 * 60 * 1000;

/// The thread that gives batches to the store.
pub(super) struct Writer {
    pub(super) jobs: Receiver<Message>,
    pub(super) store: Arc<dyn EventStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) retention_days: Option<u32>,
    pub(super) batch: usize,
    pub(super) counters: Arc<Counters>,
    pub(super) failures: Seldom,
    /// Of experiments, not of the store.
    pub(super) damages: Seldom,
}

impl Writer {
    pub(super) fn run(self) {
        let mut is_closing = false;
        loop {
            let first = if is_closing {
                self.jobs.try_recv().ok()
            } else {
                self.jobs.recv().ok()
            };
            let mut jobs = Vec::new();
            let mut events = 0;
            match first {
                Some(Message::Job(job)) => {
                    events += job.events.len();
                    jobs.push(job);
                }
                Some(Message::Close) => is_closing = true,
                None => return,
            }
            while events < self.batch {
                match self.jobs.try_recv() {
                    Ok(Message::Job(job)) => {
                        events += job.events.len();
                        jobs.push(job);
                    }
                    Ok(Message::Close) => is_closing = true,
                    Err(_) => break,
                }
            }
            self.write(jobs, events);
        }
    }

    fn write(&self, jobs: Vec<Job>, count: usize) {
        if jobs.is_empty() {
            return;
        }
        self.counters.add_taken(jobs.len());
        let now = millis(self.clock.now());
        let since = kept_since(now, self.retention_days);
        let mut events = Vec::with_capacity(count);
        // Of each job: who waits, and for each event why it was refused, if it was.
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let mut refusals = Vec::with_capacity(job.events.len());
            for mut event in job.events {
                if event.at == 0 {
                    event.at = now;
                }
                match check_time(&event, now, since) {
                    Ok(()) => {
                        refusals.push(None);
                        events.push(event);
                    }
                    Err(refusal) => refusals.push(Some(refusal)),
                }
            }
            answers.push((job.answer, refusals));
        }
        match self.ingest(&events) {
            Ok(outcomes) => {
                self.tell_unavailable(&outcomes);
                let mut outcomes = outcomes.into_iter();
                for (answer, refusals) in answers {
                    let of_job: Vec<Outcome> = refusals
                        .into_iter()
                        .filter_map(|refusal| match refusal {
                            Some(refusal) => Some(Outcome::Refused(refusal)),
                            None => outcomes.next(),
                        })
                        .collect();
                    self.counters.add(&of_job);
                    answer.send(Ok(of_job));
                }
            }
            Err(error) => {
                self.counters.add_failed(events.len());
                if let Some(failures_not_told) = self.failures.left_out() {
                    tracing::error!(%error, events = events.len(), failures_not_told, "events were not counted; their senders were told");
                }
                let error = Arc::new(error);
                for (answer, _) in answers {
                    answer.send(Err(Arc::clone(&error)));
                }
            }
        }
    }

    fn tell_unavailable(&self, outcomes: &[Outcome]) {
        let mut all = outcomes.iter().filter_map(|of| match of {
            Outcome::Unavailable { what } => Some(what),
            _ => None,
        });
        let Some(what) = all.next() else { return };
        if let Some(failures_not_told) = self.damages.left_out() {
            let events = all.count() + 1;
            tracing::error!(
                what,
                events,
                failures_not_told,
                "an experiment is damaged: its events are not counted, and their senders were told"
            );
        }
    }

    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        let failed = |what: &str| StoreError::Unavailable {
            place: "the host's implementation".to_owned(),
            source: what.into(),
        };
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = catch_unwind(AssertUnwindSafe(|| self.store.ingest(events)))
            .map_err(|_| failed("it panicked"))??;
        if outcomes.len() == events.len() {
            Ok(outcomes)
        } else {
            Err(failed("it answered for another number of events"))
        }
    }
}

/// The first day whose random ids are kept.
pub(super) fn kept_since(now: u64, retention_days: Option<u32>) -> Option<Day> {
    let today = Day::of_millis(now).days();
    retention_days.map(|days| Day::from_days(today.saturating_sub(days)))
}

/// 2000-01-01. What is earlier was given in seconds, or by nobody.
const EARLIEST: u64 = 946_684_800_000;

fn check_time(event: &NewEvent<'_>, now: u64, since: Option<Day>) -> Result<(), Refusal> {
    let ahead = event.at.saturating_sub(now);
    if ahead > MOST_AHEAD {
        return Err(Refusal::InTheFuture {
            at: event.at,
            ahead_seconds: ahead / 1000,
        });
    }
    if event.at < EARLIEST {
        return Err(Refusal::NotMillis { at: event.at });
    }
    match since {
        Some(kept_since) if Day::of_millis(event.at) < kept_since => Err(Refusal::TooOld {
            at: event.at,
            kept_since,
        }),
        _ => Ok(()),
    }
}
