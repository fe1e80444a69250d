//! Experiments inside experiments: each policy, on one thread, on several, in futures, and after panics.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context as Polled, Poll, Waker};

use variate::{Config, Experiment, MemoryTracker, Nesting, context};

use crate::support::build;

fn under(nesting: Nesting) -> (Config, MemoryTracker) {
    build(
        Config::builder()
            .nesting(nesting)
            .resolver(variate::always_candidate()),
    )
}

fn inner(config: &Config) -> (i32, &'static str) {
    let exp = config.experiment("button", context! {});
    let value = exp.use_(|| 1).try_(|| 2).run();
    (value, exp.assignment().reason().code())
}

fn page(config: &Config) -> Experiment<'_> {
    config.experiment("page", context! {})
}

/// Action, experiment and nested experiment of each event.
fn told(tracker: &MemoryTracker) -> Vec<String> {
    let events = tracker.events().into_iter();
    events
        .map(|event| match event.properties.get("experiment") {
            Some(nested) => format!("{} in {}: {nested}", event.action, event.experiment),
            None => format!("{} in {}", event.action, event.experiment),
        })
        .collect()
}

#[test]
fn nothing_happens_unless_a_policy_is_set() {
    let (config, tracker) = under(Nesting::Allow);
    let exp = page(&config);
    assert_eq!(
        exp.use_(|| (0, "")).try_(|| inner(&config)).run(),
        (2, "resolved")
    );
    assert_eq!(
        told(&tracker),
        ["assignment in page", "assignment in button"]
    );
}

#[test]
fn the_outer_experiment_tracks_what_ran_inside() {
    let (config, tracker) = under(Nesting::Track);
    let exp = page(&config);
    let value = exp
        .use_(|| 0)
        .try_(|| {
            inner(&config);
            // Asking alone is no run.
            config.experiment("asked", context! {}).variant();
            config.experiment("exposed", context! {}).expose();
            3
        })
        .run();
    assert_eq!(value, 3);
    inner(&config);
    assert_eq!(
        told(&tracker),
        [
            "assignment in page",
            "assignment in button",
            "assignment in exposed",
            "nested in page: button",
            "nested in page: exposed",
            "assignment in button",
        ]
    );
    assert_eq!(config.diagnostics().nested_runs, 0);
}

#[test]
fn each_experiment_tracks_what_ran_directly_inside() {
    let (config, tracker) = under(Nesting::Track);
    let (outer, middle) = (page(&config), config.experiment("middle", context! {}));
    outer
        .use_(|| ())
        .try_(|| {
            middle
                .use_(|| ())
                .try_(|| {
                    inner(&config);
                })
                .run();
        })
        .run();
    let nested: Vec<_> = told(&tracker)
        .into_iter()
        .filter(|line| line.starts_with("nested"))
        .collect();
    assert_eq!(
        nested,
        ["nested in middle: button", "nested in page: middle"]
    );
}

#[test]
fn a_warning_is_counted_and_raised() {
    let (config, tracker) = under(Nesting::Warn);
    page(&config).use_(|| (0, "")).try_(|| inner(&config)).run();
    assert_eq!(
        told(&tracker),
        ["assignment in page", "assignment in button"]
    );
    assert_eq!(config.diagnostics().nested_runs, 1);
}

#[test]
fn a_denied_experiment_runs_its_control_untracked() {
    let (config, tracker) = under(Nesting::Deny);
    let exp = page(&config);
    assert_eq!(
        exp.use_(|| (0, "")).try_(|| inner(&config)).run(),
        (1, "nesting_denied")
    );
    assert_eq!(told(&tracker), ["assignment in page"]);
    assert_eq!(config.diagnostics().nested_runs, 1);
    assert_eq!(inner(&config), (2, "resolved"), "outside again");
}

#[test]
fn a_handle_that_was_settled_outside_is_denied_inside_too() {
    let (config, tracker) = under(Nesting::Deny);
    let (outer, settled) = (page(&config), config.experiment("button", context! {}));
    assert_eq!(settled.use_(|| 1).try_(|| 2).run(), 2);
    let value = outer
        .use_(|| 0)
        .try_(|| settled.use_(|| 1).try_(|| 2).run())
        .run();
    assert_eq!(value, 1);
    settled.track("clicked");
    assert_eq!(
        told(&tracker),
        ["assignment in button", "assignment in page"],
        "what ran is not what was assigned"
    );
}

/// gitlab-experiment loses its place when an error passes through: further nesting is not seen.
#[test]
fn a_panic_that_is_caught_inside_loses_nothing() {
    let (config, _) = under(Nesting::Deny);
    let outer = page(&config);
    let value = outer
        .use_(Vec::new)
        .try_(|| {
            let broken = catch_unwind(AssertUnwindSafe(|| {
                config
                    .experiment("broken", context! {})
                    .use_(|| panic!("control"))
                    .try_(|| ())
                    .run();
            }));
            assert!(broken.is_err());
            vec![inner(&config), inner(&config)]
        })
        .run();
    assert_eq!(value, [(1, "nesting_denied"), (1, "nesting_denied")]);
    assert_eq!(inner(&config), (2, "resolved"));
}

#[test]
fn a_panic_that_leaves_the_outer_behaviour_ends_it() {
    let (config, _) = under(Nesting::Deny);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        page(&config).use_(|| ()).try_(|| panic!("mine")).run();
    }));
    assert!(panicked.is_err());
    assert_eq!(inner(&config), (2, "resolved"));
}

