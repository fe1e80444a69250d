//! `variate configure`: the settings of a deployment, in the user's editor.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use clap::Args;

use crate::deploy::settings::{Settings, SettingsError, TEMPLATE, check_mode, file_error, path_of};
use crate::lines::tell;

#[derive(Debug, Args)]
pub(crate) struct ConfigureArguments {
    /// The file; the user's own `variate/deploy.toml` if left out
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Why the settings are not edited.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigureError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("neither VISUAL nor EDITOR is set: set one, or edit {path}", path = .path.display())]
    NoEditor { path: PathBuf },
    #[error("the editor `{editor}` could not be started: {error}")]
    NotStarted { editor: String, error: io::Error },
    #[error("the editor `{editor}` ended with {status}: {path} is as it left it", path = .path.display())]
    EditorFailed {
        editor: String,
        status: ExitStatus,
        path: PathBuf,
    },
}

impl ConfigureArguments {
    /// Opens the editor until the file can be used, or the user wants no more.
    pub(crate) fn run(&self) -> Result<(), ConfigureError> {
        let path = path_of(self.file.as_deref())?;
        if create(&path).map_err(|error| file_error(&path, error))? {
            say(&format_args!("created {}", path.display()));
        }
        check_mode(&path)?;
        loop {
            edit(&path)?;
            match Settings::read(&path) {
                Ok(_) => {
                    say(&format_args!("{} can be used", path.display()));
                    return Ok(());
                }
                Err(error) => {
                    tell(&error);
                    if !is_wanted_again() {
                        return Err(error.into());
                    }
                }
            }
        }
    }
}

/// Whether there was no file yet.
fn create(path: &Path) -> io::Result<bool> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(TEMPLATE.as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn edit(path: &Path) -> Result<(), ConfigureError> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .filter_map(|variable| env::var(variable).ok())
        .find(|editor| !editor.trim().is_empty());
    let path = path.to_owned();
    let Some(editor) = editor else {
        return Err(ConfigureError::NoEditor { path });
    };
    // By the shell, since it may have arguments: `code --wait`.
    let run = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "editor"])
        .arg(&path)
        .status();
    match run {
        Ok(status) if status.success() => {
            // Some editors write a new file in place of the old one.
            tighten(&path).map_err(|error| file_error(&path, error))?;
            Ok(())
        }
        Ok(status) => Err(ConfigureError::EditorFailed {
            editor,
            status,
            path,
        }),
        Err(error) => Err(ConfigureError::NotStarted { editor, error }),
    }
}

#[cfg(unix)]
fn tighten(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn tighten(_: &Path) -> io::Result<()> {
    Ok(())
}

fn is_wanted_again() -> bool {
    let _ = io::stderr().write_all(b"edit it again? [Y/n] ");
    let mut answer = String::new();
    // Nobody is there at the end of the input.
    match io::stdin().lock().read_line(&mut answer) {
        Ok(length) if length > 0 => !answer.trim_start().starts_with(['n', 'N']),
        _ => {
            let _ = io::stderr().write_all(b"\n");
            false
        }
    }
}

fn say(what: &std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout().lock(), "{what}");
}
