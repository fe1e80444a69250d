//! The table of Abba, the calculator behind Gimel's dashboard.

use maud::{Markup, html};
use variate::MetricKind;
use variate_stats::proportion::{Proportion, abba};

use crate::event::is_exposure;
use crate::live::LiveEvaluation;
use crate::live::words::{change, changes, count, percent, probability};
use crate::{CellTallies, ExperimentTallies};

/// What it says of one metric.
pub(super) struct Table {
    metric: String,
    rows: Vec<Row>,
    /// Why there is nothing to compare.
    reason: Option<String>,
}

struct Row {
    variant: String,
    successes: u64,
    trials: u64,
    rate: Option<String>,
    interval: Option<String>,
    p_value: Option<String>,
    improvement: Option<String>,
}

/// Of each conversion.
pub(super) fn tables(live: &LiveEvaluation, tallies: &ExperimentTallies) -> Vec<Table> {
    let metrics = live.metrics.iter().filter_map(|of| match &of.metric.kind {
        MetricKind::Conversion { action } => Some((of.metric.name.as_str(), action.as_str())),
        _ => None,
    });
    metrics
        .map(|(metric, action)| table(live, tallies, metric, action))
        .collect()
}

fn table(live: &LiveEvaluation, tallies: &ExperimentTallies, metric: &str, action: &str) -> Table {
    let variants = live.evaluation.variants.iter();
    let mut rows: Vec<Row> = variants
        .map(|of| Row {
            variant: of.name.clone(),
            successes: units(tallies, &of.name, |name| name == action),
            trials: units(tallies, &of.name, is_exposure),
            rate: None,
            interval: None,
            p_value: None,
            improvement: None,
        })
        .collect();
    let proportions = rows.iter().map(|row| {
        Proportion::new(row.successes, row.trials)
            .map_err(|error| format!("{}: {error}", row.variant))
    });
    let proportions: Result<Vec<Proportion>, String> = proportions.collect();
    let answer = proportions.and_then(|of| match of.split_first() {
        Some((control, others)) if !others.is_empty() => {
            abba(*control, others, live.plan.alpha).map_err(|error| error.to_string())
        }
        _ => Err("there is nothing to compare with".to_owned()),
    });
    let reason = match answer {
        Ok(answer) => {
            if let Some(row) = rows.first_mut() {
                row.rate = Some(percent(answer.rate));
                row.interval = Some(rates(answer.interval));
            }
            for (row, of) in rows.iter_mut().skip(1).zip(&answer.treatments) {
                row.rate = Some(percent(of.rate));
                row.interval = Some(rates(of.interval));
                row.p_value = Some(probability(of.p_value));
                row.improvement =
                    of.improvement
                        .zip(of.improvement_interval)
                        .map(|(improvement, interval)| {
                            format!(
                                "{} ({})",
                                change(improvement, true),
                                changes(interval, true)
                            )
                        });
            }
            None
        }
        Err(reason) => Some(reason),
    };
    Table {
        metric: metric.to_owned(),
        rows,
        reason,
    }
}

fn rates(interval: variate_stats::Interval) -> String {
    format!("{} to {}", percent(interval.lower), percent(interval.upper))
}

/// As Gimel's clients count: each unit in every variant that it was seen in, and those that another system had counted.
fn units(tallies: &ExperimentTallies, variant: &str, is_it: impl Fn(&str) -> bool) -> u64 {
    let cells = tallies.cells.iter();
    let cells = cells.filter(|cell| cell.variant == variant && is_it(&cell.action));
    let units = cells.map(|cell: &CellTallies| {
        let seen = cell.total.counted.units + cell.total.crossover.units;
        u64::try_from(seen).unwrap_or(0) + cell.baseline.map_or(0, |of| of.units)
    });
    units.sum()
}

impl Table {
    pub(super) fn to_html(&self) -> Markup {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        html! {
            div.scroll tabindex="0" role="region" aria-label={ "Abba's table of " (self.metric) } {
                table.abba {
                    caption { (self.metric) }
                    thead {
                        tr {
                            th scope="col" { "Variant" }
                            th scope="col" { "Successes" }
                            th scope="col" { "Trials" }
                            th scope="col" { "Success rate" }
                            th scope="col" { "Interval" }
                            th scope="col" { "p-value" }
                            th scope="col" { "Improvement" }
                        }
                    }
                    tbody {
                        @for row in &self.rows {
                            tr {
                                th scope="row" { (row.variant) }
                                td { (count(row.successes)) }
                                td { (count(row.trials)) }
                                td { (or_none(&row.rate)) }
                                td { (or_none(&row.interval)) }
                                td { (or_none(&row.p_value)) }
                                td { (or_none(&row.improvement)) }
                            }
                        }
                    }
                }
            }
            @if let Some(reason) = &self.reason { p.small { (reason) } }
        }
    }
}
