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
    for depth in [1, 62, 63, 64, 65, 66, 127, 128, 129, 255, 1000, DEEP] {
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
    // Every depth: what is too deep begins anew, so that only some of them reach the bound.
    for levels in (1..300).chain([DEEP]) {
        for deep in [nested(levels, 1.into()), nested_maps(levels, "a")] {
            exp.track(variate::Action::new("did").property("deep", deep));
        }
    }
    for event in tracker.events() {
        // As a batch of events would be sent, one level deeper still.
        let json = serde_json::to_string(&[&event]).unwrap();
        let back: Vec<variate::EventRecord> = serde_json::from_str(&json).unwrap();
        assert_eq!(back[0].properties, event.properties);
    }
}

/// A list of itself, so many levels deep.
struct Nest(usize);

impl serde::Serialize for Nest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == 0 {
            serializer.serialize_u8(1)
        } else {
            serializer.collect_seq([Self(self.0 - 1)])
        }
    }
}

#[test]
fn a_source_that_is_too_deep_is_an_error() {
    let context = |levels| {
        variate::Context::from_serialize(&std::collections::BTreeMap::from([("v", Nest(levels))]))
    };
    assert!(context(127).is_ok());
    for levels in [128, DEEP] {
        assert_eq!(
            context(levels).unwrap_err().to_string(),
            "the value nests deeper than 128 levels: make it flatter"
        );
    }
}
