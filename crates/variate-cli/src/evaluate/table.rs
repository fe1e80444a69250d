//! An evaluation for people.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde::Deserialize;
use variate_stats::Interval;
use variate_stats::ep_stats::{Kind, Reason};
use variate_stats::evaluation::{self, Reading};
use variate_stats::words::{align, number, p_is, percent, probability, thousands};

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
    for (at, metric) in evaluation.metrics.iter().enumerate() {
        // In the same order, under names that may have become longer.
        let whole = evaluation.whole.as_ref();
        let columns = whole
            .and_then(|whole| Some(Columns::of_decision(whole.metrics.get(at)?, whole)))
            .unwrap_or_else(|| Columns::of_stats(metric));
        metric.write(&mut out, control, &columns);
    }
    let whole = evaluation.whole.as_ref();
    if whole.is_some_and(|whole| whole.reading == Reading::AlwaysValid) {
        out.push_str("\n* holds however often one looks; the other holds for one look alone\n");
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

/// What stands in the columns between a variant's difference and its false-positive risk.
struct Columns {
    heads: Vec<String>,
    /// By the variant's name.
    cells: HashMap<String, Vec<String>>,
    /// By the variant's name, what the columns have though Ep-Stats' own numbers lack it.
    told: HashMap<String, Vec<&'static str>>,
}

impl Columns {
    /// Those of the evaluation, whose numbers the sentence above has.
    fn of_decision(metric: &evaluation::MetricEvaluation, whole: &evaluation::Evaluation) -> Self {
        let is_any_time = whole.reading == Reading::AlwaysValid;
        let alike = whole.metrics.iter().filter(|of| of.role == metric.role);
        let is_adjusted = alike.map(|of| of.comparisons.len()).sum::<usize>() > 1;
        let has_power = metric
            .comparisons
            .iter()
            .any(|of| of.power.is_some() || of.units_needed.is_some());
        let (each, adjusted) = if is_adjusted {
            (" each", " adjusted")
        } else {
            ("", "")
        };
        let look = if whole.level < whole.alpha {
            "this look"
        } else {
            "one look"
        };
        let mut heads = vec![
            format!("{}{each}, {look}", percent(1.0 - whole.level)),
            format!("p{adjusted}"),
        ];
        if is_any_time {
            heads.push(format!(
                "{}{each}, at any time*",
                percent(1.0 - whole.alpha)
            ));
            heads.push(format!("p*{adjusted}"));
        }
        if has_power {
            heads.extend(["power".to_owned(), "needed of both".to_owned()]);
        }
        let cells = metric.comparisons.iter().map(|of| {
            let p = |p: Option<f64>| p.map_or_else(none, probability);
            let mut cells = vec![
                of.relative
                    .map_or_else(none, |of| from_to(of.fixed.interval)),
                p(of.p_value),
            ];
            if is_any_time {
                let known = of.relative.filter(|_| of.always_valid_p_value.is_some());
                cells.push(known.map_or_else(none, |of| from_to(of.always_valid.interval)));
                cells.push(p(of.always_valid_p_value));
            }
            if has_power {
                #[allow(clippy::cast_precision_loss, reason = "for showing")]
                let needed = of.units_needed.map(|units| units as f64);
                cells.extend([of.power.map_or_else(none, percent), count(needed)]);
            }
            (of.variant.clone(), cells)
        });
        let told = metric.comparisons.iter().map(|of| {
            let known = [
                ("p_value", of.p_value.is_some()),
                ("confidence_interval", of.relative.is_some()),
                ("power", of.power.is_some()),
                ("required_sample_size", of.units_needed.is_some()),
            ];
            let known = known.into_iter().filter(|(_, is_there)| *is_there);
            (of.variant.clone(), known.map(|(name, _)| name).collect())
        });
        Self {
            cells: cells.collect(),
            told: told.collect(),
            heads,
        }
    }

    /// Those of Ep-Stats, which knows no other.
    fn of_stats(metric: &Metric) -> Self {
        let stats = &metric.stats;
        let level = stats.iter().find_map(|stat| stat.confidence_level);
        let interval =
            level.map_or_else(String::new, |level| format!("{} interval", percent(level)));
        let mut heads = vec![interval, "p-value".to_owned()];
        let has = |of: fn(&Stat) -> Option<f64>| stats.iter().any(|stat| of(stat).is_some());
        let has_power = has(|stat| stat.power) || has(|stat| stat.required_sample_size);
        if has_power {
            heads.extend(["power".to_owned(), "n required each".to_owned()]);
        }
        let cells = stats.iter().map(|stat| {
            let mut cells = vec![
                match stat.diff.zip(stat.confidence_interval) {
                    Some((diff, half)) => {
                        let half = half.abs();
                        format!("{} to {}", signed(diff - half), signed(diff + half))
                    }
                    None => none(),
                },
                stat.p_value.map_or_else(none, probability),
            ];
            if has_power {
                cells.extend([
                    stat.power.map_or_else(none, percent),
                    count(stat.required_sample_size),
                ]);
            }
            (stat.exp_variant_id.clone(), cells)
        });
        Self {
            cells: cells.collect(),
            told: HashMap::new(),
            heads,
        }
    }
}

impl Metric {
    fn write(&self, out: &mut String, control: Option<&str>, columns: &Columns) {
        let has_risk = self
            .stats
            .iter()
            .any(|stat| stat.false_positive_risk.is_some());
        let mut head = ["variant", "n", "mean", "difference"]
            .map(str::to_owned)
            .to_vec();
        head.extend(columns.heads.iter().cloned());
        if has_risk {
            head.push("false-positive risk".to_owned());
        }
        let mut lines = vec![head];
        for stat in &self.stats {
            let is_control = control == Some(stat.exp_variant_id.as_str());
            let mut line = vec![
                Printable(&stat.exp_variant_id).to_string(),
                count(stat.sample_size),
                stat.mean.map_or_else(none, number),
                if is_control {
                    "control".to_owned()
                } else {
                    stat.diff.map_or_else(none, signed)
                },
            ];
            match columns.cells.get(&stat.exp_variant_id) {
                Some(cells) if !is_control => line.extend(cells.iter().cloned()),
                _ => line.extend(columns.heads.iter().map(|_| none())),
            }
            if has_risk {
                line.push(stat.false_positive_risk.map_or_else(none, percent));
            }
            lines.push(line);
        }
        let _ = writeln!(out, "\n{}", Printable(&self.name));
        align(out, &lines);
        for stat in &self.stats {
            let is_control = control == Some(stat.exp_variant_id.as_str());
            let told = columns.told.get(&stat.exp_variant_id);
            stat.write_reasons(out, is_control, told.map_or(&[], Vec::as_slice));
        }
    }
}

fn signed(share: f64) -> String {
    format!("{:+.2} %", 100.0 * share)
}

fn from_to(interval: Interval) -> String {
    let Interval { lower, upper, .. } = interval;
    match (lower.is_finite(), upper.is_finite()) {
        (true, true) => format!("{} to {}", signed(lower), signed(upper)),
        (true, false) => format!("at least {}", signed(lower)),
        (false, true) => format!("at most {}", signed(upper)),
        (false, false) => "anything".to_owned(),
    }
}

impl Stat {
    /// Why numbers are missing that could be there. That of control, and those that nobody asked for, need no reason.
    fn write_reasons(&self, out: &mut String, is_control: bool, told: &[&str]) {
        /// What is of a comparison, and so never of control.
        const COMPARED: [&str; 3] = ["diff", "p_value", "confidence_interval"];
        let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, reason) in &self.reasons {
            if is_control && COMPARED.contains(&name.as_str()) || told.contains(&name.as_str()) {
                continue;
            }
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
            Some((p, level)) if p < 1.0 - level => {
                format!("FAILED, the units are not split as planned ({})", p_is(p))
            }
            Some((p, _)) => format!("OK ({})", p_is(p)),
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
    if value.abs() >= 1e15 {
        return format!("{value:.3e}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", thousands(&format!("{:.0}", value.abs())))
}
