//! An interval of plausible values.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An interval with both ends included; an end may be infinite, which is written as `null`.
///
/// ```
/// use variate_stats::Interval;
///
/// let effect = Interval::new(0.01, 0.03);
/// assert!(effect.contains(0.02) && !effect.contains(0.0));
/// assert_eq!(effect.intersection(Interval::new(0.02, f64::INFINITY)), Some(Interval::new(0.02, 0.03)));
/// assert_eq!(effect.intersection(Interval::new(0.04, 0.05)), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end, −∞ when there is none.
    #[serde(serialize_with = "write", deserialize_with = "read_lower")]
    pub lower: f64,
    /// The upper end, +∞ when there is none.
    #[serde(serialize_with = "write", deserialize_with = "read_upper")]
    pub upper: f64,
}

impl Interval {
    /// Every number: nothing is known.
    pub const EVERYTHING: Self = Self {
        lower: f64::NEG_INFINITY,
        upper: f64::INFINITY,
    };

    /// The interval from `lower` to `upper`.
    pub const fn new(lower: f64, upper: f64) -> Self {
        Self { lower, upper }
    }

    /// The interval `centre` ± `half`.
    pub fn around(centre: f64, half: f64) -> Self {
        Self {
            lower: centre - half,
            upper: centre + half,
        }
    }

    /// Whether `value` is within; never for NaN.
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Upper less lower end.
    pub fn width(self) -> f64 {
        self.upper - self.lower
    }

    /// Every difference of a value of this and one of `other`: the effect, when this is the treatment's interval and
    /// `other` the control's, at a level that is the sum of theirs.
    pub fn minus(self, other: Self) -> Self {
        Self {
            lower: self.lower - other.upper,
            upper: self.upper - other.lower,
        }
    }

    /// What both hold; `None` when they have nothing in common.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self {
            lower: self.lower.max(other.lower),
            upper: self.upper.min(other.upper),
        };
        (both.lower <= both.upper).then_some(both)
    }
}

// Serde asks for a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) fn write<S: Serializer>(end: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    end.is_finite().then_some(*end).serialize(serializer)
}

fn read_lower<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NEG_INFINITY))
}

pub(crate) fn read_upper<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}
