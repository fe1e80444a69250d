//! `variate api-key`: a new key for a collector.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use variate_collector::http::NewApiKey;

use crate::report::Report;

#[derive(Debug, Args)]
pub(crate) struct ApiKeyArguments {
    /// What the key is for; everything if left out
    #[arg(long, value_enum, default_value_t)]
    role: Role,
    /// A namespace that it is for; may be given several times; all if left out
    #[arg(long, value_name = "NAME", value_parser = namespace)]
    namespace: Vec<String>,
    /// The file of keys to add it to, which may be new; without it, the line is printed
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Role {
    /// To read tallies
    Read,
    /// To send events; where a namespace has such a key, nobody sends events to it without one
    Write,
    /// Everything: besides reading and sending, to change and to delete experiments
    #[default]
    Admin,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot write the file of API keys `{}`: {source}", path.display())]
pub(crate) struct ApiKeyError {
    path: PathBuf,
    source: io::Error,
}

impl ApiKeyArguments {
    pub(crate) fn report(&self) -> Result<Report, ApiKeyError> {
        let key = NewApiKey::random();
        let line = self.line(&key);
        let text = match &self.file {
            Some(file) => {
                append(file, &line)?;
                format!("{}\n", key.text())
            }
            None => format!("key:  {}\nline: {line}\n", key.text()),
        };
        Ok(Report {
            text,
            is_good: true,
        })
    }

    fn line(&self, key: &NewApiKey) -> String {
        let role = match self.role {
            Role::Read => " role=read",
            Role::Write => " role=write",
            Role::Admin => " role=admin",
        };
        let mut line = key.hash_line() + role;
        if !self.namespace.is_empty() {
            line += " namespace=";
            line += &self.namespace.join(",");
        }
        line
    }
}

/// A name that a line of the file can hold.
fn namespace(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains([',', '#']) || text.contains(char::is_whitespace) {
        return Err(
            "a file of keys cannot hold names that are empty or have commas, spaces or `#`"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// Adds a line to a file, which nobody else may read if it is new.
pub(crate) fn append(path: &Path, line: &str) -> Result<(), ApiKeyError> {
    let write = || {
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let text = io::read_to_string(&file)?;
        // The last line may lack its end.
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        file.write_all(format!("{end}{line}\n").as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| ApiKeyError {
        path: path.to_owned(),
        source,
    })
}
