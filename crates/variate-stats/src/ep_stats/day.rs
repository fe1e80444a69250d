use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day of the Gregorian calendar, as the number of days since 1970-01-01.
///
/// ```
/// use variate_stats::ep_stats::Day;
///
/// let day: Day = "2024-02-29".parse()?;
/// assert_eq!(day.to_string(), "2024-02-29");
/// assert_eq!(day.after_epoch(), 19_782);
/// # Ok::<(), variate_stats::ep_stats::NoDay>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// The text is no day written as `2020-06-15`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no day; write it as 2020-06-15")]
pub struct NoDay(pub String);

impl Day {
    /// The day that many days after 1970-01-01.
    pub fn from_epoch(days: i32) -> Self {
        Self(days)
    }

    /// The number of days since 1970-01-01.
    pub fn after_epoch(self) -> i32 {
        self.0
    }

    /// How many days lie between an earlier day and this one.
    pub fn since(self, earlier: Self) -> i64 {
        i64::from(self.0) - i64::from(earlier.0)
    }

    fn from_civil(year: i32, month: i32, day: i32) -> Option<Self> {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let length = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
            return None;
        }
        // Years that begin in March, in eras of 400: the leap day is the last one then.
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Some(Self(
            era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468,
        ))
    }

    fn civil(self) -> (i64, i64, i64) {
        let days = i64::from(self.0) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (era * 400 + year + i64::from(month <= 2), month, day)
    }
}

impl std::str::FromStr for Day {
    type Err = NoDay;

    /// Month and day may have one digit, the year has four.
    fn from_str(text: &str) -> Result<Self, NoDay> {
        let number = |part: Option<&str>, lengths: std::ops::RangeInclusive<usize>| {
            part.filter(|part| {
                lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
            })
            .and_then(|part| part.parse::<i32>().ok())
        };
        let mut parts = text.splitn(3, '-');
        let year = number(parts.next(), 4..=4);
        let month = number(parts.next(), 1..=2);
        let day = number(parts.next(), 1..=2);
        year.zip(month)
            .zip(day)
            .and_then(|((year, month), day)| Self::from_civil(year, month, day))
            .ok_or_else(|| NoDay(text.to_owned()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_are_read_and_written() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("2000-02-29", 11_016),
            ("1969-12-31", -1),
            ("2020-01-14", 18_275),
        ] {
            let day: Option<Day> = text.parse().ok();
            assert_eq!(day.map(Day::after_epoch), Some(days));
            assert_eq!(day.map(|day| day.to_string()).as_deref(), Some(text));
        }
        assert_eq!(
            "2020-1-5"
                .parse::<Day>()
                .map(|day| day.to_string())
                .as_deref(),
            Ok("2020-01-05")
        );
        for text in [
            "2020-01-40",
            "2020-01-",
            "2023-02-29",
            "1900-02-29",
            "20-01-01",
            "2020-13-01",
            "",
            "2020-01-01x",
            "2020-+1-01",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
