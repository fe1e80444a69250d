use serde::{Deserialize, Serialize};

use super::Arm;
use crate::Interval;

/// Fieller's set of the ratio of two means: the θ that a t test of m₁ − θ·m₀ = 0 does not reject,
/// (m₁ − θ·m₀)² ≤ t²·(v₁ + θ²·v₀).
///
/// As long as the denominator's mean differs from zero at the same level it is an interval. Where it does not, the ratio may
/// be of any size, and the set says so. Exact for normal values with known variances, and unlike the delta method also with
/// a noisy denominator. E. C. Fieller: Journal of the Royal Statistical Society B 16, 1954.
///
/// ```
/// use variate_stats::{Moments, mean::{Fieller, TwoMeans}};
///
/// let mut arms = TwoMeans {
///     control: Moments::from_tallies(500, 6_000.0, 76_500.0),
///     treatment: Moments::from_tallies(500, 6_200.0, 81_400.0),
/// };
/// let ratio = arms.fieller(0.05)?;
/// assert!(ratio.contains(6_200.0 / 6_000.0) && !ratio.contains(1.0));
/// assert!(matches!(ratio, Fieller::Within(_)));
///
/// // a control that may as well be zero
/// arms.control = Moments::from_tallies(500, 10.0, 76_500.0);
/// assert!(matches!(arms.fieller(0.05)?, Fieller::Outside(_)));
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fieller {
    /// The ratio is within; one end is infinite when the denominator is just at the edge of significance.
    Within(Interval),
    /// The denominator may be zero, the numerator is not: the ratio is at or below the lower, or at or above the upper end.
    Outside(Interval),
    /// Both may be zero: nothing is known of the ratio.
    Anything,
}

impl Fieller {
    /// Whether the ratio may be this; never for NaN.
    pub fn contains(&self, ratio: f64) -> bool {
        match self {
            Self::Within(interval) => interval.contains(ratio),
            Self::Outside(gap) => ratio <= gap.lower || gap.upper <= ratio,
            Self::Anything => !ratio.is_nan(),
        }
    }

    /// The interval, if it is one.
    pub const fn within(&self) -> Option<Interval> {
        match self {
            Self::Within(interval) => Some(*interval),
            Self::Outside(_) | Self::Anything => None,
        }
    }

    /// The set of the ratio less 1: of the lift, when the denominator is positive.
    pub fn lift(&self) -> Self {
        let less = |of: &Interval| Interval::new(of.lower - 1.0, of.upper - 1.0);
        match self {
            Self::Within(interval) => Self::Within(less(interval)),
            Self::Outside(gap) => Self::Outside(less(gap)),
            Self::Anything => Self::Anything,
        }
    }

    /// With the critical value `t`, above 0; not both variances are zero.
    pub(crate) fn of(numerator: &Arm, denominator: &Arm, t: f64) -> Self {
        // In units in which neither squares to infinity or nothing.
        let scaled = |arm: &Arm| {
            let error = arm.variance.sqrt();
            let scale = arm.value.abs().max(error);
            if scale > 0.0 {
                (arm.value / scale, t * (error / scale), scale)
            } else {
                (0.0, 0.0, 1.0)
            }
        };
        let ((top, dy, scale_top), (bottom, dx, scale_bottom)) =
            (scaled(numerator), scaled(denominator));
        // a·θ² − 2b·θ + c ≤ 0
        let (a, b, c) = (
            (bottom - dx) * (bottom + dx),
            bottom * top,
            (top - dy) * (top + dy),
        );
        // b² − ac, without its cancellation.
        let discriminant = (top * dx) * (top * dx) + dy * dy * a;
        let scale = scale_top / scale_bottom;
        if a == 0.0 {
            return if b == 0.0 && c <= 0.0 {
                Self::Anything
            } else if b == 0.0 {
                // Zero for certain, below something that is not.
                Self::Outside(Interval::EVERYTHING)
            } else {
                let end = 0.5 * c / b * scale;
                Self::Within(if b > 0.0 {
                    Interval::new(end, f64::INFINITY)
                } else {
                    Interval::new(f64::NEG_INFINITY, end)
                })
            };
        }
        if discriminant < 0.0 {
            return Self::Anything;
        }
        let root = discriminant.sqrt();
        let far = b + root.copysign(b);
        let (first, second) = if far == 0.0 {
            (0.0, 0.0)
        } else {
            (far / a * scale, c / far * scale)
        };
        let ends = Interval::new(first.min(second), first.max(second));
        if a > 0.0 {
            Self::Within(ends)
        } else {
            Self::Outside(ends)
        }
    }
}
