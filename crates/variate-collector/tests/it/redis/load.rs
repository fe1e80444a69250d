//! Many events, many senders, many nodes.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use variate_collector::{EventStore as _, NewEvent, Outcome, RedisStore};

use super::server::RedisProcess;

fn event(variant: &'static str, id: String) -> NewEvent<'static> {
    NewEvent::new("shop", "pill_color", variant, "participate", id)
}

fn counted(store: &RedisStore) -> i64 {
    let tallies = store.tallies("shop", "pill_color").unwrap();
    let cells = tallies.into_iter().flat_map(|of| of.cells);
    cells.map(|cell| cell.total.counted.units).sum()
}

/// Sends `ids` from eight threads in batches, three in ten events twice, and answers how many were told to count.
fn send_from_eight(store: &RedisStore, ids: u64) -> u64 {
    let told = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for sender in 0..8_u64 {
            let told = &told;
            scope.spawn(move || {
                let mut batch = Vec::new();
                // Neighbours overlap: the last three in ten of one are the first of the next.
                let (from, own) = (sender * ids / 8, ids / 8);
                for id in from..from + own + own * 3 / 10 {
                    let id = id % ids;
                    batch.push(event(
                        ["red", "blue"][(id % 2) as usize],
                        format!("id-{id}"),
                    ));
                    if batch.len() == 500 {
                        let outcomes = store.ingest(&batch).unwrap();
                        let counted = outcomes.iter().filter(|of| **of == Outcome::Counted);
                        told.fetch_add(counted.count() as u64, Ordering::Relaxed);
                        batch.clear();
                    }
                }
                let outcomes = store.ingest(&batch).unwrap();
                let counted = outcomes.iter().filter(|of| **of == Outcome::Counted);
                told.fetch_add(counted.count() as u64, Ordering::Relaxed);
            });
        }
    });
    told.into_inner()
}

#[test]
fn eight_senders_with_duplicates_are_counted_exactly() {
    let server = RedisProcess::start();
    let store = RedisStore::builder(server.url()).shards(4).build().unwrap();
    assert_eq!(send_from_eight(&store, 40_000), 40_000);
    assert_eq!(counted(&store), 40_000);
}

#[test]
fn a_cluster_counts_exactly_and_shares_the_work() {
    for nodes in 1..=3 {
        let cluster = RedisProcess::start_cluster(nodes);
        let store = RedisStore::builder(cluster[0].url())
            .cluster()
            .shards(48)
            .build()
            .unwrap();
        let spent = |node: &RedisProcess| {
            let of = |field| node.info("cpu", field).unwrap().parse::<f64>().unwrap();
            of("used_cpu_user") + of("used_cpu_sys")
        };
        let before: Vec<f64> = cluster.iter().map(spent).collect();
        // Where a node's answer is lost, what was counted is told to be there already.
        assert!(send_from_eight(&store, 40_000) <= 40_000);
        assert_eq!(counted(&store), 40_000);

        // The busiest node is what keeps the cluster from more.
        let spent = cluster
            .iter()
            .zip(&before)
            .map(|(of, before)| spent(of) - before);
        let spent: Vec<f64> = spent.collect();
        let busiest = spent.iter().copied().fold(0.0, f64::max);
        let rate = f64::from(52_000) / busiest;
        println!(
            "{nodes} nodes: {spent:.2?} s of each one's processor for 52,000 events, {rate:.0} events a second of the busiest"
        );
        // Each node has its part of the keys: none has nothing, none has nearly all.
        let keys: Vec<usize> = cluster.iter().map(|node| node.keys().len()).collect();
        let all: usize = keys.iter().sum();
        let share = all / usize::from(nodes);
        assert!(
            keys.iter().all(|&of| of > share / 3 && of < share * 2),
            "{keys:?}"
        );
        assert!(store.delete("shop", "pill_color").unwrap());
        assert_eq!(counted(&store), 0);
    }
}

