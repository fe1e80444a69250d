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
        lines.contains(&"wrong.later fixed mismatch=Some(1.0) timed_out".to_owned()),
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

/// What a call of an arm does: it waits for so many polls, and then panics or answers.
#[derive(Debug, Clone, Copy)]
struct Plan {
    polls: u32,
    panics: bool,
}

impl Plan {
    const fn done_after(polls: u32) -> Self {
        Self {
            polls,
            panics: false,
        }
    }

    const fn panics_after(polls: u32) -> Self {
        Self {
            polls,
            panics: true,
        }
    }
}

#[variate::component]
trait Wait {
    #[component(shadow)]
    async fn wait(&self) -> u32;
    #[component(shadow, timeout = "1s")]
    async fn allow(&self) -> u32;
    #[component(shadow)]
    fn at_once(&self) -> u32;
}

struct Planned(Plan, Log, &'static str);

impl Wait for Planned {
    async fn wait(&self) -> u32 {
        for _ in 0..self.0.polls {
            tokio::task::yield_now().await;
        }
        self.at_once()
    }
    async fn allow(&self) -> u32 {
        self.wait().await
    }
    fn at_once(&self) -> u32 {
        self.1.add(self.2);
        assert!(!self.0.panics, "as told");
        7
    }
}

/// The control does the first, the candidate the second.
macro_rules! wait {
    ($control:expr, $candidate:expr, $log:expr) => {
        WaitExperiment::builder("wait")
            .control("control", Planned($control, $log.clone(), "control"))
            .arm("new", Planned($candidate, $log.clone(), "new"))
            .selector(Fixed::to("new"))
            .collect(Counted)
            .recorder($log.clone())
            .timer(|_: Duration| -> Sleep { Box::pin(pending()) })
            .build()
            .unwrap()
    };
}

/// Polls once; no runtime would wake it again.
fn once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut polled = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut polled) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn nobody_waits_for_a_candidate_that_is_slower_than_the_control() {
    let log = Log::default();
    let wait = wait!(Plan::done_after(0), Plan::done_after(9), log);
    assert_eq!(once(wait.wait()), Some(7));
    assert_eq!(
        log.take(),
        [
            "control",
            "control.wait shadow calls=Some(1.0)count ok",
            "new.wait fixed mismatch=None cut_short",
            "new.wait fixed calls=Some(1.0)count cut_short",
        ]
    );
    // One that is done by then is compared, be it in the same poll.
    let wait = wait!(Plan::done_after(0), Plan::done_after(0), log);
    assert_eq!(once(wait.wait()), Some(7));
    let lines = log.take();
    assert!(
        lines.contains(&"new.wait fixed mismatch=Some(0.0) ok".to_owned()),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_candidate_with_a_time_of_its_own_is_waited_for() {
    let log = Log::default();
    let wait = wait!(Plan::done_after(0), Plan::done_after(9), log);
    assert_eq!(once(wait.allow()), None);
    log.take();
    assert_eq!(wait.allow().await, 7);
    let lines = log.take();
    assert!(
        lines.contains(&"new.allow fixed mismatch=Some(0.0) ok".to_owned()),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_candidate_keeps_its_own_end_where_the_control_panics() {
    let panics = Plan::panics_after(1);
    let log = Log::default();
    for (candidate, expected) in [
        (
            Plan::done_after(0),
            "new.wait fixed calls=Some(1.0)count ok",
        ),
        (
            Plan::panics_after(0),
            "new.wait fixed calls=Some(1.0)count panicked",
        ),
        (
            Plan::done_after(9),
            "new.wait fixed calls=Some(1.0)count cut_short",
        ),
    ] {
        let wait = wait!(panics, candidate, log);
        let called = tokio::spawn(async move { wait.wait().await }).await;
        assert!(called.unwrap_err().is_panic());
        let lines = log.take();
        assert!(lines.contains(&expected.to_owned()), "{lines:?}");
        assert!(
            lines.contains(&"control.wait shadow calls=Some(1.0)count panicked".to_owned()),
            "{lines:?}"
        );
        // Nothing was compared.
        assert!(
            !lines.iter().any(|line| line.contains("mismatch")),
            "{lines:?}"
        );
    }
    // No candidate begins after it.
    let wait = wait!(Plan::panics_after(0), Plan::done_after(0), log);
    let called = tokio::spawn(async move { wait.wait().await }).await;
    assert!(called.unwrap_err().is_panic());
    assert_eq!(
        log.take(),
        [
            "control",
            "control.wait shadow calls=Some(1.0)count panicked"
        ]
    );
}

#[test]
fn what_ran_before_a_control_that_panics_was_not_cancelled() {
    let log = Log::default();
    let wait = wait!(Plan::panics_after(0), Plan::done_after(0), log);
    let call = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wait.at_once()));
    // First the control, and no candidate after it.
    let payload = call().unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"as told"));
    let of_control = "control.at_once shadow calls=Some(1.0)count panicked";
    assert_eq!(log.take(), ["control", of_control]);
    // Then the candidate.
    assert!(call().is_err());
    assert_eq!(
        log.take(),
        [
            "new",
            "control",
            of_control,
            "new.at_once fixed calls=Some(1.0)count ok",
        ]
    );
}

#[tokio::test]
async fn an_arm_that_panics_where_it_is_dropped_breaks_no_call() {
    struct Drops;
    impl Drop for Drops {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "as told");
        }
    }
    #[variate::component]
    trait Hang {
        #[component(shadow)]
        async fn beside(&self) -> u8;
        #[component(shadow, timeout = "1s")]
        async fn beside_for(&self) -> u8;
        #[component(fallback, timeout = "1s")]
        async fn instead(&self) -> u8;
    }
    struct Hangs(bool);
    impl Hang for Hangs {
        async fn beside(&self) -> u8 {
            if self.0 {
                let _drops = Drops;
                pending::<()>().await;
            }
            1
        }
        async fn beside_for(&self) -> u8 {
            self.beside().await
        }
        async fn instead(&self) -> u8 {
            self.beside().await
        }
    }
    let hang = HangExperiment::builder("hang")
        .control("control", Hangs(false))
        .arm("hangs", Hangs(true))
        .selector(Fixed::to("hangs"))
        .timer(|_: Duration| -> Sleep { Box::pin(async {}) })
        .build()
        .unwrap();
    assert_eq!(hang.beside().await, 1);
    assert_eq!(hang.beside_for().await, 1);
    assert_eq!(hang.instead().await, 1);
    assert_eq!(hang.switches().failures(), 3);
}
