#![doc = include_str!("../README.md")]

pub mod adjustment;
pub mod allocation;
mod argument;
pub mod bayesian;
pub mod bootstrap;
pub mod contingency;
pub mod distribution;
mod double_double;
pub mod ep_stats;
mod estimate;
pub mod evaluation;
mod goodness_of_fit;
#[cfg(doctest)]
mod guide;
mod interval;
pub mod mean;
mod moments;
pub mod multiplicity;
pub mod power;
pub mod proportion;
mod quadrature;
pub mod quantile;
pub mod random;
pub mod rank;
pub mod ratio;
pub mod sequential;
mod side;
mod special;
mod values;
pub mod winsorise;
pub mod words;

pub use argument::ArgumentError;
pub use double_double::DoubleDouble;
pub use estimate::Estimate;
pub use interval::Interval;
pub use moments::Moments;
pub use side::Side;
