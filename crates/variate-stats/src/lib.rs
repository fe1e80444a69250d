//! The mathematics of experiments: numbers in, numbers out; no I/O, no clock.

pub mod allocation;
mod argument;
pub mod bayesian;
pub mod distribution;
mod double_double;
mod moments;
mod special;

pub use double_double::DoubleDouble;
pub use moments::Moments;
mod interval;
mod logarithms;
pub mod multiplicity;
mod quadrature;
pub mod sequential;
mod side;

pub use argument::ArgumentError;
pub use interval::Interval;
pub use side::Side;
