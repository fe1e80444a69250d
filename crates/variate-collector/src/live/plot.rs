//! Plots as SVG that stands in a page: colours come from the page's style sheet.

use std::fmt::Write as _;

use variate_stats::Interval;
use variate_stats::evaluation::{Comparison, Effect, MetricEvaluation, Verdict};

use super::words::{Escaped, change, changes};
use super::{EffectSeries, SeenEffect};

const WIDTH: f64 = 720.0;
const LABELS: f64 = 140.0;
const ROW: f64 = 44.0;
const TOP: f64 = 14.0;
const AXIS: f64 = 30.0;

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

    /// Round numbers.
    fn ticks(&self) -> Vec<f64> {
        let rough = (self.to - self.from) / 8.0;
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

/// Each variant's effect beside none: a thick line for the interval of one look, a thin one for that which holds at any time.
pub(crate) fn intervals(metric: &MetricEvaluation) -> Option<String> {
    let is_share = is_relative(metric);
    let effects: Vec<(&Comparison, Effect)> = metric
        .comparisons
        .iter()
        .filter_map(|of| Some((of, shown(of, is_share)?)))
        .collect();
    // What is never certain would take all of the room.
    let reach = effects.iter().map(|(_, of)| {
        let fixed = of.fixed.interval;
        3.0 * (fixed.upper - fixed.lower).min(f64::MAX / 8.0)
    });
    let reach = reach.fold(0.0, f64::max);
    let least = metric.minimum_effect.filter(|_| is_share);
    let ends = effects.iter().flat_map(|(_, of)| {
        let (fixed, always) = (of.fixed.interval, of.always_valid.interval);
        [
            fixed.lower,
            fixed.upper,
            always.lower.max(of.fixed.effect - reach),
            always.upper.min(of.fixed.effect + reach),
        ]
    });
    let marks = least.into_iter().flat_map(|least| [-least, least]);
    let scale = Scale::of(ends.chain(marks.clone()), LABELS, WIDTH - 10.0)?;
    #[expect(clippy::cast_precision_loss, reason = "a few rows")]
    let bottom = TOP + ROW * effects.len() as f64;
    let height = bottom + AXIS;
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">",
        Escaped(&in_words(metric, &effects, is_share))
    );
    axis(&mut svg, &scale, bottom, is_share);
    for mark in marks {
        let x = scale.at(mark);
        let _ = write!(
            svg,
            "<line class=\"least\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"
        );
    }
    let mut middle = TOP + 0.5 * ROW;
    for (comparison, effect) in effects {
        let class = class(comparison.verdict);
        let line = |svg: &mut String, kind: &str, interval: Interval| {
            let (from, to) = (scale.at(interval.lower), scale.at(interval.upper));
            let _ = write!(
                svg,
                "<line class=\"{kind} {class}\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>"
            );
        };
        let _ = write!(
            svg,
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LABELS - 12.0,
            middle + 4.0,
            Escaped(&shortened(&comparison.variant))
        );
        line(&mut svg, "always", effect.always_valid.interval);
        line(&mut svg, "fixed", effect.fixed.interval);
        let _ = write!(
            svg,
            "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{middle}\" r=\"5\"/>",
            scale.at(effect.fixed.effect)
        );
        middle += ROW;
    }
    svg.push_str("</svg>");
    Some(svg)
}

/// The same for who cannot see it.
fn in_words(
    metric: &MetricEvaluation,
    effects: &[(&Comparison, Effect)],
    is_share: bool,
) -> String {
    let mut text = format!("Effects on {}.", metric.name);
    for (comparison, effect) in effects {
        let _ = write!(
            text,
            " {}: {}, {}, at any time {}.",
            comparison.variant,
            change(effect.fixed.effect, is_share),
            changes(effect.fixed.interval, is_share),
            changes(effect.always_valid.interval, is_share)
        );
    }
    text
}

fn axis(svg: &mut String, scale: &Scale, bottom: f64, is_share: bool) {
    for tick in scale.ticks() {
        let x = scale.at(tick);
        // A step is not exact.
        let is_none = tick.abs() < 1e-9 * (scale.to - scale.from);
        let class = if is_none { "none" } else { "grid" };
        let number = if is_none { 0.0 } else { tick };
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{bottom}\"/><text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            TOP - 6.0,
            bottom + 18.0,
            change(number, is_share)
        );
    }
}

