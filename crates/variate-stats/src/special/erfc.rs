use libm::sqrt;

/// exp(x²)·erfc(x) for x ≥ 0, to a few units in the last place: the Chebyshev series of
/// (1 + 2x)·exp(x²)·erfc(x) in (x − 3.75)/(x + 3.75) of M. M. Shepherd, J. G. Laframboise:
/// "Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞", Math. Comp. 36, 1981.
pub(crate) fn scaled_erfc(x: f64) -> f64 {
    if x > 1e17 {
        return 1.0 / (x * sqrt(std::f64::consts::PI));
    }
    let s = 2.0 * (x - 3.75) / (x + 3.75);
    let (mut last, mut before) = (0.0, 0.0);
    for coefficient in CHEBYSHEV.iter().skip(1).rev() {
        (last, before) = (s * last - before + coefficient, last);
    }
    (0.5 * s * last - before + FIRST) / (1.0 + 2.0 * x)
}

const FIRST: f64 = 1.1775789345674018;

// From reference/coefficients.py.
const CHEBYSHEV: [f64; 25] = [
    FIRST,
    -4.5900545806464773e-3,
    -0.084249133366517916,
    0.05920993999819189,
    -0.026658668435305752,
    9.0749976707052651e-3,
    -2.4131635404176082e-3,
    4.9077583652580863e-4,
    -6.9169733025012064e-5,
    4.1390279860730102e-6,
    7.7403830661984907e-7,
    -2.1886401049234396e-7,
    1.076499946567091e-8,
    4.5219598112182869e-9,
    -7.7544002088313511e-10,
    -6.3180883408866845e-11,
    2.8687950109306699e-11,
    1.9455868545777347e-13,
    -9.6546967484334389e-13,
    3.2525481481487398e-14,
    3.3478119482868054e-14,
    -1.8645628804193131e-15,
    -1.2507950530688647e-15,
    7.4182352566240435e-17,
    5.0681489047961113e-17,
];
