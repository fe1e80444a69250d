//! Events, and where they go.

mod background;
mod deduplicate;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::json;
use variate::{
    Action, Canonical, Config, Context, Event, EventRecord, FanOut, Filter, GitlabV0, KeyScheme,
    KeySource, MemoryTracker, NoTracker, Tracker, Value, context,
};

use crate::support::{always, build};

const NOON: SystemTime = SystemTime::UNIX_EPOCH;

fn at(millis: u64) -> SystemTime {
    NOON + Duration::from_millis(millis)
}

#[test]
fn an_event_is_a_view_of_everything_and_its_record_the_same() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let config = Config::builder()
        .name_prefix("shop")
        .clock(|| at(1_500))
        .randomness(|| 0xff)
        .resolver(|_: &variate::Unit<'_>| "candidate")
        .tracker(move |event: &Event<'_>| {
            let record = event.to_record();
            assert_eq!(record.id, event.id());
            assert_eq!(record.experiment, event.experiment());
            assert_eq!(&record.variant, event.variant());
            assert_eq!(&record.key, event.key());
            assert_eq!(record.migration_keys, event.migration_keys());
            assert_eq!(record.action, event.action());
            assert_eq!(record.value, event.value());
            assert_eq!(&record.properties, event.properties());
            assert_eq!(record.reason, event.reason().code());
            assert_eq!(record.at, event.at());
            assert_eq!(event.context().get("user_id"), Some(&1.into()));
            assert_eq!(event.is_exposure(), event.action() == "assignment");
            log.lock().unwrap().push(record);
        })
        .build()
        .unwrap();
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .migrated_from(context! { user_id: 0 });
    exp.use_(|| ()).try_(|| ()).run();
    exp.track(
        Action::new("bought")
            .value(9.99)
            .property("currency", "EUR"),
    );
    let seen = seen.lock().unwrap();
    let key = |ctx: &Context<'_>| Canonical.key(&KeySource::new("shop_pill", ctx));
    for event in seen.iter() {
        assert_eq!(event.experiment, "shop_pill");
        assert_eq!(event.variant, "candidate");
        assert_eq!(event.key, key(&context! { user_id: 1 }));
        assert_eq!(event.migration_keys, [key(&context! { user_id: 0 })]);
        assert_eq!((event.reason.as_ref(), event.at), ("resolved", at(1_500)));
    }
    let rest = |event: &EventRecord| (event.action.clone(), event.value, event.properties.clone());
    assert_eq!(rest(&seen[0]), ("assignment".into(), None, context! {}));
    assert_eq!(
        rest(&seen[1]),
        ("bought".into(), Some(9.99), context! { currency: "EUR" })
    );
    assert_eq!(
        seen[1].id.to_string(),
        "00000000-0000-40ff-8000-0000000000ff"
    );
}

#[test]
fn an_event_asks_for_time_and_randomness_at_most_once_and_only_if_asked() {
    let asked = Arc::new(AtomicU64::new(0));
    let (clock, bits) = (Arc::clone(&asked), Arc::clone(&asked));
    let twice = Arc::new(Mutex::new(false));
    let read = Arc::clone(&twice);
    let config = Config::builder()
        .clock(move || at(clock.fetch_add(1, Ordering::Relaxed)))
        .randomness(move || bits.fetch_add(1, Ordering::Relaxed))
        .tracker(move |event: &Event<'_>| {
            if *read.lock().unwrap() {
                assert_eq!((event.id(), event.at()), (event.id(), event.at()));
            }
        })
        .build()
        .unwrap();
    let exp = config.experiment("pill", context! {});
    exp.track("a");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    *twice.lock().unwrap() = true;
    exp.track("b");
    // Two draws make one id.
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    assert_eq!(config.diagnostics().tracker_panics, 0);
}

#[test]
fn an_exposures_id_follows_from_experiment_key_and_variant_alone() {
    let id = |name: &'static str, ctx: Context<'static>, variant: &'static str| {
        let (config, tracker) = always(variant);
        config.experiment(name, ctx).expose();
        tracker.events()[0].id
    };
    let ctx = || context! { user_id: 1 };
    let one = id("pill", ctx(), "red");
    assert_eq!(one, id("pill", context! { user_id: "1" }, "red"));
    assert_eq!(one.get_version_num(), 3);
    let (config, tracker) = build(Config::builder());
    let pinned = config.experiment("pill", ctx()).with_variant("red");
    pinned.use_(|| ()).variant("red", || ()).run();
    assert_eq!(tracker.events()[0].id, one);
    let all = [
        one,
        id("pil", ctx(), "red"),
        id("pill", context! { user_id: 2 }, "red"),
        id("pill", ctx(), "blue"),
        id("pill", ctx(), "control"),
    ];
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

