//! The normal-mixture bound of a sum.

use crate::{
    ArgumentError, Side,
    argument::{fraction, non_negative, positive},
    distribution::Normal,
    quadrature::increasing_root,
};

/// The normal-mixture bound: how far a sum of centred terms may stray, at any time, when its variance so far is v.
///
/// Two-sided: √((v+r)(ln(1+v/r) + 2 ln(1/α))), and one-sided the root s of
/// ½ ln(4r/(v+r)) + s²/(2(v+r)) + ln Φ(s/√(v+r)) = ln(1/α), with r = v*/(2 ln(1/α*) + ln(1 + 2 ln(1/α*))) tuned for the
/// variance v* (one-sided with 2α*). For sub-Gaussian sums with variance proxy v; [`AsymptoticSequence`] is its use
/// for means.
///
/// Reference: Howard, Ramdas, `McAuliffe` & Sekhon 2021 (Annals of Statistics 49), propositions 5 and 6; Robbins 1970.
///
/// [`AsymptoticSequence`]: super::AsymptoticSequence
///
/// ```
/// use variate_stats::sequential::NormalMixture;
///
/// let mixture = NormalMixture::new(0.05, 100.0)?;
/// assert!((mixture.two_sided(1.0)? - 9.084_379_437).abs() < 1e-8);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalMixture {
    alpha: f64,
    optimal: f64,
}

impl NormalMixture {
    /// A bound at level `alpha` that is tightest at about the variance `optimal`.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1, or `optimal` is not a finite number above 0.
    pub fn new(alpha: f64, optimal: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            alpha: fraction("alpha", alpha)?,
            optimal: positive("optimal variance", optimal)?,
        })
    }

    /// The bound of |sum| at the variance `v`.
    ///
    /// # Errors
    /// When `v` is not a finite number of at least 0.
    pub fn two_sided(&self, v: f64) -> Result<f64, ArgumentError> {
        let v = non_negative("variance", v)?;
        let r = tuning(self.optimal, self.alpha);
        Ok(((v + r) * ((v / r).ln_1p() - 2.0 * self.alpha.ln())).sqrt())
    }

    /// The bound of the sum from above alone at the variance `v`.
    ///
    /// # Errors
    /// When `v` is not a finite number of at least 0, or α is not below ½.
    pub fn one_sided(&self, v: f64) -> Result<f64, ArgumentError> {
        let v = non_negative("variance", v)?;
        if self.alpha >= 0.5 {
            return Err(ArgumentError::Range {
                name: "alpha",
                value: self.alpha,
                expected: "a number below 0.5",
            });
        }
        let r = tuning(self.optimal, 2.0 * self.alpha);
        // In units of √(v+r), in which the left side grows with its argument.
        let target = -self.alpha.ln() + 0.5 * ((v / r).ln_1p() - 4.0_f64.ln());
        let high = (2.0 * (target.max(0.0) + 1.0)).sqrt() + 1.0;
        let root = increasing_root(
            |s| 0.5 * s * s + Normal::STANDARD.ln_cdf(s) - target,
            0.0,
            high,
        );
        Ok(root * (v + r).sqrt())
    }

    /// The always-valid p-value of a `sum` at the variance `v`: one over the mixture's likelihood ratio.
    ///
    /// # Errors
    /// When `sum` is not finite, `v` is not a finite number of at least 0, or α is not below ½ for one side.
    pub fn p_value(&self, sum: f64, v: f64, side: Side) -> Result<f64, ArgumentError> {
        let sum = crate::argument::finite("sum", sum)?;
        let v = non_negative("variance", v)?;
        let two_sided = if side == Side::Both {
            self.alpha
        } else {
            2.0 * self.alpha
        };
        let r = tuning(self.optimal, fraction("alpha", two_sided)?);
        let z = sum / (v + r).sqrt();
        let growth = 0.5 * (v / r).ln_1p() - 0.5 * z * z;
        let ln_p = match side {
            Side::Both => growth,
            Side::Greater => growth - 2.0_f64.ln() - Normal::STANDARD.ln_cdf(z),
            Side::Less => growth - 2.0_f64.ln() - Normal::STANDARD.ln_cdf(-z),
        };
        Ok(ln_p.exp().min(1.0))
    }
}

/// r, for a two-sided level.
pub(super) fn tuning(optimal: f64, alpha: f64) -> f64 {
    let logarithm = -2.0 * alpha.ln();
    optimal / (logarithm + logarithm.ln_1p())
}
