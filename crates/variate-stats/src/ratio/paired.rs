use super::{RatioMoments, TwoRatios};
use crate::mean::{Arms, Fieller, Names};
use crate::{ArgumentError, Estimate, Interval, Side};

/// A treatment's ratio beside the control's, both of the same units.
///
/// What a unit has under the one goes with what it has under the other, so their difference is surer than that of units apart.
///
/// ```
/// use variate_stats::{Side, ratio::PairedRatios};
///
/// // (milliseconds, calls) of each user, under the control and under the treatment.
/// let users = [[(40.0, 4.0), (36.0, 4.0)], [(9.0, 1.0), (8.0, 1.0)], [(60.0, 3.0), (55.0, 3.0)]];
/// let times = PairedRatios::of(&users);
/// let paired = times.difference(0.05, Side::Both)?;
/// let apart = times.ratios().difference(0.05, Side::Both)?;
/// assert_eq!(paired.effect, apart.effect);
/// assert!(paired.standard_error < apart.standard_error / 5.0);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedRatios {
    ratios: TwoRatios,
    /// Of what a unit contributes to both ratios.
    covariance: f64,
}

impl PairedRatios {
    /// Of each unit numerator and denominator, under the control and under the treatment; `(0.0, 0.0)` of what is not there.
    pub fn of(units: &[[(f64, f64); 2]]) -> Self {
        let ratios = TwoRatios {
            control: units.iter().map(|[control, _]| *control).collect(),
            treatment: units.iter().map(|[_, treatment]| *treatment).collect(),
        };
        // Deviations of the linearised ratio add up to zero, so these are products of what is left.
        let share = |of: &RatioMoments, (numerator, denominator): (f64, f64)| {
            (numerator - of.value() * denominator) / of.denominator_mean()
        };
        let products = units
            .iter()
            .map(|[control, treatment]| {
                share(&ratios.control, *control) * share(&ratios.treatment, *treatment)
            })
            .sum::<f64>();
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let degrees = units.len() as f64 - 1.0;
        Self {
            ratios,
            covariance: products / degrees,
        }
    }

    /// Both ratios, as if their units had nothing to do with each other.
    pub const fn ratios(&self) -> &TwoRatios {
        &self.ratios
    }

    /// How many units there are.
    pub const fn count(&self) -> u64 {
        self.ratios.control.count()
    }

    /// The difference R₁ − R₀: its variance is Var R₁ + Var R₀ − 2·Cov(R₀, R₁), the covariance by the delta method as the variances are.
    ///
    /// # Errors
    ///
    /// As [`TwoRatios::difference`], and when each unit has the same difference.
    pub fn difference(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        let arms = self.ratios.arms()?;
        let effect = arms.treatment.value - arms.control.value;
        let error = self.error(&arms, 1.0);
        Estimate::student(effect, error, arms.control.degrees, alpha, side)
    }

    /// The relative difference (R₁ − R₀)/|R₀|, likewise.
    ///
    /// # Errors
    ///
    /// As [`difference`](Self::difference), and when the control's ratio is zero.
    pub fn relative(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        let arms = self.ratios.arms()?;
        let (ours, theirs) = (arms.control.value, arms.treatment.value);
        if ours == 0.0 {
            // It says what is wrong.
            return arms.relative(alpha, side);
        }
        let error = self.error(&arms, theirs / ours) / ours.abs();
        let effect = (theirs - ours) / ours.abs();
        Estimate::student(effect, error, arms.control.degrees, alpha, side)
    }

    /// Fieller's set of R₁/R₀, which reaches so many standard errors.
    pub(crate) fn fieller(&self, errors: f64) -> Result<Fieller, ArgumentError> {
        let Arms { control, treatment } = self.ratios.arms()?;
        // What is left of the treatment without what goes with the control has nothing to do with that.
        let slope = if control.variance > 0.0 {
            self.covariance_of_ratios() / control.variance
        } else {
            0.0
        };
        let mut rest = treatment;
        rest.value -= slope * control.value;
        rest.variance = (treatment.variance - slope * slope * control.variance).max(0.0);
        let shifted = |of: Interval| Interval::new(of.lower + slope, of.upper + slope);
        Ok(match Fieller::of(&rest, &control, errors) {
            Fieller::Within(interval) => Fieller::Within(shifted(interval)),
            Fieller::Outside(gap) => Fieller::Outside(shifted(gap)),
            Fieller::Anything => Fieller::Anything,
        })
    }

    /// Of the treatment less `weight` times the control.
    fn error(&self, arms: &Arms, weight: f64) -> f64 {
        let variance = arms.treatment.variance + weight * weight * arms.control.variance
            - 2.0 * weight * self.covariance_of_ratios();
        // What was rounded may leave it below zero.
        variance.max(0.0).sqrt()
    }

    fn covariance_of_ratios(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let units = self.count() as f64;
        self.covariance / units
    }

    pub(crate) fn arms(&self) -> Result<Arms, ArgumentError> {
        self.ratios.arms()
    }

    /// The treatment's ratio with its interval.
    pub(crate) fn treatment(&self, alpha: f64) -> Result<Estimate, ArgumentError> {
        self.ratios
            .treatment
            .arm(Names::ONE)?
            .estimate(alpha, Side::Both)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// Numerators and denominators that go together in no simple way.
    fn units() -> Vec<[(f64, f64); 2]> {
        let unit = |at: u32| {
            let of = |factor: u32, modulus: u32| f64::from(at * factor % modulus);
            [
                (9.0 + of(7, 11), 1.0 + of(3, 5)),
                (8.0 + of(7, 11) + of(5, 3), 1.0 + of(2, 7)),
            ]
        };
        (0..40).map(unit).collect()
    }

    #[test]
    fn fiellers_set_is_where_the_treatment_less_so_much_of_the_control_may_be_nothing() {
        let paired = PairedRatios::of(&units());
        let arms = paired.arms().unwrap();
        let errors = 2.5;
        let set = paired.fieller(errors).unwrap();
        for at in -200..=400 {
            let ratio = f64::from(at) / 100.0;
            let rest = (arms.treatment.value - ratio * arms.control.value).abs();
            let may_be_nothing = rest <= errors * paired.error(&arms, ratio);
            assert_eq!(set.contains(ratio), may_be_nothing, "{ratio} {set:?}");
        }
    }
}
