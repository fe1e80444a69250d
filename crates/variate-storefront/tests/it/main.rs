//! The shop as people meet it: over HTTP, in a browser, and as the program that `cargo run --example storefront` starts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect has failed"
)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "nobody calls into a test from outside"
)]

#[path = "../../../../tests/support/browser.rs"]
mod browser;
mod experiments;
mod program;
mod seen;
mod shop;
mod site;
