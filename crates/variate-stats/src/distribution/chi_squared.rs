use libm::{exp, lgamma, log, sqrt};

use super::error::shape;
use super::normal::standard_quantile;
use super::{DistributionError, inside, probabilities};
use crate::special::{Goal, IncompleteGamma, Tails, search_positive};

/// The χ² distribution.
///
/// ```
/// use variate_stats::distribution::ChiSquared;
///
/// let p_value = ChiSquared::new(1.0)?.survival(3.841458820694124);
/// assert!((p_value - 0.05).abs() < 1e-15);
/// # Ok::<(), variate_stats::distribution::DistributionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquared {
    df: f64,
    gamma: IncompleteGamma,
}

impl ChiSquared {
    /// With this many degrees of freedom, whole or not, from 0.001 to 1e15.
    ///
    /// # Errors
    /// When they are out of that range or NaN.
    pub fn new(degrees_of_freedom: f64) -> Result<Self, DistributionError> {
        let df = shape("the number of degrees of freedom", degrees_of_freedom)?;
        Ok(Self {
            df,
            gamma: IncompleteGamma::new(0.5 * df),
        })
    }

    /// How many degrees of freedom.
    pub const fn degrees_of_freedom(&self) -> f64 {
        self.df
    }

    probabilities!(
        x,
        "By the incomplete gamma functions: power series, Legendre's continued fraction (W. Gautschi, ACM TOMS 5, 1979), and the uniform asymptotic expansion of N. M. Temme, SIAM J. Math. Anal. 10, 1979."
    );

    /// The density.
    pub fn pdf(&self, x: f64) -> f64 {
        exp(self.ln_pdf(x))
    }

    /// The logarithm of the density.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        if x == 0.0 {
            // 0, ½ or ∞.
            return match self.df {
                df if df < 2.0 => f64::INFINITY,
                df if df > 2.0 => f64::NEG_INFINITY,
                _ => log(0.5),
            };
        }
        if x > 0.0 && x < f64::INFINITY {
            self.ln_density_of_ln(x) - log(x)
        } else if x.is_nan() {
            x
        } else {
            f64::NEG_INFINITY
        }
    }

    /// The x with P(X ≤ x) = p: Newton's method on the logarithm of the tail, from the approximation of E. B.
    /// Wilson, M. M. Hilferty (PNAS 17, 1931) or from the power law near zero.
    pub fn quantile(&self, p: f64) -> f64 {
        match inside(p, 0.0, f64::INFINITY) {
            Ok(p) => self.search(Goal::lower(p), standard_quantile(p)),
            Err(end) => end,
        }
    }

    /// The x with P(X > x) = q: as [`quantile`](Self::quantile).
    pub fn survival_quantile(&self, q: f64) -> f64 {
        match inside(q, f64::INFINITY, 0.0) {
            Ok(q) => self.search(Goal::upper(q), -standard_quantile(q)),
            Err(end) => end,
        }
    }

    fn search(&self, goal: Goal, z: f64) -> f64 {
        let part = 2.0 / (9.0 * self.df);
        let root = 1.0 - part + z * sqrt(part);
        let mut start = self.df * root * root * root;
        if let (Goal::Lower(ln_p), true) = (goal, root < 0.3) {
            let a = 0.5 * self.df;
            start = 2.0 * exp((ln_p + lgamma(a + 1.0)) / a);
        }
        search_positive(goal, start, |x| (self.tails(x), self.ln_density_of_ln(x)))
    }

    /// ln(x·density(x)).
    fn ln_density_of_ln(&self, x: f64) -> f64 {
        self.gamma.power(&self.gamma.point(0.5 * x)).ln() + log(0.5 * self.df)
    }

    /// By the incomplete gamma functions of half of both.
    fn tails(&self, x: f64) -> Tails {
        if x.is_nan() {
            Tails::NAN
        } else if x <= 0.0 {
            Tails::START
        } else {
            self.gamma.tails(&self.gamma.point(0.5 * x))
        }
    }
}
