use libm::sqrt;

use super::horner;

/// exp(x²)·erfc(x) for x ≥ 0, to a few units in the last place: the Chebyshev series of
/// (1 + 2x)·exp(x²)·erfc(x) in (x − 3.75)/(x + 3.75) of M. M. Shepherd, J. G. Laframboise:
/// "Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞", Math. Comp. 36, 1981. Between 0.46875 and 4, where most
/// arguments are, the rational approximation of W. J. Cody: "Rational Chebyshev approximations for the error function", Math.
/// Comp. 23, 1969, which takes a third of the time.
pub(crate) fn scaled_erfc(x: f64) -> f64 {
    if (0.46875..=4.0).contains(&x) {
        return horner(&COUNTER, x) / horner(&DENOMINATOR, x);
    }
    if x > 1e17 {
        return 1.0 / (x * sqrt(std::f64::consts::PI));
    }
    let s = 2.0 * (x - 3.75) / (x + 3.75);
    let (mut last, mut before) = (0.0, 0.0);
    for coefficient in CHEBYSHEV.iter().rev() {
        (last, before) = (s * last - before + coefficient, last);
    }
    (0.5 * s * last - before + FIRST) / (1.0 + 2.0 * x)
}

#[expect(clippy::unreadable_literal, reason = "as the script prints them")]
const FIRST: f64 = 1.1775789345674017;

// From reference/coefficients.py.
#[expect(clippy::unreadable_literal, reason = "as the script prints them")]
static CHEBYSHEV: [f64; 24] = [
    -0.004590054580646478,
    -0.08424913336651792,
    0.05920993999819189,
    -0.026658668435305753,
    0.009074997670705265,
    -0.002413163540417608,
    0.0004907758365258086,
    -6.916973302501207e-5,
    4.13902798607301e-6,
    7.74038306619849e-7,
    -2.1886401049234397e-7,
    1.076499946567091e-8,
    4.521959811218287e-9,
    -7.754400208831351e-10,
    -6.318088340886684e-11,
    2.86879501093067e-11,
    1.9455868545777347e-13,
    -9.65469674843344e-13,
    3.25254814814874e-14,
    3.3478119482868056e-14,
    -1.864562880419313e-15,
    -1.2507950530688648e-15,
    7.418235256624044e-17,
    5.068148904796111e-17,
];

// From Cody, who gives more digits.
#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const COUNTER: [f64; 9] = [
    1230.3393547979972,
    2051.0783778260716,
    1712.0476126340707,
    881.952221241769,
    298.6351381974001,
    66.11919063714163,
    8.883149794388377,
    0.5641884969886701,
    2.1531153547440383e-08,
];

#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const DENOMINATOR: [f64; 9] = [
    1230.3393548037495,
    3439.3676741437216,
    4362.619090143247,
    3290.7992357334597,
    1621.3895745666903,
    537.1811018620099,
    117.6939508913125,
    15.744926110709835,
    1.0,
];
