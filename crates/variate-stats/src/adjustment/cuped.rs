use super::Adjusted;
use super::paired::PairedMoments;
use crate::argument::{finite, length};
use crate::mean::{Arm, Arms, Names, TwoMeans};
use crate::values::units;
use crate::{ArgumentError, DoubleDouble, Side};

/// CUPED: the effect on y − θx, x being the same unit's number from before the experiment.
///
/// θ = Σ Sxy / Σ Sxx over the arms, each about its own mean (so that neither an effect nor a chance difference of the
/// covariate enters it); effect = ȳ<sub>t</sub> − ȳ<sub>c</sub> − θ(x̄<sub>t</sub> − x̄<sub>c</sub>), which is the
/// coefficient of the treatment in an analysis of covariance; variance
/// (s²<sub>y</sub> − 2θs<sub>xy</sub> + θ²s²<sub>x</sub>)/n of each arm, added up, with Welch's degrees of freedom. The
/// noise of θ itself is left out: it matters below some hundred units.
///
/// Valid when x cannot have been touched by the variant and there are some hundred units an arm. Reference: Deng, Xu,
/// Kohavi & Walker 2013 (WSDM).
///
/// ```
/// use variate_stats::{Side, adjustment::{Cuped, PairedMoments}};
///
/// // n, [Σy, Σy²], [Σx, Σx²], Σxy of each arm.
/// let control = PairedMoments::from_tallies(1000, [5_000.0, 34_000.0], [4_900.0, 33_000.0], 31_700.0);
/// let treatment = PairedMoments::from_tallies(1000, [5_250.0, 36_600.0], [4_950.0, 33_500.0], 33_200.0);
///
/// let adjusted = Cuped::new(&[control, treatment])?.compare(&control, &treatment, 0.05, Side::Both)?;
/// assert!((adjusted.estimate.effect - 0.2099).abs() < 1e-4);
/// assert!(adjusted.variance_reduction() > 0.6); // a third of the units would have done
/// assert!(adjusted.unadjusted.p_value > 0.05 && adjusted.estimate.p_value < 0.01);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cuped {
    theta: f64,
}

impl Cuped {
    /// With the θ of all arms of the experiment: give every arm, not only the two that are compared, and each comparison
    /// is of the same adjusted metric.
    ///
    /// # Errors
    /// When there is no arm, an arm has fewer than two units or sums that contradict each other, or the covariate is the
    /// same for all units of each arm.
    pub fn new(arms: &[PairedMoments]) -> Result<Self, ArgumentError> {
        length(!arms.is_empty(), "arms", arms.len(), "at least 1")?;
        let (mut products, mut squares) = (DoubleDouble::ZERO, DoubleDouble::ZERO);
        for arm in arms {
            let arm = arm.checked()?;
            products += arm.exact_products();
            squares += arm.covariate().exact_squares();
        }
        let theta = (products / squares).value();
        if !(squares.value() > 0.0 && theta.is_finite()) {
            return Err(ArgumentError::Range {
                name: "variance of the covariate",
                value: squares.value(),
                expected: "a covariate that is not the same for all units",
            });
        }
        Ok(Self { theta })
    }

    /// With a θ that was found elsewhere: in an earlier experiment, or before this one began.
    ///
    /// # Errors
    /// When `theta` is not finite.
    pub fn with_theta(theta: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            theta: finite("theta", theta)?,
        })
    }

    /// How much of the covariate is taken away.
    pub fn theta(&self) -> f64 {
        self.theta
    }

    /// The effect of the treatment.
    ///
    /// # Errors
    /// When an arm has fewer than two units or sums that contradict each other, nothing is left to vary (the outcome is
    /// the covariate), or `alpha` is not between 0 and 1 (below ½ for one side).
    pub fn compare(
        &self,
        control: &PairedMoments,
        treatment: &PairedMoments,
        alpha: f64,
        side: Side,
    ) -> Result<Adjusted, ArgumentError> {
        let (control, treatment) = (control.checked()?, treatment.checked()?);
        let outcomes = TwoMeans {
            control: *control.outcome(),
            treatment: *treatment.outcome(),
        };
        let unadjusted = outcomes.welch(alpha, side)?;
        // Less the mean of both covariates, so that an arm's own adjusted mean is near the plain one.
        let (ours, theirs) = (units(control.count()), units(treatment.count()));
        let apart = treatment.covariate().mean() - control.covariate().mean();
        let arms = Arms {
            control: self.mean(control, -apart * theirs / (ours + theirs), Names::CONTROL)?,
            treatment: self.mean(treatment, apart * ours / (ours + theirs), Names::TREATMENT)?,
        };
        Ok(Adjusted {
            estimate: arms.difference(alpha, side)?,
            unadjusted,
        })
    }

    /// The adjusted mean of an arm whose covariate is `ahead` of that of all.
    fn mean(self, arm: &PairedMoments, ahead: f64, names: Names) -> Result<Arm, ArgumentError> {
        let value = arm.outcome().mean() - self.theta * ahead;
        let variance = arm.residual_squares(self.theta) / (units(arm.count()) - 1.0);
        Arm::new(arm.count(), value, variance, names)
    }
}
