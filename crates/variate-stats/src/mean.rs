//! Means with a fixed number of units: Welch's test of the difference and of the relative difference, Fieller's
//! interval of the ratio.
//!
//! ```
//! use variate_stats::{Moments, Side, mean::TwoMeans};
//!
//! // How many, Σx and Σx² of each arm.
//! let revenue = TwoMeans {
//!     control: Moments::from_tallies(500, 6_000.0, 76_500.0),
//!     treatment: Moments::from_tallies(500, 6_200.0, 81_400.0),
//! };
//! let difference = revenue.welch(0.05, Side::Both)?;
//! assert!((difference.effect - 0.4).abs() < 1e-12 && (difference.p_value - 0.035_651).abs() < 1e-6);
//!
//! let lift = revenue.relative(0.05, Side::Both)?;
//! assert!(lift.interval.lower > 0.0 && lift.interval.contains(0.4 / 12.0));
//! # Ok::<(), variate_stats::ArgumentError>(())
//! ```
//!
//! A metric whose denominator differs from unit to unit (clicks by page views, where units are visitors) is a
//! [ratio](crate::ratio), not a mean.

mod arm;
mod fieller;
mod two;

pub(crate) use arm::{Arm, Arms, Names};
pub use fieller::Fieller;
pub use two::{TwoMeans, one};