/// The effect up to each day, and its confidence sequence as a band.
pub(crate) fn over_days(series: &EffectSeries) -> Option<String> {
    const HEIGHT: f64 = 200.0;
    const LEFT: f64 = 64.0;
    const BOTTOM: f64 = HEIGHT - 28.0;
    let is_share = series
        .days
        .iter()
        .all(|of| of.difference.is_none() || of.relative.is_some());
    let points = series.days.iter().filter_map(|of| {
        let seen = if is_share { of.relative } else { of.difference };
        Some((of.day, seen?))
    });
    let points: Vec<(crate::Day, SeenEffect)> = points.collect();
    let ((first, _), (last, latest)) = (points.first()?, points.last()?);
    if first == last {
        return None;
    }
    // The first days know nothing: the last one says how much room there is.
    let width = latest.sequence.width();
    let reach = if width.is_finite() {
        width
    } else {
        3.0 * latest.interval.width()
    };
    let ends = points.iter().flat_map(|(_, of)| {
        let clipped = |value: f64| value.clamp(latest.effect - reach, latest.effect + reach);
        [
            clipped(of.effect),
            clipped(of.sequence.lower),
            clipped(of.sequence.upper),
        ]
    });
    // Upwards is less.
    let across = Scale::of(ends, BOTTOM, TOP)?;
    let days = f64::from(last.days() - first.days());
    let x = |day: crate::Day| {
        LEFT + f64::from(day.days() - first.days()) / days * (WIDTH - 10.0 - LEFT)
    };
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        Escaped(&format!(
            "Effect of {} up to each day from {first} to {last}, with its confidence sequence: at the end {}, {}.",
            series.variant,
            change(latest.effect, is_share),
            changes(latest.sequence, is_share)
        ))
    );
    for tick in across.ticks() {
        let y = across.at(tick);
        let is_none = tick.abs() < 1e-9 * (across.to - across.from);
        let class = if is_none { "none" } else { "grid" };
        let number = if is_none { 0.0 } else { tick };
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            WIDTH - 10.0,
            LEFT - 8.0,
            y + 4.0,
            change(number, is_share)
        );
    }
    let upper = points.iter().map(|(day, of)| (*day, of.sequence.upper));
    let lower = points
        .iter()
        .rev()
        .map(|(day, of)| (*day, of.sequence.lower));
    let path = |points: &mut dyn Iterator<Item = (crate::Day, f64)>| {
        let points = points.map(|(day, value)| format!("{:.1},{:.1}", x(day), across.at(value)));
        points.collect::<Vec<_>>().join(" ")
    };
    let _ = write!(
        svg,
        "<polygon class=\"band\" points=\"{}\"/><polyline class=\"line\" points=\"{}\"/>",
        path(&mut upper.chain(lower)),
        path(&mut points.iter().map(|(day, of)| (*day, of.effect)))
    );
    for (day, anchor) in [(first, "start"), (last, "end")] {
        let _ = write!(
            svg,
            "<text class=\"tick {anchor}\" x=\"{:.1}\" y=\"{:.1}\">{day}</text>",
            x(*day),
            HEIGHT - 8.0
        );
    }
    svg.push_str("</svg>");
    Some(svg)
}

pub(crate) const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better | Verdict::NotWorse => "good",
        Verdict::Worse => "bad",
        _ => "open",
    }
}

fn shortened(name: &str) -> String {
    const LONGEST: usize = 18;
    if name.chars().nth(LONGEST).is_none() {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_within_the_scale() {
        let scale = Scale::of([-0.031, 0.12].into_iter(), 0.0, 100.0).unwrap();
        let ticks = scale.ticks();
        assert_eq!(ticks.len(), 3, "{ticks:?}");
        for (tick, expected) in ticks.iter().zip([0.0, 0.05, 0.1]) {
            assert!((tick - expected).abs() < 1e-12, "{ticks:?}");
        }
        assert!(Scale::of([f64::NAN, f64::INFINITY].into_iter(), 0.0, 1.0).is_none());
        assert!(Scale::of([0.0].into_iter(), 0.0, 1.0).is_none());
        assert!((scale.at(f64::INFINITY) - 100.0).abs() < 1e-9);
    }
}
