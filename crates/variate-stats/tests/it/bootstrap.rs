//! The bootstrap.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use proptest::prelude::*;
use serde_json::Value;
use variate_stats::Side;
use variate_stats::bootstrap::{
    Bootstrap, BootstrapError, Bootstrapped, IntervalMethod, Resampling,
};

use crate::values::{close, data, numbers};

const METHODS: [IntervalMethod; 3] = [
    IntervalMethod::Percentile,
    IntervalMethod::Basic,
    IntervalMethod::Bca,
];
const SIDES: [Side; 3] = [Side::Both, Side::Greater, Side::Less];

fn reference() -> Value {
    data(include_str!("../data/adjusted.json"))["bootstrap"].take()
}

/// Each method and side against scipy's.
fn same(
    expected: &Value,
    run: impl Fn(Bootstrap<'_>, Side) -> Result<Bootstrapped, BootstrapError>,
) {
    let seed = &expected["seed"];
    let seed = seed
        .as_u64()
        .unwrap_or_else(|| seed.as_str().unwrap().parse().unwrap());
    let mut intervals = expected["intervals"].as_array().unwrap().iter();
    for method in METHODS {
        for side in SIDES {
            let bootstrap = Bootstrap::new(seed)
                .with_replicates(400)
                .with_method(method);
            let found = run(bootstrap, side).unwrap();
            close(
                found.replicates[0],
                expected["first"].as_f64().unwrap(),
                1e-12,
                "first",
            );
            let error = expected["error"].as_f64().unwrap();
            close(found.estimate.standard_error, error, 1e-11, "error");
            let ends = intervals.next().unwrap();
            let what = format!("{method:?} {side:?}");
            let lower = ends[0].as_f64().unwrap_or(f64::NEG_INFINITY);
            close(found.estimate.interval.lower, lower, 1e-9, &what);
            let upper = ends[1].as_f64().unwrap_or(f64::INFINITY);
            close(found.estimate.interval.upper, upper, 1e-9, &what);
        }
    }
}

#[test]
fn intervals_of_means_and_ratios_are_those_of_scipy_over_numpys_stream() {
    let reference = reference();
    let [control, treatment, denominators] =
        ["control", "treatment", "denominators"].map(|name| numbers(&reference[name]));
    same(&reference["difference"], |bootstrap, side| {
        bootstrap.difference_of_means(&control, &treatment, 0.05, side)
    });
    same(&reference["mean"], |bootstrap, side| {
        bootstrap.mean(&control, 0.05, side)
    });
    same(&reference["ratio"], |bootstrap, side| {
        bootstrap.ratio(&control, &denominators, 0.05, side)
    });
}

#[test]
fn intervals_of_any_statistic_are_those_of_scipy_over_numpys_stream() {
    let reference = reference();
    let [control, treatment] = ["control", "treatment"].map(|name| numbers(&reference[name]));
    let mean = |values: &[f64], units: &[u32]| {
        units.iter().map(|unit| values[*unit as usize]).sum::<f64>()
            / f64::from(u32::try_from(units.len()).unwrap())
    };
    let deviation = |units: &[u32]| {
        let centre = mean(&control, units);
        let squares: f64 = units
            .iter()
            .map(|unit| (control[*unit as usize] - centre).powi(2))
            .sum();
        (squares / f64::from(u32::try_from(units.len()).unwrap() - 1)).sqrt()
    };
    same(&reference["deviation"], |bootstrap, side| {
        bootstrap.statistic(25, deviation, 0.05, side)
    });
    same(&reference["difference"], |bootstrap, side| {
        bootstrap.compare(
            25,
            18,
            |ours, theirs| mean(&treatment, theirs) - mean(&control, ours),
            0.05,
            side,
        )
    });
}

#[test]
fn poisson_weights_are_the_quantiles_of_numpys_stream() {
    let reference = reference();
    let control = numbers(&reference["control"]);
    let bootstrap = Bootstrap::new(3)
        .with_replicates(100)
        .with_resampling(Resampling::Poisson);
    let found = bootstrap.mean(&control, 0.05, Side::Both).unwrap();
    for (found, expected) in found
        .replicates
        .iter()
        .zip(numbers(&reference["poisson"]["firsts"]))
    {
        close(*found, expected, 1e-12, "replicate");
    }
    // A ratio to nothing but ones is a mean, and both ways of drawing agree about its spread.
    let ones = vec![1.0; control.len()];
    let ratio = bootstrap.ratio(&control, &ones, 0.05, Side::Both).unwrap();
    for (ratio, mean) in ratio.replicates.iter().zip(&found.replicates) {
        close(*ratio, *mean, 1e-12, "replicate");
    }
    let many: Vec<f64> = (0..500).map(|i| f64::from(i * i % 101)).collect();
    let error = |resampling| {
        let bootstrap = Bootstrap::new(1).with_resampling(resampling);
        bootstrap
            .mean(&many, 0.05, Side::Both)
            .unwrap()
            .estimate
            .standard_error
    };
    close(
        error(Resampling::Poisson),
        error(Resampling::Multinomial),
        0.05,
        "spread",
    );
}

#[test]
fn the_answer_is_the_same_with_any_number_of_threads() {
    let values: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 211)).collect();
    let of = |threads: usize| {
        let bootstrap = Bootstrap::new(9)
            .with_replicates(1001)
            .with_threads(threads);
        let closure = |units: &[u32]| {
            units
                .iter()
                .map(|unit| values[*unit as usize])
                .fold(0.0, f64::max)
        };
        let method = bootstrap.with_method(IntervalMethod::Percentile);
        (
            bootstrap
                .difference_of_means(&values, &values[..50], 0.05, Side::Both)
                .unwrap(),
            method.statistic(200, closure, 0.05, Side::Both).unwrap(),
        )
    };
    let alone = of(1);
    for threads in [2, 3, 64] {
        assert!(of(threads) == alone, "{threads}");
    }
    assert!(of(1) == alone);
}

