//! The embedded store: conformance here, faults in the folder.

mod closing;
mod damage;
mod disk;
mod killing;
mod lost;
mod moving;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(unix)]
mod read_only;
mod readers;
mod unsound;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::TempDir;
use variate_collector::conformance::{Fixture, cases};
use variate_collector::{EmbeddedStore, EventStore, NewEvent, Outcome};

/// Stores in directories of their own, really closed and opened.
#[derive(Default)]
struct InDirectories(Mutex<Vec<TempDir>>);

impl Fixture for InDirectories {
    type Store = EmbeddedStore;

    fn fresh(&self) -> EmbeddedStore {
        let directory = in_memory();
        let store = EmbeddedStore::open(directory.path()).expect("an empty directory becomes one");
        self.0.lock().expect("nobody panicked").push(directory);
        store
    }

    fn reopen(&self, store: EmbeddedStore) -> EmbeddedStore {
        let directory = store.directory().to_owned();
        drop(store);
        EmbeddedStore::open(directory).expect("a closed store opens")
    }
}

#[test]
fn conforms() {
    let fixture = InDirectories::default();
    for (name, case) in cases::<InDirectories>() {
        eprintln!("conformance: {name}");
        case(&fixture);
    }
}

/// 2026-11-21, 12:00 UTC.
const NOON: u64 = 1_795_262_400_000;

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in directory.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// In memory where there is such a place: nothing there asks whether the disk has it, which a killed process does not either.
fn in_memory() -> TempDir {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    directory.expect("there is room for temporary files")
}

fn open(directory: &Path) -> EmbeddedStore {
    EmbeddedStore::open(directory).expect("the store opens")
}

fn event(id: impl std::fmt::Display) -> NewEvent<'static> {
    NewEvent::new("shop", "pill_color", "red", "participate", id.to_string()).at(NOON)
}

fn events(ids: std::ops::Range<u32>) -> Vec<NewEvent<'static>> {
    ids.map(event).collect()
}

fn count(store: &EmbeddedStore, events: &[NewEvent<'_>]) {
    let outcomes = store.ingest(events).expect("the store takes events");
    assert_eq!(outcomes, vec![Outcome::Counted; events.len()]);
}

fn units(store: &EmbeddedStore) -> i64 {
    let tallies = store.tallies("shop", "pill_color").expect("it answers");
    let cell = tallies.and_then(|of| of.cell("participate", "red").cloned());
    cell.map_or(0, |cell| cell.total.counted.units)
}
