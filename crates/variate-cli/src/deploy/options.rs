use std::path::PathBuf;

use clap::Args;

use super::settings::{Settings, SettingsError};

/// Where the settings are, and what goes before them.
#[derive(Debug, Args)]
pub(crate) struct SettingsOptions {
    /// The settings, as `variate configure` edits them; the same file if left out
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The region, instead of the settings'
    #[arg(long)]
    region: Option<String>,
    /// The profile of the AWS configuration, instead of the settings'
    #[arg(long)]
    profile: Option<String>,
    /// The bucket for the function's code, instead of the settings'
    #[arg(long)]
    bucket: Option<String>,
    /// The program that becomes the function, instead of the settings'
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

impl SettingsOptions {
    pub(crate) fn read(&self) -> Result<Settings, SettingsError> {
        let settings = Settings::find(self.file.as_deref())?;
        let settings = Settings {
            region: self.region.clone().or(settings.region),
            profile: self.profile.clone().or(settings.profile),
            bucket: self.bucket.clone().or(settings.bucket),
            binary: self.binary.clone().or(settings.binary),
            ..settings
        };
        // Those of the file were checked when it was read, where their line is known.
        match settings.problem() {
            None => Ok(settings),
            Some((key, problem)) => Err(SettingsError::Option { key, problem }),
        }
    }
}
