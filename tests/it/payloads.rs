//! What a variant stands for, as data.

use std::collections::BTreeMap;

use serde::Deserialize;
use variate::{Config, Context, Declaration, PayloadError, Value, Variant, context};

use crate::support::build;

#[derive(Debug, PartialEq, Deserialize)]
struct Look {
    colour: String,
    size: u8,
    ratio: f32,
    tags: Vec<Tag>,
    note: Option<String>,
    #[serde(default)]
    extra: BTreeMap<String, i64>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tag {
    New,
    Rebate(u8),
    Bundle { of: u8 },
    Pair(u8, u8),
}

fn variant(payload: impl Into<Value<'static>>) -> Variant {
    let builder = Config::builder()
        .resolver(variate::always_candidate())
        .declare(Declaration::new("pill").payload("candidate", payload));
    let (config, _) = build(builder);
    config.experiment("pill", context! {}).expose().clone()
}

#[test]
fn a_payload_is_read_as_any_type_that_fits() {
    let payload: Context<'static> = serde_json::from_str(
        r#"{"colour":"red","size":3,"ratio":0.5,"note":null,"extra":{"a":-1},
            "tags":["new",{"rebate":5},{"bundle":{"of":2}},{"pair":[1,2]}]}"#,
    )
    .unwrap();
    assert_eq!(
        variant(payload).payload::<Look>().unwrap(),
        Look {
            colour: "red".into(),
            size: 3,
            ratio: 0.5,
            tags: vec![
                Tag::New,
                Tag::Rebate(5),
                Tag::Bundle { of: 2 },
                Tag::Pair(1, 2)
            ],
            note: None,
            extra: BTreeMap::from([("a".into(), -1)]),
        }
    );
    assert_eq!(variant(7).payload::<u64>().unwrap(), 7);
    assert_eq!(variant("on").payload::<String>().unwrap(), "on");
    assert_eq!(variant(u128::MAX).payload::<u128>().unwrap(), u128::MAX);
    assert_eq!(variant([1, 2]).payload::<(u8, u8)>().unwrap(), (1, 2));
    let id = uuid::Uuid::from_u128(7);
    assert_eq!(variant(id).payload::<uuid::Uuid>().unwrap(), id);
    assert_eq!(variant(true).payload::<Option<bool>>().unwrap(), Some(true));
}

#[test]
fn every_way_to_a_variant_carries_the_payload() {
    let builder = Config::builder()
        .resolver(|_: &variate::Unit<'_>| "red")
        .declare(
            Declaration::new("pill")
                .variants(["red", "blue"])
                .payload("red", 1)
                .payload("blue", 2)
                .payload("control", 0),
        );
    let (config, _) = build(builder);
    let exp = || config.experiment("pill", context! {});
    assert_eq!(exp().expose().payload::<u8>().unwrap(), 1, "by a name");
    assert_eq!(
        exp().with_variant("blue").expose().payload::<u8>().unwrap(),
        2,
        "pinned"
    );
    assert_eq!(exp().assignment().variant().payload::<u8>().unwrap(), 1);
}

#[test]
fn a_missing_payload_or_one_of_another_shape_is_an_error_that_says_so() {
    let missing = Variant::from("red").payload::<u8>().unwrap_err();
    assert_eq!(missing, PayloadError::Missing("red".into()));
    assert_eq!(Variant::from("red").payload::<Option<u8>>().unwrap(), None);
    let wrong = variant("text").payload::<u8>().unwrap_err().to_string();
    assert_eq!(
        wrong,
        "the payload of the variant `candidate` is not what was asked for: invalid type: string \"text\", expected u8"
    );
    assert!(variant(300).payload::<u8>().is_err());
    assert!(variant(1).payload::<Tag>().is_err());
    assert!(
        variant(context! { colour: "red" })
            .payload::<Look>()
            .is_err()
    );
}

#[test]
fn a_payload_makes_no_difference_to_what_a_variant_is() {
    let (with, without) = (variant(1), Variant::candidate());
    assert_eq!(with, without);
    assert_eq!(serde_json::to_string(&with).unwrap(), r#""candidate""#);
    assert_eq!(std::collections::HashSet::from([with, without]).len(), 1);
}

#[test]
fn a_payload_is_made_of_anything_that_serialises() {
    #[derive(serde::Serialize)]
    struct Timeout {
        seconds: u8,
    }
    let payload = Value::from_serialize(&Timeout { seconds: 5 }).unwrap();
    let read: BTreeMap<String, u8> = variant(payload).payload().unwrap();
    assert_eq!(read["seconds"], 5);
}

#[test]
fn who_falls_back_to_the_control_has_its_payload_too() {
    let declaration = |name| Declaration::new(name).payload("control", 7);
    let builder = Config::builder()
        .resolver(|_: &variate::Unit<'_>| None::<&str>)
        .declare(declaration("abstained"))
        .declare(declaration("excluded").exclude(|_: &variate::Unit<'_>| true))
        .declare(declaration("disabled").enabled(false))
        .declare(declaration("outside_traffic").traffic(0))
        .declare(declaration("unknown_variant").resolver(|_: &variate::Unit<'_>| "green"))
        .declare(
            declaration("resolver_panicked").resolver(|_: &variate::Unit<'_>| -> &str { panic!() }),
        );
    let (config, _) = build(builder);
    for reason in [
        "abstained",
        "excluded",
        "disabled",
        "outside_traffic",
        "unknown_variant",
        "resolver_panicked",
    ] {
        let exp = config.experiment(reason, context! {});
        assert_eq!(exp.assignment().reason().code(), reason);
        assert_eq!(exp.variant().payload::<u8>().unwrap(), 7, "{reason}");
    }
}
