use std::sync::Mutex;

use tempfile::TempDir;
use variate_collector::EmbeddedStore;
use variate_collector::conformance::{Fixture, cases};

/// Stores in directories of their own, really closed and opened.
#[derive(Default)]
struct InDirectories(Mutex<Vec<TempDir>>);

impl Fixture for InDirectories {
    type Store = EmbeddedStore;

    fn fresh(&self) -> EmbeddedStore {
        let directory = tempfile::tempdir().expect("there is room for temporary files");
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
        let start = std::time::Instant::now();
        case(&fixture);
        eprintln!("conformance: {name} {:?}", start.elapsed());
    }
}
