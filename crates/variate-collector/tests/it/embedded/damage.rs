//! Files whose bytes were changed, or that end early.

use std::path::{Path, PathBuf};

use variate_collector::{EmbeddedStore, EventStore, Outcome, StoreError};

use super::{count, events, files, open, units};

const ALL: u32 = 6000;

/// A store with tables and a journal, closed.
fn a_store(directory: &Path) {
    let store = open(directory);
    for batch in events(0..ALL / 2).chunks(1000) {
        count(&store, batch);
    }
    store.flush().unwrap();
    for batch in events(ALL / 2..ALL).chunks(500) {
        count(&store, batch);
    }
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let new = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(new.parent().unwrap()).unwrap();
        // Journals have 64 MiB of nothing at their end, which need not be copied.
        let mut bytes = std::fs::read(&file).unwrap();
        if file.extension().is_some_and(|of| of == "jnl") {
            let end = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0);
            bytes.truncate(end + 100);
        }
        std::fs::write(new, bytes).unwrap();
    }
}

/// Opens with all that was counted or says what is wrong; nothing in between, and no panic.
fn check(directory: &Path, what: &str) -> Result<(), String> {
    let verified = EmbeddedStore::verify(directory, |_| {});
    let opened = match EmbeddedStore::open(directory) {
        Ok(store) => {
            let all = units(&store) == i64::from(ALL);
            let known = store.ingest(&events(0..ALL)).map(|outcomes| {
                outcomes
                    .iter()
                    .filter(|of| **of == Outcome::Duplicate)
                    .count()
            });
            match known {
                Ok(known) => {
                    let is_whole = all && known == ALL as usize;
                    assert!(is_whole, "{what}: {known} known, {} units", units(&store));
                    Ok(())
                }
                Err(error) => Err(error.to_string()),
            }
        }
        Err(error) => Err(error.to_string()),
    };
    match (verified, &opened) {
        (Ok(report), Err(error)) => {
            assert!(
                !report.is_good(),
                "{what}: {error}, but verify found nothing"
            );
        }
        (Err(_), Ok(())) => panic!("{what}: verify failed, and the store opens"),
        _ => {}
    }
    opened
}

#[test]
fn changed_and_cut_files_are_noticed() {
    let directory = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let whole = directory.path().join("whole");
    a_store(&whole);
    let small = directory.path().join("small");
    copy(&whole, &small);
    let mut noticed = 0;
    for file in files(&small) {
        let name = file.strip_prefix(&small).unwrap().to_owned();
        // It says nothing that the journals do not.
        if name == Path::new("lock") || name == Path::new("data/lock") {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        for part in [0, 1, 2, 3, 4] {
            let at = (bytes.len().saturating_sub(1)) * part / 4;
            let what = format!("{} changed at byte {at} of {}", name.display(), bytes.len());
            let broken = directory.path().join("broken");
            copy(&small, &broken);
            let mut changed = bytes.clone();
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= 0x55;
            }
            std::fs::write(broken.join(&name), &changed).unwrap();
            noticed += u32::from(check(&broken, &what).is_err());
            std::fs::remove_dir_all(&broken).unwrap();

            copy(&small, &broken);
            let what = format!("{} cut to {at} bytes of {}", name.display(), bytes.len());
            std::fs::write(broken.join(&name), bytes.get(..at).unwrap()).unwrap();
            noticed += u32::from(check(&broken, &what).is_err());
            std::fs::remove_dir_all(&broken).unwrap();
        }
    }
    assert!(noticed > 40, "only {noticed}");
}

#[test]
fn verify_names_the_file_and_the_rest_is_readable() {
    let directory = tempfile::tempdir().unwrap();
    a_store(directory.path());
    let is_table = |path: &PathBuf| path.parent().is_some_and(|of| of.ends_with("tables"));
    let sizes = files(directory.path()).into_iter().filter(is_table);
    let largest = sizes.max_by_key(|path| path.metadata().unwrap().len());
    let table = largest.expect("the store was flushed");
    let mut bytes = std::fs::read(&table).unwrap();
    let middle = bytes.len() / 4;
    bytes[middle] ^= 1;
    std::fs::write(&table, bytes).unwrap();

    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    assert!(!report.is_good());
    assert_eq!(report.damaged_files.len(), 1, "{report:?}");
    assert_eq!(report.damaged_files[0].0, table.canonicalize().unwrap());

    // What can be read is told.
    assert_eq!((report.experiments, report.rows), (1, 2));
    let incomplete = report.incomplete.as_deref().unwrap_or_default();
    assert!(incomplete.contains("store export"), "{report:?}");

    // Most ids are in other blocks.
    let store = open(directory.path());
    assert_eq!(units(&store), i64::from(ALL));
    let (mut known, mut lost) = (0, 0);
    for event in events(0..ALL) {
        match store.ingest(&[event]) {
            Ok(outcomes) => {
                assert_eq!(outcomes, [Outcome::Duplicate]);
                known += 1;
            }
            Err(StoreError::Damaged { .. }) => lost += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(
        known > ALL * 9 / 10 && lost > 0,
        "{known} known, {lost} lost"
    );
}

/// Ten batches of 500 events, as after a crash, where nothing was closed; the journal, its bytes, and the place of the last one.
fn crashed(directory: &Path) -> (PathBuf, Vec<u8>, usize) {
    let store = open(directory);
    for batch in events(0..5000).chunks(500) {
        count(&store, batch);
    }
    drop(store);
    std::fs::remove_file(directory.join("closed.json")).unwrap();
    let journal = directory.join("data/0.jnl");
    let bytes = std::fs::read(&journal).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    (journal, bytes, end)
}

#[test]
fn a_journal_changed_in_the_middle_is_not_cut_but_after_a_repair() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, mut bytes, end) = crashed(directory.path());
    bytes[end / 2] ^= 1;
    std::fs::write(&journal, &bytes).unwrap();

    for _ in 0..2 {
        let error = EmbeddedStore::open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("0.jnl"), "{error}");
        let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
        assert_eq!(report.damaged_files[0].0, journal);
        assert_eq!(std::fs::read(&journal).unwrap(), bytes);
    }
    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    let told = &report.damaged_files[0].1;
    let repaired = EmbeddedStore::repair(directory.path()).unwrap();
    let [cut] = repaired.as_slice() else {
        panic!("one was damaged: {repaired:?}");
    };
    assert_eq!(cut.journal, journal);
    assert_eq!(std::fs::read(&cut.copy).unwrap(), bytes);
    assert_eq!(cut.kept_bytes, journal.metadata().unwrap().len());
    assert_eq!(cut.kept_bytes + cut.lost_bytes, end as u64 + 1);
    for number in [cut.lost_bytes, cut.lost_batches] {
        assert!(told.contains(&number.to_string()), "{told}");
    }
    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
    let store = open(directory.path());
    let left = units(&store);
    assert!(left > 1000 && left < 4000 && left % 500 == 0, "{left}");
    // All but the one that was changed, of ten.
    assert_eq!(
        cut.lost_batches,
        u64::try_from(5000 - left).unwrap() / 500 - 1
    );
    drop(store);
    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
}

