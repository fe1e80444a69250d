//! Tests of the collector from outside.

mod collector;
#[cfg(feature = "lambda")]
mod lambda;
mod memory;
mod properties;
mod sum;
