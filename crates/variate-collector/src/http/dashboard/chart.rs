//! Charts over days: drawn here, for who reads without scripts; with them, uPlot draws the same numbers to point at.

mod units;

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

pub(super) use units::exposures;

use crate::Day;
use crate::live::words::{change, changes};
use crate::live::{EffectSeries, SeenEffect, plot};

/// What the script gets. Days are Unix times in seconds.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Chart<'c> {
    Effect {
        label: &'c str,
        is_share: bool,
        days: Vec<u64>,
        effect: Vec<f64>,
        /// None where there is no end.
        lower: Vec<Option<f64>>,
        upper: Vec<Option<f64>>,
        /// What is worth seeing.
        range: (f64, f64),
    },
    Units {
        label: &'c str,
        days: Vec<u64>,
        /// The last day is not over.
        ends_today: bool,
        variants: Vec<Units<'c>>,
    },
}

#[derive(Serialize)]
struct Units<'c> {
    name: &'c str,
    units: Vec<i64>,
}

fn seconds(day: Day) -> u64 {
    day.start_millis() / 1_000
}

fn figure(chart: &Chart<'_>, label: &str, svg: &str) -> Markup {
    let data = serde_json::to_string(chart).unwrap_or_default();
    html! {
        figure.chart data-chart=(data) {
            // Wider than a phone.
            div.scroll.drawing tabindex="0" role="region" aria-label={ (label) ", as a drawing" } { (PreEscaped(svg)) }
        }
    }
}

/// The effect of a variant up to each day, with its confidence sequence.
pub(super) fn effect(metric: &str, series: &EffectSeries) -> Markup {
    let Some(svg) = plot::over_days(series) else {
        return html! {};
    };
    let is_share = series
        .days
        .iter()
        .all(|of| of.difference.is_none() || of.relative.is_some());
    let points: Vec<(Day, SeenEffect)> = series
        .days
        .iter()
        .filter_map(|of| {
            Some((
                of.day,
                (if is_share { of.relative } else { of.difference })?,
            ))
        })
        .collect();
    let Some((_, last)) = points.last() else {
        return html! {};
    };
    let finite = |value: f64| value.is_finite().then_some(value);
    // As the drawing has it: the first days know nothing.
    let reach = 4.0 * (last.interval.upper - last.interval.lower);
    let clipped = |value: f64| value.clamp(last.effect - reach, last.effect + reach);
    let ends = points
        .iter()
        .flat_map(|(_, of)| [of.effect, of.sequence.lower, of.sequence.upper].map(clipped));
    let range = ends.fold((0.0_f64, 0.0_f64), |(from, to), end| {
        (from.min(end), to.max(end))
    });
    let label = format!("Effect of {} on {metric}", series.variant);
    let chart = Chart::Effect {
        label: &label,
        is_share,
        days: points.iter().map(|(day, _)| seconds(*day)).collect(),
        effect: points.iter().map(|(_, of)| of.effect).collect(),
        lower: points
            .iter()
            .map(|(_, of)| finite(of.sequence.lower))
            .collect(),
        upper: points
            .iter()
            .map(|(_, of)| finite(of.sequence.upper))
            .collect(),
        range,
    };
    html! {
        h3 { (series.variant) " up to each day, with its confidence sequence" }
        (figure(&chart, &label, &svg))
        details {
            summary { "The same as a table" }
            div.scroll tabindex="0" role="region" aria-label={ (label) " by day" } {
                table {
                    thead { tr { th scope="col" { "Up to" } th scope="col" { "Effect" } th scope="col" { "Confidence sequence" } } }
                    tbody {
                        @for (day, of) in points.iter().rev() {
                            tr {
                                th scope="row" { (day) }
                                td { (change(of.effect, is_share)) }
                                td { (changes(of.sequence, is_share)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
