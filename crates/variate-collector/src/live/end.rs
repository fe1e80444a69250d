//! When an experiment is to be read.

use variate::Plan;

use super::About;
use crate::Day;

/// The planned end: whichever of both comes first, and without them any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct End {
    /// At so many units.
    pub(super) units: Option<u64>,
    /// When this day is over.
    pub(super) day: Option<Day>,
}

impl End {
    /// `first` is the first day with an exposure.
    pub(super) fn of(plan: &Plan, about: &About, first: Option<Day>) -> Self {
        // A start that is declared is the day from which everybody counts the days.
        let starts = about.starts.map(Day::of_millis).or(first);
        let planned = plan.days.zip(starts);
        let planned = planned
            .map(|(days, day)| Day::from_days(day.days().saturating_add(days.saturating_sub(1))));
        // The day that has its last moment: midnight belongs to the one before. Nobody is assigned any more from then on.
        let declared = about
            .ends
            .map(|ends| Day::of_millis(ends.saturating_sub(1)));
        Self {
            units: plan.units,
            day: planned.into_iter().chain(declared).min(),
        }
    }

    /// The day at whose end it is read, where that is there: `units` are those until the end of each day, all variants together.
    pub(super) fn reached(
        self,
        units: impl IntoIterator<Item = (Day, u64)>,
        today: Day,
    ) -> Option<Day> {
        let enough = self.units.and_then(|planned| {
            let mut days = units.into_iter();
            days.find(|(_, units)| *units >= planned)
                .map(|(day, _)| day)
        });
        let over = self.day.filter(|last| *last < today);
        enough.into_iter().chain(over).min()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn on(text: &str) -> End {
        End {
            units: None,
            day: Some(day(text)),
        }
    }

    #[test]
    fn days_are_counted_from_the_start() {
        let mut plan = Plan::default();
        let mut about = About::default();
        let first = Some(day("2026-11-03"));
        assert_eq!(End::of(&plan, &about, first), End::default());
        plan.days = Some(7);
        assert_eq!(End::of(&plan, &about, None), End::default());
        assert_eq!(End::of(&plan, &about, first), on("2026-11-09"));
        about.starts = Some(day("2026-11-01").start_millis() + 3_600_000);
        assert_eq!(End::of(&plan, &about, first), on("2026-11-07"));
        plan.days = None;
        about.ends = Some(day("2026-12-01").start_millis());
        assert_eq!(End::of(&plan, &about, first), on("2026-11-30"));
        about.ends = Some(day("2026-12-01").start_millis() + 1);
        assert_eq!(End::of(&plan, &about, first), on("2026-12-01"));
        plan.units = Some(10);
        let either = End {
            units: Some(10),
            ..on("2026-12-01")
        };
        assert_eq!(End::of(&plan, &about, first), either);
        // Of two days the one that comes first.
        plan.units = None;
        plan.days = Some(7);
        assert_eq!(End::of(&plan, &about, first), on("2026-11-07"));
        about.ends = Some(day("2026-11-04").start_millis());
        assert_eq!(End::of(&plan, &about, first), on("2026-11-03"));
    }

    #[test]
    fn it_is_read_once_a_day_is_over_or_the_units_are_there() {
        let last = on("2026-11-09");
        assert_eq!(last.reached([], day("2026-11-09")), None);
        let read = last.reached([], day("2026-11-20"));
        assert_eq!(read, Some(day("2026-11-09")));
        let units = [
            (day("2026-11-01"), 5),
            (day("2026-11-02"), 10),
            (day("2026-11-03"), 9),
        ];
        let today = day("2026-11-03");
        let at = |planned| End {
            units: Some(planned),
            day: None,
        };
        let read = at(10).reached(units, today);
        assert_eq!(read, Some(day("2026-11-02")));
        assert_eq!(at(11).reached(units, today), None);
        assert_eq!(End::default().reached(units, today), None);
        // Or both: what comes first.
        let either = |planned, last| End {
            units: Some(planned),
            ..on(last)
        };
        let read = |end: End| end.reached(units, day("2026-11-20"));
        assert_eq!(read(either(10, "2026-11-09")), Some(day("2026-11-02")));
        assert_eq!(read(either(11, "2026-11-09")), Some(day("2026-11-09")));
        assert_eq!(read(either(10, "2026-11-01")), Some(day("2026-11-01")));
        assert_eq!(read(either(11, "2026-11-20")), None);
    }
}
