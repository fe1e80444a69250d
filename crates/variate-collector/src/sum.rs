use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use variate_stats::DoubleDouble;

/// A sum of `f64` kept in two of them, 106 bits in all: exact for integers up to 2^106, and to
/// about 32 digits for everything else. It is [`DoubleDouble`] arithmetic, and serialises as the nearest `f64`.
///
/// ```
/// use variate_collector::Sum;
///
/// let mut sum = Sum::ZERO;
/// for value in [1e16, 1.0, -1e16] {
///     sum += Sum::from(value);
/// }
/// assert_eq!(sum.value(), 1.0); // 0.0 in plain `f64`
/// ```
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Sum(DoubleDouble);

impl Sum {
    /// Nothing summed yet.
    pub const ZERO: Self = Self(DoubleDouble::ZERO);

    /// From its two parts, as [`Sum::parts`] gave them.
    pub fn from_parts(high: f64, low: f64) -> Self {
        Self(DoubleDouble::from_parts(high, low))
    }

    /// The nearest `f64`, and what it is off by.
    pub const fn parts(self) -> (f64, f64) {
        self.0.parts()
    }

    /// The nearest `f64`.
    pub const fn value(self) -> f64 {
        self.0.value()
    }

    /// Times itself.
    pub fn squared(self) -> Self {
        self * self
    }
}

impl From<f64> for Sum {
    fn from(value: f64) -> Self {
        Self(value.into())
    }
}

impl From<u64> for Sum {
    fn from(count: u64) -> Self {
        Self(count.into())
    }
}

impl Add for Sum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        // Most events have no value.
        if other != Self::ZERO {
            self.0 += other.0;
        }
    }
}

impl Neg for Sum {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sub for Sum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Sum {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (high, 0.0) => write!(out, "{high:?}"),
            (high, low) => write!(out, "{high:?} + {low:e}"),
        }
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::from)
    }
}
