//! What is asserted of events; the macros call these.

use super::report::{self, Report};
use super::{Events, Pattern, RecordedEvent};

impl Events {
    /// That an event like `expected` was tracked; answers with all of them.
    /// [`assert_tracked!`](crate::assert_tracked!) reads better.
    ///
    /// # Panics
    ///
    /// When there is none, or another number than was asked for. The message lists what was tracked instead.
    #[track_caller]
    pub fn assert_tracked(&self, expected: &Pattern) -> Vec<RecordedEvent> {
        let events = self.all();
        let found: Vec<_> = events
            .iter()
            .filter(|event| expected.matches(event))
            .cloned()
            .collect();
        let problem = match (expected.expected_times(), found.len()) {
            (None, 0) => format!("{expected} was not tracked"),
            (Some(times), count) if times != count => {
                let count = report::times(count);
                format!(
                    "{expected} was tracked {count}, and not {}",
                    report::times(times)
                )
            }
            _ => return found,
        };
        self.report(problem).nearest(expected, &events).fail()
    }

    /// That no event like `unexpected` was tracked. [`assert_not_tracked!`](crate::assert_not_tracked!)
    /// reads better.
    ///
    /// # Panics
    ///
    /// When there is one. The message lists what was tracked.
    #[track_caller]
    pub fn assert_not_tracked(&self, unexpected: &Pattern) {
        assert!(
            unexpected.expected_times().is_none(),
            "{unexpected} is not to be tracked, and so many times: use `assert_tracked!` with `times`"
        );
        let events = self.all();
        let count = events
            .iter()
            .filter(|event| unexpected.matches(event))
            .count();
        if count > 0 {
            let problem = format!("{unexpected} was tracked {}", report::times(count));
            self.report(problem).nearest(unexpected, &events).fail()
        }
    }

    /// That nothing at all was tracked.
    ///
    /// # Panics
    ///
    /// When something was. The message lists it.
    #[track_caller]
    pub fn assert_nothing_tracked(&self) {
        let events = self.all();
        if !events.is_empty() {
            let problem = format!("something was tracked {}", report::times(events.len()));
            self.report(problem).in_order(&events, &[]).fail()
        }
    }

    /// That events like these were tracked in this order, with others before, between and behind them.
    /// [`assert_tracked_in_order!`](crate::assert_tracked_in_order!) reads better.
    ///
    /// # Panics
    ///
    /// When one does not follow. The message lists what was tracked.
    #[track_caller]
    pub fn assert_tracked_in_order(&self, expected: &[Pattern]) {
        let events = self.all();
        let mut places = Vec::new();
        let mut rest = events.iter().enumerate();
        for (number, pattern) in expected.iter().enumerate() {
            assert!(
                pattern.expected_times().is_none(),
                "{pattern} has a place in an order, and no number of times: name it as often as it comes"
            );
            if let Some((place, _)) = rest.find(|(_, event)| pattern.matches(event)) {
                places.push(place);
                continue;
            }
            let problem = match number
                .checked_sub(1)
                .and_then(|before| expected.get(before))
            {
                Some(before) => format!("{pattern} was not tracked after {before}"),
                None => format!("{pattern} was not tracked"),
            };
            self.report(problem).in_order(&events, &places).fail()
        }
    }

    pub(super) fn report(&self, problem: String) -> Report {
        Report::new(problem, self.untracked())
    }
}
