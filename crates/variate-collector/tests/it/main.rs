//! Tests of the collector from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]

#[cfg(all(feature = "embedded", feature = "http"))]
mod alephbet;
mod checked_store;
#[cfg(feature = "client")]
mod client;
mod collector;
#[cfg(feature = "embedded")]
mod embedded;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "lambda")]
mod lambda;
mod live;
mod memory;
#[cfg(all(
    feature = "client",
    feature = "lambda",
    feature = "redis",
    feature = "testing"
))]
mod parsers;
mod properties;
#[cfg(feature = "redis")]
mod redis;
mod sum;
mod tracker;
