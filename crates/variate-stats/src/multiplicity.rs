//! Many questions to one experiment: p-values that still mean what they say.

mod adjustment;
mod dunnett;

pub use adjustment::Adjustment;
pub use dunnett::{Dunnett, DunnettComparison, Group, dunnett};