#[test]
fn a_store_that_knows_nothing_of_the_cluster_is_told() {
    let cluster = RedisProcess::start_cluster(3);
    let mut words = HashSet::new();
    for node in &cluster {
        let store = RedisStore::builder(node.url()).build().unwrap();
        let problem = store.ready().unwrap_err().to_string();
        assert!(problem.contains("add `?cluster`"), "{problem}");
        for name in ["a", "b", "c", "d", "e"] {
            let event = NewEvent::new("shop", name, "red", "participate", "1");
            words.extend(
                store
                    .ingest(&[event])
                    .map_err(|error| error.to_string())
                    .err(),
            );
        }
    }
    assert!(!words.is_empty());
    assert!(words.iter().all(|of| of.contains("cluster")), "{words:?}");
}

#[test]
fn slots_that_move_are_followed() {
    let cluster = RedisProcess::start_cluster(2);
    let store = RedisStore::builder(cluster[0].url())
        .cluster()
        .build()
        .unwrap();
    // Where there is nothing in a slot, it moves without its keys.
    store.ready().unwrap();
    let id: String = cluster[0].ask(&["CLUSTER", "MYID"]);
    // So that it does not give back what it has, for the other has not heard of it.
    cluster[0].ask::<()>(&["CLUSTER", "BUMPEPOCH"]);
    for node in &cluster {
        for slot in 16_000..16_384 {
            node.ask::<()>(&["CLUSTER", "SETSLOT", &slot.to_string(), "NODE", &id]);
        }
    }
    // Its word is the newer one, also for who hears the other's.
    cluster[0].ask::<()>(&["CLUSTER", "BUMPEPOCH"]);
    let mut events = Vec::new();
    for name in 0..40 {
        events.push(NewEvent::new(
            "shop",
            format!("e{name}"),
            "red",
            "participate",
            "1",
        ));
    }
    store.ingest(&events).unwrap();
    assert_eq!(store.ingest(&events).unwrap(), vec![Outcome::Duplicate; 40]);
}

#[test]
fn an_experiment_that_is_deleted_while_it_counts_is_whole_or_gone() {
    let server = RedisProcess::start();
    let store = RedisStore::builder(server.url()).shards(3).build().unwrap();
    // Another process: it knows of deletions only what the server tells.
    let other = RedisStore::builder(server.url()).shards(3).build().unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for (sender, store) in [&store, &other, &store, &other].into_iter().enumerate() {
            let is_over = &is_over;
            scope.spawn(move || {
                let mut next = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let of = |at| event("red", format!("{sender}-{}", next + at));
                    let batch: Vec<_> = (0..50).map(of).collect();
                    store.ingest(&batch).unwrap();
                    next += 50;
                }
            });
        }
        for _ in 0..20 {
            store.delete("shop", "pill_color").unwrap();
            store.reset("shop", "pill_color").unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    store.delete("shop", "pill_color").unwrap();
    // Only what says that they were removed is left of all of them.
    let left: Vec<String> = server.keys();
    let left: Vec<&String> = left
        .iter()
        .filter(|key| !key.contains("{directory}") && !key.ends_with('m'))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let batch: Vec<_> = (0..50).map(|at| event("red", format!("0-{at}"))).collect();
    assert_eq!(other.ingest(&batch).unwrap(), vec![Outcome::Counted; 50]);
    assert_eq!(counted(&store), 50);
}

#[test]
fn an_id_takes_twelve_bytes_at_most() {
    let server = RedisProcess::start();
    let store = RedisStore::builder(server.url()).build().unwrap();
    // What the server needs for scripts and connections.
    let warm: Vec<_> = (0..5_000)
        .map(|id| event("red", format!("id-{id}")))
        .collect();
    store.ingest(&warm).unwrap();
    store.delete("shop", "pill_color").unwrap();
    let before = server.number("memory", "used_memory");
    let (mut sent, mut bytes) = (0_u32, Vec::new());
    for up_to in [10_000_u32, 100_000, 200_000] {
        while sent < up_to {
            let batch: Vec<_> = (sent..sent + 5_000)
                .map(|id| event(["red", "blue"][(id % 2) as usize], format!("id-{id}")))
                .collect();
            store.ingest(&batch).unwrap();
            sent += 5_000;
        }
        let used = server.number("memory", "used_memory") - before;
        bytes.push(f64::from(u32::try_from(used).unwrap()) / f64::from(sent));
    }
    println!("bytes an id at 10,000, 100,000 and 200,000: {bytes:.2?}");
    assert!(bytes[2] <= 12.0, "{bytes:?}");
}
