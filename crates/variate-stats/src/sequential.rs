//! Looking while the data come in, without more false alarms than promised.
//!
//! Two promises are on offer. A *group-sequential* design fixes a number of looks and spends the significance level
//! over them ([`Spending`], [`WangTsiatis`]); its intervals are the narrowest. An *always-valid* method holds at
//! every look of an unlimited number at once: [`Msprt`] and [`AsymptoticSequence`] for a difference of means,
//! [`NormalMixture`] for sums with a known variance, [`EmpiricalBernstein`] and [`Betting`] for bounded values unit
//! by unit, [`BernoulliMixture`] and [`BetaBinomialMixture`] for a rate from counts and [`TwoRates`] for two, [`SequentialSampleRatio`] for the
//! split of the traffic. [`Running`] keeps what the looks so far have shown.

mod asymptotic;
mod beta_binomial;
mod betting;
mod empirical_bernstein;
mod group;
pub mod lan_demets;
mod look;
mod mixture;
mod msprt;
mod sample_ratio;
mod spending;
mod two_rates;

pub use asymptotic::AsymptoticSequence;
pub use beta_binomial::{BernoulliMixture, BetaBinomialMixture};
pub use betting::Betting;
pub use empirical_bernstein::EmpiricalBernstein;
pub use group::{WangTsiatis, crossing_probabilities};
pub use look::{AlwaysValid, Look, Running};
pub use mixture::NormalMixture;
pub use msprt::Msprt;
pub use sample_ratio::SequentialSampleRatio;
pub use spending::Spending;
pub use two_rates::TwoRates;
