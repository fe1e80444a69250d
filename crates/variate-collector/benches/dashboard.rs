//! How long the dashboard's list takes on the server's side, with 1,000 experiments of 30 days in a directory.
//!
//! ```sh
//! cargo bench --package variate-collector --bench dashboard --features dashboard,embedded
//! ```
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark stops where anything is wrong"
)]

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use variate_collector::http::{ApiKeys, Role, Routes};
use variate_collector::{Collector, EmbeddedStore, EventStore, NewEvent};

const KEY: &str = "4mJrSfUtqPzW0bXN8yAg2c";
const EXPERIMENTS: usize = 1_000;
const DAYS: u64 = 30;
const DAY: u64 = 24 * 60 * 60 * 1_000;
/// 2026-11-21T12:00:00Z.
const NOW: u64 = 1_795_262_400_000;

fn fill(store: &EmbeddedStore) {
    for experiment in 0..EXPERIMENTS {
        let name = format!("experiment {experiment}");
        let mut events = Vec::new();
        for day in 0..DAYS {
            for (number, variant) in ["control", "red", "blue"].into_iter().enumerate() {
                let unit = format!("{day}-{number}");
                for action in ["assignment", "bought"] {
                    let id = format!("{action}-{unit}");
                    let event = NewEvent::new("shop", name.clone(), variant, action, id);
                    events.push(event.of_unit(unit.clone()).at(NOW - day * DAY));
                }
            }
        }
        store.ingest(&events).unwrap();
    }
}

async fn ask(app: &Router, request: Request<Body>) -> Response<String> {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Response::from_parts(parts, String::from_utf8(bytes.to_vec()).unwrap())
}

fn cookie(of: &Response<String>) -> String {
    let cookie = of.headers().get(header::SET_COOKIE).unwrap();
    cookie
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

async fn log_in(app: &Router) -> String {
    let form = Request::get("/dashboard/login")
        .body(Body::empty())
        .unwrap();
    let form = ask(app, form).await;
    let (_, token) = form.body().split_once("name=\"token\" value=\"").unwrap();
    let token = token.split('"').next().unwrap();
    let body = Body::from(format!("token={token}&key={KEY}"));
    let request = Request::post("/dashboard/login").header(header::COOKIE, cookie(&form));
    cookie(&ask(app, request.body(body).unwrap()).await)
}

async fn list(app: &Router, cookie: &str) -> (Duration, usize, bool) {
    let request = Request::get("/dashboard").header(header::COOKIE, cookie);
    let started = Instant::now();
    let page = ask(app, request.body(Body::empty()).unwrap()).await;
    let took = started.elapsed();
    assert_eq!(page.body().matches("scope=\"row\"").count(), EXPERIMENTS);
    (
        took,
        page.body().len(),
        page.body().contains("being looked at"),
    )
}

#[tokio::main]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    fill(&store);
    let now = std::time::UNIX_EPOCH + Duration::from_millis(NOW);
    let collector = Collector::builder(store)
        .clock(move || now)
        .build()
        .unwrap();
    let keys = ApiKeys::new().with(KEY, Role::Read, &[]);
    let app = Routes::new(collector)
        .namespace("shop")
        .api_keys(keys)
        .router();
    let cookie = log_in(&app).await;
    let (first, bytes, _) = list(&app, &cookie).await;
    println!("{EXPERIMENTS} experiments of {DAYS} days, {bytes} bytes of HTML");
    println!("the first time           {first:>10.1?}");
    let started = Instant::now();
    let mut slowest = Duration::ZERO;
    loop {
        let (took, _, is_pending) = list(&app, &cookie).await;
        if !is_pending {
            break;
        }
        slowest = slowest.max(took);
    }
    println!("while health is found out {slowest:>9.1?} at the most");
    println!("all of it known after    {:>10.1?}", started.elapsed());
    let mut times = Vec::new();
    for _ in 0..50 {
        times.push(list(&app, &cookie).await.0);
    }
    times.sort();
    println!("from then on, median     {:>10.1?}", times[times.len() / 2]);
    println!("              slowest    {:>10.1?}", times[times.len() - 1]);
}
