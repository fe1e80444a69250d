use variate::MetricRole;
use variate_stats::evaluation::Evaluation;

use super::Evaluating;
use crate::Day;
use crate::live::end::End;
use crate::live::forecast::{Pace, days_left};
use crate::live::{DayOfUnits, LiveMetric, Progress};

impl Evaluating<'_> {
    /// From the first exposure to today, or to where it is read or ended.
    pub(super) fn days(&self, read_on: Option<Day>, exposures: &[DayOfUnits]) -> u32 {
        let Some((first, last)) = exposures.first().zip(exposures.last()) else {
            return 0;
        };
        let until = match read_on {
            Some(day) => day,
            None if self.tallies.info.archived => last.day,
            None => self.today,
        };
        (until.days() + 1).saturating_sub(first.day.days())
    }

    pub(super) fn progress(
        &self,
        end: End,
        read_on: Option<Day>,
        evaluation: &Evaluation,
        metrics: &[LiveMetric],
        exposures: &[DayOfUnits],
        pace: &Pace,
    ) -> Progress {
        let units_a_day = pace.of(exposures.iter().map(|of| (of.day, of.units.iter().sum())));
        let is_over = self.tallies.info.archived || self.tallies.info.winner.is_some();
        let days_left = if read_on.is_some() {
            Some(0)
        } else if is_over {
            None
        } else if end == End::default() {
            let left = Self::days_left_at_any_time(metrics);
            left.filter(|_| !self.is_off())
        } else {
            let by_units = end.units.filter(|_| !self.is_off());
            let by_units =
                by_units.and_then(|planned| days_left(planned, evaluation.units, units_a_day));
            let by_day = end.day.map(|last| {
                let days = (last.days() + 1).saturating_sub(self.today.days());
                u64::from(days)
            });
            by_units.into_iter().chain(by_day).min()
        };
        Progress {
            days: self.days(read_on, exposures),
            units: evaluation.units,
            units_a_day,
            planned_units: end.units,
            planned_last_day: end.day,
            days_left,
        }
    }

    /// Until the test that may be read at any time has what it takes for all primary metrics.
    fn days_left_at_any_time(metrics: &[LiveMetric]) -> Option<u64> {
        let primary = metrics
            .iter()
            .filter(|of| of.metric.role == MetricRole::Primary);
        let forecasts = primary.flat_map(|of| &of.forecasts);
        let needed = forecasts.filter(|of| of.units_needed_at_any_time.is_some());
        let left: Option<Vec<u64>> = needed.map(|of| of.days_left_at_any_time).collect();
        left.and_then(|left| left.into_iter().max())
    }
}
