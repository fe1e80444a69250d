//! Whether intervals of one look hold the truth, for values from tame to wild.

use variate_stats::mean::{self, TwoMeans};
use variate_stats::proportion::{Proportion, TwoProportions};
use variate_stats::{Interval, Side};

use super::ALPHA;
use crate::{Claim, Promise, Study, World};

const COVERED: f64 = 1.0 - ALPHA;

pub(super) fn studies() -> Vec<Study> {
    let mut studies: Vec<Study> = [
        ("coverage-normal", World::Normal),
        ("coverage-t3", World::Student3),
        ("coverage-lognormal", World::Lognormal),
        ("coverage-rare", World::Rare),
        ("coverage-revenue", World::Spend),
        ("coverage-pareto", World::Pareto),
    ]
    .map(|(name, world)| means(name, world))
    .into();
    studies.push(rates());
    studies
}

/// Units of the control, and of the treatment.
const SIZES: [(&str, u32, u32); 4] = [
    ("50 and 50", 50, 50),
    ("500 and 500", 500, 500),
    ("5,000 and 5,000", 5_000, 5_000),
    ("5,000 and 500", 5_000, 500),
];

const INTERVALS: [&str; 4] = [
    "Welch, the difference",
    "delta method, the relative difference",
    "Fieller, the ratio",
    "one mean",
];

fn means(name: &'static str, world: World) -> Study {
    let mut claims = Vec::new();
    for method in INTERVALS {
        for (when, ..) in SIZES {
            let promise = if matches!(world, World::Normal | World::Student3) {
                Promise::AtLeast(COVERED)
            } else {
                Promise::Approximately(COVERED)
            };
            claims.push(Claim::new(method, when, promise));
        }
    }
    let truth = world.mean();
    Study::new(
        name,
        format!("Intervals of means, {}", world.words()),
        "95 % intervals; the treatment's values are a tenth greater. A figure is the share of runs in which the interval holds the truth; where nothing \
         can be computed (no unit has a value) it does not. `one mean` is the control's.",
        (10_000, 60),
        claims,
        move |random, found| {
            let arms = SIZES.map(|(_, control, treatment)| TwoMeans {
                control: world.arm(random, control),
                treatment: world.arm_times(random, treatment, 1.1),
            });
            let holds = |interval: Option<Interval>, truth| {
                interval.is_some_and(|interval| interval.contains(truth))
            };
            for arms in &arms {
                let found_by = arms.welch(ALPHA, Side::Both).ok().map(|it| it.interval);
                found.hit(holds(found_by, 0.1 * truth));
            }
            for arms in &arms {
                let found_by = arms.relative(ALPHA, Side::Both).ok().map(|it| it.interval);
                found.hit(holds(found_by, 0.1));
            }
            for arms in &arms {
                found.hit(arms.fieller(ALPHA).is_ok_and(|it| it.contains(1.1)));
            }
            for arms in &arms {
                let found_by = mean::one(&arms.control, ALPHA, Side::Both).ok();
                found.hit(holds(found_by.map(|it| it.interval), truth));
            }
        },
    )
}

/// Rates of control and treatment, and units of both.
const RATES: [(&str, f64, f64, u64, u64); 5] = [
    ("10 % and 12 %, 1,000 each", 0.1, 0.12, 1_000, 1_000),
    ("50 % and 60 %, 50 each", 0.5, 0.6, 50, 50),
    ("1 % and 1.5 %, 1,000 each", 0.01, 0.015, 1_000, 1_000),
    ("10 % and 12 %, 1,000 and 100", 0.1, 0.12, 1_000, 100),
    ("0.2 % and 0.3 %, 1,000 each", 0.002, 0.003, 1_000, 1_000),
];

fn rates() -> Study {
    let methods = ["score (Mee)", "Wald", "Newcombe", "relative (Katz)"];
    let mut claims = Vec::new();
    for method in methods {
        claims.extend(
            RATES.map(|(when, ..)| Claim::new(method, when, Promise::Approximately(COVERED))),
        );
    }
    Study::new(
        "coverage-rates",
        "Intervals of two rates",
        "95 % intervals of the difference (Katz: of the lift). Counts are whole numbers, so that no interval covers at just its level; where nothing \
         can be computed (no success) it does not hold the truth.",
        (20_000, 300),
        claims,
        move |random, found| {
            let seen = RATES.map(|(_, p, q, control, treatment)| {
                let of = |successes, units| Proportion::new(successes, units).expect("counts");
                TwoProportions {
                    control: of(random.binomial(control, p), control),
                    treatment: of(random.binomial(treatment, q), treatment),
                }
            });
            for method in 0..4 {
                for (rates, (_, p, q, ..)) in seen.iter().zip(RATES) {
                    let (interval, truth) = match method {
                        0 => (rates.score(ALPHA, Side::Both).map(|it| it.interval), q - p),
                        1 => (rates.wald(ALPHA, Side::Both).map(|it| it.interval), q - p),
                        2 => (rates.newcombe(ALPHA, Side::Both), q - p),
                        _ => (
                            rates.relative(ALPHA, Side::Both).map(|it| it.interval),
                            q / p - 1.0,
                        ),
                    };
                    found.hit(interval.is_ok_and(|it| it.contains(truth)));
                }
            }
        },
    )
}
