//! Charts over days: drawn here, for who reads without scripts; with them, uPlot draws the same numbers to point at.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};
use serde::Serialize;
use variate_stats::evaluation::VariantSummary;
use variate_stats::words::Printable;

use crate::Day;
use crate::live::words::{change, changes, count};
use crate::live::{DayOfUnits, EffectSeries, SeenEffect, plot};

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

fn figure(chart: &Chart<'_>, svg: &str) -> Markup {
    let data = serde_json::to_string(chart).unwrap_or_default();
    html! {
        figure.chart data-chart=(data) { (PreEscaped(svg)) }
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
        (figure(&chart, &svg))
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

/// How many units came on each day.
pub(super) fn exposures(days: &[DayOfUnits], variants: &[VariantSummary]) -> Markup {
    if days.is_empty() {
        return html! { p { "No unit was exposed yet." } };
    }
    let label = "New units by day";
    let of_variant = |(at, variant): (usize, &VariantSummary)| {
        let units = days.iter().map(|of| of.units.get(at).copied().unwrap_or(0));
        (variant.name.clone(), units.collect::<Vec<i64>>())
    };
    let all: Vec<(String, Vec<i64>)> = variants.iter().enumerate().map(of_variant).collect();
    let chart = Chart::Units {
        label,
        days: days.iter().map(|of| seconds(of.day)).collect(),
        variants: all
            .iter()
            .map(|(name, units)| Units {
                name,
                units: units.clone(),
            })
            .collect(),
    };
    html! {
        @if days.len() > 1 {
            (figure(&chart, &lines(days, &all)))
            ul.legend {
                @for (at, (name, _)) in all.iter().enumerate() {
                    li { span.line.{ "v" (at % COLOURS) } aria-hidden="true" {} (Printable(name)) }
                }
            }
        }
        details open[days.len() == 1] {
            summary { "The same as a table" }
            div.scroll tabindex="0" role="region" aria-label={ (label) ", as a table" } {
                table {
                    thead {
                        tr {
                            th scope="col" { "Day" }
                            @for of in variants { th scope="col" { (Printable(&of.name)) } }
                            th scope="col" { "Crossovers" }
                        }
                    }
                    tbody {
                        @for of in days.iter().rev() {
                            tr {
                                th scope="row" { (of.day) }
                                @for units in &of.units { td { (units) } }
                                td { (of.crossovers) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How many colours the style sheet has.
const COLOURS: usize = 6;

fn lines(days: &[DayOfUnits], variants: &[(String, Vec<i64>)]) -> String {
    const WIDTH: f64 = 720.0;
    const HEIGHT: f64 = 180.0;
    const LEFT: f64 = 64.0;
    const TOP: f64 = 14.0;
    const BOTTOM: f64 = HEIGHT - 28.0;
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return String::new();
    };
    let most = variants.iter().flat_map(|(_, units)| units).max();
    let most = u64::try_from(most.copied().unwrap_or(0))
        .unwrap_or(0)
        .max(1);
    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    let y = |units: i64| BOTTOM - (BOTTOM - TOP) * (units.max(0) as f64) / (most as f64);
    let span = f64::from(last.day.days() - first.day.days()).max(1.0);
    let x =
        |day: Day| LEFT + f64::from(day.days() - first.day.days()) / span * (WIDTH - 10.0 - LEFT);
    let mut text = format!(
        "New units of each variant from {} to {}:",
        first.day, last.day
    );
    for (name, units) in variants {
        let sum: i64 = units.iter().sum();
        let _ = write!(text, " {name} {},", count(u64::try_from(sum).unwrap_or(0)));
    }
    let text = text.trim_end_matches(',');
    let label = html! { (text) }.into_string();
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">"
    );
    for units in [0, most / 2, most] {
        let at = y(units.cast_signed());
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            WIDTH - 10.0,
            LEFT - 8.0,
            at + 4.0,
            count(units)
        );
    }
    for (at, (_, units)) in variants.iter().enumerate() {
        let points: Vec<String> = days
            .iter()
            .zip(units)
            .map(|(of, units)| format!("{:.1},{:.1}", x(of.day), y(*units)))
            .collect();
        let _ = write!(
            svg,
            "<polyline class=\"units v{}\" points=\"{}\"/>",
            at % COLOURS,
            points.join(" ")
        );
    }
    for (day, anchor) in [(first.day, "start"), (last.day, "end")] {
        let _ = write!(
            svg,
            "<text class=\"tick {anchor}\" x=\"{:.1}\" y=\"{:.1}\">{day}</text>",
            x(day),
            HEIGHT - 8.0
        );
    }
    svg.push_str("</svg>");
    svg
}
