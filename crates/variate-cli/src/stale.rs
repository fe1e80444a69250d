//! `variate stale`: experiments that code and catalogues do not agree on.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use serde::Serialize;
use variate::{Catalogue, CatalogueError};

use self::source::{Mention, Sources};
use crate::report::Report;

#[derive(Debug, Args)]
pub(crate) struct StaleArguments {
    /// Rust sources, or folders of them; what `.gitignore` names is left out
    #[arg(required = true)]
    sources: Vec<PathBuf>,
    /// A catalogue of experiments in TOML, JSON or YAML; may be given several times
    #[arg(long, value_name = "FILE")]
    catalogue: Vec<PathBuf>,
    /// One JSON object with all that was found instead of lines for people
    #[arg(long)]
    json: bool,
    /// The day that counts as today: 2026-11-01 or 2026-11-01T09:00:00Z
    #[arg(long, value_name = "DATE", value_parser = crate::check::date)]
    now: Option<SystemTime>,
}

/// A file or folder that cannot be read, or a catalogue that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StaleError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error("cannot read the sources: {0}")]
    Walk(#[from] ignore::Error),
    #[error("cannot read `{}`: {error}", path.display())]
    Read {
        path: PathBuf,
        error: std::io::Error,
    },
}

/// Where something stands.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    file: String,
    line: usize,
}

#[derive(Debug, Default, Serialize)]
struct Found {
    /// Named in code and declared nowhere.
    undeclared: Vec<At>,
    /// Declared in a catalogue and not named in code.
    unused: Vec<At>,
    /// Over, and still there.
    expired: Vec<At>,
    /// Named by what is only known when it runs.
    dynamic: Vec<At>,
    /// No Rust that could be read.
    unreadable: Vec<String>,
    /// Whether there was a catalogue to find names in.
    #[serde(skip)]
    has_catalogue: bool,
}

impl StaleArguments {
    pub(crate) fn report(&self) -> Result<Report, StaleError> {
        let catalogues = self
            .catalogue
            .iter()
            .map(Catalogue::from_path)
            .collect::<Result<Vec<_>, _>>()?;
        let mut sources = Sources::default();
        for path in self.files()? {
            let bytes = std::fs::read(&path).map_err(|error| StaleError::Read {
                path: path.clone(),
                error,
            })?;
            sources.read(&path, &String::from_utf8_lossy(&bytes));
        }
        let now = self.now.unwrap_or_else(SystemTime::now);
        let found = Found::of(&catalogues, sources, now);
        let text = if self.json {
            crate::report::json(&found)
        } else {
            found.lines()
        };
        Ok(Report {
            text,
            is_good: found.is_good(),
        })
    }

    /// The Rust sources, in order.
    fn files(&self) -> Result<BTreeSet<PathBuf>, ignore::Error> {
        let mut files = BTreeSet::new();
        for root in &self.sources {
            let walk = ignore::WalkBuilder::new(root)
                .require_git(false)
                .filter_entry(|entry| !is_build_folder(entry.path()))
                .build();
            for entry in walk {
                let entry = entry?;
                let is_source = entry.path().extension().is_some_and(|end| end == "rs");
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                if is_file && (is_source || entry.depth() == 0) {
                    files.insert(entry.into_path());
                }
            }
        }
        Ok(files)
    }
}

/// Cargo marks the folders that it fills.
fn is_build_folder(path: &Path) -> bool {
    path.join("CACHEDIR.TAG").is_file()
}

impl Found {
    fn of(catalogues: &[Catalogue], sources: Sources, now: SystemTime) -> Self {
        let mut found = Self {
            unreadable: sources.unreadable.clone(),
            has_catalogue: !catalogues.is_empty(),
            ..Self::default()
        };
        let (uses, declarations, dynamic) = sources.resolved();
        found.dynamic = dynamic
            .into_iter()
            .map(|mention| at(None, &mention))
            .collect();
        let declared_in_code: BTreeSet<&str> =
            declarations.iter().map(|(name, _)| name.as_str()).collect();
        let mut declared: BTreeMap<&str, bool> = BTreeMap::new();
        for catalogue in catalogues {
            for entry in catalogue.experiments() {
                let is_over = entry.ends().is_some_and(|ends| ends <= now);
                declared.insert(entry.name(), is_over);
                let is_used = uses.iter().any(|(name, _)| name == entry.name());
                let place = At {
                    name: Some(entry.name().to_owned()),
                    file: catalogue.source().to_owned(),
                    line: entry.line() as usize,
                };
                if is_over {
                    found.expired.push(place.clone());
                }
                if !is_used {
                    found.unused.push(place);
                }
            }
        }
        for (name, mention) in &uses {
            match declared.get(name.as_str()) {
                Some(true) => found.expired.push(at(Some(name), mention)),
                Some(false) => {}
                None if declared_in_code.contains(name.as_str()) => {}
                None => found.undeclared.push(at(Some(name), mention)),
            }
        }
        found
    }

    fn is_good(&self) -> bool {
        self.undeclared.is_empty()
            && self.unused.is_empty()
            && self.expired.is_empty()
            && self.unreadable.is_empty()
    }

    fn lines(&self) -> String {
        let mut lines = String::new();
        let unused = if self.dynamic.is_empty() {
            "declared and not named in code: take it out"
        } else {
            "declared and not named in code: look whether one of the dynamic names is it"
        };
        let none = Vec::new();
        let undeclared = if self.has_catalogue {
            &self.undeclared
        } else {
            &none
        };
        if !self.has_catalogue && !self.undeclared.is_empty() {
            let _ = writeln!(
                lines,
                "no catalogue was given: name it with `--catalogue` (not declared in code: {})",
                self.undeclared.len(),
            );
        }
        let kinds = [
            (
                undeclared,
                "named in code and not declared: declare it, or take it out",
            ),
            (&self.unused, unused),
            (
                &self.expired,
                "it has ended: keep one variant in the code, and take the declaration out",
            ),
            (
                &self.dynamic,
                "a dynamic name, only known when it runs: look for yourself",
            ),
        ];
        for (places, what) in kinds {
            for At { name, file, line } in places {
                let name = name
                    .as_ref()
                    .map(|name| format!("`{name}`: "))
                    .unwrap_or_default();
                // Writing into a `String` cannot fail.
                let _ = writeln!(lines, "{file}:{line}: {name}{what}");
            }
        }
        for file in &self.unreadable {
            let _ = writeln!(lines, "{file}: no Rust that could be read");
        }
        lines
    }
}

fn at(name: Option<&String>, mention: &Mention) -> At {
    At {
        name: name.cloned(),
        file: mention.file.clone(),
        line: mention.line,
    }
}
