use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MILLIS: u64 = 24 * 60 * 60 * 1000;

/// A day in UTC: days since 1970-01-01. Its text is `2026-11-21`.
///
/// ```
/// use variate_collector::Day;
///
/// let day = Day::of_millis(1_795_219_200_000);
/// assert_eq!(day.to_string(), "2026-11-21");
/// assert_eq!("2026-11-21".parse::<Day>()?, day);
/// # Ok::<(), variate_collector::DayError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

/// Why a text is not a day.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a day from 1970-01-01 to 9999-12-31 as in `2026-11-21`")]
pub struct DayError {
    text: String,
}

impl Day {
    /// The last day that has a text: 9999-12-31.
    pub const MAX: Self = Self(2_932_896);

    /// The day that a moment falls on, in milliseconds since the Unix epoch; [`Day::MAX`] for what is later.
    pub fn of_millis(millis: u64) -> Self {
        Self::from_days((millis / MILLIS).try_into().unwrap_or(u32::MAX))
    }

    /// From days since 1970-01-01; [`Day::MAX`] for what is later.
    pub fn from_days(days: u32) -> Self {
        Self(days.min(Self::MAX.0))
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> u32 {
        self.0
    }

    /// The first moment of the day, in milliseconds since the Unix epoch.
    pub fn start_millis(self) -> u64 {
        u64::from(self.0) * MILLIS
    }

    /// None after the last year that has dates.
    pub(crate) fn date(self) -> Option<Date> {
        let span = jiff::Span::new().days(i64::from(self.0));
        Date::constant(1970, 1, 1).checked_add(span).ok()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => date.fmt(out),
            None => write!(out, "day {}", self.0),
        }
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let error = || DayError {
            text: text.to_owned(),
        };
        let date: Date = text.parse().map_err(|_| error())?;
        let days = Date::constant(1970, 1, 1)
            .until(date)
            .map_err(|_| error())?
            .get_days();
        days.try_into().map(Self).map_err(|_| error())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
