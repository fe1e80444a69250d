//! Events as lines of `COPY`'s text format.

use std::fmt::Write;
use std::time::SystemTime;

use variate::{EventRecord, Key};

/// The columns, in the order of a line.
pub(crate) const COLUMNS: &str = "event_id uuid, experiment text, variant text, unit text, subject text, \
    action text, value double precision, micros bigint, reason text, migration_keys text[], properties jsonb";

/// The last microsecond of the year 9999: beyond it, not everything reads a date.
const LATEST: u128 = 253_402_300_799_999_999;

const NULL: &str = "\\N";

/// Adds the line of an event.
pub(crate) fn line(event: &EventRecord, subject: Option<&str>, lines: &mut String) {
    // Writing into a `String` cannot fail.
    let _ = write!(lines, "{}\t", event.id);
    for text in [
        &event.experiment,
        event.variant.as_str(),
        &event.key.to_string(),
    ] {
        escaped(text, lines);
        lines.push('\t');
    }
    let subject = subject.and_then(|name| event.properties.get(name));
    match subject.filter(|subject| !subject.is_null()) {
        Some(subject) => escaped(&subject.to_string(), lines),
        None => lines.push_str(NULL),
    }
    lines.push('\t');
    escaped(&event.action, lines);
    lines.push('\t');
    match event.value {
        Some(value) => {
            let _ = write!(lines, "{value:e}");
        }
        None => lines.push_str(NULL),
    }
    let _ = write!(lines, "\t{}\t", micros(event.at));
    escaped(&event.reason, lines);
    lines.push('\t');
    escaped(&array(&event.migration_keys), lines);
    lines.push('\t');
    escaped(&json(event), lines);
    lines.push('\n');
}

fn micros(at: SystemTime) -> u128 {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_micros()
        .min(LATEST)
}

/// A field: Postgres knows no NUL, and lines and tabs stand between fields.
fn escaped(text: &str, lines: &mut String) {
    for character in text.chars() {
        match character {
            '\\' => lines.push_str("\\\\"),
            '\n' => lines.push_str("\\n"),
            '\r' => lines.push_str("\\r"),
            '\t' => lines.push_str("\\t"),
            '\0' => lines.push(char::REPLACEMENT_CHARACTER),
            _ => lines.push(character),
        }
    }
}

/// An array of texts, as Postgres reads it.
fn array(keys: &[Key]) -> String {
    let mut array = String::from("{");
    for (place, key) in keys.iter().enumerate() {
        array.push_str(if place > 0 { ",\"" } else { "\"" });
        array.push_str(&key.to_string().replace('\\', "\\\\").replace('"', "\\\""));
        array.push('"');
    }
    array.push('}');
    array
}

/// The properties as JSON, in which Postgres takes no NUL either.
fn json(event: &EventRecord) -> String {
    let Ok(json) = serde_json::to_string(&event.properties) else {
        return "{}".to_owned();
    };
    if !json.contains("\\u0000") {
        return json;
    }
    let mut without = String::with_capacity(json.len());
    let mut rest = &*json;
    while let Some((before, after)) = rest.split_once('\\') {
        without.push_str(before);
        // One escape, whole: `\\u0000` is a backslash and six characters.
        let (escape, others) = match after.strip_prefix("u0000") {
            Some(others) => ("\\ufffd", others),
            None => {
                without.push('\\');
                let length = after.chars().next().map_or(0, char::len_utf8);
                after.split_at(length)
            }
        };
        without.push_str(escape);
        rest = others;
    }
    without.push_str(rest);
    without
}
