//! A report as a picture: one file that needs nothing else.

use std::fmt::Write as _;

use crate::report::{ArmReport, Bounded, MethodReport, MetricReport, Report};
use crate::words;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 210.0;
const RIGHT: f64 = 40.0;
const ROW: f64 = 80.0;
const HEAD: f64 = 58.0;
const FOOT: f64 = 40.0;

/// Told apart also by those who do not see all colours (Okabe and Ito).
const COLOURS: [&str; 6] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
];

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#222}.title{font-weight:600;font-size:15px}\
.small{font-size:11px;fill:#666}.axis{stroke:#ccc}.mark{stroke-width:2}.ground{fill:#fff}\
@media(prefers-color-scheme:dark){text{fill:#ddd}.small{fill:#999}.axis{stroke:#444}.ground{fill:#181818}}";

impl Report {
    /// As an SVG image: how the first metric of each method is spread over the calls of each arm, with mean, median, p95, p99 and their intervals;
    /// beside it how many calls there were, how many failed, and how the mean differs from the control's.
    ///
    /// It needs no other file, and is light or dark as its reader's surroundings are.
    pub fn svg(&self) -> String {
        let shown: Vec<(&MethodReport, &str)> = self
            .methods
            .iter()
            .filter_map(|method| Some((method, first_metric(method)?)))
            .collect();
        let panel = |method: &MethodReport| HEAD + ROW * rows(method) + FOOT;
        let height: f64 = shown.iter().map(|(method, _)| panel(method)).sum();
        let mut out = String::new();
        // Writing to a text does not fail.
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\
             <title>How calls of each arm are spread</title><style>{STYLE}</style>\
             <rect class=\"ground\" width=\"100%\" height=\"100%\"/>"
        );
        let mut top = 0.0;
        for (method, metric) in shown {
            write_panel(&mut out, method, metric, self.alpha, top);
            top += panel(method);
        }
        out.push_str("</svg>\n");
        out
    }
}

fn first_metric(method: &MethodReport) -> Option<&str> {
    let mut metrics = method.arms.iter().flat_map(|arm| &arm.metrics);
    metrics
        .find(|metric| metric.count > 0)
        .map(|metric| metric.name.as_str())
}

#[expect(clippy::cast_precision_loss, reason = "a few")]
fn rows(method: &MethodReport) -> f64 {
    method.arms.len() as f64
}

/// Where values are on the picture.
struct Scale {
    min: f64,
    max: f64,
    is_logarithmic: bool,
}

impl Scale {
    /// Up to what is not far beyond p99: a single slow call would leave no room for the others.
    fn of(metrics: &[&MetricReport]) -> Self {
        let least = |of: &&MetricReport| of.min;
        let most = |of: &&MetricReport| {
            let beyond = of
                .p99
                .map(|p99| p99.interval.map_or(p99.value, |interval| interval.upper));
            Some(of.max?.min(beyond? * 1.5).max(of.p99?.value))
        };
        let min = metrics
            .iter()
            .filter_map(least)
            .fold(f64::INFINITY, f64::min);
        let max = metrics
            .iter()
            .filter_map(|of| most(of).or(of.max))
            .fold(f64::NEG_INFINITY, f64::max);
        // A difference is a number, too.
        let [min, max] = [min, max].map(|end| end.clamp(-1e300, 1e300));
        let (min, max) = if min < max {
            (min, max)
        } else {
            // One value: in the middle.
            (min - 0.5 * min.abs() - 0.5, min + 0.5 * min.abs() + 0.5)
        };
        Self {
            min,
            max,
            is_logarithmic: min > 0.0 && max / min > 4.0,
        }
    }

    fn x(&self, value: f64) -> f64 {
        let value = value.clamp(self.min, self.max);
        let share = if self.is_logarithmic {
            (value / self.min).ln() / (self.max / self.min).ln()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    /// Where the axis has numbers: round ones, unless there are too few or too many of them.
    fn ticks(&self) -> Vec<f64> {
        let round: Vec<f64> = if self.is_logarithmic {
            let first = self.min.log10().floor();
            let powers = (0..24).map(|power| 10.0_f64.powf(first + f64::from(power)));
            powers
                .flat_map(|power| [1.0, 2.0, 5.0].map(|times| times * power))
                .collect()
        } else {
            let size = 10.0_f64.powf(((self.max - self.min) / 5.0).log10().floor());
            let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * size);
            let step = steps
                .into_iter()
                .find(|step| (self.max - self.min) / step <= 7.0)
                .unwrap_or(size);
            let first = (self.min / step).ceil();
            (0..10).map(|at| (first + f64::from(at)) * step).collect()
        };
        let within: Vec<f64> = round
            .into_iter()
            .filter(|tick| (self.min..=self.max).contains(tick))
            .collect();
        if (2..=9).contains(&within.len()) {
            within
        } else {
            vec![self.min, self.max]
        }
    }
}

fn write_panel(out: &mut String, method: &MethodReport, metric: &str, alpha: f64, top: f64) {
    let metrics: Vec<(&ArmReport, &MetricReport)> = method
        .arms
        .iter()
        .filter_map(|arm| Some((arm, arm.metric(metric)?)))
        .collect();
    let all: Vec<&MetricReport> = metrics.iter().map(|(_, metric)| *metric).collect();
    let Some(unit) = all.first().map(|metric| metric.unit.as_str()) else {
        return;
    };
    let scale = Scale::of(&all);
    let _ = write!(
        out,
        "<text class=\"title\" x=\"16\" y=\"{:.0}\">{}</text><text class=\"small\" x=\"16\" y=\"{:.0}\">{}: ○ mean, ● median, ◆ p95, ▲ p99, with intervals of {}</text>",
        top + 26.0,
        escaped(&format!("{} · {}", method.experiment, method.method)),
        top + 44.0,
        escaped(metric),
        words::level(alpha),
    );
    let foot = top + HEAD + ROW * rows(method);
    for tick in scale.ticks() {
        let x = scale.x(tick);
        let _ = write!(
            out,
            "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.0}\" y2=\"{foot:.0}\"/>\
             <text class=\"small\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
            top + HEAD,
            foot + 16.0,
            escaped(&words::value(tick, unit)),
        );
    }
    let mut middle = top + HEAD + 0.5 * ROW;
    for ((arm, metric), colour) in metrics.iter().zip(COLOURS.iter().cycle()) {
        write_label(out, method, arm, &metric.name, middle);
        write_arm(out, arm, metric, &scale, middle, colour);
        middle += ROW;
    }
}

/// What is said of an arm beside the plot.
fn write_label(
    out: &mut String,
    method: &MethodReport,
    arm: &ArmReport,
    metric: &str,
    middle: f64,
) {
    let calls = format!("{} calls", words::count(arm.calls));
    let errors = arm.error_rate.map(|rate| {
        let interval = rate.interval.map(words::percents);
        let interval = interval.map_or_else(String::new, |of| format!(" [{of}]"));
        format!("{} failed{interval}", words::percent(rate.value))
    });
    let difference = words::mean_difference(method, &arm.name, metric);
    let difference = difference.map(|of| format!("mean {of}"));
    let lines = [Some(calls), errors, difference].into_iter().flatten();
    let _ = write!(
        out,
        "<text x=\"16\" y=\"{:.0}\">{}{}</text>",
        middle - 14.0,
        escaped(&shortened(&arm.name)),
        if arm.is_control { " (control)" } else { "" },
    );
    let mut y = middle + 2.0;
    for line in lines {
        let _ = write!(
            out,
            "<text class=\"small\" x=\"16\" y=\"{y:.0}\">{}</text>",
            escaped(&line)
        );
        y += 14.0;
    }
}

fn write_arm(
    out: &mut String,
    arm: &ArmReport,
    metric: &MetricReport,
    scale: &Scale,
    middle: f64,
    colour: &str,
) {
    let most = metric.spread.iter().map(|bin| bin.count).max().unwrap_or(0);
    // Both sides of the middle, as wide as there are calls.
    let mut upper = String::new();
    let mut lower = Vec::new();
    for bin in &metric.spread {
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let half = 0.42 * ROW * bin.count as f64 / most.max(1) as f64;
        if bin.lower > scale.max {
            break;
        }
        for x in [scale.x(bin.lower), scale.x(bin.upper)] {
            let _ = write!(upper, "{x:.1},{:.1} ", middle - half);
            lower.push(format!("{x:.1},{:.1}", middle + half));
        }
    }
    lower.reverse();
    let _ = write!(
        out,
        "<polygon points=\"{upper}{}\" fill=\"{colour}\" fill-opacity=\"0.25\"/>",
        lower.join(" ")
    );
    for (name, of, mark, y) in [
        // Beside the median, which it is often close to.
        ("mean", metric.mean, "○", middle - 16.0),
        ("median", metric.p50, "●", middle),
        ("p95", metric.p95, "◆", middle),
        ("p99", metric.p99, "▲", middle),
    ] {
        if let Some(of) = of {
            write_mark(
                out,
                &arm.name,
                name,
                of,
                mark,
                &metric.unit,
                scale,
                y,
                colour,
            );
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one place")]
fn write_mark(
    out: &mut String,
    arm: &str,
    name: &str,
    of: Bounded,
    mark: &str,
    unit: &str,
    scale: &Scale,
    middle: f64,
    colour: &str,
) {
    let interval = of.interval.map_or_else(String::new, |interval| {
        let (from, to) = (scale.x(interval.lower), scale.x(interval.upper));
        format!("<line class=\"mark\" stroke=\"{colour}\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle:.0}\" y2=\"{middle:.0}\"/>")
    });
    let told = of.interval.map_or_else(String::new, |interval| {
        format!(" ({})", words::interval(interval, unit))
    });
    let _ = write!(
        out,
        "<g><title>{}</title>{interval}<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" style=\"fill:{colour}\">{mark}</text></g>",
        escaped(&format!(
            "{arm} {name}: {}{told}",
            words::value(of.value, unit)
        )),
        scale.x(of.value),
        middle + 5.0,
    );
}

/// As much of a name as there is room for; each mark has all of it.
fn shortened(name: &str) -> String {
    const ROOM: usize = 18;
    if name.chars().count() <= ROOM {
        return name.to_owned();
    }
    name.chars().take(ROOM - 1).chain(['…']).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no place for them.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
