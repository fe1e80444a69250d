//! The hot path asks the heap for nothing.
//!
//! The counter counts for each thread apart, so that tests do not disturb one another.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::hint::black_box;

use allocation_counter::measure;
use variate::{
    Action, Config, Context, Declaration, Holdout, Keyed, Layer, LogTracker, NoTracker, Percent,
    Tracker, Unit, Value, always_candidate, context, experiment, init,
};

/// How many allocations `work` makes, asserted to be none each time.
fn assert_none(what: &str, mut work: impl FnMut()) {
    for _ in 0..3 {
        let allocations = measure(&mut work).count_total;
        assert_eq!(allocations, 0, "{what}");
    }
}

fn with_tracker(tracker: impl Tracker + 'static) -> Config {
    Config::builder().tracker(tracker).build().unwrap()
}

fn run(config: &Config, context: Context<'_>) -> u8 {
    config
        .experiment("pill_color", context)
        .use_(|| 1)
        .variant("red", || 2)
        .variant("blue", || 3)
        .run()
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
    let config = with_tracker(NoTracker::new());
    // A fifth entry is one too many for the stack.
    let five = || context! { a: 1, b: 2, c: 3, d: 4, e: 5 };
    assert!(measure(|| _ = black_box(run(&config, five()))).count_total > 0);
}

#[test]
fn a_run_with_up_to_four_scalars_or_borrowed_texts() {
    let text = String::from("a text of the caller's, longer than any that fits into a word or two");
    let id = uuid::Uuid::from_u128(7);
    for (name, config) in [
        ("no tracker", with_tracker(NoTracker::new())),
        ("log without a subscriber", with_tracker(LogTracker::new())),
        ("the default", Config::default()),
    ] {
        let run = |ctx: Context<'_>| {
            black_box(run(&config, black_box(ctx)));
        };
        for n in 0..20 {
            assert_none(name, || run(context! {}));
            assert_none(name, || run(context! { user_id: n }));
            assert_none(name, || run(context! { user_id: n, plan: "pro" }));
            assert_none(name, || run(context! { user_id: n, name: &text, id: id }));
            assert_none(name, || {
                run(context! { a: n, b: &text, c: Value::null(), d: -0.1 });
            });
            assert_none(name, || {
                run(context! { a: true, b: u128::MAX, c: i64::MIN, d: Some(&text) });
            });
            assert_none(name, || run(context! { a: 1, a: 2, b: Value::symbol("x") }));
        }
    }
}

/// Names that are not in the program's text, as a catalogue's are not.
fn declared() -> Config {
    fn is_staff(unit: &Unit<'_>) -> bool {
        unit.context().get("staff").is_some()
    }
    fn is_vip(unit: &Unit<'_>) -> bool {
        unit.context().get("vip").is_some()
    }
    let declaration = |name: &str, range| {
        Declaration::new(name)
            .variants(["red", "blue"].map(str::to_owned))
            .payload("red", context! { colour: "#f00" })
            .exclude(is_staff)
            .segment(String::from("blue"), is_vip)
            .layer("checkout", range)
            .holdout("q4")
            .traffic(90)
            .seed("2026-11")
    };
    Config::builder()
        .tracker(NoTracker::new())
        .layer(Layer::new("checkout").unit("user_id"))
        .holdout(Holdout::new("q4", 5).unit("user_id"))
        .declare(declaration("pill_color", 0..60))
        .declare(declaration("other", 60..100))
        .build()
        .unwrap()
}

#[test]
fn a_run_of_a_declared_experiment_wherever_its_decision_ends() {
    let config = declared();
    for n in 0..200 {
        assert_none("declared", || {
            black_box(run(&config, context! { user_id: n }));
        });
        assert_none("declared, in a segment", || {
            black_box(run(&config, context! { user_id: n, vip: true }));
        });
        assert_none("declared, excluded", || {
            black_box(run(&config, context! { user_id: n, staff: true }));
        });
        assert_none("declared, asked and tracked elsewhere", || {
            let exp = config.experiment("other", context! { user_id: n });
            exp.track("clicked");
            black_box(exp.expose());
        });
    }
}

