use libm::{exp, log, log1p, sqrt};

use super::error::ranged;
use super::normal::standard_quantile;
use super::{DistributionError, inside, probabilities};
use crate::special::{IncompleteBeta, Tails, search_whole};

/// The binomial distribution, of the successes in a number of trials.
///
/// ```
/// use variate_stats::distribution::Binomial;
///
/// let heads = Binomial::new(10_000, 0.5)?;
/// assert!(heads.survival(5_100.0) < 0.025);
/// assert_eq!(heads.quantile(0.5), 5_000.0);
/// # Ok::<(), variate_stats::distribution::DistributionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Binomial {
    trials: f64,
    probability: f64,
}

impl Binomial {
    /// With so many trials, up to 2^53, each with this probability of success.
    ///
    /// # Errors
    /// When there are more trials, or the probability is not one.
    pub fn new(trials: u64, probability: f64) -> Result<Self, DistributionError> {
        if trials > 1 << 53 {
            return Err(DistributionError::TooManyTrials { trials });
        }
        #[expect(clippy::cast_precision_loss, reason = "not above 2^53")]
        let trials = trials as f64;
        Ok(Self {
            trials,
            probability: ranged("the probability", probability, 0.0, 1.0)?,
        })
    }

    probabilities!(
        k,
        "By the incomplete beta function, after A. R. `DiDonato`, A. H. Morris, ACM TOMS 18, 1992 (algorithm 708)."
    );

    /// P(X = k); zero for what is not whole.
    ///
    /// In the saddle-point form of C. Loader: "Fast and accurate computation of binomial probabilities", 2000.
    pub fn pmf(&self, k: f64) -> f64 {
        exp(self.ln_pmf(k))
    }

    /// The logarithm of [`pmf`](Self::pmf).
    pub fn ln_pmf(&self, k: f64) -> f64 {
        let (n, p) = (self.trials, self.probability);
        if k.is_nan() {
            k
        } else if !(k >= 0.0 && k <= n && k.fract() == 0.0) {
            f64::NEG_INFINITY
        } else if k == 0.0 {
            if n > 0.0 { n * log1p(-p) } else { 0.0 }
        } else if k >= n {
            n * log(p)
        } else if p <= 0.0 || p >= 1.0 {
            f64::NEG_INFINITY
        } else {
            // p^k·(1 − p)^(n − k)/B(k, n − k), and C(n, k)·B(k, n − k) = n/(k·(n − k)).
            let beta = IncompleteBeta::new(k, n - k);
            let power = beta.power(&beta.at(p));
            log(power.factor * (n / k / (n - k))) - power.exponent
        }
    }

    /// The smallest k with P(X ≤ k) ≥ p.
    pub fn quantile(&self, p: f64) -> f64 {
        match inside(p, 0.0, self.trials) {
            Ok(p) => self.search(standard_quantile(p), |k| self.cdf(k) >= p),
            Err(end) => end,
        }
    }

    /// The smallest k with P(X > k) ≤ q.
    pub fn survival_quantile(&self, q: f64) -> f64 {
        match inside(q, self.trials, 0.0) {
            Ok(q) => self.search(-standard_quantile(q), |k| self.survival(k) <= q),
            Err(end) => end,
        }
    }

    /// From the approximation of E. A. Cornish, R. A. Fisher (1938).
    fn search(&self, z: f64, reached: impl Fn(f64) -> bool) -> f64 {
        let (n, p) = (self.trials, self.probability);
        let deviation = sqrt(n * p * (1.0 - p));
        let start = n * p + deviation * z + (1.0 - 2.0 * p) * (z * z - 1.0) / 6.0;
        search_whole(start, deviation, n, reached)
    }

    /// P(X ≤ k) = 1 − `I_p(k + 1, n − k)`, the incomplete beta function.
    fn tails(&self, k: f64) -> Tails {
        if k.is_nan() {
            return Tails::NAN;
        }
        let k = k.floor();
        if k < 0.0 {
            Tails::START
        } else if k >= self.trials || self.probability <= 0.0 {
            Tails::END
        } else if self.probability >= 1.0 {
            Tails::START
        } else {
            let beta = IncompleteBeta::new(k + 1.0, self.trials - k);
            beta.tails(&beta.at(self.probability)).flipped()
        }
    }
}
