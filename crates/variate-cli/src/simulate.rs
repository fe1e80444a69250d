//! `variate simulate`: what experiments are going to be like, before they are launched.

mod contexts;
mod table;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use variate::Catalogue;
use variate_simulation::{Baseline, Report as Simulated, Simulation};

use crate::arguments::Unusable;
use crate::check::date;
use crate::evaluate::EvaluateError;
use crate::key_options::KeyOptions;
use crate::report::{Report, json};
use crate::spinner::progress_bar;

pub(crate) const EXAMPLES: &str = "Examples:
  variate simulate catalogue.toml
  variate simulate catalogue.toml --baseline purchases=0.04 --baseline 'order value=60:35:0.04' --daily 8000
  variate simulate catalogue.toml --experiment pill_color --effect 0.1 --runs 2000 --html pill_color.html
  variate simulate catalogue.toml --contexts seen.jsonl --deny-warnings --json

Units that nobody is go through the real assignment of the catalogue. It tells who takes part and how they are split; whether
experiments are independent of each other; how often the declared plan, looked at every day, raises a false alarm where nothing differs; and
how often, and when, it finds the effect where there is one, beside what theory says. `variate sample-size` and `variate power` have the
formulas without a catalogue.

A baseline is what a metric is like without a treatment:
  conversion   0.04          4 % of the units do it
  count        1.5 or 1.5:2  events by unit, and their standard deviation (Poisson's without)
  value        20:35         mean and standard deviation of a unit's total
  ratio        60:35:0.04    the ratio, the standard deviation of one of what it is divided by, and how many of these a unit has; 60:35 for
                             one, 0.1 or 0.1::5 for events by events
What is not given is assumed, and told. A metric's name may have its experiment's before it: 'pill_color/purchases=0.04'.

--contexts takes a file with a context a line, as {\"user_id\": 42, \"country\": \"DE\"}: rules then see real attributes.

The same seed gives the same answer. The exit code is 0 where there is one, 1 with --deny-warnings where something is wrong (units not split as
planned, experiments that are not independent, more false alarms than the level, too little power, nobody who takes part) or where a file cannot
be read or written, and 2 where the catalogue or the options make no sense.";

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The catalogues, which are to be used together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only this experiment; may be given several times
    #[arg(long, value_name = "NAME")]
    experiment: Vec<String>,
    /// What a metric is like without a treatment, as in purchases=0.04; may be given several times
    #[arg(long, value_name = "METRIC=BASELINE", value_parser = baseline)]
    baseline: Vec<(String, Baseline)>,
    /// The relative effect of a treatment, on all metrics or on one, as in 0.05 or purchases=0.05; each metric's minimum effect without
    #[arg(long, value_name = "[METRIC=]EFFECT", value_parser = effect, allow_negative_numbers = true)]
    effect: Vec<(Option<String>, f64)>,
    /// How many units come a day, whether or not they take part
    #[arg(long, value_name = "COUNT")]
    daily: Option<u64>,
    /// After how many days experiments are read, whatever their plans say
    #[arg(long, value_name = "COUNT")]
    days: Option<u32>,
    /// How many units meet every experiment, to see how they are split
    #[arg(long, value_name = "COUNT")]
    units: Option<u64>,
    /// How many runs there are of each experiment
    #[arg(long, value_name = "COUNT")]
    runs: Option<u64>,
    /// Another one gives other units, and other luck
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// A file with contexts that were seen, one a line as a JSON object; the standard input where it is `-`
    #[arg(long, value_name = "FILE")]
    contexts: Option<PathBuf>,
    /// The key of contexts that tells units apart; may be given several times. Those of layers and holdouts without, or `user_id`
    #[arg(long, value_name = "KEY")]
    unit: Vec<String>,
    /// The day that counts as today: 2026-11-01 or 2026-11-01T09:00:00Z
    #[arg(long, value_name = "DATE", value_parser = date)]
    now: Option<SystemTime>,
    /// Fail where something is wrong
    #[arg(long)]
    deny_warnings: bool,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Write a picture of power and false alarms by day, as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Write a page with all of it
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    keys: KeyOptions,
}

impl SimulateArguments {
    /// The simulation with its options, or what is wrong with those of keys.
    pub(crate) fn report(&self) -> Result<Result<Report, EvaluateError>, Unusable> {
        let mut config = self.keys.builder()?;
        if let Some(scheme) = self.keys.keyed_if_secret()? {
            config = config.named_key_scheme("keyed", scheme);
        }
        let simulated = || -> Result<Report, EvaluateError> {
            let simulation = self.simulation()?.config(config);
            let bar = progress_bar("{bar:30} {percent:>3} %  simulating, {elapsed} ({eta} to go)");
            let report = simulation.run(|progress| {
                bar.set_length(progress.all);
                bar.set_position(progress.done);
            });
            bar.finish_and_clear();
            let report = report.map_err(|error| EvaluateError::Refused(error.to_string()))?;
            if let Some(path) = &self.plot {
                write(path, &report.to_svg())?;
            }
            if let Some(path) = &self.html {
                write(path, &report.to_html())?;
            }
            Ok(self.answer(&report))
        };
        Ok(simulated())
    }

    fn simulation(&self) -> Result<Simulation, EvaluateError> {
        let catalogues = self.files.iter().map(Catalogue::from_path);
        let catalogues: Vec<Catalogue> = catalogues.collect::<Result<_, _>>()?;
        let mut simulation = Simulation::of(catalogues).seed(self.seed);
        for name in &self.experiment {
            simulation = simulation.only(name);
        }
        for (metric, baseline) in &self.baseline {
            simulation = simulation.baseline(metric, *baseline);
        }
        for (metric, effect) in &self.effect {
            simulation = match metric {
                Some(metric) => simulation.effect_on(metric, *effect),
                None => simulation.effect(*effect),
            };
        }
        for key in &self.unit {
            simulation = simulation.unit(key);
        }
        if let Some(path) = &self.contexts {
            simulation = simulation.contexts(contexts::read(path)?);
        }
        if let Some(now) = self.now {
            simulation = simulation.now(now);
        }
        if let Some(units) = self.units {
            simulation = simulation.units(units);
        }
        if let Some(runs) = self.runs {
            simulation = simulation.runs(runs);
        }
        if let Some(days) = self.days {
            simulation = simulation.days(days);
        }
        if let Some(daily) = self.daily {
            simulation = simulation.daily(daily);
        }
        Ok(simulation)
    }

    fn answer(&self, report: &Simulated) -> Report {
        let text = if self.json {
            json(report)
        } else {
            table::text(report)
        };
        Report {
            text,
            is_good: !self.deny_warnings || report.problems.is_empty(),
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), EvaluateError> {
    std::fs::write(path, text).map_err(|error| EvaluateError::Write {
        path: path.to_owned(),
        error,
    })
}

/// `purchases=0.04`.
fn baseline(text: &str) -> Result<(String, Baseline), String> {
    let (metric, baseline) = text
        .rsplit_once('=')
        .ok_or_else(|| format!("`{text}` names no metric: write it as in purchases=0.04"))?;
    let baseline = baseline.parse().map_err(|error| format!("{error}"))?;
    Ok((metric.trim().to_owned(), baseline))
}

/// `0.05` or `purchases=0.05`.
fn effect(text: &str) -> Result<(Option<String>, f64), String> {
    let (metric, effect) = match text.rsplit_once('=') {
        Some((metric, effect)) => (Some(metric.trim().to_owned()), effect),
        None => (None, text),
    };
    let number = effect.trim().parse().ok().filter(|of: &f64| of.is_finite());
    let number = number.ok_or_else(|| {
        format!("`{effect}` is no effect: expected a share, as 0.05 for 5 %, alone or as in purchases=0.05")
    })?;
    Ok((metric, number))
}
