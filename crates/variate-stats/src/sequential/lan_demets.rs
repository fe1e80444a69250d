//! Group-sequential boundaries that spend the error rate over time (Lan and `DeMets`, 1983).

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::Spending;
use crate::{ArgumentError, distribution::Normal};

/// The boundary cannot be had for this.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BoundaryError {
    /// The error rate.
    #[error("an error rate of {0}; use one between 0 and 1")]
    Alpha(f64),
    /// The looks.
    #[error(
        "look {look} at {time} of the information; looks lie above 0 up to 1 and each is later than the one before"
    )]
    Look {
        /// Which one, from 0.
        look: usize,
        /// Its share.
        time: f64,
    },
    /// The spending function.
    #[error(transparent)]
    Spending(#[from] ArgumentError),
}

/// The two-sided boundaries of the standardised statistic at each look, by the recursion of Armitage, `McPherson` and Rowe
/// (1969) over Gauss-Legendre nodes.
///
/// ```
/// use variate_stats::sequential::{Spending, lan_demets::boundaries};
///
/// let z = boundaries(Spending::OBrienFlemingPerSide, 0.05, &[0.2, 0.4, 0.6, 0.8, 1.0])?;
/// assert!((z[4] - 2.03103).abs() < 5e-6);
/// # Ok::<(), variate_stats::sequential::lan_demets::BoundaryError>(())
/// ```
///
/// # Errors
///
/// The error rate is none, the looks do not go forward within (0, 1], or the parameter of the spending function is out of
/// its range.
pub fn boundaries(
    spending: Spending,
    alpha: f64,
    times: &[f64],
) -> Result<Vec<f64>, BoundaryError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(BoundaryError::Alpha(alpha));
    }
    let mut last = 0.0;
    for (look, time) in times.iter().copied().enumerate() {
        if !(time > last && time <= 1.0 + 1e-12) {
            return Err(BoundaryError::Look { look, time });
        }
        last = time;
    }

    let mut walk = Walk {
        nodes: Vec::new(),
        time: 0.0,
    };
    let mut rule = Vec::new();
    let mut shares = Vec::with_capacity(times.len());
    let mut spent = 0.0;
    for &moment in times {
        let total = spending.spent(alpha, moment)?;
        shares.push(total - spent);
        spent = total;
    }
    // Whoever is left out must count for nothing beside the least that a later look spends, which may be 1e-300.
    let mut depths = vec![DEPTH; times.len()];
    let mut smallest: f64 = 1.0;
    for (depth, share) in depths.iter_mut().zip(&shares).rev() {
        *depth = (DEPTH - smallest.ln()).min(700.0);
        if *share >= f64::MIN_POSITIVE {
            smallest = smallest.min(*share);
        }
    }
    let mut bounds = Vec::with_capacity(times.len());
    let looks = times.iter().zip(&shares).zip(&depths).enumerate();
    for (look, ((&time, &share), &depth)) in looks {
        let bound = walk.boundary(time, share);
        bounds.push(bound / time.sqrt());
        if let Some(next) = times.get(look + 1) {
            let edge = bound.min((2.0 * depth * time).sqrt());
            // Either step's kernel must be seen by two nodes for each of its deviations.
            let deviation = f64::min(time - walk.time, next - time).sqrt();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 48 and 4096"
            )]
            let count = (40.0 + 4.4 * edge / deviation).clamp(48.0, 4096.0) as usize;
            let count = count.next_multiple_of(32);
            if rule.len() != count {
                rule = gauss_legendre(count);
            }
            walk = walk.step(time, edge, depth, &rule);
        }
    }
    Ok(bounds)
}

/// Beyond so many e-foldings of its height a normal density adds nothing to a double.
const DEPTH: f64 = 45.0;

/// The density of those that have crossed no boundary yet, as weighted points; none before the first look, where all stand at 0.
struct Walk {
    nodes: Vec<(f64, f64)>,
    time: f64,
}

impl Walk {
    /// The share of all that is beyond ± `bound` at `time`, and the density there.
    fn beyond(&self, time: f64, bound: f64) -> (f64, f64) {
        let deviation = (time - self.time).sqrt();
        let tail = |distance: f64| 0.5 * libm::erfc(distance * FRAC_1_SQRT_2);
        let density = |distance: f64| (-0.5 * distance * distance).exp() / (2.0 * PI).sqrt();
        let from = |at: f64, weight: f64| {
            let distance = (bound - at) / deviation;
            // Nobody comes from farther.
            if distance > 38.0 {
                (0.0, 0.0)
            } else {
                (
                    weight * tail(distance),
                    weight * density(distance) / deviation,
                )
            }
        };
        let (mut share, mut slope) = (0.0, 0.0);
        if self.nodes.is_empty() {
            (share, slope) = from(0.0, 1.0);
        }
        for (at, weight) in &self.nodes {
            let (more, steeper) = from(*at, *weight);
            share += more;
            slope += steeper;
        }
        // The other side is the same.
        (2.0 * share, 2.0 * slope)
    }

    /// The boundary beyond which `share` of all is: infinite if there is nothing to spend.
    fn boundary(&self, time: f64, share: f64) -> f64 {
        if share < f64::MIN_POSITIVE || share.is_nan() {
            return f64::INFINITY;
        }
        // Newton on the logarithm, which is concave, from above: without the looks before, more would be beyond. No step
        // passes the boundary, and each brings it nearer.
        let mut bound = Normal::STANDARD.survival_quantile(share / 2.0) * time.sqrt();
        for _ in 0..200 {
            let (beyond, density) = self.beyond(time, bound);
            if beyond <= 0.0 {
                bound *= 0.9;
                continue;
            }
            let step = (beyond / share).ln() * beyond / density;
            bound += step;
            if step.abs() <= 1e-15 * bound {
                break;
            }
        }
        bound
    }

    fn step(&self, time: f64, edge: f64, depth: f64, rule: &[(f64, f64)]) -> Self {
        let variance = time - self.time;
        let scale = (2.0 * PI * variance).sqrt().recip();
        let kernel = |distance: f64| {
            let exponent = distance * distance / (2.0 * variance);
            if exponent > depth {
                0.0
            } else {
                scale * (-exponent).exp()
            }
        };
        let density = |at: f64| match self.nodes.as_slice() {
            [] => kernel(at),
            nodes => nodes
                .iter()
                .map(|(from, mass)| mass * kernel(at - from))
                .sum(),
        };
        // The rule is symmetric, and so are those who are left.
        let upper: Vec<(f64, f64)> = rule
            .iter()
            .take(rule.len() / 2)
            .map(|(node, weight)| (edge * node, edge * weight * density(edge * node)))
            .collect();
        let lower = upper.iter().rev().map(|(at, mass)| (-at, *mass));
        Self {
            nodes: upper.iter().copied().chain(lower).collect(),
            time,
        }
    }
}

/// Nodes and weights on [-1, 1], by Newton on the Legendre polynomial.
fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
    let n = count as f64;
    let node = |number: f64| {
        let mut x = (PI * (number + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            let (mut before, mut value, mut k) = (0.0, 1.0, 0.0);
            while k < n {
                (before, value) = (
                    value,
                    ((2.0 * k + 1.0) * x * value - k * before) / (k + 1.0),
                );
                k += 1.0;
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    };
    #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
    (0..count).map(|number| node(number as f64)).collect()
}
