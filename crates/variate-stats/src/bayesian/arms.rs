//! Any number of arms: which is the best, and what it costs to choose another.

use super::Better;
use crate::{
    ArgumentError,
    argument::length,
    quadrature::{FINE, LINE, adaptive, ln_log_concave},
};

/// What is known of one arm: a [`super::BetaPosterior`] or a [`super::NormalPosterior`].
pub trait Posterior: sealed::Arm {}

pub(super) mod sealed {
    /// A log-concave distribution over a coordinate that runs over the real line and grows with the value.
    pub trait Arm {
        /// About the middle of the distribution.
        fn centre(&self) -> f64;
        /// About its width, or that of its longer tail.
        fn scale(&self) -> f64;
        /// The width of what the curves do besides falling off.
        fn grain(&self) -> f64;
        /// ln of the density over the coordinate.
        fn ln_density(&self, at: f64) -> f64;
        /// ln of the probabilities of no more than the value at the coordinate, and of more.
        fn ln_tails(&self, at: f64) -> (f64, f64);
        /// ln of the value's derivative by the coordinate.
        fn ln_slope(&self, at: f64) -> f64;
    }
}

/// The most arms that are compared.
const ARMS: usize = 1000;

pub(crate) fn check_arms<P>(arms: &[P]) -> Result<(), ArgumentError> {
    length(
        (2..=ARMS).contains(&arms.len()),
        "arms",
        arms.len(),
        "2 to 1000",
    )
}

/// ln of the probability to be worse than the value at the coordinate.
fn ln_worse<P: Posterior>(arm: &P, at: f64, better: Better) -> f64 {
    let (less, greater) = arm.ln_tails(at);
    if better == Better::Greater {
        less
    } else {
        greater
    }
}

/// The probability of each arm to be the best: ∫fᵢ(x)·Π<sub>j≠i</sub>F<sub>j</sub>(x)dx over independent posteriors.
///
/// By adaptive quadrature around the integrand's hump; relative error about 1e-11, also of tiny probabilities. They
/// add up to 1. The time grows with the square of the number of arms, and more: some milliseconds for 10, some seconds for 200, minutes for 1,000, the most.
///
/// ```
/// use variate_stats::bayesian::{Better, NormalPosterior, best_probabilities};
///
/// let arms = [NormalPosterior::new(0.0, 1.0)?, NormalPosterior::new(0.0, 1.0)?, NormalPosterior::new(2.0, 1.0)?];
/// let best = best_probabilities(&arms, Better::Greater)?;
/// assert!((best[2] - 0.8658).abs() < 1e-4 && (best[0] - best[1]).abs() < 1e-12);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When there are fewer than two arms or more than 1,000.
pub fn best_probabilities<P: Posterior>(
    arms: &[P],
    better: Better,
) -> Result<Vec<f64>, ArgumentError> {
    let ln_best = ln_best_probabilities(arms, better)?;
    Ok(ln_best.into_iter().map(f64::exp).collect())
}

/// The same as logarithms, which do not underflow.
pub(crate) fn ln_best_probabilities<P: Posterior>(
    arms: &[P],
    better: Better,
) -> Result<Vec<f64>, ArgumentError> {
    check_arms(arms)?;
    let best = arms.iter().enumerate().map(|(i, arm)| {
        let ln_f = |at: f64| {
            let others: f64 = arms
                .iter()
                .enumerate()
                .filter(|&(j, _)| j != i)
                .map(|(_, other)| ln_worse(other, at, better))
                .sum();
            arm.ln_density(at) + others
        };
        ln_log_concave(ln_f, arm.centre(), arm.grain(), LINE, FINE)
    });
    Ok(best.collect())
}

/// What is lost on average, in the metric's unit, by choosing each arm while another may be better:
/// E[max θ − θᵢ] = ∫Fᵢ(x)·(1 − Π<sub>j≠i</sub>F<sub>j</sub>(x))dx.
///
/// As an integral of a positive function, so that a loss of 1e-12 has as many right digits as a great one.
///
/// ```
/// use variate_stats::bayesian::{Better, NormalPosterior, expected_losses};
///
/// let arms = [NormalPosterior::new(0.0, 3.0)?, NormalPosterior::new(1.0, 4.0)?];
/// let losses = expected_losses(&arms, Better::Greater)?;
/// assert!((losses[0] - losses[1] - 1.0).abs() < 1e-10); // their difference is that of the means
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When there are fewer than two arms or more than 1,000.
pub fn expected_losses<P: Posterior>(
    arms: &[P],
    better: Better,
) -> Result<Vec<f64>, ArgumentError> {
    check_arms(arms)?;
    let other = if better == Better::Greater {
        Better::Less
    } else {
        Better::Greater
    };
    if let [first, second] = arms {
        let loss = |chosen: &P, left: &P| {
            let ln_f = |at: f64| {
                ln_worse(chosen, at, better) + ln_worse(left, at, other) + chosen.ln_slope(at)
            };
            let near = 0.5 * (chosen.centre() + left.centre());
            ln_log_concave(ln_f, near, chosen.grain().min(left.grain()), LINE, FINE).exp()
        };
        return Ok(vec![loss(first, second), loss(second, first)]);
    }
    let mut breaks: Vec<f64> = arms
        .iter()
        .flat_map(|arm| {
            [0.0, 2.0, 5.0, 9.0, 16.0, 27.0, 40.0]
                .map(|far| [-far, far].map(|far| arm.centre() + far * arm.scale()))
        })
        .flatten()
        .collect();
    breaks.sort_by(f64::total_cmp);
    let losses = arms.iter().enumerate().map(|(i, arm)| {
        let f = |at: f64| {
            let all: f64 = arms
                .iter()
                .enumerate()
                .filter(|&(j, _)| j != i)
                .map(|(_, other)| ln_worse(other, at, better))
                .sum();
            -all.exp_m1() * (ln_worse(arm, at, better) + arm.ln_slope(at)).exp()
        };
        adaptive(f, &breaks, FINE)
    });
    Ok(losses.collect())
}
