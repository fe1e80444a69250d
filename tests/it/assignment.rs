//! The assignment: made once, with a reason that anybody can read.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use serde_json::{Value as Json, json};
use variate::{
    Config, Context, Declaration, Experiment, GitlabV0, KeySource, Reason, Resolution, Signature,
    Unit, Variant, always_candidate, context,
};

use crate::support::{always, build, tracked};

/// A configuration whose resolver counts how often it is asked.
fn counting() -> (Config, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let (config, _) = tracked(move |_: &Unit<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        "candidate"
    });
    (config, asked)
}

#[test]
fn whatever_is_asked_first_the_resolver_is_asked_once() {
    let uses: [fn(&Experiment<'_>); 8] = [
        |exp| assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2),
        |exp| exp.track("swallowed"),
        |exp| exp.track("assignment"),
        |exp| assert_eq!(exp.expose(), "candidate"),
        |exp| assert_eq!(exp.variant(), "candidate"),
        |exp| assert!(["resolved", "assumed"].contains(&exp.assignment().reason().code())),
        |exp| assert!(["resolved", "assumed"].contains(&exp.explain().reason)),
        |exp| assert_eq!(exp.signature().variant, "candidate"),
    ];
    for first in 0..uses.len() {
        let (config, asked) = counting();
        let exp = config.experiment("pill", context! {});
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        for place in 0..uses.len() {
            uses[(first + place) % uses.len()](&exp);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1, "first use {first}");
    }
}

#[test]
fn key_and_name_ask_no_resolver() {
    let (config, asked) = counting();
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .migrated_from(context! {});
    assert_eq!(
        (
            exp.name().len(),
            exp.migration_keys().len(),
            exp.key().as_bytes().len()
        ),
        (4, 1, 16)
    );
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn threads_that_share_a_handle_share_one_resolution_and_one_exposure() {
    const THREADS: usize = 8;
    for _ in 0..50 {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let (config, tracker) = tracked(move |_: &Unit<'_>| {
            Resolution::index(count.fetch_add(1, Ordering::Relaxed) % 2)
        });
        let exp = config.experiment("pill", context! { user_id: 1 });
        let start = Barrier::new(THREADS);
        let ran = std::thread::scope(|scope| {
            let run = || {
                start.wait();
                exp.use_(|| "control").try_(|| "candidate").run()
            };
            let threads = [(); THREADS].map(|()| scope.spawn(run));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(ran, ["control"; THREADS]);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(tracker.actions(), ["assignment"]);
    }
}

#[test]
fn a_resolver_that_panics_is_asked_once_by_threads_too() {
    const THREADS: usize = 8;
    for _ in 0..50 {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let (config, tracker) = tracked(move |_: &Unit<'_>| -> &'static str {
            count.fetch_add(1, Ordering::Relaxed);
            panic!("down")
        });
        let exp = config.experiment("pill", context! { user_id: 1 });
        let start = Barrier::new(THREADS);
        let ran = std::thread::scope(|scope| {
            let run = || {
                start.wait();
                exp.use_(|| "control").try_(|| "candidate").run()
            };
            let threads = [(); THREADS].map(|()| scope.spawn(run));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(ran, ["control"; THREADS]);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(config.diagnostics().resolver_panics, 1);
        assert_eq!(tracker.actions(), ["assignment"]);
    }
}

#[test]
fn asking_for_the_variant_is_no_exposure_and_branching_on_it_is() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.variant(), "candidate");
    assert_eq!(exp.assignment().variant(), &Variant::candidate());
    assert_eq!(tracker.actions(), [""; 0]);
    assert_eq!(exp.expose(), "candidate");
    exp.expose();
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    assert_eq!(tracker.actions(), ["assignment"]);
}

#[test]
fn a_pinned_variant_passes_the_resolver() {
    let (config, asked) = counting();
    let exp = config.experiment("pill", context! {}).with_variant("red");
    assert_eq!(exp.use_(|| 1).variant("red", || 2).run(), 2);
    let control = config
        .experiment("pill", context! {})
        .with_variant("control");
    assert_eq!(control.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(control.assignment().reason(), &Reason::Pinned);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_pinned_variant_that_there_is_not_is_the_control() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {}).with_variant("green");
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(
        exp.assignment().reason(),
        &Reason::UnknownVariant("green".into())
    );
    let details: Vec<_> = exp
        .explain()
        .steps
        .into_iter()
        .map(|step| step.detail)
        .collect();
    assert_eq!(
        details,
        [
            "yes",
            "not allowed here",
            "`green` cannot be used",
            "`green` is not a variant of this experiment"
        ]
    );
    assert_eq!(config.diagnostics().unknown_variants, 1);
    assert_eq!(tracker.events()[0].reason, "unknown_variant");
}

#[test]
fn a_pinned_variant_is_taken_at_its_word_where_the_variants_are_not_known() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {}).with_variant("red");
    exp.track("swallowed");
    assert_eq!(tracker.events()[0].variant, "red");
    assert_eq!(config.diagnostics().assumed_variants, 0);
}

#[test]
fn an_unusable_name_is_never_a_variant_even_where_the_variants_are_not_known() {
    for name in ["", &*"x".repeat(256).leak()] {
        let (config, _) = always(name);
        let exp = config.experiment("pill", context! {});
        assert_eq!(exp.variant(), "control");
        assert_eq!(exp.assignment().reason().code(), "unknown_variant");
        let exp = config.experiment("pill", context! {}).with_variant(name);
        assert_eq!(exp.variant(), "control");
        assert_eq!(exp.assignment().reason().code(), "unknown_variant");
    }
}

