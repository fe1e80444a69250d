//! Arms beside the control.

use variate::component::Measurement;
use variate_report::{Report, ReportError};
use variate_stats::Side;
use variate_stats::evaluation::{Decision, Metric, Reading, Role, Verdict};
use variate_stats::quantile::Quantile;
use variate_stats::ratio::{RatioMoments, TwoRatios};

use super::support::{Numbers, call, call_of, near};

/// Calls of some units for each arm; the arm `fast` takes a share of the control's time.
fn arms(units: u32, calls: u32, share: f64) -> Vec<Measurement> {
    let mut numbers = Numbers::new(u64::from(units));
    let mut all = Vec::new();
    for unit in 0..units {
        let (arm, share) = if unit % 2 == 0 {
            ("control", 1.0)
        } else {
            ("fast", share)
        };
        let own = 1_000.0 + 500.0 * numbers.next();
        for _ in 0..calls {
            all.push(call_of(
                unit,
                arm,
                "time",
                share * (own + 20.0 * numbers.next()),
            ));
        }
    }
    all
}

#[test]
fn a_faster_arm_is_to_be_shipped() {
    let report = Report::builder()
        .read_once()
        .measurements(&arms(400, 5, 0.8))
        .unwrap();
    let evaluation = report.methods[0].evaluation.as_ref().unwrap();
    assert_eq!(evaluation.reading, Reading::Fixed);
    assert_eq!(evaluation.units, 400);
    assert_eq!(evaluation.conclusion.decision, Decision::Ship);
    let time = &evaluation.metrics[0].comparisons[0];
    assert_eq!(time.verdict, Verdict::Better);
    let relative = time.relative.unwrap().fixed;
    assert!(relative.interval.contains(-0.2), "{relative:?}");
}

#[test]
fn the_comparison_is_that_of_ratios_by_unit() {
    let calls = arms(100, 7, 0.9);
    let report = Report::builder().read_once().measurements(&calls).unwrap();
    let found = report.methods[0].evaluation.as_ref().unwrap().metrics[0].comparisons[0]
        .difference
        .unwrap()
        .fixed;
    let of = |parity: u32| -> RatioMoments {
        let units = (0..100).filter(|unit| unit % 2 == parity);
        units
            .map(|unit| {
                let key = call_of(unit, "", "time", 0.0).key;
                let own = calls.iter().filter(|call| call.key == key);
                (own.map(|call| call.value.unwrap()).sum::<f64>(), 7.0)
            })
            .collect()
    };
    let ratios = TwoRatios {
        control: of(0),
        treatment: of(1),
    };
    let expected = ratios.difference(0.05, Side::Both).unwrap();
    near(found.effect, expected.effect, 1e-9);
    near(found.standard_error, expected.standard_error, 1e-9);
}

#[test]
fn calls_of_few_units_are_no_proof() {
    // Twelve users, a thousand calls of each: what differs are the users.
    let calls = arms(12, 1_000, 1.0);
    let report = Report::builder().read_once().measurements(&calls).unwrap();
    let evaluation = report.methods[0].evaluation.as_ref().unwrap();
    let clustered = evaluation.metrics[0].comparisons[0].p_value.unwrap();
    let without: Vec<Measurement> = calls
        .into_iter()
        .map(|mut of| {
            of.key = None;
            of
        })
        .collect();
    let report = Report::builder()
        .read_once()
        .measurements(&without)
        .unwrap();
    let naive = report.methods[0].evaluation.as_ref().unwrap().metrics[0].comparisons[0].p_value;
    assert!(clustered > 0.05, "{clustered}");
    assert!(naive.unwrap() < 1e-6, "{naive:?}");
}

#[test]
fn quantiles_are_compared_by_unit_too() {
    let calls = arms(400, 5, 0.8);
    let report = Report::of(&calls).unwrap();
    let found = report.methods[0].quantiles.iter();
    let median = found.clone().find(|of| of.probability == 0.5).unwrap();
    assert_eq!(
        (median.arm.as_str(), median.metric.as_str()),
        ("fast", "time")
    );
    let of = |arm: &str| -> (Vec<f64>, Vec<String>) {
        let own = calls.iter().filter(|call| call.arm == arm);
        own.map(|call| (call.value.unwrap(), call.key.as_ref().unwrap().to_string()))
            .unzip()
    };
    let ((control, units), (fast, of_fast)) = (of("control"), of("fast"));
    let expected = Quantile::MEDIAN
        .compare_clustered((&control, &units), (&fast, &of_fast), 0.05, Side::Both)
        .unwrap();
    assert_eq!(
        (median.difference, median.estimate),
        (expected.effect, Some(expected))
    );
    near(median.relative.unwrap(), -0.2, 0.25);
    // Two hundred units an arm say nothing sure of p99.
    let p99 = found.clone().find(|of| of.probability == 0.99).unwrap();
    assert_eq!(p99.estimate, None);
}

#[test]
fn values_that_are_nearly_all_the_same_differ_without_an_interval() {
    let values = |arm: &str, value: f64| -> Vec<Measurement> {
        let outlier = |at| if at % 1_000 == 0 { 9_000.0 } else { value };
        (0..2_000)
            .map(|at| call(arm, "time", outlier(at)))
            .collect()
    };
    let calls = [values("control", 50.0), values("fast", 40.0)].concat();
    let report = Report::of(&calls).unwrap();
    let median = &report.methods[0].quantiles[0];
    assert_eq!((median.difference, median.relative), (-10.0, Some(-0.2)));
    assert_eq!(median.estimate, None);
    assert!(report.to_string().contains("−10 ns (−20 %)"), "{report}");
}

