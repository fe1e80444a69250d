//! Whether candidates run, how often, and in which order.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime};

use variate::shadow::{Observation, Order, Outcome, Publish, Verdict};
use variate::{Config, Declaration, Nesting, context};

use super::{Time, candidates, random};

/// Whether the candidate ran under these steps.
macro_rules! ran {
    ($config:expr $(, $step:ident($($argument:expr),*))*) => {{
        let ran = Cell::new(false);
        let exp = $config.experiment("pill", context! {});
        let value = exp
            .use_(|| 1)
            .try_(|| {
                ran.set(true);
                1
            })
            .shadow()
            $(.$step($($argument),*))*
            .run();
        assert_eq!(value, 1);
        ran.get()
    }};
}

#[test]
fn what_is_switched_off_runs_the_control_alone_and_publishes_nothing() {
    let (config, tracker) = candidates();
    assert!(!ran!(config, enabled(false)));
    assert!(!ran!(config, run_if(|| false)));
    assert!(!ran!(config, enabled(false), enabled(true)));
    assert!(!ran!(config, run_if(|| false), run_if(|| true)));
    assert!(!ran!(
        config,
        enabled(false),
        run_if(|| panic!("not asked"))
    ));
    assert!(!ran!(
        config,
        enabled(false),
        before(|| panic!("not called"))
    ));
    assert!(!ran!(
        config,
        enabled(false),
        after(|_| panic!("not called"))
    ));
    assert_eq!(tracker.actions().len(), 0);
    assert_eq!(config.diagnostics(), Config::default().diagnostics());
    assert!(ran!(config, enabled(true), run_if(|| true)));
    assert_eq!(tracker.actions(), ["shadow"]);
}

#[test]
fn a_control_alone_is_only_run() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| 1).shadow().run(), 1);
    assert_eq!(exp.use_(|| 1).variant("control", || 2).shadow().run(), 2);
    assert_eq!(exp.use_(|| 1).variant("", || 2).shadow().run(), 1);
    let nameless = config.experiment("", context! {});
    assert_eq!(nameless.use_(|| 1).try_(|| 2).shadow().run(), 1);
    assert_eq!(tracker.actions().len(), 0);
}

#[test]
fn a_sample_of_none_and_of_all_draws_nothing() {
    let config = Config::builder()
        .randomness(|| -> u64 { panic!("drawn") })
        .build()
        .unwrap();
    for none in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        assert!(
            !ran!(config, order(Order::ControlFirst), sample(none)),
            "{none}"
        );
    }
    for all in [100.0, 101.0, f64::INFINITY] {
        assert!(
            ran!(config, order(Order::ControlFirst), sample(all)),
            "{all}"
        );
    }
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

#[test]
fn a_sample_is_drawn_from_the_configuration_s_randomness() {
    // A quarter of all 64 bits, and the last number below it. (An event's id would draw, too.)
    let (config, _) = random(&[1 << 62, (1 << 62) - (1 << 11), 0, u64::MAX]);
    let drawn: Vec<_> = (0..4)
        .map(|_| {
            ran!(
                config,
                publish(Publish::Never),
                order(Order::ControlFirst),
                sample(25.0)
            )
        })
        .collect();
    assert_eq!(drawn, [false, true, true, false]);
    let (config, _) = random(&[u64::MAX]);
    assert!(!ran!(config, order(Order::ControlFirst), sample(99.999)));
    let (config, _) = random(&[0]);
    assert!(ran!(config, order(Order::ControlFirst), sample(1e-9)));
}

/// In which order three behaviours begin.
fn begun(config: &Config, order: Order) -> Vec<&'static str> {
    let log = RefCell::new(Vec::new());
    let say = |word| log.borrow_mut().push(word);
    let exp = config.experiment("pill", context! {});
    exp.use_(|| say("control"))
        .variant("a", || say("a"))
        .variant("b", || say("b"))
        .shadow()
        .order(order)
        .after(|result| assert_eq!(result.order(), *log.borrow()))
        .run();
    assert_eq!(config.diagnostics().shadow_failures, 0);
    log.into_inner()
}

