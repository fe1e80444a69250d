//! Which configuration is in force.

use std::panic::{AssertUnwindSafe, catch_unwind};

use variate::{Config, config, context, experiment, with_config};

use crate::support::always;

fn prefixed(prefix: &str) -> Config {
    Config::builder().name_prefix(prefix).build().unwrap()
}

fn name() -> String {
    experiment("x", context! {}).name().to_owned()
}

#[test]
fn a_scope_replaces_the_configuration_and_ends() {
    let outer = name();
    let inside = with_config(&prefixed("a"), || {
        assert_eq!(config().experiment("x", context! {}).name(), "a_x");
        name()
    });
    assert_eq!((inside.as_str(), name()), ("a_x", outer));
}

#[test]
fn scopes_nest() {
    with_config(&prefixed("a"), || {
        with_config(&prefixed("b"), || {
            with_config(&prefixed("c"), || assert_eq!(name(), "c_x"));
            assert_eq!(name(), "b_x");
        });
        assert_eq!(name(), "a_x");
    });
}

#[test]
fn a_panic_ends_its_scope() {
    with_config(&prefixed("a"), || {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            with_config(&prefixed("b"), || panic!("{}", name()));
        }));
        assert_eq!(
            panicked.unwrap_err().downcast_ref::<String>().unwrap(),
            "b_x"
        );
        assert_eq!(name(), "a_x");
    });
    assert_eq!(name(), "x");
}

#[test]
fn other_threads_see_the_outer_configuration() {
    with_config(&prefixed("a"), || {
        let elsewhere = std::thread::scope(|scope| scope.spawn(name).join().unwrap());
        assert_eq!(elsewhere, "x");
        let handed_over = config();
        let there =
            std::thread::spawn(move || handed_over.experiment("x", context! {}).name().to_owned());
        assert_eq!(there.join().unwrap(), "a_x");
    });
}

#[test]
fn scopes_of_several_threads_are_apart() {
    let both = std::sync::Barrier::new(2);
    let inside = |prefix: &str| {
        with_config(&prefixed(prefix), || {
            both.wait();
            let name = name();
            both.wait();
            name
        })
    };
    std::thread::scope(|scope| {
        let a = scope.spawn(|| inside("a"));
        let b = scope.spawn(|| inside("b"));
        assert_eq!(
            (a.join().unwrap(), b.join().unwrap()),
            ("a_x".into(), "b_x".into())
        );
    });
}

#[test]
fn an_experiment_keeps_the_configuration_it_was_made_under() {
    let (config, tracker) = always("candidate");
    let exp = with_config(&config, || experiment("x", context! {}));
    drop(config);
    with_config(&prefixed("a"), || {
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
        assert_eq!(exp.clone().name(), "x");
    });
    assert_eq!(tracker.actions(), ["assignment"]);
}

#[test]
fn a_scope_answers_what_it_computes_and_may_borrow() {
    let mut visits = 0;
    let answer = with_config(&Config::default(), || {
        visits += 1;
        "answer"
    });
    assert_eq!((answer, visits), ("answer", 1));
}

#[test]
fn configurations_made_from_one_another_count_together() {
    let (config, _) = always("candidate");
    let clone = config.clone();
    clone.experiment("", context! {}).track("x");
    assert_eq!(config.diagnostics().invalid_names, 1);
    assert_eq!(Config::default().diagnostics().invalid_names, 0);
}
