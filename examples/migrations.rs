//! A context that changes, and units that stay who they were: keys of former contexts go along.
//! `cargo run --example migrations`
use variate::{context, experiment};

fn main() {
    let before = experiment("onboarding", context! { user_id: 42, version: 1 });

    // The version is bumped: a new key, with the former one beside it.
    let bumped = experiment("onboarding", context! { user_id: 42, version: 2 })
        .migrated_with(context! { version: 1 });

    // The context is made of something else altogether, after a bump and before an account.
    let moved = experiment("onboarding", context! { account_id: 7 })
        .migrated_from(context! { user_id: 42, version: 1 })
        .migrated_from(context! { cookie: "c7f1" });

    for exp in [&before, &bumped, &moved] {
        println!("{:?}", exp.signature());
    }
    assert_eq!(bumped.migration_keys(), [before.key().clone()]);
    assert_eq!(moved.migration_keys().first(), Some(before.key()));
    println!("both know the unit by its first key, {}", before.key());
}
