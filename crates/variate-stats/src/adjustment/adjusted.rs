use serde::{Deserialize, Serialize};

use crate::Estimate;

/// An effect with and without what was known before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Adjusted {
    /// The effect after the adjustment: what to report.
    pub estimate: Estimate,
    /// The plain difference of the means, by Welch's test.
    pub unadjusted: Estimate,
}

impl Adjusted {
    /// The share of the variance that the adjustment took away; 0.5 is worth twice the units. Below 0 where it did harm.
    pub fn variance_reduction(&self) -> f64 {
        let ratio = self.estimate.standard_error / self.unadjusted.standard_error;
        1.0 - ratio * ratio
    }
}
