//! What is simulated.

mod bounded;
mod coverage;
mod decisions;
mod early;
mod many;
mod means;
mod one_rate;
mod power;
mod rates;
mod ratios;
mod split;
mod values;

pub use one_rate::coverage as one_rate_coverage;

use crate::{Claim, DAILY, ONCE, Promise, Study};

/// The level of every test, unless a study says otherwise.
pub const ALPHA: f64 = 0.05;

/// All of them, in the order of the report.
pub fn suite() -> Vec<Study> {
    [
        means::studies(),
        early::studies(),
        rates::studies(),
        bounded::studies(),
        ratios::studies(),
        values::studies(),
        split::studies(),
        decisions::studies(),
        many::studies(),
        coverage::studies(),
        one_rate::studies(),
        power::studies(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The three columns of one method that makes its promise for any number of looks.
fn at_any_time(claims: &mut Vec<Claim>, method: &str, each: &str) {
    for when in [ONCE, DAILY, each] {
        claims.push(Claim::new(method, when, Promise::AtMost(ALPHA)));
    }
}

/// Those of a method that is right for one look.
fn at_one_look(claims: &mut Vec<Claim>, method: &str, each: &str, once: Promise) {
    claims.push(Claim::new(method, ONCE, once));
    for when in [DAILY, each] {
        claims.push(Claim::new(method, when, Promise::Exceeds(ALPHA)));
    }
}
