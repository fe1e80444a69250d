//! `variate report`: what an experiment says, from a store or from a collector that serves.

mod server;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use variate::Catalogue;
use variate_collector::live::{LiveEvaluation, Plans};
use variate_collector::{ExperimentInfo, ExperimentTallies};

use crate::evaluate::{EvaluateError, open};
use crate::report::{Report, json};

pub(crate) const EXAMPLES: &str = "Examples:
  variate report pill_color --server https://events.shop.example --api-key-file key
  variate report pill_color --store dir:/var/lib/variate --namespace shop --catalogue catalogue.toml
  variate report pill_color --server http://127.0.0.1:8080 --html > pill_color.html
  variate report pill_color --server http://127.0.0.1:8080 --json

A collector that serves evaluates by the catalogues that it was started with; a directory that a collector serves is its own, so
ask the collector. Without a catalogue that declares the experiment, each action that was seen is a conversion, and all variants are
taken to have equal shares.

The key for --server has the role read; without --api-key-file it is in the environment variable VARIATE_API_KEY.

The page that --html prints needs nothing else: no scripts and no network.

The exit code is 0 where there is an answer, 2 where the options make no sense or there is no such experiment, and 1 where something
cannot be read.";

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["store", "server"])))]
pub(crate) struct ReportArguments {
    /// The experiment's name
    name: String,
    /// The store of a collector that does not run: dir:PATH; or redis://HOST:PORT
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// The address of a collector
    #[arg(long, value_name = "URL", conflicts_with = "catalogue")]
    server: Option<String>,
    /// The file with the API key for --server, alone or as in the server's own file, whose first key that may read is taken
    #[arg(long, value_name = "FILE", requires = "server")]
    api_key_file: Option<PathBuf>,
    /// The namespace of the experiment
    #[arg(
        long,
        value_name = "NAME",
        env = "VARIATE_NAMESPACE",
        default_value = "alephbet"
    )]
    namespace: String,
    /// A catalogue that declares metrics and the plan, for --store; may be given several times
    #[arg(long, value_name = "FILE")]
    catalogue: Vec<PathBuf>,
    /// The program's name prefix, which the experiment's name begins with and the catalogue's names lack
    #[arg(long, value_name = "PREFIX", requires = "catalogue")]
    prefix: Option<String>,
    /// One JSON object, as GET /v1/experiments/NAME/evaluation answers
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// A page with plots
    #[arg(long)]
    html: bool,
}

impl ReportArguments {
    pub(crate) fn report(&self) -> Result<Report, EvaluateError> {
        let live = match (&self.server, &self.store) {
            (Some(url), _) => server::ask(
                url,
                self.api_key_file.as_deref(),
                &self.namespace,
                &self.name,
            )?,
            (None, Some(store)) => self.evaluate(store)?,
            (None, None) => {
                return Err(EvaluateError::Refused(
                    "name --store or --server".to_owned(),
                ));
            }
        };
        let text = if self.json {
            json(&live)
        } else if self.html {
            live.to_html()
        } else {
            live.to_text()
        };
        Ok(Report {
            text,
            is_good: true,
        })
    }

    fn evaluate(&self, store: &str) -> Result<LiveEvaluation, EvaluateError> {
        let catalogues = self.catalogue.iter().map(Catalogue::from_path);
        let catalogues: Vec<Catalogue> = catalogues.collect::<Result<_, _>>()?;
        let plans = Plans::new();
        plans.replace_with_catalogues(&self.namespace, self.prefix.as_deref(), &catalogues);
        let plan = plans.get(&self.namespace, &self.name);
        let tallies = open(store)?.tallies(&self.namespace, &self.name)?;
        let tallies = match tallies {
            Some(tallies) => tallies,
            None if plan.is_some() => ExperimentTallies {
                info: ExperimentInfo::new(&self.namespace, &self.name),
                crossovers: 0,
                crossover_days: Vec::new(),
                cells: Vec::new(),
                pair_tallies: Vec::new(),
            },
            None => {
                return Err(EvaluateError::Refused(format!(
                    "namespace `{}` has no experiment `{}`",
                    self.namespace, self.name
                )));
            }
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_millis();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        LiveEvaluation::of(&tallies, plan.as_deref(), now)
            .map_err(|error| EvaluateError::Refused(error.to_string()))
    }
}
