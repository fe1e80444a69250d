//! Tests of the collector from outside.

mod collector;
mod memory;
mod properties;
#[cfg(feature = "redis")]
mod redis;
mod sum;
