//! Tests of the collector from outside.

mod collector;
#[cfg(feature = "embedded")]
mod embedded;
mod memory;
mod properties;
mod sum;
