//! Readers of files, given anything: they answer or refuse, and panic at nothing.

use proptest::collection::vec;
use proptest::prelude::*;
use variate_collector::store_fuzzing::{self, KEY};
use variate_collector::{EventStore, MemoryStore, export};

use super::{count, events, open};

fn read_all(bytes: &[u8]) {
    for read in [store_fuzzing::unit, store_fuzzing::row] {
        if let Some(written) = read(bytes) {
            assert_eq!(read(&written).as_ref(), Some(&written));
        }
    }
    store_fuzzing::import(bytes);
    store_fuzzing::manifest(bytes);
    for is_last in [false, true] {
        let (good, _) = store_fuzzing::journal(bytes, is_last).expect("bytes in memory are read");
        assert!(good <= bytes.len() as u64);
    }
}

/// Bytes with some of them changed, and the end cut off.
fn changed(
    whole: &[u8],
    changes: &[(prop::sample::Index, u8)],
    end: prop::sample::Index,
) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, byte) in changes {
        bytes[at.index(whole.len())] = *byte;
    }
    bytes.truncate(end.index(whole.len()) + 1);
    bytes
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn rows_that_are_read_are_written_as_they_were(place in 0_u8..3, key in vec(any::<u8>(), KEY - 1), value in vec(any::<u8>(), 0..400)) {
        let bytes = [vec![place], key, value].concat();
        read_all(&bytes);
    }
}

#[test]
fn what_was_written_and_then_changed_is_read_or_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for batch in events(0..20).chunks(5) {
        count(&store, batch);
    }
    store.flush().unwrap();
    drop(store);
    let data = directory.path().join("data");
    let mut journal = std::fs::read(data.join("0.jnl")).unwrap();
    let end = journal.iter().rposition(|byte| *byte != 0).unwrap();
    journal.truncate(end + 20);
    let (good, is_broken) = store_fuzzing::journal(&journal, true).unwrap();
    assert_eq!((good, is_broken), (end as u64 + 1, false));
    let keyspace = data.join("keyspaces/1");
    let number = std::fs::read(keyspace.join("current")).unwrap()[0];
    let manifest = std::fs::read(keyspace.join(format!("v{number}"))).unwrap();
    assert_eq!(store_fuzzing::manifest(&manifest), Some(1));
    let memory = MemoryStore::new();
    memory.ingest(&events(0..20)).unwrap();
    let mut lines = Vec::new();
    export::json_lines(&memory, &mut lines).unwrap();
    assert_eq!(store_fuzzing::import(&lines), Some(1));

    let changes = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let which = 0..3_usize;
    proptest!(|(which in which, changes in changes, end in any::<prop::sample::Index>())| {
        let whole = [&journal, &manifest, &lines][which];
        read_all(&changed(whole, &changes, end));
    });
}
