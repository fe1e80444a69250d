//! Exposures once for each process.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use variate::{
    Action, Config, Deduplicate, Event, Experiment, Filter, MemoryTracker, Tracker, context,
};

use crate::support::together;

fn deduplicated(capacity: usize) -> (Config, MemoryTracker) {
    let tracker = MemoryTracker::new();
    let deduplicate = Deduplicate::new(tracker.clone(), capacity);
    let config = Config::builder().tracker(deduplicate).build().unwrap();
    (config, tracker)
}

/// A new handle, as each request has.
fn unit<'a>(config: &'a Config, user_id: u64, variant: &'static str) -> Experiment<'a> {
    config
        .experiment("pill", context! { user_id: user_id })
        .with_variant(variant)
}

#[test]
fn a_unit_is_exposed_once_however_often_it_comes_back() {
    let (config, tracker) = deduplicated(1_000);
    for _ in 0..5 {
        unit(&config, 1, "red").expose();
    }
    unit(&config, 2, "red").expose();
    unit(&config, 1, "blue").expose();
    config
        .experiment("other", context! { user_id: 1 })
        .with_variant("red")
        .expose();
    let events = tracker.events();
    let ids: HashSet<_> = events.iter().map(|event| event.id).collect();
    assert_eq!((events.len(), ids.len()), (4, 4));
    assert_eq!(tracker.actions(), ["assignment"; 4]);
}

#[test]
fn all_other_actions_pass_unchanged_and_as_often_as_they_happen() {
    let (config, tracker) = deduplicated(1_000);
    for value in [1.0, 2.0, 2.0] {
        let exp = unit(&config, 1, "red");
        exp.track(Action::new("bought").value(value).property("sku", "x"));
    }
    let events = tracker.events();
    let values: Vec<_> = events.iter().map(|event| event.value.unwrap()).collect();
    assert_eq!(values, [1.0, 2.0, 2.0]);
    assert_eq!(events[2].properties, context! { sku: "x" });
    let ids: HashSet<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 3);
}

/// Two processes see the same unit: downstream counts one exposure, for both have the same id.
#[test]
fn two_processes_give_an_exposure_the_same_id() {
    let [one, two] = [10, 20_000].map(|capacity| {
        let (config, tracker) = deduplicated(capacity);
        unit(&config, 1, "red").expose();
        unit(&config, 1, "red").expose();
        tracker.events()
    });
    assert_eq!((one.len(), two.len()), (1, 1));
    assert_eq!(one[0].id, two[0].id);
}

#[test]
fn of_threads_that_expose_a_unit_together_one_gets_through() {
    const ROUNDS: usize = 5_000;
    let (config, tracker) = deduplicated(100_000);
    let handles = || {
        let units = (0..ROUNDS as u64).map(|user_id| unit(&config, user_id, "red"));
        units
            .inspect(|exp| {
                exp.key();
            })
            .collect::<Vec<_>>()
    };
    let handles = [handles(), handles()];
    together(handles.len(), ROUNDS, |thread, round| {
        handles[thread][round].expose();
    });
    let events = tracker.events();
    let ids: HashSet<_> = events.iter().map(|event| event.id).collect();
    assert_eq!((events.len(), ids.len()), (ROUNDS, ROUNDS));
}

/// The smallest table has one set, which many units overwrite all the time.
#[test]
fn a_unit_that_never_passed_passes_however_full_the_table() {
    for capacity in [0, 1, 100] {
        let (config, tracker) = deduplicated(capacity);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let config = &config;
                scope.spawn(move || {
                    for user_id in 0..1_000 {
                        unit(config, user_id * 4 + thread, "red").expose();
                    }
                });
            }
        });
        let ids: HashSet<_> = tracker.events().iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), 4_000, "{capacity}");
    }
}

#[test]
fn few_of_as_many_units_as_the_capacity_pass_twice() {
    const CAPACITY: u64 = 5_000;
    let (config, tracker) = deduplicated(CAPACITY.try_into().unwrap());
    for _ in 0..2 {
        for user_id in 0..CAPACITY {
            unit(&config, user_id, "red").expose();
        }
    }
    let passed = tracker.events().len() as u64;
    assert!(
        (CAPACITY..CAPACITY * 104 / 100).contains(&passed),
        "{passed}"
    );
}

#[test]
fn an_exposure_that_the_tracker_panics_on_passes_again() {
    let broken = Arc::new(AtomicBool::new(true));
    let (state, seen) = (Arc::clone(&broken), MemoryTracker::new());
    let inner = seen.clone();
    let tracker = move |event: &Event<'_>| {
        assert!(!state.load(Ordering::Relaxed), "a broken tracker");
        inner.track(event);
    };
    let config = Config::builder()
        .tracker(Deduplicate::new(tracker, 1_000))
        .build()
        .unwrap();
    let expose = || drop(unit(&config, 1, "red").expose().clone());
    expose();
    expose();
    assert_eq!(config.diagnostics().tracker_panics, 2);
    broken.store(false, Ordering::Relaxed);
    expose();
    expose();
    assert_eq!(seen.actions(), ["assignment"]);
}

/// Its tracker exposes the same unit again, which must not go on for ever.
#[test]
fn a_tracker_that_exposes_what_it_is_told_of_sees_it_once() {
    let config: Arc<Mutex<Option<Config>>> = Arc::default();
    let (inner, seen) = (Arc::clone(&config), Arc::new(AtomicU64::new(0)));
    let count = Arc::clone(&seen);
    let tracker = move |_: &Event<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        let config = inner.lock().unwrap().clone().unwrap();
        unit(&config, 1, "red").expose();
    };
    let built = Config::builder()
        .tracker(Deduplicate::new(tracker, 1_000))
        .build()
        .unwrap();
    *config.lock().unwrap() = Some(built.clone());
    unit(&built, 1, "red").expose();
    assert_eq!(seen.load(Ordering::Relaxed), 1);
    *config.lock().unwrap() = None;
}

struct Flushed(bool);

impl Tracker for Flushed {
    fn track(&self, _: &Event<'_>) {}

    fn flush(&self, timeout: Duration) -> bool {
        self.0 && timeout == Duration::from_secs(7)
    }
}

#[test]
fn a_flush_goes_through() {
    for answer in [true, false] {
        let tracker = Deduplicate::new(Flushed(answer), 1);
        assert_eq!(tracker.flush(Duration::from_secs(7)), answer);
    }
}

#[test]
fn it_combines_with_other_trackers() {
    let seen = MemoryTracker::new();
    let exposures = Filter::new(|event: &Event<'_>| event.is_exposure(), seen.clone());
    let config = Config::builder()
        .tracker(Deduplicate::new(exposures, 10))
        .build()
        .unwrap();
    for _ in 0..2 {
        unit(&config, 1, "red").expose();
        unit(&config, 1, "red").track("bought");
    }
    assert_eq!(seen.actions(), ["assignment"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn below_its_capacity_it_is_a_set(requests in prop::collection::vec((0..40_u64, 0..2_usize), 0..200)) {
        let (config, tracker) = deduplicated(10_000);
        let mut set = HashSet::new();
        for (user_id, variant) in requests {
            let variant = ["red", "blue"][variant];
            unit(&config, user_id, variant).expose();
            set.insert((user_id, variant));
            prop_assert_eq!(tracker.events().len(), set.len());
        }
    }
}
