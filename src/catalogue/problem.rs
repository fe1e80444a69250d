use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A line and a column of a file, from one; zero where nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// What is wrong at one place of a catalogue, and how to mend it.
///
/// ```
/// use variate::{Catalogue, Format};
///
/// let file = "[experiments.pill_color]\ntrafic = 20\n";
/// let error = Catalogue::parse(file, Format::Toml, "catalogue.toml").unwrap_err();
/// assert_eq!(
///     error.problems()[0].to_string(),
///     "catalogue.toml:2:1: experiments.pill_color.trafic: unknown key: did you mean `traffic`?",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(serialize_with = "as_text")]
    source: Arc<str>,
    line: u32,
    column: u32,
    key: String,
    message: String,
}

fn as_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl Problem {
    pub(super) fn new(source: &Arc<str>, place: Place, key: String, message: String) -> Self {
        Self {
            source: Arc::clone(source),
            line: place.line,
            column: place.column,
            key,
            message,
        }
    }

    /// The name of the file, or whatever the catalogue was said to come from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The line, from 1; 0 where it concerns the whole file.
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// The column, from 1, counted in characters; 0 where it concerns the whole file.
    pub const fn column(&self) -> u32 {
        self.column
    }

    /// The keys from the outermost to the one it is about, with points between; may be empty.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong, and how to mend it.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.source)?;
        if self.line > 0 {
            write!(out, ":{}:{}", self.line, self.column)?;
        }
        out.write_str(": ")?;
        if !self.key.is_empty() {
            write!(out, "{}: ", self.key)?;
        }
        out.write_str(&self.message)
    }
}

/// Why there is no catalogue: each problem of the file, in the order of its lines.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The name of the file does not say which format it has.
    #[error("{}: the name must end in .toml, .json, .yaml or .yml", _0.display())]
    UnknownFormat(PathBuf),
    /// What the file says is wrong.
    #[error("{}", listed(.0))]
    Invalid(Vec<Problem>),
    /// The declarations do not fit together, or do not fit the configuration.
    #[error(transparent)]
    Rejected(Box<crate::ConfigError>),
    /// The configuration does not read its experiments from a file.
    #[error("there is no file to read again: build with `ConfigBuilder::catalogue_file`")]
    NoFile,
}

/// How many problems are worth printing at once.
const PRINTED: usize = 50;

fn listed(problems: &[Problem]) -> String {
    let mut lines: Vec<_> = problems
        .iter()
        .take(PRINTED)
        .map(ToString::to_string)
        .collect();
    if let more @ 1.. = problems.len().saturating_sub(PRINTED) {
        lines.push(format!("and {more} more problems"));
    }
    lines.join("\n")
}

impl CatalogueError {
    /// All results, or all problems that there are in any of them.
    pub(crate) fn all<T>(results: impl Iterator<Item = Result<T, Self>>) -> Result<Vec<T>, Self> {
        let (mut values, mut problems) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(value) => values.push(value),
                Err(Self::Invalid(more)) => problems.extend(more),
                Err(other) => return Err(other),
            }
        }
        if problems.is_empty() {
            Ok(values)
        } else {
            Err(Self::Invalid(problems))
        }
    }

    /// What is wrong with the file's content; empty where it could not even be read.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid(problems) => problems,
            _ => &[],
        }
    }
}
