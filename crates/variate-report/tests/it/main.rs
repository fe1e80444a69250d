//! The report as its users meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod chosen;
mod comparing;
mod describing;
mod diverted;
mod example;
mod json_lines;
mod shadows;
mod shares;
mod showing;
#[cfg(feature = "sqlite")]
mod sqlite;
mod support;
