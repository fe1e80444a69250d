use super::TwoProportions;
use crate::quadrature::increasing_root_secant;
use crate::{ArgumentError, Interval, Side};

/// So far ln(p₁/p₀) can be from anything that counts below 1e15 show.
const FAR: f64 = 80.0;

impl TwoProportions {
    /// The score interval of the lift p₁/p₀ − 1: the ratios φ = p₁/p₀ that the score test of p₁ − φp₀ = 0 does not reject, with the rates
    /// that are most likely where the ratio is φ.
    ///
    /// Holds its level where [`relative`](Self::relative) does not: with few successes or failures, and where nobody or everybody in
    /// an arm succeeds. It leaves out 0 just when [`score`](Self::score) has a p-value below `alpha`. Without a success of the treatment its
    /// lower end is −1, without one of the control its upper end infinite. P. A. R. Koopman: Biometrics 40, 1984; O. S. Miettinen,
    /// M. Nurminen: Statistics in Medicine 4, 1985 (here without their factor N/(N − 1)).
    ///
    /// ```
    /// use variate_stats::{Side, proportion::{Proportion, TwoProportions}};
    ///
    /// let rates = TwoProportions {
    ///     control: Proportion::new(10_000, 20_000)?,
    ///     treatment: Proportion::new(100, 100)?, // of all of them
    /// };
    /// let score = rates.relative_score(0.05, Side::Both)?;
    /// let logarithm = rates.relative(0.05, Side::Both)?.interval;
    /// assert!((score.lower - 0.9257).abs() < 1e-4 && (logarithm.lower - 0.9725).abs() < 1e-4);
    /// # Ok::<(), variate_stats::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side), or there are no successes, or no failures, in either arm.
    pub fn relative_score(&self, alpha: f64, side: Side) -> Result<Interval, ArgumentError> {
        let z = Self::quantile(alpha, side)?;
        self.varies()?;
        let lower = || self.swapped().greatest_ratio(z).recip() - 1.0;
        let upper = || self.greatest_ratio(z) - 1.0;
        Ok(match side {
            Side::Both => Interval::new(lower(), upper()),
            Side::Greater => Interval::new(lower(), f64::INFINITY),
            Side::Less => Interval::new(-1.0, upper()),
        })
    }

    /// The greatest p₁/p₀ that is not `z` standard errors above what was seen.
    fn greatest_ratio(&self, z: f64) -> f64 {
        if self.control.successes() == 0 {
            return f64::INFINITY;
        }
        let seen = self.treatment.rate() / self.control.rate();
        let above = |logarithm: f64| self.errors_below(logarithm.exp()) - z;
        let low = if seen > 0.0 { seen.ln() } else { -FAR };
        increasing_root_secant(above, low, FAR, 0.0).exp()
    }

    /// How many standard errors what was seen is below a ratio.
    fn errors_below(&self, ratio: f64) -> f64 {
        let (n0, n1) = (self.control.size(), self.treatment.size());
        let (x0, x1) = (self.control.hits(), self.treatment.hits());
        // The most likely rates: the smaller root of n·φ·p² − (n₁φ + x₁ + n₀ + x₀φ)·p + x = 0.
        let half = 0.5 * (n1 * ratio + x1 + n0 + x0 * ratio);
        let product = (n0 + n1) * ratio * (x0 + x1);
        let root = (half * half - product).max(0.0).sqrt();
        let control = ((x0 + x1) / (half + root)).min(1.0);
        let treatment = (ratio * control).min(1.0);
        let variance =
            treatment * (1.0 - treatment) / n1 + ratio * ratio * control * (1.0 - control) / n0;
        let below = ratio * self.control.rate() - self.treatment.rate();
        below / variance.sqrt().max(f64::MIN_POSITIVE)
    }
}
