//! An evaluation for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use variate_stats::ep_stats::{Kind, Reason};
use variate_stats::evaluation;
use variate_stats::words::{align, number, percent, probability, thousands};

use crate::trace::Printable;

/// What the answer of an evaluation has in it.
#[derive(Deserialize)]
pub(super) struct Evaluation {
    id: String,
    metrics: Vec<Metric>,
    checks: Vec<Check>,
    exposure: Exposures,
    #[serde(default)]
    differences: Vec<Difference>,
    /// What it says as a whole; Ep-Stats does not.
    #[serde(default, rename = "evaluation")]
    whole: Option<evaluation::Evaluation>,
}

#[derive(Deserialize)]
struct Metric {
    id: i64,
    name: String,
    stats: Vec<Stat>,
}

#[derive(Deserialize)]
struct Stat {
    exp_variant_id: String,
    diff: Option<f64>,
    mean: Option<f64>,
    p_value: Option<f64>,
    confidence_interval: Option<f64>,
    confidence_level: Option<f64>,
    sample_size: Option<f64>,
    required_sample_size: Option<f64>,
    power: Option<f64>,
    false_positive_risk: Option<f64>,
    #[serde(default)]
    reasons: BTreeMap<String, Reason>,
}

#[derive(Deserialize)]
struct Check {
    name: String,
    stats: Vec<CheckStat>,
}

#[derive(Deserialize)]
struct CheckStat {
    variable_id: String,
    value: Option<f64>,
    reason: Option<Reason>,
}

#[derive(Deserialize)]
struct Exposures {
    unit_type: String,
    stats: Vec<Exposure>,
}

#[derive(Deserialize)]
struct Exposure {
    exp_variant_id: String,
    count: f64,
}

#[derive(Deserialize)]
struct Difference {
    kind: Kind,
    metric_id: Option<i64>,
    why: String,
}

/// `control` has no difference to itself.
pub(super) fn text(evaluation: &Evaluation, control: Option<&str>) -> String {
    let mut out = format!("Experiment {}\n", Printable(&evaluation.id));
    let exposures = evaluation.exposure.stats.iter().map(|of| {
        let variant = Printable(&of.exp_variant_id);
        format!("{variant} {}", count(Some(of.count)))
    });
    let exposures: Vec<_> = exposures.collect();
    let unit_type = Printable(&evaluation.exposure.unit_type);
    let _ = writeln!(out, "Exposed ({unit_type}): {}", exposures.join(", "));
    if let Some(whole) = &evaluation.whole {
        let _ = writeln!(out, "\n{}", Printable(&whole.conclusion.text));
        for warning in &whole.warnings {
            let _ = writeln!(out, "  Beware: {}", Printable(&warning.to_string()));
        }
    }
    for metric in &evaluation.metrics {
        metric.write(&mut out, control);
    }
    if !evaluation.checks.is_empty() {
        out.push_str("\nChecks\n");
    }
    for check in &evaluation.checks {
        let _ = writeln!(out, "  {}: {}", Printable(&check.name), check.verdict());
    }
    // What is missing is told above.
    let differences = evaluation
        .differences
        .iter()
        .filter(|of| of.kind != Kind::Missing);
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for difference in differences {
        let mut metrics = evaluation.metrics.iter();
        let metric = metrics.find(|metric| Some(metric.id) == difference.metric_id);
        let name = metric.map(|metric| metric.name.as_str());
        match told.iter_mut().find(|(why, _)| *why == difference.why) {
            Some((_, names)) => names.extend(name),
            None => told.push((&difference.why, name.into_iter().collect())),
        }
    }
    if !told.is_empty() {
        out.push_str("\nEp-Stats would answer otherwise\n");
    }
    for (why, names) in told {
        let _ = writeln!(out, "  {}{why}", of_metrics(&names));
    }
    out
}

/// The first of them; a request may have thousands.
fn of_metrics(names: &[&str]) -> String {
    const MOST: usize = 3;
    if names.is_empty() {
        return String::new();
    }
    let shown: Vec<_> = names
        .iter()
        .take(MOST)
        .map(|name| Printable(name).to_string())
        .collect();
    match names.len().checked_sub(MOST) {
        Some(more @ 1..) => format!("{} and {more} more: ", shown.join(", ")),
        _ => format!("{}: ", shown.join(", ")),
    }
}

