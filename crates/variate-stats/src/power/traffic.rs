use crate::ArgumentError;
use crate::argument::positive;

/// How many units come, and how many of them take part at first.
///
/// ```
/// use variate_stats::power::Traffic;
///
/// let traffic = Traffic::new(1_000.0)?.with_stage(2, 0.1)?.with_stage(2, 0.5)?;
/// assert_eq!(traffic.days(1_200)?, 4); // 100 + 100 + 500 + 500
/// assert_eq!(traffic.days(1_201)?, 5);
/// assert_eq!(traffic.weeks(1_201)?, 1);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    a_day: f64,
    stages: Vec<(u32, f64)>,
}

/// A hundred thousand years.
const MOST_DAYS: f64 = 36_525_000.0;

impl Traffic {
    /// So many new units a day, of all arms.
    ///
    /// # Errors
    /// When `units_a_day` is not a finite number above 0.
    pub fn new(units_a_day: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            a_day: positive("units a day", units_a_day)?,
            stages: Vec::new(),
        })
    }

    /// With only a share of them for some days, before (or after the stages already named) all take part.
    ///
    /// # Errors
    /// When `share` is not from 0 to 1.
    pub fn with_stage(mut self, days: u32, share: f64) -> Result<Self, ArgumentError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(ArgumentError::Range {
                name: "share of a stage",
                value: share,
                expected: "a number from 0 to 1",
            });
        }
        self.stages.push((days, share));
        Ok(self)
    }

    /// The days, the last one counted whole, until so many units are there.
    ///
    /// # Errors
    /// When that is in more than 100,000 years.
    pub fn days(&self, units: u64) -> Result<u64, ArgumentError> {
        #[expect(clippy::cast_precision_loss, reason = "days are rounded up anyway")]
        let mut missing = units as f64;
        let mut days = 0.0;
        for &(length, share) in &self.stages {
            let (length, rate) = (f64::from(length), share * self.a_day);
            let needed = whole(missing / rate);
            if needed <= length {
                return Ok(days_of(days + needed));
            }
            missing -= length * rate;
            days += length;
        }
        let days = days + whole(missing / self.a_day);
        if days <= MOST_DAYS {
            Ok(days_of(days))
        } else {
            Err(ArgumentError::Range {
                name: "days",
                value: days,
                expected: "more units a day, or an experiment that needs fewer",
            })
        }
    }

    /// The whole weeks until so many units are there, so that each day of the week counts as often.
    ///
    /// # Errors
    /// When that is in more than 100,000 years.
    pub fn weeks(&self, units: u64) -> Result<u64, ArgumentError> {
        Ok(self.days(units)?.div_ceil(7))
    }
}

/// Rounded up, but for a rounding; NaN, of no units at no rate, is no days.
fn whole(days: f64) -> f64 {
    (days * (1.0 - 1e-12)).ceil().max(0.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole, not negative, and at most what stages of u32 days add up to"
)]
fn days_of(days: f64) -> u64 {
    days as u64
}
