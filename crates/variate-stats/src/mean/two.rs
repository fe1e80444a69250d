use super::arm::Names;
use super::{Arm, Arms, Fieller};
use crate::{ArgumentError, Estimate, Moments, Side};

/// A treatment's mean beside the control's.
///
/// ```
/// use variate_stats::{Moments, Side, mean::TwoMeans};
///
/// let arms = TwoMeans {
///     control: [3.1, 2.4, 3.9, 2.7, 3.3].into_iter().collect(),
///     treatment: [4.4, 3.8, 3.2, 5.0, 4.1].into_iter().collect(),
/// };
/// assert!(arms.welch(0.05, Side::Greater)?.p_value < 0.05);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoMeans {
    /// Of the control.
    pub control: Moments,
    /// Of the treatment.
    pub treatment: Moments,
}

impl TwoMeans {
    /// The other way round.
    pub const fn swapped(self) -> Self {
        Self {
            control: self.treatment,
            treatment: self.control,
        }
    }

    /// Welch's t test of the difference: error √(s₀²/n₀ + s₁²/n₁), and for the degrees of freedom its square's square by
    /// s₀⁴/(n₀²(n₀ − 1)) + s₁⁴/(n₁²(n₁ − 1)).
    ///
    /// Exact enough for normal values with unequal variances, and for others by the central limit theorem: some hundred units
    /// an arm, more when a few of them make most of the sum (where 5 % of the units have a lognormal value, the 95 % interval covers 90 %
    /// with 5,000 units of control and 500 of treatment). B. L. Welch: Biometrika 34, 1947.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side), an arm has fewer than two units, its sums contradict
    /// each other or are not finite, or nothing varies in either arm.
    pub fn welch(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        self.arms()?.difference(alpha, side)
    }

    /// Welch's test of the relative difference (m₁ − m₀)/|m₀|, with its error by the delta method:
    /// √(s₁²/n₁ + (m₁/m₀)²·s₀²/n₀)/|m₀|, the control's own error included. What Ep-Stats and `GrowthBook` do.
    ///
    /// The p-value is that of the relative difference, near that of [`welch`](Self::welch) but not the same. Wrong when the
    /// control's mean is within some four standard errors of zero, or only a few units have a value (with 5 % of 500 units an arm, the
    /// 95 % interval covers 91 %); [`fieller`](Self::fieller) is right also there.
    ///
    /// # Errors
    /// As [`welch`](Self::welch), and when the control's mean is zero.
    pub fn relative(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        self.arms()?.relative(alpha, side)
    }

    /// Fieller's interval of the ratio m₁/m₀, at Welch's degrees of freedom: see [`Fieller`].
    ///
    /// # Errors
    /// As [`welch`](Self::welch).
    pub fn fieller(&self, alpha: f64) -> Result<Fieller, ArgumentError> {
        self.arms()?.fieller(alpha)
    }

    pub(crate) fn arms(&self) -> Result<Arms, ArgumentError> {
        Ok(Arms {
            control: arm(&self.control, Names::CONTROL)?,
            treatment: arm(&self.treatment, Names::TREATMENT)?,
        })
    }
}

/// The mean of one arm with Student's interval; its p-value is that of a mean of zero.
///
/// ```
/// use variate_stats::{Moments, Side, mean};
///
/// let revenue = mean::one(&Moments::from_tallies(500, 6_000.0, 76_500.0), 0.05, Side::Both)?;
/// assert!(revenue.effect == 12.0 && revenue.interval.contains(12.2));
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When `alpha` is not between 0 and 1 (below ½ for one side), there are fewer than two units, their sums contradict each
/// other or are not finite, or nothing varies.
pub fn one(moments: &Moments, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
    arm(moments, Names::ONE)?.estimate(alpha, side)
}

fn arm(moments: &Moments, names: Names) -> Result<Arm, ArgumentError> {
    // The mean first: an infinite value makes the variance NaN.
    if moments.count() >= 2 && !moments.mean().is_finite() {
        return Arm::new(moments.count(), moments.mean(), 0.0, names);
    }
    Arm::new(moments.count(), moments.mean(), moments.variance(), names)
}
