//! An effect over days.

use std::fmt::Write as _;

use super::{DayAxis, Scale, WIDTH};
use crate::live::words::{Escaped, change, changes};
use crate::live::{EffectSeries, SeenEffect};

/// The effect up to each day, and its confidence sequence as a band.
pub(crate) fn over_days(series: &EffectSeries) -> Option<String> {
    const HEIGHT: f64 = 200.0;
    const LEFT: f64 = 64.0;
    const TOP: f64 = 14.0;
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
    let along = DayAxis::new(*first, *last, LEFT, WIDTH - 10.0);
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        Escaped(&format!(
            "Effect of {} up to each day from {first} to {last}, with its confidence sequence: at the end {}, {}.",
            series.variant,
            change(latest.effect, is_share),
            changes(latest.sequence, is_share)
        ))
    );
    for tick in across.ticks(8.0) {
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
        let points =
            points.map(|(day, value)| format!("{:.1},{:.1}", along.at(day), across.at(value)));
        points.collect::<Vec<_>>().join(" ")
    };
    let _ = write!(
        svg,
        "<polygon class=\"band\" points=\"{}\"/><polyline class=\"line\" points=\"{}\"/>",
        path(&mut upper.chain(lower)),
        path(&mut points.iter().map(|(day, of)| (*day, of.effect)))
    );
    along.write(&mut svg, HEIGHT - 8.0);
    svg.push_str("</svg>");
    Some(svg)
}
