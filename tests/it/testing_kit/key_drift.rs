//! One logical unit under several keys.

use variate::{Config, context, experiment, testing};

use super::message;
use crate::support::build;

#[test]
fn one_context_everywhere_is_one_key() {
    let events = testing::record();
    for _ in 0..2 {
        experiment("pill", context! { user_id: 42, plan: "pro" }).expose();
        experiment("pill", context! { plan: "pro", user_id: 42 }).track("swallowed");
    }
    events.assert_one_key("pill");
    events.assert_one_key_per("user_id");
}

#[test]
fn a_context_that_drifts_is_told_with_its_difference() {
    let events = testing::record();
    experiment("pill", context! { user_id: 42, plan: "pro" }).expose();
    experiment(
        "pill",
        context! { user_id: 42, plan: "free", country: "DE" },
    )
    .track("swallowed");
    experiment(
        "pill",
        context! { user_id: 42, plan: "free", country: "DE" },
    )
    .track("refused");
    let told = message(|| events.assert_one_key("pill"));
    assert!(
        told.starts_with("`pill` was tracked under 2 keys, and not under one key\n"),
        "{told}"
    );
    assert!(told.contains("\n  `country`: missing, \"DE\"\n"), "{told}");
    assert!(told.contains("\n  `plan`: \"pro\", \"free\"\n"), "{told}");
    assert!(!told.contains("`user_id`:"), "{told}");
    assert!(told.contains("swallowed, refused\n"), "{told}");
    assert!(told.contains("migrated_from"), "{told}");
    let told = message(|| events.assert_one_key_per("user_id"));
    assert!(
        told.starts_with("`pill` was tracked under 2 keys for one `user_id`, 42\n"),
        "{told}"
    );
    events.assert_keys("pill", 2);
}

#[test]
fn migration_keys_are_the_same_unit() {
    let events = testing::record();
    let former = || context! { version: 1 };
    let latest = || context! { version: 3 };
    experiment("pill", latest())
        .migrated_from(context! { version: 2 })
        .expose();
    experiment("pill", former()).expose();
    events.assert_keys("pill", 2);
    // What connects two units makes them one.
    experiment("pill", context! { version: 2 })
        .migrated_from(former())
        .track("swallowed");
    events.assert_one_key("pill");
}

#[test]
fn several_units_are_counted_and_kept_apart() {
    let events = testing::record();
    for user_id in 0..3 {
        experiment("pill", context! { user_id: user_id }).track("swallowed");
        experiment("button", context! { user_id: user_id }).track("clicked");
    }
    events.assert_keys("pill", 3);
    events.assert_one_key_per("user_id");
    assert!(
        message(|| events.assert_keys("pill", 2))
            .starts_with("`pill` was tracked under 3 keys, and not under 2 keys")
    );
    experiment("button", context! {}).track("clicked");
    let told = message(|| events.assert_one_key_per("user_id"));
    assert!(
        told.starts_with("`button` was tracked without `user_id` in its context\n"),
        "{told}"
    );
}

#[test]
fn an_experiment_that_was_not_tracked_has_no_key() {
    let events = testing::record();
    let told = message(|| events.assert_one_key("pill"));
    assert!(
        told.starts_with("`pill` was tracked under no key, and not under one key"),
        "{told}"
    );
}

#[test]
fn the_prefix_is_no_matter() {
    let events = testing::record();
    let (config, _) = build(Config::builder().name_prefix("shop"));
    config.experiment("pill", context! {}).track("swallowed");
    events.assert_one_key("pill");
    events.assert_one_key("shop_pill");
}
