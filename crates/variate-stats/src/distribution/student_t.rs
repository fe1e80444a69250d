use std::f64::consts::{FRAC_1_SQRT_2, PI};

use libm::{exp, expm1, log, log1p, sqrt, tan};

use super::error::shape;
use super::normal::standard_quantile;
use super::{DistributionError, inside, probabilities};
use crate::special::{Tail, Tails, beta_fraction, beta_series, half_step, horner, scaled_erfc};

/// From so many degrees of freedom on, and up to so many deviations from the centre, the series that leads to the normal
/// distribution has all digits.
const LARGE: f64 = 2000.0;
const NEAR: f64 = 9.0;

/// Student's t distribution.
///
/// ```
/// use variate_stats::distribution::StudentT;
///
/// let t = StudentT::new(10.0)?;
/// assert!((t.survival(2.228138851986275) - 0.025).abs() < 1e-15);
/// # Ok::<(), variate_stats::distribution::DistributionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudentT {
    df: f64,
}

impl StudentT {
    /// With this many degrees of freedom, whole or not, from 0.001 to 1e15.
    ///
    /// # Errors
    /// When they are out of that range or NaN.
    pub fn new(degrees_of_freedom: f64) -> Result<Self, DistributionError> {
        let df = shape("the number of degrees of freedom", degrees_of_freedom)?;
        Ok(Self { df })
    }

    /// The density at zero.
    fn height(self) -> f64 {
        half_step(0.5 * self.df) / sqrt(2.0 * PI)
    }

    /// How many degrees of freedom.
    pub const fn degrees_of_freedom(&self) -> f64 {
        self.df
    }

    probabilities!(
        t,
        "By the incomplete beta function: its power series around zero, elsewhere the continued fraction of A. R. `DiDonato`, A. H. Morris, ACM TOMS 18, 1992 (algorithm 708); from 2,000 degrees of freedom on, by the normal distribution and the series of G. W. Hill, CACM 13, 1970 (algorithm 395)."
    );

    /// The density.
    pub fn pdf(&self, t: f64) -> f64 {
        self.density(t.abs(), self.height())
    }

    fn density(self, t: f64, height: f64) -> f64 {
        height * exp(-self.exponent(t).0)
    }

    /// The logarithm of the density.
    pub fn ln_pdf(&self, t: f64) -> f64 {
        log(self.height()) - self.exponent(t.abs()).0
    }

    /// The t with P(T ≤ t) = p; infinite where it is beyond an `f64`.
    ///
    /// Halley's method on the logarithm of the tail over ln t, from the approximation of D. L. Wallace (Ann.
    /// Math. Stat. 30, 1959) or from the tail's power law; in closed form for one and two degrees of freedom, by the
    /// series of G. W. Hill (CACM 13, 1970, algorithm 396) for 2,000 and more.
    pub fn quantile(&self, p: f64) -> f64 {
        -self.survival_quantile(p)
    }

    /// The t with P(T > t) = q: as [`quantile`](Self::quantile).
    pub fn survival_quantile(&self, q: f64) -> f64 {
        match inside(q, f64::INFINITY, f64::NEG_INFINITY) {
            Err(end) => end,
            Ok(q) if q > 0.5 => -self.upper_quantile(1.0 - q, q - 0.5),
            Ok(q) => self.upper_quantile(q, 0.5 - q),
        }
    }

    /// ((ν + 1)/2)·ln(1 + t²/ν), and t²/ν.
    fn exponent(self, t: f64) -> (f64, f64) {
        let half = 0.5 * (self.df + 1.0);
        if t > 1e140 {
            return (half * (2.0 * log(t) - log(self.df)), t / self.df * t);
        }
        let square = t * t;
        let ratio = square / self.df;
        let rest = (t.mul_add(t, -square) - ratio.mul_add(self.df, -square)) / self.df;
        (half * (log1p(ratio) + rest / (1.0 + ratio)), ratio)
    }

    /// The incomplete beta function in t²/(ν + t²) with b = ½: its power series around the centre, the
    /// continued fraction of TOMS 708 in the tails, both times t·density.
    fn tails(self, t: f64) -> Tails {
        let size = t.abs();
        match t {
            f64::INFINITY => return Tails::END,
            f64::NEG_INFINITY => return Tails::START,
            t if t.is_nan() => return Tails::NAN,
            _ => {}
        }
        let upper = if self.df >= LARGE && size <= NEAR {
            self.nearly_normal(size)
        } else {
            match self.half(size, self.height()) {
                Half::Centre(centre) => Tail {
                    exponent: 0.0,
                    factor: 0.5 - centre,
                },
                Half::Tail(tail, _) => tail,
            }
        };
        if t < 0.0 {
            Tails::Lower(upper)
        } else {
            Tails::Upper(upper)
        }
    }

    /// For t ≥ 0: the normal deviate with the same tail.
    fn nearly_normal(self, t: f64) -> Tail {
        let a = self.df - 0.5;
        let b = 48.0 * a * a;
        let square = a * short_log1p(t * t / self.df);
        let series = ((4.0 * square + 33.0) * square + 240.0) * square + 855.0;
        let z = sqrt(square) * (1.0 + (square + 3.0 - series / (10.0 * b)) / b);
        Tail {
            exponent: 0.5 * z * z,
            factor: 0.5 * scaled_erfc(z * FRAC_1_SQRT_2),
        }
    }

