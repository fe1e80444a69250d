//! Shares of runs up to each day, as SVG.

use std::fmt::Write as _;

use variate_stats::words::{Escaped, rounded_percent as percent};

use crate::answer::{Daily, ExperimentReport, Report, Runs};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 56.0;
/// Beside it is room for what levels are called, in wide letters too.
const RIGHT: f64 = WIDTH - 116.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = HEIGHT - 34.0;

/// Class, words and share.
type Line = (&'static str, &'static str, fn(&Daily) -> f64);

/// What the lines are, in the order in which they are drawn.
const LINES: [Line; 3] = [
    ("found", "effect found", |of| of.found),
    (
        "daily",
        "false alarms of the fixed test, read daily",
        |of| of.fixed_daily,
    ),
    ("wrong", "false alarms of the plan", |of| of.wrong),
];

/// For a picture that stands alone; in a page the same classes have the page's colours.
const ALONE: &str = "svg{color-scheme:light dark;--paper:#fff;--ink:#1c2024;--soft:#5b6470;--rule:#d9dee4;--good:#146c43;--bad:#b3261e;--open:#31589c}\
@media(prefers-color-scheme:dark){svg{--paper:#14171a;--ink:#e8eaed;--soft:#a4adb8;--rule:#343a41;--good:#5fd39a;--bad:#ff8a80;--open:#8ab4f8}}\
.paper{fill:var(--paper)}text{fill:var(--ink);font:12px system-ui,sans-serif}.head{font-size:15px;font-weight:600}.label{text-anchor:end}\
.tick{fill:var(--soft);text-anchor:middle}.grid{stroke:var(--rule)}";

/// Of the lines, in a page or alone.
pub(crate) const STYLE: &str = ".curve{fill:none;stroke-width:2}.curve.found{stroke:var(--good)}.curve.daily{stroke:var(--bad);stroke-dasharray:6 3}\
.curve.wrong{stroke:var(--open)}.planned{stroke:var(--soft);stroke-dasharray:2 3}.effects{min-width:46rem}.effects td,.effects th{white-space:normal}";

impl Report {
    /// A picture: of each experiment the share of runs, up to each day, in which the effect was found, and in which there was a false alarm.
    pub fn to_svg(&self) -> String {
        const HEAD: f64 = 30.0;
        let panels = self.experiments.iter();
        let panels = panels.filter_map(|of| Some((of, of.runs.as_ref()?)));
        let panels: Vec<(&ExperimentReport, &Runs)> = panels.collect();
        #[expect(clippy::cast_precision_loss, reason = "a few panels")]
        let height = 8.0 + (HEAD + HEIGHT) * panels.len().max(1) as f64;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\
             <title>Shares of simulated runs up to each day</title><style>{ALONE}{STYLE}</style>\
             <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>"
        );
        let mut top = 0.0;
        for (experiment, runs) in &panels {
            let _ = write!(
                svg,
                "<text class=\"head\" x=\"12\" y=\"{:.1}\">{}</text><g transform=\"translate(0 {:.1})\">",
                top + 22.0,
                Escaped(&experiment.name),
                top + HEAD
            );
            curves(&mut svg, runs);
            svg.push_str("</g>");
            top += HEAD + HEIGHT;
        }
        if panels.is_empty() {
            svg.push_str(
                "<text x=\"12\" y=\"22\">No experiment has metrics that could be simulated.</text>",
            );
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// One experiment, for a page.
pub(crate) fn panel(name: &str, runs: &Runs) -> String {
    let last = runs.by_day.last();
    let words = LINES.iter().map(|(_, words, share)| {
        let share = last.map_or(0.0, share);
        format!(" {words}: {} at the end.", percent(share))
    });
    let words = format!(
        "Shares of the runs of {name} up to each of {} days.{}",
        runs.by_day.len(),
        words.collect::<String>()
    );
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        Escaped(&words)
    );
    curves(&mut svg, runs);
    svg.push_str("</svg>");
    svg
}

fn y(share: f64) -> f64 {
    BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP)
}

fn curves(svg: &mut String, runs: &Runs) {
    let last = f64::from(runs.by_day.last().map_or(1, |of| of.day)).max(1.0);
    let x = |day: f64| LEFT + day / last * (RIGHT - LEFT);
    for quarter in 0..=4_u8 {
        let share = f64::from(quarter) / 4.0;
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{:.1}\" y2=\"{:.1}\"/><text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{} %</text>",
            y(share),
            y(share),
            LEFT - 8.0,
            y(share) + 4.0,
            100.0 * share
        );
    }
    for day in ticks(last) {
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{day}</text>",
            x(day),
            BOTTOM + 18.0
        );
    }
    let _ = write!(
        svg,
        "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">day</text>",
        RIGHT + 28.0,
        BOTTOM + 18.0
    );
    for (share, words) in [(runs.alpha, "level"), (runs.power, "planned power")] {
        let _ = write!(
            svg,
            "<line class=\"planned\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{0:.1}\" y2=\"{0:.1}\"/><text x=\"{1:.1}\" y=\"{2:.1}\">{words}</text>",
            y(share),
            RIGHT + 8.0,
            y(share) + 4.0
        );
    }
    let mut left = LEFT;
    for (class, words, share) in LINES {
        let points = runs.by_day.iter();
        let points = points.map(|of| format!(" {:.1},{:.1}", x(f64::from(of.day)), y(share(of))));
        let points: String = points.collect();
        let _ = write!(
            svg,
            "<polyline class=\"curve {class}\" points=\"{:.1},{:.1}{points}\"/>\
             <line class=\"curve {class}\" x1=\"{left:.1}\" x2=\"{:.1}\" y1=\"14\" y2=\"14\"/><text x=\"{:.1}\" y=\"18\">{words}</text>",
            x(0.0),
            y(0.0),
            left + 22.0,
            left + 28.0
        );
        #[expect(clippy::cast_precision_loss, reason = "a few letters")]
        let wide = words.len() as f64;
        left += 44.0 + 6.1 * wide;
    }
}

/// Round numbers of days, the last one among them where it is round.
fn ticks(last: f64) -> Vec<f64> {
    let steps = [1.0, 2.0, 7.0, 14.0, 28.0, 56.0, 112.0, 224.0];
    let step = steps.into_iter().find(|step| last / step <= 10.0);
    let step = step.unwrap_or(448.0);
    let mut ticks = Vec::new();
    let mut day = 0.0;
    while day <= last {
        ticks.push(day);
        day += step;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_by_weeks_where_there_are_many() {
        assert_eq!(ticks(4.0), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(ticks(28.0), [0.0, 7.0, 14.0, 21.0, 28.0]);
        assert!(ticks(1_000.0).len() <= 11);
    }
}
