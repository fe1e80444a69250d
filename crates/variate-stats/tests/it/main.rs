//! Tests of the mathematics from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp
)]

mod ep_stats;
mod lan_demets;
