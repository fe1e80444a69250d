//! The mathematics of experiments: numbers in, numbers out; no I/O, no clock.

pub mod distribution;
mod double_double;
mod moments;
mod special;

pub use double_double::DoubleDouble;
pub use moments::Moments;
