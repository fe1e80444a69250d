//! Before an experiment: how many units, for how long, and what they can show.
//!
//! ```
//! use variate_stats::{Side, power::{Design, Effect, Outcome, Traffic}};
//!
//! // 10 % convert; 10.5 % would be worth it; two treatments beside the control
//! let design = Design::new(0.05, Side::Both)?.with_power(0.8)?.with_treatments(2)?;
//! let outcome = Outcome::rate(0.1)?;
//! let size = design.sample_size(&outcome, Effect::Relative(0.05))?;
//! assert_eq!((size.control, size.total), (69_952, 209_856));
//!
//! // 8,000 visitors a day, a tenth of them for the first three days
//! let traffic = Traffic::new(8_000.0)?.with_stage(3, 0.1)?;
//! assert_eq!((traffic.days(size.total)?, traffic.weeks(size.total)?), (29, 5));
//!
//! // and what could be seen with half of it?
//! let least = design.minimum_effect(&outcome, 35_000.0)?;
//! assert!((least - 0.0071).abs() < 1e-4);
//! # Ok::<(), variate_stats::ArgumentError>(())
//! ```
//!
//! For looks before the end: [`group_sequential_inflation`] for a planned number of them,
//! [`Design::excluded_in_expectation`] and [`Design::sample_size_of_sequence`] for always-valid methods.

mod design;
mod group;
mod noncentral;
mod outcome;
mod sequence;
mod traffic;

pub use design::{Design, SampleSize};
pub use group::{group_sequential_inflation, group_sequential_power};
pub use outcome::{Effect, Outcome};
pub use traffic::Traffic;
