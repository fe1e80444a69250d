//! The program `aws`, which has the user's credentials.

use std::fmt::Write;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

use crate::deploy::settings::Settings;

/// How the program is called.
#[derive(Debug, Clone)]
pub(crate) struct Aws {
    options: Vec<String>,
}

/// Why it did not do what it was called for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AwsError {
    #[error("the program `aws` could not be started: {0}")]
    NotStarted(#[from] io::Error),
    #[error("{told}")]
    Failed { told: String },
    #[error("`{command}` ended with {status}")]
    Ended { command: String, status: ExitStatus },
}

impl Aws {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut options = Vec::new();
        let given = [
            ("--region", &settings.region),
            ("--profile", &settings.profile),
        ];
        for (option, value) in given {
            if let Some(value) = value {
                options.extend([option.to_owned(), value.clone()]);
            }
        }
        Self { options }
    }

    /// What it writes, without the white space around.
    pub(crate) fn answer(&self, arguments: &[&str]) -> Result<String, AwsError> {
        let output = self.command(arguments).stdin(Stdio::null()).output()?;
        if output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout);
            return Ok(text.trim().to_owned());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        let told = told.trim();
        Err(AwsError::Failed {
            told: match told {
                "" => format!("`aws` ended with {}", output.status),
                _ => told.replace('\n', " "),
            },
        })
    }

    /// Runs it where the user sees what it writes.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<(), AwsError> {
        let status = self.command(arguments).stdin(Stdio::null()).status()?;
        if status.success() {
            return Ok(());
        }
        let command = self.shown(arguments);
        Err(AwsError::Ended { command, status })
    }

    /// The command as one would type it.
    pub(crate) fn shown(&self, arguments: &[&str]) -> String {
        let mut line = "aws".to_owned();
        let options = self.options.iter().map(String::as_str);
        for word in arguments.iter().copied().chain(options) {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
            // Writing into a `String` cannot fail.
            let _ = if !word.is_empty() && word.chars().all(is_plain) {
                write!(line, " {word}")
            } else {
                write!(line, " '{}'", word.replace('\'', r"'\''"))
            };
        }
        line
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("aws");
        // Nobody turns pages here.
        command.env("AWS_PAGER", "");
        command.args(arguments).args(&self.options);
        command
    }
}
