//! Events a second on Redis: ours beside a bare script and beside Lámed's commands, in the same run on the same server.
//!
//! `cargo bench -p variate-collector --bench redis --features redis,testing [-- EVENTS]`
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
use server::Server;
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

fn main() {
    let events = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(400_000);
    println!(
        "{events} events each, one connection; events/s and µs of the server's processor an event"
    );
    let ids: Vec<String> = (0..events)
        .map(|_| uuid::Uuid::new_v4().to_string())
        .collect();
    let server = Server::start();

    let bare = measure(&server, events, || bare(&mut server.connection(), &ids));
    row("bare script SADD+HINCRBY, pipelined", bare, bare, None);
    let _: () = server.ask(&["FLUSHALL"]);
    let lamed = measure(&server, events, || lamed(&mut server.connection(), &ids));
    row("Lámed's commands, pipelined", lamed, bare, Some(lamed));
    for with_units in [false, true] {
        for batch in [64, 4096] {
            let what = if with_units { "units" } else { "/track" };
            let _: () = server.ask(&["FLUSHALL"]);
            let before = server.number("memory", "used_memory");
            let store = RedisStore::builder(server.url()).build().unwrap();
            let stream = stream(&ids, with_units);
            let new = measure(&server, events, || {
                ingest(&store, &stream, batch, &Outcome::Counted);
            });
            row(
                &format!("{what}, batches of {batch}"),
                new,
                bare,
                Some(lamed),
            );
            let bytes = server.number("memory", "used_memory") - before;
            let bytes = bytes as f64 / events as f64;
            let again = measure(&server, events, || {
                ingest(&store, &stream, batch, &Outcome::Duplicate);
            });
            row("  the same again", again, bare, Some(lamed));
            println!(
                "  {bytes:.2} bytes an event; duplicates {:.2} × new, by processor {:.2}",
                again.rate / new.rate,
                new.cpu / again.cpu
            );
        }
    }
}

fn row(what: &str, took: Took, bare: Took, lamed: Option<Took>) {
    let Took { rate, cpu } = took;
    print!(
        "{what:<40} {rate:>9.0}/s {cpu:>6.2} µs; × bare {:.2}, by processor {:.2}",
        rate / bare.rate,
        bare.cpu / cpu
    );
    match lamed {
        Some(lamed) => println!(
            "; × Lámed's {:.2}, by processor {:.2}",
            rate / lamed.rate,
            lamed.cpu / cpu
        ),
        None => println!(),
    }
}

fn measure(server: &Server, events: usize, run: impl FnOnce()) -> Took {
    let (start, before) = (Instant::now(), cpu(server));
    run();
    Took {
        rate: events as f64 / start.elapsed().as_secs_f64(),
        cpu: (cpu(server) - before) * 1e6 / events as f64,
    }
}

/// Seconds of a processor that the server used so far.
fn cpu(server: &Server) -> f64 {
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
