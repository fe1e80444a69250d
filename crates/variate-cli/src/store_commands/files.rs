use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use variate_collector::{EventStore, NewEvent, export, import_gimel, import_lamed};

use super::{StoreCommandError, open, say};

#[derive(Debug, Clone, Args)]
pub(super) struct ExportArguments {
    /// The store's directory
    directory: PathBuf,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::JsonLines)]
    format: Format,
    /// The file; the standard output if left out
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Everything, to be imported again
    JsonLines,
    /// A row for each action, variant, day and class
    Csv,
    /// The same as Parquet
    Parquet,
}

#[derive(Debug, Clone, Args)]
pub(super) struct ImportArguments {
    /// The store's directory, which is made if there is none
    directory: PathBuf,
    /// An export in JSON lines; the standard input if left out or `-`
    #[arg(conflicts_with_all = ["gimel", "lamed"])]
    file: Option<PathBuf>,
    /// The Redis of a Gimel
    #[arg(long, value_name = "URL", conflicts_with = "lamed")]
    gimel: Option<String>,
    /// The Redis of a Lámed
    #[arg(long, value_name = "URL")]
    lamed: Option<String>,
    /// The namespace of Gimel or Lámed, and that of the baselines
    #[arg(long, default_value = NewEvent::DEFAULT_NAMESPACE)]
    namespace: String,
    /// One JSON object instead of a line for people
    #[arg(long)]
    json: bool,
}

impl ExportArguments {
    pub(super) fn export(&self) -> Result<(), StoreCommandError> {
        let store = open(&self.directory)?;
        let out: Box<dyn Write + Send> = match &self.output {
            Some(path) => {
                let file = File::create(path).map_err(|error| StoreCommandError::Open {
                    path: path.clone(),
                    error,
                })?;
                Box::new(file)
            }
            None => Box::new(io::stdout()),
        };
        let mut out = BufWriter::new(out);
        match self.format {
            Format::JsonLines => export::json_lines(&store, &mut out)?,
            Format::Csv => export::csv(&store, &mut out)?,
            Format::Parquet => export::parquet(&store, &mut out)?,
        }
        out.flush()?;
        Ok(())
    }
}

impl ImportArguments {
    pub(super) fn import(&self) -> Result<(), StoreCommandError> {
        let read = |url: &String, from: fn(&str, &str) -> Result<_, _>| {
            from(url, &self.namespace).map_err(|error| StoreCommandError::Redis {
                url: url.clone(),
                error: format!("{error}"),
            })
        };
        let changes = match (&self.gimel, &self.lamed) {
            (Some(url), _) => read(url, import_gimel)?,
            (None, Some(url)) => read(url, import_lamed)?,
            (None, None) => return self.import_lines(),
        };
        let store = variate_collector::EmbeddedStore::open(&self.directory)?;
        for (experiment, baseline) in &changes {
            store.change(&self.namespace, experiment, baseline)?;
        }
        let count = changes.len();
        let text = format!("{count} baselines imported\n");
        say(self.json, &serde_json::json!({ "baselines": count }), text)
    }

    fn import_lines(&self) -> Result<(), StoreCommandError> {
        let input: Box<dyn BufRead> = match &self.file {
            Some(path) if path.as_os_str() != "-" => {
                let file = File::open(path).map_err(|error| StoreCommandError::Open {
                    path: path.clone(),
                    error,
                })?;
                Box::new(BufReader::new(file))
            }
            _ => Box::new(io::stdin().lock()),
        };
        let experiments = export::read_json_lines(input)?;
        let store = variate_collector::EmbeddedStore::open(&self.directory)?;
        for experiment in &experiments {
            store.import(experiment)?;
        }
        let count = experiments.len();
        let text = format!(
            "{count} experiments imported, archived: which ids they counted is not known here\n"
        );
        say(
            self.json,
            &serde_json::json!({ "experiments": count }),
            text,
        )
    }
}
