//! `variate evaluate`: an experiment's metrics and checks, from goals.

mod table;

pub(crate) use variate_stats::words::percent;

pub(crate) use self::table::count;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use serde_json::Value;
use variate_collector::{Day, EmbeddedStore, EventStore, StoreError, StoreGoals};
use variate_goals::{CsvGoals, GoalsError};
use variate_stats::ep_stats::{
    self, Experiment, GoalError, GoalRow, GoalSource, Mode, Nan, Settings, evaluate_json,
};

use crate::goal_options::{GoalOptionsError, Source, SqlOptions};
use crate::report::Report;
use crate::spinner::spinner;
use crate::store_url::{Place, StoreUrlError, open_store};

pub(crate) const EXAMPLES: &str = r#"Examples:
  variate evaluate request.json
  variate evaluate request.json --goals goals.csv
  variate evaluate request.json --goals goals.csv --shares a=90,b=10
  variate evaluate request.json --store dir:/var/lib/variate --namespace shop
  variate evaluate request.json --goals-sql sqlite:shop.db --query goals.sql
  variate evaluate --json --compat - < request.json

The request is that of Ep-Stats:
  {"id": "checkout", "control_variant": "a", "unit_type": "user",
   "metrics": [{"id": 1, "name": "Conversion", "nominator": "count(user.unit.purchase)",
                "denominator": "count(user.global.exposure)"}],
   "checks": [{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}]}

Its goals may stand in it: "goals": [{"exp_variant_id": "a", "unit_type": "user", "agg_type": "global", "goal": "exposure",
"count": 1000}, ..]. A CSV file has those names in its first line; with a column unit_id goals are by unit. Actions of a store
are goals, and `exposure` is that of being exposed.

The exit code is 0 where there is an answer, 2 where the request or the options make no sense, and 1 where something cannot be
read."#;

#[derive(Debug, Args)]
pub(crate) struct EvaluateArguments {
    /// The file with the request; the standard input where it is `-`
    request: PathBuf,
    /// A CSV file with the goals
    #[arg(long, value_name = "FILE", conflicts_with_all = ["goals_sql", "store"])]
    goals: Option<PathBuf>,
    #[command(flatten)]
    sql: SqlOptions,
    /// The store of a collector whose tallies are the goals: dir:PATH or redis://HOST:PORT
    #[arg(long, value_name = "STORE", conflicts_with = "goals_sql")]
    store: Option<String>,
    /// The namespace of the experiment in the store
    #[arg(
        long,
        value_name = "NAME",
        default_value = "alephbet",
        requires = "store"
    )]
    namespace: String,
    /// Ask the query for goals by unit, as quantiles need them
    #[arg(long, requires = "goals_sql")]
    by_unit: bool,
    /// The share of units that each variant was to get, as in a=90,b=10; they need not add up to 100
    ///
    /// Takes the place of `shares` in the request. Equal ones where neither is there.
    #[arg(long, value_name = "VARIANT=SHARE,..", value_delimiter = ',', value_parser = share, conflicts_with = "compat")]
    shares: Vec<(String, f64)>,
    /// Answer as Ep-Stats does, also where it is wrong
    #[arg(long)]
    compat: bool,
    /// Print what POST /v1/evaluate answers, or with --compat POST /evaluate
    #[arg(long)]
    json: bool,
}

