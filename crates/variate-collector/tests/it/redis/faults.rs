//! What the store does when Redis fails.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use variate_collector::{EventStore as _, NewEvent, Outcome, RedisStore, StoreError};

use super::server::RedisProcess;
use super::server::process::free_port;

fn event(id: &str) -> NewEvent<'_> {
    NewEvent::new("shop", "pill_color", "red", "participate", id)
}

fn store(server: &RedisProcess) -> RedisStore {
    RedisStore::builder(server.url())
        .timeout(Duration::from_millis(500))
        .build()
        .unwrap()
}

fn units(store: &RedisStore) -> i64 {
    let tallies = store.tallies("shop", "pill_color").unwrap();
    let cell = tallies
        .as_ref()
        .and_then(|of| of.cell("participate", "red"));
    cell.map_or(0, |cell| cell.total.counted.units)
}

/// The words of an error that says that the store is unavailable.
fn unavailable<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(error @ StoreError::Unavailable { .. }) => error.to_string(),
        other => panic!("not unavailable: {other:?}"),
    }
}

#[test]
fn a_server_that_was_killed_is_told_and_connected_to_again() {
    let mut server = RedisProcess::start();
    let store = store(&server);
    assert_eq!(store.ingest(&[event("a")]).unwrap(), [Outcome::Counted]);

    server.kill();
    let words = unavailable(store.ingest(&[event("b")]));
    assert!(words.contains("is the server running"), "{words}");
    assert!(store.ready().is_err());

    server.restart();
    // It kept nothing on its disk.
    assert_eq!(store.ingest(&[event("a")]).unwrap(), [Outcome::Counted]);
    assert_eq!(units(&store), 1);
    store.ready().unwrap();
}

#[test]
fn a_slow_server_costs_the_timeout() {
    let server = RedisProcess::start();
    let store = store(&server);
    store.ingest(&[event("a")]).unwrap();

    server.ask::<()>(&["CLIENT", "PAUSE", "60000", "ALL"]);
    let start = Instant::now();
    let words = unavailable(store.ingest(&[event("b")]));
    assert!(words.contains("did not answer in time"), "{words}");
    assert!(start.elapsed() < Duration::from_secs(30));
    drop(server);
}

#[test]
fn a_full_server_counts_nothing_by_half_and_says_what_to_do() {
    let server = RedisProcess::start();
    let store = store(&server);
    assert_eq!(store.ingest(&[event("a")]).unwrap(), [Outcome::Counted]);
    server.ask::<()>(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]);

    let words = unavailable(store.ingest(&[event("a"), event("b")]));
    assert!(
        words.contains("OOM") && words.contains("maxmemory"),
        "{words}"
    );
    assert!(store.ready().is_err());

    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    let outcomes = store.ingest(&[event("a"), event("b")]).unwrap();
    assert_eq!(outcomes, [Outcome::Duplicate, Outcome::Counted]);
    assert_eq!(units(&store), 2);
}

#[test]
fn a_replica_is_told_from_its_primary() {
    let primary = RedisProcess::start();
    let replica = RedisProcess::start();
    let store = store(&replica);
    store.ingest(&[event("a")]).unwrap();
    let port = primary.port().to_string();
    replica.ask::<()>(&["REPLICAOF", "127.0.0.1", &port]);

    let words = unavailable(store.ingest(&[event("b")]));
    assert!(
        words.contains("read only replica") && words.contains("url of the primary"),
        "{words}"
    );
    // Promoted, as after a failover.
    replica.ask::<()>(&["REPLICAOF", "NO", "ONE"]);
    store.ingest(&[event("b")]).unwrap();
}

#[test]
fn scripts_that_the_server_forgot_are_sent_again() {
    let server = RedisProcess::start();
    let store = store(&server);
    store.ingest(&[event("a")]).unwrap();
    server.ask::<()>(&["SCRIPT", "FLUSH"]);
    let outcomes = store.ingest(&[event("a"), event("b")]).unwrap();
    assert_eq!(outcomes, [Outcome::Duplicate, Outcome::Counted]);
    assert_eq!(units(&store), 2);
}

#[test]
fn keys_of_somebody_else_are_told() {
    let server = RedisProcess::start();
    let store = store(&server);
    server.ask::<()>(&["SET", "variate:{directory}:experiments:shop", "mine"]);
    let words = unavailable(store.ingest(&[event("a")]));
    assert!(
        words.contains("WRONGTYPE") && words.contains("prefix"),
        "{words}"
    );
}

