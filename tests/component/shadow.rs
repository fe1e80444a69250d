//! Both run, the control's value is returned, and they are compared.

use std::future::pending;
use std::time::Duration;

use variate::component::{Fixed, Sleep};

use crate::support::{Counted, Log};

#[variate::component]
trait Sum {
    #[component(shadow)]
    fn sum(&self, numbers: Vec<i64>) -> i64;
    #[component(shadow, compare = |one, other| one.abs() == other.abs())]
    #[measure(value = |sum| *sum)]
    fn size(&self, numbers: Vec<i64>) -> i64;
    #[component(shadow, timeout = "1s")]
    async fn later(&self, numbers: Vec<i64>) -> Result<i64, String>;
}

struct Arm(&'static str, Log);

impl Sum for Arm {
    fn sum(&self, numbers: Vec<i64>) -> i64 {
        self.1.add(self.0);
        assert!(self.0 != "panics", "as told");
        let sum: i64 = numbers.iter().sum();
        if self.0 == "wrong" { -sum } else { sum }
    }
    fn size(&self, numbers: Vec<i64>) -> i64 {
        self.sum(numbers)
    }
    async fn later(&self, numbers: Vec<i64>) -> Result<i64, String> {
        tokio::task::yield_now().await;
        if self.0 == "slow" {
            pending::<()>().await;
        }
        Ok(self.sum(numbers))
    }
}

macro_rules! sum {
    ($arm:expr, $log:expr) => {
        SumExperiment::builder("sum")
            .control("control", Arm("control", $log.clone()))
            .arm("same", Arm("same", $log.clone()))
            .arm("wrong", Arm("wrong", $log.clone()))
            .arm("panics", Arm("panics", $log.clone()))
            .arm("slow", Arm("slow", $log.clone()))
            .selector(Fixed::to($arm))
            .collect(Counted)
            .recorder($log.clone())
            .timer(|_: Duration| -> Sleep { Box::pin(async {}) })
            .build()
            .unwrap()
    };
}

#[test]
fn the_controls_value_is_returned_and_the_other_compared() {
    let log = Log::default();
    for (arm, outcome, mismatch) in [
        ("same", "ok", 0),
        ("wrong", "ok", 1),
        ("panics", "panicked", 1),
    ] {
        let sum = sum!(arm, log);
        assert_eq!(sum.sum(vec![1, 2]), 3);
        assert_eq!(
            log.take(),
            [
                "control".to_owned(),
                "control.sum shadow calls=Some(1.0)count ok".to_owned(),
                arm.to_owned(),
                format!("{arm}.sum fixed mismatch=Some({mismatch}.0) {outcome}"),
                format!("{arm}.sum fixed calls=Some(1.0)count {outcome}"),
            ]
        );
        // They take turns in being first.
        assert_eq!(sum.sum(vec![1, 2]), 3);
        assert_eq!(log.take()[..2], [arm, "control"]);
    }
    let sum = sum!("control", log);
    assert_eq!(sum.sum(vec![1]), 1);
    assert_eq!(
        log.take(),
        ["control", "control.sum fixed calls=Some(1.0)count ok"]
    );
}

#[test]
fn a_comparison_may_be_ones_own() {
    let log = Log::default();
    assert_eq!(sum!("wrong", log).size(vec![1, 2]), 3);
    let lines = log.take();
    assert!(
        lines.contains(&"wrong.size fixed mismatch=Some(0.0) ok".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"control.size shadow value=Some(3.0) ok".to_owned()),
        "{lines:?}"
    );
}

#[tokio::test]
async fn asynchronous_arms_run_side_by_side_and_no_longer_than_allowed() {
    let log = Log::default();
    assert_eq!(sum!("wrong", log).later(vec![1, 2]).await, Ok(3));
    let lines = log.take();
    assert!(
        lines.contains(&"wrong.later fixed mismatch=Some(1.0) timed_out".to_owned())
            || lines.contains(&"wrong.later fixed mismatch=Some(1.0) ok".to_owned()),
        "{lines:?}"
    );
    assert_eq!(sum!("slow", log).later(vec![1, 2]).await, Ok(3));
    let lines = log.take();
    assert!(
        lines.contains(&"slow.later fixed mismatch=Some(1.0) timed_out".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"control.later shadow calls=Some(1.0)count ok".to_owned()),
        "{lines:?}"
    );
}
