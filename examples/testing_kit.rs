//! How an application that embeds experiments is tested: stub the variant, run the code, assert what was tracked.
//! `cargo run --features testing --example testing_kit`
use std::panic::catch_unwind;

use variate::testing::{self, Scope};
use variate::{
    Action, assert_exposed, assert_not_tracked, assert_tracked, assert_tracked_in_order, context,
    experiment,
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

// #[test]
fn this_one_fails() {
    let events = testing::record();
    let _stub = testing::stub("cancellation", "button");
    cancellation_page(42);
    cancel(42, 3.0);
    assert_tracked!(events, "cancellation", "cancelled", value = 4);
}

fn main() {
    each_variant_has_its_page();
    who_is_excluded_is_not_tracked();
    threads_take_the_scope_along();
    println!("three tests pass, and one fails:");
    std::panic::set_hook(Box::new(|panic| {
        println!("{}", panic.payload_as_str().unwrap_or_default());
    }));
    assert!(catch_unwind(this_one_fails).is_err());
}
