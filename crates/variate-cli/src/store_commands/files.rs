use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use variate_collector::{
    Change, EmbeddedStore, EventStore, NewEvent, StoreError, export, import_gimel, import_lamed,
};
use variate_stats::words::Printable;

use super::copy::Copied;
use super::{StoreCommandError, count, directory, elsewhere, open, say};
use crate::lines;
use crate::store_url::{Place, open_store, without_password};

#[derive(Debug, Clone, Args)]
pub(super) struct ExportArguments {
    /// The store's directory, as a path or as `dir:PATH`
    #[arg(value_parser = directory())]
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
    /// The store: a directory, which is made if there is none, as a path or as `dir:PATH`; for baselines also redis://HOST:PORT
    #[arg(value_name = "STORE", value_parser = OsStringValueParser::new().try_map(Place::parse))]
    to: Place,
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
    /// Answers whether nothing was left out.
    pub(super) fn export(&self) -> Result<bool, StoreCommandError> {
        if let Some(path) = &self.output {
            elsewhere(path, &self.directory)?;
        }
        let mut copy = None;
        let store = match open(&self.directory) {
            Err(StoreError::ReadOnly { .. }) => {
                let copied = copy.insert(Copied::of(&self.directory)?);
                open(&copied.path().to_owned())?
            }
            opened => opened?,
        };
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
        let damaged = damaged(&store)?;
        for (namespace, name) in &damaged {
            lines::tell(&format_args!(
                "left out: experiment `{}` of namespace `{}`, for what a repair left of it does not go together; take the store from another backup, or reset it",
                Printable(name),
                Printable(namespace)
            ));
        }
        // Before the copy that it is.
        drop(store);
        Ok(damaged.is_empty())
    }
}

/// The experiments that are not exported, each after its namespace.
fn damaged(store: &EmbeddedStore) -> Result<Vec<(String, String)>, StoreError> {
    let mut damaged = Vec::new();
    for namespace in store.namespaces()? {
        let all = store.experiments(&namespace)?.into_iter();
        let of_namespace = all.filter(|info| info.damaged);
        damaged.extend(of_namespace.map(|info| (namespace.clone(), info.name)));
    }
    Ok(damaged)
}

impl ImportArguments {
    /// Answers whether there was anything.
    pub(super) fn import(&self) -> Result<bool, StoreCommandError> {
        let (url, from): (_, fn(&str, &str) -> _) = match (&self.gimel, &self.lamed) {
            (Some(url), _) => (url, import_gimel),
            (None, Some(url)) => (url, import_lamed),
            (None, None) => return self.import_lines(),
        };
        // What is left out is told.
        crate::serve::log();
        let shown = without_password(url);
        let changes = from(url, &self.namespace).map_err(|error| StoreCommandError::Redis {
            url: shown.clone(),
            error: error.to_string(),
        })?;
        let baselines = changes.len() as u64;
        if changes.is_empty() {
            let text = format!(
                "no baselines are imported: {shown} has none in the namespace `{}`; name another with --namespace, or another database\n",
                self.namespace
            );
            say(
                self.json,
                &serde_json::json!({ "baselines": baselines }),
                text,
            )?;
            return Ok(false);
        }
        let store: Box<dyn EventStore> = match &self.to {
            Place::Directory(path) => Box::new(EmbeddedStore::open(path)?),
            Place::Url(url) => Box::new(open_store(url)?),
        };
        for (experiment, baseline) in &changes {
            self.tell_ambiguous(experiment, baseline);
            store.change(&self.namespace, experiment, baseline)?;
        }
        let text = format!("imported: {}\n", count(baselines, "baseline"));
        say(
            self.json,
            &serde_json::json!({ "baselines": baselines }),
            text,
        )?;
        Ok(true)
    }

    /// The originals put a colon between a goal and a variant, and both may have more of them.
    fn tell_ambiguous(&self, experiment: &str, change: &Change) {
        if let Change::Baseline {
            action, variant, ..
        } = change
            && variant.contains(':')
        {
            let namespace = &self.namespace;
            lines::tell(&format_args!(
                "warning: `{namespace}:counters:{experiment}:{action}:{variant}` can be read in several ways: taken as the \
                 goal `{action}` of the variant `{variant}`"
            ));
        }
    }

    fn import_lines(&self) -> Result<bool, StoreCommandError> {
        let directory = match &self.to {
            Place::Directory(path) => path,
            Place::Url(url) => return Err(StoreCommandError::Lines(without_password(url))),
        };
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
        if experiments.is_empty() {
            let from = self.file.as_ref().filter(|path| path.as_os_str() != "-");
            let from = from.map_or_else(
                || "the standard input".to_owned(),
                |path| format!("`{}`", path.display()),
            );
            let text = format!("nothing is imported: {from} has no experiments\n");
            say(self.json, &serde_json::json!({ "experiments": 0 }), text)?;
            return Ok(false);
        }
        let store = EmbeddedStore::open(directory)?;
        for experiment in &experiments {
            store.import(experiment)?;
        }
        let imported = experiments.len() as u64;
        let text = format!(
            "imported: {}, archived: which ids and units were counted is not known here, and they would count again. To count on all \
             the same: POST /v1/experiments/NAME/unarchive, or the dashboard\n",
            count(imported, "experiment")
        );
        say(
            self.json,
            &serde_json::json!({ "experiments": imported }),
            text,
        )?;
        Ok(true)
    }
}
