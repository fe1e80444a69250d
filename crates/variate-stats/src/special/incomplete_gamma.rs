use std::f64::consts::PI;

use libm::{copysign, sqrt};

use super::excess::excess;
use super::gamma::scaled_gamma;
use super::temme::temme_sum;
use super::{Tail, Tails, scaled_erfc};
use crate::DoubleDouble;

/// The regularised incomplete gamma functions P(a, x) and Q(a, x) of one a > 0.
///
/// The power series of P below the mean, Legendre's continued fraction of Q above it (W. Gautschi: "A
/// computational procedure for incomplete gamma functions", ACM TOMS 5, 1979), and where a ≥ 20 and x within
/// 40 % of it, Temme's expansion; regions as in A. R. `DiDonato`, A. H. Morris: "Computation of the incomplete
/// gamma function ratios and their inverse", ACM TOMS 12, 1986.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct IncompleteGamma {
    a: f64,
    scale: f64,
}

/// An argument x, and how far it is from a.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GammaPoint {
    x: f64,
    /// x/a − 1.
    distance: f64,
    /// What x^a·e^−x/Γ(1 + a) is small by: a·(distance − ln(x/a)).
    exponent: f64,
}

impl IncompleteGamma {
    pub(crate) fn new(a: f64) -> Self {
        Self {
            a,
            scale: scaled_gamma(a),
        }
    }

    /// For 0 < x.
    pub(crate) fn point(&self, x: f64) -> GammaPoint {
        if x > 1e290 {
            return GammaPoint {
                x,
                distance: f64::INFINITY,
                exponent: f64::INFINITY,
            };
        }
        let argument = DoubleDouble::from(x);
        let shape = DoubleDouble::from(self.a);
        let distance = (argument - shape) / shape;
        GammaPoint {
            x,
            distance: distance.value(),
            exponent: self.a * excess(distance, argument / shape),
        }
    }

    /// x^a·e^−x/Γ(1 + a).
    pub(crate) fn power(&self, point: &GammaPoint) -> Tail {
        Tail {
            exponent: point.exponent,
            factor: 1.0 / self.scale,
        }
    }

    pub(crate) fn tails(&self, point: &GammaPoint) -> Tails {
        let (a, x) = (self.a, point.x);
        let Tail { exponent, factor } = self.power(point);
        if exponent == f64::INFINITY {
            return if x < a { Tails::START } else { Tails::END };
        }
        let tail = |by: f64| Tail {
            exponent,
            factor: factor * by,
        };
        if a >= 20.0 && point.distance.abs() < 0.4 {
            let root = sqrt(exponent);
            let eta = copysign(sqrt(2.0 * exponent / a), point.distance);
            let correction = copysign(1.0, eta) * temme_sum(a, eta);
            let factor = 0.5 * scaled_erfc(root) + correction / sqrt(2.0 * PI * a);
            let tail = Tail { exponent, factor };
            return if eta < 0.0 {
                Tails::Lower(tail)
            } else {
                Tails::Upper(tail)
            };
        }
        if x < 1.5 || x < a + 1.0 {
            Tails::Lower(tail(series(a, x)))
        } else {
            Tails::Upper(tail(a * fraction(a, x)))
        }
    }
}

/// 1 + x/(a + 1) + x²/((a + 1)(a + 2)) + …
fn series(a: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut below) = (1.0, 1.0, a);
    for _ in 0..1_000 {
        below += 1.0;
        term *= x / below;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// 1/(x + 1 − a − 1(1 − a)/(x + 3 − a − 2(2 − a)/(x + 5 − a − …))), by Lentz's method as modified by Thompson
/// and Barnett.
fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut value = d;
    let mut i = 0.0;
    for _ in 0..1_000 {
        i += 1.0;
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / nonzero(numerator * d + b);
        c = nonzero(b + numerator / c);
        let step = c * d;
        value *= step;
        if (step - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}

fn nonzero(x: f64) -> f64 {
    if x.abs() < 1e-290 { 1e-290 } else { x }
}
