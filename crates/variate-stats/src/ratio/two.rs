use super::RatioMoments;
use crate::mean::{Arms, Fieller, Names};
use crate::{ArgumentError, Estimate, Side};

/// A treatment's ratio beside the control's.
///
/// ```
/// use variate_stats::{Side, ratio::{RatioMoments, TwoRatios}};
///
/// let visitors = |clicks: f64| (1..=200_u32).map(move |i| (clicks * f64::from(i % 3), f64::from(1 + i % 7)));
/// let rates = TwoRatios {
///     control: visitors(1.0).collect(),
///     treatment: visitors(1.2).collect(),
/// };
/// let lift = rates.relative(0.05, Side::Both)?;
/// assert!((lift.effect - 0.2).abs() < 1e-12 && lift.interval.contains(0.2));
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoRatios {
    /// Of the control.
    pub control: RatioMoments,
    /// Of the treatment.
    pub treatment: RatioMoments,
}

impl TwoRatios {
    /// The other way round.
    pub const fn swapped(self) -> Self {
        Self {
            control: self.treatment,
            treatment: self.control,
        }
    }

    /// The difference R₁ − R₀, tested as two means of what units contribute ([`RatioMoments::variance`]) with Welch's degrees of
    /// freedom.
    ///
    /// The delta method is of large samples: it wants some hundred units an arm, and a denominator's sum whose standard
    /// error is a small part of it.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side), an arm has fewer than two units, a denominator's sum is
    /// zero, sums contradict each other or are not finite, or nothing varies in either arm.
    pub fn difference(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        self.arms()?.difference(alpha, side)
    }

    /// The relative difference (R₁ − R₀)/|R₀|, its error by the delta method once more.
    ///
    /// # Errors
    /// As [`difference`](Self::difference), and when the control's ratio is zero.
    pub fn relative(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        self.arms()?.relative(alpha, side)
    }

    /// Fieller's interval of R₁/R₀: for a control's ratio that is not far from zero.
    ///
    /// # Errors
    /// As [`difference`](Self::difference).
    pub fn fieller(&self, alpha: f64) -> Result<Fieller, ArgumentError> {
        self.arms()?.fieller(alpha)
    }

    pub(crate) fn arms(&self) -> Result<Arms, ArgumentError> {
        Ok(Arms {
            control: self.control.arm(Names::CONTROL)?,
            treatment: self.treatment.arm(Names::TREATMENT)?,
        })
    }
}