#[test]
fn fixed_orders_are_fixed() {
    let (config, _) = candidates();
    for _ in 0..5 {
        assert_eq!(begun(&config, Order::ControlFirst), ["control", "a", "b"]);
        assert_eq!(begun(&config, Order::ControlLast), ["a", "b", "control"]);
    }
}

#[test]
fn a_shuffle_follows_the_randomness_and_reaches_every_order() {
    const THIRD: u64 = u64::MAX / 3 + 1;
    const HALF: u64 = 1 << 63;

    assert_eq!(Order::default(), Order::Shuffled);
    // Two draws: of three places for the last one, then of two. A third of all bits each, a half each.
    let orders: [(&'static [u64], _); 6] = [
        (&[0, 0], ["a", "b", "control"].as_slice()),
        (&[0, HALF], &["b", "a", "control"]),
        (&[THIRD, 0], &["b", "control", "a"]),
        (&[THIRD, HALF], &["control", "b", "a"]),
        (&[THIRD * 2, 0], &["a", "control", "b"]),
        (&[THIRD * 2, HALF], &["control", "a", "b"]),
    ];
    for (bits, order) in orders {
        let (config, _) = random(bits);
        assert_eq!(begun(&config, Order::Shuffled), order, "{bits:?}");
    }
}

#[test]
fn candidates_in_any_order_are_listed_as_the_trial_names_them() {
    let (config, _) = random(&[0, 1 << 63]);
    let exp = config.experiment("pill", context! {});
    exp.use_(|| 0)
        .variant("a", || 0)
        .variant("b", || 0)
        .shadow()
        .after(|result| {
            assert_eq!(result.order(), ["b", "a", "control"]);
            let names: Vec<_> = result
                .candidates()
                .iter()
                .map(Observation::variant)
                .collect();
            assert_eq!(names, ["a", "b"]);
        })
        .run();
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

#[test]
fn candidates_that_have_not_begun_in_time_are_skipped() {
    let (config, tracker) = candidates();
    let time = Time::default();
    let exp = config.experiment("pill", context! {});
    let take = |millis| {
        let time = &time;
        move || time.pass(millis)
    };
    for (deadline, late) in [(10, true), (11, false)] {
        exp.use_(take(4))
            .variant("long", take(6))
            .variant("late", take(1))
            .shadow()
            .order(Order::ControlFirst)
            .deadline(Duration::from_millis(deadline))
            .stopwatch(time.stopwatch())
            .after(|result| {
                let [long, short] = result.candidates() else {
                    panic!("two candidates")
                };
                assert_eq!(
                    long.verdict(),
                    Some(Verdict::Matched),
                    "what began is compared"
                );
                assert_eq!(*short.outcome() == Outcome::Skipped, late);
                assert_eq!(short.verdict() == Some(Verdict::Unfinished), late);
                assert_eq!(result.order().len(), if late { 2 } else { 3 });
            })
            .run();
    }
    // The control is never skipped.
    let value = exp
        .use_(|| 1)
        .try_(|| 2)
        .shadow()
        .deadline(Duration::ZERO)
        .run();
    assert_eq!(value, 1);
    assert_eq!(config.diagnostics().shadow_failures, 0);
    let unfinished = super::json(&tracker.events()[2]);
    assert_eq!(unfinished["verdict"], "unfinished");
    assert_eq!(
        unfinished["candidates"]["candidate"],
        serde_json::json!({"outcome": "skipped", "verdict": "unfinished"})
    );
}

#[test]
fn an_experiment_that_is_switched_off_runs_the_control_alone() {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let declared = |declaration: Declaration| {
        let builder = Config::builder().clock(move || at(10)).declare(declaration);
        let (config, _) = crate::support::build(builder);
        ran!(config)
    };
    assert!(declared(Declaration::new("pill")));
    assert!(declared(
        Declaration::new("pill").starts(at(10)).ends(at(11))
    ));
    assert!(!declared(Declaration::new("pill").enabled(false)));
    assert!(!declared(Declaration::new("pill").starts(at(11))));
    assert!(!declared(Declaration::new("pill").ends(at(10))));

    let (config, tracker) = candidates();
    config.set_enabled(false);
    assert!(!ran!(config));
    config.set_enabled(true);
    config.set_experiment_enabled("pill", false);
    assert!(!ran!(config));
    let other = config.experiment("other", context! {});
    assert!(!tracker.actions().contains(&"shadow".to_owned()));
    other.use_(|| 1).try_(|| 1).shadow().run();
    assert_eq!(tracker.actions(), ["shadow"]);
    let off = config.experiment("other", context! {}).enabled(false);
    off.use_(|| 1).try_(|| 2).shadow().run();
    assert_eq!(tracker.actions(), ["shadow"]);
}

#[test]
fn a_unit_that_the_code_excludes_gets_the_control_alone() {
    let (config, tracker) = candidates();
    let excluded = config.experiment("pill", context! {}).excluded(true);
    let value = excluded.use_(|| 1).try_(|| panic!("ran")).shadow().run();
    assert_eq!((value, tracker.actions().len()), (1, 0));
    let included = config.experiment("pill", context! {}).excluded(false);
    included.use_(|| 1).try_(|| 1).shadow().run();
    assert_eq!(tracker.actions(), ["shadow"]);
}

#[test]
fn a_strict_configuration_runs_no_candidates_of_what_is_not_declared() {
    let strict = || Config::builder().strict();
    let (config, tracker) = crate::support::build(strict());
    assert!(!ran!(config));
    assert_eq!(tracker.actions().len(), 0);
    assert_eq!(config.diagnostics().undeclared_experiments, 1);
    let (config, _) = crate::support::build(strict().declare(Declaration::new("pill")));
    assert!(ran!(config));
    assert_eq!(config.diagnostics().undeclared_experiments, 0);
}

#[test]
fn where_nesting_is_denied_a_shadow_run_inside_a_behaviour_runs_the_control_alone() {
    for (nesting, runs) in [(Nesting::Deny, false), (Nesting::Allow, true)] {
        let (config, _) = crate::support::build(Config::builder().nesting(nesting));
        let outer = config.experiment("page", context! { user_id: 1 });
        let inner = || ran!(config);
        assert_eq!(outer.use_(inner).try_(inner).run(), runs, "{nesting:?}");
        assert_eq!(config.diagnostics().nested_runs, u64::from(!runs));
        assert!(ran!(config), "outside of it");
    }
}

#[cfg(feature = "testing")]
#[test]
fn stubs_say_whether_candidates_run() {
    use variate::testing;

    let (config, tracker) = candidates();
    {
        let stub = testing::disabled("pill");
        assert!(!ran!(config));
        assert_eq!(stub.uses(), 1);
        let _inner = testing::enabled("pill");
        assert!(ran!(config), "the last stub wins");
    }
    {
        let _stub = testing::excluded("pill");
        assert!(!ran!(config));
    }
    assert_eq!(tracker.take().len(), 1);

    config.set_experiment_enabled("pill", false);
    assert!(!ran!(config));
    {
        let _stub = testing::assigned("pill", "candidate");
        assert!(!ran!(config), "a stored variant switches nothing on");
    }
    {
        let _stub = testing::stub("pill", "candidate");
        assert!(ran!(config));
    }
    let stub = testing::enabled("pill");
    assert!(ran!(config));
    assert_eq!(stub.uses(), 1);
    let (strict, _) = crate::support::build(Config::builder().strict());
    assert!(ran!(strict));
}
