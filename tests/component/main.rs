//! Components as their users meet them.
#![cfg(feature = "component")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod asynchronous;
mod hooks;
mod safety;
mod selectors;
mod shadow;
mod shapes;
mod support;
mod transparency;
