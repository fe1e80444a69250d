//! Validity, shown: every method of `variate-stats` in simulations with a known truth. How often it raises a false alarm when it is read
//! once, each day and all the time, how often its intervals hold the truth, and whether experiments of the size that it asks for see what
//! they are for.
//!
//! `cargo run --release -p variate-validity` makes `docs/validity.md`; a fast subset of the same studies are this crate's tests.

// Not a library that a host runs: what cannot be simulated is to stop it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc
)]

mod alarms;
mod claim;
pub mod plot;
pub mod report;
pub mod studies;
mod study;
mod world;

pub use alarms::{Alarms, DAILY, Moment, ONCE};
pub use claim::{Claim, Promise, Rate, Verdict};
pub use studies::suite;
pub use study::{Found, Study};
pub use variate_stats::random::Random;
pub use world::World;
