//! The resolvers that come with the library.

mod always;
mod bucketing;
mod percent;
mod random;
mod ranges;
mod round_robin;

pub use self::always::{Always, always_candidate, always_control};
pub use self::bucketing::{Bucketing, UnknownBucketing};
pub(crate) use self::percent::basis_points;
pub use self::percent::{Percent, PercentError};
pub use self::random::Random;
pub use self::round_robin::RoundRobin;
