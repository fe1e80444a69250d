//! How fast evaluations are: `cargo bench -p variate-stats --bench evaluation`.
//!
//! Medians of several turns, each with the best and the worst one. `-- --json` prints them for programs
//! (`benchmarks/evaluation` puts them beside Ep-Stats, gbstats and numpy); `-- --only units` leaves out rows whose name does not
//! hold the text, in which `$` stands for the end.
#![allow(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "figures for people"
)]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use variate_stats::ep_stats::{
    Aggregation, Day, Experiment, GoalRow, Metric, Mode, NoGoals, Settings, Statistic, UnitId,
    UnitRow, evaluate, evaluate_by_unit, evaluate_json,
};
use variate_stats::evaluation::{self, Observed, ObservedVariant, Plan, Sample};
use variate_stats::mean::TwoMeans;
use variate_stats::proportion::Proportion;
use variate_stats::quantile::Quantile;
use variate_stats::{Moments, Side};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const VARIANTS: [&str; 4] = ["a", "b", "c", "d"];

struct Bench {
    json: bool,
    only: Option<String>,
    first: bool,
}

fn main() -> Result<()> {
    let mut bench = Bench {
        json: false,
        only: None,
        first: true,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => bench.json = true,
            "--only" => bench.only = arguments.next(),
            // Cargo's own.
            "--bench" => {}
            other => return Err(format!("no option {other}; there are --json and --only").into()),
        }
    }
    bench.head();
    bench.aggregates()?;
    bench.own_type()?;
    bench.units()?;
    if bench.json {
        println!("}}");
    }
    Ok(())
}

impl Bench {
    fn head(&self) {
        if self.json {
            println!("{{");
        } else {
            println!("| | median ms | best | worst | turns |\n|---|---:|---:|---:|---:|");
        }
    }

    /// Takes the time of one thing, for about a second, and prints it.
    fn row<T>(&mut self, name: &str, mut work: impl FnMut() -> Result<T>) -> Result<()> {
        if !self.wants(&[name]) {
            return Ok(());
        }
        // The former answer is kept until the next is there, as who shows it does; else the allocator gives its pages back to the
        // system, and every turn waits for them anew.
        let mut kept = black_box(work()?);
        let mut took = Vec::new();
        let started = Instant::now();
        while took.is_empty()
            || (took.len() < 5 && started.elapsed() < Duration::from_secs(4))
            || (took.len() < 501 && started.elapsed() < Duration::from_secs(1))
        {
            let turn = Instant::now();
            let done = black_box(work()?);
            took.push(turn.elapsed().as_secs_f64() * 1e3);
            kept = done;
        }
        drop(kept);
        took.sort_by(f64::total_cmp);
        let of = |at: usize| took.get(at).copied().unwrap_or(f64::NAN);
        let (median, best, worst, turns) =
            (of(took.len() / 2), of(0), of(took.len() - 1), took.len());
        if self.json {
            let comma = if self.first { "" } else { "," };
            println!(
                "{comma}\"{name}\": {{\"median\": {median}, \"best\": {best}, \"worst\": {worst}, \"turns\": {turns}}}"
            );
        } else {
            println!("| {name} | {median:.3} | {best:.3} | {worst:.3} | {turns} |");
        }
        self.first = false;
        Ok(())
    }

    /// Whether a row of this group is asked for, before its data is made.
    fn wants(&self, names: &[&str]) -> bool {
        let only = self.only.as_deref().unwrap_or("");
        names.iter().any(|name| format!("{name}$").contains(only))
    }

