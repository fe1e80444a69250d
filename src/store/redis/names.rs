//! Where an assignment is in Redis: `prefix:{experiment}:key`.

use std::fmt::Write as _;

use crate::Key;

/// What all keys of an experiment begin with. Redis Cluster keeps in one slot what has the same text
/// in its first braces, so a script may touch several keys of an experiment.
pub(super) fn start(prefix: &str, experiment: &str) -> String {
    let mut start = String::with_capacity(prefix.len() + experiment.len() + 4);
    start.push_str(prefix);
    if !prefix.is_empty() {
        start.push(':');
    }
    start.push('{');
    for byte in experiment.bytes() {
        // Neither braces nor anything that a pattern, a log or a terminal takes for something else.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b' ') {
            start.push(byte.into());
        } else {
            let _ = write!(start, "%{byte:02X}");
        }
    }
    start.push_str("}:");
    start
}

/// Where the assignment under `key` is.
pub(super) fn place(start: &str, key: &Key) -> String {
    key.with_text(|key| format!("{start}{key}"))
}

/// A pattern for everything that begins with `start`.
pub(super) fn pattern(start: &str) -> String {
    let mut pattern = String::with_capacity(start.len() + 1);
    for letter in start.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '\\' | '^' | '-') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('*');
    pattern
}
