//! Servers that crash, stand still, restart, or let nobody in.

use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};

use variate::{AssignmentStore, RedisStore, RedisStoreError, StoreError, StoredUnit};

use super::proxy::Proxy;
use super::{LONG, Served, find, keep, key, served};
use crate::redis_server::{RedisProcess, free_port};
use crate::support::together;

/// Too short for a server that does not answer, and long enough for one that does, mostly.
const SHORT: Duration = Duration::from_millis(50);

/// Whether the server was not even asked.
fn rests(error: &StoreError) -> bool {
    matches!(error.downcast_ref(), Some(RedisStoreError::Resting))
}

fn is_late(error: &StoreError) -> bool {
    matches!(error.downcast_ref(), Some(RedisStoreError::Late(_)))
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
    assert!(is_late(&late), "{late}");
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
    let server = RedisProcess::start();
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
    assert!(is_late(&late), "{late}");
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

/// What is stored there by accident must not keep a unit from being assigned for ever.
#[test]
fn what_is_no_variant_is_one_that_no_experiment_has_until_it_is_replaced() {
    let (served, _watch) = watched(LONG);
    let now = key("now");
    for text in ["list", "bytes"] {
        let former = [key(text)];
        let (unit, moved) = (
            StoredUnit::new("pill", &former[0], &[]),
            StoredUnit::new("pill", &now, &former),
        );
        let spoil = || {
            served
                .server
                .ask::<u64>(&["LPUSH", "variate:{pill}:list", "x"]);
            let set = "return redis.call('SET', 'variate:{pill}:bytes', 're\\255d')";
            let () = served.server.ask(&["EVAL", set, "0"]);
        };
        for unit in [unit, moved] {
            spoil();
            let found = served.find(&unit).unwrap().unwrap();
            assert!(found.as_str().contains('\u{FFFD}'), "{found}");
            assert_eq!(served.keep(&unit, &"red".into()).unwrap(), found);
            served.replace(&unit, &"red".into()).unwrap();
            assert_eq!(served.find(&unit).unwrap(), Some("red".into()));
            served.forget(&unit).unwrap();
        }
        served.purge("pill").unwrap();
    }
}

/// A server that answers is not left alone, whatever it answers.
#[test]
fn an_error_that_the_server_answers_with_is_one_of_that_call_alone() {
    let (served, _watch) = watched(LONG);
    keep(&served, "a").unwrap();
    let () = served.server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let refused = keep(&served, "b").unwrap_err();
    assert!(
        matches!(refused.downcast_ref(), Some(RedisStoreError::Failed(_))),
        "{refused}"
    );
    let () = served.server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(find(&served, "a").unwrap(), Some("red".into()));
}

/// Each of its bytes comes in time, and the answer never.
#[test]
fn a_server_that_dawdles_costs_one_timeout_and_then_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = mpsc::channel::<()>();
    let finished = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&finished);
    let server = std::thread::spawn(move || {
        let mut client = listener.accept().unwrap().0;
        // Ten seconds, unless the test is over before.
        for byte in std::iter::once(b'+').chain([b'a'; 1_000]) {
            let _ = client.write_all(&[byte]);
            if stopped.recv_timeout(Duration::from_millis(10))
                != Err(mpsc::RecvTimeoutError::Timeout)
            {
                return;
            }
        }
        told.store(true, Ordering::SeqCst);
    });
    let store = RedisStore::builder(format!("redis://user:secret@127.0.0.1:{port}/1"))
        .timeout(Duration::from_millis(100))
        .cooldown(COOLDOWN)
        .clock(Watch::default())
        .build()
        .unwrap();
    let late = find(&store, "a").unwrap_err();
    assert!(is_late(&late), "{late}");
    assert!(rests(&find(&store, "a").unwrap_err()));
    // Nor does dropping it wait.
    drop(store);
    assert!(!finished.load(Ordering::SeqCst));
    drop(stop);
    server.join().unwrap();
}

#[test]
fn more_calls_than_connections_wait_for_their_turn() {
    let served = served(|builder| builder.idle_connections(1));
    let kept = together(32, 20, |thread, _| {
        keep(&served.store, &thread.to_string()).unwrap()
    });
    assert_eq!(kept.concat().len(), 640);
}

#[test]
fn the_last_clone_takes_the_connections_with_it() {
    let served = served(|builder| builder);
    let store = served.store.clone();
    let Served {
        store: first,
        server,
    } = served;
    together(4, 5, |thread, _| keep(&store, &thread.to_string()).unwrap());
    let ours = || {
        let clients: String = server.ask(&["CLIENT", "LIST"]);
        clients.matches("cmd=evalsha").count()
    };
    drop(store);
    assert_ne!(ours(), 0);
    drop(first);
    while ours() > 0 {
        std::thread::yield_now();
    }
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
