use std::time::{Duration, Instant};

use crate::store::StoreError;

/// The first attempt is made at once, since the disk may have failed for a moment only; later ones wait longer.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why nothing can be written, and when to try again.
#[derive(Debug)]
pub(super) struct Failure {
    /// What came first: it names the disk's trouble, and what follows only follows.
    cause: String,
    /// Why the last attempt was in vain, where that is something else.
    last: Option<String>,
    pause: Duration,
    due: Instant,
}

impl Failure {
    pub(super) fn new(cause: String) -> Self {
        Self {
            cause,
            last: None,
            pause: FIRST_PAUSE,
            due: Instant::now(),
        }
    }

    pub(super) fn is_due(&self) -> bool {
        Instant::now() >= self.due
    }

    pub(super) fn again(&mut self, error: &StoreError) {
        let error = match error {
            StoreError::Unavailable { source, .. } => source.to_string(),
            StoreError::Damaged { what, .. } => what.clone(),
            error => error.to_string(),
        };
        self.last = (!error.starts_with(&self.cause)).then_some(error);
        self.due = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// In words.
    pub(super) fn told(&self) -> String {
        let last = match &self.last {
            Some(last) => format!("; opening its files again: {last}"),
            None => String::new(),
        };
        let told = format!("writing failed: {}{last}", self.cause);
        told + "; see to the disk: the store goes on by itself when it can be written, and nothing that it answered for is lost"
    }
}
