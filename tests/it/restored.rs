//! Experiences that go on where their context is not at hand.

use variate::{Config, Signature, context};

use crate::support::{always, build};

#[test]
fn a_restored_experience_tracks_as_the_one_it_was_made_of() {
    let (config, tracker) = always("red");
    let exp = config
        .experiment("pill", context! { user_id: 42 })
        .migrated_from(context! { user_id: 0 })
        .with_variants(["red"]);
    exp.expose();
    let text = serde_json::to_string(&exp.signature()).unwrap();
    let signature: Signature = serde_json::from_str(&text).unwrap();

    let (elsewhere, far) = build(Config::builder().resolver(variate::always_control()));
    let restored = elsewhere.restore(&signature);
    assert_eq!(restored.use_(|| 1).variant("red", || 2).run(), 2);
    restored.track("delivered");
    assert_eq!(
        far.actions(),
        ["delivered"],
        "the exposure was tracked where it happened"
    );
    let (first, then) = (&tracker.events()[0], &far.events()[0]);
    assert_eq!(
        (&first.key, &first.variant, &first.migration_keys),
        (&then.key, &then.variant, &then.migration_keys)
    );
    assert_eq!(then.reason, "restored");
    assert_eq!(restored.signature(), signature);
    assert_eq!(restored.explain().steps.len(), 1);
}

#[test]
fn a_restored_handle_is_cloned_and_owned_as_any_other() {
    let (config, tracker) = always("red");
    let signature = config
        .experiment("pill", context! { user_id: 42 })
        .with_variants(["red"])
        .signature();
    let owned = config.restore(&signature).clone().into_owned();
    owned.track("clicked");
    assert_eq!(tracker.events()[0].key, signature.key);
    assert_eq!(tracker.events()[0].variant, "red");
}
