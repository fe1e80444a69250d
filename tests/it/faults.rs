//! What the host's own parts do wrong, and what the caller gets all the same.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use variate::{
    Config, Diagnostics, Event, Key, KeySource, MemoryTracker, Reason, Resolution, ResolverError,
    Unit, context, experiment, with_config,
};

use crate::support::{build, tracked};

/// Reads the counter of one fault.
type Counter = fn(&Diagnostics) -> u64;

type Fault = fn(&Unit<'_>) -> Result<Resolution, ResolverError>;

#[test]
fn whatever_a_resolver_does_the_control_runs_and_the_reason_is_known() {
    let faults: [(Fault, Reason, Counter); 7] = [
        (
            |_| panic!("down"),
            Reason::ResolverPanicked,
            |d| d.resolver_panics,
        ),
        (
            |_| std::panic::panic_any(7),
            Reason::ResolverPanicked,
            |d| d.resolver_panics,
        ),
        (
            |_| Err("no flag server".into()),
            Reason::ResolverFailed("no flag server".into()),
            |d| d.resolver_failures,
        ),
        (
            |_| Ok(Resolution::variant("green")),
            Reason::UnknownVariant("green".into()),
            |d| d.unknown_variants,
        ),
        (
            |_| Ok(Resolution::index(2)),
            Reason::UnknownVariant("#2".into()),
            |d| d.unknown_variants,
        ),
        (
            |_| Ok(Resolution::index(usize::MAX)),
            Reason::UnknownVariant(format!("#{}", usize::MAX).into()),
            |d| d.unknown_variants,
        ),
        (|_| Ok(Resolution::abstain()), Reason::Abstained, |_| 1),
    ];
    for (fault, reason, counter) in faults {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let (config, tracker) = tracked(move |unit: &Unit<'_>| {
            count.fetch_add(1, Ordering::Relaxed);
            fault(unit)
        });
        let exp = config.experiment("pill", context! { user_id: 1 });
        for _ in 0..3 {
            assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
        }
        exp.track("swallowed");
        assert_eq!(exp.assignment().reason(), &reason);
        assert!(exp.assignment().is_tracked());
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{reason:?}");
        assert_eq!(counter(&config.diagnostics()), 1, "{reason:?}");
        let events = tracker.events();
        assert_eq!(events.len(), 2);
        assert!(
            events
                .iter()
                .all(|e| e.reason == reason.code() && e.variant == "control")
        );
    }
}

#[test]
fn a_broken_error_message_breaks_nothing() {
    #[derive(Debug)]
    struct Broken;
    impl std::fmt::Display for Broken {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no message")
        }
    }
    impl std::error::Error for Broken {}
    let (config, tracker) = tracked(|_: &Unit<'_>| Err::<&str, _>(Broken));
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(tracker.actions(), ["assignment"]);
}

