//! How far an experiment is and how much more it takes, in words.

use variate_stats::evaluation::{Comparison, Decision, Verdict};

use super::words::{count, digits, percent};
use super::{Forecast, LiveEvaluation, State};

/// Units of both variants that it takes, and how many more days.
pub(super) struct Needed {
    pub(super) units: u64,
    pub(super) days: Option<u64>,
    /// Whether that is for the test that holds at any time, and then the units of the other one.
    pub(super) is_at_any_time: bool,
    pub(super) once: Option<u64>,
}

impl LiveEvaluation {
    /// Units and days, and what is still to come.
    pub(super) fn so_far(&self) -> Vec<String> {
        let progress = &self.progress;
        let days = match progress.days {
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        let mut parts = vec![format!("{} units in {days}", count(progress.units))];
        if let Some(day) = self.read_on {
            parts.push(format!("read at the end of {day}"));
        }
        if self.read_on.is_some() || self.state.is_over() {
            return parts;
        }
        if let Some(a_day) = progress.units_a_day.filter(|_| !self.is_off()) {
            parts.push(format!("{} new ones a day", digits(a_day)));
        }
        let by_units = progress.planned_units;
        let by_units = by_units.map(|units| format!("at {} units", count(units)));
        let by_day = progress.planned_last_day;
        let by_day = by_day.map(|day| format!("at the end of {day}"));
        let ends: Vec<String> = by_units.into_iter().chain(by_day).collect();
        if !ends.is_empty() {
            parts.push(format!("to be read {}", ends.join(", or ")));
        }
        // Without an end it can be decided as soon as something is certain.
        let is_open =
            self.has_end() || self.evaluation.conclusion.decision == Decision::KeepRunning;
        if let Some(days @ 1..) = progress.days_left.filter(|_| is_open) {
            let what = if self.has_end() {
                "to go"
            } else {
                "to see the least effect that matters"
            };
            parts.push(match days {
                1 => format!("one more day {what}"),
                days => format!("{} more days {what}", count(days)),
            });
        }
        parts
    }

    /// No more units come.
    fn is_off(&self) -> bool {
        self.state == State::Off
    }

    /// Whether it is planned when it is read.
    pub(super) const fn has_end(&self) -> bool {
        self.progress.planned_units.is_some() || self.progress.planned_last_day.is_some()
    }

    /// What a comparison still takes, for the test that is going to decide; nothing where no more days change the answer.
    pub(super) fn needed(&self, forecast: &Forecast, of: &Comparison) -> Option<Needed> {
        let is_certain = matches!(of.verdict, Verdict::Better | Verdict::Worse);
        let is_over = self.read_on.is_some() || self.state.is_over() || self.is_off();
        if is_over || (is_certain && !self.has_end()) {
            return None;
        }
        if self.has_end() {
            return Some(Needed {
                units: forecast.units_needed?,
                days: forecast.days_left,
                is_at_any_time: false,
                once: None,
            });
        }
        Some(Needed {
            units: forecast.units_needed_at_any_time?,
            days: forecast.days_left_at_any_time,
            is_at_any_time: true,
            once: forecast.units_needed,
        })
    }

    /// Behind the units that a comparison takes.
    pub(super) fn days_of(&self, needed: &Needed) -> String {
        match needed.days {
            Some(0) => format!("enough for a power of {}", percent(self.plan.power)),
            Some(1) => "one more day".to_owned(),
            Some(days) => format!("{} more days", count(days)),
            None => String::new(),
        }
    }
}
