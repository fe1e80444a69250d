//! Hooks around runs, and the one hook that errors are raised to.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use variate::{Config, Event, Experiment, Hook, Operation, Outcome, Raised, Unit, context};

use crate::support::{always, build};

/// Writes down what it is called for.
#[derive(Debug, Clone, Default)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    name: &'static str,
}

impl Log {
    fn write(&self, line: &str) {
        self.lines
            .lock()
            .unwrap()
            .push(format!("{}{line}", self.name));
    }

    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

impl Hook for Log {
    fn before(&self, experiment: &Experiment<'_>) {
        self.write(&format!("before {}", experiment.variant()));
    }

    fn after(&self, _: &Experiment<'_>, outcome: Outcome) {
        self.write(&format!("after {outcome:?}"));
    }

    fn raised(&self, raised: &Raised<'_>) {
        self.write(&format!("{:?}: {raised}", raised.operation()));
    }
}

fn logged(resolver: impl variate::Resolver + 'static) -> (Config, Log) {
    let log = Log::default();
    let (config, _) = build(Config::builder().resolver(resolver).hook(log.clone()));
    (config, log)
}

#[test]
fn hooks_are_called_around_each_run_the_last_one_innermost() {
    let log = Log::default();
    let inner = Log {
        name: "  ",
        ..log.clone()
    };
    let (config, _) = build(
        Config::builder()
            .hook(log.clone())
            .hook(inner)
            .resolver(variate::always_candidate()),
    );
    let exp = config.experiment("pill", context! {});
    for _ in 0..2 {
        assert_eq!(
            exp.use_(|| 1)
                .try_(|| {
                    log.write("behaviour");
                    2
                })
                .run(),
            2
        );
        assert_eq!(
            log.lines(),
            [
                "before candidate",
                "  before candidate",
                "behaviour",
                "  after Returned",
                "after Returned"
            ]
        );
    }
}

#[test]
fn a_behaviour_that_panics_ends_interrupted_and_its_panic_goes_on() {
    let (config, log) = logged(variate::always_candidate());
    let exp = config.experiment("pill", context! {});
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        exp.use_(|| 1).try_(|| panic!("mine")).run()
    }));
    assert_eq!(*panicked.unwrap_err().downcast::<&str>().unwrap(), "mine");
    assert_eq!(log.lines(), ["before candidate", "after Interrupted"]);
    // And the handle is as good as before: gitlab-experiment's second run returns nothing.
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
}

#[test]
fn who_does_not_take_part_has_no_hooks() {
    let (config, log) = logged(variate::always_candidate());
    let called = RefCell::new(0);
    let exp = config.experiment("pill", context! {}).excluded(true);
    let value = exp
        .use_(|| 1)
        .try_(|| 2)
        .before(|_| *called.borrow_mut() += 1)
        .around(|next| next.run() + 10)
        .after(|_| *called.borrow_mut() += 1)
        .run();
    assert_eq!((value, called.into_inner()), (1, 0));
    assert!(log.lines().is_empty());
}

#[test]
fn hooks_of_a_trial_see_the_result_and_hold_for_variants_named_later() {
    let (config, _) = always("red");
    let exp = config.experiment("pill", context! {});
    let lines = RefCell::new(Vec::new());
    let write = |line: String| lines.borrow_mut().push(line);
    let value = exp
        .use_(|| "grey".to_owned())
        .before(|exp| write(format!("before {}", exp.variant())))
        .around(|next| {
            write("around".into());
            let value = next.run();
            write(format!("around {value}"));
            format!("[{value}]")
        })
        .after(|value| write(format!("after {value}")))
        .around(|next| format!("({})", next.run()))
        .variant("red", || "red".to_owned())
        .run();
    assert_eq!(value, "[(red)]");
    assert_eq!(
        lines.into_inner(),
        ["before red", "around", "after (red)", "around (red)"]
    );
}

#[test]
fn a_hook_around_may_leave_the_behaviour_out() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("pill", context! {});
    let value = exp
        .use_(|| 1)
        .try_(|| unreachable!("it is left out"))
        .around(|_| 7)
        .run();
    assert_eq!((value, tracker.events().len()), (7, 1));
}

#[test]
fn a_hook_that_panics_breaks_no_run() {
    struct Broken;
    impl Hook for Broken {
        fn before(&self, _: &Experiment<'_>) {
            panic!("before")
        }
        fn after(&self, _: &Experiment<'_>, _: Outcome) {
            panic!("after")
        }
        fn raised(&self, _: &Raised<'_>) {
            panic!("raised")
        }
    }
    let (config, _) = build(
        Config::builder()
            .hook(Broken)
            .resolver(variate::always_candidate()),
    );
    let exp = config.experiment("pill", context! {});
    let value = exp
        .use_(|| 1)
        .try_(|| 2)
        .before(|_| panic!("mine"))
        .after(|_| panic!("mine"))
        .run();
    assert_eq!(value, 2);
    assert_eq!(config.diagnostics().hook_failures, 4);
}

