//! A report as a table.

use std::fmt;

use variate::component::Outcomes;

use crate::evaluate::{ERROR_RATE, is_share};
use crate::report::{Analysis, Bounded, MethodReport, Report};
use crate::words;

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.methods.is_empty() {
            return out.write_str("nothing was measured\n");
        }
        for (at, method) in self.methods.iter().enumerate() {
            if at > 0 {
                out.write_str("\n")?;
            }
            write_method(out, method, self.alpha)?;
        }
        Ok(())
    }
}

fn write_method(out: &mut fmt::Formatter<'_>, method: &MethodReport, alpha: f64) -> fmt::Result {
    let level = words::level(alpha);
    let analysis = match method.analysis {
        Analysis::Calls => "by calls",
        Analysis::Keys => "by keys",
    };
    writeln!(
        out,
        "{} · {}{}   intervals of {level}, {analysis}\n",
        method.experiment,
        method.method,
        if method.is_shadow { " · shadow" } else { "" },
    )?;
    let mut calls = Table::new(["arm", "calls", "keys", "errors", ""]);
    for arm in &method.arms {
        let errors = arm.error_rate.map(share);
        let of = &arm.outcomes;
        let ways = [
            (of.error, "returned an error"),
            (of.panicked, "panicked"),
            (of.timed_out, "timed out"),
            (of.fell_back, "fell back"),
            (of.cancelled, "cancelled"),
            (of.cut_short, "cut short"),
        ];
        let mut ways: Vec<String> = ways
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, way)| format!("{} {way}", words::count(*count)))
            .collect();
        let diverted: u64 = arm.diverted.iter().map(|of| of.calls).sum();
        if diverted > 0 {
            let how = if arm.is_control {
                "that nobody split"
            } else {
                "diverted to the control"
            };
            ways.push(format!("{} more {how}", words::count(diverted)));
        }
        let control = if arm.is_control { " (control)" } else { "" };
        calls.row([
            format!("{}{control}", arm.name),
            words::count(arm.calls),
            arm.keys.map_or_else(|| "–".to_owned(), words::count),
            errors.unwrap_or_default(),
            ways.join(", "),
        ]);
    }
    calls.write(out)?;

    let mut metrics = Table::new(["metric", "arm", "mean", "p50", "p95", "p99", "max"]);
    // Failures are the errors above.
    let names = metric_names(method).into_iter();
    for name in names.filter(|name| *name != Outcomes::METRIC) {
        // Not every arm has every metric: only candidates have mismatches.
        let measured = method
            .arms
            .iter()
            .filter_map(|arm| Some((arm, arm.metric(name)?)));
        for (at, (arm, metric)) in measured.enumerate() {
            let shown = |of: Option<Bounded>| {
                of.map_or_else(
                    || "–".to_owned(),
                    |of| {
                        if is_share(name) {
                            share(of)
                        } else {
                            bounded(of, &metric.unit)
                        }
                    },
                )
            };
            metrics.row([
                if at == 0 {
                    name.to_owned()
                } else {
                    String::new()
                },
                arm.name.clone(),
                shown(metric.mean),
                shown(metric.p50),
                shown(metric.p95),
                shown(metric.p99),
                metric
                    .max
                    .filter(|_| !is_share(name))
                    .map_or_else(|| "–".to_owned(), |max| words::value(max, &metric.unit)),
            ]);
        }
    }
    if metrics.has_rows() {
        out.write_str("\n")?;
        metrics.write(out)?;
    }
    write_comparisons(out, method)?;
    for note in &method.notes {
        writeln!(out, "  note: {note}")?;
    }
    Ok(())
}