#[test]
fn p_values_are_where_intervals_end_at_nothing() {
    let reference = reference();
    let control = numbers(&reference["control"]);
    let plain = Bootstrap::new(4)
        .mean(&control, 0.05, Side::Both)
        .unwrap()
        .estimate;
    // So that nothing is one standard error and a half away.
    let control: Vec<f64> = control
        .iter()
        .map(|value| value - plain.effect + 1.5 * plain.standard_error)
        .collect();
    for method in METHODS {
        let bootstrap = Bootstrap::new(4).with_replicates(1999).with_method(method);
        for side in [Side::Both, Side::Greater] {
            let p = bootstrap
                .mean(&control, 0.05, side)
                .unwrap()
                .estimate
                .p_value;
            assert!(p > 0.01 && p < 0.25, "{method:?} {p}");
            let lower = |alpha: f64| {
                bootstrap
                    .mean(&control, alpha, side)
                    .unwrap()
                    .estimate
                    .interval
                    .lower
            };
            assert!(
                lower(0.8 * p) < 0.0 && lower(1.2 * p) > 0.0,
                "{method:?} {side:?} {p}"
            );
        }
        let less = bootstrap.mean(&control, 0.05, Side::Less).unwrap().estimate;
        assert!(less.p_value > 0.9 && less.interval.lower == f64::NEG_INFINITY);
    }
}

#[test]
fn progress_is_told_to_its_end() {
    let told = Mutex::new(Vec::new());
    let progress = |done: u32, total: u32| told.lock().unwrap().push((done, total));
    let values = [1.0, 2.0, 4.0, 8.0, 16.0];
    let statistic = |units: &[u32]| units.iter().map(|unit| values[*unit as usize]).sum::<f64>();
    Bootstrap::new(1)
        .with_replicates(500)
        .with_progress(&progress)
        .statistic(5, statistic, 0.05, Side::Both)
        .unwrap();
    let told = told.into_inner().unwrap();
    // 500 replicates, and 5 units left out.
    assert_eq!(told.iter().max(), Some(&(505, 505)));
    assert!(told.len() > 50 && told.len() < 250, "{}", told.len());
}

#[test]
fn a_cancelled_bootstrap_ends() {
    let cancelled = AtomicBool::new(false);
    let calls = AtomicU32::new(0);
    let statistic = |units: &[u32]| {
        if calls.fetch_add(1, Ordering::Relaxed) == 40 {
            cancelled.store(true, Ordering::Relaxed);
        }
        f64::from(units[0])
    };
    let error = Bootstrap::new(1)
        .with_threads(1)
        .with_cancellation(&cancelled)
        .statistic(10, statistic, 0.05, Side::Both)
        .unwrap_err();
    assert_eq!(
        error,
        BootstrapError::Cancelled {
            done: 40,
            total: 2010
        }
    );
    assert_eq!(error.to_string(), "cancelled after 40 of 2010 evaluations");
    assert_eq!(calls.into_inner(), 41);
}

