use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a metric is like without any treatment.
///
/// As a text, numbers with a colon between them; what they say depends on the metric's kind:
///
/// | kind | text | |
/// |---|---|---|
/// | `conversion` | `0.04` | the share of units that do it |
/// | `count` | `1.5` or `1.5:2.4` | the mean of a unit's number of events, and its standard deviation: Poisson's without |
/// | `value` | `20:35` | mean and standard deviation of a unit's total |
/// | `ratio` | `0.1`, `60:35`, `60:35:0.04` or `0.1::5` | the ratio, the standard deviation of one of what it is divided by, and how many of those a unit has: 1 without |
///
/// ```
/// use variate_simulation::Baseline;
///
/// let order_value: Baseline = "60:35:0.04".parse()?;
/// assert_eq!(order_value, Baseline::new(60.0).deviation(35.0).per_unit(0.04));
/// # Ok::<(), variate_simulation::BaselineError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Baseline {
    /// The rate, mean or ratio.
    pub value: f64,
    /// The standard deviation, where it is not that of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// Of a ratio: how many of what it is divided by a unit has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_unit: Option<f64>,
}

/// Why a text is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no baseline: write a rate or mean, as 0.04, a mean and a standard deviation, as 20:35, or for a ratio also how many a unit has, as 60:35:0.04"
)]
pub struct BaselineError(pub String);

impl Baseline {
    /// A rate, mean or ratio.
    pub const fn new(value: f64) -> Self {
        Self {
            value,
            deviation: None,
            per_unit: None,
        }
    }

    /// With a standard deviation.
    #[must_use]
    pub const fn deviation(mut self, deviation: f64) -> Self {
        self.deviation = Some(deviation);
        self
    }

    /// Of a ratio: with so many of what it is divided by for each unit.
    #[must_use]
    pub const fn per_unit(mut self, per_unit: f64) -> Self {
        self.per_unit = Some(per_unit);
        self
    }
}

impl FromStr for Baseline {
    type Err = BaselineError;

    fn from_str(text: &str) -> Result<Self, BaselineError> {
        let wrong = || BaselineError(text.to_owned());
        let number = |part: &str| {
            let number = part.trim().parse().ok();
            number.filter(|of: &f64| of.is_finite()).ok_or_else(wrong)
        };
        let parts: Vec<&str> = text.split(':').collect();
        match *parts.as_slice() {
            [value] => Ok(Self::new(number(value)?)),
            [value, deviation] => Ok(Self::new(number(value)?).deviation(number(deviation)?)),
            [value, deviation, per_unit] => Ok(Self {
                value: number(value)?,
                deviation: match deviation.trim() {
                    "" => None,
                    deviation => Some(number(deviation)?),
                },
                per_unit: Some(number(per_unit)?),
            }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.value)?;
        match (self.deviation, self.per_unit) {
            (Some(deviation), None) => write!(out, ":{deviation}"),
            (Some(deviation), Some(per_unit)) => write!(out, ":{deviation}:{per_unit}"),
            (None, Some(per_unit)) => write!(out, "::{per_unit}"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_up_to_three_numbers() {
        for text in ["0.04", "20:35", "60:35:0.04", "-3:2", "0.1::5"] {
            assert_eq!(text.parse::<Baseline>().unwrap().to_string(), text);
        }
        for text in ["", "x", "1:", "1:2:3:4", "NaN", "inf:1"] {
            let error = text.parse::<Baseline>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{text}` is no ")));
        }
    }
}
