//! Contexts out of what serialises, and contexts that serialise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use uuid::Uuid;
use variate::{Context, ContextError, Value, context};

use super::{key, shown};

#[derive(Serialize)]
enum Plan {
    Free,
    Team(u8),
    Pair(u8, u8),
    Custom { seats: u8 },
}

#[derive(Serialize)]
struct Id(u64);

#[derive(Serialize)]
struct Unit;

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&[1, 2])
    }
}

#[test]
fn everything_that_serialises_has_its_value() {
    #[derive(Serialize)]
    struct Everything {
        flag: bool,
        small: i8,
        low: i128,
        high: u128,
        float: f64,
        narrow: f32,
        letter: char,
        text: &'static str,
        some: Option<u8>,
        none: Option<u8>,
        unit: Unit,
        newtype: Id,
        tuple: (u8, &'static str),
        bytes: Bytes,
        list: Vec<Option<u8>>,
        map: BTreeMap<i32, bool>,
        unit_variant: Plan,
        newtype_variant: Plan,
        tuple_variant: Plan,
        struct_variant: Plan,
        id: Uuid,
    }
    let ctx = Context::from_serialize(&Everything {
        flag: true,
        small: -1,
        low: i128::MIN,
        high: u128::MAX,
        float: 0.5,
        narrow: 0.1,
        letter: 'x',
        text: "a",
        some: Some(1),
        none: None,
        unit: Unit,
        newtype: Id(7),
        tuple: (1, "b"),
        bytes: Bytes,
        list: vec![Some(1), None],
        map: [(2, true), (-1, false)].into(),
        unit_variant: Plan::Free,
        newtype_variant: Plan::Team(3),
        tuple_variant: Plan::Pair(4, 5),
        struct_variant: Plan::Custom { seats: 6 },
        id: Uuid::from_u128(7),
    })
    .unwrap();
    let expected = context! {
        flag: true,
        small: -1,
        low: i128::MIN,
        high: u128::MAX,
        float: 0.5,
        narrow: 0.1,
        letter: "x",
        text: "a",
        some: 1,
        none: Value::null(),
        unit: Value::null(),
        newtype: 7,
        tuple: Value::list([Value::from(1), "b".into()]),
        bytes: [1, 2],
        list: [Some(1), None],
        map: Value::map([(-1, false), (2, true)]),
        unit_variant: Value::symbol("Free"),
        newtype_variant: Value::map([(Value::symbol("Team"), 3)]),
        tuple_variant: Value::map([(Value::symbol("Pair"), [4, 5])]),
        struct_variant: Value::map([
            (Value::symbol("Custom"), Value::map([(Value::symbol("seats"), 6)])),
        ]),
        id: "00000000-0000-0000-0000-000000000007",
    };
    assert_eq!(ctx, expected);
}

#[test]
fn maps_and_nested_structs_become_contexts() {
    #[derive(Serialize)]
    struct Outer {
        inner: Inner,
    }
    #[derive(Serialize)]
    struct Inner {
        n: u8,
    }
    let ctx = Context::from_serialize(&Outer {
        inner: Inner { n: 1 },
    })
    .unwrap();
    assert_eq!(
        ctx.get("inner"),
        Some(&Value::map([(Value::symbol("n"), 1)]))
    );
    let map = BTreeMap::from([(1, "a"), (10, "b"), (2, "c")]);
    assert_eq!(
        shown(&Context::from_serialize(&map).unwrap()),
        r#"{"1": "a", "2": "c", "10": "b"}"#
    );
    let json = json!({ "b": [1, { "c": null }], "a": 1.5 });
    assert_eq!(
        key(&Context::from_serialize(&json).unwrap()),
        key(&serde_json::from_value(json).unwrap())
    );
    assert_eq!(
        Context::from_serialize(&Plan::Custom { seats: 1 })
            .unwrap()
            .len(),
        1
    );
    assert_eq!(Context::from_serialize(&Some(map)).unwrap().len(), 3);
}

#[test]
fn what_has_no_keys_is_no_context() {
    let message = |error: ContextError| error.to_string();
    for (error, found) in [
        (Context::from_serialize(&7).unwrap_err(), "the scalar `7`"),
        (Context::from_serialize("a").unwrap_err(), "the scalar `a`"),
        (
            Context::from_serialize(&Plan::Free).unwrap_err(),
            "the scalar `Free`",
        ),
        (Context::from_serialize(&None::<u8>).unwrap_err(), "null"),
        (Context::from_serialize(&Unit).unwrap_err(), "null"),
        (Context::from_serialize(&[("a", 1)]).unwrap_err(), "a list"),
        (Context::from_serialize(&(1, 2)).unwrap_err(), "a list"),
    ] {
        assert_eq!(
            message(error),
            format!("a context needs keys: expected a struct or a map, found {found}")
        );
    }
}

#[test]
fn a_map_whose_keys_are_lists_or_maps_is_no_context() {
    let lists = BTreeMap::from([([1, 2], "a")]);
    assert!(Context::from_serialize(&lists).is_err());
    let maps = BTreeMap::from([(BTreeMap::from([(1, 2)]), "a")]);
    assert!(Context::from_serialize(&maps).is_err());
}

#[test]
fn an_error_of_the_source_passes_through() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no database"))
        }
    }
    let nested = BTreeMap::from([("a", vec![Broken])]);
    let error = Context::from_serialize(&nested).unwrap_err();
    assert_eq!(error, ContextError::Source("no database".into()));
    assert_eq!(
        error.to_string(),
        "the value could not be serialised: no database"
    );
}

