//! `variate store`: what is done to a collector's directory while nobody serves from it.

mod copy;
mod files;
mod repair;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde::Serialize;
use variate_collector::{EmbeddedStore, StoreError};
use variate_stats::words::Printable;

use self::copy::Copied;
use self::files::{ExportArguments, ImportArguments};
use self::repair::RepairArguments;
use crate::spinner::spinner;
use crate::store_url::{Place, StoreUrlError};
use crate::{BAD_INPUT, lines, report};

#[derive(Debug, Clone, Args)]
pub(crate) struct StoreArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Read all of a store, and compare its tallies with what its units contribute to them
    Verify(Directory),
    /// Cut damaged journals so that the store opens, and keep a copy of each; what was counted after the damage is lost. Make the
    /// engine's list of its tables anew if that is damaged. On Redis, make the list of namespaces and the number of the last
    /// experiment anew where the server lost them
    Repair(RepairArguments),
    /// Write the tallies of all experiments to a file or the standard output
    Export(ExportArguments),
    /// Take over the tallies of an export, archived, or the counts of Gimel or Lámed as baselines
    Import(ImportArguments),
    /// Write a copy of a store into a new or an empty directory
    Backup(BackupArguments),
}

pub(crate) const EXAMPLES: &str = r"Examples:
  variate store verify /var/lib/variate
  variate store export /var/lib/variate --format csv --output tallies.csv
  variate store export /var/lib/variate | variate store import /var/lib/other
  variate store import /var/lib/variate --gimel redis://old.example:6379/0 --namespace alephbet
  variate store import redis://new.example:6379/0 --lamed redis://old.example:6379/0
  variate store backup /var/lib/variate /backups/2026-11-21
  variate store repair redis://events.example:6379/0 --forget shop

A directory may be written as for `variate serve --store`, dir:PATH. Of the rest, redis://… is for repair, which collectors need not be
stopped for, and for importing baselines.

A directory is for one process at a time: stop the server first, but for backups: one that was started with --backup-dir
makes them while it counts (POST /v1/backup), and so does a program that embeds the store, with EmbeddedStore::backup.

A directory that cannot be written, as of a snapshot, is verified and exported from a copy in TMPDIR, which is removed then.

The exit code is 0 where all is well, 1 where verify found something, repair or export left something out, there was nothing to
import or the work failed, and 2 where the options are wrong.";

#[derive(Debug, Clone, Args)]
struct Directory {
    /// The store's directory, as a path or as `dir:PATH`
    #[arg(value_parser = directory())]
    directory: PathBuf,
    /// One JSON object with all that was found instead of lines for people
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Args)]
struct BackupArguments {
    /// The store's directory, as a path or as `dir:PATH`
    #[arg(value_parser = directory())]
    directory: PathBuf,
    /// Where the copy goes: a directory that is new or empty
    #[arg(value_parser = directory())]
    to: PathBuf,
    /// One JSON object instead of a line for people
    #[arg(long)]
    json: bool,
}

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreCommandError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Export(#[from] variate_collector::export::ExportError),
    #[error(transparent)]
    Read(#[from] variate_collector::export::ReadError),
    #[error(transparent)]
    Import(#[from] variate_collector::ImportError),
    #[error(transparent)]
    Change(#[from] variate_collector::ChangeError),
    #[error(transparent)]
    Url(#[from] StoreUrlError),
    #[error(
        "lines of an export are imported into a directory, and baselines only (--gimel, --lamed) into `{0}`"
    )]
    Lines(String),
    #[error(
        "the directory {} is not empty: a backup needs one of its own, and writes over nothing",
        .path.display()
    )]
    Taken { path: PathBuf },
    #[error(
        "{} is within the store's own directory {}, where only the store writes: name a place elsewhere",
        .path.display(), .directory.display()
    )]
    Within { path: PathBuf, directory: PathBuf },
    #[error(
        "--forget and --remove-unlisted are for redis://…; a directory is repaired without them"
    )]
    OfServers,
    #[error(
        "the namespace `{0}` has its list of experiments, and nothing of it is forgotten; whoever does not want it deletes its experiments"
    )]
    NotLost(String),
    #[error("cannot read `{url}`: {error}")]
    Redis { url: String, error: String },
    #[error("cannot open `{}`: {error}", .path.display())]
    Open {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error(
        "cannot copy {}, which cannot be written, into {}: {error}; name a directory with more room in TMPDIR",
        .from.display(), .to.display()
    )]
    Copy {
        from: PathBuf,
        to: PathBuf,
        error: std::io::Error,
    },
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
}

