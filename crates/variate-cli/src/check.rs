//! `variate check`: whether catalogues can be used, and what looks wrong in them.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use serde::Serialize;
use variate::{Catalogue, CatalogueError, ConfigError, Problem};

use crate::catalogue_options::builder_for;
use crate::report::Report;

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The catalogues, which are to be used together
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object with all that was found instead of lines for people
    #[arg(long)]
    json: bool,
    /// Fail on warnings, too
    #[arg(long)]
    deny_warnings: bool,
    /// A key scheme that the program gives to catalogues under this name; may be given several times
    #[arg(long, value_name = "NAME")]
    key_scheme: Vec<String>,
    /// The day that counts as today: 2026-11-01 or 2026-11-01T09:00:00Z
    #[arg(long, value_name = "DATE", value_parser = date)]
    now: Option<SystemTime>,
}

/// The moment that an option names.
pub(crate) fn date(text: &str) -> Result<SystemTime, String> {
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && text.len() == 10
    {
        let midnight = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
        return midnight.map(Into::into).map_err(|error| error.to_string());
    }
    let time = text.parse::<jiff::Timestamp>().map(Into::into);
    time.map_err(|_| "expected a date: 2026-11-01 or 2026-11-01T09:00:00Z".to_owned())
}

#[derive(Debug, Default, Serialize)]
struct Found {
    errors: Vec<Told>,
    warnings: Vec<Told>,
}

/// A problem, with its place where there is one.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Told {
    Problem(Problem),
    Message { message: String },
}

impl std::fmt::Display for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Problem(problem) => problem.fmt(out),
            Self::Message { message } => out.write_str(message),
        }
    }
}

impl CheckArguments {
    pub(crate) fn report(&self) -> Report {
        let mut found = Found::default();
        let mut catalogues = Vec::new();
        for file in &self.files {
            match Catalogue::from_path(file) {
                Ok(catalogue) => catalogues.push(catalogue),
                Err(error) => found.add(error),
            }
        }
        // What one of them says of another is not worth telling as long as one cannot be read.
        if found.errors.is_empty() {
            match builder_for(&catalogues, &self.key_scheme).build() {
                Ok(_) => {}
                Err(ConfigError::Catalogue(error)) => found.add(error),
                Err(other) => found.errors.push(message(&other)),
            }
        }
        let now = self.now.unwrap_or_else(SystemTime::now);
        let together: Vec<_> = catalogues.iter().collect();
        let lints = Catalogue::lints_of(&together, now).into_iter();
        found.warnings.extend(lints.map(Told::Problem));
        let warnings_are_fine = !self.deny_warnings || found.warnings.is_empty();
        let is_good = found.errors.is_empty() && warnings_are_fine;
        let text = if self.json {
            crate::report::json(&found)
        } else {
            found.lines()
        };
        Report { text, is_good }
    }
}

fn message(error: &dyn std::fmt::Display) -> Told {
    Told::Message {
        message: error.to_string(),
    }
}

impl Found {
    fn add(&mut self, error: CatalogueError) {
        match error {
            CatalogueError::Invalid(problems) => {
                self.errors.extend(problems.into_iter().map(Told::Problem));
            }
            other => self.errors.push(message(&other)),
        }
    }

    fn lines(&self) -> String {
        let mut lines = String::new();
        for error in &self.errors {
            // Writing into a `String` cannot fail.
            let _ = writeln!(lines, "error: {error}");
        }
        for warning in &self.warnings {
            let _ = writeln!(lines, "warning: {warning}");
        }
        lines
    }
}
