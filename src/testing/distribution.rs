//! Whether a rollout divides units as it should.

use std::collections::BTreeMap;

use super::report::{Report, table};
use crate::{Config, Context, Variant, context};

/// How often, at the most, a rollout that is right fails by chance, over all variants.
const FALSE_ALARMS: f64 = 1e-9;

/// How many percentage points the share of a variant may be off and pass, at the most.
const COARSEST: f64 = 0.1;

/// Asserts that an experiment divides `units` made-up units by these percentages, of all its variants.
///
/// The units have the contexts `user_id: 0`, `1`, .. and are the same in every run; nothing is
/// tracked. Units that are left out (exclusions, traffic, ..) do not count. 100,000 units tell a
/// share from one that is a percentage point or so away.
///
/// ```
/// use variate::{Config, Percent, testing};
///
/// let config = Config::builder().resolver(Percent::new([50, 25, 25])?).build()?;
/// let expected = [("control", 50.0), ("red", 25.0), ("blue", 25.0)];
/// testing::assert_distribution(&config, "pill", 100_000, &expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A rollout that is right fails for less than one in 10^9 choices of units, and a random one in less than one in 10^9
/// runs. (The Chernoff bound, in the form of Hoeffding 1963, theorem 1, over both sides of every
/// variant's share: it holds for any number of units and any share, as the chi-squared
/// approximation does not.) Observed and allowed shares are printed when it fails.
///
/// # Panics
///
/// When a share is outside of what chance allows, there is a variant that was not expected, the
/// percentages are not 100 together, or there are too few units to tell.
#[track_caller]
pub fn assert_distribution(
    config: &Config,
    experiment: &str,
    units: u64,
    expected: &[(&str, f64)],
) {
    let contexts = (0..units).map(|id| context! { user_id: id });
    assert_distribution_of(config, experiment, contexts, expected);
}

/// Asserts of units with these contexts what [`assert_distribution`] does of made-up ones.
///
/// Each unit must be there once.
///
/// # Panics
///
/// As [`assert_distribution`].
#[track_caller]
pub fn assert_distribution_of<'c>(
    config: &Config,
    experiment: &str,
    contexts: impl IntoIterator<Item = Context<'c>>,
    expected: &[(&str, f64)],
) {
    check(experiment, expected);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut reasons: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut total = 0;
    for context in contexts {
        let names = expected
            .iter()
            .map(|(name, _)| Variant::from((*name).to_owned()));
        let exp = config.experiment(experiment, context).with_variants(names);
        let assignment = exp.assignment();
        *reasons.entry(assignment.reason().code()).or_default() += 1;
        if assignment.is_tracked() {
            *counts.entry(assignment.variant().to_string()).or_default() += 1;
            total += 1;
        }
    }
    let mut shares: Vec<_> = expected
        .iter()
        .map(|(name, percent)| Share {
            name: (*name).to_owned(),
            expected: percent / 100.0,
            count: counts.remove(*name).unwrap_or(0),
        })
        .collect();
    shares.extend(counts.into_iter().map(|(name, count)| Share {
        name,
        expected: 0.0,
        count,
    }));
    judge(experiment, &shares, total, &reasons);
}

#[track_caller]
fn check(experiment: &str, expected: &[(&str, f64)]) {
    let sum: f64 = expected.iter().map(|(_, percent)| percent).sum();
    let are_shares = expected.iter().all(|(_, percent)| *percent >= 0.0);
    assert!(
        are_shares && (sum - 100.0).abs() < 1e-6,
        "the percentages expected of `{experiment}` are {expected:?}, and not 100 together"
    );
    for (place, (name, _)) in expected.iter().enumerate() {
        assert!(
            expected.iter().position(|(other, _)| other == name) == Some(place),
            "`{name}` is expected twice of `{experiment}`"
        );
    }
}

#[track_caller]
fn judge(experiment: &str, shares: &[Share], total: u64, reasons: &BTreeMap<&'static str, u64>) {
    // Two sides of each.
    let sides = shares.iter().map(|_| 2.0).sum::<f64>();
    let least = (sides / FALSE_ALARMS).ln();
    let is_vague = |share: &Share| {
        let (low, high) = share.allowed(total, least);
        high - low > 2.0 * COARSEST
    };
    let problem = if total == 0 {
        format!("no unit takes part in `{experiment}`")
    } else if shares.iter().any(|share| share.is_off(total, least)) {
        format!("`{experiment}` does not divide units as expected")
    } else if shares.iter().any(is_vague) {
        format!("{total} units are too few to tell how `{experiment}` divides them: give more")
    } else {
        return;
    };
    let mut report = Report::new(problem, Vec::new());
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let rows = shares.iter().map(|share| {
        let (low, high) = share.allowed(total, least);
        vec![
            share.name.escape_debug().to_string(),
            percent(share.expected),
            format!("{} to {}", percent(low), percent(high)),
            percent(share.observed(total)),
            share.count.to_string(),
            if share.is_off(total, least) {
                "off"
            } else {
                ""
            }
            .to_owned(),
        ]
    });
    let heads = ["variant", "expected", "allowed", "observed", "units", ""];
    report.section("shares", &table(&heads, rows.collect()));
    let reasons: Vec<_> = reasons
        .iter()
        .map(|(reason, count)| format!("{reason}: {count}"))
        .collect();
    report.section("units by reason", &reasons);
    report.fail()
}

/// A variant's part of the units.
struct Share {
    name: String,
    expected: f64,
    count: u64,
}

impl Share {
    #[allow(clippy::cast_precision_loss)] // Nobody counts to 2^53 here.
    fn observed(&self, total: u64) -> f64 {
        if total == 0 {
            0.0
        } else {
            self.count as f64 / total as f64
        }
    }

    /// Whether the observed share is too far away for chance.
    fn is_off(&self, total: u64, least: f64) -> bool {
        surprise(self.observed(total), self.expected, total) > least
    }

    /// From where to where an observed share is near enough.
    fn allowed(&self, total: u64, least: f64) -> (f64, f64) {
        let edge = |mut outside: f64| {
            let mut inside = self.expected;
            // Each step halves the distance.
            for _ in 0..60 {
                let middle = f64::midpoint(inside, outside);
                if surprise(middle, self.expected, total) > least {
                    outside = middle;
                } else {
                    inside = middle;
                }
            }
            inside
        };
        (edge(0.0), edge(1.0))
    }
}

/// How surprising it is that of `total` units that get something with probability `expected` the share
/// `observed`, or one further away on that side, do: minus the logarithm of the Chernoff bound of its probability.
#[allow(clippy::cast_precision_loss)]
fn surprise(observed: f64, expected: f64, total: u64) -> f64 {
    let part = |observed: f64, expected: f64| {
        if observed == 0.0 {
            0.0
        } else {
            observed * (observed / expected).ln()
        }
    };
    total as f64 * (part(observed, expected) + part(1.0 - observed, 1.0 - expected))
}
