//! Values of any depth: no input exhausts the stack, and what lies deep still counts.

use variate::{Canonical, Config, GitlabV0, KeyScheme, KeySource, MemoryTracker, Value, context};

use super::key;
use crate::support::nested;

const DEEP: usize = 100_000;

fn nested_maps(levels: usize, seed: &'static str) -> Value<'static> {
    (0..levels).fold(seed.into(), |inner, _| Value::map([("k", inner)]))
}

fn nested_keys(levels: usize, seed: &'static str) -> Value<'static> {
    (0..levels).fold(seed.into(), |inner, _| Value::map([(inner, 1)]))
}

#[test]
fn whatever_is_done_with_a_deep_value_returns() {
    for deep in [
        nested(DEEP, 1.into()),
        nested_maps(DEEP, "a"),
        nested_keys(140, "a"),
    ] {
        let ctx = context! { v: deep.clone() };
        assert_eq!(key(&ctx), key(&context! { v: &deep }));
        assert_eq!(deep, deep.clone());
        let owned = deep.clone().into_owned();
        assert_eq!(
            format!("{owned} {owned:?}").is_empty(),
            deep.to_string().is_empty()
        );
        GitlabV0.key(&KeySource::new("pill", &ctx));
        Canonical.key(&KeySource::new("pill", &ctx).sticky_to(&deep));
        let exp = Config::default().experiment("pill", &ctx).into_owned();
        assert_eq!(exp.explain().signature.key, *exp.key());
        drop((exp, owned));
        serde_json::to_string(&ctx).unwrap();
    }
}

#[test]
fn what_differs_only_at_the_bottom_has_another_key() {
    for depth in [1, 126, 127, 128, 129, 130, 255, 256, 257, 1000, DEEP] {
        let key_of = |value: Value<'static>| key(&context! { v: value });
        let keys = [
            key_of(nested(depth, 1.into())),
            key_of(nested(depth, 2.into())),
            key_of(nested(depth, Value::null())),
            key_of(nested(depth + 1, 1.into())),
            key_of(nested_maps(depth, "1")),
            key_of(nested_maps(depth, "2")),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len(), "{depth} levels");
        assert_eq!(keys[0], key_of(nested(depth, "1".into())), "{depth} levels");
    }
}

#[test]
fn a_deep_event_goes_over_a_wire_and_back() {
    let tracker = MemoryTracker::new();
    let config = Config::builder().tracker(tracker.clone()).build().unwrap();
    let exp = config.experiment("pill", context! {});
    for deep in [
        nested(DEEP, 1.into()),
        nested(120, 1.into()),
        nested_maps(DEEP, "a"),
    ] {
        exp.track(variate::Action::new("did").property("deep", deep));
    }
    for event in tracker.events() {
        // As a batch of events would be sent, one level deeper still.
        let json = serde_json::to_string(&[&event]).unwrap();
        let back: Vec<variate::EventRecord> = serde_json::from_str(&json).unwrap();
        assert_eq!(back[0].properties, event.properties);
    }
}
