//! Options that environment variables set: one that is empty is not set, and messages name what was.

use std::env;
use std::ffi::OsString;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::{Command, Error};

/// The prefix of the variables that options are read from.
const PREFIX: &str = "VARIATE_";

/// Templates and `.env` files write `VARIATE_RATE=` for what is not to be set.
pub(crate) fn without_empty_variables(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let variable = arg.get_env().and_then(env::var_os);
            if variable.is_some_and(|value| value.is_empty()) {
                arg.env(Resettable::Reset)
            } else {
                arg
            }
        })
        .mut_subcommands(without_empty_variables)
}

/// With the name of the variable in place of an option that nobody gave.
pub(crate) fn naming_variables(
    mut error: Error,
    arguments: impl Iterator<Item = OsString>,
) -> Error {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    // As in `--rate <REQUESTS>`.
    let name = option
        .split([' ', '=', '['])
        .next()
        .unwrap_or_default()
        .to_owned();
    let Some(long) = name.strip_prefix("--") else {
        return error;
    };
    let variable = format!("{PREFIX}{}", long.to_ascii_uppercase().replace('-', "_"));
    let is_given = arguments
        .filter_map(|argument| argument.into_string().ok())
        .any(|argument| argument.split('=').next() == Some(&name));
    if !is_given && env::var_os(&variable).is_some_and(|value| !value.is_empty()) {
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    error
}
