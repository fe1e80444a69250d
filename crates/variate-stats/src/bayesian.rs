//! Bayesian readings of an experiment: the chance to win, the expected loss, credible intervals.
//!
//! [`BetaPosterior`] is what is known of a rate, [`NormalPosterior`] of a mean or of an effect. For two arms of rates
//! there is [`RateComparison`], for an effect [`NormalPosterior`] itself, and for any number of arms
//! [`best_probabilities`] and [`expected_losses`]. Everything is an integral of one dimension that is taken
//! deterministically: the same numbers give the same answer to the last digit, and no sampling hides a small risk.
//!
//! A posterior probability is no p-value: it does not limit the rate of false alarms under repeated looks.

mod arms;
mod beta;
mod normal;
mod rates;

pub use arms::{Posterior, best_probabilities, expected_losses};
pub(crate) use arms::{check_arms, ln_best_probabilities};
pub use beta::BetaPosterior;
pub use normal::{NormalPosterior, NormalPrior};
pub use rates::RateComparison;

use serde::{Deserialize, Serialize};

/// Which values of a metric are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Great ones: revenue, retention.
    #[default]
    Greater,
    /// Small ones: latency, refunds.
    Less,
}
