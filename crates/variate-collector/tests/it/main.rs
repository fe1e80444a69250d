//! Tests of the collector from outside.

mod collector;
mod memory;
mod properties;
mod sum;
