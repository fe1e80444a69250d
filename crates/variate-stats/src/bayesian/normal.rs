//! What is known of a mean or an effect.

use serde::{Deserialize, Serialize};

use super::{Better, Posterior, arms::sealed::Arm};
use crate::{
    ArgumentError, Interval,
    argument::{finite, fraction, positive},
    distribution::Normal,
    sequential::Look,
};

/// What was believed of an effect before the data: a normal distribution, or nothing.
///
/// ```
/// use variate_stats::bayesian::NormalPrior;
///
/// // effects of about ±25 %, for an effect measured in euros at 16 a user
/// let prior = NormalPrior::new(0.0, 0.25)?.times(16.0)?;
/// assert_eq!(prior, NormalPrior::new(0.0, 4.0)?);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct NormalPrior {
    mean: f64,
    /// 0 for nothing known.
    precision: f64,
}

impl NormalPrior {
    /// N(`mean`, `deviation`²).
    ///
    /// # Errors
    /// When `mean` is not finite, or `deviation` is not from 1e-150 to 1e150.
    pub fn new(mean: f64, deviation: f64) -> Result<Self, ArgumentError> {
        let mean = finite("mean", mean)?;
        Ok(Self {
            mean,
            precision: scale("deviation", deviation)?.powi(-2),
        })
    }

    /// Every effect equally likely: the posterior is what the data say alone.
    pub fn flat() -> Self {
        Self::default()
    }

    /// The same belief on another scale: a prior of the relative effect times |mean of the control| is one of the
    /// absolute effect; times 1/|mean| leads back.
    ///
    /// # Errors
    /// When `factor` is 0, not finite or too great or small.
    pub fn times(self, factor: f64) -> Result<Self, ArgumentError> {
        let factor = scale("factor", factor.abs())?;
        let mean = finite("mean times factor", self.mean * factor)?;
        Ok(Self {
            mean,
            precision: self.precision / (factor * factor),
        })
    }
}

fn scale(name: &'static str, value: f64) -> Result<f64, ArgumentError> {
    if (1e-150..=1e150).contains(&value) {
        Ok(value)
    } else {
        Err(ArgumentError::Range {
            name,
            value,
            expected: "a number from 1e-150 to 1e150",
        })
    }
}

/// The normal posterior of an effect, or of the mean of an arm.
///
/// Of an effect Δ with variance V and a prior N(m, s²): precision 1/V + 1/s², mean (Δ/V + m/s²)/(1/V + 1/s²). With
/// the mean μ and the deviation σ the chance to win is Φ(μ/σ), the expected loss of shipping σφ(μ/σ) − μΦ(−μ/σ) and
/// of keeping the control σφ(μ/σ) + μΦ(μ/σ).
///
/// Reference: `GrowthBook`'s and VWO's engines; Stucchio 2015 ("Bayesian A/B testing at VWO").
///
/// ```
/// use variate_stats::{bayesian::{Better, NormalPosterior, NormalPrior}, sequential::Look};
///
/// let look = Look::new(0.0503, 0.0159_f64.powi(2), 4100.0)?; // +5.03 % relative
/// let posterior = NormalPosterior::of_effect(&look, &NormalPrior::new(0.0, 0.3)?)?;
/// assert!((posterior.chance_to_win(Better::Greater) - 0.9992).abs() < 1e-4);
/// assert!(posterior.loss_of_shipping(Better::Greater) < 1e-5);
/// assert!(!posterior.credible_interval(0.05)?.contains(0.0));
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NormalPosterior {
    mean: f64,
    deviation: f64,
}

impl NormalPosterior {
    /// N(`mean`, `deviation`²).
    ///
    /// # Errors
    /// When `mean` is not finite and below 1e150, or `deviation` is not from 1e-150 to 1e150.
    pub fn new(mean: f64, deviation: f64) -> Result<Self, ArgumentError> {
        if mean.abs() > 1e150 {
            return Err(ArgumentError::Range {
                name: "mean",
                value: mean,
                expected: "a number from -1e150 to 1e150",
            });
        }
        Ok(Self {
            mean: finite("mean", mean)?,
            deviation: scale("deviation", deviation)?,
        })
    }

    /// The posterior of an effect after what a look has shown.
    ///
    /// # Errors
    /// When the numbers are so great or small that the posterior is not finite.
    pub fn of_effect(look: &Look, prior: &NormalPrior) -> Result<Self, ArgumentError> {
        let precision = positive("precision", 1.0 / look.variance() + prior.precision)?;
        // Weights that add up to 1.
        let prior_weight = prior.precision / precision;
        let data_weight = 1.0 / (1.0 + look.variance() * prior.precision);
        Self::new(
            data_weight * look.effect() + prior_weight * prior.mean,
            precision.sqrt().recip(),
        )
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation.
    pub fn standard_deviation(&self) -> f64 {
        self.deviation
    }

    fn z(&self, better: Better) -> f64 {
        let z = self.mean / self.deviation;
        if better == Better::Greater { z } else { -z }
    }

    /// The probability that the effect is on the better side of 0.
    pub fn chance_to_win(&self, better: Better) -> f64 {
        Normal::STANDARD.cdf(self.z(better))
    }

    /// What is lost on average, in the effect's unit, by shipping the treatment although it may be worse.
    pub fn loss_of_shipping(&self, better: Better) -> f64 {
        self.deviation * loss(self.z(better))
    }

    /// What is lost on average, in the effect's unit, by keeping the control although the treatment may be better.
    pub fn loss_of_keeping(&self, better: Better) -> f64 {
        self.deviation * loss(-self.z(better))
    }

    /// The interval with a probability of 1 − `alpha` that leaves α/2 on each side.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1.
    pub fn credible_interval(&self, alpha: f64) -> Result<Interval, ArgumentError> {
        let half = positive("half of alpha", fraction("alpha", alpha)? / 2.0)?;
        Ok(Interval::around(
            self.mean,
            self.deviation * Normal::STANDARD.survival_quantile(half),
        ))
    }
}

/// φ(z) − zΦ(−z), the mean of (X − z)⁺ for a standard normal X.
///
/// The terms cancel for a great z; there it is Φ(−z) times the continued fraction of the repeated integrals of the
/// error function (Gautschi 1961): r₁ = 1/(z + 2r₂), rₙ = 1/(z + (n+1)rₙ₊₁).
fn loss(z: f64) -> f64 {
    if z < 1.0 {
        return Normal::STANDARD.pdf(z) - z * Normal::STANDARD.survival(z);
    }
    let mut ratio = 0.0;
    for n in (1..=400).rev() {
        ratio = 1.0 / (z + (f64::from(n) + 1.0) * ratio);
    }
    Normal::STANDARD.survival(z) * ratio
}

impl Posterior for NormalPosterior {}

impl Arm for NormalPosterior {
    fn centre(&self) -> f64 {
        self.mean
    }

    fn scale(&self) -> f64 {
        self.deviation
    }

    fn grain(&self) -> f64 {
        self.deviation
    }

    fn ln_density(&self, at: f64) -> f64 {
        Normal::STANDARD.ln_pdf((at - self.mean) / self.deviation) - self.deviation.ln()
    }

    fn ln_tails(&self, at: f64) -> (f64, f64) {
        let z = (at - self.mean) / self.deviation;
        (Normal::STANDARD.ln_cdf(z), Normal::STANDARD.ln_survival(z))
    }

    fn ln_slope(&self, _at: f64) -> f64 {
        0.0
    }
}
