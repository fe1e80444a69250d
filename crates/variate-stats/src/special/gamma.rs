use std::f64::consts::PI;

use libm::{exp, lgamma, log, sqrt, tgamma};

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

/// ln √(2π).
pub(crate) const LN_ROOT_TAU: f64 = 0.918_938_533_204_672_7;

/// ln Γ(a) − (a − ½)·ln a + a − ½·ln 2π for a > 0, what Stirling's formula leaves out: its series from 10 on.
pub(crate) fn stirling(a: f64) -> f64 {
    if a < 10.0 {
        return lgamma(a) - (a - 0.5) * log(a) + a - LN_ROOT_TAU;
    }
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
#[expect(clippy::unreadable_literal, reason = "as the script prints them")]
const STIRLING: [f64; 8] = [
    0.08333333333333333,
    -0.002777777777777778,
    0.0007936507936507937,
    -0.0005952380952380953,
    0.0008417508417508417,
    -0.0019175269175269174,
    0.00641025641025641,
    -0.029550653594771242,
];

#[expect(clippy::unreadable_literal, reason = "as the script prints them")]
const HALF_STEP: [f64; 8] = [
    -0.125,
    0.005208333333333333,
    -1.5625e-3,
    0.001185825892857143,
    -0.001681857638888889,
    0.0038341175426136365,
    -0.012819730318509614,
    0.05910040537516276,
];
