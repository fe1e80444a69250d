//! Backups.

use std::sync::atomic::{AtomicBool, Ordering};

use variate_collector::{EmbeddedStore, EventStore, Outcome, StoreError};

use super::{count, events, open, units};

#[test]
fn a_backup_made_while_events_come_is_what_was_counted_at_one_moment() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("store"));
    let copy = directory.path().join("copy");
    for batch in events(0..20_000).chunks(2000) {
        count(&store, batch);
    }
    let is_copied = AtomicBool::new(false);
    let sent = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut sent = 20_000;
            while !is_copied.load(Ordering::Acquire) {
                count(&store, &events(sent..sent + 100));
                sent += 100;
            }
            sent
        });
        let written = store.backup(&copy, |_| {});
        is_copied.store(true, Ordering::Release);
        assert!(written.unwrap() > 20_000);
        sender.join().unwrap()
    });
    let report = EmbeddedStore::verify(&copy, |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
    let copied = open(&copy);
    let there = u32::try_from(units(&copied)).unwrap();
    assert!((20_000..=sent).contains(&there) && there % 100 == 0, "{there}");
    // It hashes with the same secret, and has the first ids and no others.
    let outcomes = copied.ingest(&events(0..sent)).unwrap();
    for (id, outcome) in (0..).zip(outcomes) {
        let expected = if id < there {
            Outcome::Duplicate
        } else {
            Outcome::Counted
        };
        assert_eq!(outcome, expected, "{id} of {there}");
    }
    let error = store.backup(&copy, |_| {}).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    drop(copied);
    let error = store.backup(&copy, |_| {}).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
}
