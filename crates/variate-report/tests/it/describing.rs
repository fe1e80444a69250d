//! Counts, rates, means and quantiles of each arm.

use variate::component::Measurement;
use variate_report::{Analysis, Report};
use variate_stats::proportion::{IntervalMethod, Proportion};
use variate_stats::quantile::Quantile;
use variate_stats::{Moments, Side, mean};

use super::support::{Numbers, call, call_of, near};

fn report(measurements: &[Measurement]) -> Report {
    Report::of(measurements).unwrap()
}

#[test]
fn an_arm_has_its_count_mean_and_quantiles_with_the_intervals_of_the_statistics() {
    let mut numbers = Numbers::new(1);
    let values: Vec<f64> = (0..4_000)
        .map(|_| 1_000.0 * (1.0 + numbers.next()))
        .collect();
    let calls: Vec<_> = values
        .iter()
        .map(|value| call("control", "time", *value))
        .collect();
    let report = report(&calls);
    let method = report.method("shop", "order").unwrap();
    assert_eq!(method.analysis, Analysis::Calls);
    let arm = method.arm("control").unwrap();
    assert_eq!((arm.calls, arm.keys, arm.is_control), (4_000, None, true));
    let time = arm.metric("time").unwrap();
    assert_eq!(
        (time.count, time.unavailable, time.unit.as_str()),
        (4_000, 0, "ns")
    );

    let moments: Moments = values.iter().copied().collect();
    let expected = mean::one(&moments, 0.05, Side::Both).unwrap();
    let mean = time.mean.unwrap();
    near(mean.value, expected.effect, 1e-12);
    near(mean.interval.unwrap().lower, expected.interval.lower, 1e-12);

    for (found, probability) in [(time.p50, 0.5), (time.p95, 0.95), (time.p99, 0.99)] {
        let expected = Quantile::new(probability)
            .unwrap()
            .estimate(&values, 0.05)
            .unwrap();
        let found = found.unwrap();
        assert_eq!(
            (found.value, found.interval),
            (expected.value, Some(expected.interval))
        );
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(time.min, Some(least));
}

#[test]
fn errors_panics_and_timeouts_are_failures_and_cancelled_calls_are_not() {
    let outcomes = [
        ("ok", 90),
        ("error", 5),
        ("panicked", 2),
        ("timed_out", 1),
        ("cancelled", 2),
    ];
    let mut calls = Vec::new();
    for (outcome, count) in outcomes {
        for _ in 0..count {
            let mut of = call("control", "time", 5.0);
            of.outcome = outcome.into();
            calls.push(of);
        }
    }
    let report = report(&calls);
    let arm = &report.methods[0].arms[0];
    assert_eq!(
        (arm.calls, arm.outcomes.failures(), arm.outcomes.cancelled),
        (100, 8, 2)
    );
    let rate = arm.error_rate.unwrap();
    assert_eq!(rate.value, 0.08);
    let expected = Proportion::new(8, 100).unwrap();
    let expected = expected
        .interval(IntervalMethod::Wilson, 0.05, Side::Both)
        .unwrap();
    assert_eq!(rate.interval, Some(expected));
}

#[test]
fn several_metrics_of_a_call_are_one_call() {
    let mut calls = Vec::new();
    for _ in 0..10 {
        calls.push(call("control", "allocations", 2.0));
        calls.push(call("control", "time", 5.0));
    }
    // Not every call has this one.
    calls.push(call("control", "total", 9.0));
    let report = report(&calls);
    let arm = &report.methods[0].arms[0];
    assert_eq!(arm.calls, 10);
    let names: Vec<_> = arm
        .metrics
        .iter()
        .map(|metric| metric.name.as_str())
        .collect();
    assert_eq!(names, ["time", "allocations", "total"]);
}

#[test]
fn what_cannot_be_measured_is_no_zero() {
    let mut calls = Vec::new();
    for _ in 0..3 {
        let mut of = call("control", "allocated", 0.0);
        of.value = None;
        of.unit = "bytes".into();
        calls.push(of);
    }
    let report = report(&calls);
    let method = &report.methods[0];
    let metric = method.arms[0].metric("allocated").unwrap();
    assert_eq!(
        (metric.count, metric.unavailable, metric.mean),
        (0, 3, None)
    );
    assert_eq!(metric.p50, None);
    assert!(
        method
            .notes
            .contains(&"allocated cannot be measured here".to_owned())
    );
}

#[test]
fn calls_of_one_unit_that_are_alike_make_intervals_wider() {
    let mut numbers = Numbers::new(2);
    let mut alike = Vec::new();
    let mut apart = Vec::new();
    for unit in 0..200 {
        let value = 1_000.0 * (1.0 + numbers.next());
        for _ in 0..20 {
            alike.push(call_of(unit, "control", "time", value));
            apart.push(call("control", "time", value));
        }
    }
    let width = |calls: &[Measurement]| {
        let report = report(calls);
        let method = &report.methods[0];
        let time = method.arms[0].metric("time").unwrap().clone();
        let width = |of: variate_report::Bounded| of.interval.unwrap().width();
        (
            method.analysis,
            width(time.mean.unwrap()),
            width(time.p50.unwrap()),
        )
    };
    let (by_units, mean, median) = width(&alike);
    let (by_calls, naive_mean, naive_median) = width(&apart);
    assert_eq!((by_units, by_calls), (Analysis::Keys, Analysis::Calls));
    // Twenty calls say as much as one: the root of twenty.
    near(mean, naive_mean * 20.0_f64.sqrt(), 0.02);
    // Ends are values of units: chance has its part in how far these are apart.
    assert!(median > 1.5 * naive_median, "{median} {naive_median}");
}

#[test]
fn one_call_without_a_key_makes_all_calls_units() {
    let mut calls = vec![call_of(1, "control", "time", 5.0); 10];
    calls.push(call("control", "time", 5.0));
    let report = report(&calls);
    assert_eq!(report.methods[0].analysis, Analysis::Calls);
    assert!(report.methods[0].notes[0].contains("not all calls have a key"));
}

#[test]
fn experiments_and_methods_are_kept_apart() {
    let mut calls = Vec::new();
    for (experiment, method) in [("shop", "order"), ("shop", "quote"), ("search", "order")] {
        let mut of = Measurement::new(experiment, "control", method, "time", 5.0);
        of.is_control = true;
        calls.push(of);
    }
    let report = report(&calls);
    assert_eq!(report.methods.len(), 3);
    assert_eq!(report.method("search", "order").unwrap().arms[0].calls, 1);
    assert!(report.method("search", "quote").is_none());
}

#[test]
fn of_nothing_there_is_an_empty_report() {
    let report = report(&[]);
    assert!(report.methods.is_empty());
    assert_eq!(report.to_string(), "nothing was measured\n");
    assert!(report.svg().ends_with("</svg>\n"));
}

#[test]
fn values_as_far_apart_as_numbers_can_be_break_no_report() {
    let mut calls = Vec::new();
    for value in [f64::MAX, -f64::MAX, 1.0, f64::MAX] {
        calls.push(call("control", "total", value));
        calls.push(call("fast", "total", -value));
    }
    let report = report(&calls);
    let (text, picture) = (report.to_string(), report.svg());
    assert!(!text.contains("inf"), "{text}");
    assert!(
        !picture.contains("inf") && !picture.contains("NaN"),
        "{picture}"
    );
}

#[test]
fn arms_whose_values_never_vary_are_not_tested_and_the_report_says_so() {
    let calls = [
        vec![call("control", "allocated", 32.0); 5],
        vec![call("fast", "allocated", 64.0); 5],
    ]
    .concat();
    let report = report(&calls);
    assert!(report.methods[0].evaluation.is_none());
    let text = report.to_string();
    assert!(text.contains("nothing is uncertain"), "{text}");
    assert!(
        !text.contains("primary") && !text.contains("beside"),
        "{text}"
    );
}

#[test]
fn a_time_does_not_shrink_by_more_than_all_of_it_and_changes_have_no_end() {
    // One call that took very long.
    let times = |arm: &'static str, slowest: f64| {
        let values = (0..200).map(move |at| if at == 0 { slowest } else { 10.0 });
        values.map(move |value| call(arm, "time", value))
    };
    let all: Vec<_> = times("control", 11.0).chain(times("fast", 1e6)).collect();
    let report = Report::builder().read_once().measurements(&all).unwrap();
    let evaluation = report.methods[0].evaluation.as_ref().unwrap();
    let relative = evaluation.metrics[0].comparisons[0].relative.unwrap();
    assert_eq!(relative.fixed.interval.lower, -1.0);
    assert!(relative.fixed.interval.upper > 100.0, "{report}");

    // What a collector counts may be below 0, and its mean is within its interval.
    let mut changes: Vec<_> = (0..50)
        .map(|at| call("control", "queue", f64::from(at) - 60.0))
        .collect();
    for of in &mut changes {
        of.unit = "count".into();
    }
    let report = Report::of(&changes).unwrap();
    let mean = report.methods[0].arms[0].metrics[0].mean.unwrap();
    let interval = mean.interval.unwrap();
    assert!(
        interval.lower < mean.value && mean.value < interval.upper,
        "{report}"
    );
}
