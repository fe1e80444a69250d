//! Plots as SVG that stands in a page: colours come from the page's style sheet.

mod day_axis;
mod intervals;
mod over_days;

use variate_stats::evaluation::{Comparison, Effect, MetricEvaluation, Verdict};

pub(crate) use day_axis::DayAxis;
pub(crate) use intervals::intervals;
pub(crate) use over_days::over_days;

/// Of a plot for a page.
pub(crate) const WIDTH: f64 = 720.0;

/// Where values are.
struct Scale {
    from: f64,
    to: f64,
    left: f64,
    right: f64,
}

impl Scale {
    /// That shows all of these, and none; `None` where there is nothing to show.
    fn of(values: impl Iterator<Item = f64>, left: f64, right: f64) -> Option<Self> {
        let values = values.filter(|value| value.is_finite());
        let (from, to) = values.fold((0.0_f64, 0.0_f64), |(from, to), value| {
            (from.min(value), to.max(value))
        });
        let room = 0.06 * (to - from);
        (room > 0.0 && room.is_finite()).then_some(Self {
            from: from - room,
            to: to + room,
            left,
            right,
        })
    }

    /// A value's place; what is beyond lies at the edge.
    fn at(&self, value: f64) -> f64 {
        let share = (value.clamp(self.from, self.to) - self.from) / (self.to - self.from);
        self.left + share * (self.right - self.left)
    }

    /// About so many round numbers.
    fn ticks(&self, wanted: f64) -> Vec<f64> {
        let rough = (self.to - self.from) / wanted;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|of| of * power)
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        let mut ticks = Vec::new();
        let mut number = (self.from / step).ceil();
        while number * step <= self.to && ticks.len() < 20 {
            ticks.push(number * step);
            number += 1.0;
        }
        ticks
    }
}

/// Whether relative effects are shown: where every comparison that has an effect has one.
pub(crate) fn is_relative(metric: &MetricEvaluation) -> bool {
    let mut measured = metric
        .comparisons
        .iter()
        .filter(|of| of.difference.is_some());
    measured.all(|of| of.relative.is_some())
}

/// The effect that is shown.
pub(crate) fn shown(comparison: &Comparison, is_relative: bool) -> Option<Effect> {
    if is_relative {
        comparison.relative
    } else {
        comparison.difference
    }
}

pub(crate) const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better | Verdict::NotWorse => "good",
        Verdict::Worse => "bad",
        _ => "open",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_within_the_scale() {
        let scale = Scale::of([-0.031, 0.12].into_iter(), 0.0, 100.0).unwrap();
        let ticks = scale.ticks(8.0);
        assert_eq!(ticks.len(), 3, "{ticks:?}");
        for (tick, expected) in ticks.iter().zip([0.0, 0.05, 0.1]) {
            assert!((tick - expected).abs() < 1e-12, "{ticks:?}");
        }
        assert!(Scale::of([f64::NAN, f64::INFINITY].into_iter(), 0.0, 1.0).is_none());
        assert!(Scale::of([0.0].into_iter(), 0.0, 1.0).is_none());
        assert!((scale.at(f64::INFINITY) - 100.0).abs() < 1e-9);
    }
}
