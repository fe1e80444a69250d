//! What would fill a log is told now and then.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing is told after something was.
const PAUSE: Duration = Duration::from_secs(5);

/// One kind of message.
#[derive(Debug)]
pub(crate) struct Seldom(Mutex<State>);

#[derive(Debug)]
struct State {
    last: Option<Instant>,
    left_out: u64,
}

impl Seldom {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(State {
            last: None,
            left_out: 0,
        }))
    }

    /// How many were not told since the last one that was, if this one is to be told.
    pub(crate) fn left_out(&self) -> Option<u64> {
        self.left_out_at(Instant::now())
    }

    fn left_out_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state
            .last
            .is_some_and(|last| now.saturating_duration_since(last) < PAUSE)
        {
            state.left_out += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_and_then_one_every_few_seconds_with_how_many_were_not() {
        let seldom = Seldom::new();
        let start = Instant::now();
        let at = |millis| seldom.left_out_at(start + Duration::from_millis(millis));
        assert_eq!(at(0), Some(0));
        assert_eq!((at(1), at(4_999)), (None, None));
        assert_eq!(at(5_000), Some(2));
        assert_eq!(at(5_001), None);
        assert_eq!(at(20_000), Some(1));
    }
}
