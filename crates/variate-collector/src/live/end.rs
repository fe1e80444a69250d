//! When an experiment is to be read.

use variate::Plan;

use super::About;
use crate::Day;

/// The planned end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At so many units.
    Units(u64),
    /// When this day is over.
    Day(Day),
    /// At any time.
    Never,
}

impl End {
    /// `first` is the first day with an exposure.
    pub(super) fn of(plan: &Plan, about: &About, first: Option<Day>) -> Self {
        if let Some(units) = plan.units {
            return Self::Units(units);
        }
        if let Some(days) = plan.days {
            // A start that is declared is the day from which everybody counts the days.
            let starts = about.starts.map(Day::of_millis).or(first);
            return starts.map_or(Self::Never, |day| {
                Self::Day(Day::from_days(
                    day.days().saturating_add(days.saturating_sub(1)),
                ))
            });
        }
        about.ends.map_or(Self::Never, |ends| {
            // The day that has its last moment: midnight belongs to the one before.
            Self::Day(Day::of_millis(ends.saturating_sub(1)))
        })
    }

    /// The day at whose end it is read, where that is there: `units` are those until the end of each day, all variants together.
    pub(super) fn reached(
        self,
        units: impl IntoIterator<Item = (Day, u64)>,
        today: Day,
    ) -> Option<Day> {
        match self {
            Self::Units(planned) => units
                .into_iter()
                .find(|(_, units)| *units >= planned)
                .map(|(day, _)| day),
            Self::Day(last) => (last < today).then_some(last),
            Self::Never => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_counted_from_the_start() {
        let mut plan = Plan::default();
        let mut about = About::default();
        let first = Some(day("2026-11-03"));
        assert_eq!(End::of(&plan, &about, first), End::Never);
        plan.days = Some(7);
        assert_eq!(End::of(&plan, &about, None), End::Never);
        assert_eq!(End::of(&plan, &about, first), End::Day(day("2026-11-09")));
        about.starts = Some(day("2026-11-01").start_millis() + 3_600_000);
        assert_eq!(End::of(&plan, &about, first), End::Day(day("2026-11-07")));
        plan.days = None;
        about.ends = Some(day("2026-12-01").start_millis());
        assert_eq!(End::of(&plan, &about, first), End::Day(day("2026-11-30")));
        about.ends = Some(day("2026-12-01").start_millis() + 1);
        assert_eq!(End::of(&plan, &about, first), End::Day(day("2026-12-01")));
        plan.units = Some(10);
        assert_eq!(End::of(&plan, &about, first), End::Units(10));
    }

    #[test]
    fn it_is_read_once_a_day_is_over_or_the_units_are_there() {
        let last = End::Day(day("2026-11-09"));
        assert_eq!(last.reached([], day("2026-11-09")), None);
        let read = last.reached([], day("2026-11-20"));
        assert_eq!(read, Some(day("2026-11-09")));
        let units = [
            (day("2026-11-01"), 5),
            (day("2026-11-02"), 10),
            (day("2026-11-03"), 9),
        ];
        let today = day("2026-11-03");
        let read = End::Units(10).reached(units, today);
        assert_eq!(read, Some(day("2026-11-02")));
        assert_eq!(End::Units(11).reached(units, today), None);
        assert_eq!(End::Never.reached(units, today), None);
    }
}
