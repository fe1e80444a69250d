//! A simulation as a terminal shows it.

use std::fmt::Write as _;

use variate::MetricRole;
use variate_simulation::{
    Assumption, Comparison, End, ExperimentReport, Pair, Pairs, Relation, Report, Runs, Share,
    Split,
};
use variate_stats::words::{align, count, digits, probability, rounded_percent as percent};

use crate::trace::Printable;

/// Of more pairs only those that are not as they should be.
const MOST_PAIRS: usize = 20;

pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    for of in &report.experiments {
        experiment(&mut out, of);
    }
    pairs(&mut out, &report.pairs);
    assumptions(&mut out, &report.assumptions);
    if report.problems.is_empty() {
        let _ = writeln!(
            out,
            "Nothing is wrong, as far as a simulation can tell (seed {}).",
            report.seed
        );
    }
    for of in &report.problems {
        let _ = writeln!(out, "Beware: {}", Printable(&of.to_string()));
    }
    out
}

fn experiment(out: &mut String, of: &ExperimentReport) {
    let _ = writeln!(out, "Experiment {}", Printable(&of.name));
    split(out, &of.split);
    match (&of.runs, &of.reason) {
        (Some(runs), _) => {
            alike(out, runs);
            better(out, runs);
        }
        (None, Some(reason)) => {
            let _ = writeln!(out, "  Not evaluated: {}", Printable(reason));
        }
        (None, None) => {}
    }
    out.push('\n');
}

fn split(out: &mut String, split: &Split) {
    let _ = write!(
        out,
        "  {} of {} units take part",
        percent(split.share()),
        count(split.units)
    );
    let left_out = split.left_out.iter().map(|of| {
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let share = of.units as f64 / split.units.max(1) as f64;
        format!("{} {}", of.reason, percent(share))
    });
    let left_out: Vec<String> = left_out.collect();
    if !left_out.is_empty() {
        let _ = write!(out, "; not: {}", left_out.join(", "));
    }
    out.push('\n');
    let mut lines = vec![row(&["variant", "units", "share", "planned"])];
    lines.extend(split.variants.iter().map(|of| {
        vec![
            Printable(&of.name).to_string(),
            count(of.units),
            of.share.map_or_else(none, percent),
            of.planned_share.map_or_else(none, percent),
        ]
    }));
    align(out, &lines);
    if let Some(p_value) = split.p_value {
        let verdict = if split.is_mismatch {
            "NOT as planned"
        } else {
            "as planned"
        };
        let _ = writeln!(
            out,
            "  The split is {verdict} (p = {})",
            probability(p_value)
        );
    }
}

/// 4.1 % (3 % to 5.5 %).
fn share(of: Share) -> Vec<String> {
    vec![
        percent(of.share),
        format!("{} to {}", percent(of.lower), percent(of.upper)),
    ]
}

fn alike(out: &mut String, runs: &Runs) {
    let end = match runs.end {
        End::Units { units } => format!("read at {} units", count(units)),
        End::Days { days } => format!("read after {days} days"),
        _ => "read at any time".to_owned(),
    };
    let _ = writeln!(
        out,
        "\n  If nothing differed: {} runs of {} days, {} units a day, {end}, looked at daily",
        count(runs.runs),
        digits(runs.days),
        count(runs.daily)
    );
    let of = &runs.alike;
    let mut lines = vec![
        [
            vec![format!("false alarms, level {}", percent(runs.alpha))],
            row(&["of runs", "95 %"]),
        ]
        .concat(),
        [row(&["as it is planned"]), share(of.wrong)].concat(),
        [row(&["test for any time alone"]), share(of.always_valid)].concat(),
        [row(&["fixed test, once at the end"]), share(of.fixed_once)].concat(),
        [row(&["fixed test, looked at daily"]), share(of.fixed_daily)].concat(),
    ];
    if let Some(guardrails) = of.guardrails {
        lines.push([row(&["a guardrail, as planned"]), share(guardrails)].concat());
    }
    if of.invalid.hits > 0 {
        lines.push([row(&["the split is called wrong"]), share(of.invalid)].concat());
    }
    align(out, &lines);
}

