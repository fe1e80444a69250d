use libm::{exp, log, sqrt};

use super::Tails;

/// The tail that a quantile leaves, by its logarithm.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    Lower(f64),
    Upper(f64),
}

impl Goal {
    /// Of a lower probability in (0, 1): the smaller side, which 1 − p gives exactly.
    pub(crate) fn lower(p: f64) -> Self {
        if p > 0.5 {
            Self::Upper(log(1.0 - p))
        } else {
            Self::Lower(log(p))
        }
    }

    pub(crate) fn upper(q: f64) -> Self {
        match Self::lower(q) {
            Self::Lower(ln) => Self::Upper(ln),
            Self::Upper(ln) => Self::Lower(ln),
        }
    }
}

const STEPS: usize = 200;

/// The x > 0 whose tail is the goal's: Newton's method on the logarithm of the tail over ln x, which is
/// concave for every distribution here, with bisection as a guard. `at` gives the tails of x and the
/// logarithm of x·density. Zero or infinity when the answer leaves the range of `f64`.
pub(crate) fn search_positive(goal: Goal, start: f64, at: impl Fn(f64) -> (Tails, f64)) -> f64 {
    let mut x = start.clamp(1e-280, 1e280);
    let (mut low, mut high) = (0.0, f64::INFINITY);
    for _ in 0..STEPS {
        let (tails, ln_density) = at(x);
        // How much too large x is, in logarithms of the tail, and how fast that grows.
        let (off, ln_tail) = match goal {
            Goal::Lower(wanted) => (tails.ln_lower() - wanted, tails.ln_lower()),
            Goal::Upper(wanted) => (wanted - tails.ln_upper(), tails.ln_upper()),
        };
        if off > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = -off / exp(ln_density - ln_tail);
        let step = if newton.is_finite() {
            newton.clamp(-30.0, 30.0)
        } else if off > 0.0 {
            -1.0
        } else {
            1.0
        };
        let mut next = x * exp(step);
        if (next <= low || next >= high) && step.abs() > 1e-14 {
            if low > 0.0 && high < f64::INFINITY {
                next = sqrt(low) * sqrt(high);
            } else if next <= low {
                // Beyond what was tried, and nothing above is known.
                next = low * 2.0;
            } else {
                next = high / 2.0;
            }
        }
        if step.abs() < 1e-11 || !(next > 0.0 && next < f64::INFINITY) {
            return next;
        }
        x = next;
    }
    x
}

/// The smallest whole k ≤ `last` for which `reached` holds, looked for around `start` in growing steps, then
/// by bisection. `reached` must stay true once it is.
pub(crate) fn search_whole(
    start: f64,
    width: f64,
    last: f64,
    reached: impl Fn(f64) -> bool,
) -> f64 {
    let start = if start > 0.0 {
        start.min(last).floor()
    } else {
        0.0
    };
    let mut step = (width / 64.0).floor().max(1.0);
    // `low` has not reached it (or is −1), `high` has.
    let (mut low, mut high);
    if reached(start) {
        high = start;
        loop {
            low = high - step;
            if low < 0.0 {
                low = -1.0;
                break;
            }
            if !reached(low) {
                break;
            }
            high = low;
            step *= 2.0;
        }
    } else {
        low = start;
        loop {
            high = low + step;
            if high >= last {
                high = last;
                break;
            }
            if reached(high) {
                break;
            }
            low = high;
            step *= 2.0;
        }
    }
    while high - low > 1.0 {
        let middle = low + ((high - low) / 2.0).floor();
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
