use libm::{log, log1p};

use super::gamma::{LN_ROOT_TAU, stirling};

/// ln B(a, b), also where a and b are huge or differ by orders of magnitude: Stirling's formula with the large
/// terms cancelled by hand.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let sum = a + b;
    LN_ROOT_TAU + (a - 0.5) * ln_share(a, b) + (b - 0.5) * ln_share(b, a) - 0.5 * log(sum)
        + stirling(a)
        + stirling(b)
        - stirling(sum)
}

/// ln(a/(a + b)).
fn ln_share(a: f64, b: f64) -> f64 {
    if b < a {
        -log1p(b / a)
    } else {
        log(a / (a + b))
    }
}
