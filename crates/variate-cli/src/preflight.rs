//! `variate preflight`: whether a deployment can succeed.

pub(crate) mod binary;
mod checks;
mod ping;

use std::fmt::Write;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::deploy::options::SettingsOptions;
use crate::deploy::settings::{Settings, SettingsError};
use crate::report::Report;

#[derive(Debug, Args)]
pub(crate) struct PreflightArguments {
    #[command(flatten)]
    settings: SettingsOptions,
    #[command(flatten)]
    skip: SkipOption,
    /// One JSON object with all that was found instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SkipOption {
    /// A check to leave out; may be given several times
    #[arg(long, value_name = "CHECK")]
    skip: Vec<Name>,
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Name {
    /// The program `aws`
    Aws,
    /// A region of AWS
    Region,
    /// Credentials of AWS that work
    Credentials,
    /// The bucket for the function's code
    Bucket,
    /// The parameter with the hashed API keys
    ApiKeys,
    /// The secret with the store's address
    StoreSecret,
    /// The store itself
    Store,
    /// The program that becomes the function
    Binary,
}

/// What a check found.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    check: Name,
    result: Verdict,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Failed,
    Skipped,
}

/// What all checks found.
#[derive(Debug, Serialize)]
pub(crate) struct Preflight {
    ok: bool,
    checks: Vec<Found>,
}

impl PreflightArguments {
    pub(crate) fn report(&self) -> Result<Report, SettingsError> {
        let settings = self.settings.read()?;
        let preflight = Preflight::of(&settings, &self.skip);
        Ok(Report {
            text: if self.json {
                crate::report::json(&preflight)
            } else {
                preflight.table()
            },
            is_good: preflight.ok,
        })
    }
}

impl Preflight {
    pub(crate) fn of(settings: &Settings, skip: &SkipOption) -> Self {
        let mut checks = Vec::new();
        for name in Name::value_variants() {
            let found = if skip.skip.contains(name) {
                Found::skipped(*name, "as you ask")
            } else {
                checks::check(*name, settings)
            };
            checks.push(found);
        }
        Self {
            ok: checks.iter().all(|found| found.result != Verdict::Failed),
            checks,
        }
    }

    pub(crate) const fn is_ok(&self) -> bool {
        self.ok
    }

    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        for found in &self.checks {
            let result = match found.result {
                Verdict::Ok => "ok",
                Verdict::Failed => "FAILED",
                Verdict::Skipped => "skipped",
            };
            let name = found.check.to_possible_value();
            let name = name.as_ref().map_or("", |name| name.get_name());
            // Writing into a `String` cannot fail.
            let _ = writeln!(table, "{name:<13} {result:<8} {}", found.detail);
            if let Some(fix) = &found.fix {
                let _ = writeln!(table, "{:<13} {:<8} {fix}", "", "to do:");
            }
        }
        table
    }
}

impl Found {
    fn is_ok(&self) -> bool {
        self.result == Verdict::Ok
    }

    fn ok(check: Name, detail: impl Into<String>) -> Self {
        Self {
            check,
            result: Verdict::Ok,
            detail: detail.into(),
            fix: None,
        }
    }

    fn failed(check: Name, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            check,
            result: Verdict::Failed,
            detail: detail.into(),
            fix: Some(fix.into()),
        }
    }

    fn skipped(check: Name, detail: impl Into<String>) -> Self {
        Self {
            check,
            result: Verdict::Skipped,
            detail: detail.into(),
            fix: None,
        }
    }
}
