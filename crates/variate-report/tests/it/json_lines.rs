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
    odd.selected_arm = Some("an\tother".to_owned());
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

#[test]
fn what_a_killed_program_left_of_a_line_costs_no_other_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let write = |of: &Measurement| {
        let mut sink = JsonLines::append(&path).unwrap();
        Sink::<Measurement>::write(&mut sink, std::slice::from_ref(of)).unwrap();
    };
    let (first, second) = (call("control", "time", 1.0), call("fast", "time", 2.0));
    write(&first);
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{}", &whole[..40])).unwrap();
    write(&second);
    write(&first);
    let text = std::fs::read_to_string(&path).unwrap();
    let torn = read_json_lines(text.as_bytes()).unwrap_err();
    assert!(matches!(torn, ReportError::Line { line: 2, .. }), "{torn}");
    let rest: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(at, _)| *at != 1)
        .map(|(_, line)| line)
        .collect();
    let read = read_json_lines(rest.join("\n").as_bytes()).unwrap();
    assert_eq!(read, [first.clone(), second, first]);
}

/// Takes so many bytes, then is full once.
struct Full(Vec<u8>, usize);

impl std::io::Write for &mut Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() == self.1 {
            self.1 = usize::MAX;
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.1 - self.0.len());
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_batch_that_was_written_in_part_costs_no_other_batch() {
    let mut full = Full(Vec::new(), 100);
    let mut sink = JsonLines::new(&mut full);
    let batch = [call("control", "time", 1.0)];
    assert!(Sink::<Measurement>::write(&mut sink, &batch).is_err());
    Sink::<Measurement>::write(&mut sink, &batch).unwrap();
    Sink::<Measurement>::write(&mut sink, &batch).unwrap();
    let text = String::from_utf8(full.0).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    assert_eq!(read_json_lines(rest.as_bytes()).unwrap().len(), 2);
}
