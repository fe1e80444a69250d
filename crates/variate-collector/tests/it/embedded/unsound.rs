//! What a repair leaves of a store whose journal is not in the order of time: a backup, of which tallies stay without their units.

use std::path::{Path, PathBuf};

use variate_collector::{Change, EmbeddedStore, EventStore, NewEvent, Outcome, StoreError, export};

use super::{NOON, count, open};

const SMALL: &str = "small";
const LARGE: &str = "large";

fn event(experiment: &'static str, id: u32) -> NewEvent<'static> {
    NewEvent::new("shop", experiment, "red", "participate", id.to_string()).at(NOON)
}

/// A backup of a store with a few units of one experiment and many of another, and where its last batches begin.
fn a_backup(place: &Path) -> PathBuf {
    let store = open(&place.join("events"));
    for (experiment, ids) in [(SMALL, 10), (LARGE, 12_000)] {
        let events: Vec<_> = (0..ids).map(|id| event(experiment, id)).collect();
        count(&store, &events);
    }
    let copy = place.join("copy");
    store.backup(&copy, |_| {}).unwrap();
    copy
}

/// The journal, without the 64 MiB of nothing at its end.
fn journal(directory: &Path) -> (PathBuf, Vec<u8>) {
    let journal = directory.join("data/0.jnl");
    let mut bytes = std::fs::read(&journal).unwrap();
    while bytes.ends_with(&[0; 256]) {
        bytes.truncate(bytes.len() - 256);
    }
    (journal, bytes)
}

/// Changes a byte of the journal, in its second batch of 10,000 entries where it is a backup.
fn damage(directory: &Path) {
    let (journal, mut bytes) = journal(directory);
    let at = bytes.len() * 11 / 12;
    bytes[at] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
}

fn error_of<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(error @ (StoreError::Damaged { .. } | StoreError::DamagedExperiment { .. })) => {
            error.to_string()
        }
        other => panic!("not damaged: {other:?}"),
    }
}

fn outcome(store: &EmbeddedStore, experiment: &'static str, id: u32) -> Outcome {
    store.ingest(&[event(experiment, id)]).unwrap().remove(0)
}

#[test]
fn an_experiment_that_a_repair_left_without_its_units_is_not_counted_until_it_is_reset() {
    let place = super::in_memory();
    let copy = a_backup(place.path());
    damage(&copy);
    assert_eq!(EmbeddedStore::repair(&copy).unwrap().len(), 1);
    // Nobody knows yet what is left.
    let error = error_of(EmbeddedStore::open(&copy).map(drop));
    assert!(error.contains("variate store verify"), "{error}");
    let report = EmbeddedStore::verify(&copy, |_| {}).unwrap();
    let [differs] = &report.mismatches[..] else {
        panic!("{report:?}");
    };
    assert_eq!(differs.experiment, LARGE);
    let words = &differs.what;
    assert!(
        words.contains("action `participate` of variant `red` on ")
            && words.contains("the tally has 12000 units, and its units give ")
            && !words.contains('{')
            && words.len() < 300,
        "{words}"
    );

    for _ in 0..2 {
        let store = open(&copy);
        store.ready().unwrap();
        assert!(store.warnings().concat().contains("cannot be counted: 1"));
        let batch = [event(SMALL, 1), event(LARGE, 11_999), event("new", 1)];
        let outcomes = store.ingest(&batch).unwrap();
        assert!(
            matches!(&outcomes[1], Outcome::Unavailable { what } if what.contains(LARGE) && what.contains("reset"))
        );
        assert_eq!(outcomes[0], Outcome::Duplicate);
        assert!(error_of(store.tallies("shop", LARGE)).contains("backup"));
        assert!(
            store
                .change("shop", LARGE, &Change::Archived(true))
                .is_err()
        );
        let infos = store.experiments("shop").unwrap();
        let damaged: Vec<&str> = infos
            .iter()
            .filter(|of| of.damaged)
            .map(|of| &*of.name)
            .collect();
        assert_eq!(damaged, [LARGE]);
        let mut lines = Vec::new();
        export::json_lines(&store, &mut lines).unwrap();
        let exported = export::read_json_lines(&*lines).unwrap();
        assert!(exported.iter().all(|of| of.info.name != LARGE));
    }
    // A copy is no better.
    let again = place.path().join("again");
    open(&copy).backup(&again, |_| {}).unwrap();
    assert!(matches!(
        outcome(&open(&again), LARGE, 1),
        Outcome::Unavailable { .. }
    ));

    let store = open(&copy);
    assert!(store.reset("shop", LARGE).unwrap());
    assert_eq!(outcome(&store, LARGE, 1), Outcome::Counted);
    assert!(store.warnings().is_empty());
    drop(store);
    let store = open(&copy);
    assert_eq!(outcome(&store, LARGE, 1), Outcome::Duplicate);
    assert!(!copy.join("unsound.json").exists());
    drop(store);
    assert!(EmbeddedStore::verify(&copy, |_| {}).unwrap().is_good());
}

#[test]
fn a_backup_that_ends_early_is_noticed() {
    let place = super::in_memory();
    let copy = a_backup(place.path());
    let (journal, bytes) = journal(&copy);
    std::fs::write(&journal, &bytes[..bytes.len() * 11 / 12]).unwrap();
    let error = error_of(EmbeddedStore::open(&copy).map(drop));
    assert!(
        error.contains("0.jnl") && error.contains("ended at"),
        "{error}"
    );
    EmbeddedStore::repair(&copy).unwrap();
    EmbeddedStore::verify(&copy, |_| {}).unwrap();
    let batch = [event(SMALL, 1), event(LARGE, 1)];
    let outcomes = open(&copy).ingest(&batch).unwrap();
    assert!(
        matches!(outcomes[1], Outcome::Unavailable { .. }),
        "{outcomes:?}"
    );
}

#[test]
fn what_was_verified_to_be_whole_after_a_repair_opens_as_before() {
    let place = super::in_memory();
    let path = place.path().join("events");
    let store = open(&path);
    for id in 0..20 {
        count(&store, &[event(SMALL, id)]);
    }
    drop(store);
    damage(&path);
    EmbeddedStore::repair(&path).unwrap();
    error_of(EmbeddedStore::open(&path).map(drop));
    assert!(EmbeddedStore::verify(&path, |_| {}).unwrap().is_good());
    let store = open(&path);
    assert!(store.warnings().is_empty());
    assert_eq!(outcome(&store, SMALL, 0), Outcome::Duplicate);
}
