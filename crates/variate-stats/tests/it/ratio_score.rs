//! The score interval of a ratio of rates, against statsmodels' test and by counting all cases.

use serde_json::Value;
use variate_stats::Side;
use variate_stats::distribution::Binomial;
use variate_stats::evaluation::{Metric, Observed, ObservedVariant, Plan, Sample, decide};
use variate_stats::proportion::{Proportion, TwoProportions};

use crate::values::{close, data};

const DATA: &str = include_str!("../data/ratio_score.json");

fn two(control: (u64, u64), treatment: (u64, u64)) -> TwoProportions {
    let of = |(successes, trials)| Proportion::new(successes, trials).unwrap();
    TwoProportions {
        control: of(control),
        treatment: of(treatment),
    }
}

fn counts(of: &Value) -> (u64, u64) {
    (of[0].as_u64().unwrap(), of[1].as_u64().unwrap())
}

#[test]
fn its_ends_are_where_the_score_test_rejects() {
    let cases = data(DATA);
    let cases = cases["intervals"].as_array().unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let rates = two(counts(&case["control"]), counts(&case["treatment"]));
        let alpha = case["alpha"].as_f64().unwrap();
        let interval = rates.relative_score(alpha, Side::Both).unwrap();
        // Of the ratio: next to no change there are no more digits.
        let ratio = |name: &str| 1.0 + case[name].as_f64().unwrap();
        close(
            1.0 + interval.lower,
            ratio("lower"),
            1e-8,
            &case.to_string(),
        );
        close(
            1.0 + interval.upper,
            ratio("upper"),
            1e-8,
            &case.to_string(),
        );
        // One test for the difference and the ratio: both find the same effect.
        let p_value = rates.score(alpha, Side::Both).unwrap().p_value;
        assert_eq!(interval.contains(0.0), p_value > alpha, "{case}");
    }
}

#[test]
fn it_has_ends_where_nobody_or_everybody_succeeds() {
    let ends = |control, treatment| {
        let of = two(control, treatment).relative_score(0.05, Side::Both);
        of.map(|of| (of.lower, of.upper))
    };
    let (lower, upper) = ends((20, 1000), (0, 100)).unwrap();
    assert_eq!(lower, -1.0);
    close(
        upper,
        0.860_608_283_799_343_8,
        1e-9,
        "0 of 100 against 20 of 1,000",
    );
    let (lower, upper) = ends((0, 100), (20, 1000)).unwrap();
    assert!(upper.is_infinite());
    close(
        lower,
        1.0 / 1.860_608_283_799_343_8 - 1.0,
        1e-9,
        "the other way round",
    );
    assert!(ends((0, 10), (0, 10)).is_err() && ends((10, 10), (10, 10)).is_err());
    let rates = two((20, 1000), (5, 1000));
    let both = rates.relative_score(0.1, Side::Both).unwrap();
    let less = rates.relative_score(0.05, Side::Less).unwrap();
    let greater = rates.relative_score(0.05, Side::Greater).unwrap();
    assert_eq!((less.lower, less.upper), (-1.0, both.upper));
    assert_eq!((greater.lower, greater.upper), (both.lower, f64::INFINITY));
    // The largest and smallest ratios that there are.
    let (lower, upper) = ends(
        (1, 1_000_000_000_000_000),
        (999_999_999_999_999, 1_000_000_000_000_000),
    )
    .unwrap();
    assert!(
        lower > 1e14 && upper > 1e15 && upper < 1e17,
        "{lower} {upper}"
    );
}

/// 18 of 20 or so against half of 1,000: how often an interval leaves out the truth, exactly.
#[test]
fn it_misses_no_more_than_it_says_next_to_all() {
    let (small, large) = (20_u32, 1_000_u32);
    let (near_all, half) = (0.9, 0.5);
    let of_small = Binomial::new(small.into(), near_all).unwrap();
    let of_large = Binomial::new(large.into(), half).unwrap();
    let truth = near_all / half - 1.0;
    let (mut missed, mut missed_by_logarithm) = (0.0, 0.0);
    for treatment in 8..=small {
        for control in 430..=570_u32 {
            let rates = two(
                (control.into(), large.into()),
                (treatment.into(), small.into()),
            );
            let chance = of_small.pmf(treatment.into()) * of_large.pmf(control.into());
            let score = rates.relative_score(0.05, Side::Both).unwrap();
            if !score.contains(truth) {
                missed += chance;
            }
            let logarithm = rates.relative(0.05, Side::Both).unwrap().interval;
            if !logarithm.contains(truth) {
                missed_by_logarithm += chance;
            }
        }
    }
    // The same sums in Python: 3.79 % and 12.09 %.
    assert!((missed - 0.0379).abs() < 1e-3, "{missed}");
    assert!(
        (missed_by_logarithm - 0.1209).abs() < 1e-3,
        "{missed_by_logarithm}"
    );
}

#[test]
fn an_evaluation_has_it_where_events_are_few() {
    let interval = |control, treatment| {
        let rates = two(control, treatment);
        let mut plan = Plan::new("gate", "a");
        plan.units = Some(1);
        plan.checks_split = false;
        plan.metrics.push(Metric::new("done"));
        let arm = |name: &str, rate: Proportion| {
            ObservedVariant::new(name, rate.trials()).with("done", Sample::Rate(rate))
        };
        let observed = Observed::new([arm("a", rates.control), arm("b", rates.treatment)]);
        let evaluation = decide(&plan, &observed).unwrap();
        let comparison = &evaluation.metrics[0].comparisons[0];
        (rates, comparison.relative.unwrap().fixed.interval)
    };
    for treatment in [(100, 100), (91, 100), (1, 100), (0, 100)] {
        let (rates, found) = interval((10_000, 20_000), treatment);
        let score = rates.relative_score(0.05, Side::Both).unwrap();
        assert_eq!((found.lower, found.upper), (score.lower, score.upper));
    }
    // With ten failures, the logarithm's.
    let (rates, found) = interval((10_000, 20_000), (90, 100));
    let logarithm = rates.relative(0.05, Side::Both).unwrap().interval;
    assert_eq!(
        (found.lower, found.upper),
        (logarithm.lower, logarithm.upper)
    );
}
