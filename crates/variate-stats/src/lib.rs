//! The mathematics of experiments: numbers in, numbers out; no I/O, no clock.

mod argument;
pub mod distribution;
mod interval;
mod quadrature;
pub mod sequential;
mod special;

pub use argument::ArgumentError;
pub use interval::Interval;
