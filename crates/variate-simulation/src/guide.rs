//! The code in the guide, which is compiled and run with the documentation tests.

#[doc = include_str!("../../../docs/simulate.md")]
mod simulate {}
