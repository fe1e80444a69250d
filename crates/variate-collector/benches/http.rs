//! What the routes carry, each beside a route that does nothing, over loopback and in one process.
//!
//! ```sh
//! cargo bench --package variate-collector --bench http --features http,embedded
//! ```
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark stops where anything is wrong"
)]

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use variate_collector::http::{Routes, Server};
use variate_collector::{Collector, EmbeddedStore, EventStore, MemoryStore};

const CONNECTIONS: usize = 64;
const REQUESTS: u64 = 300_000;
const BATCH_CONNECTIONS: usize = 8;
const BATCH: u64 = 1_000;
const BATCHES: u64 = 1_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run());
}

async fn run() {
    println!(
        "{:<44} {:>12} {:>10} {:>10}",
        "", "per second", "p50", "p99"
    );
    let nothing = Router::new().route("/track", get(|| async { "null" }));
    let address = serve(nothing).await;
    print("nothing: GET, 64 connections", tracks(address, "n").await);

    let address = serve(routes(MemoryStore::new())).await;
    print("memory: GET /track", tracks(address, "m").await);
    print(
        "memory: POST /v1/events, 1,000 a request",
        batches(address).await,
    );

    let directory = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let address = serve(routes(store)).await;
    print("embedded: GET /track, durable", tracks(address, "e").await);
    print(
        "embedded: GET /track, all duplicates",
        tracks(address, "e").await,
    );
    print(
        "embedded: POST /v1/events, 1,000 a request",
        batches(address).await,
    );
    print(
        "embedded: the same again, all duplicates",
        batches(address).await,
    );
}

fn routes(store: impl EventStore + 'static) -> Router {
    let collector = Collector::new(store).unwrap();
    Routes::new(collector).allow_origin("*").unwrap().router()
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(Server::new(router).serve(listener, std::future::pending()));
    address
}

struct Result {
    events: u64,
    took: Duration,
    latencies: Vec<Duration>,
}

fn print(what: &str, mut result: Result) {
    result.latencies.sort();
    let at = |share: usize| result.latencies[(result.latencies.len() - 1) * share / 100];
    println!(
        "{what:<44} {:>12.0} {:>7.2} ms {:>7.2} ms",
        result.events as f64 / result.took.as_secs_f64(),
        at(50).as_secs_f64() * 1e3,
        at(99).as_secs_f64() * 1e3,
    );
}

/// One event a request, each with an id of its own.
async fn tracks(address: SocketAddr, prefix: &'static str) -> Result {
    send(address, CONNECTIONS, REQUESTS, 1, move |number, request| {
        let variant = if number % 2 == 0 { "red" } else { "blue" };
        write!(
            request,
            "GET /track?experiment=pill&uuid={prefix}-8d0f36b9-9313-46f7-{number:012x}&variant={variant}&event=participate&namespace=alephbet HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        .unwrap();
    })
    .await
}

async fn batches(address: SocketAddr) -> Result {
    send(address, BATCH_CONNECTIONS, BATCHES, BATCH, |number, request| {
        let mut body = String::from("[");
        for event in 0..BATCH {
            let id = number * BATCH + event;
            let comma = if event == 0 { "" } else { "," };
            write!(
                body,
                r#"{comma}{{"id":"8d0f36b9-9313-46f7-b2b4-{id:012x}","experiment":"batches","variant":"red","action":"participate"}}"#
            )
            .unwrap();
        }
        body.push(']');
        write!(
            request,
            "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
    })
    .await
}

/// The senders have a thread and a runtime of their own, so that they take from the server only processor time.
async fn send(
    address: SocketAddr,
    connections: usize,
    requests: u64,
    events: u64,
    request: impl Fn(u64, &mut String) + Clone + Send + 'static,
) -> Result {
    let senders = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(send_all(address, connections, requests, request))
    });
    let start = Instant::now();
    let latencies = tokio::task::spawn_blocking(|| senders.join().unwrap())
        .await
        .unwrap();
    Result {
        events: requests * events,
        took: start.elapsed(),
        latencies,
    }
}

async fn send_all(
    address: SocketAddr,
    connections: usize,
    requests: u64,
    request: impl Fn(u64, &mut String) + Clone + Send + 'static,
) -> Vec<Duration> {
    let next = Arc::new(AtomicU64::new(0));
    let senders: Vec<_> = (0..connections)
        .map(|_| {
            let (next, request) = (Arc::clone(&next), request.clone());
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut latencies = Vec::new();
                let (mut text, mut answer) = (String::new(), Vec::new());
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= requests {
                        return latencies;
                    }
                    text.clear();
                    request(number, &mut text);
                    let sent = Instant::now();
                    stream.write_all(text.as_bytes()).await.unwrap();
                    read_answer(&mut stream, &mut answer).await;
                    latencies.push(sent.elapsed());
                }
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for sender in senders {
        latencies.extend(sender.await.unwrap());
    }
    latencies
}

/// Reads one answer, which must be 200.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) {
    answer.clear();
    loop {
        assert!(stream.read_buf(answer).await.unwrap() > 0, "closed");
        let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&answer[..head]).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
        let length: usize = text
            .lines()
            .find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse().unwrap())
            })
            .unwrap();
        if answer.len() == head + 4 + length {
            return;
        }
    }
}