#[test]
fn other_threads_are_outside_unless_they_say_so() {
    let (config, _) = under(Nesting::Deny);
    let outer = page(&config);
    let (free, inside) = outer
        .use_(|| unreachable!("the candidate runs"))
        .try_(|| {
            std::thread::scope(|threads| {
                let free = threads.spawn(|| inner(&config)).join().unwrap();
                let inside = threads
                    .spawn(|| outer.inside(|| inner(&config)))
                    .join()
                    .unwrap();
                (free, inside)
            })
        })
        .run();
    assert_eq!(free, (2, "resolved"));
    assert_eq!(inside, (1, "nesting_denied"));
}

/// Is pending once.
async fn pause() {
    let mut pending = true;
    poll_fn(|_| {
        if std::mem::take(&mut pending) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

#[test]
fn a_future_is_inside_only_while_it_is_polled() {
    let (config, _) = under(Nesting::Deny);
    let outer = page(&config);
    let behaviour = || async {
        let before = inner(&config);
        pause().await;
        (before, inner(&config))
    };
    let mut future = pin!(outer.use_(behaviour).try_(behaviour).run_async());
    let mut polled = Polled::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut polled).is_pending());
    assert_eq!(
        inner(&config),
        (2, "resolved"),
        "another task on the same thread"
    );
    let denied = (1, "nesting_denied");
    assert_eq!(
        future.as_mut().poll(&mut polled),
        Poll::Ready((denied, denied))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_move_between_threads_stay_apart() {
    let (config, tracker) = under(Nesting::Track);
    let tasks: Vec<_> = (0..50)
        .map(|task| {
            let config = config.clone();
            tokio::spawn(async move {
                let outer = config.experiment("page", context! { task: task });
                let behaviour = || async {
                    tokio::task::yield_now().await;
                    let name = format!("inner {task}");
                    config.experiment(name, context! {}).expose();
                    tokio::task::yield_now().await;
                };
                outer.use_(behaviour).try_(behaviour).run_async().await;
                outer.key().clone()
            })
        })
        .collect();
    let mut keys = Vec::new();
    for task in tasks {
        keys.push(task.await.unwrap());
    }
    for (task, key) in keys.iter().enumerate() {
        let events = tracker.events();
        let nested: Vec<_> = events
            .iter()
            .filter(|event| event.action == "nested" && event.key == *key)
            .map(|event| event.properties.get("experiment").unwrap().to_string())
            .collect();
        assert_eq!(nested, [format!("inner {task}")]);
    }
}

#[test]
fn an_experiment_that_does_not_run_has_nothing_inside() {
    let (config, _) = under(Nesting::Deny);
    for outer in [page(&config).enabled(false), page(&config).excluded(true)] {
        let value = outer.use_(|| inner(&config)).try_(|| (0, "")).run();
        assert_eq!(value, (2, "resolved"));
    }
}

#[test]
fn an_experiment_is_not_inside_itself() {
    for policy in [Nesting::Track, Nesting::Warn, Nesting::Deny] {
        let (config, tracker) = under(policy);
        let exp = page(&config);
        let value = exp
            .use_(|| "control")
            .try_(|| {
                exp.expose();
                exp.use_(|| "inner control")
                    .try_(|| "inner candidate")
                    .run()
            })
            .before(|exp| exp.track(variate::Action::ASSIGNMENT))
            .after(|_| {
                exp.expose();
            })
            .run();
        assert_eq!(value, "inner candidate");
        exp.track("clicked");
        assert_eq!(
            told(&tracker),
            ["assignment in page", "clicked in page"],
            "{policy:?}"
        );
        assert_eq!(config.diagnostics().nested_runs, 0);
    }
}

#[test]
fn a_denied_experiment_has_the_payload_of_its_control() {
    let declaration = variate::Declaration::new("button").payload("control", 7);
    let (config, _) = build(
        Config::builder()
            .nesting(Nesting::Deny)
            .resolver(variate::always_candidate())
            .declare(declaration),
    );
    let settled = config.experiment("button", context! {});
    assert_eq!(settled.expose(), "candidate");
    page(&config).inside(|| {
        let exp = config.experiment("button", context! {});
        assert_eq!(exp.expose().payload::<u8>().unwrap(), 7);
        assert_eq!(settled.expose().payload::<u8>().unwrap(), 7);
    });
}

#[test]
fn a_task_is_inside_where_it_says_so() {
    let (config, _) = under(Nesting::Deny);
    let outer = page(&config);
    let mut future = pin!(outer.inside_async(async {
        pause().await;
        inner(&config)
    }));
    let mut polled = Polled::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut polled).is_pending());
    assert_eq!(inner(&config), (2, "resolved"));
    assert_eq!(
        future.as_mut().poll(&mut polled),
        Poll::Ready((1, "nesting_denied"))
    );
}

#[test]
fn a_page_is_not_told_of_a_variant_that_did_not_run() {
    let (config, _) = under(Nesting::Deny);
    let ((), published) = variate::publish(|| {
        let settled = config.experiment("button", context! {});
        settled.expose();
        let missing = config.experiment("missing", context! {});
        missing.expose();
        assert_eq!(missing.use_(|| 1).variant("other", || 2).run(), 1);
        page(&config).inside(|| assert_eq!(settled.use_(|| 1).try_(|| 2).run(), 1));
        page(&config).expose();
    });
    let names: Vec<_> = published
        .iter()
        .map(|one| one.experiment.as_str())
        .collect();
    assert_eq!(names, ["page"]);
}
