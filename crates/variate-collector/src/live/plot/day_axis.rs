//! Days along a plot.

use std::fmt::Write as _;

use crate::Day;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Where days are.
pub(crate) struct DayAxis {
    first: Day,
    last: Day,
    left: f64,
    right: f64,
}

impl DayAxis {
    pub(crate) const fn new(first: Day, last: Day, left: f64, right: f64) -> Self {
        Self {
            first,
            last,
            left,
            right,
        }
    }

    /// A day's place.
    pub(crate) fn at(&self, day: Day) -> f64 {
        let days = f64::from(self.days()).max(1.0);
        let after = f64::from(day.days().saturating_sub(self.first.days()));
        self.left + after / days * (self.right - self.left)
    }

    const fn days(&self) -> u32 {
        self.last.days().saturating_sub(self.first.days())
    }

    /// Whole days from the last one back, each at most once, so few that their names have room.
    fn ticks(&self) -> Vec<Day> {
        // A name with its year, and some room.
        const NAME: f64 = 90.0;
        let most = ((self.right - self.left) / NAME).max(1.0);
        let steps = [1, 2, 7, 14, 28, 56, 112, 224, 448];
        let step = steps
            .into_iter()
            .find(|step| f64::from(self.days()) / f64::from(*step) <= most)
            .unwrap_or_else(|| self.days().max(1));
        let mut ticks = Vec::new();
        let mut day = self.last.days();
        while day >= self.first.days() {
            ticks.push(Day::from_days(day));
            let Some(before) = day.checked_sub(step) else {
                break;
            };
            day = before;
        }
        ticks.reverse();
        ticks
    }

    /// 21 Nov; 21 Nov 2026 where the days are of several years.
    fn name(&self, day: Day) -> String {
        let year = |day: Day| day.date().map(jiff::civil::Date::year);
        let Some(date) = day.date() else {
            return day.to_string();
        };
        let month = usize::try_from(date.month() - 1).unwrap_or(0);
        let month = MONTHS.get(month).copied().unwrap_or_default();
        if year(self.first) == year(self.last) {
            format!("{} {month}", date.day())
        } else {
            format!("{} {month} {}", date.day(), date.year())
        }
    }

    /// The names of some days, at this height.
    pub(crate) fn write(&self, svg: &mut String, y: f64) {
        for day in self.ticks() {
            let anchor = if day == self.last && day != self.first {
                " end"
            } else {
                ""
            };
            let _ = write!(
                svg,
                "<text class=\"tick{anchor}\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
                self.at(day),
                self.name(day)
            );
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    fn names(first: &str, last: &str) -> Vec<String> {
        let axis = DayAxis::new(first.parse().unwrap(), last.parse().unwrap(), 64.0, 710.0);
        axis.ticks().into_iter().map(|day| axis.name(day)).collect()
    }

    #[test]
    fn each_day_is_named_once_and_the_last_one_always() {
        assert_eq!(
            names("2026-11-19", "2026-11-22"),
            ["19 Nov", "20 Nov", "21 Nov", "22 Nov"]
        );
        assert_eq!(
            names("2026-10-30", "2026-11-22"),
            ["1 Nov", "8 Nov", "15 Nov", "22 Nov"]
        );
        assert_eq!(
            names("2026-12-31", "2027-01-01"),
            ["31 Dec 2026", "1 Jan 2027"]
        );
        assert_eq!(names("2026-11-22", "2026-11-22"), ["22 Nov"]);
        for last in ["2026-12-25", "2027-11-22", "2036-11-22", "9999-12-31"] {
            let names = names("2026-11-20", last);
            assert!((2..=8).contains(&names.len()), "{names:?}");
        }
    }
}
