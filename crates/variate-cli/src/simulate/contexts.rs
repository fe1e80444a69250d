//! Contexts that were seen, one a line.

use std::path::Path;

use serde_json::value::RawValue;
use variate::Context;

use crate::evaluate::{EvaluateError, read as read_file};
use crate::json_value::{self, ValueError};

/// Why a file with contexts cannot be used.
#[derive(Debug, thiserror::Error)]
enum ContextsError {
    #[error("byte {0} is not UTF-8: encode the line as UTF-8")]
    NotUtf8(usize),
    #[error("not JSON: {} at column {}", json_value::message(.0), .0.column())]
    NotJson(serde_json::Error),
    #[error(r#"{0}: a line is a context, such as {{"user_id":42,"country":"DE"}}"#)]
    NoContext(ValueError),
}

/// Blank lines are skipped.
pub(super) fn read(path: &Path) -> Result<Vec<Context<'static>>, EvaluateError> {
    let bytes = read_file(path)?;
    let mut contexts = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = match line.strip_prefix("\u{feff}".as_bytes()) {
            Some(line) if at == 0 => line,
            _ => line,
        };
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let context = context(line).map_err(|error| {
            EvaluateError::Refused(format!("{}:{}: {error}", path.display(), at + 1))
        })?;
        contexts.push(context);
    }
    if contexts.is_empty() {
        return Err(EvaluateError::Refused(format!(
            "{}: there are no contexts in it: write one a line, such as {{\"user_id\":42,\"country\":\"DE\"}}",
            path.display()
        )));
    }
    Ok(contexts)
}

fn context(line: &[u8]) -> Result<Context<'static>, ContextsError> {
    let line = std::str::from_utf8(line)
        .map_err(|error| ContextsError::NotUtf8(error.valid_up_to() + 1))?;
    let json: &RawValue = serde_json::from_str(line).map_err(ContextsError::NotJson)?;
    let context = json_value::context(json).map_err(ContextsError::NoContext)?;
    Ok(context.into_owned())
}