#[test]
fn control_and_candidate_are_assumed_and_told() {
    let (config, tracker) = tracked(|unit: &Unit<'_>| {
        assert_eq!(unit.variants().len(), 2);
        Resolution::index(1)
    });
    let exp = config.experiment("pill", context! {});
    exp.track("swallowed");
    assert_eq!(tracker.events()[0].variant, "candidate");
    assert_eq!(config.diagnostics().assumed_variants, 1);
}

#[test]
fn variants_named_on_the_handle_are_known_without_a_trial() {
    let (config, tracker) = tracked(|unit: &Unit<'_>| {
        let names: Vec<_> = unit.variants().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["control", "red", "blue"]);
        Resolution::index(2)
    });
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["red", "control", "blue", "red"]);
    exp.track("swallowed");
    assert_eq!(tracker.events()[0].variant, "blue");
    let diagnostics = config.diagnostics();
    assert_eq!(
        (diagnostics.assumed_variants, diagnostics.duplicate_variants),
        (0, 1)
    );
    assert_eq!(exp.use_(|| 0).variant("blue", || 2).run(), 2);
}

#[test]
fn a_declaration_goes_before_what_handle_and_trial_name() {
    let declared =
        Declaration::new("pill")
            .variants(["red", "blue"])
            .resolver(|unit: &Unit<'_>| {
                assert_eq!(unit.variants().len(), 3);
                Resolution::index(2)
            });
    let (config, tracker) = build(Config::builder().declare(declared));
    config.experiment("pill", context! {}).track("swallowed");
    assert_eq!(tracker.take()[0].variant, "blue");
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["green"]);
    assert_eq!(
        exp.use_(|| 0)
            .variant("green", || 1)
            .variant("blue", || 2)
            .run(),
        2
    );
    assert_eq!(
        config
            .experiment("other", context! {})
            .assignment()
            .reason()
            .code(),
        "assumed"
    );
    assert_eq!(config.diagnostics().assumed_variants, 1);
}

#[test]
fn a_signature_is_json_and_comes_back() {
    let (config, _) = build(
        Config::builder()
            .key_scheme(GitlabV0)
            .resolver(always_candidate()),
    );
    let exp = config.experiment("pill", context! { user_id: 1 });
    let plain = serde_json::to_value(exp.signature()).unwrap();
    let key = "ea1b60988e3a9b544d5dfb52387ef3bc";
    assert_eq!(
        plain,
        json!({ "experiment": "pill", "variant": "candidate", "key": key })
    );

    let exp = exp
        .migrated_from(context! { user_id: 2 })
        .migrated_with(context! { user_id: 1 });
    let signature = exp.signature();
    let json: Json = serde_json::to_value(&signature).unwrap();
    assert_eq!(json["migration_keys"][1], key);
    assert_eq!(
        serde_json::from_value::<Signature>(json).unwrap(),
        signature
    );
    assert_eq!(
        serde_json::from_value::<Signature>(plain)
            .unwrap()
            .migration_keys,
        []
    );
}

#[test]
fn a_builder_step_on_a_used_handle_begins_anew() {
    type Step = for<'a> fn(Experiment<'a>) -> Experiment<'a>;
    let steps: [Step; 6] = [
        |exp| exp.context(context! { user_id: 2 }),
        |exp| exp.migrated_from(context! { user_id: 2 }),
        |exp| exp.migrated_with(context! { user_id: 2 }),
        |exp| exp.sticky_to("ann"),
        |exp| exp.with_variant("candidate"),
        |exp| exp.with_variants(["candidate"]),
    ];
    for (place, step) in steps.into_iter().enumerate() {
        let (config, tracker) = tracked(variate::RoundRobin::new());
        let exp = config.experiment("pill", context! { user_id: 1 });
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
        let former = exp.key().clone();
        let exp = step(exp);
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2, "step {place}");
        let other_key = [0, 3].contains(&place);
        assert_eq!(*exp.key() != former, other_key, "step {place}");
        assert_eq!(
            exp.migration_keys().len(),
            usize::from([1, 2].contains(&place))
        );
        assert_eq!(tracker.actions(), ["assignment"; 2]);
    }
}

#[test]
fn migration_keys_made_before_a_step_are_made_again() {
    let (config, _) = build(
        Config::builder().key_scheme(|source: &KeySource<'_>| format!("{:?}", source.context())),
    );
    let exp = config
        .experiment("pill", context! { a: 1 })
        .migrated_with(context! { b: 2 });
    assert_eq!(exp.migration_keys()[0].to_string(), r#"{"a": 1, "b": 2}"#);
    let exp = exp.context(Context::from([("a", 3)]));
    assert_eq!(exp.migration_keys()[0].to_string(), r#"{"a": 3, "b": 2}"#);
}

#[test]
fn who_is_not_to_be_tracked_gets_a_variant_all_the_same() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {}).tracking(false);
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    exp.track("swallowed");
    exp.track("assignment");
    assert_eq!(exp.expose(), "candidate");
    assert_eq!(tracker.actions(), [""; 0]);
    assert!(!exp.explain().tracked);
    assert_eq!(exp.assignment().reason(), &Reason::Resolved);
}

#[test]
fn tracking_that_is_switched_on_later_sees_the_exposure() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {}).tracking(false);
    exp.use_(|| 1).try_(|| 2).run();
    let exp = exp.tracking(true);
    exp.use_(|| 1).try_(|| 2).run();
    exp.track("swallowed");
    assert_eq!(tracker.actions(), ["assignment", "swallowed"]);
}
