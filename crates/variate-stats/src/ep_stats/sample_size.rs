use serde::{Deserialize, Serialize};

use super::power::required;

/// What is known before an experiment, to plan its size.
///
/// ```
/// use variate_stats::ep_stats::SampleSize;
///
/// assert_eq!(SampleSize::of_rate(0.4, 0.05).per_variant()?, 9489.0);
/// assert_eq!(SampleSize::of_mean(0.2, 1.2, 0.1).per_variant()?, 56512.0);
/// # Ok::<(), variate_stats::ep_stats::SampleSizeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SampleSize {
    /// How many variants, control among them.
    pub n_variants: i64,
    /// The smallest relative effect worth finding; below 0 a fall, of which a rate needs fewer units than of a rise.
    pub minimum_effect: f64,
    /// The mean, or the rate.
    pub mean: f64,
    /// The standard deviation; a rate has none of its own.
    pub std: Option<f64>,
    /// The level.
    pub confidence_level: f64,
    /// The power.
    pub power: f64,
}

/// The size cannot be planned for this.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleSizeError {
    /// None; to Ep-Stats also a negative one.
    #[error(
        "minimum effect is {0}; give a finite number, such as 0.05 for 5 % more or -0.05 for 5 % less"
    )]
    Effect(f64),
    /// Nothing to compare.
    #[error("{0} variants; a comparison needs two")]
    Variants(i64),
    /// No rate.
    #[error("mean is {0}, but without std it is a rate between 0 and 1; give std or a rate")]
    Rate(f64),
    /// Nothing that an effect could be relative to.
    #[error("mean is {0}; a relative effect needs a finite one that is not 0")]
    Mean(f64),
    /// No deviation.
    #[error("std is {0}; give a finite number above 0")]
    Std(f64),
    /// No level.
    #[error("confidence level is {0}; give a number between 0 and 1, such as 0.95")]
    Level(f64),
    /// A power that is none, or that chance alone has.
    #[error("power is {0}; give a number above the level of error and below 1, such as 0.8")]
    Power(f64),
}

impl SampleSizeError {
    /// The field of a request that it is about.
    pub(crate) fn field(&self) -> &'static str {
        match self {
            Self::Effect(_) => "minimum_effect",
            Self::Variants(_) => "n_variants",
            Self::Rate(_) | Self::Mean(_) => "mean",
            Self::Std(_) => "std",
            Self::Level(_) => "confidence_level",
            Self::Power(_) => "power",
        }
    }

    pub(crate) fn told_by_the_original(&self) -> String {
        match self {
            Self::Effect(_) => "minimum_effect must be greater than zero.".to_owned(),
            Self::Variants(_) => "There must be at least two variants.".to_owned(),
            Self::Rate(mean) => {
                format!(
                    "mean must be between zero and one, received {}.",
                    super::python::float_text(*mean)
                )
            }
            other => other.to_string(),
        }
    }
}

impl SampleSize {
    /// For a rate, two variants, a level of 95 % and a power of 80 %.
    pub fn of_rate(rate: f64, minimum_effect: f64) -> Self {
        Self {
            n_variants: 2,
            minimum_effect,
            mean: rate,
            std: None,
            confidence_level: 0.95,
            power: 0.8,
        }
    }

    /// The same for a mean with its standard deviation.
    pub fn of_mean(mean: f64, std: f64, minimum_effect: f64) -> Self {
        Self {
            std: Some(std),
            ..Self::of_rate(mean, minimum_effect)
        }
    }

    /// How many units each variant needs; infinitely many for an effect of 0, NaN if the rate would rise above 1 or fall below 0.
    ///
    /// # Errors
    ///
    /// The effect is not finite, there are fewer than two variants, a rate is none, the mean is 0, the standard deviation not above 0,
    /// the level not between 0 and 1, or the power not between 1 less the level and 1.
    pub fn per_variant(&self) -> Result<f64, SampleSizeError> {
        let error = 1.0 - self.confidence_level;
        if self.std.is_none() && !(0.0..=1.0).contains(&self.mean) {
            return Err(SampleSizeError::Rate(self.mean));
        }
        if self.mean == 0.0 || !self.mean.is_finite() {
            return Err(SampleSizeError::Mean(self.mean));
        }
        if let Some(std) = self.std.filter(|std| !(*std > 0.0 && std.is_finite())) {
            return Err(SampleSizeError::Std(std));
        }
        if !self.minimum_effect.is_finite() {
            return Err(SampleSizeError::Effect(self.minimum_effect));
        }
        if !(error > 0.0 && error < 1.0) {
            return Err(SampleSizeError::Level(self.confidence_level));
        }
        if !(self.power > error && self.power < 1.0) {
            return Err(SampleSizeError::Power(self.power));
        }
        if self.minimum_effect == 0.0 && self.n_variants >= 2 {
            return Ok(f64::INFINITY);
        }
        self.formula()
    }

    /// The same, with what the formula gives for numbers that make no sense.
    pub(crate) fn as_the_original(&self) -> Result<f64, SampleSizeError> {
        let is_rate = self.std.is_some() || (0.0..=1.0).contains(&self.mean);
        if self.minimum_effect < 0.0 && is_rate {
            return Err(SampleSizeError::Effect(self.minimum_effect));
        }
        self.formula()
    }

    fn formula(&self) -> Result<f64, SampleSizeError> {
        let variances = if let Some(std) = self.std {
            2.0 * std * std
        } else {
            let rate = |rate: f64| rate * (1.0 - rate);
            if !(0.0..=1.0).contains(&self.mean) {
                return Err(SampleSizeError::Rate(self.mean));
            }
            let changed = self.mean * (1.0 + self.minimum_effect);
            if !(0.0..=1.0).contains(&changed) {
                return Ok(f64::NAN);
            }
            rate(self.mean) + rate(changed)
        };
        if self.n_variants < 2 {
            return Err(SampleSizeError::Variants(self.n_variants));
        }
        let alpha = (1.0 - self.confidence_level) / (self.n_variants as f64 - 1.0);
        Ok(required(
            variances,
            self.mean * self.minimum_effect,
            alpha,
            self.power,
        ))
    }
}
