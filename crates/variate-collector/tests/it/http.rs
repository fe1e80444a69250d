//! The collector over HTTP.

mod alephbet;
#[cfg(feature = "embedded")]
mod backup;
mod bots;
mod cors;
#[cfg(all(feature = "dashboard", feature = "redis"))]
mod damaged;
mod evaluate;
mod events;
mod experiments;
mod failures;
mod keys;
mod limits;
mod live;
#[cfg(all(feature = "dashboard", feature = "redis"))]
mod odd_names;
mod operation;
mod parsers;
mod server;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use variate_collector::http::{ApiKeys, Role, Routes};
use variate_collector::{Collector, EventStore, MemoryStore, StoreError};

use crate::checked_store::Checked;

const ADMIN: &str = "admin-key-4mJrSfUtqPzW0bXN8yAg2c";
const READ: &str = "read-key-4mJrSfUtqPzW0bXN8yAg2c";
/// 2026-11-21T12:00:00Z.
const NOW: u64 = 1_795_262_400_000;

fn collector(store: impl EventStore + 'static) -> Collector {
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(NOW);
    Collector::builder(store)
        .clock(move || now)
        .build()
        .unwrap()
}

fn keys() -> ApiKeys {
    ApiKeys::new()
        .with(ADMIN, Role::Admin, &[])
        .with(READ, Role::Read, &[])
}

fn routes() -> Routes {
    Routes::new(collector(MemoryStore::new())).api_keys(keys())
}

/// A request on its way to a router.
#[must_use]
struct Asked {
    app: Router,
    request: Request<Body>,
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

fn ask(app: &Router, method: Method, uri: &str) -> Asked {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = uri.parse().unwrap();
    Asked {
        app: app.clone(),
        request,
    }
}

fn get(app: &Router, uri: &str) -> Asked {
    ask(app, Method::GET, uri)
}

fn post(app: &Router, uri: &str, body: impl Into<Body>) -> Asked {
    let mut asked = ask(app, Method::POST, uri);
    *asked.request.body_mut() = body.into();
    asked
}

impl Asked {
    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request
            .headers_mut()
            .append(name, value.parse().unwrap());
        self
    }

    fn key(self, key: &str) -> Self {
        self.header("x-api-key", key)
    }

    fn from(mut self, address: &str) -> Self {
        let address: SocketAddr = format!("{address}:4000").parse().unwrap();
        self.request.extensions_mut().insert(ConnectInfo(address));
        self
    }

    async fn answer(self) -> Answered {
        let response = self.app.oneshot(self.request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answered {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    async fn status(self) -> u16 {
        self.answer().await.status.as_u16()
    }

    /// The body of an answer that must be 200.
    async fn text(self) -> String {
        let answered = self.answer().await;
        assert_eq!(answered.status, 200, "{}", answered.text());
        answered.text()
    }

    async fn json(self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// The status and the message of an answer that tells what is wrong.
    async fn problem(self) -> (u16, String) {
        let answered = self.answer().await;
        assert_eq!(answered.header("content-type"), "application/json");
        let message = answered.json()["message"].as_str().unwrap().to_owned();
        (answered.status.as_u16(), message)
    }
}

impl Answered {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Empty if there is none.
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A store that does as it is told.
#[derive(Clone, Default)]
struct TestStore {
    inner: Arc<MemoryStore>,
    mood: Arc<Mutex<Mood>>,
    hanging: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Mood {
    #[default]
    Well,
    Failing,
    Panicking,
    /// Until the mood changes.
    Hanging,
}

impl TestStore {
    fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Until somebody waits for it.
    async fn hangs(&self) {
        while self.hanging.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// As it is given to a collector.
    fn store(&self) -> impl EventStore + use<> {
        let of = self.clone();
        Checked {
            store: Arc::clone(&self.inner),
            check: move |_| of.check(),
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        let mut is_hanging = false;
        loop {
            let mood = *self.mood.lock().unwrap();
            match mood {
                Mood::Well => return Ok(()),
                Mood::Failing => {
                    return Err(StoreError::Unavailable {
                        place: "redis://secret-host".to_owned(),
                        source: "no route".into(),
                    });
                }
                Mood::Panicking => panic!("the store panics"),
                Mood::Hanging => {
                    if !is_hanging {
                        self.hanging.fetch_add(1, Ordering::Relaxed);
                        is_hanging = true;
                    }
                    std::thread::yield_now();
                }
            }
        }
    }
}
