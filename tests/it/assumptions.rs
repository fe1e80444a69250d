//! Handles that do not know their variants: what they assume, and how that is mended.

use std::collections::BTreeSet;

use variate::{
    Config, Declaration, MemoryTracker, Percent, Reason, Unit, always_candidate, context,
};

use crate::support::{Pill, build, tracked};

#[test]
fn asking_and_tracking_first_does_not_change_what_runs() {
    let config = Config::default();
    for user_id in 0..200 {
        let handle = || config.experiment("pill", context! { user_id: user_id });
        let run = |exp: &variate::Experiment<'_>| {
            exp.use_(|| "grey")
                .variant("red", || "red")
                .variant("blue", || "blue")
                .run()
        };
        let at_once = run(&handle());
        let asked = handle();
        asked.variant();
        asked.track("page_view");
        asked.explain();
        assert_eq!(run(&asked), at_once);
        assert_eq!(asked.assignment().reason(), &Reason::Resolved);
        let typed = handle();
        typed.track("page_view");
        let pill = format!("{:?}", typed.assign::<Pill>()).to_lowercase();
        assert_eq!(pill, at_once);
    }
    assert_eq!(config.diagnostics().missing_behaviours, 0);
}

#[test]
fn an_assumption_shows_in_its_events_until_it_is_confirmed() {
    let (config, tracker) = tracked(always_candidate());
    let exp = config.experiment("toggle", context! {});
    exp.track("early");
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    exp.track("late");
    let reasons: Vec<_> = tracker
        .events()
        .into_iter()
        .map(|event| (event.action, event.reason.into_owned()))
        .collect();
    let expected = [
        ("early", "assumed"),
        ("assignment", "resolved"),
        ("late", "resolved"),
    ];
    assert_eq!(
        reasons,
        expected.map(|(action, reason)| (action.to_owned(), reason.to_owned()))
    );
}

/// A random rollout must not draw twice for those who name what was assumed.
#[test]
fn what_was_assumed_stands_for_who_names_just_that() {
    for _ in 0..50 {
        let config = Config::builder()
            .resolver(variate::Random::new())
            .build()
            .unwrap();
        let exp = config.experiment("toggle", context! {});
        let asked = exp.variant().clone();
        let ran = exp.use_(|| "control").try_(|| "candidate").run();
        assert_eq!(asked, ran);
    }
}

#[test]
fn a_handle_that_exposed_an_assumption_is_held_to_it() {
    let (config, tracker) = tracked(always_candidate());
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.expose(), "candidate");
    assert_eq!(exp.use_(|| "grey").variant("red", || "red").run(), "grey");
    exp.track("swallowed");
    assert_eq!(tracker.actions(), ["assignment"]);
    assert_eq!(config.diagnostics().missing_behaviours, 1);
}

#[test]
fn a_rollout_that_does_not_fit_the_assumption_counts_for_nobody() {
    let (config, tracker) = tracked(Percent::new([50, 25, 25]).unwrap());
    let exp = config.experiment("pill", context! {});
    exp.track("clicked");
    assert_eq!(exp.assignment().reason().code(), "undeclared");
    assert!(tracker.events().is_empty());
    let ran = exp
        .use_(|| 1)
        .variant("red", || 2)
        .variant("blue", || 3)
        .run();
    assert_eq!(tracker.actions(), ["assignment"]);
    assert!((1..=3).contains(&ran));
}

#[test]
fn a_failure_met_early_counts_once_the_variants_are_named() {
    let (config, tracker) = tracked(|_: &Unit<'_>| Err::<&str, _>("no flag server"));
    let exp = config.experiment("toggle", context! {});
    exp.track("early");
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(exp.assignment().reason().code(), "resolver_failed");
    assert_eq!(tracker.actions(), ["assignment"]);
}

#[test]
fn a_declaration_makes_handles_agree() {
    let tracker = MemoryTracker::new();
    let config = Config::builder()
        .tracker(tracker.clone())
        .declare(Declaration::new("pill").variants(["red", "blue"]))
        .build()
        .unwrap();
    for user_id in 0..100 {
        let ctx = context! { user_id: user_id };
        let run = config.experiment("pill", &ctx);
        run.use_(|| ())
            .variant("red", || ())
            .variant("blue", || ())
            .run();
        config.experiment("pill", &ctx).track("clicked");
        let variants: BTreeSet<_> = tracker
            .take()
            .into_iter()
            .map(|event| event.variant)
            .collect();
        assert_eq!(variants.len(), 1);
    }
}

#[test]
fn a_trial_that_names_what_is_not_declared_is_told() {
    let (config, _) = build(Config::builder().declare(Declaration::new("pill").variants(["red"])));
    let exp = config.experiment("pill", context! {});
    exp.use_(|| 0)
        .variant("red", || 1)
        .variant("green", || 2)
        .run();
    assert_eq!(config.diagnostics().undeclared_variants, 1);
}

#[test]
fn resolvers_that_ask_each_other_without_end_run_the_control() {
    fn gated(_: &Unit<'_>) -> Option<&'static str> {
        let gate = variate::experiment("gate", context! {});
        (gate.variant() == "candidate").then_some("candidate")
    }
    let config = Config::builder().resolver(gated).build().unwrap();
    variate::with_config(&config, || {
        let exp = variate::experiment("inner", context! {});
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    });
    let declared = Declaration::new("gate").resolver(always_candidate());
    let config = Config::builder()
        .resolver(gated)
        .declare(declared)
        .build()
        .unwrap();
    variate::with_config(&config, || {
        let exp = variate::experiment("inner", context! {});
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    });
}

#[test]
fn asking_first_changes_no_outcome_of_a_bad_name() {
    type Use = fn(&variate::Experiment<'_>);
    let first: [Use; 3] = [|_| (), |exp| _ = exp.variant(), |exp| exp.track("clicked")];
    for ask in first {
        let (config, _) = tracked(variate::Always::new("red"));
        let exp = config.experiment("toggle", context! {});
        ask(&exp);
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
        assert_eq!(exp.assignment().reason().code(), "unknown_variant");
        let pinned = config
            .experiment("toggle", context! {})
            .with_variant("green");
        ask(&pinned);
        assert_eq!(pinned.use_(|| 1).variant("red", || 2).run(), 1);
        assert_eq!(pinned.assignment().reason().code(), "unknown_variant");
        let pinned = config
            .experiment("toggle", context! {})
            .with_variant("green");
        ask(&pinned);
        assert_eq!(pinned.use_(|| 1).variant("green", || 2).run(), 2);
        assert_eq!(config.diagnostics().missing_behaviours, 0);
    }
}
