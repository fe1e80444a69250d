//! Behaviours: which one runs, and what the caller gets.

#[cfg(feature = "derive")]
mod declaring;
mod typed;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use variate::{
    Config, Percent, Reason, Resolution, Unit, always_candidate, always_control, context,
};

use crate::support::{always, tracked};

#[test]
fn each_name_for_a_behaviour_adds_that_variant() {
    for (assigned, expected) in [("control", 1), ("candidate", 2), ("red", 3), ("blue", 4)] {
        let (config, _) = always(assigned);
        let run = || config.experiment("pill", context! {});
        let by_use = run()
            .use_(|| 1)
            .try_(|| 2)
            .variant("red", || 3)
            .variants([("blue", || 4)])
            .run();
        let by_alias = run()
            .control(|| 1)
            .variants([("red", 3), ("blue", 4)].map(|(name, n)| (name, move || n)))
            .candidate(|| 2)
            .run();
        assert_eq!((by_use, by_alias), (expected, expected), "{assigned}");
    }
}

#[test]
fn only_the_assigned_behaviour_runs_and_only_when_run() {
    for (assigned, expected) in [
        ("control", [1, 0, 0]),
        ("candidate", [0, 1, 0]),
        ("red", [0, 0, 1]),
    ] {
        let (config, _) = always(assigned);
        let calls = [const { Cell::new(0) }; 3];
        let count = |place: usize| calls[place].set(calls[place].get() + 1);
        let exp = config.experiment("pill", context! {});
        let trial = exp
            .use_(|| count(0))
            .try_(|| count(1))
            .variant("red", || count(2));
        assert_eq!(calls.each_ref().map(Cell::get), [0, 0, 0]);
        trial.run();
        assert_eq!(calls.map(Cell::into_inner), expected, "{assigned}");
    }
}

#[test]
fn behaviours_borrow_their_surroundings() {
    let (config, _) = always("candidate");
    let name = String::from("Ann");
    let mut visits = vec![1];
    let greeting = config
        .experiment("greeting", context! { user: &name })
        .use_(|| name.as_str())
        .try_(|| {
            visits.push(2);
            &name[..1]
        })
        .run();
    assert_eq!(greeting, "A");
    assert_eq!(visits, [1, 2]);
}

#[test]
fn a_behaviour_may_consume_what_it_took() {
    let (config, _) = always("candidate");
    let owned = vec![String::from("moved")];
    let got = config
        .experiment("pill", context! {})
        .use_(Vec::new)
        .try_(move || owned)
        .run();
    assert_eq!(got, ["moved"]);
}

#[test]
fn results_may_have_any_type() {
    #[derive(Debug, PartialEq)]
    struct NeitherCopyNorClone(Rc<str>);

    let (config, _) = always("candidate");
    let exp = config.experiment("pill", context! {});
    exp.use_(|| panic!("the control runs")).try_(|| ()).run();
    assert_eq!(exp.use_(|| Some(1)).try_(|| None).run(), None);
    assert!(!exp.use_(|| true).try_(|| false).run());
    let failed: Result<u8, String> = exp.use_(|| Ok(1)).try_(|| Err("no".into())).run();
    assert_eq!(failed, Err("no".into()));
    let got = exp
        .use_(|| NeitherCopyNorClone("old".into()))
        .try_(|| NeitherCopyNorClone("new".into()))
        .run();
    assert_eq!(got, NeitherCopyNorClone("new".into()));
    let dynamic: Box<dyn Fn(i32) -> i32> = exp
        .use_(|| Box::new(|n| n) as Box<dyn Fn(i32) -> i32>)
        .try_(|| Box::new(|n| n + 1))
        .run();
    assert_eq!(dynamic(1), 2);
}

#[test]
fn a_question_mark_after_run_is_the_behaviours_own_error() {
    fn page(config: &Config) -> Result<u8, std::num::ParseIntError> {
        let page = config
            .experiment("page", context! {})
            .use_(|| "1".parse::<u8>())
            .try_(|| "x".parse::<u8>())
            .run()?;
        Ok(page)
    }
    assert!(page(&always("candidate").0).is_err());
    assert_eq!(page(&always("control").0), Ok(1));
}

