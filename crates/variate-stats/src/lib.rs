//! The mathematics of experiments: numbers in, numbers out; no I/O, no clock.

pub mod distribution;
pub mod ep_stats;
pub mod sequential;