#[test]
fn what_cannot_be_drawn_again_is_refused() {
    let bootstrap = Bootstrap::new(1);
    let refused = |result: Result<Bootstrapped, BootstrapError>| {
        result.map(|found| found.estimate).unwrap_err().to_string()
    };
    assert!(refused(bootstrap.mean(&[1.0], 0.05, Side::Both)).starts_with("values has 1 entries"));
    assert!(refused(bootstrap.mean(&[], 0.05, Side::Both)).starts_with("values has 0 entries"));
    assert_eq!(
        refused(bootstrap.mean(&[2.0; 9], 0.05, Side::Both)),
        "standard error is 0: give a finite number above 0"
    );
    assert!(refused(bootstrap.mean(&[1.0, f64::NAN], 0.05, Side::Both)).contains("entry 1 is NaN"));
    assert!(refused(bootstrap.mean(&[1.0, 2.0], 1.5, Side::Both)).starts_with("alpha is 1.5"));
    assert!(
        refused(
            bootstrap
                .with_replicates(99)
                .mean(&[1.0, 2.0], 0.05, Side::Both)
        )
        .contains("replicates is 99")
    );
    assert!(
        refused(bootstrap.ratio(&[1.0, 2.0], &[0.0, 0.0], 0.05, Side::Both))
            .contains("denominators is 0")
    );
    assert!(
        refused(bootstrap.ratio(&[1.0, 2.0], &[1.0], 0.05, Side::Both))
            .contains("denominators has 1")
    );
    // Some replicate draws only the unit without a denominator.
    let error = bootstrap
        .ratio(&[1.0, 2.0], &[1.0, 0.0], 0.05, Side::Both)
        .unwrap_err();
    assert!(matches!(error, BootstrapError::Replicate { .. }), "{error}");
    let error = bootstrap
        .statistic(9, |_| f64::NAN, 0.05, Side::Both)
        .unwrap_err();
    assert!(matches!(error, BootstrapError::Observed { .. }), "{error}");
    let short = |units: &[u32]| {
        if units.len() < 9 {
            f64::INFINITY
        } else {
            f64::from(units[3])
        }
    };
    let error = bootstrap.statistic(9, short, 0.05, Side::Both).unwrap_err();
    assert_eq!(
        error,
        BootstrapError::LeftOut {
            value: f64::INFINITY
        }
    );
    assert!(
        bootstrap
            .with_method(IntervalMethod::Basic)
            .statistic(9, short, 0.05, Side::Both)
            .is_ok()
    );
    // The number of different units is never as large again.
    let different = |units: &[u32]| {
        let mut units = units.to_vec();
        units.sort_unstable();
        units.dedup();
        f64::from(u32::try_from(units.len()).unwrap())
    };
    let error = bootstrap
        .statistic(60, different, 0.05, Side::Both)
        .unwrap_err();
    assert_eq!(error, BootstrapError::Beyond { replicates: 2000 });
    assert!(bootstrap.statistic(1, |_| 1.0, 0.05, Side::Both).is_err());
}

#[test]
#[should_panic(expected = "the host's own")]
fn a_panic_of_the_statistic_is_the_callers() {
    let statistic = |units: &[u32]| {
        assert!(units[0] < 5, "the host's own");
        f64::from(units[0])
    };
    let bootstrap = Bootstrap::new(1).with_threads(2);
    let _ = bootstrap.statistic(10, statistic, 0.05, Side::Both);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn intervals_follow_what_is_added(values in prop::collection::vec(-10.0..10.0_f64, 10..40), by in -100.0..100.0_f64, seed: u64) {
        let moved: Vec<f64> = values.iter().map(|value| value + by).collect();
        for method in METHODS {
            let bootstrap = Bootstrap::new(seed).with_replicates(200).with_method(method);
            let of = |values: &[f64]| bootstrap.mean(values, 0.1, Side::Both).map(|found| found.estimate);
            let (plain, shifted) = (of(&values).unwrap(), of(&moved).unwrap());
            prop_assert!((shifted.interval.lower - plain.interval.lower - by).abs() < 1e-9);
            prop_assert!((shifted.interval.upper - plain.interval.upper - by).abs() < 1e-9);
            prop_assert!(plain.interval.lower < plain.interval.upper);
            prop_assert!(plain.p_value > 0.0 && plain.p_value <= 1.0);
        }
    }
}