fn better(out: &mut String, runs: &Runs) {
    out.push_str("\n  If one variant had the effect\n");
    let mut lines = vec![row(&[
        "metric",
        "variant",
        "baseline",
        "effect",
        "found at the end",
        "95 %",
        "on any day",
        "half by day",
        "theory",
        "units needed",
        "days",
    ])];
    lines.extend(runs.better.comparisons.iter().map(comparison));
    align(out, &lines);
    if let Some(text) = runs.read_once() {
        let _ = writeln!(out, "  {}", Printable(&text));
    }
    let decided = &runs.better.decided;
    let _ = write!(
        out,
        "  Who stops at the first decision ships it in {} of the runs, decides wrongly in {} and finds nothing in {}",
        percent(decided.shipped.share),
        percent(decided.wrong.share),
        percent(decided.open.share)
    );
    let _ = match decided.median_day {
        Some(day) => write!(out, "; half ship by day {day}"),
        None => Ok(()),
    };
    let _ = writeln!(
        out,
        "; that takes {} days on average",
        digits(decided.mean_days)
    );
}

fn comparison(of: &Comparison) -> Vec<String> {
    let sign = if of.effect > 0.0 { "+" } else { "" };
    let mut metric = Printable(&of.metric).to_string();
    if of.role == MetricRole::Guardrail {
        // Whose harmlessness is found.
        metric.push_str(" (not worse)");
    }
    let mut line = vec![
        metric,
        Printable(&of.variant).to_string(),
        of.baseline.to_string(),
        format!("{sign}{}", percent(of.effect)),
    ];
    line.extend(share(of.at_end));
    line.extend([
        percent(of.ever.share),
        of.median_day.map_or_else(none, |day| day.to_string()),
        of.theory.map_or_else(none, |of| percent(of.power)),
        of.theory.map_or_else(none, |of| count(of.units_needed)),
        of.theory
            .and_then(|of| of.days_needed)
            .map_or_else(none, count),
    ]);
    line
}

fn pairs(out: &mut String, pairs: &Pairs) {
    if pairs.all == 0 {
        return;
    }
    let _ = writeln!(
        out,
        "Between experiments: {} {}, {} tested, {} that never meet",
        count(pairs.all),
        if pairs.all == 1 { "pair" } else { "pairs" },
        count(pairs.tested),
        count(pairs.exclusive)
    );
    let is_few = pairs.pairs.len() <= MOST_PAIRS;
    let shown = pairs.pairs.iter();
    let shown = shown.filter(|of| is_few || of.relation == Relation::Dependent);
    for of in shown {
        let _ = writeln!(
            out,
            "  {} and {}: {}",
            Printable(&of.first),
            Printable(&of.second),
            Printable(&relation(of))
        );
    }
    out.push('\n');
}

fn relation(of: &Pair) -> String {
    let numbers = || {
        format!(
            "{} units in both, Cramér's V {}, p = {}",
            count(of.both),
            of.cramers_v.map_or_else(none, digits),
            of.adjusted_p_value.map_or_else(none, probability)
        )
    };
    match &of.relation {
        Relation::Exclusive { layer: Some(layer) } => format!("never meet (layer {layer})"),
        Relation::Exclusive { layer: None } => "never meet (layers)".to_owned(),
        Relation::Independent => format!("independent ({})", numbers()),
        Relation::Dependent => format!("NOT independent ({})", numbers()),
        _ => format!("too few units in both to say ({})", count(of.both)),
    }
}

fn assumptions(out: &mut String, assumptions: &[Assumption]) {
    if assumptions.is_empty() {
        return;
    }
    out.push_str("Assumed\n");
    for of in assumptions {
        let hint = match of {
            Assumption::Baseline {
                metric, baseline, ..
            } => format!(": --baseline '{metric}={baseline}' says so"),
            Assumption::Effect { metric, effect, .. } => {
                format!(": --effect '{metric}={effect}' says so")
            }
            Assumption::Daily { daily, .. } => format!(": --daily {daily} says so"),
            Assumption::Days { .. } => "; --days plans one".to_owned(),
            Assumption::Entries { .. } => ": --contexts brings some".to_owned(),
            _ => String::new(),
        };
        let text = format!("{of}{hint}");
        let _ = writeln!(out, "  {}", Printable(&text));
    }
    out.push('\n');
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn none() -> String {
    "-".to_owned()
}