#[test]
fn a_context_that_went_through_json_has_the_same_key() {
    let ctx = context! {
        null: Value::null(),
        flag: false,
        int: i64::MIN,
        uint: u64::MAX,
        float: -2.5,
        whole: 1e15,
        text: "é\"",
        symbol: Value::symbol("plan"),
        gid: Value::gid("shop", "User", 1),
        id: Uuid::from_u128(7),
        list: [Some(1), None],
        map: Value::map([(Value::from(1), Value::map([("a", 1)])), (Value::null(), 2.into())]),
        (""): 1,
    };
    let json = serde_json::to_string(&ctx).unwrap();
    let back: Context<'static> = serde_json::from_str(&json).unwrap();
    assert_eq!(key(&back), key(&ctx));
    let order = |ctx: &Context<'_>| {
        ctx.iter()
            .map(|(key, _)| key.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(order(&back), order(&ctx));
    assert_eq!(back.get("int"), Some(&i64::MIN.into()));
    assert_eq!(back.get("null"), Some(&Value::null()));
}

#[test]
fn integers_of_128_bits_serialise_as_integers() {
    let ctx = context! { low: i128::MIN, high: u128::MAX };
    assert_eq!(
        serde_json::to_string(&ctx).unwrap(),
        format!(r#"{{"low":{},"high":{}}}"#, i128::MIN, u128::MAX)
    );
    assert_eq!(Context::from_serialize(&ctx).unwrap(), ctx);
}

#[test]
fn contexts_and_values_are_read_out_of_json() {
    #[derive(Deserialize)]
    struct Request {
        context: Context<'static>,
        value: Value<'static>,
        missing: Option<Value<'static>>,
    }
    let request: Request = serde_json::from_value(json!({
        "context": { "b": 1, "a": [true, null, "x", -1.5, { "k": 1 }] },
        "value": null,
    }))
    .unwrap();
    assert_eq!(request.context.get("b"), Some(&1.into()));
    assert_eq!(
        request.context.get("a").unwrap().to_string(),
        r#"[true, null, "x", -1.5, {"k": 1}]"#
    );
    assert!(request.value.is_null() && request.missing.is_none());
    let later: Context<'static> = serde_json::from_str(r#"{"a":1,"b":2,"a":3}"#).unwrap();
    assert_eq!(shown(&later), r#"{"a": 3, "b": 2}"#);
    let error = serde_json::from_str::<Context<'static>>("[1]")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("expected a context: a map of keys to values"),
        "{error}"
    );
}
