use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// A number kept in two `f64`, 106 bits in all: exact for integers up to 2^106, and to about 32 digits for
/// everything else.
///
/// Addition is "`AccurateDWPlusDW`", multiplication "`DWTimesDW3`" and division "`DWDivDW2`" of M. Joldes,
/// J.-M. Muller, V. Popescu: "Tight and rigorous error bounds for basic building blocks of double-word
/// arithmetic", ACM TOMS 44(2), 2017.
///
/// ```
/// use variate_stats::DoubleDouble;
///
/// let sum: DoubleDouble = [1e16, 1.0, -1e16].into_iter().map(DoubleDouble::from).sum();
/// assert_eq!(sum.value(), 1.0); // 0.0 in plain `f64`
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DoubleDouble {
    high: f64,
    low: f64,
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_a = sum - b;
    let of_b = sum - of_a;
    (sum, (a - of_a) + (b - of_b))
}

impl DoubleDouble {
    /// Nothing.
    pub const ZERO: Self = Self {
        high: 0.0,
        low: 0.0,
    };

    /// The sum of two parts, of any size.
    pub fn from_parts(high: f64, low: f64) -> Self {
        let (high, low) = two_sum(high, low);
        Self::whole(high, low)
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

    /// What is infinite or NaN has no rest.
    fn whole(high: f64, low: f64) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        Self { high, low }
    }

    fn normalised(high: f64, low: f64) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        let sum = high + low;
        Self::whole(sum, low - (sum - high))
    }
}

impl From<f64> for DoubleDouble {
    fn from(value: f64) -> Self {
        Self {
            high: value,
            low: 0.0,
        }
    }
}

impl From<u64> for DoubleDouble {
    #[expect(clippy::cast_precision_loss, reason = "each half is below 2^32")]
    fn from(count: u64) -> Self {
        Self::from_parts(
            ((count >> 32) as f64) * 4_294_967_296.0,
            (count & 0xffff_ffff) as f64,
        )
    }
}

impl From<(f64, f64)> for DoubleDouble {
    fn from((high, low): (f64, f64)) -> Self {
        Self::from_parts(high, low)
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, high_error) = two_sum(self.high, other.high);
        let (low, low_error) = two_sum(self.low, other.low);
        // Two errors together may have a bit more than one number holds.
        let (middle, middle_error) = two_sum(high_error, low);
        let first = Self::normalised(high, middle);
        Self::normalised(first.high, first.low + (middle_error + low_error))
    }
}

impl AddAssign for DoubleDouble {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for DoubleDouble {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = self.high * other.high;
        let error = self.high.mul_add(other.high, -product);
        let low = self.high.mul_add(
            other.low,
            self.low.mul_add(other.high, self.low * other.low),
        );
        Self::normalised(product, error + low)
    }
}

impl Div for DoubleDouble {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let quotient = self.high / other.high;
        if quotient == 0.0 || !quotient.is_finite() {
            return Self::from(quotient);
        }
        let rest = self - other * Self::from(quotient);
        Self::normalised(quotient, rest.high / other.high)
    }
}

impl std::iter::Sum for DoubleDouble {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, Add::add)
    }
}
