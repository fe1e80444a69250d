//! Deterministic integrals: adaptive Gauss–Kronrod, and log-concave functions wherever their mass lies.

use std::{cmp::Ordering, collections::BinaryHeap};

/// Nodes and weights of the Kronrod rule of 15 points and the Gauss rule of 7 within it (QUADPACK, `qk15`):
/// (node, Kronrod weight, Gauss weight).
const RULE: [(f64, f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_224, 0.0),
    (
        0.949_107_912_342_758_5,
        0.063_092_092_629_978_56,
        0.129_484_966_168_869_7,
    ),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_19, 0.0),
    (
        0.741_531_185_599_394_4,
        0.140_653_259_715_525_92,
        0.279_705_391_489_276_64,
    ),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0),
    (
        0.405_845_151_377_397_2,
        0.190_350_578_064_785_4,
        0.381_830_050_505_118_9,
    ),
    (0.207_784_955_007_898_47, 0.204_432_940_075_298_9, 0.0),
    (0.0, 0.209_482_141_084_727_82, 0.417_959_183_673_469_4),
];

/// Nodes and weights of the Gauss–Legendre rule of 16 points on [−1, 1], the positive half.
pub(crate) const LEGENDRE: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
];

/// As near as the rule gets within the rounding of its terms.
pub(crate) const FINE: f64 = 1e-13;
const SEGMENTS: usize = 600;

struct Segment {
    from: f64,
    to: f64,
    integral: f64,
    error: f64,
}

impl PartialEq for Segment {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Segment {}
impl PartialOrd for Segment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Segment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.error.total_cmp(&other.error)
    }
}

fn kronrod(f: &mut impl FnMut(f64) -> f64, from: f64, to: f64) -> Segment {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let (mut kronrod, mut gauss, mut size) = (0.0, 0.0, 0.0);
    for (node, weight, coarse) in RULE {
        let value = if node == 0.0 {
            f(middle)
        } else {
            f(middle - half * node) + f(middle + half * node)
        };
        kronrod += weight * value;
        gauss += coarse * value;
        size += weight * value.abs();
    }
    // QUADPACK's: the difference of the rules overstates the error of the finer one by far.
    let difference = (kronrod - gauss).abs();
    let error = if size > 0.0 {
        difference.min(size * (200.0 * difference / size).powf(1.5))
    } else {
        0.0
    };
    Segment {
        from,
        to,
        integral: half * kronrod,
        error: half * error,
    }
}

/// ∫f from the first to the last of `breaks`, which stand where f is not smooth or has its mass.
///
/// Global adaptive Gauss–Kronrod (QUADPACK's QAG; Piessens et al. 1983) to a relative error of `tolerance`, or as near
/// to it as a bounded number of segments gets.
pub(crate) fn adaptive(mut f: impl FnMut(f64) -> f64, breaks: &[f64], tolerance: f64) -> f64 {
    let mut segments: BinaryHeap<Segment> = breaks
        .windows(2)
        .filter_map(|pair| match *pair {
            [from, to] if from < to => Some(kronrod(&mut f, from, to)),
            _ => None,
        })
        .collect();
    let limit = SEGMENTS.max(4 * segments.len());
    while segments.len() < limit {
        let (integral, error) = segments.iter().fold((0.0, 0.0), |(integral, error), s| {
            (integral + s.integral, error + s.error)
        });
        if error <= tolerance * f64::abs(integral) {
            break;
        }
        let Some(worst) = segments.pop() else { break };
        let middle = 0.5 * (worst.from + worst.to);
        if middle <= worst.from || middle >= worst.to {
            segments.push(Segment {
                error: 0.0,
                ..worst
            });
            continue;
        }
        segments.push(kronrod(&mut f, worst.from, middle));
        segments.push(kronrod(&mut f, middle, worst.to));
    }
    let mut parts: Vec<f64> = segments
        .into_iter()
        .map(|segment| segment.integral)
        .collect();
    parts.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    parts.into_iter().sum()
}

/// ln ∫exp(`ln_f`) for a log-concave function, that is one with a single hump whose tails fall at least exponentially,
/// over the real line or the part of it between `ends`; `near` is a place where it is above zero, `scale` the
/// width of its hump, or of what is narrower within it. −∞ when the function is zero there.
///
/// The hump is found first, so that an integral of 1e-250 has as many right digits as one of 1.
pub(crate) fn ln_log_concave(
    mut ln_f: impl FnMut(f64) -> f64,
    near: f64,
    scale: f64,
    ends: (f64, f64),
    tolerance: f64,
) -> f64 {
    let mut bounded = |x: f64| {
        if x >= ends.0 && x <= ends.1 {
            ln_f(x)
        } else {
            f64::NEG_INFINITY
        }
    };
    let (top, peak) = climb(&mut bounded, near, scale);
    if !peak.is_finite() {
        return f64::NEG_INFINITY;
    }
    let left = fall(&mut bounded, top, peak, -scale).max(ends.0 - top);
    let right = fall(&mut bounded, top, peak, scale).min(ends.1 - top);
    let mut breaks = vec![top];
    for side in [left, right] {
        breaks.extend([1.0, 0.6, 0.3, 0.1].map(|part| top + side * part));
        // A long tail hides what happens within the scale from a rule of a few points: nearer and nearer to the top.
        let mut part = 0.1 * side;
        while part.abs() > 4.0 * scale && part.is_finite() {
            part *= 0.3;
            breaks.push(top + part);
        }
    }
    breaks.sort_by(f64::total_cmp);
    adaptive(|x| (bounded(x) - peak).exp(), &breaks, tolerance).ln() + peak
}

