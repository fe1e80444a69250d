//! Tests of the collector from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]

#[cfg(feature = "client")]
mod client;
mod collector;
#[cfg(feature = "lambda")]
mod lambda;
#[cfg(feature = "embedded")]
mod embedded;
mod memory;
mod properties;
mod sum;
mod tracker;
