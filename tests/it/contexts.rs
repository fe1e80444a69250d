//! Contexts: how they are written, what becomes of each kind of value.

mod depth;
#[cfg(feature = "derive")]
mod derived;
mod serialized;
mod values;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use variate::{Canonical, Config, Context, Key, KeyScheme, KeySource, Value, context};

fn key(context: &Context<'_>) -> Key {
    Canonical.key(&KeySource::new("pill", context))
}

fn shown(context: &Context<'_>) -> String {
    format!("{context:?}")
}

#[test]
fn the_macro_takes_every_form_of_a_key() {
    let plan = String::from("computed");
    let ctx = context! {
        user_id: 1,
        type: "admin",
        match: true,
        self: 1,
        r#fn: 2,
        "free text": 3,
        (plan.as_str()): 4,
        (format!("{plan} too")): 5,
        nothing: None::<u8>,
        sum: 1 + 1,
    };
    assert_eq!(
        shown(&ctx),
        "{\"user_id\": 1, \"type\": \"admin\", \"match\": true, \"self\": 1, \"r#fn\": 2, \
         \"free text\": 3, \"computed\": 4, \"computed too\": 5, \"nothing\": null, \"sum\": 2}"
    );
    assert_eq!(context! {}, Context::new());
    assert_eq!(context! { a: 1 }, context! { a: 1, });
}

#[test]
fn keys_keep_their_place_and_later_values_win() {
    for wide in [false, true] {
        let fill = if wide { 0..20 } else { 0..0 };
        let fill: Vec<_> = fill.map(|n| (format!("fill{n}"), Value::from(n))).collect();
        let ctx = context! { b: 1, a: 2, b: 3 };
        assert_eq!(shown(&ctx), r#"{"b": 3, "a": 2}"#);
        let mut ctx: Context<'_> = ctx.iter().map(|(k, v)| (k.to_owned(), v.clone())).collect();
        ctx.extend(fill.clone());
        ctx.extend([("a", 4), ("c", 5)]);
        ctx.insert("b", 6);
        let ctx = ctx.with("c", 7).with("d", 8);
        let narrow: Vec<_> = ctx
            .iter()
            .filter(|(key, _)| !key.starts_with("fill"))
            .map(|(key, value)| (key, value.to_string()))
            .collect();
        let expected = [("b", "6"), ("a", "4"), ("c", "7"), ("d", "8")];
        assert_eq!(narrow, expected.map(|(key, value)| (key, value.to_owned())));
        assert_eq!(ctx.len(), 4 + fill.len());
    }
}

#[test]
fn each_number_of_entries_keeps_all_of_them_in_order() {
    for count in 0..40_usize {
        let names: Vec<_> = (0..count).map(|n| format!("k{}", count - n)).collect();
        let mut one_by_one = Context::new();
        for (place, name) in names.iter().enumerate() {
            one_by_one = one_by_one.with(name, place);
            assert_eq!(one_by_one.len(), place + 1);
        }
        let collected: Context<'_> = names.iter().map(String::as_str).zip(0_usize..).collect();
        assert_eq!(one_by_one, collected);
        assert_eq!(one_by_one.is_empty(), count == 0);
        let order: Vec<_> = one_by_one.iter().map(|(key, _)| key).collect();
        assert_eq!(order, names);
        for (place, name) in names.iter().enumerate() {
            assert_eq!(one_by_one.get(name), Some(&place.into()));
            let replaced = one_by_one.clone().with(name, "new");
            let changed = replaced
                .iter()
                .zip(one_by_one.iter())
                .filter(|(a, b)| a != b);
            assert_eq!((replaced.len(), changed.count()), (count, 1));
        }
        assert_eq!(one_by_one.get("missing"), None);
        assert_eq!(key(&one_by_one.clone().into_owned()), key(&one_by_one));
    }
}

#[test]
fn pairs_and_maps_become_contexts() {
    let expected = context! { a: 1, b: 2 };
    let pairs = [("a", 1), ("b", 2)];
    assert_eq!(Context::from(pairs), expected);
    assert_eq!(Context::from(pairs.to_vec()), expected);
    assert_eq!(Context::from(BTreeMap::from(pairs)), expected);
    assert_eq!(key(&Context::from(HashMap::from(pairs))), key(&expected));
    assert_eq!(pairs.into_iter().collect::<Context<'_>>(), expected);
    let owned = pairs.map(|(name, n)| (name.to_owned(), n));
    assert_eq!(Context::from(owned), expected);
    let cows = pairs.map(|(name, n)| (Cow::Borrowed(name), n));
    assert_eq!(Context::from(cows), expected);
}

#[test]
fn an_experiment_takes_contexts_and_pairs() {
    let config = Config::default();
    let ctx = context! { a: 1 };
    let expected = key(&ctx);
    assert_eq!(config.experiment("pill", &ctx).key(), &expected);
    assert_eq!(config.experiment("pill", ctx.clone()).key(), &expected);
    assert_eq!(config.experiment("pill", [("a", 1)]).key(), &expected);
    let more = config
        .experiment("pill", [("a", 0)])
        .context([("b", 2)])
        .context(&ctx);
    assert_eq!(more.key(), &key(&context! { a: 1, b: 2 }));
}

#[test]
fn merging_replaces_in_place_and_adds_behind() {
    let merged = context! { a: 1, b: 2 }.merged(&context! { c: 3, a: 4 });
    assert_eq!(shown(&merged), r#"{"a": 4, "b": 2, "c": 3}"#);
}

#[test]
fn contexts_differ_by_their_order_and_keys_do_not() {
    let (one, other) = (context! { a: 1, b: 2 }, context! { b: 2, a: 1 });
    assert_ne!(one, other);
    assert_eq!(key(&one), key(&other));
}

#[test]
fn wide_contexts_and_maps_do_not_cost_their_square() {
    const WIDE: usize = 100_000;
    let entries = || (0..WIDE).map(|n| (format!("key {n}"), n));
    let twice = || entries().chain(entries());
    let ctx: Context<'_> = twice().collect();
    let map = Value::map(twice());
    assert_eq!(ctx.len(), WIDE);
    let as_context = key(&ctx);
    let as_value = context! { v: &map };
    assert_ne!(as_context, key(&as_value));
    let json = serde_json::to_string(&ctx).unwrap();
    let back: Context<'_> = serde_json::from_str(&json).unwrap();
    assert_eq!(key(&back), as_context);
    assert_eq!(key(&Context::from_serialize(&ctx).unwrap()), as_context);
    assert_eq!(key(&ctx.clone().into_owned()), as_context);
    assert_eq!(key(&ctx.merged(&ctx)), as_context);
}
