//! Against a real server, which each test starts for itself.

mod outages;
mod proxy;

use std::ops::Deref;
use std::sync::atomic::Ordering;
use std::time::Duration;

use variate::{
    AssignmentStore, RedisStore, RedisStoreBuilder, RedisStoreError, StoreError, StoredUnit,
    Variant,
};

use self::proxy::Proxy;
use super::key;
use crate::redis_server::RedisProcess;

/// Longer than any test takes.
const LONG: Duration = Duration::from_mins(1);

/// A store with the server that it needs.
struct Served {
    store: RedisStore,
    server: RedisProcess,
}

impl Deref for Served {
    type Target = RedisStore;

    fn deref(&self) -> &RedisStore {
        &self.store
    }
}

impl AssignmentStore for Served {
    fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        self.store.find(unit)
    }

    fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        self.store.keep(unit, variant)
    }

    fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
        self.store.replace(unit, variant)
    }

    fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
        self.store.forget(unit)
    }

    fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
        self.store.purge(experiment)
    }
}

fn served(knobs: impl FnOnce(RedisStoreBuilder) -> RedisStoreBuilder) -> Served {
    let server = RedisProcess::start();
    let builder = RedisStore::builder(server.url()).timeout(LONG);
    let store = knobs(builder).build().unwrap();
    Served { store, server }
}

conforms!(a_redis_store, || served(|builder| builder));
conforms!(a_redis_store_with_a_time_to_live, || {
    served(|builder| builder.ttl(Duration::from_hours(1)).prefix("*[a-z]:?"))
});
conforms!(a_redis_store_without_prefix_and_pool, || {
    served(|builder| builder.prefix("").idle_connections(0))
});

fn find(store: &RedisStore, text: &str) -> Result<Option<Variant>, StoreError> {
    store.find(&StoredUnit::new("pill", &key(text), &[]))
}

fn keep(store: &RedisStore, text: &str) -> Result<Variant, StoreError> {
    store.keep(&StoredUnit::new("pill", &key(text), &[]), &"red".into())
}

#[test]
fn nothing_but_the_text_of_keys_and_the_variant_is_stored() {
    let served = served(|builder| builder.prefix("shop"));
    let text = "0123456789abcdef0123456789abcdef";
    keep(&served, text).unwrap();
    assert_eq!(served.server.keys(), [format!("shop:{{pill}}:{text}")]);
    let stored: String = served
        .server
        .ask(&["GET", &format!("shop:{{pill}}:{text}")]);
    assert_eq!(stored, "red");
}

/// Redis Cluster refuses a script whose keys are in several slots.
#[test]
fn all_keys_of_an_experiment_are_in_one_slot() {
    let cluster = RedisProcess::start_with(&["--cluster-enabled", "yes", "--cluster-port", "0"]);
    for prefix in ["variate", "", "a:b"] {
        let served = served(|builder| builder.prefix(prefix));
        for name in ["pill", "{", "}", "{}", "a}{b", "丸薬", ":"] {
            for text in ["a", "b", "{x}", "}{"] {
                let key = key(text);
                served
                    .keep(&StoredUnit::new(name, &key, &[]), &"red".into())
                    .unwrap();
            }
            let slots = served.server.keys().into_iter().map(|key| {
                assert!(key.starts_with(prefix), "{key}");
                cluster.ask::<u64>(&["CLUSTER", "KEYSLOT", &key])
            });
            let slots: std::collections::HashSet<_> = slots.collect();
            assert_eq!(slots.len(), 1, "{name}");
            served.purge(name).unwrap();
        }
    }
}

fn ttl_of(server: &RedisProcess, text: &str) -> i64 {
    server.ask(&["PTTL", &format!("variate:{{pill}}:{text}")])
}

#[test]
fn an_entry_lives_for_its_time_after_it_was_used_last() {
    let hour = 3_600_000;
    let lives = |server: &RedisProcess, text| {
        let left = ttl_of(server, text);
        assert!((hour - 60_000..=hour).contains(&left), "{left}");
    };
    let served = served(|builder| builder.ttl(Duration::from_hours(1)));
    let shorten = |text: &str, to: &str| {
        let name = format!("variate:{{pill}}:{text}");
        assert_eq!(served.server.ask::<u64>(&["PEXPIRE", &name, to]), 1);
    };
    keep(&served, "a").unwrap();
    lives(&served.server, "a");
    shorten("a", "100000");
    find(&served, "a").unwrap().unwrap();
    lives(&served.server, "a");
    shorten("a", "100000");
    keep(&served, "a").unwrap();
    lives(&served.server, "a");
    // As if it was stored by a configuration of another time, or of none.
    shorten("a", "100000000");
    find(&served, "a").unwrap().unwrap();
    lives(&served.server, "a");
    served.server.ask::<u64>(&["PERSIST", "variate:{pill}:a"]);
    find(&served, "a").unwrap().unwrap();
    lives(&served.server, "a");
    // Moved, and replaced.
    shorten("a", "100000");
    let (now, former) = (key("now"), [key("a")]);
    let unit = StoredUnit::new("pill", &now, &former);
    served.find(&unit).unwrap().unwrap();
    lives(&served.server, "now");
    shorten("now", "100000");
    served.replace(&unit, &"blue".into()).unwrap();
    lives(&served.server, "now");
    // What is nearly new is not written again.
    shorten("now", "3500000");
    served.find(&unit).unwrap().unwrap();
    let left = ttl_of(&served.server, "now");
    assert!(left <= 3_500_000, "{left}");
}

