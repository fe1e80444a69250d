//! The collector over HTTP: the routes that Gimel and Lámed had, for the unmodified Alephbet client, and those of our own.
//!
//! [`Routes`] makes a router that an application mounts, [`Server`] serves it on its own:
//!
//! ```no_run
//! use variate_collector::http::{ApiKeys, Routes, Server};
//! use variate_collector::{Collector, MemoryStore};
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let collector = Collector::new(MemoryStore::new())?;
//! let app: axum::Router = Routes::new(collector.clone())
//!     .api_keys(ApiKeys::from_file("api-keys")?)
//!     .allow_origin("https://shop.example")?
//!     .router();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! # let terminated = async {};
//! Server::new(app).serve(listener, terminated).await;
//! // Nobody sends any more: what was taken is written.
//! tokio::task::spawn_blocking(move || collector.close()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | route | key | |
//! |---|---|---|
//! | `GET /track?experiment&variant&event&uuid[&namespace][&value][&unit]` | write, if there are such keys | counts an event |
//! | `GET /experiments[?namespace][&scope]` | read | units of each goal and variant |
//! | `DELETE /delete?experiment[&namespace]` | admin | forgets an experiment |
//! | `POST /v1/events` | write, if there are such keys | counts a batch |
//! | `GET /v1/namespaces` | read | those that the key is for |
//! | `GET /v1/experiments[?limit][&after]`, `/v1/experiments/{name}`, `…/days` | read | tallies |
//! | `GET /v1/experiments/{name}/evaluation` | read | what it says: [`LiveEvaluation`](crate::live::LiveEvaluation) |
//! | `POST /v1/experiments/{name}/archive`, `unarchive`, `reset`, `control`, `winner`, `pairs` | admin | the life of an experiment |
//! | `DELETE /v1/experiments/{name}` | admin | forgets it |
//! | `POST /v1/backup` | admin, of all namespaces | copies the store while it counts |
//! | `POST /evaluate`, `/sample-size-calculation` | read | as [Ep-Stats](variate_stats::ep_stats) answers |
//! | `POST /v1/evaluate` | read | the same, right where that is wrong |
//! | `GET /health` | none | as Ep-Stats answers |
//! | `/dashboard` and below, where `/` leads to | a session, which a key that may read begins | pages for people, with the feature `dashboard` |
//! | `GET /healthz`, `/readyz`, `/metrics`, `/openapi.json`, `/docs` | none | |
//!
//! Goals of an evaluation stand in the request; else they are the tallies of the experiment of that name
//! ([`StoreGoals`](crate::StoreGoals)), and else what a source of the host gives ([`Routes::goals`]). `GET /metrics` has
//! Ep-Stats' names for evaluations on all of these routes: the counters `ep_stats_evaluation_requests_total`, `_successes_total`,
//! `_errors_total` and `ep_stats_check_evaluation_errors_total`, the summaries `ep_stats_evaluation_duration_seconds`,
//! `ep_stats_query_duration_seconds` and `ep_stats_stats_computation_duration_seconds` with the label `is_performance_test`. They
//! lack the label `exp_id`: whoever asks for metrics needs no key, and there may be any number of experiments.
//!
//! An event is acknowledged with 200 when it is durable, and not before; 503 asks to send it again, which counts once.

mod alephbet;
mod api_keys;
mod backup;
mod batch;
mod body;
mod body_room;
mod bots;
mod client;
#[cfg(feature = "dashboard")]
mod dashboard;
mod evaluate;
mod evaluations;
mod events;
mod experiments;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod key_ring;
mod lent_body;
mod live;
mod metrics;
mod operation;
mod origins;
mod problem;
mod python_json;
mod query;
mod rate;
mod route;
mod routes;
mod server;
mod shared;

pub use self::api_keys::{ApiKeys, ApiKeysError, NewApiKey, Role};
pub use self::bots::{AddressError, Bots};
pub use self::key_ring::KeyRing;
pub use self::origins::OriginError;
pub use self::routes::{AliasError, Routes};
pub use self::server::Server;
