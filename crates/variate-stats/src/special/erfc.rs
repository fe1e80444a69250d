use std::f64::consts::FRAC_2_SQRT_PI;

use libm::exp;

use super::horner;

/// exp(x²)·erfc(x) for x ≥ 0, to a few units in the last place: the rational approximations of W. J. Cody: "Rational Chebyshev
/// approximations for the error function", Math. Comp. 23, 1969.
pub(crate) fn scaled_erfc(x: f64) -> f64 {
    let square = x * x;
    if x < 0.46875 {
        let erf = x * horner(&CENTRE_P, square) / horner(&CENTRE_Q, square);
        return exp(square) * (1.0 - erf);
    }
    if x <= 4.0 {
        // Even and odd powers apart: they do not wait for each other.
        let part = |of: &[[f64; 5]; 2]| horner(&of[0], square) + x * horner(&of[1], square);
        return part(&MIDDLE_P) / part(&MIDDLE_Q);
    }
    let inverse = 1.0 / square;
    let below = inverse * horner(&TAIL_P, inverse) / horner(&TAIL_Q, inverse);
    (0.5 * FRAC_2_SQRT_PI - below) / x
}

// From Cody, who gives more digits; the constant term first.
#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const CENTRE_P: [f64; 5] = [
    3209.3775891384694,
    377.485237685302,
    113.86415415105016,
    3.1611237438705655,
    0.18577770618460315,
];

#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const CENTRE_Q: [f64; 5] = [
    2844.236833439171,
    1282.6165260773723,
    244.02463793444417,
    23.601290952344122,
    1.0,
];

#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const MIDDLE_P: [[f64; 5]; 2] = [
    [
        1230.3393547979972,
        1712.0476126340707,
        298.6351381974001,
        8.883149794388377,
        2.1531153547440383e-08,
    ],
    [
        2051.0783778260716,
        881.952221241769,
        66.11919063714163,
        0.5641884969886701,
        0.0,
    ],
];

#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const MIDDLE_Q: [[f64; 5]; 2] = [
    [
        1230.3393548037495,
        4362.619090143247,
        1621.3895745666903,
        117.6939508913125,
        1.0,
    ],
    [
        3439.3676741437216,
        3290.7992357334597,
        537.1811018620099,
        15.744926110709835,
        0.0,
    ],
];

#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const TAIL_P: [f64; 6] = [
    0.0006587491615298378,
    0.016083785148742275,
    0.12578172611122926,
    0.36034489994980445,
    0.30532663496123236,
    0.016315387137302097,
];

#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const TAIL_Q: [f64; 6] = [
    0.0023352049762686918,
    0.06051834131244132,
    0.5279051029514285,
    1.8729528499234673,
    2.568520192289822,
    1.0,
];
