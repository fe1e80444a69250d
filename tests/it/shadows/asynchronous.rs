//! Behaviours that return futures.

use std::cell::RefCell;
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use variate::context;
use variate::shadow::{Observation, Order, Outcome, Stopwatch, Verdict};

use super::{Time, candidates, json};

type Soon<'s, T> = Pin<Box<dyn Future<Output = T> + 's>>;

/// A future that says each time it is polled, and is ready at the last of `polls`.
fn stepped<'s>(log: &'s RefCell<Vec<String>>, name: &'static str, polls: usize) -> Soon<'s, usize> {
    let mut polled = 0;
    Box::pin(poll_fn(move |context| {
        polled += 1;
        log.borrow_mut().push(format!("{name} {polled}"));
        if polled < polls {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(polls)
    }))
}

#[test]
fn futures_run_together_and_the_control_s_value_is_returned() {
    let (config, tracker) = candidates();
    let log = RefCell::new(Vec::new());
    let exp = config.experiment("pill", context! {});
    let value = pollster::block_on(
        exp.use_(|| stepped(&log, "control", 2))
            .try_(|| stepped(&log, "candidate", 3))
            .shadow_async()
            .order(Order::ControlFirst)
            .run(),
    );
    assert_eq!(value, 2);
    let expected = [
        "control 1",
        "candidate 1",
        "control 2",
        "candidate 2",
        "candidate 3",
    ];
    assert_eq!(*log.borrow(), expected);
    assert_eq!(tracker.actions(), ["mismatch"]);
    assert_eq!(
        json(&tracker.events()[0])["order"],
        serde_json::json!(["control", "candidate"])
    );
}

#[test]
fn futures_run_one_by_one_in_their_order() {
    let (config, _) = candidates();
    let log = RefCell::new(Vec::new());
    let exp = config.experiment("pill", context! {});
    let value = pollster::block_on(
        exp.use_(|| stepped(&log, "control", 2))
            .try_(|| stepped(&log, "candidate", 2))
            .shadow_async()
            .order(Order::ControlLast)
            .one_by_one(true)
            .run(),
    );
    assert_eq!(value, 2);
    assert_eq!(
        *log.borrow(),
        ["candidate 1", "candidate 2", "control 1", "control 2"]
    );
}

#[test]
fn nothing_happens_until_the_run_is_awaited() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let begun = RefCell::new(false);
    let run = exp
        .use_(|| ready(1))
        .try_(|| {
            begun.replace(true);
            ready(1)
        })
        .shadow_async()
        .before(|| panic!("before"))
        .run();
    drop(run);
    assert!(!*begun.borrow());
    assert_eq!(tracker.actions().len(), 0);
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

#[test]
fn a_run_that_is_dropped_drops_its_futures_and_publishes_nothing() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let alive = Rc::new(());
    let waiting = || -> Soon<'_, ()> {
        let alive = Rc::clone(&alive);
        Box::pin(async move {
            pending::<()>().await;
            drop(alive);
        })
    };
    {
        let mut run = pin!(exp.use_(waiting).try_(waiting).shadow_async().run());
        let polled = run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Pending);
        assert_eq!(Rc::strong_count(&alive), 3);
    }
    assert_eq!(Rc::strong_count(&alive), 1);
    assert_eq!(tracker.actions().len(), 0);
}

#[test]
fn panics_of_candidates_end_here_wherever_they_happen() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let mut seen = 0;
    let value = pollster::block_on(
        exp.use_(|| Box::pin(async { 1 }) as Soon<'_, i32>)
            .variant("making", || panic!("making"))
            .variant("polling", || Box::pin(poll_fn(|_| panic!("polling"))))
            .shadow_async()
            .after(|result| {
                let messages: Vec<_> = result.candidates().iter().map(|c| c.panic()).collect();
                assert_eq!(messages, [Some("making"), Some("polling")]);
                seen += 1;
            })
            .run(),
    );
    assert_eq!((value, seen), (1, 1));
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

#[test]
fn a_panic_of_the_control_drops_the_candidates_and_passes_through() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let run = exp
        .use_(|| -> Soon<'_, i32> { Box::pin(poll_fn(|_| panic!("broken"))) })
        .variant("done", || Box::pin(async { 1 }))
        .variant("hangs", || Box::pin(pending()))
        .shadow_async()
        .order(Order::ControlLast)
        .run();
    let caught = catch_unwind(AssertUnwindSafe(|| pollster::block_on(run)));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"broken"));
    let event = json(&tracker.events()[0]);
    assert_eq!(event["control"]["outcome"], "panicked");
    assert_eq!(event["candidates"]["done"]["verdict"], "mismatched");
    assert_eq!(event["candidates"]["hangs"]["outcome"], "timed_out");
}

#[test]
fn candidates_whose_time_is_up_are_dropped_and_the_control_is_not() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (up, is_up) = tokio::sync::oneshot::channel::<()>();
    let alive = Rc::new(());
    let held = Rc::clone(&alive);
    let weak = Rc::downgrade(&alive);
    drop(alive);
    let value = runtime.block_on(
        exp.use_(|| -> Soon<'_, u8> {
            Box::pin(async {
                up.send(()).unwrap();
                while weak.strong_count() > 0 {
                    tokio::task::yield_now().await;
                }
                1
            })
        })
        .try_(|| {
            Box::pin(async move {
                pending::<()>().await;
                drop(held);
                1
            })
        })
        .shadow_async()
        .order(Order::ControlFirst)
        .deadline(|| async {
            is_up.await.unwrap();
        })
        .run(),
    );
    assert_eq!(value, 1);
    let event = json(&tracker.events()[0]);
    assert_eq!(event["verdict"], "unfinished");
    assert_eq!(event["candidates"]["candidate"]["outcome"], "timed_out");
}

