use super::TwoProportions;
use crate::quadrature::{increasing_root, increasing_root_secant};
use crate::{ArgumentError, Estimate, Interval, Side};

impl TwoProportions {
    /// The score test of the difference, the "pooled" z test: under no effect both arms have the rate
    /// p = (x₀ + x₁)/(n₀ + n₁), so the standard error is √(p(1 − p)(1/n₀ + 1/n₁)). Its square is Pearson's χ² of the table,
    /// without a correction for continuity.
    ///
    /// The interval holds the differences δ that the same test would not reject, with the rates that are most likely where
    /// they differ by δ in place of p: it leaves out 0 just when the p-value is below `alpha`, and is not
    /// effect ± z·`standard_error`. Holds its level well from about five expected successes and failures an arm on.
    /// R. W. Mee: Biometrics 40, 1984; O. S. Miettinen, M. Nurminen: Statistics in Medicine 4, 1985 (here without
    /// their factor N/(N − 1)).
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side), or there are no successes, or no failures, in either arm.
    pub fn score(&self, alpha: f64, side: Side) -> Result<Estimate, ArgumentError> {
        let z = Self::quantile(alpha, side)?;
        self.varies()?;
        let (x, n) = (
            self.control.hits() + self.treatment.hits(),
            self.control.size() + self.treatment.size(),
        );
        let misses = self.control.misses() + self.treatment.misses();
        let variance =
            x / n * (misses / n) * (self.control.size().recip() + self.treatment.size().recip());
        let estimate = Estimate::normal(self.difference(), variance.sqrt(), alpha, side)?;
        let lower = || -self.swapped().greatest(z);
        let upper = || self.greatest(z);
        Ok(Estimate {
            interval: match side {
                Side::Both => Interval::new(lower(), upper()),
                Side::Greater => Interval::new(lower(), f64::INFINITY),
                Side::Less => Interval::new(f64::NEG_INFINITY, upper()),
            },
            ..estimate
        })
    }

    /// The greatest difference that is not `z` standard errors above what was seen.
    fn greatest(&self, z: f64) -> f64 {
        let seen = self.difference();
        if seen >= 1.0 {
            return 1.0;
        }
        increasing_root_secant(
            |difference| {
                let above = difference - seen;
                // At 1 nothing varies any more; at -1 neither, but right beside it all that was seen is still likely.
                let error = self.restricted_variance(difference).sqrt();
                above - z * error.max(f64::MIN_POSITIVE)
            },
            seen,
            1.0,
            0.0,
        )
    }

    /// The variance of the difference where the rates are the most likely ones that differ by `difference`.
    fn restricted_variance(&self, difference: f64) -> f64 {
        let control = self.restricted(difference);
        let treatment = control + difference;
        control * (1.0 - control) / self.control.size()
            + (treatment * (1.0 - treatment) / self.treatment.size()).max(0.0)
    }

    /// The control's rate that is most likely when the treatment's is higher by `difference`: where the likelihood,
    /// which is concave, is level.
    pub(crate) fn restricted(&self, difference: f64) -> f64 {
        let (low, high) = (f64::max(0.0, -difference), f64::min(1.0, 1.0 - difference));
        let pull = |hits: f64, misses: f64, rate: f64, rest: f64| {
            // At an end, where rounding may step over it, there is no more than infinitely much pull.
            let part = |count: f64, share: f64| count / share.max(f64::MIN_POSITIVE);
            part(misses, rest) - part(hits, rate)
        };
        increasing_root(
            |rate| {
                pull(self.control.hits(), self.control.misses(), rate, 1.0 - rate)
                    + pull(
                        self.treatment.hits(),
                        self.treatment.misses(),
                        rate + difference,
                        1.0 - rate - difference,
                    )
            },
            low,
            high,
        )
    }
}
