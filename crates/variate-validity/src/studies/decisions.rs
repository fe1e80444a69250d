//! What `evaluation::evaluate` decides of variants that do not differ, read daily.

use variate_stats::evaluation::{
    Decision, Metric, Observed, ObservedVariant, Plan, Reading, Role, Sample, Verdict, evaluate,
};
use variate_stats::mean::TwoMeans;
use variate_stats::proportion::{Proportion, TwoProportions};
use variate_stats::{Moments, Side};

use super::ALPHA;
use super::means::look;
use crate::{Claim, Promise, Study, World};

const DAYS: u64 = 28;
const A_DAY: u64 = 100;

pub(super) fn studies() -> Vec<Study> {
    vec![one(), two_readings(), many(), guardrail()]
}

const EVER: &str = "ever in 28 days";

fn observed(
    variants: impl IntoIterator<Item = (String, u64, Vec<(&'static str, Sample)>)>,
) -> Observed {
    Observed::new(variants.into_iter().map(|(name, units, samples)| {
        samples.into_iter().fold(
            ObservedVariant::new(name, units),
            |variant, (metric, sample)| variant.with(metric, sample),
        )
    }))
}

fn rate(successes: u64, units: u64) -> Sample {
    Sample::Rate(Proportion::new(successes, units).expect("counts"))
}

/// Whether it says that a variant is better or worse.
fn differs(decision: Decision) -> bool {
    matches!(
        decision,
        Decision::Ship | Decision::KeepControl | Decision::Conflict
    )
}

/// How many standard errors the means are apart.
fn of_means(arms: &[Moments; 2]) -> f64 {
    let [control, treatment] = *arms;
    look(&TwoMeans { control, treatment }).map_or(0.0, |look| look.z())
}

/// How many standard errors the rates are apart.
fn of_rates(successes: [u64; 2], units: u64) -> f64 {
    let [control, treatment] = successes.map(|it| Proportion::new(it, units).expect("counts"));
    let rates = TwoProportions { control, treatment };
    rates
        .wald(ALPHA, Side::Both)
        .map_or(0.0, |it| it.statistic())
}

fn one() -> Study {
    let claims = vec![
        Claim::new(
            "a rate of 10 %, no number of units planned",
            EVER,
            Promise::AtMost(ALPHA),
        ),
        Claim::new(
            "revenue, no number of units planned",
            EVER,
            Promise::AtMost(ALPHA),
        ),
        Claim::new(
            "a rate of 10 %, planned for 28 days: at the end alone",
            "at the planned end",
            Promise::AtMost(ALPHA),
        ),
        Claim::new(
            "a rate of 10 %, planned for 28 days: each day up to the end",
            EVER,
            Promise::AtMost(ALPHA),
        ),
        Claim::new(
            "a rate of 10 %, planned for 14 days: each day, and on after the end",
            EVER,
            Promise::Exceeds(ALPHA),
        ),
    ];
    let mut open = Plan::new("none", "a");
    open.metrics = vec![Metric::new("rate")];
    let mut revenue = open.clone();
    revenue.metrics = vec![Metric::new("revenue")];
    let mut to_the_end = open.clone();
    to_the_end.units = Some(2 * DAYS * A_DAY);
    let mut half = open.clone();
    half.units = Some(DAYS * A_DAY);
    Study::new(
        "decision",
        "What evaluation decides where there is no difference",
        "One treatment, 100 units an arm a day, evaluated each day; a figure is the share of runs in which the conclusion is `Ship` or `KeepControl` \
         (somewhere on the way). The conclusion goes by the always-valid p-value before the planned number of units is there, and by the fixed one \
         from then on.",
        (10_000, 60),
        claims,
        move |random, found| {
            let mut successes = [0; 2];
            let mut spent = [Moments::new(); 2];
            let mut ever = [false; 5];
            for day in 1..=DAYS {
                for arm in 0..2 {
                    successes[arm] += random.binomial(A_DAY, 0.1);
                    for _ in 0..A_DAY {
                        spent[arm].push(World::Spend.draw(random));
                    }
                }
                let units = day * A_DAY;
                let all = observed(["a", "b"].into_iter().zip(0..2).map(|(name, arm)| {
                    let samples = vec![
                        ("rate", rate(successes[arm], units)),
                        ("revenue", Sample::Mean(spent[arm])),
                    ];
                    (name.to_owned(), units, samples)
                }));
                let is = |plan| differs(evaluate(plan, &all).expect("a plan").conclusion.decision);
                // Neither p-value is 0.05 or less before that, and an evaluation costs more than all else.
                let is_far = of_rates(successes, units).abs() > 1.9;
                ever[0] |= is_far && is(&open);
                ever[1] |= of_means(&spent).abs() > 1.9 && is(&revenue);
                let planned = is_far && is(&to_the_end);
                ever[2] = planned;
                ever[3] |= planned;
                ever[4] |= is_far && is(&half);
            }
            for ever in ever {
                found.hit(ever);
            }
        },
    )
}

fn two_readings() -> Study {
    const UNITS: u64 = 10 * A_DAY;
    let (at_the_end, each_day) = ("at the planned end", "each day up to the end");
    let rows = [(0.05, true), (0.05, false), (0.04, true), (0.04, false)];
    let claims = rows.map(|(alpha, by_units)| {
        let by = if by_units { "units" } else { "days" };
        let method = format!("`alpha` {alpha}, planned by {by}");
        let both = if alpha < ALPHA {
            Promise::AtMost(ALPHA)
        } else {
            Promise::Exceeds(ALPHA)
        };
        [
            Claim::new(&method, at_the_end, Promise::AtMost(alpha)),
            Claim::new(&method, each_day, both),
        ]
    });
    // Before the end, and at it.
    let plans = rows.map(|(alpha, by_units)| {
        let mut plan = Plan::new("none", "a");
        plan.metrics = vec![Metric::new("rate")];
        plan.alpha = alpha;
        let mut before = plan.clone();
        if by_units {
            plan.units = Some(2 * DAYS * UNITS);
            before.units = plan.units;
        } else {
            plan.reading = Some(Reading::Fixed);
            before.reading = Some(Reading::AlwaysValid);
        }
        [before, plan]
    });
    Study::new(
        "decision-two-readings",
        "Two readings, at any time and at the planned end, with many units",
        "The same rate of 10 %, planned for 28 days, with 1,000 units an arm a day: the sequence has more to see before the end than above, most where the plan \
         names days, so that it is narrowest at 5,000 units. Each reading keeps the level, and who decides by whichever comes first is wrong a little \
         more often. A smaller `alpha` makes room for both.",
        (40_000, 60),
        claims.into_iter().flatten().collect(),
        move |random, found| {
            let mut successes = [0; 2];
            let mut ever = [[false; 2]; 4];
            for day in 1..=DAYS {
                for of_arm in &mut successes {
                    *of_arm += random.binomial(UNITS, 0.1);
                }
                let units = day * UNITS;
                // Neither p-value is 0.05 or less before that.
                let is_far = of_rates(successes, units).abs() > 1.9;
                let all = observed(["a", "b"].into_iter().zip(successes).map(|(name, of_arm)| {
                    let samples = vec![("rate", rate(of_arm, units))];
                    (name.to_owned(), units, samples)
                }));
                for ([before, at_end], [last, ever]) in plans.iter().zip(&mut ever) {
                    let plan = if day == DAYS { at_end } else { before };
                    *last = is_far
                        && differs(evaluate(plan, &all).expect("a plan").conclusion.decision);
                    *ever |= *last;
                }
            }
            for ever in ever.into_iter().flatten() {
                found.hit(ever);
            }
        },
    )
}

fn many() -> Study {
    let claims = vec![
        Claim::new("a wrong `Ship`", EVER, Promise::AtMost(ALPHA)),
        Claim::new(
            "any variant better or worse in a primary metric",
            EVER,
            Promise::AtMost(ALPHA),
        ),
    ];
    let mut plan = Plan::new("none", "a");
    plan.metrics = vec![
        Metric::new("rate"),
        Metric::new("revenue"),
        Metric::new("latency")
            .role(Role::Guardrail)
            .less_is_better(),
    ];
    Study::new(
        "decision-many",
        "Three treatments, two primary metrics, a guardrail",
        "Nothing differs; read daily for 28 days without a planned number of units. Holm's adjustment is over the six comparisons of primary metrics.",
        (4_000, 40),
        claims,
        move |random, found| {
            let mut successes = [0; 4];
            let mut spent = [Moments::new(); 4];
            let mut latency = [Moments::new(); 4];
            let mut ever = [false; 2];
            for day in 1..=DAYS {
                for arm in 0..4 {
                    successes[arm] += random.binomial(A_DAY, 0.1);
                    for _ in 0..A_DAY {
                        spent[arm].push(World::Lognormal.draw(random));
                        latency[arm].push(World::Normal.draw(random));
                    }
                }
                let units = day * A_DAY;
                let all = observed(["a", "b", "c", "d"].into_iter().zip(0..4).map(
                    |(name, arm)| {
                        let samples = vec![
                            ("rate", rate(successes[arm], units)),
                            ("revenue", Sample::Mean(spent[arm])),
                            ("latency", Sample::Mean(latency[arm])),
                        ];
                        (name.to_owned(), units, samples)
                    },
                ));
                let is_far = (1..4).any(|arm| {
                    of_rates([successes[0], successes[arm]], units).abs() > 1.9
                        || of_means(&[spent[0], spent[arm]]).abs() > 1.9
                });
                if !is_far {
                    continue;
                }
                let evaluation = evaluate(&plan, &all).expect("a plan");
                ever[0] |= evaluation.conclusion.decision == Decision::Ship;
                ever[1] |= evaluation
                    .metrics
                    .iter()
                    .filter(|metric| metric.role == Role::Primary)
                    .flat_map(|metric| &metric.comparisons)
                    .any(|it| matches!(it.verdict, Verdict::Better | Verdict::Worse));
            }
            for ever in ever {
                found.hit(ever);
            }
        },
    )
}

fn guardrail() -> Study {
    let claims = vec![
        Claim::new(
            "`NotWorse` of a guardrail that loses just the 5 % to be borne",
            EVER,
            Promise::AtMost(ALPHA),
        ),
        Claim::new(
            "`Equivalent` of a variant that is better by just the 5 % that matter",
            EVER,
            Promise::AtMost(ALPHA),
        ),
    ];
    let mut plan = Plan::new("none", "a");
    plan.metrics = vec![
        Metric::new("seconds")
            .role(Role::Guardrail)
            .minimum_effect(0.05),
        Metric::new("score").minimum_effect(0.05),
    ];
    Study::new(
        "decision-harmless",
        "When evaluation says that there is no harm, or no difference",
        "A difference of just the least one that matters, read daily for 28 days with 400 units an arm a day.",
        (4_000, 40),
        claims,
        move |random, found| {
            let mut seconds = [Moments::new(); 2];
            let mut score = [Moments::new(); 2];
            let mut ever = [false; 2];
            for day in 1..=DAYS {
                for arm in 0..2 {
                    let treated = f64::from(u8::from(arm == 1));
                    for _ in 0..4 * A_DAY {
                        seconds[arm].push((1.0 - 0.05 * treated) * World::Normal.draw(random));
                        score[arm].push((1.0 + 0.05 * treated) * World::Normal.draw(random));
                    }
                }
                let units = day * 4 * A_DAY;
                let all = observed(["a", "b"].into_iter().zip(0..2).map(|(name, arm)| {
                    let samples = vec![
                        ("seconds", Sample::Mean(seconds[arm])),
                        ("score", Sample::Mean(score[arm])),
                    ];
                    (name.to_owned(), units, samples)
                }));
                let evaluation = evaluate(&plan, &all).expect("a plan");
                let verdict = |metric: usize| evaluation.metrics[metric].comparisons[0].verdict;
                ever[0] |= matches!(verdict(0), Verdict::NotWorse | Verdict::Equivalent);
                ever[1] |= verdict(1) == Verdict::Equivalent;
            }
            for ever in ever {
                found.hit(ever);
            }
        },
    )
}