#[test]
fn a_run_on_a_borrowed_context_of_any_size() {
    let config = with_tracker(NoTracker::new());
    let wide: Context<'_> = ["a", "b", "c", "d", "e", "f", "g", "h"]
        .into_iter()
        .zip(0..)
        .collect();
    assert_none("eight entries", || {
        let exp = config.experiment("pill_color", &wide);
        black_box(exp.use_(|| 1).try_(|| 2).run());
    });
}

#[test]
fn a_warm_run_and_a_track() {
    for config in [
        with_tracker(NoTracker::new()),
        with_tracker(LogTracker::new()),
    ] {
        let exp = config.experiment("pill_color", context! { user_id: 42 });
        let run = || {
            black_box(exp.use_(|| 1).try_(|| 2).run());
        };
        run();
        assert_none("a warm run", run);
        assert_none("a track", || exp.track("swallowed"));
        assert_none("a track with a value", || {
            exp.track(Action::new("bought").value(9.99));
        });
        assert_none("an exposure", || {
            black_box(exp.expose());
        });
        assert_none("key and variant", || {
            black_box((
                exp.key(),
                exp.variant(),
                exp.assignment(),
                exp.migration_keys(),
            ));
        });
    }
}

#[test]
fn a_first_track_and_a_first_question() {
    let config = with_tracker(NoTracker::new());
    assert_none("a track on a new handle", || {
        config
            .experiment("pill_color", context! { user_id: 42 })
            .track("swallowed");
    });
    assert_none("a variant", || {
        black_box(
            config
                .experiment("pill_color", context! { user_id: 42 })
                .variant(),
        );
    });
}

#[test]
fn other_schemes_and_rollouts() {
    let keyed = Keyed::new("sixteen bytes ok").unwrap();
    for builder in [
        Config::builder().key_scheme(keyed),
        Config::builder().resolver(Percent::new([50, 50]).unwrap()),
        Config::builder().resolver(always_candidate()),
        Config::builder().declare(Declaration::new("pill_color")),
    ] {
        let config = builder.tracker(NoTracker::new()).build().unwrap();
        assert_none("a run", || {
            let exp = config.experiment("pill_color", context! { user_id: 42 });
            black_box(exp.use_(|| 1).try_(|| 2).run());
        });
    }
}

#[test]
fn a_run_under_the_installed_configuration() {
    init(with_tracker(NoTracker::new())).unwrap();
    assert_none("the global function", || {
        black_box(
            experiment("pill_color", context! { user_id: 42 })
                .use_(|| 1)
                .try_(|| 2)
                .run(),
        );
    });
}

#[test]
fn conditions_and_a_catalogue_that_may_be_read_again() {
    use variate::{Condition, Declaration};

    let never = Condition::equals("plan", "staff")
        | Condition::is_in("id", [-1, -2])
        | Condition::greater("id", u64::MAX)
        | (Condition::prefix("plan", "st") & Condition::present("id"))
        | Condition::percent_of("id", 0).unwrap()
        | Condition::not_in("plan", ["free", "pro"]);
    let declaration = || {
        Declaration::new("pill_color")
            .variants(["red", "blue"])
            .exclude(never.clone())
            .segment("red", never.clone())
    };
    let builder = || Config::builder().tracker(NoTracker::new());
    let config = builder().declare(declaration()).build().unwrap();
    assert_none("conditions", || {
        black_box(run(&config, context! { id: 7.5, plan: "pro" }));
    });
    #[cfg(feature = "catalogue")]
    {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalogue.toml");
        let text = "[experiments.pill_color]\nvariants = [\"red\", \"blue\"]\n\
                    exclude = { key = \"plan\", matches = \"^staff$\" }\n\
                    segments = { variant = \"red\", when = { key = \"app\", version = \">=3\" } }";
        std::fs::write(&file, text).unwrap();
        let config = builder().catalogue_file(file).build().unwrap();
        let visitor = || context! { id: 7, plan: "pro", app: "2.3" };
        // A thread's first use of a regular expression, and of a list of declarations, makes what it keeps.
        run(&config, visitor());
        assert_none("a catalogue file", || {
            black_box(run(&config, visitor()));
        });
    }
}