#[test]
fn candidates_that_have_not_begun_in_time_are_skipped() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let log = RefCell::new(Vec::new());
    pollster::block_on(
        exp.use_(|| stepped(&log, "control", 2))
            .try_(|| stepped(&log, "candidate", 1))
            .shadow_async()
            .order(Order::ControlLast)
            .deadline(|| ready(()))
            .after(|result| {
                let candidate = &result.candidates()[0];
                assert!(matches!(candidate.outcome(), Outcome::Skipped));
                assert_eq!(candidate.wall(), Duration::ZERO);
            })
            .run(),
    );
    assert_eq!(*log.borrow(), ["control 1", "control 2"]);
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

#[test]
fn a_deadline_that_panics_is_up() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let value = pollster::block_on(
        exp.use_(|| Box::pin(async { 1 }) as Soon<'_, i32>)
            .try_(|| Box::pin(pending()))
            .shadow_async()
            .deadline(|| poll_fn(|_| panic!("no timer")))
            .run(),
    );
    assert_eq!((value, config.diagnostics().shadow_failures), (1, 1));
}

#[test]
fn a_run_may_end_with_the_control() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let log = RefCell::new(Vec::new());
    let value = pollster::block_on(
        exp.use_(|| stepped(&log, "control", 2))
            .variant("quick", || stepped(&log, "quick", 2))
            .variant("slow", || Box::pin(pending()))
            .shadow_async()
            .order(Order::ControlLast)
            .until_control(true)
            .after(|result| {
                let verdicts: Vec<_> = result
                    .candidates()
                    .iter()
                    .map(Observation::verdict)
                    .collect();
                assert_eq!(
                    verdicts,
                    [Some(Verdict::Matched), Some(Verdict::Unfinished)]
                );
            })
            .run(),
    );
    assert_eq!(value, 2);
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

#[test]
fn durations_run_from_the_begin_to_the_end_and_cpu_time_in_polls_alone() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let time = Time::default();
    let slow = |millis: u64| -> Soon<'_, ()> {
        let time = &time;
        let mut left = 2;
        Box::pin(poll_fn(move |context| {
            time.pass(millis);
            left -= 1;
            context.waker().wake_by_ref();
            if left == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }))
    };
    let seen = RefCell::new(Vec::new());
    pollster::block_on(
        exp.use_(|| slow(10))
            .try_(|| slow(2))
            .shadow_async()
            .order(Order::ControlFirst)
            .stopwatch(time.stopwatch())
            .after(|result| {
                for observation in std::iter::once(result.control()).chain(result.candidates()) {
                    let cpu = observation.cpu().unwrap().as_millis();
                    seen.borrow_mut()
                        .push((observation.wall().as_millis(), cpu));
                }
            })
            .run(),
    );
    // The control's two polls and the candidate's first; the other way around for the candidate.
    assert_eq!(*seen.borrow(), [(22, 10), (14, 2)]);
}

#[test]
fn a_run_under_tokio_goes_from_thread_to_thread() {
    let (config, tracker) = candidates();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let task = runtime.spawn(async move {
        type Soon = Pin<Box<dyn Future<Output = usize> + Send>>;
        let exp = config.experiment("pill", context! {});
        exp.use_(|| -> Soon {
            Box::pin(async {
                tokio::task::yield_now().await;
                1
            })
        })
        .try_(|| Box::pin(async { 1 }))
        .shadow_async()
        .ignore(|_, _| false)
        .clean(|value| *value)
        .run()
        .await
    });
    assert_eq!(runtime.block_on(task).unwrap(), 1);
    assert_eq!(tracker.actions(), ["shadow"]);
}

#[test]
fn what_is_switched_off_awaits_the_control_alone() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let value = pollster::block_on(
        exp.use_(|| Box::pin(async { 1 }) as Soon<'_, i32>)
            .try_(|| panic!("ran"))
            .shadow_async()
            .enabled(false)
            .run(),
    );
    assert_eq!((value, tracker.actions().len()), (1, 0));
}

#[test]
fn durations_of_a_host_s_stopwatch_do_not_overflow() {
    struct Leaps(AtomicU64);

    impl Stopwatch for Leaps {
        fn wall(&self) -> Duration {
            Duration::ZERO
        }

        // To the last moment and back again, with every reading.
        fn cpu(&self) -> Option<Duration> {
            let readings = self.0.fetch_add(1, Ordering::Relaxed);
            Some(if readings.is_multiple_of(2) {
                Duration::ZERO
            } else {
                Duration::MAX
            })
        }
    }

    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let seen = std::cell::Cell::new(None);
    let twice = || {
        let mut polls = 0;
        poll_fn(move |polled| {
            polls += 1;
            polled.waker().wake_by_ref();
            if polls < 3 {
                Poll::Pending
            } else {
                Poll::Ready(1)
            }
        })
    };
    let run = exp
        .use_(twice)
        .try_(twice)
        .shadow_async()
        .stopwatch(Leaps(AtomicU64::new(0)))
        .after(|result| seen.set(result.control().cpu()))
        .run();
    assert_eq!(pollster::block_on(run), 1);
    assert_eq!(seen.get(), Some(Duration::MAX));
}
