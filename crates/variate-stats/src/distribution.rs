//! Distributions: probabilities, tails and quantiles.
