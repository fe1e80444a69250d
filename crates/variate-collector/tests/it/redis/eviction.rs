//! Keys that the server evicted, or somebody deleted: missed and named, never counted over.

use variate_collector::{Change, EventStore as _, NewEvent, Outcome, RedisStore, StoreError};

use super::server::RedisProcess;

const IDS: [&str; 3] = ["a", "b", "c"];
const DIRECTORY: &str = "variate:{directory}:";

fn store(server: &RedisProcess) -> RedisStore {
    RedisStore::builder(server.url()).build().unwrap()
}

fn events(with_units: bool) -> Vec<NewEvent<'static>> {
    let event = |id| {
        let event = NewEvent::new("shop", "pill_color", "red", "participate", id);
        if with_units { event.of_unit(id) } else { event }
    };
    IDS.map(event).into()
}

fn damaged<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(
            error @ (StoreError::Damaged { .. }
            | StoreError::DamagedNamespace { .. }
            | StoreError::DamagedExperiment { .. }),
        ) => error.to_string(),
        other => panic!("not damaged: {other:?}"),
    }
}

/// What is said of events of which none can be counted.
fn unavailable(outcomes: Result<Vec<Outcome>, StoreError>) -> String {
    let outcomes = outcomes.unwrap();
    for outcome in &outcomes {
        assert!(
            matches!(outcome, Outcome::Unavailable { .. }),
            "{outcome:?}"
        );
    }
    match outcomes.into_iter().next() {
        Some(Outcome::Unavailable { what }) => what,
        _ => panic!("no events"),
    }
}

/// A store that counted three events, without some of its keys.
fn store_without(keys: &[&str], with_units: bool) -> (RedisProcess, RedisStore) {
    let server = RedisProcess::start();
    let store = store(&server);
    store.ingest(&events(with_units)).unwrap();
    for key in keys {
        let deleted: u64 = server.ask(&["DEL", key]);
        assert_eq!(deleted, 1, "{key} of {:?}", server.keys());
    }
    (server, store)
}

#[test]
fn a_part_of_a_shard_that_is_gone_is_named() {
    for (end, with_units) in [
        ("m", false),
        ("r", false),
        ("c", false),
        ("i", false),
        ("n", true),
        ("u", true),
    ] {
        let key = format!("variate{{1.0}}{end}");
        let (server, running) = store_without(&[&key], with_units);
        for store in [running, store(&server)] {
            let before = server.keys();
            for words in [
                unavailable(store.ingest(&events(with_units))),
                damaged(store.tallies("shop", "pill_color")),
            ] {
                let names_all = ["pill_color", "shop", &*format!("`{key}`"), "reset"];
                assert!(names_all.iter().all(|of| words.contains(of)), "{words}");
            }
            assert_eq!(server.keys(), before, "nothing is made of it");
            // It is in the list, and others count.
            let listed = store.experiments("shop").unwrap();
            assert!(
                listed
                    .iter()
                    .any(|of| of.name == "pill_color" && of.damaged)
            );
            let other = NewEvent::new("shop", "other", "red", "participate", key.clone());
            assert_ne!(store.ingest(&[other]).unwrap(), [Outcome::Archived]);
            store.ready().unwrap();
            let warnings = store.warnings();
            assert!(
                warnings
                    .iter()
                    .any(|of| of.contains("cannot be counted: 1")),
                "{warnings:?}"
            );
        }
        let store = store(&server);
        unavailable(store.ingest(&events(with_units)));
        assert!(store.reset("shop", "pill_color").unwrap());
        let outcomes = store.ingest(&events(with_units)).unwrap();
        assert_eq!(outcomes, vec![Outcome::Counted; 3], "{end}");
        assert!(store.warnings().is_empty());
    }
}

#[test]
fn events_of_others_in_the_same_batch_are_counted() {
    for lost in [
        &["variate{2.0}i"][..],
        &[
            "variate{2.0}m",
            "variate{2.0}r",
            "variate{2.0}c",
            "variate{2.0}i",
        ],
    ] {
        let server = RedisProcess::start();
        let store = store(&server);
        let event = |experiment: &'static str, id: &'static str| {
            NewEvent::new("shop", experiment, "red", "participate", id)
        };
        for experiment in ["x", "y", "z"] {
            let outcomes = store.ingest(&[event(experiment, "1")]).unwrap();
            assert_eq!(outcomes, [Outcome::Counted]);
        }
        for key in lost {
            let _: u64 = server.ask(&["DEL", key]);
        }
        for (id, known) in [("1", Outcome::Duplicate), ("2", Outcome::Counted)] {
            let batch = ["x", "y", "z"].map(|of| event(of, id));
            let mut outcomes = store.ingest(&batch).unwrap();
            assert!(unavailable(Ok(vec![outcomes.remove(1)])).contains("`y`"));
            assert_eq!(outcomes, [known.clone(), known], "{id}");
        }
        // A new one as well, and one that has new names.
        let batch = [event("y", "3"), event("new", "3"), event("y", "4")];
        let outcomes = store.ingest(&batch).unwrap();
        assert_eq!(outcomes[1], Outcome::Counted);
        let new_name = NewEvent::new("shop", "y", "blue", "participate", "5");
        unavailable(store.ingest(&[new_name]));
        assert!(store.reset("shop", "y").unwrap());
        let outcomes = store.ingest(&batch).unwrap();
        assert_eq!(
            outcomes,
            [Outcome::Counted, Outcome::Duplicate, Outcome::Counted]
        );
    }
}

