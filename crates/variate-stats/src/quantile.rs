//! Quantiles of values: medians, the slowest tenth.
//!
//! The standard error comes from order statistics, not from a density: as many values to either side of the quantile as
//! chance may move it by, and the distance between those. Values of one unit that go together (page loads of a user)
//! are counted as such when the units are given.

mod definition;
mod metric;
mod selection;

pub use definition::Definition;
pub(crate) use definition::Place;
pub use metric::{Quantile, QuantileEstimate};
pub(crate) use selection::order_statistics;