#[test]
fn a_report_that_is_read_at_any_time_says_so() {
    let report = Report::of(&arms(60, 5, 0.8)).unwrap();
    let evaluation = report.methods[0].evaluation.as_ref().unwrap();
    assert_eq!(evaluation.reading, Reading::AlwaysValid);
    // Thirty units an arm say nothing yet to one who looks at any time.
    assert_eq!(evaluation.conclusion.decision, Decision::KeepRunning);
}

#[test]
fn units_of_both_arms_are_left_out_where_they_are_few() {
    let mut calls = arms(400, 5, 0.8);
    for unit in 0..10 {
        calls.push(call_of(unit, "fast", "time", 1e9));
        calls.push(call_of(unit, "control", "time", 1e9));
    }
    let report = Report::of(&calls).unwrap();
    let evaluation = report.methods[0].evaluation.as_ref().unwrap();
    assert_eq!(evaluation.units, 390);
    let crossovers: Vec<u64> = evaluation.variants.iter().map(|of| of.crossovers).collect();
    assert_eq!(crossovers, [10, 10]);
    let control = evaluation.metrics[0].variants[0].value.unwrap();
    assert!(control < 2_000.0, "{control}");
    // They were called nevertheless.
    let described: u64 = report.methods[0].arms.iter().map(|arm| arm.calls).sum();
    assert_eq!(described, 2_020);
}

#[test]
fn where_arms_are_selected_by_call_all_units_stay() {
    let mut numbers = Numbers::new(4);
    let calls: Vec<_> = (0..4_000)
        .map(|at| {
            let arm = if at % 2 == 0 { "control" } else { "fast" };
            call_of(at / 2 % 100, arm, "time", 1_000.0 + numbers.next())
        })
        .collect();
    let report = Report::of(&calls).unwrap();
    let method = &report.methods[0];
    assert_eq!(method.evaluation.as_ref().unwrap().units, 200);
    assert!(
        method
            .notes
            .iter()
            .any(|note| note.contains("selected by call"))
    );
}

#[test]
fn shares_that_were_planned_are_checked_and_others_are_not() {
    let mut calls = Vec::new();
    for unit in 0..1_000 {
        let arm = if unit % 10 == 0 { "fast" } else { "control" };
        calls.push(call_of(unit, arm, "time", f64::from(unit)));
    }
    let unplanned = Report::of(&calls).unwrap();
    assert_eq!(
        unplanned.methods[0]
            .evaluation
            .as_ref()
            .unwrap()
            .sample_ratio,
        None
    );
    let planned = |control, fast| {
        let builder = Report::builder()
            .share("control", control)
            .share("fast", fast);
        let report = builder.measurements(&calls).unwrap();
        let evaluation = report.methods[0].evaluation.clone().unwrap();
        (
            evaluation.sample_ratio.unwrap().is_mismatch,
            evaluation.conclusion.decision,
        )
    };
    assert!(!planned(90.0, 10.0).0);
    assert_eq!(planned(50.0, 50.0), (true, Decision::Invalid));
}

#[test]
fn an_arm_that_fails_more_is_not_shipped() {
    let mut calls = arms(2_000, 2, 0.8);
    for (at, of) in calls.iter_mut().enumerate() {
        if of.arm == "fast" && at % 5 == 0 {
            of.outcome = "error".into();
        }
    }
    let report = Report::builder().read_once().measurements(&calls).unwrap();
    let evaluation = report.methods[0].evaluation.as_ref().unwrap();
    let errors = evaluation
        .metrics
        .iter()
        .find(|metric| metric.name == "error rate")
        .unwrap();
    assert_eq!(errors.role, Role::Guardrail);
    assert_eq!(errors.comparisons[0].verdict, Verdict::Worse);
    assert_eq!(evaluation.conclusion.decision, Decision::Conflict);
}

#[test]
fn much_is_wanted_of_what_is_no_cost_and_a_metric_may_say_otherwise() {
    let mut calls = Vec::new();
    let mut numbers = Numbers::new(5);
    for at in 0..2_000 {
        let (arm, more) = if at % 2 == 0 {
            ("control", 0.0)
        } else {
            ("fast", 5.0)
        };
        calls.push(call(arm, "total", 20.0 + more + numbers.next()));
    }
    let verdict = |builder: variate_report::ReportBuilder| {
        let report = builder.measurements(&calls).unwrap();
        report.methods[0].evaluation.as_ref().unwrap().metrics[0].comparisons[0].verdict
    };
    assert_eq!(verdict(Report::builder()), Verdict::Better);
    let costs = Report::builder().metric(Metric::new("total").less_is_better());
    assert_eq!(verdict(costs), Verdict::Worse);
}

#[test]
fn without_the_control_nothing_is_compared() {
    let report = Report::of(&[call("fast", "time", 5.0)]).unwrap();
    let method = &report.methods[0];
    assert!(method.evaluation.is_none() && method.quantiles.is_empty());
    assert!(
        method
            .notes
            .iter()
            .any(|note| note.contains("control was not called"))
    );
}

#[test]
fn a_level_that_is_none_is_an_error() {
    let refused = Report::builder().alpha(5.0).measurements(&[]);
    assert!(matches!(refused, Err(ReportError::Level { alpha }) if alpha == 5.0));
}
