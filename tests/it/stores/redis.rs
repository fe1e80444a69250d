//! Against a real server, which each test starts for itself.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use variate::{
    AssignmentStore, RedisStore, RedisStoreBuilder, RedisStoreError, StoreError, StoredUnit,
    Variant,
};

use super::key;
use crate::redis_server::{RedisServer, free_port};
use crate::support::together;

/// Longer than any test takes.
const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(50);

/// A store with the server that it needs.
struct Served {
    store: RedisStore,
    server: RedisServer,
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
    let server = RedisServer::start();
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

fn rests(error: &StoreError) -> bool {
    matches!(error.downcast_ref(), Some(RedisStoreError::Resting))
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
    let cluster = RedisServer::start_with(&["--cluster-enabled", "yes", "--cluster-port", "0"]);
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

fn ttl_of(server: &RedisServer, text: &str) -> i64 {
    server.ask(&["PTTL", &format!("variate:{{pill}}:{text}")])
}

#[test]
fn an_entry_lives_for_its_time_after_it_was_used_last() {
    let hour = 3_600_000;
    let lives = |server: &RedisServer, text| {
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

/// Hands on what a client and a server say to each other.
struct Proxy {
    port: u16,
    /// How often the client waited for an answer.
    turns: Arc<AtomicU64>,
    /// Connections that were opened before this many others have gone dead: they swallow everything.
    dead: Arc<AtomicU64>,
    opened: Arc<AtomicU64>,
}

impl Proxy {
    fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            turns: Arc::default(),
            dead: Arc::default(),
            opened: Arc::default(),
        };
        let (turns, dead) = (Arc::clone(&proxy.turns), Arc::clone(&proxy.dead));
        let opened = Arc::clone(&proxy.opened);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let number = opened.fetch_add(1, Ordering::SeqCst);
                let lives = {
                    let dead = Arc::clone(&dead);
                    move || number >= dead.load(Ordering::SeqCst)
                };
                let asking = Arc::new(AtomicBool::new(false));
                let (asked, turns) = (Arc::clone(&asking), Arc::clone(&turns));
                let both = (client.try_clone().unwrap(), server.try_clone().unwrap());
                pump(both.0, both.1, lives.clone(), move || {
                    if !asked.swap(true, Ordering::SeqCst) {
                        turns.fetch_add(1, Ordering::SeqCst);
                    }
                });
                pump(server, client, lives, move || {
                    asking.store(false, Ordering::SeqCst);
                });
            }
        });
        proxy
    }

    fn store(&self) -> RedisStoreBuilder {
        RedisStore::builder(format!("redis://127.0.0.1:{}", self.port))
    }

    /// As when a firewall forgets about connections, or a server's machine is gone.
    fn all_connections_go_dead(&self) {
        self.dead
            .store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

fn pump(
    mut from: TcpStream,
    mut to: TcpStream,
    lives: impl Fn() -> bool + Send + 'static,
    told: impl Fn() + Send + 'static,
) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            told();
            if lives() && to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

#[test]
fn every_call_is_one_round_trip_once_the_server_knows_the_script() {
    let server = RedisServer::start();
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
fn a_server_need_not_be_up_when_a_store_is_built() {
    let store = RedisStore::builder(format!("redis://127.0.0.1:{}", free_port()))
        .timeout(LONG)
        .cooldown(LONG)
        .build()
        .unwrap();
    let refused = find(&store, "a").unwrap_err();
    assert!(!rests(&refused), "{refused}");
    assert!(rests(&keep(&store, "a").unwrap_err()));
    assert!(rests(&store.purge("pill").unwrap_err()));
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

/// A clock that stands still until it is set: no cooldown ends by itself.
#[derive(Clone, Default)]
struct Watch(Arc<AtomicU64>);

impl Watch {
    fn forward(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(by, Ordering::Relaxed);
    }
}

impl variate::Clock for Watch {
    fn now(&self) -> SystemTime {
        let millis = self.0.load(Ordering::Relaxed);
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) + Duration::from_millis(millis)
    }
}

const COOLDOWN: Duration = Duration::from_secs(5);

fn watched(timeout: Duration) -> (Served, Watch) {
    let watch = Watch::default();
    let clock = watch.clone();
    let served = served(|builder| builder.timeout(timeout).cooldown(COOLDOWN).clock(clock));
    (served, watch)
}

#[test]
fn a_server_that_crashed_is_an_error_until_it_is_back() {
    let (mut served, watch) = watched(LONG);
    keep(&served, "a").unwrap();
    served.server.kill();
    let error = find(&served, "a").unwrap_err();
    assert!(!rests(&error), "{error}");
    served.server.restart();
    // The cooldown is not over.
    watch.forward(Duration::from_millis(4_999));
    assert!(rests(&find(&served, "a").unwrap_err()));
    watch.forward(Duration::from_millis(1));
    assert_eq!(find(&served, "a").unwrap(), None);
    assert_eq!(keep(&served, "a").unwrap(), "red");
}

#[test]
fn a_server_that_restarts_between_two_calls_is_not_noticed() {
    let (mut served, _watch) = watched(LONG);
    // Several connections, all of which are broken afterwards.
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &served.store;
            scope.spawn(move || keep(store, &thread.to_string()).unwrap());
        }
    });
    served.server.kill();
    served.server.restart();
    for _ in 0..3 {
        assert_eq!(find(&served, "0").unwrap(), None);
    }
}