    /// The way back.
    fn quantile_nearly_normal(self, q: f64) -> f64 {
        let a = self.df - 0.5;
        let b = 48.0 * a * a;
        let z = standard_quantile(q);
        let square = z * z;
        let series = ((4.0 * square + 63.0) * square + 360.0) * square + 945.0;
        let root = z * (1.0 - (square + 3.0 - series / (10.0 * b)) / b);
        sqrt(self.df * short_expm1(root * root / a))
    }

    /// For t ≥ 0.
    fn half(self, t: f64, height: f64) -> Half {
        let a = 0.5 * self.df;
        let (exponent, ratio) = self.exponent(t);
        let x = 1.0 / (1.0 + ratio);
        let y = if ratio < 1e300 { ratio * x } else { 1.0 };
        if y * (a + 2.5) < 1.5 {
            return Half::Centre(t * height * exp(-exponent) * beta_series(0.5, a, y));
        }
        let by = 0.5 * beta_fraction(a, 0.5, x, y, 0.5 * (self.df * y - x));
        // An exponent that would underflow alone takes the argument in.
        let (exponent, size) = if exponent > 600.0 {
            (exponent - log(t), 1.0)
        } else {
            (exponent, t)
        };
        let tail = Tail {
            exponent,
            factor: size * height * by,
        };
        Half::Tail(tail, by)
    }

    /// For q = ½ − centre in (0, ½].
    fn upper_quantile(self, q: f64, centre: f64) -> f64 {
        match self.df {
            1.0 if q < 0.25 => 1.0 / tan(PI * q),
            1.0 => tan(PI * centre),
            2.0 => 2.0 * centre / sqrt(2.0 * q * (1.0 - q)),
            _ if centre < 0.25 => self.quantile_near_centre(centre),
            _ if self.df >= LARGE && q > 1e-18 => self.quantile_nearly_normal(q),
            _ => self.quantile_in_tail(q),
        }
    }

    fn quantile_near_centre(self, centre: f64) -> f64 {
        let height = self.height();
        let linear = centre / height;
        let mut t = linear * (1.0 + (1.0 + 1.0 / self.df) * linear * linear / 6.0).min(2.0);
        for _ in 0..60 {
            let reached = match self.half(t, height) {
                Half::Centre(reached) => reached,
                Half::Tail(tail, _) => 0.5 - tail.value(),
            };
            let newton = (centre - reached) / self.density(t, height);
            // The density falls by this part of itself per unit.
            let falls = (self.df + 1.0) * t / (self.df + t * t);
            let step = newton / (1.0 - 0.5 * newton * falls).max(0.5);
            t = if t + step > 0.0 { t + step } else { 0.5 * t };
            if step.abs() <= t * 1e-5 || t == 0.0 {
                break;
            }
        }
        t
    }

    fn quantile_in_tail(self, q: f64) -> f64 {
        let df = self.df;
        let ln_q = log(q);
        let height = self.height();
        let mut t = f64::INFINITY;
        if df < 30.0 {
            t = exp((log(height) + 0.5 * (df - 1.0) * log(df) - ln_q) / df);
        }
        if df >= 1.0 {
            let z = standard_quantile(q) * (8.0 * df + 3.0) / (8.0 * df + 1.0);
            t = t.min(sqrt(df * expm1(z * z / df)));
        }
        for _ in 0..60 {
            if t == f64::INFINITY {
                break;
            }
            // In v = ln t: the logarithm of the tail falls by `slope`, which itself grows by `bend` of it.
            let (off, slope) = match self.half(t, height) {
                Half::Centre(reached) => {
                    let tail = 0.5 - reached;
                    (log(tail) - ln_q, t * self.density(t, height) / tail)
                }
                Half::Tail(tail, by) => (tail.ln() - ln_q, 1.0 / by),
            };
            let bend = 1.0 + slope - (df + 1.0) / (df / t / t + 1.0);
            let newton = off / slope;
            let step = newton / (1.0 + 0.5 * newton * bend).max(0.5);
            t *= exp(step.clamp(-5.0, 5.0));
            if step.abs() <= 1e-5 || step.is_nan() {
                break;
            }
        }
        t
    }
}

/// ln(1 + x); by its series where that is short.
fn short_log1p(x: f64) -> f64 {
    const SERIES: [f64; 6] = [
        1.0,
        -1.0 / 2.0,
        1.0 / 3.0,
        -1.0 / 4.0,
        1.0 / 5.0,
        -1.0 / 6.0,
    ];
    if x < 1e-3 {
        x * horner(&SERIES, x)
    } else {
        log1p(x)
    }
}

/// e^x − 1; by its series where that is short.
fn short_expm1(x: f64) -> f64 {
    const SERIES: [f64; 5] = [1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0];
    if x < 1e-3 {
        x * horner(&SERIES, x)
    } else {
        expm1(x)
    }
}

/// The upper half of the distribution at some t ≥ 0.
enum Half {
    /// P(0 < T < t).
    Centre(f64),
    /// P(T > t), and it by t·density.
    Tail(Tail, f64),
}