impl StoreArguments {
    pub(crate) fn run(&self) -> ExitCode {
        let done = match &self.command {
            Command::Verify(of) => of.verify(),
            Command::Repair(of) => of.repair(),
            Command::Export(of) => of.export(),
            Command::Import(of) => of.import(),
            Command::Backup(of) => of.backup().map(|()| true),
        };
        match done {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                lines::tell(&error);
                let is_bad = match &error {
                    StoreCommandError::Store(error) => matches!(
                        error,
                        StoreError::Missing { .. } | StoreError::Foreign { .. }
                    ),
                    StoreCommandError::Url(error) => error.is_of_options(),
                    StoreCommandError::Lines(_)
                    | StoreCommandError::Taken { .. }
                    | StoreCommandError::OfServers
                    | StoreCommandError::NotLost(_)
                    | StoreCommandError::Within { .. } => true,
                    _ => false,
                };
                ExitCode::from(if is_bad { BAD_INPUT } else { 1 })
            }
        }
    }
}

/// Reads the name of a directory.
fn directory() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(Place::directory)
}

/// `1 row`, `2 rows`.
fn count(number: u64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// That what is written is not within the directory that it is read from, by whatever name.
fn elsewhere(path: &Path, directory: &Path) -> Result<(), StoreCommandError> {
    // A link whose end is not there yet would be followed when the file is made.
    let mut end = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(to) = std::fs::read_link(&end) else {
            break;
        };
        end = end.parent().unwrap_or(Path::new("")).join(to);
    }
    let (Ok(store), Ok(end)) = (directory.canonicalize(), std::path::absolute(end)) else {
        return Ok(());
    };
    let mut there = end.ancestors().filter_map(|of| of.canonicalize().ok());
    if there.next().is_some_and(|of| of.starts_with(&store)) {
        return Err(StoreCommandError::Within {
            path: path.to_owned(),
            directory: directory.to_owned(),
        });
    }
    Ok(())
}

/// As many as a system follows.
const MOST_LINKS: usize = 40;

/// Opens a store that is there.
fn open(directory: &PathBuf) -> Result<EmbeddedStore, StoreError> {
    EmbeddedStore::builder(directory).create(false).open()
}

fn progress(what: &'static str) -> ProgressBar {
    spinner("{spinner} {msg}: {human_pos} entries, {elapsed}").with_message(what)
}

/// A line for people, or an object.
fn say(json: bool, value: &impl Serialize, text: String) -> Result<(), StoreCommandError> {
    let text = if json { report::json(value) } else { text };
    let is_good = true;
    report::Report { text, is_good }.write()?;
    Ok(())
}

impl Directory {
    fn verify(&self) -> Result<bool, StoreCommandError> {
        let bar = progress("reading");
        let found = EmbeddedStore::verify(&self.directory, |read| {
            bar.set_position(read);
            bar.tick();
        });
        let mut found = found?;
        // Elsewhere there is room to open it.
        if found.is_read_only && found.damaged_files.is_empty() {
            let copy = Copied::of(&self.directory)?;
            found = EmbeddedStore::verify(copy.path(), |read| {
                bar.set_position(read);
                bar.tick();
            })?;
        }
        bar.finish_and_clear();
        let mut told = Vec::new();
        for (file, what) in &found.damaged_files {
            told.push(format!("{}: {what}", file.display()));
        }
        for of in &found.mismatches {
            told.push(format!(
                "experiment `{}` of namespace `{}`: {}",
                Printable(&of.experiment),
                Printable(&of.namespace),
                Printable(&of.what)
            ));
        }
        if let Some(what) = &found.incomplete {
            told.push(format!("not everything was read: {what}"));
        }
        told.push(format!(
            "{}, {}, {}, {} (an id without a unit is its own): {}",
            count(found.experiments, "experiment"),
            count(found.rows, "row"),
            count(found.ids, "id"),
            count(found.units, "unit"),
            if found.is_good() { "good" } else { "not good" }
        ));
        if found.rows_not_compared > 0 {
            told.push(format!(
                "not compared, having no units to compare with: {} (imported, or their ids are forgotten)",
                count(found.rows_not_compared, "row")
            ));
        }
        say(self.json, &found, told.join("\n") + "\n")?;
        Ok(found.is_good())
    }
}

impl BackupArguments {
    fn backup(&self) -> Result<(), StoreCommandError> {
        elsewhere(&self.to, &self.directory)?;
        let is_taken = std::fs::read_dir(&self.to).is_ok_and(|mut found| found.next().is_some());
        if is_taken {
            return Err(StoreCommandError::Taken {
                path: self.to.clone(),
            });
        }
        let store = open(&self.directory)?;
        let bar = progress("copying");
        let written = store.backup(&self.to, |written| {
            bar.set_position(written);
            bar.tick();
        });
        bar.finish_and_clear();
        let entries = written?;
        let copied = if entries == 1 { "entry" } else { "entries" };
        let text = format!("{entries} {copied} copied into {}\n", self.to.display());
        say(self.json, &serde_json::json!({ "entries": entries }), text)
    }
}