#[test]
fn a_behaviours_panic_passes_through_after_the_exposure() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! { user_id: 1 });
    let panic = catch_unwind(AssertUnwindSafe(|| {
        exp.use_(|| ()).try_(|| panic!("mine")).run();
    }))
    .unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"mine"));
    assert_eq!(tracker.actions(), ["assignment"]);
    exp.track("after");
    assert_eq!(tracker.actions(), ["assignment", "after"]);
    assert_eq!(config.diagnostics(), Config::default().diagnostics());
}

#[test]
fn the_exposure_comes_before_the_behaviour() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {});
    let seen = exp.use_(Vec::new).try_(|| tracker.actions()).run();
    assert_eq!(seen, ["assignment"]);
}

#[test]
fn a_second_run_runs_again_in_the_same_variant_and_is_no_second_exposure() {
    let (config, tracker) = tracked(variate::RoundRobin::new());
    let exp = config.experiment("pill", context! {});
    let runs = Cell::new(0);
    let run = || {
        let variant = exp.use_(|| "control").try_(|| "candidate").run();
        runs.set(runs.get() + 1);
        variant
    };
    assert_eq!([run(), run(), run()], ["control"; 3]);
    assert_eq!(runs.get(), 3);
    assert_eq!(tracker.actions(), ["assignment"]);
}

#[test]
fn a_second_run_may_have_another_result_type() {
    let (config, tracker) = always("red");
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| 1).variant("red", || 2).run(), 2);
    assert_eq!(exp.use_(|| "grey").variant("red", || "red").run(), "red");
    assert_eq!(tracker.actions().len(), 1);
}

#[test]
fn a_variant_named_twice_keeps_its_place_and_runs_its_last_behaviour() {
    for place in 0..3 {
        let (config, _) = tracked(move |unit: &Unit<'_>| {
            assert_eq!(unit.variants().len(), 3);
            let names = unit.variants().iter().map(ToString::to_string);
            assert_eq!(names.collect::<Vec<_>>(), ["control", "red", "blue"]);
            Resolution::index(place)
        });
        let got = config
            .experiment("pill", context! {})
            .use_(|| "grey")
            .variant("red", || "first red")
            .variant("blue", || "first blue")
            .variants(["blue", "red"].map(|name| (name, move || name)))
            .variant("red", || "last red")
            .run();
        assert_eq!(got, ["grey", "last red", "blue"][place]);
        assert_eq!(config.diagnostics().duplicate_variants, 3);
    }
}

#[test]
fn of_two_behaviours_in_one_list_the_last_wins_too() {
    let (config, _) = always("red");
    let twice = ["first", "last"].map(|result| ("red", move || result));
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| "grey").variants(twice).run(), "last");
    assert_eq!(config.diagnostics().duplicate_variants, 1);
}

#[test]
fn a_variant_named_control_is_the_control() {
    let (config, _) = tracked(always_control());
    let got = config
        .experiment("pill", context! {})
        .use_(|| "old")
        .variant("control", || "new")
        .try_(|| "candidate")
        .run();
    assert_eq!(got, "new");
    assert_eq!(config.diagnostics().duplicate_variants, 1);
}

#[test]
fn the_overridden_control_also_runs_where_the_control_is_the_fallback() {
    let (config, _) = tracked(|_: &Unit<'_>| Err::<&str, _>("down"));
    let exp = config.experiment("pill", context! {});
    let got = exp
        .use_(|| "old")
        .try_(|| "candidate")
        .variant("control", || "new");
    assert_eq!(got.run(), "new");

    let (config, _) = tracked(always_candidate());
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.variant(), "candidate");
    let missing = exp.use_(|| "old").variant("control", || "new").run();
    assert_eq!(missing, "new");
}

#[test]
fn variants_with_unusable_names_are_never_chosen() {
    let long = "x".repeat(256);
    let (config, tracker) = tracked(Percent::even());
    for user_id in 0..200 {
        let got = config
            .experiment("pill", context! { user_id: user_id })
            .use_(|| "grey")
            .variant("", || "empty")
            .variant(long.clone(), || "long")
            .variant("x".repeat(255), || "longest")
            .run();
        assert!(["grey", "longest"].contains(&got), "{got}");
    }
    assert_eq!(config.diagnostics().invalid_variants, 400);
    let longest = tracker.events().into_iter();
    let longest = longest.filter(|event| event.variant.as_str().len() == 255);
    assert!(longest.count() > 50);
}

