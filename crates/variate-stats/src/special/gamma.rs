use std::f64::consts::PI;

use libm::{exp, log, sqrt, tgamma};

use super::horner;

/// Γ(1 + a)·e^a·a^−a for a > 0: what is left of the gamma function when its powers are taken away, so
/// that those can be multiplied with others before they overflow. Stirling's series from 10 on.
pub(crate) fn scaled_gamma(a: f64) -> f64 {
    if a < 10.0 {
        tgamma(1.0 + a) * exp(a - a * log(a))
    } else {
        sqrt(2.0 * PI * a) * exp(stirling(a))
    }
}

/// ln Γ(a) − (a − ½)·ln a + a − ½·ln 2π for a ≥ 10.
pub(crate) fn stirling(a: f64) -> f64 {
    horner(&STIRLING, 1.0 / (a * a)) / a
}

/// Γ(z + ½) / (Γ(z)·√z): the series of its logarithm (Tricomi, Erdélyi 1951; DLMF 5.11.8) from 15 on.
pub(crate) fn half_step(z: f64) -> f64 {
    if z < 15.0 {
        tgamma(z + 0.5) / (tgamma(z) * sqrt(z))
    } else {
        exp(horner(&HALF_STEP, 1.0 / (z * z)) / z)
    }
}

// Both from reference/coefficients.py.
const STIRLING: [f64; 8] = [
    0.083333333333333333,
    -2.7777777777777778e-3,
    7.9365079365079365e-4,
    -5.9523809523809524e-4,
    8.4175084175084175e-4,
    -1.9175269175269175e-3,
    6.4102564102564103e-3,
    -0.029550653594771242,
];

const HALF_STEP: [f64; 8] = [
    -0.125,
    5.2083333333333333e-3,
    -1.5625e-3,
    1.1858258928571429e-3,
    -1.6818576388888889e-3,
    3.8341175426136364e-3,
    -0.012819730318509615,
    0.05910040537516276,
];
