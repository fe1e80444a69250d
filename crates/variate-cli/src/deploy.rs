//! `variate deploy`: the collector as a function of AWS Lambda.

pub(crate) mod aws;
mod files;
pub(crate) mod options;
mod run;
pub(crate) mod settings;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use self::aws::AwsError;
use self::files::Files;
use self::options::SettingsOptions;
use self::settings::SettingsError;
use crate::preflight::SkipOption;

#[derive(Debug, Args)]
pub(crate) struct DeployArguments {
    #[command(flatten)]
    settings: SettingsOptions,
    /// The directory that is written; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "variate-deploy")]
    out: PathBuf,
    /// What is written
    #[arg(long, value_enum, default_value_t = Template::Both)]
    template: Template,
    /// Replace files that say something else, and take a program that is not for arm64
    #[arg(long)]
    force: bool,
    /// Deploy what is written through the AWS CLI, once the preflight is fine
    #[arg(long)]
    run: bool,
    /// Say what would be written and run, and do neither
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    skip: SkipOption,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Template {
    /// For SAM and the rest of AWS's own tools
    Sam,
    /// A module for Terraform
    Terraform,
    /// Both
    Both,
}

/// Why it is not deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeployError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("{path}: {error}", path = .path.display())]
    File { path: PathBuf, error: io::Error },
    #[error(
        "{} say something else: give --force to replace them, or another directory with --out",
        shown(.paths)
    )]
    Exists { paths: Vec<PathBuf> },
    #[error(
        "--run deploys the template for CloudFormation: give --template sam, or run `terraform apply` yourself"
    )]
    NothingToRun,
    #[error(
        "{problem}: it would not run as the function; build it as `variate preflight` says, or give --force"
    )]
    Binary { problem: String },
    #[error("the preflight failed; nothing is written and nothing deployed")]
    Preflight,
    #[error("the deployment failed: {0}")]
    Aws(#[from] AwsError),
    #[error("the directory {path} has a name that is no UTF-8", path = .path.display())]
    Name { path: PathBuf },
    #[error("cannot write: {0}")]
    Write(io::Error),
}

fn shown(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

impl DeployArguments {
    pub(crate) fn run(&self) -> Result<(), DeployError> {
        let mut output = io::stdout().lock();
        let settings = self.settings.read()?;
        if self.run && self.template == Template::Terraform {
            return Err(DeployError::NothingToRun);
        }
        let files = Files::of(&settings, self.template);
        files.check(&self.out, self.force)?;
        // With --run the preflight looks at it.
        if let Some(binary) = &settings.binary
            && !self.force
            && !self.run
            && let Some(problem) = crate::preflight::binary::problem(binary)
        {
            return Err(DeployError::Binary { problem });
        }
        if self.dry_run {
            files.list(&self.out, "would write", &mut output)?;
            if self.run {
                run::list(&settings, &self.out, &mut output)?;
            }
            return Ok(());
        }
        if self.run {
            run::preflight(&settings, &self.skip, &mut output)?;
        }
        files.write(&self.out)?;
        files.list(&self.out, "wrote", &mut output)?;
        if self.run {
            return run::run(&settings, &self.out, &mut output);
        }
        if settings.binary.is_none() {
            let path = self.out.join(files::BINARY);
            let path = path.display();
            say(
                &mut output,
                &format_args!("the program is still to be put in place: {path}"),
            )?;
        }
        Ok(())
    }
}

fn say(output: &mut impl Write, what: &std::fmt::Arguments<'_>) -> Result<(), DeployError> {
    writeln!(output, "{what}")
        .and_then(|()| output.flush())
        .map_err(DeployError::Write)
}
