//! Two pictures, as SVG.

use std::fmt::Write as _;

use crate::report::Result;
use crate::studies::one_rate_coverage;
use crate::{DAILY, ONCE};

use variate_stats::proportion::IntervalMethod;

const INK: &str = "#24292f";
const FAINT: &str = "#d0d7de";
const COLOURS: [&str; 3] = ["#8c959f", "#0969da", "#bc4c00"];

fn open(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"{INK}\" role=\"img\">\n<title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    )
}

/// False alarms of each method for one look, daily looks and looking all the time.
pub fn peeking(result: &Result) -> String {
    const LEFT: f64 = 330.0;
    const SCALE: f64 = 900.0;
    let claims = || result.study.claims.iter().zip(&result.rates);
    let mut methods: Vec<&str> = claims().map(|(claim, _)| claim.method.as_str()).collect();
    methods.dedup();
    let (line, gap) = (11.0, 8.0);
    let mut body = String::new();
    let mut y = 40.0;
    for method in methods {
        let short: String = method.replace(", flat prior", "");
        let short = short.replace(
            "Bayesian chance to win above 97.5 % or below 2.5 %",
            "Bayesian chance to win at 97.5 %",
        );
        let bars: Vec<_> = claims()
            .filter(|(claim, _)| claim.method == method)
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "three at most")]
        let tall = bars.len() as f64 * line;
        let _ = writeln!(
            body,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{short}</text>",
            LEFT - 8.0,
            y + 0.5 * tall + 4.0
        );
        for (claim, rate) in bars {
            let colour = match claim.when.as_str() {
                ONCE => COLOURS[0],
                DAILY => COLOURS[1],
                _ => COLOURS[2],
            };
            let wide = SCALE * rate.mean();
            let _ = writeln!(
                body,
                "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\">{:.1} %</text>",
                line - 2.0,
                LEFT + wide + 4.0,
                y + 8.0,
                100.0 * rate.mean()
            );
            y += line;
        }
        y += gap;
    }
    let level = LEFT + SCALE * 0.05;
    let mut text = open(
        880.0,
        y + 10.0,
        "False alarms without an effect, by method and by how often one looks",
    );
    for (at, (words, colour)) in [
        "one look at the end",
        "28 daily looks",
        "a look at each unit",
    ]
    .iter()
    .zip(COLOURS)
    .enumerate()
    {
        #[expect(clippy::cast_precision_loss, reason = "three")]
        let x = LEFT + 60.0 + 150.0 * at as f64;
        let _ = writeln!(
            text,
            "<rect x=\"{x}\" y=\"10\" width=\"10\" height=\"10\" fill=\"{colour}\"/><text x=\"{}\" y=\"19\">{words}</text>",
            x + 15.0
        );
    }
    text.push_str(&body);
    let _ = writeln!(
        text,
        "<line x1=\"{level}\" y1=\"30\" x2=\"{level}\" y2=\"{y}\" stroke=\"{INK}\" stroke-dasharray=\"3 3\"/>\
         <text x=\"{level}\" y=\"26\" text-anchor=\"middle\" font-size=\"10\">5 %</text>\n</svg>"
    );
    text
}

/// The exact coverage of each interval of a rate from 50 units, over the rates.
pub fn one_rate() -> String {
    const UNITS: u64 = 50;
    const LEFT: f64 = 130.0;
    const WIDE: f64 = 640.0;
    const TALL: f64 = 90.0;
    const LEAST: f64 = 0.85;
    let rates: Vec<f64> = (1..=640_u32).map(|at| f64::from(at) / 1_282.0).collect();
    let panels = [
        ("Wald", IntervalMethod::Wald),
        ("Wilson", IntervalMethod::Wilson),
        ("Agresti–Coull", IntervalMethod::AgrestiCoull),
        ("Jeffreys", IntervalMethod::Jeffreys),
        ("Clopper–Pearson", IntervalMethod::ClopperPearson),
    ];
    let mut text = open(
        800.0,
        5.0 * (TALL + 22.0) + 50.0,
        "Coverage of 95 % intervals of one rate, 50 units",
    );
    let mut top = 14.0;
    for (name, method) in panels {
        let y = |covered: f64| top + TALL * (1.0 - (covered.max(LEAST) - LEAST) / (1.0 - LEAST));
        let _ = writeln!(
            text,
            "<text x=\"8\" y=\"{}\">{name}</text>",
            top + 0.5 * TALL
        );
        for (level, words) in [
            (0.85, "85 %"),
            (0.9, "90 %"),
            (0.95, "95 %"),
            (1.0, "100 %"),
        ] {
            let _ = writeln!(
                text,
                "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{:.1}\" y2=\"{:.1}\" stroke=\"{}\"/>\
                 <text x=\"{}\" y=\"{:.1}\" font-size=\"9\" text-anchor=\"end\">{words}</text>",
                LEFT + WIDE,
                y(level),
                y(level),
                if words == "95 %" { COLOURS[2] } else { FAINT },
                LEFT - 4.0,
                y(level) + 3.0
            );
        }
        let mut points = String::new();
        for (rate, covered) in rates.iter().zip(one_rate_coverage(UNITS, method, &rates)) {
            let _ = write!(points, "{:.1},{:.1} ", LEFT + WIDE * 2.0 * rate, y(covered));
        }
        let _ = writeln!(
            text,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1\"/>",
            points.trim_end(),
            COLOURS[1]
        );
        top += TALL + 22.0;
    }
    for tenth in 0..=5_u32 {
        let rate = f64::from(tenth) / 10.0;
        let _ = writeln!(
            text,
            "<text x=\"{:.0}\" y=\"{:.0}\" font-size=\"10\" text-anchor=\"middle\">{:.0} %</text>",
            LEFT + WIDE * 2.0 * rate,
            top,
            100.0 * rate
        );
    }
    let _ = writeln!(
        text,
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">the true rate; below 85 % is drawn at 85 %</text>\n</svg>",
        LEFT + 0.5 * WIDE,
        top + 20.0
    );
    text
}