    fn aggregates(&mut self) -> Result<()> {
        let today = Day::from_epoch(20_000);
        for (metrics, mode, name) in [
            (1, Mode::Compat, "aggregates 1"),
            (10, Mode::Compat, "aggregates 10"),
            (100, Mode::Compat, "aggregates 100"),
            (1_000, Mode::Compat, "aggregates 1000"),
            (1_000, Mode::Corrected, "aggregates 1000 corrected"),
            (10_000, Mode::Compat, "aggregates 10000"),
            (100_000, Mode::Compat, "aggregates 100000"),
        ] {
            if self.wants(&[name]) {
                let (experiment, rows) = (experiment(metrics), rows(metrics));
                self.row(name, || Ok(evaluate(&experiment, &rows, today, mode)?))?;
            }
        }
        for (metrics, mode, name) in [
            (1_000, Mode::Compat, "json 1000"),
            (1_000, Mode::Corrected, "json 1000 corrected"),
            (100_000, Mode::Compat, "json 100000"),
        ] {
            if self.wants(&[name]) {
                let body = request(metrics);
                let settings = Settings::new(today).mode(mode);
                self.row(name, || {
                    let answer = evaluate_json(body.as_bytes(), &NoGoals, &settings);
                    match answer.status {
                        200 => Ok(answer),
                        _ => Err(answer.body.into()),
                    }
                })?;
            }
        }
        Ok(())
    }

    /// The evaluation type that the dashboard and reports have.
    fn own_type(&mut self) -> Result<()> {
        let names = ["evaluation 1000 rates", "evaluation 1000 means"];
        for (name, rates) in names.into_iter().zip([true, false]) {
            if self.wants(&[name]) {
                let (plan, observed) = (plan(1_000), observed(1_000, rates)?);
                self.row(name, || Ok(evaluation::evaluate(&plan, &observed)?))?;
            }
        }
        Ok(())
    }

    /// The values of all units, those of each arm in a row.
    fn columns(&mut self, units: u32, name: &str) -> Result<()> {
        let arm = |from: u32| -> Vec<f64> {
            (0..units / 2)
                .map(|unit| f64::from((unit * 31 + from) % 1_009) * 0.37)
                .collect()
        };
        let (control, treatment) = (arm(0), arm(3));
        self.row(&format!("{name} mean, values in columns"), || {
            let means = TwoMeans {
                control: Moments::from_values(&control),
                treatment: Moments::from_values(&treatment),
            };
            Ok(means.welch(0.05, Side::Both)?)
        })?;
        self.row(&format!("{name} quantile, values in columns"), || {
            Ok(Quantile::new(0.9)?.compare(&control, &treatment, 0.05, Side::Both)?)
        })
    }

    fn units(&mut self) -> Result<()> {
        let today = Day::from_epoch(20_000);
        for (units, name) in [(100_000, "units 100000"), (1_000_000, "units 1000000")] {
            let names = [
                (" mean", Mode::Compat, Statistic::Mean),
                (" mean corrected", Mode::Corrected, Statistic::Mean),
                (" quantile", Mode::Compat, Statistic::Quantile(0.9)),
                (
                    " quantile corrected",
                    Mode::Corrected,
                    Statistic::Quantile(0.9),
                ),
            ]
            .map(|(what, mode, statistic)| (format!("{name}{what}"), mode, statistic));
            self.columns(units, name)?;
            if !names.iter().any(|(name, ..)| self.wants(&[name])) {
                continue;
            }
            let rows = unit_rows(units);
            for (name, mode, statistic) in names {
                let mut metric = Metric::new(
                    1,
                    "Revenue",
                    "value(user.unit.purchase)",
                    "count(user.unit.exposure)",
                );
                metric.statistic = statistic;
                let experiment = Experiment::new("shop", "a", "user").metric(metric);
                self.row(&name, || {
                    Ok(evaluate_by_unit(&experiment, &rows, today, mode)?)
                })?;
            }
        }
        Ok(())
    }
}

fn experiment(metrics: usize) -> Experiment {
    (0..metrics).fold(Experiment::new("shop", "a", "user"), |experiment, at| {
        let id = i64::try_from(at + 1).unwrap_or(i64::MAX);
        let mut metric = Metric::new(
            id,
            format!("Metric {id}"),
            format!("value(user.unit.goal_{at})"),
            "count(user.global.exposure)",
        );
        metric.minimum_effect = Some(0.05);
        experiment.metric(metric)
    })
}

