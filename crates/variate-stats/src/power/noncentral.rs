//! The noncentral t distribution, of a t statistic when there is an effect.

use libm::{exp, expm1, log, sqrt};

use crate::DoubleDouble;
use crate::distribution::Normal;
use crate::quadrature::ln_log_concave;
use crate::special::{LN_ROOT_TAU, excess, stirling};

/// Beyond so many degrees of freedom a t statistic is normal, to about as many digits.
const NORMAL: f64 = 1e10;

/// P(T > t) for t ≥ 0 and an effect of `drift` standard errors.
///
/// ∫P(Z > t·s − drift)·f(s) ds over s = √(χ²/ν), in u = ln s, where the integrand is log-concave.
pub(super) fn survival(t: f64, degrees: f64, drift: f64) -> f64 {
    if degrees > NORMAL {
        return Normal::STANDARD.survival(t - drift);
    }
    let half = 0.5 * degrees;
    let ln_height = std::f64::consts::LN_2 + 0.5 * log(half) - LN_ROOT_TAU - stirling(half);
    let ln_density = |u: f64| {
        // νu − (ν/2)e^2u, without what is lost around 0.
        let above = DoubleDouble::from(expm1(2.0 * u));
        ln_height - half * excess(above, DoubleDouble::from(exp(2.0 * u)))
    };
    let ln_f = |u: f64| ln_density(u) + Normal::STANDARD.ln_survival(t * exp(u) - drift);
    let scale = 1.0 / sqrt(2.0 * degrees + t * t);
    ln_log_concave(ln_f, 0.0, scale, (f64::NEG_INFINITY, f64::INFINITY), 1e-12).exp()
}
