use super::design::not_seen;
use super::{Design, Effect, Outcome, SampleSize};
use crate::ArgumentError;
use crate::distribution::Normal;
use crate::sequential::{AlwaysValid, Look};

impl Design {
    /// With an always-valid method: the number of units at which its interval leaves out no effect when the effect seen
    /// is the true one. In about half of all experiments it takes more.
    ///
    /// `at` is the method: it comes with its own level (for several treatments, [`Design::level`]) and side. By the width of its
    /// intervals alone; the power and the inflation of this design do not count.
    ///
    /// ```
    /// use variate_stats::{Side, power::{Design, Effect, Outcome}, sequential::AsymptoticSequence};
    ///
    /// let design = Design::new(0.05, Side::Both)?;
    /// let revenue = Outcome::mean(12.0, 3.0)?;
    /// let sequence = AsymptoticSequence::new(design.level(), 1_000.0, Side::Both)?;
    /// let expected = design.excluded_in_expectation(&revenue, Effect::Absolute(0.6), |look| sequence.at(look))?;
    /// let sure = design.sample_size_of_sequence(&revenue, Effect::Absolute(0.6), |look| sequence.at(look))?;
    /// assert_eq!((expected.total, sure.total), (922, 1_512));
    /// # Ok::<(), variate_stats::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Design::sample_size`].
    pub fn excluded_in_expectation(
        &self,
        outcome: &Outcome,
        effect: Effect,
        at: impl Fn(&Look) -> AlwaysValid,
    ) -> Result<SampleSize, ArgumentError> {
        self.first_excluded(outcome, effect, 0.0, at)
    }

    /// With an always-valid method: the number of units at which its interval leaves out no effect with the power wanted,
    /// by that look alone. The looks before it only add to the power, so that this is enough, and on the safe side.
    ///
    /// # Errors
    /// As [`Design::sample_size`].
    pub fn sample_size_of_sequence(
        &self,
        outcome: &Outcome,
        effect: Effect,
        at: impl Fn(&Look) -> AlwaysValid,
    ) -> Result<SampleSize, ArgumentError> {
        let unlucky = Normal::STANDARD.survival_quantile(1.0 - self.power);
        self.first_excluded(outcome, effect, unlucky, at)
    }

    /// With an always-valid method whose intervals are as wide whatever is seen: the probability that the interval leaves out no effect
    /// at so many units of the control, by that look alone.
    ///
    /// # Errors
    /// As [`Design::power`].
    pub fn power_of_sequence(
        &self,
        outcome: &Outcome,
        effect: Effect,
        units_of_control: f64,
        at: impl Fn(&Look) -> AlwaysValid,
    ) -> Result<f64, ArgumentError> {
        let effect = outcome.absolute(effect)?;
        let spread = outcome.spread(effect, self.allocation)?;
        self.checked(units_of_control)?;
        let error = self.error(spread.real, units_of_control);
        let both = units_of_control * (1.0 + self.allocation);
        let interval = at(&Look::new(effect, error * error, both)?).interval;
        let nearest = if effect > 0.0 {
            interval.lower
        } else {
            -interval.upper
        };
        Ok(Normal::STANDARD.cdf(nearest / error))
    }

    /// When what is seen is so many standard errors nearer to zero than what is true.
    fn first_excluded(
        &self,
        outcome: &Outcome,
        effect: Effect,
        unlucky: f64,
        at: impl Fn(&Look) -> AlwaysValid,
    ) -> Result<SampleSize, ArgumentError> {
        let effect = outcome.absolute(effect)?;
        let spread = outcome.spread(effect, self.allocation)?;
        let excluded = |units: f64| -> Result<bool, ArgumentError> {
            let error = self.error(spread.real, units);
            let seen = effect - unlucky * error.copysign(effect);
            let both = units * (1.0 + self.allocation);
            let interval = at(&Look::new(seen, error * error, both)?).interval;
            // Nearer to the effect than zero is: one on the other side of zero is not this one seen.
            Ok(!interval.contains(0.0) && seen * effect > 0.0)
        };
        let (mut low, mut high) = (self.fewest().ln(), 1e15_f64.ln());
        if !excluded(high.exp())? {
            return Err(not_seen(effect));
        }
        if excluded(low.exp())? {
            return self.size(low.exp());
        }
        while high - low > 1e-13 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if excluded(middle.exp())? {
                high = middle;
            } else {
                low = middle;
            }
        }
        self.size(high.exp())
    }
}
