use libm::{exp, log};

use super::beta::{search_odds, start_odds};
use super::error::shape;
use super::{DistributionError, inside, probabilities};
use crate::special::{Goal, IncompleteBeta, Tails};

/// Fisher's F distribution, of the ratio of two variances.
///
/// ```
/// use variate_stats::distribution::FisherF;
///
/// let f = FisherF::new(3.0, 20.0)?;
/// assert!((f.survival(f.survival_quantile(1e-9)) / 1e-9 - 1.0).abs() < 1e-10);
/// # Ok::<(), variate_stats::distribution::DistributionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FisherF {
    beta: IncompleteBeta,
}

impl FisherF {
    /// With these degrees of freedom of the numerator and the denominator, whole or not, from 0.001 to 1e15.
    ///
    /// # Errors
    /// When one of them is out of that range or NaN.
    pub fn new(numerator: f64, denominator: f64) -> Result<Self, DistributionError> {
        let numerator = shape("the numerator's number of degrees of freedom", numerator)?;
        let denominator = shape(
            "the denominator's number of degrees of freedom",
            denominator,
        )?;
        Ok(Self {
            beta: IncompleteBeta::new(0.5 * numerator, 0.5 * denominator),
        })
    }

    probabilities!(
        f,
        "By the incomplete beta function, after A. R. `DiDonato`, A. H. Morris, ACM TOMS 18, 1992 (algorithm 708)."
    );

    /// The density.
    pub fn pdf(&self, f: f64) -> f64 {
        exp(self.ln_pdf(f))
    }

    /// The logarithm of the density.
    pub fn ln_pdf(&self, f: f64) -> f64 {
        if f == 0.0 {
            return match self.beta.a {
                a if a < 1.0 => f64::INFINITY,
                a if a > 1.0 => f64::NEG_INFINITY,
                _ => 0.0,
            };
        }
        if f > 0.0 && f < f64::INFINITY {
            self.beta.power(&self.beta.at_odds(f)).ln() - log(f)
        } else if f.is_nan() {
            f
        } else {
            f64::NEG_INFINITY
        }
    }

    /// The f with P(F ≤ f) = p: Newton's method on the logarithm of the tail, from the approximation in
    /// algorithm AS 109 (G. W. Cran, K. J. Martin, G. E. Thomas, Applied Statistics 26, 1977).
    pub fn quantile(&self, p: f64) -> f64 {
        match inside(p, 0.0, f64::INFINITY) {
            Ok(p) => search_odds(&self.beta, Goal::lower(p), start_odds(&self.beta, p, true)),
            Err(end) => end,
        }
    }

    /// The f with P(F > f) = q: as [`quantile`](Self::quantile).
    pub fn survival_quantile(&self, q: f64) -> f64 {
        match inside(q, f64::INFINITY, 0.0) {
            Ok(q) => search_odds(&self.beta, Goal::upper(q), start_odds(&self.beta, q, false)),
            Err(end) => end,
        }
    }

    /// By the incomplete beta function of the odds.
    fn tails(&self, f: f64) -> Tails {
        if f.is_nan() {
            Tails::NAN
        } else if f <= 0.0 {
            Tails::START
        } else if f == f64::INFINITY {
            Tails::END
        } else {
            self.beta.tails(&self.beta.at_odds(f))
        }
    }
}
