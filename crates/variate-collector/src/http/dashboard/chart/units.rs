//! New units by day.

use std::fmt::Write as _;

use maud::{Markup, html};
use variate_stats::evaluation::VariantSummary;
use variate_stats::words::Printable;

use super::{Chart, Units, figure, seconds};
use crate::Day;
use crate::live::DayOfUnits;
use crate::live::plot::{DayAxis, WIDTH};
use crate::live::words::count;

/// How many colours the style sheet has.
const COLOURS: usize = 6;

/// How many units came on each day.
pub(in crate::http::dashboard) fn exposures(
    days: &[DayOfUnits],
    variants: &[VariantSummary],
    today: Day,
) -> Markup {
    if days.is_empty() {
        return html! { p { "No unit was exposed yet." } };
    }
    let label = "New units by day";
    let ends_today = days.last().is_some_and(|of| of.day == today);
    let of_variant = |(at, variant): (usize, &VariantSummary)| {
        let units = days.iter().map(|of| of.units.get(at).copied().unwrap_or(0));
        (variant.name.clone(), units.collect::<Vec<i64>>())
    };
    let all: Vec<(String, Vec<i64>)> = variants.iter().enumerate().map(of_variant).collect();
    let chart = Chart::Units {
        label,
        days: days.iter().map(|of| seconds(of.day)).collect(),
        ends_today,
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
            (figure(&chart, label, &lines(days, &all, ends_today)))
            ul.legend {
                @for (at, (name, _)) in all.iter().enumerate() {
                    li { span.line.{ "v" (at % COLOURS) } aria-hidden="true" {} (Printable(name)) }
                }
            }
            @if ends_today { p.small { "Hollow, apart: today, which is not over." } }
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
                                th scope="row" { (of.day) @if of.day == today { " (not over)" } }
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

fn lines(days: &[DayOfUnits], variants: &[(String, Vec<i64>)], ends_today: bool) -> String {
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
    let along = DayAxis::new(first.day, last.day, LEFT, WIDTH - 10.0);
    let mut text = format!(
        "New units of each variant from {} to {}:",
        first.day, last.day
    );
    for (name, units) in variants {
        let sum: i64 = units.iter().sum();
        let _ = write!(
            text,
            " {} {},",
            Printable(name),
            count(u64::try_from(sum).unwrap_or(0))
        );
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
        let class = at % COLOURS;
        let places = days.iter().zip(units);
        let mut places: Vec<(f64, f64)> = places
            .map(|(of, units)| (along.at(of.day), y(*units)))
            .collect();
        // Part of a day would look like a fall.
        let today = if ends_today { places.pop() } else { None };
        if let [(x, y)] = places[..] {
            let _ = write!(
                svg,
                "<line class=\"day v{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
            );
        }
        let points = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}"));
        let points: Vec<String> = points.collect();
        let _ = write!(
            svg,
            "<polyline class=\"units v{class}\" points=\"{}\"/>",
            points.join(" ")
        );
        if let Some((x, y)) = today {
            let _ = write!(
                svg,
                "<circle class=\"today v{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"
            );
        }
    }
    along.write(&mut svg, HEIGHT - 8.0);
    svg.push_str("</svg>");
    svg
}
