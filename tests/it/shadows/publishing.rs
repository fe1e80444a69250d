//! The event of a shadow run.

use serde_json::json;
use variate::shadow::{Order, Publish};
use variate::{Config, Event, context};

use super::{Time, candidates, json};

#[test]
fn a_mismatch_is_published_with_durations_and_cleaned_values() {
    let (config, tracker) = candidates();
    let time = Time::default();
    config
        .experiment("pill", context! { user_id: 1 })
        .use_(|| {
            time.pass(7);
            "grey"
        })
        .try_(|| {
            time.pass(3);
            "red"
        })
        .variant("same", || "grey")
        .shadow()
        .order(Order::ControlFirst)
        .clean(|pill| pill.len())
        .label("eu")
        .stopwatch(time.stopwatch())
        .run();
    let events = tracker.events();
    assert_eq!(events[0].action, "mismatch");
    assert_eq!(events[0].value, None);
    assert_eq!(
        json(&events[0]),
        json!({
            "verdict": "mismatched",
            "order": ["control", "candidate", "same"],
            "control": {"outcome": "returned", "wall_ms": 7.0, "cpu_ms": 3.5, "value": 4},
            "candidates": {
                "candidate": {
                    "outcome": "returned", "verdict": "mismatched",
                    "wall_ms": 3.0, "cpu_ms": 1.5, "value": 3,
                },
                "same": {"outcome": "returned", "verdict": "matched", "wall_ms": 0.0, "cpu_ms": 0.0},
            },
            "label": "eu",
        })
    );
}

#[test]
fn values_are_published_on_a_mismatch_alone_and_only_if_cleaned() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    exp.use_(|| "secret")
        .try_(|| "secret")
        .shadow()
        .clean(|text| *text)
        .run();
    exp.use_(|| "secret").try_(|| "secret!").shadow().run();
    exp.use_(|| "kept").try_(|| panic!("secret")).shadow().run();
    for event in tracker.events() {
        assert!(!format!("{event:?}").contains("secret"), "{event:?}");
    }
    let last = &tracker.events()[2];
    assert_eq!(json(last)["candidates"]["candidate"]["outcome"], "panicked");
}

#[test]
fn a_host_chooses_which_runs_are_published() {
    let expected = [
        (Publish::Always, vec!["shadow", "mismatch"]),
        (Publish::Mismatches, vec!["mismatch"]),
        (Publish::Never, vec![]),
    ];
    for (publish, actions) in expected {
        let (config, tracker) = candidates();
        let exp = config.experiment("pill", context! {});
        let mut seen = 0;
        for candidate in [1, 2] {
            exp.use_(|| 1)
                .try_(|| candidate)
                .shadow()
                .publish(publish)
                .after(|_| seen += 1)
                .run();
        }
        assert_eq!(tracker.actions(), actions);
        assert_eq!(seen, 2, "hooks see every result");
    }
}

#[test]
fn who_is_not_to_be_tracked_is_not() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {}).tracking(false);
    let mut seen = 0;
    exp.use_(|| 1)
        .try_(|| 2)
        .shadow()
        .after(|_| seen += 1)
        .run();
    assert_eq!((tracker.actions().len(), seen), (0, 1));
}

#[test]
fn a_tracker_that_panics_costs_its_event_alone() {
    let config = Config::builder()
        .tracker(|_: &Event<'_>| panic!("full"))
        .build()
        .unwrap();
    let exp = config.experiment("pill", context! {});
    let mut seen = 0;
    let value = exp
        .use_(|| 1)
        .try_(|| 2)
        .shadow()
        .after(|_| seen += 1)
        .run();
    assert_eq!((value, seen), (1, 1));
    assert_eq!(config.diagnostics().tracker_panics, 1);
}

#[test]
fn hooks_are_called_in_order_around_the_behaviours() {
    let (config, _) = candidates();
    let log = std::cell::RefCell::new(Vec::new());
    let say = |word| log.borrow_mut().push(word);
    config
        .experiment("pill", context! {})
        .use_(|| say("control"))
        .try_(|| say("candidate"))
        .shadow()
        .order(Order::ControlFirst)
        .before(|| say("before"))
        .before(|| say("before, too"))
        .after(|_| say("after"))
        .after(|_| say("after, too"))
        .run();
    assert_eq!(
        log.into_inner(),
        [
            "before",
            "before, too",
            "control",
            "candidate",
            "after",
            "after, too"
        ]
    );
}
