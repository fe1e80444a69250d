use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A sum of `f64` kept in two of them, 106 bits in all: exact for integers up to 2^106, and to
/// about 32 digits for everything else.
///
/// Addition is "`AccurateDWPlusDW`" and multiplication "`DWTimesDW3`" of M. Joldes, J.-M. Muller,
/// V. Popescu: "Tight and rigorous error bounds for basic building blocks of double-word arithmetic",
/// ACM TOMS 44(2), 2017.
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
pub struct Sum {
    high: f64,
    low: f64,
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_a = sum - b;
    let of_b = sum - of_a;
    (sum, (a - of_a) + (b - of_b))
}

fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

impl Sum {
    /// Nothing summed yet.
    pub const ZERO: Self = Self {
        high: 0.0,
        low: 0.0,
    };

    /// From its two parts, as [`Sum::parts`] gave them.
    pub fn from_parts(high: f64, low: f64) -> Self {
        let (high, low) = two_sum(high, low);
        Self { high, low }
    }

    /// The nearest `f64`, and what it is off by.
    pub const fn parts(self) -> (f64, f64) {
        (self.high, self.low)
    }

    /// The nearest `f64`.
    pub const fn value(self) -> f64 {
        self.high
    }

    /// Times itself.
    pub fn squared(self) -> Self {
        self * self
    }
}

impl From<f64> for Sum {
    fn from(value: f64) -> Self {
        Self {
            high: value,
            low: 0.0,
        }
    }
}

impl From<u64> for Sum {
    #[expect(clippy::cast_precision_loss, reason = "each half is below 2^32")]
    fn from(count: u64) -> Self {
        Self::from_parts(
            ((count >> 32) as f64) * 4_294_967_296.0,
            (count & 0xffff_ffff) as f64,
        )
    }
}

impl Add for Sum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, high_error) = two_sum(self.high, other.high);
        let (low, low_error) = two_sum(self.low, other.low);
        let (high, error) = fast_two_sum(high, high_error + low);
        let (high, low) = fast_two_sum(high, low_error + error);
        Self { high, low }
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Sum {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }
}

impl Sub for Sum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Sum {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (high, error) = two_product(self.high, other.high);
        let low = self.high.mul_add(
            other.low,
            self.low.mul_add(other.high, self.low * other.low),
        );
        let (high, low) = fast_two_sum(high, error + low);
        Self { high, low }
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == 0.0 {
            self.high.fmt(out)
        } else {
            write!(out, "{:?} + {:e}", self.high, self.low)
        }
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.high)
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::from)
    }
}