fn write_comparisons(out: &mut fmt::Formatter<'_>, method: &MethodReport) -> fmt::Result {
    let Some(evaluation) = &method.evaluation else {
        return out.write_str("\n");
    };
    let mut table = Table::new(["beside the control", "metric", "difference", "interval", ""]);
    for comparison in evaluation.metrics.iter().flat_map(|metric| {
        metric
            .comparisons
            .iter()
            .map(move |comparison| (metric, comparison))
    }) {
        let (metric, comparison) = comparison;
        let Some(effect) = comparison.relative.or(comparison.difference) else {
            table.row([
                comparison.variant.clone(),
                metric.name.clone(),
                "–".to_owned(),
                comparison.reason.clone().unwrap_or_default(),
                String::new(),
            ]);
            continue;
        };
        // Which of both decides.
        let is_fixed = evaluation.reading == variate_stats::evaluation::Reading::Fixed;
        let (interval, p_value) = if is_fixed {
            (effect.fixed.interval, comparison.p_value)
        } else {
            (
                effect.always_valid.interval,
                comparison.always_valid_p_value,
            )
        };
        let is_relative = comparison.relative.is_some();
        let shown = |value: f64| match metric.name.as_str() {
            _ if is_relative => words::change(value),
            ERROR_RATE => words::points(value),
            name => words::difference(value, unit_of(method, &comparison.variant, name)),
        };
        table.row([
            comparison.variant.clone(),
            match metric.name.as_str() {
                ERROR_RATE => ERROR_RATE.to_owned(),
                name => format!("{name} (mean)"),
            },
            shown(effect.fixed.effect),
            format!("[{}, {}]", shown(interval.lower), shown(interval.upper)),
            p_value.map(words::probability).unwrap_or_default(),
        ]);
    }
    // Of quantiles nothing is known that would hold at any time.
    let one_look = match evaluation.reading {
        variate_stats::evaluation::Reading::Fixed => "",
        _ => ", for one look",
    };
    for of in &method.quantiles {
        let unit = unit_of(method, &of.arm, &of.metric);
        let shown = |value: f64| words::difference(value, unit);
        let relative = of.relative.map(|of| format!(" ({})", words::change(of)));
        let interval = of.estimate.map(|of| of.interval);
        table.row([
            of.arm.clone(),
            format!("{} (p{:.0})", of.metric, 100.0 * of.probability),
            format!("{}{}", shown(of.difference), relative.unwrap_or_default()),
            interval.map_or_else(String::new, |of| {
                format!("[{}, {}]", shown(of.lower), shown(of.upper))
            }),
            of.estimate.map_or_else(String::new, |of| {
                format!("{}{one_look}", words::probability(of.p_value))
            }),
        ]);
    }
    if table.has_rows() {
        out.write_str("\n")?;
        table.write(out)?;
    }
    out.write_str("\n")?;
    for warning in &evaluation.warnings {
        if let Some(warning) = words::warning(warning, method.analysis) {
            writeln!(out, "  warning: {warning}")?;
        }
    }
    writeln!(out, "  {}", evaluation.conclusion.text)
}

fn unit_of<'a>(method: &'a MethodReport, arm: &str, metric: &str) -> &'a str {
    method
        .arm(arm)
        .and_then(|arm| arm.metric(metric))
        .map_or("", |metric| metric.unit.as_str())
}

fn metric_names(method: &MethodReport) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for metric in method.arms.iter().flat_map(|arm| &arm.metrics) {
        if !names.contains(&metric.name.as_str()) {
            names.push(&metric.name);
        }
    }
    names
}

fn share(of: Bounded) -> String {
    let percent = words::percent;
    let interval = of
        .interval
        .map(|of| format!(" [{}, {}]", percent(of.lower), percent(of.upper)));
    format!("{}{}", percent(of.value), interval.unwrap_or_default())
}

fn bounded(of: Bounded, unit: &str) -> String {
    let value = words::value(of.value, unit);
    match of.interval {
        // Of values that are all the same there is nothing to say.
        Some(interval) if interval.width() > 0.0 => {
            format!("{value} [{}]", words::interval(interval, unit))
        }
        _ => value,
    }
}

/// Columns as wide as what stands in them.
struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    fn new(heads: [&str; N]) -> Self {
        Self {
            rows: vec![heads.map(str::to_owned)],
        }
    }

    fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    fn has_rows(&self) -> bool {
        self.rows.len() > 1
    }

    fn write(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &self.rows {
            let mut line = String::from("  ");
            for (width, cell) in widths.iter().zip(row) {
                let blank = width - cell.chars().count() + 2;
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', blank));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
