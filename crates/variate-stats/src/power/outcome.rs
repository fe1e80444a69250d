use serde::{Deserialize, Serialize};

use crate::argument::{finite, fraction};
use crate::ratio::RatioMoments;
use crate::{ArgumentError, Moments};

/// How large a treatment's effect is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Treatment less control, in the outcome's own unit.
    Absolute(f64),
    /// As a share of the control's: 0.05 is 5 % more.
    Relative(f64),
}

/// What is measured of a unit, as it is without any treatment.
///
/// ```
/// use variate_stats::power::Outcome;
///
/// let conversion = Outcome::rate(0.03)?;
/// let revenue = Outcome::mean(14.2, 38.0)?;
/// assert_eq!((conversion.baseline(), revenue.baseline()), (0.03, 14.2));
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    baseline: f64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Rate { pooled: bool },
    Mean { control: f64, treatment: f64 },
    Ratio { variance: f64 },
}

/// Variances of a unit of the control and of the treatment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    /// As the test takes them to be, without an effect.
    pub(super) assumed: (f64, f64),
    /// As they are.
    pub(super) real: (f64, f64),
    /// Whether the test has a t distribution.
    pub(super) student: bool,
}

impl Outcome {
    /// A proportion, compared by the [score test](crate::proportion::TwoProportions::score).
    ///
    /// # Errors
    /// When `rate` is not between 0 and 1.
    pub fn rate(rate: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            baseline: fraction("rate", rate)?,
            kind: Kind::Rate { pooled: true },
        })
    }

    /// A proportion, compared by [Wald's test](crate::proportion::TwoProportions::wald).
    ///
    /// # Errors
    /// When `rate` is not between 0 and 1.
    pub fn rate_unpooled(rate: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            kind: Kind::Rate { pooled: false },
            ..Self::rate(rate)?
        })
    }

    /// A mean, compared by [Welch's test](crate::mean::TwoMeans::welch).
    ///
    /// # Errors
    /// When `mean` is not finite, or `standard_deviation` (of a unit) is not from 1e-150 to 1e150.
    pub fn mean(mean: f64, standard_deviation: f64) -> Result<Self, ArgumentError> {
        let deviation = deviation(standard_deviation)?;
        Ok(Self {
            baseline: finite("mean", mean)?,
            kind: Kind::Mean {
                control: deviation * deviation,
                treatment: deviation * deviation,
            },
        })
    }

    /// A mean as it was seen before: an arm of a former experiment, or last month.
    ///
    /// # Errors
    /// When there are fewer than two units, their sums contradict each other or are not finite, or nothing varies.
    pub fn of_moments(moments: &Moments) -> Result<Self, ArgumentError> {
        let estimate = crate::mean::one(moments, 0.5, crate::Side::Both)?;
        Self::mean(estimate.effect, moments.standard_deviation())
    }

    /// The same, with another standard deviation of a unit in the treatment; rates and ratios stay as they are.
    ///
    /// # Errors
    /// When `standard_deviation` is not 0 or from 1e-150 to 1e150.
    pub fn with_treatment_deviation(self, standard_deviation: f64) -> Result<Self, ArgumentError> {
        let deviation = if standard_deviation == 0.0 {
            0.0
        } else {
            deviation(standard_deviation)?
        };
        Ok(match self.kind {
            Kind::Mean { control, .. } => Self {
                kind: Kind::Mean {
                    control,
                    treatment: deviation * deviation,
                },
                ..self
            },
            Kind::Rate { .. } | Kind::Ratio { .. } => self,
        })
    }

    /// A ratio metric with its `variance` by unit ([`RatioMoments::variance`]).
    ///
    /// # Errors
    /// When `value` is not finite, or `variance` is not from 1e-300 to 1e300.
    pub fn ratio(value: f64, variance: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            baseline: finite("ratio", value)?,
            kind: Kind::Ratio {
                variance: within("variance", variance, 1e-300, 1e300)?,
            },
        })
    }

    /// A ratio metric as it was seen before.
    ///
    /// # Errors
    /// As [`RatioMoments::variance`], and when nothing varies.
    pub fn of_ratio_moments(moments: &RatioMoments) -> Result<Self, ArgumentError> {
        Self::ratio(moments.value(), moments.variance()?)
    }

    /// The rate, mean or ratio without a treatment.
    pub const fn baseline(&self) -> f64 {
        self.baseline
    }

    /// The effect as treatment less control.
    pub(super) fn absolute(&self, effect: Effect) -> Result<f64, ArgumentError> {
        let (size, unit) = match effect {
            Effect::Absolute(size) => (size, 1.0),
            Effect::Relative(size) => (size, self.baseline.abs()),
        };
        if unit == 0.0 {
            return Err(ArgumentError::Range {
                name: "baseline",
                value: 0.0,
                expected: "another one for a relative effect, or an absolute effect",
            });
        }
        let absolute = finite("effect", size * unit)?;
        if absolute == 0.0 {
            return Err(ArgumentError::Range {
                name: "effect",
                value: size,
                expected: "another one: no number of units shows that there is none",
            });
        }
        Ok(absolute)
    }

    /// How far an effect of this sign can go.
    pub(super) fn largest(&self, positive: bool) -> f64 {
        match self.kind {
            Kind::Rate { .. } if positive => 1.0 - self.baseline,
            Kind::Rate { .. } => self.baseline,
            Kind::Mean { .. } | Kind::Ratio { .. } => f64::INFINITY,
        }
    }

    /// With an absolute effect and so many units of the treatment for one of the control.
    pub(super) fn spread(&self, effect: f64, allocation: f64) -> Result<Spread, ArgumentError> {
        Ok(match self.kind {
            Kind::Rate { pooled } => {
                let treated = fraction("rate of the treatment", self.baseline + effect)?;
                let of = |rate: f64| rate * (1.0 - rate);
                let real = (of(self.baseline), of(treated));
                let both = (self.baseline + allocation * treated) / (1.0 + allocation);
                Spread {
                    assumed: if pooled { (of(both), of(both)) } else { real },
                    real,
                    student: false,
                }
            }
            Kind::Mean { control, treatment } => Spread {
                assumed: (control, treatment),
                real: (control, treatment),
                student: true,
            },
            Kind::Ratio { variance } => Spread {
                assumed: (variance, variance),
                real: (variance, variance),
                student: false,
            },
        })
    }
}

/// Of a size whose square is a number.
fn deviation(value: f64) -> Result<f64, ArgumentError> {
    within("standard deviation", value, 1e-150, 1e150)
}

fn within(name: &'static str, value: f64, least: f64, most: f64) -> Result<f64, ArgumentError> {
    if value >= least && value <= most {
        Ok(value)
    } else {
        Err(ArgumentError::Range {
            name,
            value,
            expected: "a finite number above 0, of a usual size",
        })
    }
}
