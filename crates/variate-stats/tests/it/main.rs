//! Tests of the mathematics from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a failure in a test is a panic, and reference values are exact"
)]

mod adjustment;
mod allocation;
mod always_valid;
mod bayesian;
mod bootstrap;
mod contingency;
mod ep_stats;
mod evaluation;
mod lan_demets;
mod mean;
mod moments;
mod multiplicity;
mod power;
mod properties;
mod proportion;
mod quantile;
mod rank;
mod ratio;
mod ratio_score;
mod reference;
mod sequential;
mod two_rates;
mod unit_levels;
mod values;
