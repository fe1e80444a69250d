use libm::{exp, expm1};

use super::excess::excess;
use super::gamma::scaled_gamma;
use super::large_beta::large_beta;
use super::{Tail, Tails};
use crate::DoubleDouble;

/// The regularised incomplete beta function `I_x(a, b)` of one a and b.
///
/// By regions as in A. R. `DiDonato`, A. H. Morris: "Algorithm 708: significant digit computation of the
/// incomplete beta function ratios", ACM TOMS 18, 1992: power series (with positive terms only), their
/// continued fraction (BFRAC), and the asymptotic expansion for large a and b (BASYM).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct IncompleteBeta {
    pub(crate) a: f64,
    pub(crate) b: f64,
    /// ab/(a + b) · g(a + b)/(g(a)·g(b)) with g the scaled gamma function.
    scale: f64,
}

/// An argument x, its complement y, and how far they are from the mean a/(a + b).
#[derive(Clone, Copy, Debug)]
pub(crate) struct BetaPoint {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// a − (a + b)·x, positive below the mean.
    lambda: f64,
    /// What x^a·y^b is small by, from its value at the mean.
    exponent: f64,
}

impl IncompleteBeta {
    pub(crate) fn new(a: f64, b: f64) -> Self {
        let scale = a / (a + b) * b * scaled_gamma(a + b) / scaled_gamma(a) / scaled_gamma(b);
        Self { a, b, scale }
    }

    /// At 0 < x < 1.
    pub(crate) fn at(&self, x: f64) -> BetaPoint {
        let x = DoubleDouble::from(x);
        self.point(x, DoubleDouble::from(1.0) - x)
    }

    /// At x = odds/(1 + odds), for odds > 0 that are given as a multiple of the odds a/b of the mean.
    pub(crate) fn at_odds(&self, multiple: f64) -> BetaPoint {
        self.at_multiple(DoubleDouble::from(multiple))
    }

    /// At the odds whose logarithm is so much above that of the odds a/b of the mean.
    pub(crate) fn at_log_odds(&self, above_mean: f64) -> BetaPoint {
        self.at_multiple(if above_mean.abs() < 0.5 {
            DoubleDouble::from_parts(1.0, expm1(above_mean))
        } else {
            DoubleDouble::from(exp(above_mean))
        })
    }

    fn at_multiple(&self, multiple: DoubleDouble) -> BetaPoint {
        let (a, b) = (DoubleDouble::from(self.a), DoubleDouble::from(self.b));
        let one = DoubleDouble::from(1.0);
        let sum = a + b;
        // x : y = a·multiple : b, divided by what keeps both in range.
        let (above, below) = if multiple.value() > 1.0 {
            (one, one / multiple)
        } else {
            (multiple, one)
        };
        // The small one comes last in each product, lest it underflows before.
        let part = one / (a * above + b * below);
        self.assembled(
            (a * part * above).value(),
            (b * part * below).value(),
            a * b * part * (below - above),
            sum * part * above,
            sum * part * below,
        )
    }

    fn point(&self, x: DoubleDouble, y: DoubleDouble) -> BetaPoint {
        let (a, b) = (DoubleDouble::from(self.a), DoubleDouble::from(self.b));
        let sum = a + b;
        let lambda = a * y - b * x;
        self.assembled(x.value(), y.value(), lambda, sum * x / a, sum * y / b)
    }

    fn assembled(
        &self,
        x: f64,
        y: f64,
        lambda: DoubleDouble,
        x_by_mean: DoubleDouble,
        y_by_mean: DoubleDouble,
    ) -> BetaPoint {
        let of_x = excess(-lambda / DoubleDouble::from(self.a), x_by_mean);
        let of_y = excess(lambda / DoubleDouble::from(self.b), y_by_mean);
        BetaPoint {
            x,
            y,
            lambda: lambda.value(),
            exponent: self.a * of_x + self.b * of_y,
        }
    }

    /// x^a·y^b/B(a, b).
    pub(crate) fn power(&self, point: &BetaPoint) -> Tail {
        Tail {
            exponent: point.exponent,
            factor: self.scale,
        }
    }

    pub(crate) fn tails(&self, point: &BetaPoint) -> Tails {
        if point.exponent == f64::INFINITY {
            return if point.lambda > 0.0 {
                Tails::START
            } else {
                Tails::END
            };
        }
        if point.lambda >= 0.0 {
            self.below_mean(self.a, self.b, point)
        } else {
            let mirrored = BetaPoint {
                x: point.y,
                y: point.x,
                lambda: -point.lambda,
                exponent: point.exponent,
            };
            self.below_mean(self.b, self.a, &mirrored).flipped()
        }
    }

    fn below_mean(&self, a: f64, b: f64, point: &BetaPoint) -> Tails {
        let (x, y, lambda, exponent) = (point.x, point.y, point.lambda, point.exponent);
        let tail = |by: f64| Tail {
            exponent,
            factor: self.scale * by,
        };
        let smaller = a.min(b);
        if b <= 3.0 && y * (a + b + 2.0) < b + 1.0 {
            Tails::Upper(tail(beta_series(b, a, y) / b))
        } else if a <= 3.0 && x < 0.7 {
            Tails::Lower(tail(beta_series(a, b, x) / a))
        } else if smaller > 100.0 && lambda <= 0.03 * smaller {
            Tails::Lower(Tail {
                exponent,
                factor: large_beta(a, b, exponent),
            })
        } else {
            Tails::Lower(tail(beta_fraction(a, b, x, y, lambda)))
        }
    }
}

/// `I_x(a, b)` · a·B(a, b)/(x^a·y^b): 1 + (a + b)/(a + 1)·x + (a + b)(a + b + 1)/((a + 1)(a + 2))·x² + …, all
/// positive (DLMF 8.17.8).
pub(crate) fn beta_series(a: f64, b: f64, x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    let (mut above, mut below) = (a + b, a);
    for _ in 0..2_000 {
        below += 1.0;
        term *= above / below * x;
        above += 1.0;
        sum += term;
        if term < sum * 2e-17 {
            break;
        }
    }
    sum
}

/// `I_x(a, b)` · B(a, b)/(x^a·y^b) for x below the mean: the continued fraction of TOMS 708 (its BFRAC), with
/// lambda = a − (a + b)·x.
pub(crate) fn beta_fraction(a: f64, b: f64, x: f64, y: f64, lambda: f64) -> f64 {
    let c = 1.0 + lambda;
    let c0 = b / a;
    let c1 = 1.0 + 1.0 / a;
    let (mut n, mut p, mut s) = (0.0, 1.0, a + 1.0);
    let (mut above, mut below, mut above_next, mut below_next) = (0.0, 1.0, 1.0, c / c1);
    let mut value = c1 / c;
    for _ in 0..5_000 {
        n += 1.0;
        let t = n / a;
        let w = n * (b - n) * x;
        let e = a / s;
        let alpha = p * (p + c0) * e * e * (w * x);
        let e = (1.0 + t) / (c1 + t + t);
        let beta = n + w / s + e * (c + n * (1.0 + y));
        p = 1.0 + t;
        s += 2.0;
        (above, above_next) = (above_next, alpha * above + beta * above_next);
        (below, below_next) = (below_next, alpha * below + beta * below_next);
        let previous = value;
        let by = 1.0 / below_next;
        value = above_next * by;
        if (value - previous).abs() <= 2e-16 * value {
            break;
        }
        above *= by;
        below *= by;
        above_next = value;
        below_next = 1.0;
    }
    value
}