/// Keys that do not know the experiment's name still give ids that do.
#[test]
fn exposures_of_two_experiments_differ_under_any_scheme() {
    let (config, tracker) = build(Config::builder().key_scheme(GitlabV0));
    for name in ["a", "b"] {
        config
            .experiment(name, context! { user_id: 1 })
            .with_variant("control")
            .expose();
    }
    let events = tracker.events();
    assert_eq!(events[0].key, events[1].key);
    assert_ne!(events[0].id, events[1].id);
}

#[test]
fn other_ids_are_random_and_distinct() {
    let (config, tracker) = build(Config::builder());
    let exp = config.experiment("pill", context! {});
    for _ in 0..100 {
        exp.track("swallowed");
    }
    let ids: std::collections::HashSet<_> = tracker.events().iter().map(|e| e.id).collect();
    assert_eq!(ids.len(), 100);
    assert!(ids.iter().all(|id| id.get_version_num() == 4));
}

#[test]
fn a_record_is_json_and_comes_back() {
    let (config, tracker) = build(
        Config::builder()
            .key_scheme(GitlabV0)
            .clock(|| at(1_700_000_000_123))
            .randomness(|| 1),
    );
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .with_variant("red");
    exp.track("swallowed");
    let exp = exp.migrated_from(context! { user_id: 1 });
    exp.track(Action::new("bought").value(-0.5).property("a", [1, 2]));
    let events = tracker.events();
    let key = "ea1b60988e3a9b544d5dfb52387ef3bc";
    let least = json!({
        "id": "00000000-0000-4001-8000-000000000001",
        "experiment": "pill",
        "variant": "red",
        "key": key,
        "action": "swallowed",
        "reason": "pinned",
        "at": 1_700_000_000_123_u64,
    });
    assert_eq!(serde_json::to_value(&events[0]).unwrap(), least);
    let mut most = least.clone();
    most["action"] = json!("bought");
    most["migration_keys"] = json!([key]);
    most["value"] = json!(-0.5);
    most["properties"] = json!({ "a": [1, 2] });
    assert_eq!(serde_json::to_value(&events[1]).unwrap(), most);
    for (event, json) in events.iter().zip([least, most]) {
        assert_eq!(&serde_json::from_value::<EventRecord>(json).unwrap(), event);
    }
}

#[test]
fn times_that_cannot_be_written_or_read_break_nothing() {
    let before = NOON - Duration::from_secs(1);
    let (config, tracker) = build(Config::builder().clock(move || before));
    config.experiment("pill", context! {}).track("x");
    let mut json = serde_json::to_value(&tracker.events()[0]).unwrap();
    assert_eq!(json["at"], 0);
    json["at"] = json!(u64::MAX);
    let read = serde_json::from_value::<EventRecord>(json);
    assert!(read.map_or_else(|error| error.to_string().contains("too late"), |_| true));
}

#[test]
fn the_action_assignment_is_the_exposure_and_tracked_once() {
    for first in ["run", "track", "expose"] {
        let (config, tracker) = always("candidate");
        let exp = config.experiment("pill", context! {});
        match first {
            "run" => assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2),
            "track" => exp.track("assignment"),
            _ => assert_eq!(exp.expose(), "candidate"),
        }
        exp.track(Action::new("assignment").value(1.0));
        exp.track(Action::ASSIGNMENT);
        exp.expose();
        exp.use_(|| 1).try_(|| 2).run();
        assert_eq!(tracker.actions(), ["assignment"], "{first}");
    }
}

#[test]
fn each_action_is_tracked_as_often_as_it_happens() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {});
    exp.track("a");
    exp.track(String::from("b"));
    let borrowed = String::from("b");
    exp.track(&borrowed);
    exp.track(Action::new("c"));
    assert_eq!(tracker.actions(), ["a", "b", "b", "c"]);
    assert_eq!(tracker.take().len(), 4);
    assert_eq!(tracker.actions(), [""; 0]);
}

