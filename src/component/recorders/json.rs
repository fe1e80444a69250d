//! A measurement as a line of JSON, as serde would write it.

use std::fmt::Write as _;
use std::time::SystemTime;

use crate::component::Measurement;

/// Appends a line.
pub(super) fn write(line: &mut String, measurement: &Measurement) {
    let millis = measurement
        .at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    // Writing to a text does not fail.
    let _ = write!(line, "{{\"at\":{millis}");
    text(line, "experiment", &measurement.experiment);
    text(line, "arm", &measurement.arm);
    if measurement.is_control {
        line.push_str(",\"is_control\":true");
    }
    if let Some(selected) = &measurement.selected_arm {
        text(line, "selected_arm", selected);
    }
    text(line, "method", &measurement.method);
    text(line, "metric", &measurement.metric);
    if let Some(value) = measurement.value.filter(|value| value.is_finite()) {
        let _ = write!(line, ",\"value\":{value:?}");
    }
    text(line, "unit", &measurement.unit);
    text(line, "outcome", &measurement.outcome);
    if let Some(error) = &measurement.error {
        text(line, "error", error);
    }
    if let Some(key) = &measurement.key {
        key.with_text(|key| text(line, "key", key));
    }
    text(line, "reason", &measurement.reason);
    line.push_str("}\n");
}

fn text(line: &mut String, name: &str, text: &str) {
    let _ = write!(line, ",\"{name}\":\"");
    for letter in text.chars() {
        match letter {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\u{0}'..='\u{1f}' => {
                let _ = write!(line, "\\u{:04x}", u32::from(letter));
            }
            other => line.push(other),
        }
    }
    line.push('"');
}
