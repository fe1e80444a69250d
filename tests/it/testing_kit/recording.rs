//! What is kept of events.

use std::time::Duration;

use variate::testing::{self, Events, FakeClock};
use variate::{
    Action, Config, Event, EventRecord, Reason, assert_not_tracked, assert_tracked, context,
};

use crate::support::{always, build};

#[test]
fn a_recording_sees_every_configuration_and_keeps_nothing_from_its_tracker() {
    let ((one, tracker), (other, _)) = (always("red"), always("blue"));
    let events = testing::record();
    for config in [&one, &other] {
        let exp = config.experiment("pill", context! { user_id: 42, plan: "pro" });
        exp.track(
            Action::new("bought")
                .value(9.99)
                .property("currency", "EUR"),
        );
    }
    let recorded = events.all();
    assert_eq!(recorded.len(), 2);
    assert_eq!(recorded[0].context, context! { user_id: 42, plan: "pro" });
    assert_eq!(recorded[0].reason, Reason::Assumed);
    // The same event, id and all.
    assert_eq!(tracker.events(), [recorded[0].record.clone()]);
}

#[test]
fn a_recording_ends_where_it_is_dropped_and_its_events_stay() {
    let (config, _) = always("red");
    let recording = testing::record();
    let events: Events = recording.clone();
    config.experiment("pill", context! {}).track("one");
    drop(recording);
    config.experiment("pill", context! {}).track("two");
    assert_eq!(events.actions("pill"), ["one"]);
    events.clear();
    assert_not_tracked!(events);
}

#[test]
fn recordings_nest() {
    let (config, _) = always("red");
    let outer = testing::record();
    let inner = testing::record();
    config.experiment("pill", context! {}).track("one");
    drop(inner);
    config.experiment("pill", context! {}).track("two");
    assert_eq!(outer.actions("pill"), ["one", "two"]);
}

#[test]
fn an_event_that_breaks_the_tracker_is_recorded() {
    let config = Config::builder()
        .tracker(|_: &Event<'_>| panic!("broken"))
        .build()
        .unwrap();
    let events = testing::record();
    config.experiment("pill", context! {}).track("one");
    assert_eq!(events.actions("pill"), ["one"]);
}

#[test]
fn a_broken_clock_breaks_no_code_under_test() {
    let config = Config::builder()
        .clock(|| panic!("broken"))
        .build()
        .unwrap();
    let events = testing::record();
    config.experiment("pill", context! {}).track("one");
    assert_not_tracked!(events);
}

#[test]
fn events_are_a_tracker_too() {
    let events = Events::new();
    let clock = FakeClock::new();
    let config = Config::builder()
        .name_prefix("shop")
        .clock(clock.clone())
        .tracker(events.clone())
        .build()
        .unwrap();
    clock.advance(Duration::from_secs(1));
    config.experiment("pill", context! {}).track("one");
    assert_tracked!(events, "pill", "one", at = clock.now());
    assert_tracked!(events, "shop_pill", "one");
    assert_eq!(events.of("shop_pill").len(), 1);
    assert!(events.of("shop").is_empty());
}

#[test]
fn what_a_tracker_gets_does_not_depend_on_a_recording() {
    let seen = |is_recorded: bool| -> Vec<EventRecord> {
        let (config, tracker) = build(
            Config::builder()
                .clock(FakeClock::new())
                .randomness(testing::SeededRandomness::new(1)),
        );
        let _events = is_recorded.then(testing::record);
        let exp = config.experiment("pill", context! { user_id: 1 });
        exp.use_(|| 1).try_(|| 2).run();
        exp.track("one");
        tracker.events()
    };
    assert_eq!(seen(true), seen(false));
}