/// How many units a variant has.
fn size(variant: usize) -> f64 {
    (100_000 + 137 * variant) as f64
}

/// The sum of a goal's values in a variant, and of their squares.
fn sums(variant: usize, goal: usize) -> (f64, f64) {
    let rate = 0.05 + 0.001 * (goal % 97) as f64;
    let effect = 0.004 * variant as f64 * ((goal % 7) as f64 - 3.0);
    let sum = (size(variant) * rate * (1.0 + effect)).round();
    (sum, 3.0 * sum)
}

fn rows(metrics: usize) -> Vec<GoalRow> {
    let mut rows = Vec::new();
    for (variant, name) in VARIANTS.into_iter().enumerate() {
        let exposure = GoalRow::new(name, "user", Aggregation::Global, "exposure");
        rows.push(exposure.counted(size(variant)));
        for goal in 0..metrics {
            let (sum, squares) = sums(variant, goal);
            let row = GoalRow::new(name, "user", Aggregation::Unit, format!("goal_{goal}"));
            rows.push(row.counted(sum).valued(sum, squares));
        }
    }
    rows
}

/// The same as the body of a request, with its goals.
fn request(metrics: usize) -> String {
    let list = |items: Vec<String>| items.join(", ");
    let of_metrics = (0..metrics).map(|at| {
        format!(
            r#"{{"id": {}, "name": "Metric {}", "nominator": "value(user.unit.goal_{at})", "denominator": "count(user.global.exposure)", "minimum_effect": 0.05}}"#,
            at + 1,
            at + 1
        )
    });
    let of_rows = rows(metrics).into_iter().map(|row| {
        format!(
            r#"{{"exp_variant_id": "{}", "unit_type": "user", "agg_type": "{}", "goal": "{}", "count": {:?}, "sum_sqr_count": {:?}, "sum_value": {:?}, "sum_sqr_value": {:?}, "count_unique": {:?}}}"#,
            row.exp_variant_id,
            row.agg_type.name(),
            row.goal,
            row.count,
            row.sum_sqr_count,
            row.sum_value,
            row.sum_sqr_value,
            row.count_unique
        )
    });
    format!(
        r#"{{"id": "shop", "control_variant": "a", "unit_type": "user", "metrics": [{}], "checks": [{{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}}], "goals": [{}]}}"#,
        list(of_metrics.collect()),
        list(of_rows.collect())
    )
}

fn plan(metrics: usize) -> Plan {
    let mut plan = Plan::new("shop", "a");
    plan.metrics = (0..metrics)
        .map(|at| evaluation::Metric::new(format!("Metric {at}")).minimum_effect(0.05))
        .collect();
    plan
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts, made above"
)]
fn observed(metrics: usize, rates: bool) -> Result<Observed> {
    let mut variants = Vec::new();
    for (variant, name) in VARIANTS.into_iter().enumerate() {
        let n = size(variant);
        let mut of = ObservedVariant::new(name, n as u64);
        for goal in 0..metrics {
            let (sum, squares) = sums(variant, goal);
            let sample = if rates {
                Sample::Rate(Proportion::new(sum as u64, n as u64)?)
            } else {
                Sample::Mean(Moments::from_tallies(n as u64, sum, squares))
            };
            of = of.with(format!("Metric {goal}"), sample);
        }
        variants.push(of);
    }
    Ok(Observed::new(variants))
}

/// Every unit is exposed, three of ten have a purchase.
fn unit_rows(units: u32) -> Vec<UnitRow> {
    let mut rows = Vec::new();
    for unit in 0..units {
        let variant = if unit % 2 == 0 { "a" } else { "b" };
        let row =
            |goal, value| UnitRow::new(variant, "user", UnitId::Number(unit.into()), goal, value);
        rows.push(row("exposure", 1.0));
        if unit % 10 < 3 {
            // Spread over three digits, skewed as revenues are.
            let share = f64::from(unit.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24);
            rows.push(row("purchase", 5.0 / (1.001 - share)));
        }
    }
    rows
}