#[test]
fn a_whole_shard_that_is_gone_is_named() {
    let keys = ["m", "r", "c", "i"].map(|end| format!("variate{{1.0}}{end}"));
    let (_server, store) = store_without(&keys.each_ref().map(|key| &**key), false);
    for _ in 0..2 {
        let words = unavailable(store.ingest(&events(false)));
        assert!(words.contains("`variate{1.0}m`"), "{words}");
        damaged(store.tallies("shop", "pill_color"));
    }
    // Nor does it come to be so.
    for archived in [true, false] {
        let change = store.change("shop", "pill_color", &Change::Archived(archived));
        assert!(change.is_err());
        damaged(store.tallies("shop", "pill_color"));
    }
}

#[test]
fn numbers_are_not_given_twice() {
    let key = format!("{DIRECTORY}number");
    let (server, store) = store_without(&[&key], false);
    assert!(damaged(store.ready()).contains(&key));
    let new = NewEvent::new("shop", "other", "red", "participate", "a");
    // Those that are there count on.
    let mut batch = events(false);
    batch.push(new);
    let mut outcomes = store.ingest(&batch).unwrap();
    let words = unavailable(Ok(outcomes.split_off(3)));
    assert!(words.contains(&key), "{words}");
    assert_eq!(outcomes, vec![Outcome::Duplicate; 3]);
    let found = store.repair(false).unwrap();
    assert!(found.is_good() && found.number > Some(1), "{found:?}");
    store.ready().unwrap();
    let new = NewEvent::new("shop", "other", "red", "participate", "a");
    assert_eq!(store.ingest(&[new]).unwrap(), [Outcome::Counted]);
    assert!(server.keys().contains(&format!(
        "variate{{{}.0}}m",
        found.number.unwrap_or_default() + 1
    )));
}

#[test]
fn shards_without_their_directory_are_not_taken_for_new_ones() {
    let ends = [
        "format",
        "mark",
        "secret",
        "number",
        "namespaces",
        "experiments:shop",
    ];
    let keys = ends.map(|end| format!("{DIRECTORY}{end}"));
    let (server, running) = store_without(&keys.each_ref().map(|key| &**key), false);
    let fresh = store(&server);
    for store in [&fresh, &running] {
        damaged(store.tallies("shop", "pill_color"));
        damaged(store.experiments("shop"));
        damaged(store.namespaces());
    }
    damaged(fresh.ingest(&events(false)));
    // Also those that saw it before, as soon as they look.
    for store in [fresh, running] {
        damaged(store.ready());
        for _ in 0..2 {
            let words = damaged(store.ingest(&events(false)));
            assert!(words.contains("directory is gone"), "{words}");
        }
    }
}

#[test]
fn lists_of_experiments_without_the_rest_of_their_directory_are_not_taken_for_a_new_store() {
    // What no batch asks for, and a server evicts first.
    let ends = ["format", "mark", "secret", "number", "namespaces"];
    let keys = ends.map(|end| format!("{DIRECTORY}{end}"));
    let (server, running) = store_without(&keys.each_ref().map(|key| &**key), false);
    let before = server.keys();
    let fresh = store(&server);
    for store in [fresh, running] {
        damaged(store.ready());
        let words = damaged(store.ingest(&events(false)));
        assert!(words.contains("directory is gone"), "{words}");
        assert!(store.repair(true).is_err());
    }
    assert_eq!(server.keys(), before, "nothing is made anew");
}

#[test]
fn shards_are_looked_for_before_a_store_begins() {
    let server = RedisProcess::start();
    // Neither what looks like keys of this store to a pattern, nor what was removed or counted nothing, keeps one from beginning.
    server.ask::<()>(&["SET", "variate:other{1.0}m", "1"]);
    server.ask::<()>(&["SET", "variate{1.0}x", "1"]);
    server.ask::<u64>(&["HSET", "variate{7.0}m", "open", "x"]);
    server.ask::<u64>(&["HSET", "variate{8.0}m", "first", "1", "dead", "1"]);
    server.ask::<u64>(&["HSET", "a*{9.0}m", "first", "1"]);
    store(&server).ready().unwrap();
    let other = |prefix: &str| {
        let store = RedisStore::builder(server.url()).prefix(prefix).build();
        store.unwrap().ready()
    };
    other("ab").unwrap();
    let words = damaged(other("a*"));
    assert!(words.contains("`a*{9.0}m`"), "{words}");
}

#[test]
fn names_that_there_is_no_room_for_leave_nothing_behind() {
    let server = RedisProcess::start();
    let mut limits = variate_collector::Limits::default();
    limits.experiments = 1;
    let builder = RedisStore::builder(server.url()).limits(limits);
    let store = builder.build().unwrap();
    store.ingest(&events(false)).unwrap();
    let before = server.keys();
    let new = NewEvent::new("shop", "other", "red", "participate", "a");
    let outcomes = store.ingest(&[new]).unwrap();
    assert!(matches!(outcomes[..], [Outcome::Refused(_)]));
    assert_eq!(server.keys(), before);
}

#[test]
fn a_server_that_may_evict_is_warned_of() {
    for (policy, may_evict) in [
        ("allkeys-lru", true),
        ("allkeys-random", true),
        ("noeviction", false),
        ("volatile-lru", false),
    ] {
        let server = RedisProcess::start_with(&["--maxmemory-policy", policy]);
        let warnings = store(&server).warnings();
        assert_eq!(warnings.len(), usize::from(may_evict), "{warnings:?}");
        assert!(warnings.iter().all(|of| of.contains(policy)));
    }
    let secretive = RedisProcess::start_with(&[
        "--maxmemory-policy",
        "allkeys-lru",
        "--rename-command",
        "CONFIG",
        "hidden",
    ]);
    let store = store(&secretive);
    store.ready().unwrap();
    assert!(store.warnings().is_empty());
}