/// Why nothing is evaluated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvaluateError {
    #[error("cannot read `{}`: {error}", .path.display())]
    Read { path: PathBuf, error: io::Error },
    #[error("cannot write `{}`: {error}", .path.display())]
    Write { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Options(#[from] GoalOptionsError),
    #[error(transparent)]
    Goals(#[from] GoalsError),
    #[error(transparent)]
    Url(#[from] StoreUrlError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Catalogue(#[from] variate::CatalogueError),
    #[error("the collector at {url} did not answer: {why}")]
    Server { url: String, why: String },
    #[error("{0}")]
    Source(String),
    #[error("{0}")]
    Refused(String),
}

impl EvaluateError {
    /// Whether what was given is wrong, and not where it is from.
    pub(crate) fn is_of_options(&self) -> bool {
        match self {
            Self::Url(error) => error.is_of_options(),
            Self::Options(error) => !matches!(error, GoalOptionsError::Query { .. }),
            Self::Refused(_) | Self::Catalogue(_) => true,
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Goals(_)
            | Self::Store(_)
            | Self::Source(_)
            | Self::Server { .. } => false,
        }
    }
}

impl EvaluateArguments {
    pub(crate) fn report(&self) -> Result<Report, EvaluateError> {
        let body = self.with_shares(read(&self.request)?);
        let mode = if self.compat {
            Mode::Compat
        } else {
            Mode::Corrected
        };
        let mut settings = Settings::new(today()).mode(mode).by_unit(self.by_unit);
        if !self.json {
            settings = settings.nan(Nan::Null);
        }
        let source: Source = match (&self.goals, &self.store, self.sql.source()?) {
            (Some(path), _, _) => {
                let goals = CsvGoals::new(path);
                settings = settings.by_unit(goals.is_by_unit()?);
                Box::new(goals)
            }
            (_, Some(url), _) => {
                let day = Day::from_days(u32::try_from(today().after_epoch()).unwrap_or(0));
                Box::new(StoreGoals::new(open(url)?, &self.namespace, day))
            }
            (_, _, Some(source)) => source,
            _ => Box::new(Nowhere),
        };
        // A bootstrap of many units takes its time.
        let bar = spinner("{spinner} evaluating, {elapsed}");
        bar.enable_steady_tick(Duration::from_millis(200));
        let answer = evaluate_json(&body, &source, &settings);
        bar.finish_and_clear();
        let answer = match mode {
            Mode::Compat => answer,
            Mode::Corrected => answer.with_message(),
        };
        if answer.status == 503 {
            return Err(EvaluateError::Source(answer.message));
        }
        let is_good = answer.status == 200;
        if self.json {
            let text = answer.body + "\n";
            return Ok(Report { text, is_good });
        }
        let table = serde_json::from_str(&answer.body).ok();
        match table.filter(|_| is_good) {
            Some(evaluation) => {
                let request: Option<Value> = serde_json::from_slice(&body).ok();
                let control = request
                    .as_ref()
                    .and_then(|of| of.get("control_variant")?.as_str());
                let text = table::text(&evaluation, control);
                Ok(Report { text, is_good })
            }
            None => Err(EvaluateError::Refused(answer.message)),
        }
    }
}

impl EvaluateArguments {
    /// The request with the shares of the command line; one that cannot be read stays, and is refused later.
    fn with_shares(&self, body: Vec<u8>) -> Vec<u8> {
        let request = serde_json::from_slice::<Value>(&body);
        let Ok(Value::Object(mut request)) = request else {
            return body;
        };
        if self.shares.is_empty() {
            return body;
        }
        let shares = self.shares.iter().cloned();
        let shares: serde_json::Map<_, _> = shares
            .map(|(variant, share)| (variant, share.into()))
            .collect();
        request.insert("shares".to_owned(), Value::Object(shares));
        Value::Object(request).to_string().into_bytes()
    }
}

/// `a=90`.
fn share(text: &str) -> Result<(String, f64), String> {
    let read = text.rsplit_once('=').and_then(|(variant, share)| {
        let share: f64 = share.trim().parse().ok()?;
        (share > 0.0 && share.is_finite()).then(|| (variant.trim().to_owned(), share))
    });
    read.ok_or_else(|| {
        format!("`{text}` is no share: expected a variant and a number above 0, as in a=90")
    })
}

/// Nobody said where goals are: they must stand in the request.
struct Nowhere;

impl GoalSource for Nowhere {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        Err(GoalError::Experiment(experiment.id.clone()))
    }
}

/// A directory is not made, since there is nothing in a new one.
pub(crate) fn open(url: &str) -> Result<Arc<dyn EventStore>, EvaluateError> {
    match Place::parse(url.into())? {
        Place::Directory(path) => Ok(Arc::new(EmbeddedStore::builder(path).create(false).open()?)),
        Place::Url(url) => Ok(open_store(&url)?),
    }
}

/// All of a file, or of the standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, EvaluateError> {
    let mut body = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut body).map(|_| body)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| EvaluateError::Read {
        path: path.to_owned(),
        error,
    })
}

/// In UTC, as the collector's days are.
pub(crate) fn today() -> ep_stats::Day {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    ep_stats::Day::from_epoch(i32::try_from(seconds / 86_400).unwrap_or(i32::MAX))
}
