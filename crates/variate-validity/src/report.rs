//! The report: a table for each study.

use std::fmt::Write as _;

use variate_stats::words::count;

use crate::{Claim, Promise, Rate, Study, Verdict};

/// How seldom chance alone is to call a kept promise broken, for each figure of the full report.
pub const ERROR: f64 = 1e-4;

/// A study with what was found.
#[derive(Debug)]
pub struct Result {
    /// What was simulated.
    pub study: Study,
    /// One for each claim.
    pub rates: Vec<Rate>,
}

impl Result {
    /// The claims that were found broken, with what was seen.
    pub fn broken(&self) -> impl Iterator<Item = (&Claim, &Rate)> {
        self.study
            .claims
            .iter()
            .zip(&self.rates)
            .filter(|(claim, rate)| claim.verdict(rate, ERROR) == Verdict::Broken)
    }

    /// Heading, what it is about, and the table.
    pub fn table(&self) -> String {
        let Self { study, rates } = self;
        let mut columns: Vec<&str> = Vec::new();
        let mut rows: Vec<&str> = Vec::new();
        for claim in &study.claims {
            if !columns.contains(&claim.when.as_str()) {
                columns.push(&claim.when);
            }
            if !rows.contains(&claim.method.as_str()) {
                rows.push(&claim.method);
            }
        }
        let runs = rates.first().map_or(0, Rate::runs);
        let mut text = format!(
            "## {}\n\n{}\n\n`{}`, {} runs.\n\n| | promised |",
            study.title,
            study.about,
            study.name,
            count(runs)
        );
        for column in &columns {
            let _ = write!(text, " {column} |");
        }
        text.push_str("\n|---|---|");
        text.push_str(&"---|".repeat(columns.len()));
        text.push('\n');
        for row in rows {
            let of = |column: Option<&str>| {
                study.claims.iter().zip(rates).find(move |(claim, _)| {
                    claim.method == row && column.is_none_or(|column| claim.when == column)
                })
            };
            let promise = of(None).map_or_else(String::new, |(claim, _)| promised(claim.promise));
            let _ = write!(text, "| {row} | {promise} |");
            for column in &columns {
                let cell =
                    of(Some(column)).map_or_else(String::new, |(claim, rate)| cell(claim, rate));
                let _ = write!(text, " {cell} |");
            }
            text.push('\n');
        }
        text
    }
}

fn promised(promise: Promise) -> String {
    match promise {
        Promise::AtMost(limit) => format!("≤ {}", percent(limit)),
        Promise::AtLeast(limit) => format!("≥ {}", percent(limit)),
        Promise::Exactly(limit) => percent(limit),
        Promise::Approximately(limit) => format!("about {}", percent(limit)),
        Promise::Exceeds(_) | Promise::FallsShort(_) | Promise::Nothing => "nothing".to_owned(),
    }
}

fn cell(claim: &Claim, rate: &Rate) -> String {
    let figure = format!("{:.2} ± {:.2} %", 100.0 * rate.mean(), 100.0 * rate.error());
    match claim.verdict(rate, ERROR) {
        Verdict::Kept => figure,
        Verdict::Shown => format!("*{figure}*"),
        Verdict::Documented => format!("**{figure}** †"),
        Verdict::Broken => format!("**{figure}** ✗"),
    }
}

fn percent(share: f64) -> String {
    let figure = format!("{:.2}", 100.0 * share);
    let figure = figure.trim_end_matches('0').trim_end_matches('.');
    format!("{figure} %")
}

/// The whole page.
pub fn page(results: &[Result], seed: u64) -> String {
    let figures: usize = results.iter().map(|it| it.rates.len()).sum();
    let broken: usize = results.iter().map(|it| it.broken().count()).sum();
    let mut text = format!(
        "# Validity: what the methods promise, and what was seen\n\n\
         Simulations with a known truth, of every method of `variate-stats`. Made by `cargo run --release -p variate-validity` with the seed {seed}: \
         the same figures on every machine, for any number of threads. A subset with fewer runs is tested in CI.\n\n\
         How to read a figure: `5.13 ± 0.22 %` is the share of runs and its Monte-Carlo error (one standard error). A figure without a mark keeps the promise of its row, but \
         for what chance explains (a one-sided binomial test at {ERROR}). **†**: the method makes no such promise here, and is off as the text says. \
         *Slanted*: nothing is promised; a figure to know. **✗**: a promise that was not kept.\n\n\
         {figures} figures, {broken} of them a promise that was not kept.\n\n{}\n",
        include_str!("findings.md")
    );
    for result in results {
        text.push_str(&result.table());
        for (study, plot) in PLOTS {
            if study == result.study.name {
                let _ = write!(text, "\n![{}](validity/{plot}.svg)\n", result.study.title);
            }
        }
        text.push('\n');
    }
    while text.ends_with("\n\n") {
        text.pop();
    }
    text
}

/// Which study has which plot.
pub const PLOTS: [(&str, &str); 2] = [
    ("peeking-normal", "peeking"),
    ("coverage-one-rate", "one-rate"),
];
