use libm::log;

use super::horner;
use crate::DoubleDouble;

/// u − ln(1 + u), which is (nearly) what exponents of tails are made of: to a unit in the last place also
/// where it is u²/2. `ratio` is 1 + u, from its own side, as u loses it near −1.
pub(crate) fn excess(u: DoubleDouble, ratio: DoubleDouble) -> f64 {
    let (high, low) = u.parts();
    let half = high / (2.0 + high);
    if half.abs() > 0.35 {
        let (ratio, rest) = ratio.parts();
        if ratio == 0.0 {
            return f64::INFINITY;
        }
        return (high - log(ratio)) + (low - rest / ratio);
    }
    // ln(1 + u) = 2 artanh(u / (2 + u)), and u − 2u/(2 + u) = u · u/(2 + u).
    let square = half * half;
    let terms: &[f64] = if half.abs() < 0.05 {
        &ODD_RECIPROCALS[..7]
    } else {
        &ODD_RECIPROCALS
    };
    high * half - 2.0 * half * square * horner(terms, square) + low * high / (1.0 + high)
}

const ODD_RECIPROCALS: [f64; 18] = [
    1.0 / 3.0,
    1.0 / 5.0,
    1.0 / 7.0,
    1.0 / 9.0,
    1.0 / 11.0,
    1.0 / 13.0,
    1.0 / 15.0,
    1.0 / 17.0,
    1.0 / 19.0,
    1.0 / 21.0,
    1.0 / 23.0,
    1.0 / 25.0,
    1.0 / 27.0,
    1.0 / 29.0,
    1.0 / 31.0,
    1.0 / 33.0,
    1.0 / 35.0,
    1.0 / 37.0,
];
