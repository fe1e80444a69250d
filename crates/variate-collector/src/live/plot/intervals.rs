//! Intervals of effects beside each other.

use std::fmt::Write as _;

use variate_stats::Interval;
use variate_stats::evaluation::{Comparison, Effect, MetricEvaluation};

use super::{Scale, WIDTH, class, is_relative, shown};
use crate::live::words::{Escaped, change, changes};

const TOP: f64 = 14.0;
const AXIS: f64 = 30.0;

/// How a plot is laid out: the page's style shows the one that fits.
struct Layout {
    class: &'static str,
    width: f64,
    /// Room for names at the left; none where they stand above.
    names: f64,
    row: f64,
    ticks: f64,
}

const WIDE: Layout = Layout {
    class: "plot wide",
    width: WIDTH,
    names: 140.0,
    row: 44.0,
    ticks: 8.0,
};

/// For a phone, where a wide one would have letters that nobody can read.
const NARROW: Layout = Layout {
    class: "plot narrow",
    width: 340.0,
    names: 0.0,
    row: 58.0,
    ticks: 4.0,
};

impl Layout {
    /// Where the name of a row that begins there is, and whether it ends or starts there; and where its lines are.
    fn places(&self, top: f64) -> (f64, f64, &'static str, f64) {
        if self.names > 0.0 {
            let middle = top + 0.5 * self.row;
            (self.names - 12.0, middle + 4.0, "label", middle)
        } else {
            (10.0, top + 16.0, "name", top + 36.0)
        }
    }
}

/// Each variant's effect beside none: a thick line for the interval of one look, a thin one for that which holds at any time.
/// Twice, for wide screens and narrow ones.
pub(crate) fn intervals(metric: &MetricEvaluation) -> Option<String> {
    let mut svg = drawn(metric, &WIDE)?;
    svg.push_str(&drawn(metric, &NARROW)?);
    Some(svg)
}

fn drawn(metric: &MetricEvaluation, layout: &Layout) -> Option<String> {
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
    let scale = Scale::of(
        ends.chain(marks.clone()),
        layout.names.max(10.0),
        layout.width - 10.0,
    )?;
    #[expect(clippy::cast_precision_loss, reason = "a few rows")]
    let bottom = TOP + layout.row * effects.len() as f64;
    let height = bottom + AXIS;
    let mut svg = format!(
        "<svg class=\"{}\" viewBox=\"0 0 {} {height}\" role=\"img\" aria-label=\"{}\">",
        layout.class,
        layout.width,
        Escaped(&in_words(metric, &effects, is_share))
    );
    axis(&mut svg, &scale, layout, bottom, is_share);
    for mark in marks {
        let x = scale.at(mark);
        let _ = write!(
            svg,
            "<line class=\"least\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"
        );
    }
    let mut top = TOP;
    for (comparison, effect) in effects {
        let class = class(comparison.verdict);
        let (x, y, anchor, middle) = layout.places(top);
        let line = |svg: &mut String, kind: &str, interval: Interval| {
            let (from, to) = (scale.at(interval.lower), scale.at(interval.upper));
            let _ = write!(
                svg,
                "<line class=\"{kind} {class}\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>"
            );
        };
        let _ = write!(
            svg,
            "<text class=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            Escaped(&shortened(&comparison.variant))
        );
        line(&mut svg, "always", effect.always_valid.interval);
        line(&mut svg, "fixed", effect.fixed.interval);
        let _ = write!(
            svg,
            "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{middle}\" r=\"5\"/>",
            scale.at(effect.fixed.effect)
        );
        top += layout.row;
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

fn axis(svg: &mut String, scale: &Scale, layout: &Layout, bottom: f64, is_share: bool) {
    for tick in scale.ticks(layout.ticks) {
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

fn shortened(name: &str) -> String {
    const LONGEST: usize = 18;
    if name.chars().nth(LONGEST).is_none() {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}
