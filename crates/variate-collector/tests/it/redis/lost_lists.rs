//! The list of namespaces, or of one's experiments, that the server evicted or somebody deleted: told, kept apart, and a way out.

use variate_collector::{Change, EventStore as _, NewEvent, Outcome, RedisStore, StoreError};

use super::server::RedisProcess;

const LIST: &str = "variate:{directory}:namespaces";
const SHOP: &str = "variate:{directory}:experiments:shop";

fn store(server: &RedisProcess) -> RedisStore {
    RedisStore::builder(server.url()).build().unwrap()
}

fn event(namespace: &'static str, experiment: &'static str, id: &'static str) -> NewEvent<'static> {
    NewEvent::new(namespace, experiment, "red", "participate", id)
}

fn count(store: &RedisStore, event: NewEvent<'static>) -> Outcome {
    store.ingest(&[event]).unwrap().remove(0)
}

fn words<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(error @ (StoreError::Damaged { .. } | StoreError::DamagedNamespace { .. })) => {
            error.to_string()
        }
        other => panic!("not damaged: {other:?}"),
    }
}

/// A store with events in `shop` and `blog`, without these keys.
fn store_without(keys: &[&str]) -> (RedisProcess, RedisStore) {
    let server = RedisProcess::start();
    let store = store(&server);
    for (namespace, experiment) in [("shop", "pill"), ("blog", "title"), ("shop", "size")] {
        let outcome = count(&store, event(namespace, experiment, "a"));
        assert_eq!(outcome, Outcome::Counted);
    }
    for key in keys {
        let deleted: u64 = server.ask(&["DEL", key]);
        assert_eq!(deleted, 1, "{key} of {:?}", server.keys());
    }
    (server, store)
}

#[test]
fn a_lost_list_of_namespaces_is_told_and_made_anew() {
    let (server, running) = store_without(&[LIST]);
    for store in [running, store(&server)] {
        let missed = words(store.namespaces());
        assert!(
            missed.contains(LIST) && missed.contains("variate store repair"),
            "{missed}"
        );
        // What is there counts on, with new experiments as well.
        store.ready().unwrap();
        let warnings = store.warnings();
        assert!(
            warnings.concat().contains("list of namespaces"),
            "{warnings:?}"
        );
        assert_eq!(
            count(&store, event("shop", "pill", "a")),
            Outcome::Duplicate
        );
        assert!(store.tallies("shop", "pill").unwrap().is_some());
        let name = format!("new{}", server.keys().len());
        let new = NewEvent::new("shop", name, "red", "participate", "a");
        assert_eq!(store.ingest(&[new]).unwrap(), [Outcome::Counted]);
        // Of others nobody knows whether they are new.
        let outcome = count(&store, event("other", "pill", "a"));
        assert!(
            matches!(&outcome, Outcome::Unavailable { what } if what.contains(LIST)),
            "{outcome:?}"
        );
        words(store.tallies("other", "pill"));
        assert!(
            store
                .change("other", "pill", &Change::Archived(true))
                .is_err()
        );
        assert!(
            !server.keys().iter().any(|key| key == LIST),
            "it would look whole"
        );
    }
    let store = store(&server);
    let found = store.repair(false).unwrap();
    assert_eq!(found.listed, ["blog", "shop"]);
    assert!(found.is_good(), "{found:?}");
    assert_eq!(store.namespaces().unwrap(), ["blog", "shop"]);
    assert!(store.warnings().is_empty());
    assert_eq!(count(&store, event("other", "pill", "a")), Outcome::Counted);
    assert_eq!(store.namespaces().unwrap(), ["blog", "other", "shop"]);
}

