//! Events a second on Redis: ours beside a bare script and beside Lámed's commands, by turns on the same server, and the
//! medians of what each was beside the others of its turn: what else the machine does falls on all of them.
//!
//! `cargo bench -p variate-collector --bench redis --features redis,testing [-- EVENTS [TURNS [EVENTS TO WEIGH]]]`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_precision_loss
)]

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/redis/server.rs"]
mod server;

use std::time::Instant;

use redis::{Connection, ConnectionLike as _, Pipeline, Script};
use server::RedisProcess;
use variate_collector::{EventStore as _, NewEvent, Outcome, RedisStore};

const NOON: u64 = 1_795_262_400_000;
const PIPELINE: usize = 4096;

/// What a run took.
#[derive(Clone, Copy)]
struct Took {
    /// Events a second.
    rate: f64,
    /// Microseconds of the server's processor for an event: what counts on a machine that does other things, too.
    cpu: f64,
}

/// What of ours is measured: with units, in batches of.
const OURS: [(bool, usize); 4] = [(false, 64), (false, 4096), (true, 64), (true, 4096)];

/// One turn of all.
struct Turn {
    bare: Took,
    lamed: Took,
    /// New events, and the same again.
    ours: Vec<(Took, Took)>,
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let events = numbers.next().unwrap_or(200_000);
    let turns = numbers.next().unwrap_or(5);
    let to_weigh = numbers.next().unwrap_or(1_000_000);
    let ids: Vec<String> = (0..events.max(to_weigh))
        .map(|_| uuid::Uuid::new_v4().to_string())
        .collect();
    let server = RedisProcess::start();
    println!(
        "{events} events each, one connection, medians of {turns} turns; µs: the server's processor for an event"
    );
    println!(
        "\n| | events/s | µs | × bare | by µs | × Lámed | by µs |\n|---|---|---|---|---|---|---|"
    );
    let all: Vec<Turn> = (0..turns).map(|_| turn(&server, &ids[..events])).collect();
    row("bare script SADD+HINCRBY, pipelined", &all, |of| of.bare);
    row("Lámed's commands, pipelined", &all, |of| of.lamed);
    for (at, (with_units, batch)) in OURS.into_iter().enumerate() {
        let what = if with_units {
            "with units"
        } else {
            "as of /track"
        };
        row(&format!("{what}, batches of {batch}"), &all, |of| {
            of.ours[at].0
        });
        row("the same again", &all, |of| of.ours[at].1);
    }
    println!("\n| duplicates × new | events/s | by µs |\n|---|---|---|");
    for (at, (with_units, batch)) in OURS.into_iter().enumerate() {
        let what = if with_units {
            "with units"
        } else {
            "as of /track"
        };
        let by_rate = median(&all, |of| of.ours[at].1.rate / of.ours[at].0.rate);
        let by_cpu = median(&all, |of| of.ours[at].0.cpu / of.ours[at].1.cpu);
        println!("| {what}, batches of {batch} | {by_rate:.2} | {by_cpu:.2} |");
    }
    println!(
        "\n| `used_memory` after less before, of {to_weigh} events | bytes an event |\n|---|---|"
    );
    for with_units in [false, true] {
        let server = RedisProcess::start();
        let before = server.number("memory", "used_memory");
        let store = RedisStore::builder(server.url()).build().unwrap();
        ingest(
            &store,
            &stream(&ids[..to_weigh], with_units),
            PIPELINE,
            &Outcome::Counted,
        );
        let bytes = server.number("memory", "used_memory") - before;
        let what = if with_units {
            "with units"
        } else {
            "as of /track"
        };
        println!("| {what} | {:.2} |", bytes as f64 / to_weigh as f64);
    }
}

fn turn(server: &RedisProcess, ids: &[String]) -> Turn {
    let events = ids.len();
    let empty = || server.ask::<()>(&["FLUSHALL"]);
    empty();
    let bare = measure(server, events, || bare(&mut server.connection(), ids));
    empty();
    let lamed = measure(server, events, || lamed(&mut server.connection(), ids));
    let ours = OURS.map(|(with_units, batch)| {
        empty();
        let store = RedisStore::builder(server.url()).build().unwrap();
        let stream = stream(ids, with_units);
        let count =
            |expected| measure(server, events, || ingest(&store, &stream, batch, &expected));
        (count(Outcome::Counted), count(Outcome::Duplicate))
    });
    Turn {
        bare,
        lamed,
        ours: ours.into(),
    }
}

