//! Files of JSON lines.

use variate::Sink;
use variate::component::{JsonLines, Measurement};
use variate_report::{ReportError, read_json_lines};

use super::support::{call, call_of};

#[test]
fn what_is_written_is_read_again() {
    let mut odd = call_of(7, "a \"quoted\"\\\n\u{1}\u{7f} arm · é", "time", 0.1);
    odd.error = Some("Timeout".to_owned());
    odd.outcome = "error".into();
    odd.reason = "sticky".into();
    odd.is_control = true;
    let mut unavailable = call("control", "peak", 0.0);
    unavailable.value = None;
    let mut extreme = call("control", "time", f64::MAX);
    extreme.at =
        std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_795_000_000_123);
    let small = call("control", "time", 5e-324);
    let measurements = [odd, unavailable, extreme, small];

    let mut bytes = Vec::new();
    let mut sink = JsonLines::new(&mut bytes);
    Sink::<Measurement>::write(&mut sink, &measurements[..2]).unwrap();
    Sink::<Measurement>::write(&mut sink, &measurements[2..]).unwrap();
    let read = read_json_lines(bytes.as_slice()).unwrap();
    assert_eq!(read, measurements);
    // Line by line, as serde writes it.
    for (line, of) in std::str::from_utf8(&bytes)
        .unwrap()
        .lines()
        .zip(&measurements)
    {
        let ours: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(ours, serde_json::to_value(of).unwrap());
    }
}

#[test]
fn a_line_that_is_none_is_named() {
    let lines = "\n{\"at\":0}\n";
    let error = read_json_lines(lines.as_bytes()).unwrap_err();
    assert!(
        matches!(error, ReportError::Line { line: 2, .. }),
        "{error}"
    );
}
