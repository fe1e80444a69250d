//! Yes and no, and where values can be.

use variate::component;
use variate::component::{Concurrency, MemoryRecorder, Outcomes, RoundRobin, Summary, WallTime};
use variate_report::Report;
use variate_stats::proportion::{IntervalMethod, Proportion};
use variate_stats::{Interval, Side};

use super::support::{call, call_of};

#[component]
trait Check {
    fn check(&self, number: u32) -> Result<u32, u32>;
}

impl Check for u32 {
    fn check(&self, number: u32) -> Result<u32, u32> {
        if number.is_multiple_of(*self) {
            Err(number)
        } else {
            Ok(number)
        }
    }
}

/// Of single measurements, and of what was counted.
fn reports() -> [Report; 2] {
    let (recorder, summary) = (MemoryRecorder::new(), Summary::new());
    let check = CheckExperiment::builder("checks")
        .control("tenth", 10_u32)
        .arm("half", 2_u32)
        .selector(RoundRobin::new())
        .collect(Outcomes::new())
        .collect(Concurrency::new())
        .collect(WallTime::new())
        .recorder(recorder.clone())
        .recorder(summary.clone())
        .build()
        .unwrap();
    for number in 0..200 {
        let _ = check.check(number / 2);
    }
    [
        Report::of(&recorder.measurements()).unwrap(),
        Report::of_summary(&summary).unwrap(),
    ]
}

#[test]
fn what_is_yes_or_no_has_a_share_and_no_quantiles() {
    for report in reports() {
        let method = &report.methods[0];
        for (name, failures) in [("tenth", 10), ("half", 50)] {
            let arm = method.arm(name).unwrap();
            let metric = arm.metric("failures").unwrap();
            assert_eq!([metric.p50, metric.p95, metric.p99], [None; 3]);
            let mean = metric.mean.unwrap();
            let rate = Proportion::new(failures, 100).unwrap();
            assert_eq!(mean.value, rate.rate());
            let wilson = rate.interval(IntervalMethod::Wilson, 0.05, Side::Both);
            assert_eq!(mean.interval, wilson.ok());
            assert_eq!(arm.error_rate, metric.mean);
            // How many calls were under way at a time is a mean and a greatest.
            let metric = arm.metric("concurrency").unwrap();
            assert_eq!([metric.p50, metric.p95, metric.p99], [None; 3]);
            assert_eq!((metric.mean.unwrap().value, metric.max), (1.0, Some(1.0)));
            assert!(arm.metric("time").unwrap().p99.is_some());
        }
        assert!(method.quantiles.iter().all(|of| of.metric == "time"));
        // The errors are said once.
        let table = report.to_string();
        assert!(!table.contains("failures"), "{table}");
        assert!(table.contains("50 % [40.4 %, 59.6 %]"), "{table}");
    }
}

#[test]
fn a_table_of_nothing_but_outcomes_has_no_empty_one() {
    let calls: Vec<_> = (0..100_u32)
        .map(|at| {
            let mut of = call(["control", "fast"][(at % 2) as usize], "failures", 0.0);
            if at < 20 {
                of.value = Some(1.0);
                of.outcome = "error".into();
            }
            of
        })
        .collect();
    let table = Report::of(&calls).unwrap().to_string();
    assert!(
        !table.contains("p95") && table.contains("20 % ["),
        "{table}"
    );
}

#[test]
fn mismatches_are_percent() {
    let mut calls = Vec::new();
    for at in 0..100 {
        let mut control = call("control", "time", 5.0);
        control.selected_arm = Some("fast".to_owned());
        control.reason = "shadow".into();
        calls.push(control);
        let mut mismatch = call("fast", "mismatch", f64::from(at % 4 / 3));
        mismatch.unit = "".into();
        calls.push(mismatch);
    }
    let table = Report::of(&calls).unwrap().to_string();
    let line = table.lines().find(|line| line.contains("mismatch"));
    assert!(line.is_some_and(|line| line.contains("25 % [")), "{table}");
}

#[test]
fn intervals_hold_nothing_that_cannot_be() {
    // One of few calls takes very long, and one key has all the failures.
    let mut calls = Vec::new();
    for unit in 0..8_u32 {
        for _ in 0..4 {
            let mut of = call_of(unit, "control", "time", if unit == 0 { 1e6 } else { 1.0 });
            if unit == 0 {
                of.outcome = "error".into();
            }
            calls.push(of);
        }
    }
    let of = |calls: &[component::Measurement]| {
        let report = Report::of(calls).unwrap();
        report.methods[0].arms[0].clone()
    };
    let interval = |of: &variate_report::ArmReport, metric: &str| -> Interval {
        of.metric(metric).unwrap().mean.unwrap().interval.unwrap()
    };
    let arm = of(&calls);
    assert_eq!(interval(&arm, "time").lower, 0.0);
    assert_eq!(arm.error_rate.unwrap().interval.unwrap().lower, 0.0);
    // What an order is worth can be below 0.
    for call in &mut calls {
        (call.metric, call.unit) = ("total".into(), "".into());
    }
    assert!(interval(&of(&calls), "total").lower < 0.0);
}
