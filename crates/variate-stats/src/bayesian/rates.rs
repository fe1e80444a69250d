//! Two arms of rates against each other.

use super::{
    BetaPosterior, Better,
    arms::{best_probabilities, expected_losses, sealed::Arm},
    beta::value,
};
use crate::{
    ArgumentError, Interval,
    argument::fraction,
    quadrature::{adaptive, increasing_root_secant},
};

/// A treatment's rate against the control's.
///
/// ```
/// use variate_stats::bayesian::{BetaPosterior, Better, RateComparison};
///
/// let control = BetaPosterior::new(11.0, 91.0)?;
/// let treatment = BetaPosterior::new(21.0, 81.0)?;
/// let comparison = RateComparison::new(control, treatment, Better::Greater)?;
/// assert!((comparison.chance_to_win() - 0.975_173_033).abs() < 1e-9);
/// assert!((comparison.loss_of_treatment() - 0.000_479_359).abs() < 1e-9);
/// let uplift = comparison.relative_uplift(0.05)?; // 95 % credible
/// assert!(uplift.lower > -0.05 && uplift.upper > 2.0);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateComparison {
    control: BetaPosterior,
    treatment: BetaPosterior,
    chance: f64,
    loss_of_control: f64,
    loss_of_treatment: f64,
}

impl RateComparison {
    /// Compares two independent posteriors, integer or not, of any size.
    ///
    /// P(B > A) = ∫f<sub>B</sub>F<sub>A</sub> and E[(A − B)⁺] = ∫F<sub>B</sub>(1 − F<sub>A</sub>), over the log-odds; relative
    /// error about 1e-11, 1e-9 from 1e12 units on. Reference for the closed sum at integers: Miller 2014 (evanmiller.org/bayesian-ab-testing.html).
    ///
    /// # Errors
    /// None that two posteriors could bring about today.
    pub fn new(
        control: BetaPosterior,
        treatment: BetaPosterior,
        better: Better,
    ) -> Result<Self, ArgumentError> {
        let arms = [control, treatment];
        let chance = best_probabilities(&arms, better)?;
        let losses = expected_losses(&arms, better)?;
        let second = |values: &[f64]| values.last().copied().unwrap_or(f64::NAN);
        let first = |values: &[f64]| values.first().copied().unwrap_or(f64::NAN);
        Ok(Self {
            control,
            treatment,
            // The integral may come out a rounding above.
            chance: second(&chance).min(1.0),
            loss_of_control: first(&losses),
            loss_of_treatment: second(&losses),
        })
    }

    /// The probability that the treatment's rate is the better one.
    pub fn chance_to_win(&self) -> f64 {
        self.chance
    }

    /// What is lost on average, in rate, by choosing the treatment although the control may be better.
    pub fn loss_of_treatment(&self) -> f64 {
        self.loss_of_treatment
    }

    /// What is lost on average, in rate, by keeping the control although the treatment may be better.
    pub fn loss_of_control(&self) -> f64 {
        self.loss_of_control
    }

    /// The interval of the difference of the rates, treatment less control, with the probability 1 − `alpha`.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1.
    pub fn difference(&self, alpha: f64) -> Result<Interval, ArgumentError> {
        self.interval(
            alpha,
            -1.0,
            1.0,
            |rate, difference| rate + difference,
            |difference| (-difference, 1.0 - difference),
        )
    }

    /// The interval of the relative uplift, treatment/control − 1, with the probability 1 − `alpha`.
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1.
    pub fn relative_uplift(&self, alpha: f64) -> Result<Interval, ArgumentError> {
        // Over the logarithm of the ratio.
        let ratio = self.interval(
            alpha,
            -800.0,
            800.0,
            |rate, ln_ratio| rate * ln_ratio.exp(),
            |ln_ratio| (0.0, (-ln_ratio).exp()),
        )?;
        Ok(Interval::new(ratio.lower.exp_m1(), ratio.upper.exp_m1()))
    }

    /// The interval of an effect between `least` and `most`: `shifted` is what the control's rate becomes by it, and
    /// `kinks` the rates that become 0 and 1.
    fn interval(
        &self,
        alpha: f64,
        least: f64,
        most: f64,
        shifted: impl Fn(f64, f64) -> f64,
        kinks: impl Fn(f64) -> (f64, f64),
    ) -> Result<Interval, ArgumentError> {
        let half = fraction("alpha", alpha)? / 2.0;
        let (control, treatment) = (&self.control, &self.treatment);
        let range = 46.0 * control.scale();
        // The probability of an effect below (or above) this one.
        let tail = |effect: f64, above: bool| {
            let mut breaks: Vec<f64> = [-1.0, -0.4, -0.15, -0.05, 0.0, 0.05, 0.15, 0.4, 1.0]
                .map(|part| control.centre() + part * range)
                .to_vec();
            let (first, second) = (control.centre() - range, control.centre() + range);
            for kink in [kinks(effect).0, kinks(effect).1] {
                let at = (kink / (1.0 - kink)).ln();
                if at > first && at < second {
                    breaks.push(at);
                }
            }
            breaks.sort_by(f64::total_cmp);
            let f = |at: f64| {
                let rate = shifted(value(at), effect);
                let reached = if rate <= 0.0 {
                    f64::from(u8::from(above))
                } else if rate >= 1.0 {
                    f64::from(u8::from(!above))
                } else {
                    let (less, greater) = treatment.ln_tails((rate / (1.0 - rate)).ln());
                    if above { greater.exp() } else { less.exp() }
                };
                control.ln_density(at).exp() * reached
            };
            adaptive(f, &breaks, 1e-11)
        };
        let width = 1e-13;
        let lower = increasing_root_secant(|effect| tail(effect, false) - half, least, most, width);
        let upper = increasing_root_secant(|effect| half - tail(effect, true), least, most, width);
        Ok(Interval::new(lower, upper))
    }
}
