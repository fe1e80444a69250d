//! The experience key.

mod collisions;
mod schemes;

use serde_json::Value as Json;
use variate::{Canonical, Context, Key, KeyScheme, KeySource, Keyed, Value, context};

use crate::support;

fn canonical(name: &str, context: &Context<'_>) -> Key {
    Canonical.key(&KeySource::new(name, context))
}

/// Both keys of some sixty cases, as `tests/data/canonical_keys.py` makes them with Python's own
/// MD5 and HMAC from the bytes that `Canonical` documents.
#[test]
fn keys_are_the_hashes_of_the_documented_bytes() {
    let cases: Json = serde_json::from_str(include_str!("../data/canonical_keys.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() > 100);
    let keyed = Keyed::new("sixteen bytes or more").unwrap();
    for case in cases {
        let context = support::context(&case["context"]);
        let sticky = case.get("sticky").map_or_else(Value::null, support::value);
        let source = KeySource::new(case["name"].as_str().unwrap(), &context).sticky_to(&sticky);
        assert_eq!(
            Canonical.key(&source).to_string(),
            case["md5"].as_str().unwrap(),
            "{case}"
        );
        assert_eq!(
            keyed.key(&source).to_string(),
            case["hmac"].as_str().unwrap(),
            "{case}"
        );
    }
}

/// From JavaScript itself, by `tests/data/float_texts.js`: RFC 8785 takes its texts from there.
#[test]
fn floats_read_as_javascript_writes_them() {
    let texts: Vec<(String, String)> =
        serde_json::from_str(include_str!("../data/float_texts.json")).unwrap();
    assert!(texts.len() > 500);
    for (bits, text) in texts {
        let float = f64::from_bits(u64::from_str_radix(&bits, 16).unwrap());
        assert_eq!(Value::from(float).to_string(), text, "{bits}");
        assert_eq!(
            canonical("pill", &context! { v: float }),
            canonical("pill", &context! { v: text.as_str() }),
            "{text}"
        );
    }
    for (float, text) in [
        (f64::NAN, "NaN"),
        (-f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
        (-0.0, "0"),
    ] {
        assert_eq!(Value::from(float).to_string(), text);
        assert_eq!(
            canonical("pill", &context! { v: float }),
            canonical("pill", &context! { v: text }),
        );
    }
}

#[test]
fn a_scalars_type_does_not_count_but_its_text_does() {
    let id = uuid::Uuid::from_u128(7);
    let same: [(Value<'_>, &str); 16] = [
        (1_u8.into(), "1"),
        ((-1_i64).into(), "-1"),
        (1.0.into(), "1"),
        (0.1_f32.into(), "0.1"),
        (true.into(), "true"),
        (false.into(), "false"),
        ('x'.into(), "x"),
        (i64::MIN.into(), "-9223372036854775808"),
        (u64::MAX.into(), "18446744073709551615"),
        (i128::MIN.into(), "-170141183460469231731687303715884105728"),
        (u128::MAX.into(), "340282366920938463463374607431768211455"),
        (id.into(), "00000000-0000-0000-0000-000000000007"),
        (Value::symbol("plan"), "plan"),
        (Value::symbol(String::from("plan")), "plan"),
        (Value::gid("shop", "User", 7), "gid://shop/User/7"),
        (1e21.into(), "1e+21"),
    ];
    for (value, text) in same {
        assert_eq!(
            canonical("pill", &context! { v: &value }),
            canonical("pill", &context! { v: text }),
            "{text}"
        );
    }
    let different: [Value<'_>; 9] = [
        Value::null(),
        "".into(),
        "null".into(),
        Value::list([Value::null()]),
        Value::list([""]),
        Value::list([""; 0]),
        Value::map([("", "")]),
        Value::map([("", ""); 0]),
        "[]".into(),
    ];
    let keys: std::collections::HashSet<_> = different
        .iter()
        .map(|value| canonical("pill", &context! { v: value }))
        .collect();
    assert_eq!(keys.len(), different.len());
}

#[test]
fn every_integer_near_a_power_of_ten_has_its_decimal_text() {
    let powers = (0..19).map(|power| 10_i64.pow(power));
    for number in powers.flat_map(|power| [power - 1, power, power + 1, -power, 1 - power]) {
        assert_eq!(
            canonical("pill", &context! { v: number }),
            canonical("pill", &context! { v: number.to_string() }),
            "{number}"
        );
    }
}

/// A number's digits may end where a buffer ends.
#[test]
fn numbers_after_texts_of_any_length_have_their_decimal_text() {
    for length in 0..300 {
        for number in [7, -12_345, i64::MIN, i64::MAX] {
            let before = "x".repeat(length);
            assert_eq!(
                canonical("pill", &context! { a: &before, b: number }),
                canonical("pill", &context! { a: &before, b: number.to_string() }),
                "{number} after {length} bytes"
            );
        }
    }
}

#[test]
fn a_key_is_text_that_comes_back() {
    let digest = canonical("pill", &context! { user_id: 1 });
    let long = Key::from([0xab; 32]);
    let texts = [
        "ann",
        "",
        "日本",
        "ABCDEF0123456789ABCDEF0123456789",
        "0123",
        &"g".repeat(32),
    ];
    let keys = texts
        .map(Key::from)
        .into_iter()
        .chain([digest.clone(), long.clone()]);
    for key in keys {
        let text = key.to_string();
        assert_eq!(Key::from(text.as_str()), key);
        assert_eq!(Key::from(text.clone()), key);
        assert_eq!(key.with_text(str::to_owned), text);
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(json, serde_json::to_string(&text).unwrap());
        assert_eq!(serde_json::from_str::<Key>(&json).unwrap(), key);
        assert_eq!(format!("{key:?}"), format!("Key({text})"));
        assert_eq!(
            format!("{key:>140}").len() - text.len(),
            140 - text.chars().count()
        );
    }
    assert_eq!(digest.as_bytes().len(), 16);
    assert_eq!(Key::from(digest.to_string()).as_bytes(), digest.as_bytes());
    assert_eq!(long.to_string(), "ab".repeat(32));
    assert_eq!(Key::from("ann").as_bytes(), b"ann");
    assert_eq!(Key::from([0; 16]).to_string(), "0".repeat(32));
    let id = uuid::Uuid::from_u128(7);
    assert_eq!(Key::from(id).to_string(), id.to_string());
}
