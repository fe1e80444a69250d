//! The normal distribution's tails and their logarithms, as the integrals of this crate need them.

use std::f64::consts::FRAC_1_SQRT_2;

/// ln √(2π).
pub(crate) const LN_ROOT_TAU: f64 = 0.918_938_533_204_672_7;

/// φ(x).
pub(crate) fn density(x: f64) -> f64 {
    (-0.5 * x * x - LN_ROOT_TAU).exp()
}

/// ln φ(x).
pub(crate) fn ln_density(x: f64) -> f64 {
    -0.5 * x * x - LN_ROOT_TAU
}

/// Φ(x).
pub(crate) fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// ln Φ(x), also where Φ(x) is too small for an f64.
pub(crate) fn ln_cdf(x: f64) -> f64 {
    if x > 0.0 {
        (-0.5 * libm::erfc(x * FRAC_1_SQRT_2)).ln_1p()
    } else if x > -20.0 {
        cdf(x).ln()
    } else {
        // Abramowitz and Stegun 26.2.12: six terms leave less than 1e-16 from 20 on.
        let y = 1.0 / (x * x);
        let series = -y
            * (1.0
                - 3.0 * y * (1.0 - 5.0 * y * (1.0 - 7.0 * y * (1.0 - 9.0 * y * (1.0 - 11.0 * y)))));
        ln_density(x) - (-x).ln() + series.ln_1p()
    }
}

/// ln of the beta function, also where its parameters are huge or differ by orders of magnitude: Stirling's formula
/// with the large terms cancelled by hand.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let whole = a + b;
    LN_ROOT_TAU + (a - 0.5) * ln_share(a, b) + (b - 0.5) * ln_share(b, a) - 0.5 * whole.ln()
        + stirling(a)
        + stirling(b)
        - stirling(whole)
}

/// ln(a/(a+b)).
fn ln_share(a: f64, b: f64) -> f64 {
    if b < a {
        -(b / a).ln_1p()
    } else {
        (a / (a + b)).ln()
    }
}

/// ln Γ(x) − (x − ½) ln x + x − ln √(2π) for x > 0: the remainder of Stirling's formula.
pub(crate) fn stirling(x: f64) -> f64 {
    if x < 10.0 {
        return libm::lgamma(x) - (x - 0.5) * x.ln() + x - LN_ROOT_TAU;
    }
    let y = 1.0 / (x * x);
    (1.0 / 12.0
        - y * (1.0 / 360.0
            - y * (1.0 / 1260.0
                - y * (1.0 / 1680.0 - y * (1.0 / 1188.0 - y * (691.0 / 360_360.0 - y / 156.0))))))
        / x
}

/// The x with Φ(−x) = `p`, for p between 0 and 1: Newton's method on ln Φ, from Hastings' approximation
/// (Abramowitz and Stegun 26.2.23).
pub(crate) fn upper_quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -upper_quantile(1.0 - p);
    }
    let ln_p = p.ln();
    let t = (-2.0 * ln_p).sqrt();
    let mut x = t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    for _ in 0..6 {
        let ln_tail = ln_cdf(-x);
        let step = (ln_tail - ln_p) * (ln_tail - ln_density(x)).exp();
        x += step;
        if step.abs() <= 1e-15 * x.abs() {
            break;
        }
    }
    x
}
