//! Runs the studies and writes the report.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use variate_validity::report::{self, Result as Studied};
use variate_validity::{Study, plot, studies, suite};

const USAGE: &str = "usage: variate-validity [--quick] [--only NAME]... [--seed N] [--runs N] [--threads N]

Runs every study and writes docs/validity.md and its plots. With --quick (a twentieth of the runs), --only
(studies whose name begins so) or --runs, the tables go to the standard output instead.";

/// Of the committed report.
const SEED: u64 = 20_261_121;

struct Arguments {
    quick: bool,
    only: Vec<String>,
    seed: u64,
    runs: Option<u64>,
    threads: usize,
}

impl Arguments {
    fn read() -> Result<Self, String> {
        let mut read = Self {
            quick: false,
            only: Vec::new(),
            seed: SEED,
            runs: None,
            threads: 2,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or(format!("{word} without a value\n{USAGE}"))
            };
            let number = |text: String| {
                text.parse::<u64>()
                    .ok()
                    .filter(|&number| number > 0 || word == "--seed")
                    .ok_or(format!(
                        "`{text}` after {word}: a whole number above 0\n{USAGE}"
                    ))
            };
            match word.as_str() {
                "--quick" => read.quick = true,
                "--only" => read.only.push(value()?),
                "--seed" => read.seed = number(value()?)?,
                "--runs" => read.runs = Some(number(value()?)?),
                "--threads" => read.threads = usize::try_from(number(value()?)?).unwrap_or(2),
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(read)
    }

    fn runs(&self, study: &Study) -> u64 {
        let all = if self.quick {
            (study.runs / 20).max(100)
        } else {
            study.runs
        };
        self.runs.unwrap_or(all)
    }

    fn wants(&self, study: &Study) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| study.name.starts_with(name))
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let arguments = Arguments::read()?;
    let wanted: Vec<Study> = suite()
        .into_iter()
        .filter(|study| arguments.wants(study))
        .collect();
    if wanted.is_empty() {
        return Err(format!(
            "no study of that name; there are {}",
            studies::names().join(", ")
        ));
    }
    let all: u64 = wanted.iter().map(|study| arguments.runs(study)).sum();
    let style = ProgressStyle::with_template(
        "{bar:30} {percent:>3} %  {elapsed_precise} (to go: {eta_precise})  {msg}",
    )
    .map_err(|error| error.to_string())?;
    let bar = ProgressBar::new(all).with_style(style);
    let mut results = Vec::new();
    for study in wanted {
        bar.set_message(study.name);
        let started = Instant::now();
        let rates = study.run(
            arguments.seed,
            arguments.runs(&study),
            arguments.threads,
            |runs| bar.inc(runs),
        );
        let seconds = started.elapsed().as_secs_f64();
        bar.suspend(|| eprintln!("{seconds:>7.1} s  {}", study.name));
        results.push(Studied { study, rates });
    }
    bar.finish_and_clear();
    let is_full = arguments.only.is_empty() && arguments.runs.is_none() && !arguments.quick;
    if is_full {
        write(&results, arguments.seed)?;
    } else {
        for result in &results {
            println!("{}", result.table());
        }
    }
    for result in &results {
        for (claim, rate) in result.broken() {
            eprintln!(
                "not kept: {}: {}, {}: {:.2} % ± {:.2}, promised {:?}",
                result.study.name,
                claim.method,
                claim.when,
                100.0 * rate.mean(),
                100.0 * rate.error(),
                claim.promise
            );
        }
    }
    Ok(())
}

fn write(results: &[Studied], seed: u64) -> Result<(), String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let save = |name: &str, text: String| {
        let path = docs.join(name);
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    save("validity.md", report::page(results, seed))?;
    for result in results {
        if result.study.name == "peeking-normal" {
            save("validity/peeking.svg", plot::peeking(result))?;
        }
    }
    save("validity/one-rate.svg", plot::one_rate())?;
    eprintln!("written: docs/validity.md and docs/validity/*.svg");
    Ok(())
}
