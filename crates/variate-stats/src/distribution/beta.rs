use libm::{exp, log, log1p, sqrt};

use super::error::shape;
use super::normal::standard_quantile;
use super::{DistributionError, inside, probabilities};
use crate::special::{Goal, IncompleteBeta, Tails, search_positive};

/// The beta distribution, of a rate between 0 and 1.
///
/// ```
/// use variate_stats::distribution::Beta;
///
/// // 30 of 1,000 converted; a uniform prior.
/// let rate = Beta::new(31.0, 971.0)?;
/// assert!(rate.quantile(0.025) < 0.03 && 0.03 < rate.survival_quantile(0.025));
/// # Ok::<(), variate_stats::distribution::DistributionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    beta: IncompleteBeta,
}

impl Beta {
    /// With these two shapes, from 0.001 to 1e15.
    ///
    /// # Errors
    /// When one of them is out of that range or NaN.
    pub fn new(alpha: f64, beta: f64) -> Result<Self, DistributionError> {
        let alpha = shape("alpha", alpha)?;
        let beta = shape("beta", beta)?;
        Ok(Self {
            beta: IncompleteBeta::new(alpha, beta),
        })
    }

    /// Of shapes that were checked elsewhere.
    pub(crate) const fn over(beta: IncompleteBeta) -> Self {
        Self { beta }
    }

    probabilities!(
        x,
        "By the incomplete beta function, after A. R. `DiDonato`, A. H. Morris, ACM TOMS 18, 1992 (algorithm 708)."
    );

    /// The density.
    pub fn pdf(&self, x: f64) -> f64 {
        exp(self.ln_pdf(x))
    }

    /// The logarithm of the density.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        let (a, b) = (self.beta.a, self.beta.b);
        match x {
            0.0 => ln_at_end(a, b),
            1.0 => ln_at_end(b, a),
            x if x > 0.0 && x < 1.0 => self.beta.power(&self.beta.at(x)).ln() - log(x) - log1p(-x),
            _ => f64::NEG_INFINITY,
        }
    }

    /// The x with P(X ≤ x) = p: Newton's method on the logarithm of the tail over the odds, from the
    /// approximation in algorithm AS 109 (G. W. Cran, K. J. Martin, G. E. Thomas, Applied Statistics 26, 1977).
    pub fn quantile(&self, p: f64) -> f64 {
        match inside(p, 0.0, 1.0) {
            Ok(p) => self.at_odds(search_odds(
                &self.beta,
                Goal::lower(p),
                start_odds(&self.beta, p, true),
            )),
            Err(end) => end,
        }
    }

    /// The x with P(X > x) = q: as [`quantile`](Self::quantile).
    pub fn survival_quantile(&self, q: f64) -> f64 {
        match inside(q, 1.0, 0.0) {
            Ok(q) => self.at_odds(search_odds(
                &self.beta,
                Goal::upper(q),
                start_odds(&self.beta, q, false),
            )),
            Err(end) => end,
        }
    }

    fn at_odds(self, multiple: f64) -> f64 {
        1.0 / (1.0 + self.beta.b / self.beta.a / multiple)
    }

    /// By the incomplete beta function.
    fn tails(&self, x: f64) -> Tails {
        if x.is_nan() {
            Tails::NAN
        } else if x <= 0.0 {
            Tails::START
        } else if x >= 1.0 {
            Tails::END
        } else {
            self.beta.tails(&self.beta.at(x))
        }
    }
}

/// The logarithm of the density at the end of the support whose shape is `near`.
fn ln_at_end(near: f64, far: f64) -> f64 {
    if near < 1.0 {
        f64::INFINITY
    } else if near > 1.0 {
        f64::NEG_INFINITY
    } else {
        log(far)
    }
}

/// The odds, by those of the mean, that leave the goal.
pub(super) fn search_odds(beta: &IncompleteBeta, goal: Goal, start: f64) -> f64 {
    search_positive(goal, start, |multiple| {
        let point = beta.at_odds(multiple);
        (beta.tails(&point), beta.power(&point).ln())
    })
}

/// Where to begin to look for the odds with this lower (or upper) probability.
pub(super) fn start_odds(beta: &IncompleteBeta, p: f64, lower: bool) -> f64 {
    let deviations = if lower {
        standard_quantile(p)
    } else {
        -standard_quantile(p)
    };
    if beta.a <= 1.0 || beta.b <= 1.0 {
        // The spread of the logarithm of the odds, about.
        return exp(deviations * sqrt(1.0 / beta.a + 1.0 / beta.b));
    }
    let (of_a, of_b) = (1.0 / (2.0 * beta.a - 1.0), 1.0 / (2.0 * beta.b - 1.0));
    let size = 2.0 / (of_a + of_b);
    let bend = (deviations * deviations - 3.0) / 6.0;
    let skew = (of_b - of_a) * (bend + 5.0 / 6.0 - 2.0 / (3.0 * size));
    exp(2.0 * (deviations * sqrt(size + bend) / size + skew))
}
