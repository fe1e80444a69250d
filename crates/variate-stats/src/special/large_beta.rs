use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use libm::{exp, sqrt};

use super::gamma::stirling;
use super::scaled_erfc;

const TERMS: usize = 21;

/// `I_x(a, b)` · e^exponent for x below the mean: the asymptotic expansion for large a and b of TOMS 708 (its
/// BASYM, section 9 there). `exponent` is a·(−λ/a − ln(1 − λ/a)) + b·(λ/b − ln(1 + λ/b)).
#[expect(
    clippy::indexing_slicing,
    reason = "recurrences over arrays of TERMS, all indices below the loop's"
)]
pub(crate) fn large_beta(a: f64, b: f64, exponent: f64) -> f64 {
    let z = sqrt(2.0 * exponent);
    let square = z * z;
    let (ratio, sign) = if a < b { (a / b, 1.0) } else { (b / a, -1.0) };
    let share = 1.0 / (1.0 + ratio);
    let skew = sign * (1.0 - ratio);
    let width = 1.0 / sqrt(a.min(b) * (1.0 + ratio));

    let mut a0 = [0.0; TERMS];
    let mut b0 = [0.0; TERMS];
    let mut c = [0.0; TERMS];
    let mut d = [0.0; TERMS];
    a0[0] = 2.0 / 3.0 * skew;
    c[0] = -0.5 * a0[0];
    d[0] = -c[0];
    // The integrals of z^n: their recurrence starts at erfc.
    let step = 0.5 * FRAC_1_SQRT_2;
    let mut even = 0.25 * std::f64::consts::PI.sqrt() * scaled_erfc(z / SQRT_2);
    let mut odd = step;
    let mut sum = even + d[0] * width * odd;
    let (mut s, mut power, mut w) = (1.0, 1.0, width);
    let (mut z_odd, mut z_even) = (z, square);
    let mut n = 2;
    let mut count = 2.0;
    while n < TERMS {
        power *= ratio * ratio;
        a0[n - 1] = 2.0 * share * (1.0 + ratio * power) / (count + 2.0);
        s += power;
        a0[n] = 2.0 * skew * s / (count + 3.0);
        let mut order = count;
        for i in n..=n + 1 {
            let r = -0.5 * (order + 1.0);
            b0[0] = r * a0[0];
            let mut m_value = 2.0;
            for m in 2..=i {
                let mut inner = 0.0;
                let mut j_value = 1.0;
                for j in 1..m {
                    inner += (j_value * r - (m_value - j_value)) * a0[j - 1] * b0[m - j - 1];
                    j_value += 1.0;
                }
                b0[m - 1] = r * a0[m - 1] + inner / m_value;
                m_value += 1.0;
            }
            c[i - 1] = b0[i - 1] / (order + 1.0);
            let inner: f64 = (1..i).map(|j| d[i - j - 1] * c[j - 1]).sum();
            d[i - 1] = -(inner + c[i - 1]);
            order += 1.0;
        }
        even = step * z_odd + (count - 1.0) * even;
        odd = step * z_even + count * odd;
        z_odd *= square;
        z_even *= square;
        w *= width;
        let first = d[n - 1] * w * even;
        w *= width;
        let second = d[n] * w * odd;
        sum += first + second;
        if first.abs() + second.abs() <= 1e-17 * sum {
            break;
        }
        n += 2;
        count += 2.0;
    }
    std::f64::consts::FRAC_2_SQRT_PI * exp(-(stirling(a) + stirling(b) - stirling(a + b))) * sum
}