#[test]
fn a_shard_of_somebody_else_is_not_written_to() {
    let server = RedisProcess::start();
    let store = store(&server);
    store.ingest(&[event("a")]).unwrap();
    let main = "variate{1.0}m";
    server.ask::<()>(&["DEL", main]);
    server.ask::<()>(&["HSET", main, "mine", "1"]);
    let words = unavailable(store.ingest(&[event("b")]));
    assert!(words.contains("choose another prefix"), "{words}");
    let kept: Vec<String> = server.ask(&["HKEYS", main]);
    assert_eq!(kept, ["mine"]);
}

#[test]
fn a_directory_of_somebody_else_is_not_ready() {
    let server = RedisProcess::start();
    let store = store(&server);
    store.ingest(&[event("a")]).unwrap();
    let key = "variate:{directory}:namespaces";
    server.ask::<()>(&["SET", key, "mine"]);
    let words = unavailable(store.ready());
    assert!(
        words.contains(key) && words.contains("choose another prefix"),
        "{words}"
    );
}

#[test]
fn a_wrong_password_is_told() {
    let server = RedisProcess::start_with(&["--requirepass", "right"]);
    let url = |user: &str| server.url().replace("//", &format!("//{user}"));
    for user in ["", ":wrong@", "nobody:right@"] {
        let store = RedisStore::builder(url(user)).build().unwrap();
        let words = unavailable(store.ready());
        assert!(words.contains("give a user and a password"), "{words}");
    }
    let store = RedisStore::builder(url(":right@")).build().unwrap();
    store.ready().unwrap();
}

#[test]
fn a_newer_format_is_refused() {
    let server = RedisProcess::start();
    server.ask::<()>(&["SET", "variate:{directory}:format", "3"]);
    let refused = store(&server).ingest(&[event("a")]);
    assert!(
        matches!(
            refused,
            Err(StoreError::Newer {
                found: 3,
                supported: 2,
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn a_server_that_is_no_cluster_is_told() {
    let server = RedisProcess::start();
    let store = RedisStore::builder(server.url()).cluster().build().unwrap();
    for words in [
        unavailable(store.ready()),
        unavailable(store.ingest(&[event("a")])),
    ] {
        assert!(words.contains("this is no cluster"), "{words}");
    }
}

#[test]
fn a_host_that_is_not_known_is_told() {
    // Longer than a name can be: nobody is asked for it.
    let host = "h".repeat(64);
    let url = format!("redis://{host}.invalid:6379/0");
    let store = RedisStore::builder(url).build().unwrap();
    let words = unavailable(store.ready());
    assert!(words.contains("no host of this name"), "{words}");
}

#[cfg(feature = "redis-tls")]
#[test]
fn a_server_without_tls_is_told_from_one_with_it() {
    let server = RedisProcess::start();
    let store = RedisStore::builder(server.url().replace("redis:", "rediss:"))
        .timeout(Duration::from_millis(500))
        .build()
        .unwrap();
    let words = unavailable(store.ready());
    assert!(words.contains("speak TLS"), "{words}");
}

#[test]
fn nobody_listens() {
    let url = format!("redis://somebody:secret@127.0.0.1:{}/0", free_port());
    let store = RedisStore::builder(url).build().unwrap();
    let words = unavailable(store.ingest(&[event("a")]));
    assert!(!words.contains("secret"), "{words}");
}

/// Passes bytes on between a store and a server. While `cuts` is set, it cuts a connection instead of giving an answer.
fn start_proxy(server: u16, cuts: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, cuts) = (client.unwrap(), Arc::clone(&cuts));
            let mut upstream = TcpStream::connect(("127.0.0.1", server)).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Both);
            });
            std::thread::spawn(move || {
                let mut bytes = vec![0; 65_536];
                while let Ok(some @ 1..) = upstream.read(&mut bytes) {
                    // The server has done what it was asked.
                    if cuts.swap(false, Ordering::SeqCst)
                        || client.write_all(&bytes[..some]).is_err()
                    {
                        break;
                    }
                }
                let _ = client.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    port
}

#[test]
fn a_batch_whose_answer_was_lost_counts_once() {
    let server = RedisProcess::start();
    let cuts = Arc::new(AtomicBool::new(false));
    let port = start_proxy(server.port(), Arc::clone(&cuts));
    let store = RedisStore::builder(format!("redis://127.0.0.1:{port}/0"))
        .build()
        .unwrap();
    store.ingest(&[event("a")]).unwrap();

    let before = server.info("commandstats", "cmdstat_evalsha").is_some();
    assert!(before || server.info("commandstats", "cmdstat_eval").is_some());
    cuts.store(true, Ordering::SeqCst);
    // The answer is lost, and the store asks again: it was counted then.
    let outcomes = store.ingest(&[event("b")]).unwrap();
    assert!(!cuts.load(Ordering::SeqCst), "the answer was to be lost");
    assert_eq!(outcomes, [Outcome::Duplicate]);
    assert_eq!(units(&store), 2);
}
