//! How an application that embeds experiments is tested: stub the variant, run the code, assert what was tracked.
//! `cargo run --features testing --example testing_kit`
use std::panic::catch_unwind;
use std::time::Duration;

use variate::testing::{self, FakeClock, Scope, SeededRandomness};
use variate::{
    Action, Config, ConfigError, Declaration, Percent, Random, Variant, assert_exposed,
    assert_not_tracked, assert_tracked, assert_tracked_in_order, context, experiment,
};

/// The application's own code; it knows nothing of tests.
fn cancellation_page(user_id: u64) -> &'static str {
    experiment("cancellation", context! { user_id: user_id })
        .use_(|| "a toggle")
        .variant("button", || "a button")
        .run()
}

fn cancel(user_id: u64, months_left: f64) {
    experiment("cancellation", context! { user_id: user_id })
        .track(Action::new("cancelled").value(months_left));
}

// #[test]
fn each_variant_has_its_page() {
    for (variant, page) in [("control", "a toggle"), ("button", "a button")] {
        let events = testing::record();
        let _stub = testing::stub("cancellation", variant);

        assert_eq!(cancellation_page(42), page);
        cancel(42, 3.0);

        assert_tracked_in_order!(
            events,
            [
                ("cancellation", "assignment", variant = variant),
                ("cancellation", "cancelled", variant = variant, value = 3),
            ]
        );
        events.assert_one_key("cancellation");
    }
}

// #[test]
fn who_is_excluded_is_not_tracked() {
    let events = testing::record();
    let _stub = testing::excluded("cancellation");
    assert_eq!(cancellation_page(42), "a toggle");
    assert_not_tracked!(events, "cancellation");
}

// #[test]
fn threads_take_the_scope_along() {
    let events = testing::record();
    let _stub = testing::stub("cancellation", "button");
    let scope = Scope::current();
    let page = std::thread::spawn(move || scope.enter(|| cancellation_page(42)));
    assert_eq!(page.join().ok(), Some("a button"));
    assert_exposed!(events, "cancellation", once);
}

type Tested = Result<(), Box<dyn std::error::Error>>;

// #[test]
fn a_tenth_of_the_units_gets_the_button() -> Tested {
    let rollout = Percent::named([("control", 90), ("button", 10)])?;
    let config = Config::builder().resolver(rollout).build()?;
    let shares = [("control", 90.0), ("button", 10.0)];
    testing::assert_distribution(&config, "cancellation", 100_000, &shares);
    Ok(())
}

// #[test]
fn it_is_over_after_a_week() -> Tested {
    let week = Duration::from_hours(7 * 24);
    let clock = FakeClock::new();
    let config = Config::builder()
        .clock(clock.clone())
        .declare(Declaration::new("cancellation").ends(clock.now() + week))
        .build()?;
    let reason = || {
        let exp = config.experiment("cancellation", context! { user_id: 42 });
        exp.assignment().reason().code()
    };
    assert_eq!(reason(), "resolved");
    clock.advance(week);
    assert_eq!(reason(), "ended");
    Ok(())
}

// #[test]
fn chance_repeats_itself() -> Tested {
    let variants = || -> Result<Vec<Variant>, ConfigError> {
        let config = Config::builder()
            .resolver(Random::new())
            .randomness(SeededRandomness::new(7))
            .build()?;
        let variant = |id| {
            let exp = config
                .experiment("cancellation", context! { user_id: id })
                .with_variants(["button"]);
            exp.variant().clone()
        };
        Ok((0..10).map(variant).collect())
    };
    assert_eq!(variants()?, variants()?);
    Ok(())
}

// #[test]
fn this_one_fails() {
    let events = testing::record();
    let _stub = testing::stub("cancellation", "button");
    cancellation_page(42);
    cancel(42, 3.0);
    assert_tracked!(events, "cancellation", "cancelled", value = 4);
}

fn main() -> Tested {
    each_variant_has_its_page();
    who_is_excluded_is_not_tracked();
    threads_take_the_scope_along();
    a_tenth_of_the_units_gets_the_button()?;
    it_is_over_after_a_week()?;
    chance_repeats_itself()?;
    println!("six tests pass, and one fails:");
    std::panic::set_hook(Box::new(|panic| {
        println!("{}", panic.payload_as_str().unwrap_or_default());
    }));
    assert!(catch_unwind(this_one_fails).is_err());
    Ok(())
}
