//! Tests of the mathematics from outside.

mod allocation;
mod always_valid;
mod bayesian;
mod multiplicity;

mod sequential;
mod values;
