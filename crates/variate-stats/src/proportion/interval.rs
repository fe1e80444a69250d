use serde::{Deserialize, Serialize};

use super::Proportion;
use crate::distribution::{Beta, Normal};
use crate::{ArgumentError, Interval, Side};

/// How the interval of one rate is made.
///
/// With x of n, p = x/n and z the normal quantile of the level. Reference for all: L. D. Brown, T. T. Cai, A. `DasGupta`:
/// "Interval estimation for a binomial proportion", Statistical Science 16, 2001.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntervalMethod {
    /// p ± z·√(p(1 − p)/n), cut to [0, 1]. For textbooks: with 0 of n it is a point, and far too narrow for rare successes.
    Wald,
    /// The rates that a score test does not reject (E. B. Wilson 1927):
    /// (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²))/(1 + z²/n). Covers at about its level from two expected successes on, for any n; the one to take.
    #[default]
    Wilson,
    /// Wald's after z²/2 more successes and as many failures (Agresti & Coull 1998), cut to [0, 1]. Around the
    /// middle of Wilson's, never narrower.
    AgrestiCoull,
    /// The equal-tailed credible interval under the prior Beta(½, ½), down to 0 with no successes and up to 1 with no
    /// failures. Covers about its level on the average over rates.
    Jeffreys,
    /// The rates that neither exact binomial test rejects (C. J. Clopper, E. S. Pearson 1934). Covers at least its level, mostly more.
    ClopperPearson,
}

impl Proportion {
    /// Where the rate is, at level `alpha`. On one side the other end is that of all rates: 0 or 1.
    ///
    /// ```
    /// use variate_stats::{Side, proportion::{IntervalMethod, Proportion}};
    ///
    /// let none = Proportion::new(0, 50)?;
    /// let interval = none.interval(IntervalMethod::ClopperPearson, 0.05, Side::Both)?;
    /// assert!(interval.lower == 0.0 && (interval.upper - 0.0711).abs() < 1e-4);
    /// // the "rule of three": at most 3/n
    /// let at_most = none.interval(IntervalMethod::ClopperPearson, 0.05, Side::Less)?;
    /// assert!((at_most.upper - 3.0 / 50.0).abs() < 0.002);
    /// # Ok::<(), variate_stats::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// When `alpha` is not between 0 and 1 (below ½ for one side).
    pub fn interval(
        &self,
        method: IntervalMethod,
        alpha: f64,
        side: Side,
    ) -> Result<Interval, ArgumentError> {
        let level = side.two_sided_alpha(alpha)?;
        let both = match method {
            IntervalMethod::Wald => around(self.rate(), self.variance(), quantile(level)),
            IntervalMethod::Wilson => self.wilson(quantile(level)),
            IntervalMethod::AgrestiCoull => {
                let z = quantile(level);
                let (good, bad) = (self.hits() + 0.5 * z * z, self.misses() + 0.5 * z * z);
                let all = good + bad;
                around(good / all, good / all * (bad / all) / all, z)
            }
            IntervalMethod::Jeffreys => self.beta(level, 0.5, 0.5)?,
            IntervalMethod::ClopperPearson => self.beta(level, 0.0, 1.0)?,
        };
        Ok(match side {
            Side::Both => both,
            Side::Greater => Interval::new(both.lower, 1.0),
            Side::Less => Interval::new(0.0, both.upper),
        })
    }

    /// Wilson's, with its ends exact where they are 0 and 1.
    pub(super) fn wilson(&self, z: f64) -> Interval {
        let lower = |of: &Self| {
            // Of the two roots the one without a difference, and the other by the product of both.
            let (hits, size) = (of.hits(), of.size());
            let half = 0.5 * z * z;
            let root = (hits * (of.misses() / size) + 0.5 * half).sqrt();
            hits * (hits / size) / (hits + half + z * root)
        };
        Interval::new(lower(self), 1.0 - lower(&self.complement()))
    }

    /// Quantiles of beta distributions: `few` and `many` more on either side.
    fn beta(&self, level: f64, few: f64, many: f64) -> Result<Interval, ArgumentError> {
        let lower = if self.successes == 0 {
            0.0
        } else {
            Beta::new(self.hits() + few, self.misses() + many)?.quantile(0.5 * level)
        };
        let upper = if self.failures() == 0 {
            1.0
        } else {
            Beta::new(self.hits() + many, self.misses() + few)?.survival_quantile(0.5 * level)
        };
        Ok(Interval::new(lower, upper))
    }
}

fn quantile(two_sided: f64) -> f64 {
    Normal::STANDARD.survival_quantile(0.5 * two_sided)
}

fn around(centre: f64, variance: f64, z: f64) -> Interval {
    let interval = Interval::around(centre, z * variance.sqrt());
    Interval::new(interval.lower.max(0.0), interval.upper.min(1.0))
}
