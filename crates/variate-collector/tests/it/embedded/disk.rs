//! Disks that take nothing.

use std::path::Path;
use std::process::Command;

use variate_collector::{EmbeddedStore, EventStore, Outcome, StoreError};

use super::{count, events, open, units};

#[test]
fn a_disk_that_takes_nothing_is_an_error_that_says_so() {
    // Nobody makes directories there, root included.
    let error = EmbeddedStore::open(Path::new("/proc/variate")).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(
        error.to_string().contains("cannot make the directory"),
        "{error}"
    );
}

const DIRECTORY: &str = "VARIATE_TEST_FULL_DIRECTORY";
/// Set where there is room again after a while.
const MENDED: &str = "VARIATE_TEST_MENDED_DISK";

/// Counts until the disk takes no more, and says how many.
#[test]
fn the_process_whose_disk_is_full() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let store = match EmbeddedStore::open(Path::new(&directory)) {
        Ok(store) => store,
        Err(error) => {
            assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
            println!("\nnot opened: {error}");
            return;
        }
    };
    let mut sent = u32::try_from(units(&store)).unwrap();
    let error = loop {
        match store.ingest(&events(sent..sent + 500)) {
            Ok(_) => sent += 500,
            Err(error) => break error,
        }
        assert!(sent < 1_000_000, "the disk is not full");
    };
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    // From now on it says so, whatever is asked of it, and does not pretend; the cause is what came first.
    for _ in 0..3 {
        let error = store.ingest(&events(sent..sent + 1)).unwrap_err();
        assert!(error.to_string().contains("File too large"), "{error}");
        let error = store.ready().unwrap_err();
        assert!(error.to_string().contains("File too large"), "{error}");
    }
    assert_eq!(units(&store), i64::from(sent));
    let error = store.delete("shop", "pill_color").unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    if std::env::var_os(MENDED).is_some() {
        goes_on(&store, sent);
    }
    println!("\nfull after {sent}");
}

/// Makes room, and counts on.
fn goes_on(store: &EmbeddedStore, sent: u32) {
    let process = std::process::id().to_string();
    let status = Command::new("prlimit")
        .args(["--fsize=unlimited", "--pid", &process])
        .status()
        .expect("there is prlimit: apt-get install util-linux");
    assert!(status.success());
    // It tries again every few seconds.
    while store.ready().is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let there = u32::try_from(units(store)).unwrap();
    assert!(there == sent || there == sent + 500, "{there} after {sent}");
    let outcomes = store.ingest(&events(0..there)).unwrap();
    assert!(outcomes.iter().all(|of| *of == Outcome::Duplicate));
    count(store, &events(there..there + 3000));
    assert!(store.delete("shop", "pill_color").unwrap());
    count(store, &events(0..sent));
}

/// A process that may write no file beyond so many blocks of 512 bytes, or of 1,024 in some shells.
fn with_files_up_to(blocks: u32, directory: &Path) -> String {
    let mut command = Command::new("sh");
    run_with_files_up_to(&mut command, blocks, directory)
}

fn run_with_files_up_to(command: &mut Command, blocks: u32, directory: &Path) -> String {
    let script = format!(r#"trap '' XFSZ; ulimit -S -f {blocks}; exec "$0" "$@""#);
    let output = command
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "embedded::disk::the_process_whose_disk_is_full"])
        .args(["--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    text
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let text = with_files_up_to(2000, directory.path());
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("full after "));
    let sent: u32 = line.expect("it says how many").parse().unwrap();
    assert!(sent >= 500);
    let store = open(directory.path());
    let there = u32::try_from(units(&store)).unwrap();
    // What was not acknowledged may be there or not.
    assert!(there == sent || there == sent + 500, "{there} after {sent}");
    let outcomes = store.ingest(&events(0..there)).unwrap();
    assert!(outcomes.iter().all(|of| *of == Outcome::Duplicate));
    count(&store, &events(there..there + 500));
    drop(store);
    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
}

#[test]
fn a_store_goes_on_by_itself_when_the_disk_has_room_again() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let text = run_with_files_up_to(
        Command::new("sh").env(MENDED, "yes"),
        2000,
        directory.path(),
    );
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("full after "));
    let sent: i64 = line.expect("it says how many").parse().unwrap();
    assert_eq!(units(&open(directory.path())), sent);
    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
}

#[test]
fn a_store_that_cannot_be_made_is_made_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    for blocks in [0, 2000] {
        let text = with_files_up_to(blocks, directory.path());
        assert!(text.contains("not opened: "), "{text}");
    }
    count(&open(directory.path()), &events(0..10));
}