#[test]
fn a_resolver_may_answer_in_many_types() {
    fn assigned(resolver: impl variate::Resolver + 'static) -> String {
        let (config, _) = tracked(resolver);
        let exp = config
            .experiment("pill", context! {})
            .with_variants(["red"]);
        format!("{} {}", exp.variant(), exp.assignment().reason().code())
    }
    assert_eq!(assigned(|_: &Unit<'_>| "red"), "red resolved");
    assert_eq!(assigned(|_: &Unit<'_>| String::from("red")), "red resolved");
    assert_eq!(
        assigned(|_: &Unit<'_>| std::borrow::Cow::Borrowed("red")),
        "red resolved"
    );
    assert_eq!(
        assigned(|_: &Unit<'_>| variate::Variant::from("red")),
        "red resolved"
    );
    assert_eq!(
        assigned(|_: &Unit<'_>| Resolution::index(1)),
        "red resolved"
    );
    assert_eq!(
        assigned(|_: &Unit<'_>| Resolution::control()),
        "control resolved"
    );
    assert_eq!(assigned(|_: &Unit<'_>| Some("red")), "red resolved");
    assert_eq!(assigned(|_: &Unit<'_>| None::<String>), "control abstained");
    assert_eq!(
        assigned(|_: &Unit<'_>| Ok::<_, std::fmt::Error>("red")),
        "red resolved"
    );
    assert_eq!(
        assigned(|_: &Unit<'_>| Err::<&str, _>(std::fmt::Error)),
        "control resolver_failed"
    );
    assert_eq!(
        assigned(|_: &Unit<'_>| Ok::<_, std::fmt::Error>(None::<&str>)),
        "control abstained"
    );
}

#[test]
fn a_tracker_that_panics_loses_events_and_nothing_else() {
    let config = Config::builder()
        .resolver(|_: &Unit<'_>| "candidate")
        .tracker(|_: &Event<'_>| panic!("full"))
        .build()
        .unwrap();
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    assert_eq!(config.diagnostics().tracker_panics, 1);
    exp.track("swallowed");
    assert_eq!(exp.expose(), "candidate");
    assert_eq!(config.diagnostics().tracker_panics, 2);
}

#[test]
fn a_clock_or_randomness_that_panics_loses_the_event_alone() {
    let clock = Config::builder().clock(|| -> std::time::SystemTime { panic!("no time") });
    let randomness = Config::builder().randomness(|| -> u64 { panic!("no bits") });
    for builder in [clock, randomness] {
        let (config, _) = build(builder.resolver(|_: &Unit<'_>| "candidate"));
        let exp = config.experiment("pill", context! {});
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
        exp.track("swallowed");
        assert!(config.diagnostics().tracker_panics >= 1);
    }
}

#[test]
fn everything_may_panic_at_once() {
    let config = Config::builder()
        .key_scheme(|_: &KeySource<'_>| -> Key { panic!("scheme") })
        .resolver(|_: &Unit<'_>| -> &'static str { panic!("resolver") })
        .tracker(|_: &Event<'_>| panic!("tracker"))
        .build()
        .unwrap();
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .migrated_from(context! {});
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    exp.track("swallowed");
    assert_eq!(exp.explain().reason, "resolver_panicked");
    assert_eq!(exp.signature().migration_keys.len(), 1);
    let diagnostics = config.diagnostics();
    assert_eq!(
        (
            diagnostics.key_scheme_panics,
            diagnostics.resolver_panics,
            diagnostics.tracker_panics
        ),
        (2, 1, 2)
    );
}

#[test]
fn a_description_that_panics_leaves_the_explanation_without_it() {
    struct Shy;
    impl variate::Resolver for Shy {
        fn resolve(&self, _: &Unit<'_>) -> Result<Resolution, ResolverError> {
            Ok(Resolution::index(1))
        }

        fn describe(&self, _: &Unit<'_>) -> Option<String> {
            panic!("no words")
        }
    }
    let (config, _) = tracked(Shy);
    let explanation = config.experiment("pill", context! {}).explain();
    assert_eq!(
        explanation.steps.last().unwrap().detail,
        "one of 2 variants, by a resolver of the host's"
    );
    assert_eq!(explanation.signature.variant, "candidate");
}

/// Runs an experiment when its thread shuts down.
struct Late(MemoryTracker);

impl Drop for Late {
    fn drop(&mut self) {
        let config = Config::builder().tracker(self.0.clone()).build().unwrap();
        let exp = config.experiment("pill", context! { user_id: 1 });
        exp.use_(|| ()).try_(|| ()).run();
        exp.track("last");
        with_config(&config, || {
            experiment("pill", context! {})
                .use_(|| ())
                .try_(|| ())
                .run();
        });
    }
}

#[test]
fn a_thread_that_shuts_down_may_still_run_experiments() {
    thread_local! {
        static BEFORE: RefCell<Option<Late>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<Late>> = const { RefCell::new(None) };
    }
    let (before, after) = (MemoryTracker::new(), MemoryTracker::new());
    let late = (Late(before.clone()), Late(after.clone()));
    std::thread::spawn(move || {
        // Destructors run in one order or the other: one of them comes after the library's own.
        BEFORE.set(Some(late.0));
        let (config, _) = build(Config::builder());
        with_config(&config, || experiment("pill", context! {}).track("x"));
        AFTER.set(Some(late.1));
    })
    .join()
    .unwrap();
    for tracker in [before, after] {
        let actions = tracker.actions();
        assert_eq!(actions[..2], ["assignment", "last"]);
        assert_eq!(tracker.events()[1].id.get_version_num(), 4);
    }
}

#[test]
fn threads_share_a_configuration() {
    const THREADS: u64 = 8;
    const RUNS: u64 = 200;
    let (config, tracker) = tracked(|unit: &Unit<'_>| {
        if unit.bucket(4) == 0 {
            panic!("a quarter fails")
        } else {
            "candidate"
        }
    });
    let ran = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let config = &config;
                scope.spawn(move || {
                    let units = thread * RUNS..(thread + 1) * RUNS;
                    units
                        .map(|id| {
                            config
                                .experiment("pill", context! { id: id })
                                .use_(|| 1)
                                .try_(|| 0)
                                .run()
                        })
                        .sum::<u64>()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<u64>()
    });
    assert_eq!(config.diagnostics().resolver_panics, ran);
    assert!(ran > 300 && ran < 500, "{ran}");
    assert_eq!(tracker.actions().len() as u64, THREADS * RUNS);
}
