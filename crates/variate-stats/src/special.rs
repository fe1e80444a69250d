//! Special functions below the distributions.
#![expect(
    clippy::many_single_char_names,
    reason = "the letters of the literature: a, b, x, y"
)]

mod erfc;
mod excess;
mod gamma;
mod incomplete_beta;
mod incomplete_gamma;
mod large_beta;
mod ln_beta;
mod search;
mod tail;
mod temme;

pub(crate) use erfc::scaled_erfc;
pub(crate) use excess::excess;
pub(crate) use gamma::{LN_ROOT_TAU, half_step, stirling};
pub(crate) use incomplete_beta::{BetaPoint, IncompleteBeta, beta_fraction, beta_series};
pub(crate) use incomplete_gamma::IncompleteGamma;
pub(crate) use ln_beta::ln_beta;
pub(crate) use search::{Goal, search_positive, search_whole};
pub(crate) use tail::{Tail, Tails};

pub(crate) fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}
