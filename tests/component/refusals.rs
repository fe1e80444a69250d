//! What a builder refuses, so that nothing is measured wrongly or not at all.

use std::sync::Arc;
use std::time::Duration;

use variate::component;
use variate::component::{
    BuildError, CircuitBreaker, Concurrency, CpuTime, Latency, MemoryRecorder, Outcomes, Record,
    Summary, WallTime,
};

#[component]
trait Plain {
    fn plain(&self) -> u8;
}

impl Plain for u8 {
    fn plain(&self) -> u8 {
        *self
    }
}

#[component]
trait Measured {
    #[measure(value = |value| *value)]
    fn measured(&self) -> u8;
}

impl Measured for u8 {
    fn measured(&self) -> u8 {
        *self
    }
}

macro_rules! plain {
    ($($step:tt)*) => {
        PlainExperiment::builder("plain").control("old", 1_u8).arm("new", 2_u8)$($step)*.build()
    };
}

#[test]
fn a_metric_that_would_be_recorded_twice_is_refused() {
    let twice = |metric| Some(BuildError::MeasuredTwice(metric));
    let both = plain!(.collect(WallTime::new()).collect(Arc::new(WallTime::new())));
    assert_eq!(both.err(), twice("time"));
    let both = plain!(.collect(CpuTime::new()).collect(WallTime::new()).collect(CpuTime::new()));
    assert_eq!(both.err(), twice("cpu_time"));
    let both = plain!(.collect(Concurrency::new()).collect(Concurrency::new()));
    assert_eq!(both.err(), twice("concurrency"));
}

#[test]
fn a_summary_that_would_count_a_call_twice_is_refused() {
    let (summary, other) = (Summary::new(), Summary::new());
    let latency = || Latency::new(&summary);
    let twice = Some(BuildError::MeasuredTwice("time"));
    assert_eq!(plain!(.collect(latency()).collect(latency())).err(), twice);
    let beside = plain!(.collect(WallTime::new()).collect(latency()).recorder(summary.clone()));
    assert_eq!(beside.err(), twice);
    // Each counts for itself.
    assert!(plain!(.collect(latency()).collect(Latency::new(&other))).is_ok());
    assert!(plain!(.collect(WallTime::new()).collect(latency()).recorder(other.clone())).is_ok());
    assert!(plain!(.collect(Outcomes::new()).collect(latency()).recorder(summary.clone())).is_ok());
}

#[test]
fn a_recorder_that_would_take_each_record_twice_is_refused() {
    let (summary, memory) = (Summary::new(), MemoryRecorder::new());
    let timed = WallTime::new;
    let twice = Some(BuildError::RecorderTwice);
    let built = plain!(.collect(timed()).recorder(summary.clone()).recorder(summary.clone()));
    assert_eq!(built.err(), twice);
    let built = plain!(.collect(timed()).recorder(memory.clone()).recorder(memory.clone()));
    assert_eq!(built.err(), twice);
    let others = plain!(.collect(timed()).recorder(memory).recorder(MemoryRecorder::new()));
    assert!(others.is_ok());
}

#[test]
fn a_recorder_that_would_get_nothing_is_refused() {
    let memory = MemoryRecorder::new();
    let nothing = Some(BuildError::NothingToRecord);
    assert_eq!(plain!(.recorder(memory.clone())).err(), nothing);
    assert_eq!(plain!(.recorder(|_: &Record<'_>| {})).err(), nothing);
    let summary = Summary::new();
    let latency = plain!(.collect(Latency::new(&summary)).recorder(memory.clone()));
    assert_eq!(latency.err(), nothing);
    // What `#[measure(..)]` says is recorded without a collector, too.
    let measured = MeasuredExperiment::builder("measured")
        .control("old", 1_u8)
        .recorder(memory.clone())
        .build()
        .unwrap();
    measured.measured();
    assert_eq!(memory.measurements().len(), 1);
}

#[test]
fn a_breaker_that_could_not_work_is_refused() {
    for percent in [f64::NAN, f64::INFINITY, 500.0, 0.0, -1.0] {
        let built = plain!(.breaker(CircuitBreaker::new().failures(percent)));
        let refused = built.unwrap_err();
        assert_eq!(
            refused,
            BuildError::InvalidBreaker {
                setting: "failures",
                value: percent.to_string(),
                expected: "percent above 0 and up to 100"
            }
        );
    }
    for (breaker, text) in [
        (
            CircuitBreaker::new().calls(0),
            "the breaker's `calls` is 0: give 1 or more",
        ),
        (
            CircuitBreaker::new().window(Duration::ZERO),
            "the breaker's `window` is 0ns: give a millisecond or more",
        ),
        (
            CircuitBreaker::new().open_for(Duration::from_nanos(5)),
            "the breaker's `open_for` is 5ns: give a millisecond or more",
        ),
    ] {
        let refused = plain!(.breaker(breaker)).unwrap_err();
        assert_eq!(refused.to_string(), text);
    }
    assert!(plain!(.breaker(CircuitBreaker::new().failures(100.0))).is_ok());
}

#[test]
fn names_that_look_alike_are_refused() {
    for name in [" new", "new ", "\u{a0}new", "new\t", "n\u{7}ew", ""] {
        let built = PlainExperiment::builder("plain")
            .control("new", 1_u8)
            .arm(name, 2_u8)
            .build();
        assert_eq!(built.err(), Some(BuildError::InvalidArm(name.to_owned())));
        let built = PlainExperiment::builder(name).control("old", 1_u8).build();
        assert_eq!(built.err(), Some(BuildError::InvalidName(name.to_owned())));
    }
    let spoken = plain!(.arm("the new one", 3_u8));
    assert!(spoken.is_ok());
}

#[test]
fn the_control_is_never_off() {
    let plain = plain!().unwrap();
    let switches = plain.switches();
    let refused = switches.set_arm_enabled("old", false).unwrap_err();
    assert_eq!(refused, BuildError::ControlIsNeverOff("old".to_owned()));
    assert!(refused.to_string().contains("set_enabled(false)"));
    assert_eq!(switches.set_arm_enabled("old", true), Ok(()));
    assert_eq!(switches.set_arm_enabled("new", false), Ok(()));
    assert_eq!(plain.plain(), 1);
}