#[test]
fn a_behaviour_that_is_a_future_is_hooked_until_its_end() {
    let (config, log) = logged(variate::always_candidate());
    let exp = config.experiment("pill", context! {});
    let behaviour = |value| {
        let log = log.clone();
        move || async move {
            log.write("first poll");
            let mut pending = true;
            std::future::poll_fn(|polled| {
                polled.waker().wake_by_ref();
                if std::mem::take(&mut pending) {
                    std::task::Poll::Pending
                } else {
                    std::task::Poll::Ready(())
                }
            })
            .await;
            log.write("second poll");
            value
        }
    };
    let value = pollster::block_on(exp.use_(behaviour(1)).try_(behaviour(2)).run_async());
    assert_eq!(value, 2);
    assert_eq!(
        log.lines(),
        [
            "before candidate",
            "first poll",
            "second poll",
            "after Returned"
        ]
    );

    // One that is dropped half-way ends as well.
    let mut future = Box::pin(exp.use_(behaviour(1)).try_(behaviour(2)).run_async());
    let polled = Future::poll(
        future.as_mut(),
        &mut std::task::Context::from_waker(std::task::Waker::noop()),
    );
    assert!(polled.is_pending());
    drop(future);
    assert_eq!(
        log.lines(),
        ["before candidate", "first poll", "after Interrupted"]
    );
}

#[test]
fn whatever_is_survived_is_raised_with_what_was_done() {
    let raised = |config: Config, log: Log, act: &dyn Fn(&Config)| {
        act(&config);
        log.lines()
    };
    let (config, log) = logged(|_: &Unit<'_>| Err::<&str, _>("no flag server"));
    assert_eq!(
        raised(config, log, &|config| {
            config.experiment("pill", context! {}).expose();
        }),
        [
            "Resolve: experiment `pill`: the resolver failed: the control runs (error: \"no flag server\")"
        ]
    );
    let (config, log) = logged(|_: &Unit<'_>| -> &'static str { panic!("down") });
    assert_eq!(
        raised(config, log, &|config| {
            config.experiment("pill", context! {}).expose();
        }),
        ["Resolve: experiment `pill`: the resolver panicked: the control runs"]
    );
    let (config, log) = logged(variate::always_control());
    assert_eq!(
        raised(config, log, &|config| {
            config.experiment("", context! {}).expose();
            config.experiment("pill", context! {}).track("");
            config.forced_by_header("forged");
        }),
        [
            "Define: experiment ``: an experiment's name must have 1 to 255 bytes: the control runs, untracked (length: 0)",
            "Track: experiment `pill`: an action's name must have 1 to 255 bytes: this one is not tracked (length: 0)",
            "Force: a token of a forced assignment is refused: it forces nothing (error: \"this configuration does not allow forced assignments: give it a `Forcing`\")",
        ]
    );
}

struct Seen(Arc<Mutex<Vec<Operation>>>);
impl Hook for Seen {
    fn raised(&self, raised: &Raised<'_>) {
        assert_eq!(raised.experiment(), Some("pill"));
        assert!(raised.message().starts_with("the tracker panicked"));
        self.0.lock().unwrap().push(raised.operation());
    }
}

#[test]
fn a_tracker_that_panics_is_raised_as_tracking() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let config = Config::builder()
        .hook(Seen(seen.clone()))
        .tracker(|_: &Event<'_>| panic!("full"))
        .build()
        .unwrap();
    config.experiment("pill", context! {}).expose();
    assert_eq!(*seen.lock().unwrap(), [Operation::Track]);
}

#[test]
fn hooks_and_switches_may_use_experiments_but_not_for_ever() {
    struct Uses;
    impl Hook for Uses {
        fn before(&self, _: &Experiment<'_>) {
            variate::experiment("pill", context! {})
                .use_(|| 1)
                .try_(|| 2)
                .run();
        }
        fn raised(&self, _: &Raised<'_>) {
            variate::experiment("", context! {}).expose();
        }
    }
    let builder = Config::builder()
        .hook(Uses)
        .resolver(variate::always_candidate())
        .enabled_if(|_| variate::experiment("pill", context! {}).variant() == "candidate");
    let config = builder.build().unwrap();
    variate::with_config(&config, || {
        assert!(
            variate::experiment("pill", context! {})
                .use_(|| 1)
                .try_(|| 2)
                .run()
                > 0
        );
        variate::experiment("", context! {}).expose();
    });
}

#[test]
fn what_goes_wrong_in_the_error_hook_is_not_raised_to_it_again() {
    struct Tracks(Arc<Mutex<u32>>);
    impl Hook for Tracks {
        fn raised(&self, _: &Raised<'_>) {
            *self.0.lock().unwrap() += 1;
            for _ in 0..3 {
                variate::experiment("pill", context! {}).track("raised");
            }
        }
    }
    let raised = Arc::new(Mutex::new(0));
    let config = Config::builder()
        .hook(Tracks(raised.clone()))
        .tracker(|_: &Event<'_>| panic!("full"))
        .build()
        .unwrap();
    variate::with_config(&config, || {
        variate::experiment("pill", context! {}).track("clicked");
        variate::experiment("pill", context! {}).track("clicked");
    });
    assert_eq!(*raised.lock().unwrap(), 2);
}
