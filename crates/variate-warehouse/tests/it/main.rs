//! Events in a real Postgres server, and what the ready SQL reads there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a failure in a test is a panic"
)]

#[path = "../../../variate-goals/tests/it/postgres_server.rs"]
mod postgres_server;
mod ready_sql;
#[cfg(feature = "tls")]
mod tls;
mod writing;
