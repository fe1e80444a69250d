//! Sources of goals, by the answers that Ep-Stats gave to the same goals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a failure in a test is a panic"
)]

#[cfg(feature = "csv")]
mod csv_files;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_server;
#[cfg(feature = "postgres-tls")]
mod postgres_tls;
#[cfg(feature = "sqlite")]
mod sqlite;
mod vectors;
