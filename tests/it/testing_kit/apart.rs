//! Tests that run at the same time, and what they start.

use std::sync::Barrier;

use tokio::runtime::Builder;
use variate::testing::{self, Scope};
use variate::{assert_exposed, assert_not_tracked, context, experiment};

use crate::support::together;

fn pill() -> &'static str {
    experiment("pill", context! { user_id: 42 })
        .use_(|| "grey")
        .variant("red", || "red")
        .variant("blue", || "blue")
        .run()
}

/// A pill that takes its time, on whatever thread it comes to.
async fn slow_pill() -> &'static str {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    pill()
}

#[test]
fn parallel_tests_do_not_see_each_other() {
    let variants = ["control", "red", "blue"];
    let pills = together(6, 200, |thread, round| {
        let variant = variants[(thread + round) % 3];
        let events = testing::record();
        let _stub = testing::stub("pill", variant);
        let pill = pill();
        assert_exposed!(events, "pill", variant = variant, once);
        assert_eq!(events.all().len(), 1);
        (variant, pill)
    });
    for (variant, pill) in pills.into_iter().flatten() {
        assert_eq!(
            pill,
            if variant == "control" {
                "grey"
            } else {
                variant
            }
        );
    }
}

#[test]
fn a_thread_sees_nothing_unless_it_enters() {
    let events = testing::record();
    let _stub = testing::excluded("pill");
    let scope = Scope::current();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let own = testing::record();
            pill();
            assert_exposed!(own, "pill", once);
            scope.enter(|| assert_eq!(pill(), "grey"));
            assert_exposed!(own, "pill", once);
        });
    });
    assert_not_tracked!(events);
}

#[test]
fn a_scope_is_shared_and_not_copied() {
    let scope = Scope::current();
    let steps = Barrier::new(2);
    let next = || {
        steps.wait();
        steps.wait();
    };
    std::thread::scope(|threads| {
        let thread = threads.spawn(|| {
            scope.enter(|| {
                let mut pills = Vec::new();
                for _ in 0..2 {
                    next();
                    pills.push(pill());
                }
                let _stub = testing::stub("button", "green");
                next();
                next();
                pills
            })
        });
        for variant in ["red", "blue"] {
            steps.wait();
            let stub = testing::stub("pill", variant);
            steps.wait();
            // It stays until the thread is at the next step.
            std::mem::forget(stub);
        }
        steps.wait();
        let label = experiment("button", context! {})
            .use_(|| 1)
            .variant("green", || 2)
            .run();
        steps.wait();
        next();
        assert_eq!((thread.join().unwrap(), label), (vec!["red", "blue"], 2));
    });
}

#[test]
fn an_entered_scope_replaces_the_outer_one_and_ends_with_a_panic() {
    let _stub = testing::stub("pill", "red");
    let scope = Scope::new();
    scope.enter(|| {
        let _stub = testing::stub("pill", "blue");
        assert_eq!(pill(), "blue");
        Scope::new().enter(|| drop(testing::stub("pill", "control")));
        assert_eq!(pill(), "blue");
    });
    super::message(|| scope.enter(|| panic!("out")));
    assert_eq!(pill(), "red");
}

#[test]
fn a_guard_may_be_dropped_on_another_thread() {
    let events = testing::record();
    let stub = testing::stub("pill", "red");
    std::thread::spawn(move || drop(stub)).join().unwrap();
    let _none = testing::excluded("pill");
    assert_eq!(pill(), "grey");
    assert_not_tracked!(events);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn spawned_tasks_take_the_scope_along() {
    let events = testing::record();
    let _stub = testing::stub("pill", "red");
    let scope = Scope::current();
    let tasks: Vec<_> = (0..50)
        .map(|_| tokio::spawn(scope.attach(slow_pill())))
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "red");
    }
    assert_exposed!(events, "pill", variant = "red", times = 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_with_scopes_of_their_own_do_not_see_each_other() {
    let variants = ["red", "blue", "control"];
    let tasks: Vec<_> = (0..60)
        .map(|task| {
            let variant = variants[task % 3];
            tokio::spawn(Scope::new().attach(async move {
                let events = testing::record();
                let _stub = testing::stub("pill", variant);
                let pill = slow_pill().await;
                assert_exposed!(events, "pill", variant = variant, once);
                (variant, pill)
            }))
        })
        .collect();
    for task in tasks {
        let (variant, pill) = task.await.unwrap();
        assert_eq!(
            pill,
            if variant == "control" {
                "grey"
            } else {
                variant
            }
        );
    }
}

#[tokio::test]
async fn a_runtime_on_one_thread_needs_nothing() {
    let events = testing::record();
    let _stub = testing::stub("pill", "red");
    assert_eq!(tokio::spawn(slow_pill()).await.unwrap(), "red");
    assert_exposed!(events, "pill", once);
}

#[test]
fn a_runtime_whose_threads_adopt_the_scope_has_it_in_every_task() {
    let events = testing::record();
    let scope = Scope::current();
    let runtime = Builder::new_multi_thread()
        .worker_threads(3)
        .on_thread_start(move || scope.adopt())
        .build()
        .unwrap();
    let _stub = testing::stub("pill", "red");
    let inner = async {
        let blocking = tokio::task::spawn_blocking(pill);
        let task = tokio::spawn(async { tokio::spawn(slow_pill()).await.unwrap() });
        (blocking.await.unwrap(), task.await.unwrap())
    };
    assert_eq!(runtime.block_on(inner), ("red", "red"));
    assert_exposed!(events, "pill", times = 2);
}

#[test]
fn a_thread_that_shuts_down_finds_nothing_and_breaks_nothing() {
    struct AtTheEnd;
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let _stub = testing::stub("pill", "red");
            pill();
        }
    }
    thread_local! {
        static AT_THE_END: AtTheEnd = const { AtTheEnd };
    }
    let _stub = testing::stub("pill", "red");
    std::thread::spawn(|| {
        AT_THE_END.with(|_| ());
        drop(testing::record());
    })
    .join()
    .unwrap();
}