fn median(turns: &[Turn], of: impl Fn(&Turn) -> f64) -> f64 {
    let mut all: Vec<f64> = turns.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn row(what: &str, turns: &[Turn], of: impl Fn(&Turn) -> Took) {
    println!(
        "| {what} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
        median(turns, |turn| of(turn).rate),
        median(turns, |turn| of(turn).cpu),
        median(turns, |turn| of(turn).rate / turn.bare.rate),
        median(turns, |turn| turn.bare.cpu / of(turn).cpu),
        median(turns, |turn| of(turn).rate / turn.lamed.rate),
        median(turns, |turn| turn.lamed.cpu / of(turn).cpu),
    );
}

fn measure(server: &RedisProcess, events: usize, run: impl FnOnce()) -> Took {
    let (start, before) = (Instant::now(), cpu(server));
    run();
    Took {
        rate: events as f64 / start.elapsed().as_secs_f64(),
        cpu: (cpu(server) - before) * 1e6 / events as f64,
    }
}

/// Seconds of a processor that the server used so far.
fn cpu(server: &RedisProcess) -> f64 {
    let of = |field| -> f64 { server.info("cpu", field).unwrap().parse().unwrap() };
    of("used_cpu_user") + of("used_cpu_sys")
}

fn stream<'a>(ids: &'a [String], with_units: bool) -> Vec<NewEvent<'a>> {
    let variants = ["red", "blue"];
    let event = |(index, id): (usize, &'a String)| {
        // With units: an exposure, then four purchases.
        let (unit, action) = match (with_units, index % 5) {
            (false, 4) => (index, "clicked"),
            (false, _) | (true, 0) => (index, "participate"),
            (true, of) => (index - of, "purchase"),
        };
        let variant = variants[unit / 5 % 2];
        let event = NewEvent::new("shop", "pill_color", variant, action, id.as_str()).at(NOON);
        if with_units {
            let value = (action == "purchase").then_some(9.99);
            event.of_unit(ids[unit].as_str()).value(value)
        } else {
            event
        }
    };
    ids.iter().enumerate().map(event).collect()
}

fn ingest(store: &RedisStore, stream: &[NewEvent<'_>], batch: usize, expected: &Outcome) {
    for events in stream.chunks(batch) {
        let outcomes = store.ingest(events).unwrap();
        assert!(outcomes.iter().all(|outcome| outcome == expected));
    }
}

fn bare(connection: &mut Connection, ids: &[String]) {
    let script = Script::new(
        "if redis.call('SADD', KEYS[1], ARGV[1]) == 1 then return redis.call('HINCRBY', KEYS[2], ARGV[2], 1) end return 0",
    );
    script.load(connection).unwrap();
    for ids in ids.chunks(PIPELINE) {
        let mut pipeline = Pipeline::new();
        for id in ids {
            let command = pipeline.cmd("EVALSHA").arg(script.get_hash()).arg(2);
            command
                .arg("{e}ids")
                .arg("{e}counts")
                .arg(id)
                .arg("participate red");
        }
        let packed = pipeline.get_packed_pipeline();
        connection
            .req_packed_commands(&packed, 0, ids.len())
            .unwrap();
    }
}

fn lamed(connection: &mut Connection, ids: &[String]) {
    for ids in ids.chunks(PIPELINE) {
        let mut pipeline = Pipeline::new();
        for id in ids {
            let counter = "alephbet:counters:pill_color:participate:red";
            let flag = format!("{id:0>40}");
            pipeline.cmd("MULTI");
            pipeline
                .cmd("SADD")
                .arg("alephbet:experiments")
                .arg("pill_color");
            pipeline
                .cmd("SADD")
                .arg("alephbet:counter_keys")
                .arg(counter);
            pipeline
                .cmd("SADD")
                .arg("alephbet:pill_color:counter_keys")
                .arg(counter);
            pipeline.cmd("EXEC");
            pipeline.cmd("WATCH").arg(&flag);
            pipeline.cmd("GET").arg(&flag);
            pipeline.cmd("MULTI");
            pipeline.cmd("SETEX").arg(&flag).arg(86_400).arg("1");
            pipeline.cmd("INCRBY").arg(counter).arg(1);
            pipeline.cmd("EXEC");
            pipeline.cmd("UNWATCH");
        }
        let packed = pipeline.get_packed_pipeline();
        connection
            .req_packed_commands(&packed, 0, 12 * ids.len())
            .unwrap();
    }
}
