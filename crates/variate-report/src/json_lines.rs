use std::io::BufRead;

use variate::component::Measurement;

use crate::ReportError;

/// The measurements that [`JsonLines`](variate::component::JsonLines) wrote. Empty lines are left out.
///
/// ```
/// let lines = r#"{"at":0,"experiment":"e","arm":"a","method":"m","metric":"time","value":5.0,"unit":"ns","outcome":"ok","reason":"random"}"#;
/// let measurements = variate_report::read_json_lines(lines.as_bytes())?;
/// assert_eq!(measurements[0].value, Some(5.0));
/// # Ok::<(), variate_report::ReportError>(())
/// ```
///
/// # Errors
///
/// When a line cannot be read, or is no measurement. What a program that was killed left of its last line is one.
pub fn read_json_lines(lines: impl BufRead) -> Result<Vec<Measurement>, ReportError> {
    let mut measurements = Vec::new();
    for (line, text) in (1..).zip(lines.lines()) {
        let text = text.map_err(|error| ReportError::Source {
            place: format!("line {line}"),
            problem: error.to_string(),
        })?;
        if text.trim().is_empty() {
            continue;
        }
        let measurement = serde_json::from_str(&text);
        measurements.push(measurement.map_err(|problem| ReportError::Line { line, problem })?);
    }
    Ok(measurements)
}
