use libm::{exp, sqrt};

use super::error::ranged;
use super::normal::standard_quantile;
use super::{DistributionError, inside, probabilities};
use crate::special::{IncompleteGamma, Tails, search_whole};

/// The Poisson distribution, of a count.
///
/// ```
/// use variate_stats::distribution::Poisson;
///
/// let orders = Poisson::new(4.2)?;
/// assert_eq!(orders.quantile(0.95), 8.0);
/// # Ok::<(), variate_stats::distribution::DistributionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Poisson {
    mean: f64,
}

/// Counts from here on are not told apart by an `f64`.
const COUNTLESS: f64 = 9_007_199_254_740_992.0;

impl Poisson {
    /// With this mean, up to 1e15.
    ///
    /// # Errors
    /// When it is not a positive number or too large.
    pub fn new(mean: f64) -> Result<Self, DistributionError> {
        Ok(Self {
            mean: ranged("the mean", mean, 1e-300, 1e15)?,
        })
    }

    /// The mean, which is the variance too.
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    probabilities!(
        k,
        "By the incomplete gamma functions: power series, Legendre's continued fraction (W. Gautschi, ACM TOMS 5, 1979), and the uniform asymptotic expansion of N. M. Temme, SIAM J. Math. Anal. 10, 1979."
    );

    /// P(X = k); zero for what is not whole.
    ///
    /// In the saddle-point form of C. Loader: "Fast and accurate computation of binomial probabilities", 2000.
    pub fn pmf(&self, k: f64) -> f64 {
        exp(self.ln_pmf(k))
    }

    /// The logarithm of [`pmf`](Self::pmf).
    pub fn ln_pmf(&self, k: f64) -> f64 {
        if k.is_nan() {
            k
        } else if k == 0.0 {
            -self.mean
        } else if k > 0.0 && k < COUNTLESS && k.fract() == 0.0 {
            let gamma = IncompleteGamma::new(k);
            gamma.power(&gamma.point(self.mean)).ln()
        } else {
            f64::NEG_INFINITY
        }
    }

    /// The smallest k with P(X ≤ k) ≥ p.
    pub fn quantile(&self, p: f64) -> f64 {
        match inside(p, 0.0, f64::INFINITY) {
            Ok(p) => self.search(standard_quantile(p), |k| self.cdf(k) >= p),
            Err(end) => end,
        }
    }

    /// The smallest k with P(X > k) ≤ q.
    pub fn survival_quantile(&self, q: f64) -> f64 {
        match inside(q, f64::INFINITY, 0.0) {
            Ok(q) => self.search(-standard_quantile(q), |k| self.survival(k) <= q),
            Err(end) => end,
        }
    }

    /// From the approximation of E. A. Cornish, R. A. Fisher (1938).
    fn search(self, z: f64, reached: impl Fn(f64) -> bool) -> f64 {
        let deviation = sqrt(self.mean);
        let start = self.mean + deviation * z + (z * z - 1.0) / 6.0;
        search_whole(start, deviation, COUNTLESS, reached)
    }

    /// P(X ≤ k) = Q(k + 1, mean), the incomplete gamma function.
    fn tails(self, k: f64) -> Tails {
        if k.is_nan() {
            Tails::NAN
        } else if k < 0.0 {
            Tails::START
        } else if k >= COUNTLESS {
            Tails::END
        } else {
            let gamma = IncompleteGamma::new(k.floor() + 1.0);
            gamma.tails(&gamma.point(self.mean)).flipped()
        }
    }
}