impl Metric {
    fn write(&self, out: &mut String, control: Option<&str>) {
        let level = self.stats.iter().find_map(|stat| stat.confidence_level);
        let interval =
            level.map_or_else(String::new, |level| format!("{} interval", percent(level)));
        let has = |of: fn(&Stat) -> Option<f64>| self.stats.iter().any(|stat| of(stat).is_some());
        let has_power = has(|stat| stat.power) || has(|stat| stat.required_sample_size);
        let has_risk = has(|stat| stat.false_positive_risk);
        let mut head = vec![
            "variant".to_owned(),
            "n".into(),
            "mean".into(),
            "difference".into(),
        ];
        head.extend([interval, "p-value".to_owned()]);
        if has_power {
            head.extend(["power".to_owned(), "n required each".to_owned()]);
        }
        if has_risk {
            head.push("false-positive risk".to_owned());
        }
        let mut lines = vec![head];
        for stat in &self.stats {
            let is_control = control == Some(stat.exp_variant_id.as_str());
            let compared = |value: Option<f64>| value.filter(|_| !is_control);
            let signed = |value: f64| format!("{:+.2} %", 100.0 * value);
            let mut line = vec![
                Printable(&stat.exp_variant_id).to_string(),
                count(stat.sample_size),
                stat.mean.map_or_else(none, number),
                if is_control {
                    "control".to_owned()
                } else {
                    stat.diff.map_or_else(none, signed)
                },
                match stat.diff.zip(compared(stat.confidence_interval)) {
                    Some((diff, half)) => {
                        let half = half.abs();
                        format!("{} to {}", signed(diff - half), signed(diff + half))
                    }
                    None => none(),
                },
                compared(stat.p_value).map_or_else(none, probability),
            ];
            if has_power {
                line.extend([
                    stat.power.map_or_else(none, percent),
                    count(stat.required_sample_size),
                ]);
            }
            if has_risk {
                line.push(stat.false_positive_risk.map_or_else(none, percent));
            }
            lines.push(line);
        }
        let _ = writeln!(out, "\n{}", Printable(&self.name));
        align(out, &lines);
        for stat in &self.stats {
            stat.write_reasons(out);
        }
    }
}

impl Stat {
    /// Why numbers are missing that could be there. That of control, and those that nobody asked for, need no reason.
    fn write_reasons(&self, out: &mut String) {
        let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, reason) in &self.reasons {
            let is_plain = matches!(
                reason,
                Reason::IsControl
                    | Reason::NoMinimumEffect
                    | Reason::NoNullHypothesisRate
                    | Reason::NotSignificant
            );
            if !is_plain {
                names
                    .entry(reason.why())
                    .or_default()
                    .push(name.replace('_', " "));
            }
        }
        for (why, names) in names {
            let variant = Printable(&self.exp_variant_id);
            let _ = writeln!(out, "    {variant}: no {}, since {why}", names.join(", "));
        }
    }
}

impl Check {
    fn verdict(&self) -> String {
        let value = |name: &str| {
            let found = self.stats.iter().find(|stat| stat.variable_id == name);
            found.and_then(|stat| stat.value)
        };
        let p = value("p_value");
        let ratio = value("sum_ratio").zip(value("max_sum_ratio"));
        let ratio = ratio.or_else(|| value("max_ratio").zip(value("limit")));
        if let Some((ratio, most)) = ratio {
            let (verdict, sign) = if ratio > most {
                ("FAILED", "more")
            } else {
                ("OK", "not more")
            };
            let (ratio, most) = (percent(ratio), percent(most));
            return format!("{verdict}, the ratio is {ratio}, {sign} than {most}");
        }
        match p.zip(value("confidence_level")) {
            Some((p, level)) if p < 1.0 - level => format!(
                "FAILED, the units are not split as planned (p = {})",
                probability(p)
            ),
            Some((p, _)) => format!("OK (p = {})", probability(p)),
            None => match self.stats.iter().find_map(|stat| stat.reason) {
                Some(reason) => format!("not done, since {}", reason.why()),
                None => "not done".to_owned(),
            },
        }
    }
}

fn none() -> String {
    "-".to_owned()
}

/// With a comma for each thousand.
pub(crate) fn count(value: Option<f64>) -> String {
    let Some(value) = value else {
        return none();
    };
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", thousands(&format!("{:.0}", value.abs())))
}
