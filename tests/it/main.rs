//! The library as its users meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod assignment;
mod assumptions;
#[cfg(feature = "axum")]
mod axum;
mod bad_input;
mod buckets;
#[cfg(feature = "catalogue")]
mod catalogues;
mod conditions;
mod containment;
mod contexts;
mod decisions;
mod defects;
mod explanations;
mod faults;
mod frozen_keys;
mod gitlab;
mod hooks;
mod identities;
mod keys;
#[cfg(feature = "links")]
mod links;
#[cfg(feature = "memory")]
mod memory_unavailable;
mod nesting;
mod payloads;
mod publishing;
#[cfg(feature = "redis-store")]
mod redis_server;
mod restored;
mod scopes;
#[cfg(feature = "shadow")]
mod shadows;
mod stores;
mod support;
#[cfg(feature = "testing")]
mod testing_kit;
mod trackers;
mod trials;
