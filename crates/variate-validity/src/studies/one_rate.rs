//! The intervals of one rate.

use variate_stats::Side;
use variate_stats::distribution::Binomial;
use variate_stats::proportion::{IntervalMethod, Proportion};

use super::ALPHA;
use crate::{Claim, Promise, Study};

/// Each with its name.
pub(crate) const METHODS: [(&str, IntervalMethod); 5] = [
    ("Wald", IntervalMethod::Wald),
    ("Wilson", IntervalMethod::Wilson),
    ("Agresti–Coull", IntervalMethod::AgrestiCoull),
    ("Jeffreys", IntervalMethod::Jeffreys),
    ("Clopper–Pearson", IntervalMethod::ClopperPearson),
];

pub(super) fn studies() -> Vec<Study> {
    const UNITS: u64 = 1_000;
    let expected = [1.0, 2.0, 5.0, 10.0, 50.0, 500.0];
    let mut claims = Vec::new();
    for (method, interval) in METHODS {
        claims.extend(expected.map(|successes| {
            let promise = if interval == IntervalMethod::ClopperPearson {
                Promise::AtLeast(1.0 - ALPHA)
            } else {
                Promise::Approximately(1.0 - ALPHA)
            };
            Claim::new(method, format!("{successes} expected"), promise)
        }));
    }
    // All there are, for 1,000 units.
    let intervals = METHODS.map(|(_, method)| intervals(UNITS, method));
    vec![Study::new(
        "coverage-one-rate",
        "Intervals of one rate",
        "95 % intervals of a rate from 1,000 units with so many expected successes. The plot below is exact: the probability of all counts whose \
         interval holds the rate. The counts are whole numbers, so that coverage jumps from rate to rate.",
        (40_000, 500),
        claims,
        move |random, found| {
            #[expect(clippy::cast_precision_loss, reason = "a constant")]
            let rates = expected.map(|successes| successes / UNITS as f64);
            let counts = rates.map(|rate| random.binomial(UNITS, rate));
            for of in &intervals {
                for (count, rate) in counts.iter().zip(rates) {
                    let at = usize::try_from(*count).expect("a count");
                    found.hit(of[at].0 <= rate && rate <= of[at].1);
                }
            }
        },
    )]
}

/// The ends for each number of successes.
fn intervals(units: u64, method: IntervalMethod) -> Vec<(f64, f64)> {
    (0..=units)
        .map(|successes| {
            let seen = Proportion::new(successes, units).expect("counts");
            let interval = seen.interval(method, ALPHA, Side::Both).expect("a level");
            (interval.lower, interval.upper)
        })
        .collect()
}

/// The exact coverage of a method at each of these rates.
pub fn coverage(units: u64, method: IntervalMethod, rates: &[f64]) -> Vec<f64> {
    let intervals = intervals(units, method);
    rates
        .iter()
        .map(|&rate| {
            let law = Binomial::new(units, rate).expect("a rate");
            let mut covered = 0.0;
            let mut count = 0.0;
            for (lower, upper) in &intervals {
                if *lower <= rate && rate <= *upper {
                    covered += law.pmf(count);
                }
                count += 1.0;
            }
            covered
        })
        .collect()
}
