//! Measurements in a file of `SQLite`.

use variate::component::Measurement;
use variate::{Background, Sink};
use variate_report::{Report, ReportError, SqliteMeasurements, SqliteSink};

use super::support::{call, call_of};

#[test]
fn what_is_written_is_read_again_by_experiment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let mut first = call_of(7, "control", "time", 0.1);
    first.error = Some("Timeout".to_owned());
    first.outcome = "error".into();
    first.reason = "shadow".into();
    first.selected_arm = Some("fast".to_owned());
    first.at =
        std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_795_000_000_123);
    let mut second = call("fast", "peak", 0.0);
    second.value = None;
    let other = Measurement::new("search", "control", "find", "time", 1.0);

    let mut sink = SqliteSink::open(&path).unwrap();
    sink.write(&[first.clone(), other.clone()]).unwrap();
    drop(sink);
    // A second process adds to it.
    let mut sink = SqliteSink::open(&path).unwrap();
    sink.write(std::slice::from_ref(&second)).unwrap();

    let reading = SqliteMeasurements::open(&path).unwrap();
    assert_eq!(reading.of("shop").unwrap(), [first, second]);
    assert_eq!(reading.of("search").unwrap(), [other]);
    assert_eq!(reading.of("nothing").unwrap(), []);
}

#[test]
fn it_goes_behind_a_queue() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let recorder: Background<Measurement> =
        Background::new(SqliteSink::open(&path).unwrap()).unwrap();
    drop(recorder);
    assert_eq!(
        SqliteMeasurements::open(&path).unwrap().of("shop").unwrap(),
        []
    );
}

#[test]
fn a_file_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    std::fs::write(
        &path,
        "this is no database, and long enough to be seen as none at all",
    )
    .unwrap();
    let refused = SqliteSink::open(&path).unwrap_err();
    assert!(refused.to_string().contains("calls.db"), "{refused}");
    let missing = SqliteMeasurements::open(folder.path().join("missing.db"));
    assert!(matches!(missing, Err(ReportError::Source { .. })));
}

#[test]
fn a_file_says_how_many_measurements_are_missing_and_so_does_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let mut sink = SqliteSink::open(&path).unwrap();
    // Whose they are is not known yet: it is told again.
    assert!(sink.dropped(3).is_err());
    sink.write(&[call("control", "time", 1.0)]).unwrap();
    sink.dropped(3).unwrap();
    sink.dropped(4).unwrap();
    let file = SqliteMeasurements::open(&path).unwrap();
    assert_eq!(file.dropped("shop").unwrap(), 7);
    assert_eq!(file.dropped("search").unwrap(), 0);
    let report = Report::builder()
        .dropped(file.dropped("shop").unwrap())
        .measurements(&file.of("shop").unwrap())
        .unwrap();
    let text = report.to_string();
    assert!(text.contains("7 measurements were dropped"), "{text}");
    let report = Report::of(&file.of("shop").unwrap()).unwrap();
    assert!(!report.to_string().contains("dropped"));
}

#[test]
fn a_file_of_before_has_dropped_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    drop(SqliteSink::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("DROP TABLE dropped").unwrap();
    let file = SqliteMeasurements::open(&path).unwrap();
    assert_eq!(file.dropped("shop").unwrap(), 0);
}

#[test]
fn a_file_says_what_could_not_be_written_as_soon_as_anything_can() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.db");
    let mut sink = SqliteSink::open(&path).unwrap();
    let lost = [call("control", "time", 1.0), call("fast", "time", 2.0)];
    // As a full disk would.
    let other = rusqlite::Connection::open(&path).unwrap();
    let refuse =
        "CREATE TRIGGER full BEFORE INSERT ON measurements BEGIN SELECT RAISE(ABORT, 'full'); END";
    other.execute_batch(refuse).unwrap();
    assert!(sink.write(&lost).is_err());
    other.execute_batch("DROP TRIGGER full").unwrap();
    let file = SqliteMeasurements::open(&path).unwrap();
    assert_eq!(file.dropped("shop").unwrap(), 0);
    sink.write(&[Measurement::new("search", "control", "find", "time", 1.0)])
        .unwrap();
    assert_eq!(file.dropped("shop").unwrap(), 2);
    assert_eq!(file.dropped("search").unwrap(), 0);
    // Once, and also where nothing comes after it.
    other.execute_batch(refuse).unwrap();
    assert!(sink.write(&lost[..1]).is_err());
    other.execute_batch("DROP TRIGGER full").unwrap();
    drop(sink);
    assert_eq!(file.dropped("shop").unwrap(), 3);
    assert_eq!(file.of("shop").unwrap(), []);
}
