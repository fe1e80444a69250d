//! Whether the traffic is split as planned, watched while it comes in.

use crate::{
    ArgumentError,
    argument::{length, non_negative, positive},
    special::stirling,
};

/// The sequential test for a sample-ratio mismatch: an always-valid p-value of the planned split from the counts.
///
/// With the planned shares θ, the prior Dirichlet(kθ) and the counts n of N units the Bayes factor against the plan is
/// O = Γ(k)/Γ(k+N)·Π Γ(kθ<sub>i</sub>+n<sub>i</sub>)/Γ(kθ<sub>i</sub>) / Π θ<sub>i</sub><sup>n<sub>i</sub></sup>, and the
/// p-value the least 1/O at any look so far, at most 1: keep it with a [`super::Running`] or by yourself. Exact at
/// every sample size, however often one looks.
///
/// Reference: Lindon & Malek 2022 (`NeurIPS` 35, arXiv 2011.03567).
///
/// ```
/// use variate_stats::sequential::SequentialSampleRatio;
///
/// let split = SequentialSampleRatio::new(&[1.0, 1.0])?; // equal shares
/// assert_eq!(split.p_value(&[100.0, 101.0])?, 1.0);
/// assert!((split.p_value(&[180.0, 120.0])? - 0.021_635_836).abs() < 1e-8);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SequentialSampleRatio {
    shares: Vec<f64>,
    concentration: f64,
}

impl SequentialSampleRatio {
    /// A test of the split by `weights` (they need not add up to 1), with a concentration k of 100.
    ///
    /// # Errors
    /// When there are fewer than two weights, or one is not a finite number above 0.
    pub fn new(weights: &[f64]) -> Result<Self, ArgumentError> {
        Self::with_concentration(weights, 100.0)
    }

    /// A test with a `concentration` k of its own: the greater, the more it looks for small deviations.
    ///
    /// # Errors
    /// When there are fewer than two weights, or a weight or `concentration` is not a finite number above 0.
    pub fn with_concentration(weights: &[f64], concentration: f64) -> Result<Self, ArgumentError> {
        length(weights.len() > 1, "weights", weights.len(), "at least 2")?;
        positive("concentration", concentration)?;
        for &weight in weights {
            positive("weight", weight)?;
        }
        let whole = positive("sum of the weights", weights.iter().sum())?;
        let shares: Vec<f64> = weights.iter().map(|weight| weight / whole).collect();
        for &share in &shares {
            positive("share", share)?;
        }
        Ok(Self {
            shares,
            concentration,
        })
    }

    /// ln O, the logarithm of the Bayes factor against the planned split; above ln 20 it is a mismatch at 5 %.
    ///
    /// # Errors
    /// When there are not as many counts as weights, or a count is not a finite number of at least 0.
    pub fn ln_odds(&self, counts: &[f64]) -> Result<f64, ArgumentError> {
        length(
            counts.len() == self.shares.len(),
            "counts",
            counts.len(),
            "as many as there are weights",
        )?;
        for &count in counts {
            non_negative("count", count)?;
        }
        let units = non_negative("sum of the counts", counts.iter().sum())?;
        let k = self.concentration;
        let whole = k + units;
        // Stirling's formula with the terms of the order of N taken together, so that a billion units lose no digits.
        let mut sum = stirling(k) - stirling(whole) + 0.5 * (k / whole).ln() * (arms(counts) - 1.0);
        for (&share, &count) in self.shares.iter().zip(counts) {
            let (prior, posterior) = (k * share, k * share + count);
            // posterior/whole over share is 1 + this.
            let ln_shift = ((count - units * share) / (whole * share)).ln_1p();
            sum += (posterior - 0.5) * ln_shift + stirling(posterior) - stirling(prior);
        }
        Ok(sum)
    }

    /// The p-value of this look: min(1, 1/O).
    ///
    /// # Errors
    /// As [`Self::ln_odds`].
    pub fn p_value(&self, counts: &[f64]) -> Result<f64, ArgumentError> {
        Ok((-self.ln_odds(counts)?).exp().min(1.0))
    }
}

// No experiment has so many arms that a double could not count them.
#[allow(clippy::cast_precision_loss)]
fn arms(counts: &[f64]) -> f64 {
    counts.len() as f64
}
