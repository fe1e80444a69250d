//! Where the next units should go: advice from the posteriors, not an assignment.
//!
//! The shares are probabilities for a rollout that is changed now and then, in batches. Data of a split that changed
//! with the results are no longer a plain sample of each arm: fixed-horizon tests do not hold on them.

use crate::{
    ArgumentError,
    argument::fraction,
    bayesian::{Better, Posterior, best_probabilities, check_arms},
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
/// assert!(shares[1] > 0.6 && shares[2] < 0.0501 && shares[2] >= 0.05);
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
        let best = normalised(best_probabilities(arms, better)?);
        let draws = if self.first < 1.0 {
            self.two(&best)
        } else {
            best
        };
        Ok(draws
            .iter()
            .map(|draw| self.floor + (1.0 - number * self.floor) * draw)
            .collect())
    }

    fn two(&self, best: &[f64]) -> Vec<f64> {
        // Of each arm: the chance that another one wins, summed up rather than 1 − w, which would round to 0.
        let others: Vec<f64> = (0..best.len())
            .map(|i| {
                best.iter()
                    .enumerate()
                    .filter(|&(j, _)| j != i)
                    .map(|(_, w)| w)
                    .sum()
            })
            .collect();
        let odds: Vec<f64> = best
            .iter()
            .zip(&others)
            .map(|(w, others)| if *others > 0.0 { w / others } else { 0.0 })
            .collect();
        let all: f64 = odds.iter().sum();
        let draws = best.iter().zip(&odds).enumerate().map(|(i, (w, odd))| {
            // Without the arm's own odds; from the sum only where they do not make nearly all of it.
            let rest = if *odd < 0.5 * all {
                all - odd
            } else {
                odds.iter()
                    .enumerate()
                    .filter(|&(j, _)| j != i)
                    .map(|(_, odd)| odd)
                    .sum()
            };
            w * (self.first + (1.0 - self.first) * rest)
        });
        // Short of 1 only when an arm is so much the best that no other is ever drawn.
        normalised(draws.collect())
    }
}

fn normalised(weights: Vec<f64>) -> Vec<f64> {
    let whole: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / whole).collect()
}
