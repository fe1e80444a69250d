//! How a significance level is spent over the looks.

use serde::{Deserialize, Serialize};

use crate::{
    ArgumentError,
    argument::{finite, fraction, non_negative, positive},
    distribution::Normal,
};

/// An error-spending function: how much of a two-sided level α may have been used up when the fraction t of the
/// planned information is there.
///
/// References: Lan & `DeMets` 1983 (Biometrika 70), Kim & `DeMets` 1987 (Biometrika 74), Hwang, Shih & `DeCani` 1990
/// (Statistics in Medicine 9).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Spending {
    /// Like O'Brien and Fleming's, from the two-sided level: 2 − 2Φ(z<sub>α/2</sub>/√t). Hardly anything early.
    OBrienFleming,
    /// Like O'Brien and Fleming's, α/2 on each side by itself: 4 − 4Φ(z<sub>α/4</sub>/√t), which is what `gsDesign`'s
    /// `sfLDOF` does for a symmetric two-sided design. A little stricter early.
    #[default]
    OBrienFlemingPerSide,
    /// Like Pocock's: α ln(1 + (e − 1)t). Evenly, so that an early stop is likely.
    Pocock,
    /// The power family α·t<sup>φ</sup>, φ > 0: 1 is even, 3 is near to O'Brien and Fleming.
    Power(f64),
    /// Hwang, Shih and `DeCani`: α(1 − e<sup>−γt</sup>)/(1 − e<sup>−γ</sup>), α·t for γ = 0; −4 is near to O'Brien
    /// and Fleming, 1 to Pocock.
    HwangShihDeCani(f64),
}

impl Spending {
    /// What of `alpha` (two-sided, between 0 and 1) is spent at the information fraction `t`, which counts as 1 above 1.
    ///
    /// ```
    /// use variate_stats::sequential::Spending;
    ///
    /// assert!((Spending::OBrienFleming.spent(0.05, 0.5)? - 0.005_575).abs() < 1e-6);
    /// assert!((Spending::Pocock.spent(0.05, 0.5)? - 0.031_006).abs() < 1e-6);
    /// assert_eq!(Spending::Power(2.0).spent(0.05, 1.0)?, 0.05);
    /// # Ok::<(), variate_stats::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1, `t` is negative or not finite, or the function's own parameter is out of
    /// its range.
    pub fn spent(self, alpha: f64, t: f64) -> Result<f64, ArgumentError> {
        fraction("alpha", alpha)?;
        non_negative("information fraction", t)?;
        match self {
            Self::Power(phi) => positive("phi", phi)?,
            Self::HwangShihDeCani(gamma) => finite("gamma", gamma)?,
            _ => 0.0,
        };
        if t >= 1.0 {
            return Ok(alpha);
        }
        if t == 0.0 {
            return Ok(0.0);
        }
        Ok(match self {
            Self::OBrienFleming => {
                2.0 * Normal::STANDARD
                    .cdf(-Normal::STANDARD.survival_quantile(alpha / 2.0) / t.sqrt())
            }
            Self::OBrienFlemingPerSide => {
                4.0 * Normal::STANDARD
                    .cdf(-Normal::STANDARD.survival_quantile(alpha / 4.0) / t.sqrt())
            }
            Self::Pocock => alpha * ((std::f64::consts::E - 1.0) * t).ln_1p(),
            Self::Power(phi) => alpha * t.powf(phi),
            // Both exponentials would overflow below −700: divide by the greater one first.
            Self::HwangShihDeCani(gamma) if gamma < 0.0 => {
                alpha * (-gamma * (t - 1.0)).exp() * (gamma * t).exp_m1() / gamma.exp_m1()
            }
            Self::HwangShihDeCani(gamma) if gamma > 0.0 => {
                alpha * (-gamma * t).exp_m1() / (-gamma).exp_m1()
            }
            Self::HwangShihDeCani(_) => alpha * t,
        })
    }
}
