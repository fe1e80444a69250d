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
mod sums;
mod values;

pub use one_rate::coverage as one_rate_coverage;

use crate::{Claim, DAILY, ONCE, Promise, Study};

/// The level of every test, unless a study says otherwise.
pub const ALPHA: f64 = 0.05;

/// Makes the studies of one module.
type Make = fn() -> Vec<Study>;

/// In the order of the report, with the names of what is made: making all takes longer than running some.
const MODULES: [(Make, &[&str]); 13] = [
    (
        means::studies,
        &["peeking-normal", "peeking-revenue", "peeking-heavy"],
    ),
    (early::studies, &["early-normal", "early-revenue", "late"]),
    (rates::studies, &["peeking-rate", "peeking-rare-rate"]),
    (bounded::studies, &["bounded", "sums"]),
    (ratios::studies, &["peeking-ratio"]),
    (values::studies, &["values-normal", "values-lognormal"]),
    (split::studies, &["split-right", "split-wrong"]),
    (
        decisions::studies,
        &[
            "decision",
            "decision-two-readings",
            "decision-many",
            "decision-harmless",
        ],
    ),
    (sums::studies, &["decision-sums"]),
    (many::studies, &["family", "discoveries"]),
    (
        coverage::studies,
        &[
            "coverage-normal",
            "coverage-t3",
            "coverage-lognormal",
            "coverage-rare",
            "coverage-revenue",
            "coverage-pareto",
            "coverage-rates",
        ],
    ),
    (one_rate::studies, &["coverage-one-rate"]),
    (
        power::studies,
        &["power", "power-planned", "power-always-valid"],
    ),
];

/// All of them, in the order of the report.
pub fn suite() -> Vec<Study> {
    MODULES.iter().flat_map(|(make, _)| make()).collect()
}

/// The names of all, in that order.
pub fn names() -> Vec<&'static str> {
    MODULES
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect()
}

/// The one of this name.
pub fn study(name: &str) -> Option<Study> {
    let (make, _) = MODULES.iter().find(|(_, names)| names.contains(&name))?;
    make().into_iter().find(|study| study.name == name)
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
