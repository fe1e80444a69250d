//! Files that are gone, or of which nothing is left.

use std::path::Path;

use variate_collector::{EmbeddedStore, StoreError};

use super::{count, events, files, open, units};

fn a_store(directory: &Path) {
    let store = open(directory);
    count(&store, &events(0..1000));
    store.flush().unwrap();
    count(&store, &events(1000..1500));
}

fn error_of(directory: &Path) -> String {
    match EmbeddedStore::open(directory) {
        Err(error @ StoreError::Damaged { .. }) => error.to_string(),
        Err(error) => panic!("not said to be damaged: {error}"),
        Ok(store) => panic!("it opens, with {} units", units(&store)),
    }
}

/// Verifying names the file, opening does as well, and nothing else is touched.
fn is_refused(directory: &Path, culprit: &Path) {
    let before = files(directory);
    let report = EmbeddedStore::verify(directory, |_| {}).unwrap();
    let named: Vec<_> = report.damaged_files.iter().map(|of| &of.0).collect();
    assert!(
        named.iter().any(|of| of.ends_with(culprit)),
        "{} is not named: {report:?}",
        culprit.display()
    );
    let error = error_of(directory);
    assert!(error.contains(&culprit.display().to_string()), "{error}");
    for text in [error, format!("{report:?}")] {
        for raw in ["os error", "Checksum", "Storage("] {
            assert!(!text.contains(raw), "{text}");
        }
    }
    assert_eq!(files(directory), before);
}

#[test]
fn a_store_that_lost_a_file_is_refused_and_the_rest_is_left() {
    for (lost, named) in [
        ("data/keyspaces/1/current", None),
        ("data/keyspaces/0/current", None),
        ("data/keyspaces/1", None),
        ("data/keyspaces/0", None),
        ("data/keyspaces", Some("data/keyspaces/0")),
        ("data/version", None),
    ] {
        let directory = tempfile::tempdir().unwrap();
        a_store(directory.path());
        let path = directory.path().join(lost);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        is_refused(directory.path(), Path::new(named.unwrap_or(lost)));
    }
}

/// It is empty, and there for nobody but the engine.
#[test]
fn the_engines_lock_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    a_store(directory.path());
    let lock = directory.path().join("data/lock");
    assert!(std::fs::read(&lock).unwrap().is_empty());
    std::fs::remove_file(&lock).unwrap();
    let store = open(directory.path());
    assert_eq!(units(&store), 1500);
    count(&store, &events(1500..1600));
    drop(store);
    std::fs::remove_file(&lock).unwrap();
    assert!(
        EmbeddedStore::verify(directory.path(), |_| {})
            .unwrap()
            .is_good()
    );
    assert!(lock.exists());
    assert_eq!(units(&open(directory.path())), 1600);
}

#[test]
fn files_without_bytes_are_damaged_and_named() {
    let whole = tempfile::tempdir().unwrap();
    a_store(whole.path());
    for file in files(&whole.path().join("data")) {
        let name = file.strip_prefix(whole.path()).unwrap();
        let is_used = name.ends_with("current")
            || name.ends_with("version")
            || name.parent().is_some_and(|of| of.ends_with("tables"));
        if !is_used {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, []).unwrap();
        is_refused(whole.path(), name);
        std::fs::write(&file, bytes).unwrap();
    }
    assert_eq!(units(&open(whole.path())), 1500);
}

#[test]
fn a_manifest_and_a_table_that_were_changed_are_named() {
    let directory = tempfile::tempdir().unwrap();
    a_store(directory.path());
    let keyspace = directory.path().join("data/keyspaces/1");
    let current = std::fs::read(keyspace.join("current")).unwrap();
    let manifest = keyspace.join(format!("v{}", current[0]));
    let bytes = std::fs::read(&manifest).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x55;
        std::fs::write(&manifest, changed).unwrap();
        let name = Path::new("data/keyspaces/1").join(manifest.file_name().unwrap());
        is_refused(directory.path(), &name);
    }
    std::fs::write(&manifest, bytes).unwrap();
    let tables = files(&keyspace.join("tables"));
    let table = tables.first().unwrap();
    let bytes = std::fs::read(table).unwrap();
    for at in [0, bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 0x55;
        std::fs::write(table, changed).unwrap();
        let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
        assert_eq!(&report.damaged_files[0].0, table, "{report:?}");
        assert!(!format!("{report:?}").contains("Checksum"), "{report:?}");
        assert!(
            !format!("{report:?}").contains("store verify"),
            "{report:?}"
        );
    }
}

#[test]
fn the_data_of_another_store_and_empty_data_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (here, there) = (
        directory.path().join("here"),
        directory.path().join("there"),
    );
    a_store(&here);
    drop(open(&there));
    let data = here.join("data");
    std::fs::rename(&data, directory.path().join("kept")).unwrap();
    std::fs::rename(there.join("data"), &data).unwrap();
    std::fs::remove_file(here.join("closed.json")).unwrap();
    let report = EmbeddedStore::verify(&here, |_| {}).unwrap();
    assert!(!report.is_good());
    assert!(error_of(&here).contains("another store"));

    // Whole files that know nothing, as after a crash that lost the journal.
    let journal = data.join("0.jnl");
    std::fs::write(&journal, []).unwrap();
    assert!(error_of(&here).contains("is gone"), "{}", error_of(&here));
    assert!(!EmbeddedStore::verify(&here, |_| {}).unwrap().is_good());
    std::fs::remove_file(&journal).unwrap();
    assert!(
        error_of(&here).contains("no journal"),
        "{}",
        error_of(&here)
    );

    std::fs::remove_dir_all(&data).unwrap();
    std::fs::rename(directory.path().join("kept"), &data).unwrap();
    assert_eq!(units(&open(&here)), 1500);
}
