//! Ratio metrics, Σy/Σx over units, with a fixed number of units: by the delta method, clustered by unit.
//!
//! Clicks by page views, revenue by order, orders by session: the unit that was assigned (a visitor) has several of the
//! denominator, and these are not independent. Their variance comes from what each unit contributes:
//!
//! ```
//! use variate_stats::{Side, ratio::{RatioMoments, TwoRatios}};
//!
//! // (clicks, page views) of each visitor
//! let clicks = TwoRatios {
//!     control: [(1.0, 4.0), (0.0, 2.0), (3.0, 9.0), (1.0, 3.0), (0.0, 5.0)].into_iter().collect(),
//!     treatment: [(2.0, 3.0), (1.0, 2.0), (6.0, 9.0), (0.0, 1.0), (2.0, 4.0)].into_iter().collect(),
//! };
//! let difference = clicks.difference(0.05, Side::Both)?;
//! assert!((difference.effect - (11.0 / 19.0 - 5.0 / 23.0)).abs() < 1e-15);
//! # Ok::<(), variate_stats::ArgumentError>(())
//! ```

mod moments;
mod paired;
mod two;

pub use moments::{RatioMoments, RatioTallies};
pub use paired::PairedRatios;
pub use two::TwoRatios;
