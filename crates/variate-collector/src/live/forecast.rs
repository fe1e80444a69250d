//! What a comparison can show with the units that there are, and how long it takes to have enough.

use variate::Plan;
use variate_stats::Side;
use variate_stats::bayesian::Better;
use variate_stats::evaluation::{Comparison, Sample};
use variate_stats::power::{Design, Outcome, Traffic};

use super::Forecast;
use crate::Day;

/// How many days an average is of.
const DAYS: u32 = 14;

/// New units a day of some variants together: the average of the last whole days on which there were exposures.
pub(super) struct Pace {
    /// The first and the last of them.
    days: Option<(Day, Day)>,
}

impl Pace {
    /// `first` and `last` are the days of exposures.
    pub(super) fn new(first: Option<Day>, last: Option<Day>, today: Day) -> Self {
        let days = first.zip(last).and_then(|(first, last)| {
            // Today is not over, and a first day that was no whole one is better than none.
            let yesterday = Day::from_days(today.days().checked_sub(1)?);
            let last = last.min(yesterday);
            let earliest = Day::from_days(last.days().saturating_sub(DAYS - 1));
            (first <= last).then_some((first.max(earliest), last))
        });
        Self { days }
    }

    /// From new units by day.
    pub(super) fn of(&self, units: impl Iterator<Item = (Day, i64)>) -> Option<f64> {
        let (first, last) = self.days?;
        let of_these = units.filter(|(day, _)| (first..=last).contains(day));
        let units: i64 = of_these.map(|(_, units)| units).sum();
        let days = f64::from(last.days() - first.days() + 1);
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let pace = units.max(0) as f64 / days;
        Some(pace)
    }
}

/// How many days it takes until `needed` units are there; 0 where they are.
pub(super) fn days_left(needed: u64, units: u64, a_day: Option<f64>) -> Option<u64> {
    let missing = needed.saturating_sub(units);
    if missing == 0 {
        return Some(0);
    }
    Traffic::new(a_day?).ok()?.days(missing).ok()
}

/// Of a comparison, with the samples of both.
pub(super) fn forecast(
    plan: &Plan,
    better: Better,
    comparison: &Comparison,
    samples: (Option<&Sample>, Option<&Sample>),
    units: (u64, u64),
    comparisons: usize,
    a_day: Option<f64>,
) -> Forecast {
    let both = units.0.saturating_add(units.1);
    let detectable_effect = match samples {
        (Some(control), Some(_)) => detectable(plan, better, control, units, comparisons),
        _ => None,
    };
    let left = |needed: Option<u64>| days_left(needed?, both, a_day);
    Forecast {
        variant: comparison.variant.clone(),
        units: both,
        units_a_day: a_day,
        power: comparison.power,
        detectable_effect,
        units_needed: comparison.units_needed,
        days_left: left(comparison.units_needed),
        units_needed_at_any_time: comparison.units_needed_at_any_time,
        days_left_at_any_time: left(comparison.units_needed_at_any_time),
    }
}

impl Forecast {
    /// The same where it does not go on: no day changes anything.
    pub(super) fn without_days(self) -> Self {
        Self {
            days_left: None,
            days_left_at_any_time: None,
            ..self
        }
    }
}

/// The size of the least relative effect that is seen, in the direction that is wanted.
fn detectable(
    plan: &Plan,
    better: Better,
    control: &Sample,
    (ours, theirs): (u64, u64),
    comparisons: usize,
) -> Option<f64> {
    // As the evaluation plans.
    let outcome = match control {
        // Who fall from what they do rise from what they do not.
        Sample::Rate(rate) if better == Better::Less => Outcome::rate(1.0 - rate.rate()),
        Sample::Rate(rate) => Outcome::rate(rate.rate()),
        Sample::Mean(moments) => Outcome::ratio(moments.mean(), moments.variance()),
        Sample::Ratio(moments) => Outcome::of_ratio_moments(moments),
        _ => return None,
    };
    let outcome = outcome.ok()?;
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let (ours, theirs) = (ours as f64, theirs as f64);
    let comparisons = u32::try_from(comparisons.max(1)).unwrap_or(u32::MAX);
    let design = Design::new(plan.alpha, Side::Both)
        .and_then(|design| design.with_power(plan.power))
        .and_then(|design| design.with_treatments(comparisons))
        .and_then(|design| design.with_allocation(theirs / ours));
    let least = design.ok()?.minimum_effect(&outcome, ours).ok()?;
    let relative = (least / control.value()).abs();
    relative.is_finite().then_some(relative)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_whole_days() {
        let day = Day::from_days;
        let units = |days: std::ops::Range<u32>| days.map(move |of| (day(of), i64::from(of)));
        let pace = |first, last, today| Pace::new(Some(day(first)), Some(day(last)), day(today));
        // Today does not count.
        assert_eq!(pace(10, 12, 12).of(units(10..13)), Some(10.5));
        assert_eq!(pace(10, 12, 13).of(units(10..13)), Some(11.0));
        assert_eq!(pace(10, 10, 10).of(units(10..11)), None);
        // Of many days, the last fourteen.
        assert_eq!(pace(0, 99, 99).of(units(0..100)), Some(91.5));
        assert_eq!(Pace::new(None, None, day(3)).of(units(0..3)), None);
    }

    #[test]
    fn a_fall_is_seen_sooner_than_a_rise() {
        let rate = variate_stats::proportion::Proportion::new(100, 500).unwrap();
        let least = |better| {
            let control = Sample::Rate(rate);
            detectable(&Plan::default(), better, &control, (500, 500), 1).unwrap()
        };
        // Where statsmodels' power_proportions_2indep(±0.2·x, 0.2, 500) is 0.8.
        let (rise, fall) = (least(Better::Greater), least(Better::Less));
        assert!((rise - 0.376_658).abs() < 1e-4, "{rise}");
        assert!((fall - 0.330_041).abs() < 1e-4, "{fall}");
    }

    #[test]
    fn what_is_there_takes_no_days() {
        assert_eq!(days_left(10, 10, None), Some(0));
        assert_eq!(days_left(11, 10, None), None);
        assert_eq!(days_left(11, 10, Some(0.0)), None);
        assert_eq!(days_left(110, 10, Some(30.0)), Some(4));
    }
}