#[test]
fn a_server_that_stands_still_costs_one_timeout_and_then_nothing() {
    let (served, watch) = watched(SHORT);
    // The machine may be too slow for the timeout of this test.
    while keep(&served, "a").is_err() {
        watch.forward(COOLDOWN);
    }
    served.server.pause();
    let late = find(&served, "a").unwrap_err();
    assert!(!rests(&late), "{late}");
    for _ in 0..1_000 {
        assert!(rests(&find(&served, "a").unwrap_err()));
    }
    // One call tries, and the others rest on.
    watch.forward(COOLDOWN);
    assert!(!rests(&find(&served, "a").unwrap_err()));
    assert!(rests(&find(&served, "a").unwrap_err()));
    served.server.resume();
    // No answer to one of the calls before is taken for one to these.
    let found = |text| {
        loop {
            watch.forward(COOLDOWN);
            if let Ok(found) = find(&served, text) {
                return found;
            }
        }
    };
    assert_eq!(found("a"), Some("red".into()));
    assert_eq!(found("b"), None);
    assert_eq!(found("a"), Some("red".into()));
}

/// One of them shows what to think of the others.
#[test]
fn connections_that_went_dead_together_cost_one_timeout() {
    let server = RedisServer::start();
    let proxy = Proxy::to(server.port());
    let watch = Watch::default();
    let store = proxy
        .store()
        .timeout(Duration::from_secs(1))
        .cooldown(COOLDOWN)
        .clock(watch.clone())
        .build()
        .unwrap();
    let kept = together(8, 20, |thread, _| {
        keep(&store, &thread.to_string()).unwrap()
    });
    assert_eq!(kept.concat().len(), 160);
    proxy.all_connections_go_dead();
    let late = find(&store, "0").unwrap_err();
    assert!(!rests(&late), "{late}");
    watch.forward(COOLDOWN);
    assert_eq!(find(&store, "0").unwrap(), Some("red".into()));
}

#[test]
fn of_calls_after_the_cooldown_one_tries() {
    let (mut served, watch) = watched(LONG);
    served.server.kill();
    find(&served, "a").unwrap_err();
    for _ in 0..3 {
        watch.forward(COOLDOWN);
        let tried = together(4, 1, |_, _| !rests(&find(&served.store, "a").unwrap_err()));
        let tried = tried.concat().into_iter().filter(|tried| *tried).count();
        assert_eq!(tried, 1);
    }
}

#[test]
fn a_clock_that_goes_back_does_not_make_the_cooldown_longer() {
    let (mut served, watch) = watched(LONG);
    watch.forward(LONG * 60);
    served.server.kill();
    find(&served, "a").unwrap_err();
    served.server.restart();
    watch.0.store(0, Ordering::Relaxed);
    assert_eq!(find(&served, "a").unwrap(), None);
}

#[test]
fn a_server_that_accepts_and_never_answers_costs_one_timeout_and_then_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let watch = Watch::default();
    let store = RedisStore::builder(format!("redis://{}", listener.local_addr().unwrap()))
        .timeout(SHORT)
        .cooldown(COOLDOWN)
        .clock(watch)
        .build()
        .unwrap();
    let late = find(&store, "a").unwrap_err();
    assert!(!rests(&late), "{late}");
    assert!(rests(&find(&store, "a").unwrap_err()));
}

#[test]
fn a_server_that_lets_nobody_in_is_left_alone_for_a_while() {
    let (served, _watch) = watched(LONG);
    let () = served
        .server
        .ask(&["CONFIG", "SET", "requirepass", "another"]);
    let url = format!("redis://:secret@127.0.0.1:{}", served.server.port());
    let store = RedisStore::builder(url)
        .timeout(LONG)
        .cooldown(LONG)
        .build()
        .unwrap();
    let refused = find(&store, "a").unwrap_err();
    assert!(!rests(&refused), "{refused}");
    assert!(
        !format!("{refused} {refused:?}").contains("secret"),
        "{refused:?}"
    );
    assert!(rests(&find(&store, "a").unwrap_err()));
}

/// A server that answers is not left alone, whatever it answers.
#[test]
fn what_is_no_variant_is_an_error_of_that_unit_alone() {
    let (served, _watch) = watched(LONG);
    served
        .server
        .ask::<u64>(&["LPUSH", "variate:{pill}:list", "x"]);
    let () = served.server.ask(&[
        "EVAL",
        "return redis.call('SET', 'variate:{pill}:bytes', '\\255')",
        "0",
    ]);
    for text in ["list", "bytes"] {
        let error = find(&served, text).unwrap_err();
        assert!(
            matches!(error.downcast_ref(), Some(RedisStoreError::Failed(_))),
            "{error}"
        );
    }
    assert_eq!(keep(&served, "a").unwrap(), "red");
}