#[test]
fn a_resolver_cannot_choose_an_unusable_name() {
    for name in ["", &*"x".repeat(256).leak()] {
        let (config, _) = always(name);
        let exp = config.experiment("pill", context! {});
        assert_eq!(exp.use_(|| 1).variant(name, || 2).try_(|| 3).run(), 1);
        assert_eq!(exp.assignment().reason().code(), "unknown_variant");
    }
}

#[test]
fn there_may_be_any_number_of_variants() {
    for count in [2, 3, 4, 5, 8, 9, 17, 100] {
        for assigned in [0, 1, count / 2, count - 1] {
            let (config, tracker) = tracked(move |unit: &Unit<'_>| {
                assert_eq!(unit.variants().len(), count);
                Resolution::index(assigned)
            });
            let behaviours = (1..count).map(|place| (format!("v{place}"), move || place));
            let exp = config.experiment("pill", context! {});
            assert_eq!(exp.use_(|| 0).variants(behaviours).run(), assigned);
            let name = match assigned {
                0 => "control".to_owned(),
                place => format!("v{place}"),
            };
            assert_eq!(tracker.events()[0].variant, name.as_str());
        }
    }
}

#[test]
fn many_variants_one_by_one() {
    for assigned in 0..10 {
        let (config, _) = tracked(move |_: &Unit<'_>| Resolution::index(assigned));
        let exp = config.experiment("pill", context! {});
        let got = exp
            .use_(|| 0)
            .variant("v1", || 1)
            .variant("v2", || 2)
            .variant("v3", || 3)
            .variant("v4", || 4)
            .variant("v5", || 5)
            .variant("v6", || 6)
            .variant("v7", || 7)
            .variant("v8", || 8)
            .variant("v9", || 9);
        assert_eq!(got.run(), assigned);
    }
}

#[test]
fn without_a_behaviour_for_the_variant_the_control_runs_and_tracking_ends() {
    let (config, tracker) = always("blue");
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["red", "blue"]);
    exp.track("before");
    assert_eq!(exp.use_(|| "grey").variant("red", || "red").run(), "grey");
    exp.track("after");
    exp.track("assignment");
    exp.expose();
    assert_eq!(tracker.actions(), ["before"]);
    assert_eq!(config.diagnostics().missing_behaviours, 1);
    assert!(!exp.explain().tracked);
}

#[test]
fn with_only_a_control_nothing_is_asked_and_nothing_tracked() {
    let (config, tracker) = tracked(|_: &Unit<'_>| -> &'static str { panic!("asked") });
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| "grey").run(), "grey");
    exp.track("swallowed");
    assert_eq!(exp.assignment().reason(), &Reason::OnlyControl);
    assert!(!exp.assignment().is_tracked());
    assert_eq!(tracker.actions(), [""; 0]);
}

#[test]
fn a_handle_can_go_anywhere() {
    fn is_everything<T: Send + Sync + Clone + 'static>(value: T) -> T {
        value
    }
    let (config, tracker) = always("candidate");
    let exp = {
        let name = String::from("pill");
        let user = String::from("ann");
        let exp = config
            .experiment(name.as_str(), context! { user: &user, team: Some(&user) })
            .migrated_from(context! { user: &user })
            .sticky_to(&user);
        exp.use_(|| ()).try_(|| ()).run();
        is_everything(exp.into_owned())
    };
    let key = exp.key().clone();
    let of_clone = std::thread::spawn({
        let clone = exp.clone();
        move || {
            clone.use_(|| ()).try_(|| ()).run();
            clone.track("far away");
            clone.key().clone()
        }
    });
    assert_eq!(of_clone.join().unwrap(), key);
    assert_eq!(exp.migration_keys().len(), 1);
    assert_eq!(exp.variant(), "candidate");
    // The clone knew that the exposure was tracked.
    assert_eq!(tracker.actions(), ["assignment", "far away"]);
}

#[test]
fn a_trial_shows_its_variants() {
    let (config, _) = always("red");
    let exp = config.experiment("pill", context! { user_id: 1 });
    let shown = format!("{:?}", exp.use_(|| ()).variant("red", || ()));
    assert!(
        shown.contains("pill") && shown.contains(r#"["control", "red"]"#),
        "{shown}"
    );
}
