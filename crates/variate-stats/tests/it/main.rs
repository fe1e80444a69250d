//! Tests of the mathematics from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_cmp)]

mod allocation;
mod always_valid;
mod bayesian;
mod moments;
mod multiplicity;
mod properties;
mod reference;
mod sequential;
mod values;