/// The highest point, roughly, and the value there.
fn climb(ln_f: &mut impl FnMut(f64) -> f64, near: f64, scale: f64) -> (f64, f64) {
    let (mut at, mut value, mut step) = (near, ln_f(near), scale);
    for _ in 0..400 {
        let (right, left) = (ln_f(at + step), ln_f(at - step));
        let (next, better) = if right >= left {
            (at + step, right)
        } else {
            (at - step, left)
        };
        if better > value {
            (at, value) = (next, better);
            step *= 2.0;
        } else {
            // Not the very top: within a tenth of it the adaptive rule does as well from here.
            if value - left.min(right) < 0.1 || step < f64::EPSILON * at.abs() {
                break;
            }
            step *= 0.25;
        }
    }
    (at, value)
}

/// How far to go from the top until what is left does not count.
fn fall(ln_f: &mut impl FnMut(f64) -> f64, top: f64, peak: f64, step: f64) -> f64 {
    const DEPTH: f64 = 46.0;
    let (mut inside, mut outside) = (0.0, step);
    for _ in 0..1100 {
        if ln_f(top + outside).max(f64::MIN) <= peak - DEPTH {
            break;
        }
        inside = outside;
        outside *= 2.0;
    }
    for _ in 0..60 {
        if (outside - inside).abs() <= 0.1 * outside.abs() {
            break;
        }
        let middle = 0.5 * (inside + outside);
        if ln_f(top + middle).max(f64::MIN) > peak - DEPTH {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    outside
}

/// The root of an increasing function between `low` and `high`, by bisection to the last bit: slow and sure.
pub(crate) fn increasing_root(mut f: impl FnMut(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..2100 {
        let middle = 0.5 * low + 0.5 * high;
        if !(middle > low && middle < high) {
            break;
        }
        if f(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * low + 0.5 * high
}

/// The root of an increasing function between `low` and `high` where an evaluation is dear (Illinois rule).
pub(crate) fn increasing_root_secant(
    mut f: impl FnMut(f64) -> f64,
    mut low: f64,
    mut high: f64,
    width: f64,
) -> f64 {
    let (mut below, mut above) = (f(low), f(high));
    if below >= 0.0 || below.is_nan() {
        return low;
    }
    if above <= 0.0 || above.is_nan() {
        return high;
    }
    let mut last = 0;
    for round in 0..200 {
        let middle = if round % 3 == 2 {
            0.5 * (low + high)
        } else {
            high - above * (high - low) / (above - below)
        };
        let middle = if middle > low && middle < high {
            middle
        } else {
            0.5 * (low + high)
        };
        if !(middle > low && middle < high) || high - low <= width {
            return middle;
        }
        let value = f(middle);
        if value == 0.0 {
            return middle;
        }
        if value < 0.0 {
            if last < 0 {
                above *= 0.5;
            }
            (low, below, last) = (middle, value, -1);
        } else {
            if last > 0 {
                below *= 0.5;
            }
            (high, above, last) = (middle, value, 1);
        }
    }
    0.5 * (low + high)
}

/// Everywhere.
pub(crate) const LINE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 2e-14 * expected.abs(),
            "{found} for {expected}"
        );
    }

    #[test]
    fn polynomials_and_kinks_are_exact() {
        close(adaptive(|x| x.powi(14), &[0.0, 1.0], FINE), 1.0 / 15.0);
        close(
            adaptive(|x| (x - 0.25).abs(), &[0.0, 0.25, 1.0], FINE),
            0.3125,
        );
        close(adaptive(f64::sqrt, &[0.0, 1.0], FINE), 2.0 / 3.0);
        let weights: f64 = LEGENDRE.iter().map(|(x, w)| 2.0 * w * x.powi(30)).sum();
        close(weights, 2.0 / 31.0);
    }

    #[test]
    fn a_far_hump_is_found_from_its_tail() {
        let root = 0.5 * std::f64::consts::TAU.ln();
        close(
            ln_log_concave(|x| -0.5 * (x - 30.0).powi(2), 0.0, 1.0, LINE, FINE),
            root,
        );
        close(
            ln_log_concave(|x| -0.5 * (x / 1e-6).powi(2), -0.1, 1.0, LINE, FINE),
            1e-6_f64.ln() + root,
        );
        close(
            ln_log_concave(|x| -0.5 * (x / 1e8).powi(2) - 500.0, 5.0, 1.0, LINE, FINE),
            1e8_f64.ln() + root - 500.0,
        );
        close(
            ln_log_concave(|x| 1.0 - x, 1.0, 1.0, (0.0, f64::INFINITY), FINE),
            1.0,
        );
        close(
            ln_log_concave(|x| 1.0 - x, 700.0, 1.0, (0.0, f64::INFINITY), FINE),
            1.0,
        );
    }

    #[test]
    fn roots_are_found_to_the_last_bit() {
        close(increasing_root(|x| x * x - 2.0, 0.0, 2.0), 2.0_f64.sqrt());
        close(
            increasing_root_secant(|x| x.exp() - 2.0, 0.0, 2.0, 0.0),
            2.0_f64.ln(),
        );
    }
}