#[test]
fn values_and_properties_go_with_their_action_alone() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {});
    let owned = String::from("EUR");
    exp.track(
        Action::new("a")
            .value(1.5)
            .value(2.5)
            .property("k", 1)
            .property("c", &owned)
            .property("k", 2),
    );
    exp.track("b");
    let events = tracker.events();
    assert_eq!(events[0].value, Some(2.5));
    assert_eq!(
        events[0].properties,
        context! { k: 2, c: Value::from("EUR") }
    );
    assert_eq!((events[1].value, events[1].properties.len()), (None, 0));
}

#[test]
fn a_value_that_is_not_finite_is_left_out_and_told() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {});
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        exp.track(Action::new("x").value(value).property("kept", true));
    }
    for value in [0.0, -0.0, f64::MAX, f64::MIN_POSITIVE] {
        exp.track(Action::new("y").value(value));
    }
    let events = tracker.events();
    assert!(
        events[..3]
            .iter()
            .all(|e| e.value.is_none() && e.properties.len() == 1)
    );
    assert!(events[3..].iter().all(|e| e.value.is_some()));
    assert_eq!(config.diagnostics().invalid_values, 3);
}

#[test]
fn an_action_without_a_usable_name_is_not_tracked_and_told() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {});
    for name in ["", &"x".repeat(256), &"x".repeat(10_000_000)] {
        exp.track(name);
    }
    exp.track("x".repeat(255));
    assert_eq!(tracker.actions(), ["x".repeat(255)]);
    assert_eq!(config.diagnostics().invalid_actions, 3);
}

#[test]
fn memory_is_shared_by_clones_and_threads() {
    let (config, tracker) = always("candidate");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| config.experiment("pill", context! {}).track("x"));
        }
    });
    assert_eq!(tracker.clone().events().len(), 4);
}

#[test]
fn fan_out_gives_every_event_to_all_whatever_one_of_them_does() {
    let (one, two) = (MemoryTracker::new(), MemoryTracker::new());
    let fan_out = FanOut::new()
        .and(one.clone())
        .and(|_: &Event<'_>| panic!("first"))
        .and(NoTracker::new())
        .and(two.clone())
        .and(|_: &Event<'_>| panic!("second"));
    let config = Config::builder().tracker(fan_out).build().unwrap();
    let exp = config.experiment("pill", context! {});
    exp.track("a");
    exp.track("b");
    assert_eq!(one.events(), two.events());
    assert_eq!(two.actions(), ["a", "b"]);
    assert_eq!(config.diagnostics().tracker_panics, 2);
}

/// Answers `flushed` and notes that it was asked.
struct Flushes(bool, Arc<AtomicU64>);

impl Tracker for Flushes {
    fn track(&self, _: &Event<'_>) {}

    fn flush(&self, _: Duration) -> bool {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0
    }
}

#[test]
fn a_flush_reaches_every_tracker_and_is_as_good_as_the_worst() {
    let timeout = Duration::from_secs(1);
    for (answers, expected) in [
        ([true, true], true),
        ([false, true], false),
        ([true, false], false),
    ] {
        let asked = Arc::new(AtomicU64::new(0));
        let [one, two] = answers.map(|answer| Flushes(answer, Arc::clone(&asked)));
        let fan_out = FanOut::new()
            .and(one)
            .and(Filter::new(|_: &Event<'_>| false, two));
        let config = Config::builder().tracker(fan_out).build().unwrap();
        assert_eq!(config.flush(timeout), expected);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
    assert!(
        Config::builder()
            .tracker(NoTracker::new())
            .build()
            .unwrap()
            .flush(timeout)
    );
    assert!(Config::default().flush(timeout));
}

#[test]
fn a_filter_lets_through_what_passes() {
    let goals = MemoryTracker::new();
    let filter = Filter::new(|event: &Event<'_>| !event.is_exposure(), goals.clone());
    let config = Config::builder().tracker(filter).build().unwrap();
    let exp = config.experiment("pill", context! {});
    exp.use_(|| 1).try_(|| 2).run();
    exp.track("swallowed");
    assert_eq!(goals.actions(), ["swallowed"]);
}
