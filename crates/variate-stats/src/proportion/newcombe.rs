use super::TwoProportions;
use crate::{ArgumentError, Interval, Side};

impl TwoProportions {
    /// Newcombe's interval of the difference, from Wilson's interval (l, u) of each rate:
    /// d − √((p₁ − l₁)² + (u₀ − p₀)²) to d + √((u₁ − p₁)² + (p₀ − l₀)²).
    ///
    /// Good for any counts, zeros included, and always within [−1, 1]; a hair off the [score test](Self::score)'s decision now
    /// and then, as it belongs to no test. R. G. Newcombe: "Interval estimation for the difference between independent
    /// proportions", Statistics in Medicine 17, 1998, method 10.
    ///
    /// ```
    /// use variate_stats::{Side, proportion::{Proportion, TwoProportions}};
    ///
    /// // Table II of the paper, (a): 56/70 − 48/80
    /// let rates = TwoProportions { control: Proportion::new(48, 80)?, treatment: Proportion::new(56, 70)? };
    /// let interval = rates.newcombe(0.05, Side::Both)?;
    /// assert!((interval.lower - 0.0524).abs() < 5e-5 && (interval.upper - 0.3339).abs() < 5e-5);
    /// # Ok::<(), variate_stats::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side).
    pub fn newcombe(&self, alpha: f64, side: Side) -> Result<Interval, ArgumentError> {
        let z = Self::quantile(alpha, side)?;
        let (control, treatment) = (self.control.wilson(z), self.treatment.wilson(z));
        let (p0, p1) = (self.control.rate(), self.treatment.rate());
        let lower = self.difference() - (p1 - treatment.lower).hypot(control.upper - p0);
        let upper = self.difference() + (treatment.upper - p1).hypot(p0 - control.lower);
        Ok(match side {
            Side::Both => Interval::new(lower, upper),
            Side::Greater => Interval::new(lower, f64::INFINITY),
            Side::Less => Interval::new(f64::NEG_INFINITY, upper),
        })
    }
}
