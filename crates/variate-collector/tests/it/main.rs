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
#[cfg(all(feature = "embedded", feature = "http"))]
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "shared with a test that looks at pictures and clicks"
)]
#[path = "../../../../tests/support/browser.rs"]
mod browser;
mod checked_store;
#[cfg(feature = "client")]
mod client;
mod collector;
#[cfg(all(feature = "dashboard", feature = "embedded"))]
mod dashboard;
#[cfg(feature = "embedded")]
mod embedded;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "lambda")]
mod lambda;
mod live;
mod live_state;
mod memory;
#[cfg(all(feature = "embedded", feature = "http"))]
mod npm;
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
