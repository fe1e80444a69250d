//! Shadow runs: every behaviour runs, the control's value is returned.

mod asynchronous;
mod comparing;
mod elsewhere;
mod failing;
mod publishing;
mod when;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value as Json;
use variate::shadow::{Order, Publish, Stopwatch, SystemStopwatch, Verdict};
use variate::{Config, EventRecord, MemoryTracker, Unit, context};

use crate::support::{build, tracked};

/// A clock that tests move on.
#[derive(Clone, Default)]
struct Time(Arc<AtomicU64>);

impl Time {
    fn pass(&self, millis: u64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }

    fn stopwatch(&self) -> Self {
        self.clone()
    }
}

impl Stopwatch for Time {
    fn wall(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn cpu(&self) -> Option<Duration> {
        Some(self.wall() / 2)
    }
}

/// A configuration that would assign the candidate, and what it tracks.
fn candidates() -> (Config, MemoryTracker) {
    tracked(|_: &Unit<'_>| "candidate")
}

/// A configuration whose random bits are these, over and over.
fn random(bits: &'static [u64]) -> (Config, MemoryTracker) {
    let drawn = AtomicU64::new(0);
    build(Config::builder().randomness(move || {
        let place = usize::try_from(drawn.fetch_add(1, Ordering::Relaxed)).unwrap();
        bits[place % bits.len()]
    }))
}

fn json(event: &EventRecord) -> Json {
    serde_json::to_value(&event.properties).unwrap()
}

#[test]
fn every_behaviour_runs_and_the_control_s_value_is_returned() {
    let (config, _) = candidates();
    let calls = [const { Cell::new(0) }; 4];
    let count = |place: usize| {
        calls[place].set(calls[place].get() + 1);
        place
    };
    let value = config
        .experiment("pill", context! {})
        .use_(|| count(0))
        .try_(|| count(1))
        .variant("red", || count(2))
        .variants([("blue", || count(3))])
        .shadow()
        .run();
    assert_eq!(value, 0);
    assert_eq!(calls.map(Cell::into_inner), [1, 1, 1, 1]);
}

#[test]
fn of_two_behaviours_of_one_variant_the_last_runs() {
    let (config, _) = candidates();
    let ran = RefCell::new(Vec::new());
    let run = |name| ran.borrow_mut().push(name);
    config
        .experiment("pill", context! {})
        .use_(|| run("control"))
        .try_(|| run("first"))
        .variant("red", || run("red"))
        .variant("candidate", || run("last"))
        .variant("control", || run("last control"))
        .shadow()
        .order(Order::ControlFirst)
        .run();
    assert_eq!(ran.into_inner(), ["last control", "last", "red"]);
    assert_eq!(config.diagnostics().duplicate_variants, 2);
}

#[test]
fn a_shadow_run_assigns_nobody() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! { user_id: 1 });
    exp.use_(|| 1).try_(|| 1).shadow().run();
    exp.use_(|| 1).try_(|| 2).shadow().run();
    assert_eq!(tracker.actions(), ["shadow", "mismatch"]);
    for event in tracker.take() {
        assert_eq!(
            (event.variant.as_str(), &*event.reason),
            ("control", "shadow")
        );
        assert_eq!(&event.key, exp.key());
    }
    assert!(format!("{exp:?}").contains("assignment: None"), "{exp:?}");
    // The same handle still gets the variant that it would have had, and the exposure is its first.
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    assert_eq!(tracker.actions(), ["assignment"]);
    exp.use_(|| 1).try_(|| 2).shadow().run();
    assert_eq!(exp.variant(), "candidate");
}

#[test]
fn every_event_has_an_id_of_its_own() {
    let (config, tracker) = candidates();
    for _ in 0..2 {
        let exp = config.experiment("pill", context! { user_id: 1 });
        exp.use_(|| 1).try_(|| 1).shadow().run();
    }
    let events = tracker.events();
    assert_ne!(events[0].id, events[1].id);
}

#[test]
fn the_control_s_value_is_the_one_that_was_compared() {
    let (config, _) = candidates();
    let seen = Cell::new(std::ptr::null());
    let value = config
        .experiment("pill", context! {})
        .use_(|| vec![1])
        .try_(|| vec![1])
        .shadow()
        .after(|result| seen.set(result.control().value().unwrap().as_ptr()))
        .run();
    assert_eq!(value.as_ptr(), seen.get());
}

#[test]
fn behaviours_and_closures_borrow_and_consume() {
    let (config, _) = candidates();
    let owned = String::from("moved");
    let other = String::from("moved");
    let mut calls = Vec::new();
    let expected = Cell::new(0);
    let value = config
        .experiment("pill", context! {})
        .use_(move || owned)
        .try_(|| {
            calls.push(1);
            other
        })
        .shadow()
        .ignore(|_, _| {
            expected.set(1);
            true
        })
        .run();
    assert_eq!(value, "moved");
    assert_eq!((calls.len(), expected.get()), (1, 0));
}

#[test]
fn the_system_s_stopwatch_goes_forward() {
    let stopwatch = SystemStopwatch::new();
    let begin = (stopwatch.wall(), stopwatch.cpu());
    let work: u64 = std::hint::black_box((0..10_000_u64).map(|n| n ^ 7).sum());
    assert!(work > 0);
    assert!(stopwatch.wall() > begin.0);
    if cfg!(target_os = "linux") {
        assert!(stopwatch.cpu().unwrap() >= begin.1.unwrap());
    }
}

#[test]
fn a_shadow_says_what_it_is() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let shadow = exp.use_(|| 1).try_(|| 1).shadow().publish(Publish::Never);
    let text = format!("{shadow:?}");
    assert!(text.contains("pill") && text.contains("Never"), "{text}");
    shadow
        .after(|result| {
            assert_eq!(result.verdict(), Verdict::Matched);
            let text = format!("{result:?}");
            assert!(
                text.contains("Matched") && text.contains("returned"),
                "{text}"
            );
        })
        .run();
    assert_eq!(config.diagnostics().shadow_failures, 0);
}
