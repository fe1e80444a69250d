use serde::{Deserialize, Serialize};

use crate::values::{Mean, difference};
use crate::{ArgumentError, Estimate, Moments, Side};

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

/// Welch's test of two means.
pub(super) fn welch(
    control: &Moments,
    treatment: &Moments,
    alpha: f64,
    side: Side,
) -> Result<Estimate, ArgumentError> {
    difference(Mean::of(control)?, Mean::of(treatment)?, alpha, side)
}