#[test]
fn a_lost_namespace_keeps_no_other_from_counting_and_can_be_forgotten() {
    let (server, running) = store_without(&[SHOP]);
    for store in [running, store(&server)] {
        store.ready().unwrap();
        let warnings = store.warnings();
        assert!(
            warnings.concat().contains("cannot be counted: 1"),
            "{warnings:?}"
        );
        assert_eq!(store.namespaces().unwrap(), ["blog", "shop"]);
        let outcomes = store
            .ingest(&[
                event("shop", "new", "a"),
                event("blog", "title", "b"),
                event("blog", "new", "b"),
            ])
            .unwrap();
        assert!(
            matches!(&outcomes[0], Outcome::Unavailable { what } if what.contains("--forget \"shop\""))
        );
        assert_ne!(outcomes[1..], [Outcome::Archived, Outcome::Archived]);
        assert!(words(store.experiments("shop")).contains(SHOP));
        words(store.tallies("shop", "pill"));
        words(store.reset("shop", "new"));
        assert_eq!(store.experiments("blog").unwrap().len(), 2);
        // Ids of the others are forgotten all the same.
        store.expire(variate_collector::Day::from_days(0)).unwrap();
    }
    let store = store(&server);
    // Asked for nothing, it takes nothing away, nor what a backup would bring back.
    let found = store.repair(true).unwrap();
    assert_eq!(found.lost, ["shop"]);
    assert_eq!((found.unlisted, found.removed), (2, 0));
    assert!(!found.is_good());
    assert!(!store.forget_namespace("blog").unwrap());
    assert!(store.forget_namespace("shop").unwrap());
    let found = store.repair(true).unwrap();
    assert_eq!((found.unlisted, found.removed), (2, 2));
    assert!(found.is_good(), "{found:?}");
    assert!(!server.keys().contains(&"variate{1.0}i".to_owned()));
    assert_eq!(
        count(&store, event("blog", "title", "a")),
        Outcome::Duplicate
    );
    assert_eq!(store.namespaces().unwrap(), ["blog"]);
    assert_eq!(count(&store, event("shop", "pill", "a")), Outcome::Counted);
    assert_eq!(store.repair(true).unwrap().removed, 0);
}

#[test]
fn a_list_is_not_made_anew_where_a_namespace_would_be_missing_from_it() {
    let (server, _) = store_without(&[LIST, SHOP]);
    let store = store(&server);
    let found = store.repair(false).unwrap();
    assert!(found.is_list_lost && found.listed.is_empty() && !found.is_good());
    assert_eq!(found.unlisted, 2);
    words(store.namespaces());
    let found = store.repair(true).unwrap();
    assert!(found.is_good(), "{found:?}");
    assert_eq!(
        (found.removed, &*found.listed),
        (2, &["blog".to_owned()][..])
    );
    assert_eq!(
        count(&store, event("blog", "title", "a")),
        Outcome::Duplicate
    );
    assert_eq!(count(&store, event("shop", "pill", "a")), Outcome::Counted);
}

#[test]
fn the_last_experiment_of_the_last_namespace_leaves_a_store_that_counts() {
    let (_server, store) = store_without(&[]);
    for (namespace, name) in [("shop", "pill"), ("blog", "title"), ("shop", "size")] {
        assert!(store.delete(namespace, name).unwrap());
    }
    assert!(store.namespaces().unwrap().is_empty());
    assert!(store.tallies("shop", "pill").unwrap().is_none());
    assert_eq!(count(&store, event("shop", "pill", "a")), Outcome::Counted);
    assert!(store.repair(true).unwrap().is_good());
}

#[test]
fn nothing_is_repaired_where_there_is_no_store() {
    let server = RedisProcess::start();
    words(store(&server).repair(false));
    assert!(server.keys().is_empty());
}

#[test]
fn a_list_that_a_cluster_lost_is_made_anew() {
    let nodes = RedisProcess::start_cluster(3);
    let store = RedisStore::builder(nodes[0].url())
        .cluster()
        .build()
        .unwrap();
    for namespace in ["shop", "blog"] {
        count(&store, event(namespace, "pill", "a"));
    }
    let client = redis::cluster::ClusterClient::new([nodes[0].url()]).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut forget = |key: &str| {
        let deleted: u64 = redis::cmd("DEL").arg(key).query(&mut connection).unwrap();
        assert_eq!(deleted, 1, "{key}");
    };
    forget(LIST);
    assert_eq!(store.repair(false).unwrap().listed, ["blog", "shop"]);
    assert_eq!(store.namespaces().unwrap(), ["blog", "shop"]);
    forget(SHOP);
    assert!(store.forget_namespace("shop").unwrap());
    let found = store.repair(true).unwrap();
    assert_eq!((found.unlisted, found.removed), (1, 1));
    assert_eq!(
        count(&store, event("blog", "pill", "a")),
        Outcome::Duplicate
    );
    assert_eq!(count(&store, event("shop", "pill", "a")), Outcome::Counted);
}