#[test]
fn a_torn_last_batch_was_not_acknowledged_and_is_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, mut bytes, end) = crashed(directory.path());
    bytes[end - 3000..=end].fill(0);
    std::fs::write(&journal, bytes).unwrap();
    let store = open(directory.path());
    assert_eq!(units(&store), 4500);
    count(&store, &events(4500..5000));
    drop(store);
    assert_eq!(units(&open(directory.path())), 5000);
}

/// The engine's own small tables are the same in each store.
#[test]
fn a_damaged_list_of_tables_is_made_anew_and_nothing_is_lost() {
    let whole = tempfile::tempdir().unwrap();
    a_store(whole.path());
    let list = files(&whole.path().join("data/keyspaces/0"));
    assert!(list.len() > 2, "{list:?}");
    for file in list {
        let name = file.strip_prefix(whole.path()).unwrap();
        let place = tempfile::tempdir().unwrap();
        copy(whole.path(), place.path());
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(place.path().join(name), &bytes).unwrap();
        let report = EmbeddedStore::verify(place.path(), |_| {}).unwrap();
        assert_eq!(report.damaged_files.len(), 1, "{report:?}");
        let incomplete = report.incomplete.unwrap_or_default();
        let kept = EmbeddedStore::repair_list(place.path()).unwrap().unwrap();
        assert!(
            incomplete.is_empty() || incomplete.contains("store repair"),
            "{incomplete}"
        );
        assert!(
            files(&kept)
                .iter()
                .any(|of| std::fs::read(of).unwrap() == bytes)
        );
        check(place.path(), &name.display().to_string()).unwrap();
        let report = EmbeddedStore::verify(place.path(), |_| {}).unwrap();
        assert!(report.is_good(), "{report:?}");
        assert_eq!(EmbeddedStore::repair_list(place.path()).unwrap(), None);
    }
}

#[test]
fn a_second_repair_keeps_the_copy_of_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let mut copies = Vec::new();
    for round in 0..2 {
        let store = open(directory.path());
        let from = u32::try_from(units(&store)).unwrap();
        for batch in events(from..from + 2000).chunks(500) {
            count(&store, batch);
        }
        drop(store);
        let journal = directory.path().join("data/0.jnl");
        let mut bytes = std::fs::read(&journal).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        bytes[end * 3 / 4] ^= 1;
        std::fs::write(&journal, &bytes).unwrap();
        copies.push(bytes);
        let repaired = EmbeddedStore::repair(directory.path()).unwrap();
        assert_eq!(repaired.len(), 1, "round {round}");
        let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
        assert!(report.is_good(), "{report:?}");
    }
    let name = |name: &str| std::fs::read(directory.path().join("data").join(name)).unwrap();
    assert!(name("0.jnl.damaged") == copies[0]);
    assert!(name("0.jnl.damaged.2") == copies[1]);
}

#[test]
fn a_backup_that_fails_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (directory, copy) = (place.path().join("events"), place.path().join("copy"));
    std::fs::create_dir(&directory).unwrap();
    let store = open(&directory);
    count(&store, &events(0..ALL));
    store.flush().unwrap();
    drop(store);
    let tables = directory.join("data/keyspaces/1/tables");
    let table = tables.read_dir().unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&table, bytes).unwrap();

    let store = open(&directory);
    store.backup(&copy, |_| {}).unwrap_err();
    assert!(!copy.exists());
    // One that was there stays, empty.
    std::fs::create_dir(&copy).unwrap();
    store.backup(&copy, |_| {}).unwrap_err();
    assert_eq!(copy.read_dir().unwrap().count(), 0);
}
