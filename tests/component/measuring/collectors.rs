//! Time, outcomes, concurrency: right when calls overlap, lie inside each other, stop and go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use variate::component;
use variate::component::{Concurrency, CpuTime, MemoryRecorder, Outcomes, WallTime};

use super::{Hand, pause, poll_with, values};

#[component]
pub(super) trait Work {
    fn work(&self, step: &dyn Fn()) -> Result<u32, Refused>;
}

#[derive(Debug)]
pub(super) struct Refused;

/// Takes 100 ns and does what it is told to in between.
struct Worker(Hand);

impl Work for Worker {
    fn work(&self, step: &dyn Fn()) -> Result<u32, Refused> {
        self.0.pass(60);
        step();
        self.0.pass(40);
        Ok(1)
    }
}

/// Fails after 30 ns.
struct Failing(Hand);

impl Work for Failing {
    fn work(&self, step: &dyn Fn()) -> Result<u32, Refused> {
        self.0.pass(30);
        step();
        Err(Refused)
    }
}

#[component]
trait Fetch {
    async fn fetch(&self, hand: &Hand) -> u32;
}

struct Slowly;

impl Fetch for Slowly {
    async fn fetch(&self, hand: &Hand) -> u32 {
        hand.pass(10);
        pause().await;
        hand.pass(5);
        pause().await;
        hand.pass(1);
        7
    }
}

#[test]
fn time_is_that_of_the_call_whatever_its_outcome() {
    let (hand, recorder) = (Hand::default(), MemoryRecorder::new());
    let component = WorkExperiment::builder("work")
        .control("failing", Failing(hand.clone()))
        .collect(WallTime::by(hand.clock()))
        .recorder(recorder.clone())
        .build()
        .unwrap();
    component.work(&|| ()).unwrap_err();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        component.work(&|| std::panic::resume_unwind(Box::new("enough")))
    }));
    assert!(panicked.is_err());
    assert_eq!(values(&recorder, "time"), [Some(30.0), Some(30.0)]);
    let measurements = recorder.measurements();
    let [error, panic] = measurements.as_slice() else {
        panic!("{measurements:?}")
    };
    assert_eq!(
        (&*error.outcome, error.error.as_deref()),
        ("error", Some("Refused"))
    );
    assert_eq!(
        (&*panic.outcome, panic.error.as_deref()),
        ("panicked", None)
    );
    assert_eq!(
        (&*panic.unit, &*panic.method, panic.is_control),
        ("ns", "work", true)
    );
}

#[test]
fn calls_at_the_same_time_have_times_of_their_own() {
    let (hand, recorder) = (Hand::default(), MemoryRecorder::new());
    let component = WorkExperiment::builder("work")
        .control("worker", Worker(hand.clone()))
        .collect(Concurrency::new())
        .collect(WallTime::by(hand.clock()))
        .recorder(recorder.clone())
        .build()
        .unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let component = &component;
        let long = scope.spawn(move || {
            component.work(&|| {
                begun.send(()).unwrap();
                may_go_on.recv().unwrap();
            })
        });
        has_begun.recv().unwrap();
        component.work(&|| ()).unwrap();
        hand.pass(1_000);
        go_on.send(()).unwrap();
        long.join().unwrap().unwrap();
    });
    // The short one ended first.
    assert_eq!(values(&recorder, "time"), [Some(100.0), Some(1_200.0)]);
    assert_eq!(values(&recorder, "concurrency"), [Some(2.0), Some(1.0)]);
}

#[test]
fn calls_inside_of_calls_count_for_both() {
    let (hand, recorder) = (Hand::default(), MemoryRecorder::new());
    let component = WorkExperiment::builder("work")
        .control("worker", Worker(hand.clone()))
        .collect(WallTime::by(hand.clock()))
        .collect(CpuTime::by(hand.clock()))
        .collect(Concurrency::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    component.work(&|| drop(component.work(&|| ()))).unwrap();
    for metric in ["time", "cpu_time"] {
        assert_eq!(
            values(&recorder, metric),
            [Some(100.0), Some(200.0)],
            "{metric}"
        );
    }
    assert_eq!(values(&recorder, "concurrency"), [Some(2.0), Some(1.0)]);
}

#[test]
fn a_future_has_the_time_that_its_caller_waits_and_the_work_of_its_polls() {
    let (hand, recorder) = (Hand::default(), MemoryRecorder::new());
    let component = FetchExperiment::builder("fetch")
        .control("slowly", Slowly)
        .collect(WallTime::by(hand.clock()))
        .collect(CpuTime::by(hand.clock()))
        .recorder(recorder.clone())
        .build()
        .unwrap();
    // The thread does something else between the polls.
    assert_eq!(poll_with(component.fetch(&hand), || hand.pass(1_000)), 7);
    assert_eq!(values(&recorder, "time"), [Some(2_016.0)]);
    assert_eq!(values(&recorder, "cpu_time"), [Some(16.0)]);
}

#[test]
fn a_future_that_is_dropped_is_under_way_no_more() {
    let (hand, recorder) = (Hand::default(), MemoryRecorder::new());
    let component = FetchExperiment::builder("fetch")
        .control("slowly", Slowly)
        .collect(Concurrency::new())
        .collect(CpuTime::by(hand.clock()))
        .recorder(recorder.clone())
        .build()
        .unwrap();
    {
        let mut dropped = std::pin::pin!(component.fetch(&hand));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(dropped.as_mut().poll(&mut context).is_pending());
    }
    poll_with(component.fetch(&hand), || ());
    assert_eq!(values(&recorder, "concurrency"), [Some(1.0), Some(1.0)]);
    assert_eq!(values(&recorder, "cpu_time"), [Some(10.0), Some(16.0)]);
    assert_eq!(recorder.measurements()[0].outcome, "cancelled");
}

#[test]
fn failures_are_what_the_arm_did_wrong() {
    let (hand, recorder) = (Hand::default(), MemoryRecorder::new());
    let good = WorkExperiment::builder("work")
        .control("worker", Worker(hand.clone()))
        .collect(Outcomes::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    let bad = WorkExperiment::builder("work")
        .control("failing", Failing(hand))
        .collect(Outcomes::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    good.work(&|| ()).unwrap();
    bad.work(&|| ()).unwrap_err();
    assert_eq!(values(&recorder, "failures"), [Some(0.0), Some(1.0)]);
}

#[test]
fn the_real_clocks_go() {
    let recorder = MemoryRecorder::new();
    let component = WorkExperiment::builder("work")
        .control("worker", Worker(Hand::default()))
        .collect(WallTime::new())
        .collect(CpuTime::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    component
        .work(&|| {
            // Until a clock of a microsecond's resolution must have moved.
            let begin = std::time::Instant::now();
            while begin.elapsed() < std::time::Duration::from_micros(50) {
                std::hint::black_box(&mut ());
            }
        })
        .unwrap();
    let time = values(&recorder, "time")[0].unwrap();
    assert!((50_000.0..1e10).contains(&time), "{time}");
    if cfg!(target_os = "linux") {
        assert!(values(&recorder, "cpu_time")[0].unwrap() > 0.0);
    }
}
