//! Directories that may be read and not written, as snapshots are.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use variate_collector::{EmbeddedStore, StoreError};

use super::{count, events, open, units};

const DIRECTORY: &str = "VARIATE_TEST_READ_ONLY_DIRECTORY";

/// Somebody without rights.
const NOBODY: u32 = 65534;

#[test]
fn the_process_that_may_not_write() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let report = EmbeddedStore::verify(&directory, |_| {}).unwrap();
    for (file, what) in &report.damaged_files {
        println!("\ndamaged: {} {what}", file.display());
    }
    println!("\nincomplete: {}", report.incomplete.unwrap());
    for error in [
        EmbeddedStore::open(&directory).unwrap_err(),
        EmbeddedStore::repair(&directory).unwrap_err(),
    ] {
        assert!(
            matches!(
                error,
                StoreError::ReadOnly { .. } | StoreError::Damaged { .. }
            ),
            "{error}"
        );
        println!("\nerror: {error}");
    }
}

fn set_modes(directory: &Path, of_directories: u32, of_files: u32) {
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    // Readable first, or what is in it is not found.
    set(directory, 0o755);
    for entry in directory.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_modes(&path, of_directories, of_files);
        } else {
            set(&path, of_files);
        }
    }
    set(directory, of_directories);
}

/// What somebody finds who may only read.
fn as_nobody(place: &Path, store: &Path) -> String {
    set_modes(store, 0o555, 0o444);
    std::fs::set_permissions(place, PermissionsExt::from_mode(0o755)).unwrap();
    let mut options = std::fs::OpenOptions::new();
    let is_root = options.append(true).open(store.join("secret")).is_ok();
    let program = std::env::current_exe().unwrap();
    // Root may write whatever the modes say, and its directories are closed to others.
    let mut command = if is_root {
        let copy = place.join("tests");
        std::fs::copy(program, &copy).unwrap();
        std::fs::set_permissions(&copy, PermissionsExt::from_mode(0o755)).unwrap();
        let mut command = Command::new(copy);
        command.uid(NOBODY).gid(NOBODY).current_dir(place);
        command
    } else {
        Command::new(program)
    };
    let output = command
        .args([
            "--exact",
            "embedded::read_only::the_process_that_may_not_write",
        ])
        .args(["--nocapture", "--test-threads=1"])
        .env(DIRECTORY, store)
        .output()
        .unwrap();
    set_modes(store, 0o755, 0o644);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    text
}

#[test]
fn what_may_only_be_read_is_verified_as_far_as_that_goes() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("events");
    let store = open(&directory);
    count(&store, &events(0..1000));
    store.flush().unwrap();
    drop(store);
    let table = directory.join("data/keyspaces/1/tables");
    let table = table.read_dir().unwrap().next().unwrap().unwrap().path();
    for has_lock in [true, false] {
        if !has_lock {
            std::fs::remove_file(directory.join("lock")).unwrap();
        }
        let text = as_nobody(place.path(), &directory);
        assert!(!text.contains("damaged: "), "{text}");
        assert!(
            text.contains("incomplete: the directory cannot be written"),
            "{text}"
        );
        assert_eq!(text.matches("and use the copy").count(), 2, "{text}");
    }
    let bytes = std::fs::read(&table).unwrap();
    let mut changed = bytes.clone();
    changed[100] ^= 1;
    std::fs::write(&table, changed).unwrap();
    let text = as_nobody(place.path(), &directory);
    assert!(
        text.contains(&format!("damaged: {}", table.display())),
        "{text}"
    );
    std::fs::write(&table, bytes).unwrap();
    assert_eq!(units(&open(&directory)), 1000);
}
