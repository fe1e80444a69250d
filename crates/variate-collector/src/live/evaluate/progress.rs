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
        let days_left = match end {
            _ if read_on.is_some() => Some(0),
            _ if self.tallies.info.archived || self.tallies.info.winner.is_some() => None,
            End::Units(planned) => days_left(planned, evaluation.units, units_a_day),
            End::Day(last) => Some(u64::from(
                (last.days() + 1).saturating_sub(self.today.days()),
            )),
            End::Never => {
                let primary = metrics
                    .iter()
                    .filter(|of| of.metric.role == MetricRole::Primary);
                let forecasts = primary.flat_map(|of| &of.forecasts);
                let needed = forecasts.filter(|of| of.units_needed_at_any_time.is_some());
                let left: Option<Vec<u64>> = needed.map(|of| of.days_left_at_any_time).collect();
                left.and_then(|left| left.into_iter().max())
            }
        };
        Progress {
            days: self.days(read_on, exposures),
            units: evaluation.units,
            units_a_day,
            planned_units: match end {
                End::Units(units) => Some(units),
                _ => None,
            },
            planned_last_day: match end {
                End::Day(day) => Some(day),
                _ => None,
            },
            days_left,
        }
    }
}