#[test]
fn without_a_time_to_live_entries_stay() {
    let served = served(|builder| builder);
    keep(&served, "a").unwrap();
    assert_eq!(ttl_of(&served.server, "a"), -1);
    served
        .server
        .ask::<u64>(&["PEXPIRE", "variate:{pill}:a", "100000"]);
    find(&served, "a").unwrap().unwrap();
    assert_eq!(ttl_of(&served.server, "a"), -1);
    served
        .replace(&StoredUnit::new("pill", &key("a"), &[]), &"blue".into())
        .unwrap();
    assert_eq!(ttl_of(&served.server, "a"), -1);
}

#[test]
fn times_to_live_of_any_length_are_taken() {
    let served = served(|builder| builder.ttl(Duration::MAX));
    keep(&served, "a").unwrap();
    assert!(ttl_of(&served.server, "a") > 0);
    let store = RedisStore::builder(served.server.url())
        .ttl(Duration::ZERO)
        .timeout(LONG);
    assert_eq!(keep(&store.build().unwrap(), "b").unwrap(), "red");
}

#[test]
fn every_call_is_one_round_trip_once_the_server_knows_the_script() {
    let server = RedisProcess::start();
    let proxy = Proxy::to(server.port());
    let store = proxy
        .store()
        .ttl(Duration::from_hours(1))
        .timeout(LONG)
        .build()
        .unwrap();
    let turns = &proxy.turns;
    keep(&store, "former").unwrap();
    let (now, former) = (key("now"), [key("x"), key("y"), key("former")]);
    let unit = StoredUnit::new("pill", &now, &former);
    let mut before = turns.load(Ordering::SeqCst);
    let mut one_more = |what: &str| {
        before += 1;
        assert_eq!(turns.load(Ordering::SeqCst), before, "{what}");
    };
    assert_eq!(store.find(&unit).unwrap(), Some("red".into()));
    one_more("a move");
    assert_eq!(store.find(&unit).unwrap(), Some("red".into()));
    one_more("find");
    store.keep(&unit, &"blue".into()).unwrap();
    one_more("keep");
    store.replace(&unit, &"blue".into()).unwrap();
    one_more("replace");
    store.forget(&unit).unwrap();
    one_more("forget");
    assert_eq!(store.find(&unit).unwrap(), None);
    one_more("find nothing");
    assert_eq!(store.keep(&unit, &"blue".into()).unwrap(), "blue");
    one_more("keep anew");
}

#[test]
fn a_server_that_forgot_the_script_gets_it_again() {
    let served = served(|builder| builder);
    keep(&served, "a").unwrap();
    let () = served.server.ask(&["SCRIPT", "FLUSH"]);
    assert_eq!(find(&served, "a").unwrap(), Some("red".into()));
}

#[test]
fn as_many_connections_stay_as_may_be_idle() {
    let served = served(|builder| builder.idle_connections(2));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &served.store;
            scope.spawn(move || keep(store, &thread.to_string()).unwrap());
        }
    });
    for _ in 0..20 {
        find(&served, "0").unwrap();
    }
    let clients: String = served.server.ask(&["CLIENT", "LIST"]);
    let ours = clients
        .lines()
        .filter(|client| client.contains("cmd=evalsha"));
    assert!((1..=2).contains(&ours.count()), "{clients}");
    let total: String = served.server.ask(&["INFO", "stats"]);
    let line = total
        .lines()
        .find_map(|line| line.strip_prefix("total_connections_received:"));
    assert!(line.unwrap().parse::<u64>().unwrap() < 8 + 20, "{total}");
}

#[test]
fn a_url_or_prefix_that_cannot_be_used_is_an_error_early_and_tells_no_password() {
    for url in [
        "",
        "localhost",
        "http://localhost",
        "redis://:secret@host:port",
        "redis://:secret@",
    ] {
        let error = RedisStore::builder(url).build().unwrap_err();
        assert!(matches!(error, RedisStoreError::Url(_)), "{url}: {error}");
        assert!(
            !format!("{error} {error:?}").contains("secret"),
            "{error:?}"
        );
    }
    for prefix in ["{", "a}"] {
        let error = RedisStore::builder("redis://localhost")
            .prefix(prefix)
            .build()
            .unwrap_err();
        assert!(matches!(&error, RedisStoreError::Prefix(given) if given == prefix));
    }
    let builder = RedisStore::builder("redis://:secret@localhost");
    assert!(!format!("{builder:?}").contains("secret"));
    assert!(!format!("{:?}", builder.build().unwrap()).contains("secret"));
}
