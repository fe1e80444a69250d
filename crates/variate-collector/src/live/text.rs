//! An evaluation as a terminal shows it.

use std::fmt::Write as _;

use variate::MetricKind;
use variate_stats::Interval;
use variate_stats::evaluation::{Comparison, Effect, MetricEvaluation, Reading, Verdict};
use variate_stats::words::{Printable, align, count, number, p_is, percent, probability};

use super::{Forecast, LiveEvaluation, LiveMetric};
use crate::Day;

impl LiveEvaluation {
    /// Tables for a terminal, as `variate report` prints them.
    pub fn to_text(&self) -> String {
        let mut out = format!("Experiment {}\n", Printable(&self.experiment.name));
        head(&mut out, self);
        units(&mut out, self);
        for (metric, of) in self.evaluation.metrics.iter().zip(&self.metrics) {
            write_metric(&mut out, self, metric, of);
        }
        if !self.metrics.is_empty() {
            let adjustment = self.evaluation.metrics.first();
            let adjustment = adjustment.map_or("", |of| of.methods.adjustment.as_str());
            let by = if adjustment.is_empty() {
                String::new()
            } else {
                format!("; p-values are adjusted by {}", Printable(adjustment))
            };
            let _ = writeln!(out, "\n* decides now{by}");
        }
        out
    }
}

fn head(out: &mut String, live: &LiveEvaluation) {
    // Writing into a `String` cannot fail.
    if let Some(about) = &live.declared {
        if let Some(description) = &about.description {
            let _ = writeln!(out, "{}", Printable(description));
        }
        if let Some(owner) = &about.owner {
            let _ = writeln!(out, "Owned by {}", Printable(owner));
        }
    }
    let _ = writeln!(
        out,
        "State: {}; {}; as of {}",
        live.state.name(),
        live.so_far().join(", "),
        Day::of_millis(live.at)
    );
    let conclusion = Printable(&live.evaluation.conclusion.text).to_string();
    let _ = writeln!(out, "\n{conclusion}");
    let warnings = live.evaluation.warnings.iter().map(ToString::to_string);
    let problems = live.data_problems.iter().map(ToString::to_string);
    for text in warnings.chain(problems) {
        let _ = writeln!(out, "  Beware: {}", Printable(&text));
    }
}

fn units(out: &mut String, live: &LiveEvaluation) {
    out.push_str("\nUnits\n");
    let mut lines = vec![
        ["variant", "units", "share", "planned"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for of in &live.evaluation.variants {
        lines.push(vec![
            Printable(&of.name).to_string(),
            count(of.units),
            of.share.map_or_else(none, percent),
            percent(of.planned_share),
        ]);
    }
    align(out, &lines);
    if let Some(ratio) = &live.evaluation.sample_ratio {
        let verdict = if ratio.is_mismatch {
            "NOT as planned"
        } else {
            "as planned, as far as one can tell"
        };
        let _ = writeln!(
            out,
            "  The split is {verdict} ({} for one look, {} at any time)",
            p_is(ratio.p_value),
            probability(ratio.always_valid_p_value)
        );
    }
}

fn write_metric(
    out: &mut String,
    live: &LiveEvaluation,
    metric: &MetricEvaluation,
    of: &LiveMetric,
) {
    let role = metric.role.in_words();
    let _ = writeln!(
        out,
        "\n{} ({role}; {})",
        Printable(&metric.name),
        Printable(&of.counts)
    );
    let measured = metric
        .comparisons
        .iter()
        .filter(|of| of.difference.is_some());
    let is_share = measured.clone().all(|of| of.relative.is_some());
    let level = percent(1.0 - live.evaluation.alpha);
    // Which of both decides now.
    let (fixed, always) = match live.evaluation.reading {
        Reading::Fixed | Reading::GroupSequential => ("*", ""),
        Reading::AlwaysValid => ("", "*"),
    };
    let mut lines = vec![vec![
        "variant".to_owned(),
        "units".to_owned(),
        "value".to_owned(),
        "effect".to_owned(),
        format!("{level}, one look{fixed}"),
        format!("p{fixed}"),
        format!("{level}, at any time{always}"),
        format!("p{always}"),
        "verdict".to_owned(),
    ]];
    let is_rate = matches!(of.metric.kind, MetricKind::Conversion { .. });
    for variant in &metric.variants {
        let value = variant.value.map_or_else(none, |value| {
            if is_rate {
                percent(value)
            } else {
                number(value)
            }
        });
        let mut row = vec![
            Printable(&variant.variant).to_string(),
            count(variant.units),
            value,
        ];
        let mut comparisons = metric.comparisons.iter();
        match comparisons.find(|of| of.variant == variant.variant) {
            Some(comparison) => row.extend(cells(comparison, is_share)),
            None => row.push("control".to_owned()),
        }
        lines.push(row);
    }
    align(out, &lines);
    for comparison in &metric.comparisons {
        if let Some(reason) = &comparison.reason {
            let reason = format!("{}: {reason}", comparison.variant);
            let _ = writeln!(out, "    {}", Printable(&reason));
        }
    }
    for (forecast, comparison) in of.forecasts.iter().zip(&metric.comparisons) {
        if let Some(text) = needed(live, forecast, comparison) {
            let _ = writeln!(out, "    {}", Printable(&text));
        }
    }
}

fn cells(comparison: &Comparison, is_share: bool) -> [String; 6] {
    let effect: Option<Effect> = if is_share {
        comparison.relative
    } else {
        comparison.difference
    };
    let change = |value: f64| {
        if is_share {
            format!("{:+.2} %", 100.0 * value)
        } else if value > 0.0 {
            format!("+{}", number(value))
        } else {
            number(value)
        }
    };
    let interval = |of: Interval| match (of.lower.is_finite(), of.upper.is_finite()) {
        (true, true) => format!("{} to {}", change(of.lower), change(of.upper)),
        _ => none(),
    };
    [
        effect.map_or_else(none, |of| change(of.fixed.effect)),
        effect.map_or_else(none, |of| interval(of.fixed.interval)),
        comparison.p_value.map_or_else(none, probability),
        effect.map_or_else(none, |of| interval(of.always_valid.interval)),
        comparison
            .always_valid_p_value
            .map_or_else(none, probability),
        verdict(comparison.verdict).to_owned(),
    ]
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Equivalent => "no difference that matters",
        Verdict::NotWorse => "not worse",
        Verdict::Undecided => "undecided",
        _ => "not measured",
    }
}

/// How probable it is to see what matters, and how much more it takes.
fn needed(live: &LiveEvaluation, forecast: &Forecast, of: &Comparison) -> Option<String> {
    let power = percent(forecast.power?);
    let (variant, units) = (&forecast.variant, count(forecast.units));
    let Some(needed) = live.needed(forecast, of) else {
        return Some(format!("{variant}: power {power} with {units} units"));
    };
    let mut left = live.days_of(&needed);
    if !left.is_empty() {
        left.insert_str(0, ", ");
    }
    let all = count(needed.units);
    Some(if needed.is_at_any_time {
        format!(
            "{variant}: power {power} with {units} units if it is read once; at any time it takes {all}{left}"
        )
    } else {
        format!("{variant}: power {power} with {units} of {all} units{left}")
    })
}

fn none() -> String {
    "-".to_owned()
}
