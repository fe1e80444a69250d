//! Where the next units should go: advice from the posteriors, not an assignment.
//!
//! The shares are probabilities for a rollout that is changed now and then, in batches. Data of a split that changed
//! with the results are no longer a plain sample of each arm: fixed-horizon tests do not hold on them.

use crate::{
    ArgumentError,
    argument::fraction,
    bayesian::{Better, Posterior, check_arms, ln_best_probabilities},
};

/// An advisor of shares.
///
/// ```
/// use variate_stats::{allocation::Allocation, bayesian::{BetaPosterior, Better}};
///
/// let arms = [
///     BetaPosterior::from_counts(100.0, 1000.0)?,
///     BetaPosterior::from_counts(112.0, 1000.0)?,
///     BetaPosterior::from_counts(70.0, 1000.0)?,
/// ];
/// let shares = Allocation::thompson().with_floor(0.05)?.shares(&arms, Better::Greater)?;
/// assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// assert!(shares[1] > 0.6 && shares[2] < 0.0502 && shares[2] >= 0.05);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allocation {
    /// The share of the draws that go to the best arm; the rest to the best of the others. 1 is Thompson sampling.
    first: f64,
    floor: f64,
}

impl Allocation {
    /// Thompson sampling: each arm by its probability to be the best (Thompson 1933, Biometrika 25), for little regret.
    pub fn thompson() -> Self {
        Self {
            first: 1.0,
            floor: 0.0,
        }
    }

    /// Top-two Thompson sampling: with the probability `first` (½ is usual) the best of a draw from the posteriors, else
    /// the best of draws until another arm wins; for finding the best arm with fewer units (Russo 2020, Operations
    /// Research 68). Arm i gets wᵢ(β + (1−β)Σ<sub>j≠i</sub>wⱼ/(1−wⱼ)), w being the probabilities to be the best.
    ///
    /// # Errors
    /// When `first` is not between 0 and 1.
    pub fn top_two(first: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            first: fraction("share of the first", first)?,
            floor: 0.0,
        })
    }

    /// At least the share `floor` for every arm: f + (1 − k·f)·w, so that a bad start can be made up for.
    ///
    /// # Errors
    /// When `floor` is not from 0 to ½; more than 1/k for k arms is refused by [`Self::shares`].
    pub fn with_floor(mut self, floor: f64) -> Result<Self, ArgumentError> {
        if !(0.0..=0.5).contains(&floor) {
            return Err(ArgumentError::Range {
                name: "floor",
                value: floor,
                expected: "a number from 0 to 0.5",
            });
        }
        self.floor = floor;
        Ok(self)
    }

    /// The shares of the arms, which add up to 1, by deterministic quadrature.
    ///
    /// # Errors
    /// When there are fewer than two arms or more than 1,000, or the floor is more than 1/k for k arms.
    pub fn shares<P: Posterior>(
        &self,
        arms: &[P],
        better: Better,
    ) -> Result<Vec<f64>, ArgumentError> {
        check_arms(arms)?;
        let number = f64::from(u32::try_from(arms.len()).unwrap_or(u32::MAX));
        if self.floor * number > 1.0 {
            let expected = "at most one over the number of arms";
            return Err(ArgumentError::Range {
                name: "floor",
                value: self.floor,
                expected,
            });
        }
        let ln_best = ln_best_probabilities(arms, better)?;
        let draws = normalised(if self.first < 1.0 {
            self.two(&ln_best)
        } else {
            ln_best.iter().map(|ln| ln.exp()).collect()
        });
        Ok(draws
            .iter()
            .map(|draw| self.floor + (1.0 - number * self.floor) * draw)
            .collect())
    }

    /// Over logarithms: a second arm is drawn however hopeless it is.
    fn two(&self, ln_best: &[f64]) -> Vec<f64> {
        // ln(1 − w) of each arm as the sum of the others, which does not round to nothing.
        let ln_others: Vec<f64> = (0..ln_best.len())
            .map(|i| {
                let others = || {
                    ln_best
                        .iter()
                        .enumerate()
                        .filter(|&(j, _)| j != i)
                        .map(|(_, ln)| *ln)
                };
                let most = others().fold(f64::NEG_INFINITY, f64::max);
                if most.is_finite() {
                    most + others().map(|ln| (ln - most).exp()).sum::<f64>().ln()
                } else {
                    most
                }
            })
            .collect();
        let draw = |(i, ln): (usize, &f64)| {
            let second: f64 = ln_best
                .iter()
                .zip(&ln_others)
                .enumerate()
                .filter(|&(j, (_, others))| j != i && others.is_finite())
                .map(|(_, (first, others))| (first + ln - others).exp())
                .sum();
            self.first * ln.exp() + (1.0 - self.first) * second
        };
        ln_best.iter().enumerate().map(draw).collect()
    }
}

fn normalised(weights: Vec<f64>) -> Vec<f64> {
    let whole: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / whole).collect()
}
