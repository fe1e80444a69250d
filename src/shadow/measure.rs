//! How long behaviours take, and how they end.

use std::time::Duration;

use super::failure::{Payload, Step, attempt, catch, let_go, message, opaque};
use super::{Observation, Outcome, Stopwatch};
use crate::{Experiment, Variant};

/// A reading of the stopwatch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) wall: Duration,
    pub(super) cpu: Option<Duration>,
}

impl Reading {
    pub(super) fn now(experiment: &Experiment<'_>, stopwatch: &dyn Stopwatch) -> Self {
        attempt(experiment, Step::Stopwatch, || Self {
            wall: stopwatch.wall(),
            cpu: stopwatch.cpu(),
        })
        .unwrap_or(Self {
            wall: Duration::ZERO,
            cpu: None,
        })
    }

    /// The time from `earlier` until this.
    pub(super) fn since(self, earlier: Self) -> Self {
        let cpu = self.cpu.zip(earlier.cpu);
        Self {
            wall: self.wall.saturating_sub(earlier.wall),
            cpu: cpu.map(|(now, then)| now.saturating_sub(then)),
        }
    }
}

/// Runs a behaviour and keeps how it went.
pub(super) fn observe<T>(
    experiment: &Experiment<'_>,
    stopwatch: &dyn Stopwatch,
    variant: Variant,
    run: impl FnOnce() -> Option<T>,
) -> (Observation<T>, Option<Payload>) {
    let begin = Reading::now(experiment, stopwatch);
    let caught = catch(run);
    let spent = Reading::now(experiment, stopwatch).since(begin);
    let observed = |outcome| Observation {
        wall: spent.wall,
        cpu: spent.cpu,
        ..Observation::new(variant, outcome)
    };
    match caught {
        Ok(Some(value)) => (observed(Outcome::Returned(value)), None),
        Ok(None) => (observed(Outcome::Skipped), None),
        Err(payload) => {
            let observation = Observation {
                opaque: opaque(&payload),
                ..observed(Outcome::Panicked(message(&payload)))
            };
            (observation, Some(payload))
        }
    }
}

/// The same for a candidate, whose panic ends here.
pub(super) fn observe_candidate<T>(
    experiment: &Experiment<'_>,
    stopwatch: &dyn Stopwatch,
    variant: Variant,
    run: impl FnOnce() -> Option<T>,
) -> Observation<T> {
    let (observation, payload) = observe(experiment, stopwatch, variant, run);
    if let Some(payload) = payload {
        let_go(payload);
    }
    observation
}
