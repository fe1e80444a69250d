//! What ordinary Rust values become.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use uuid::Uuid;
use variate::{ContextValue, GitlabV0, KeyScheme, KeySource, Value, context};

#[test]
fn a_value_is_three_words() {
    assert_eq!(size_of::<Value<'_>>(), 24);
}

#[test]
fn every_number_reads_as_itself() {
    assert_eq!(Value::from(u8::MAX).to_string(), "255");
    assert_eq!(Value::from(i8::MIN).to_string(), "-128");
    assert_eq!(Value::from(i16::MIN).to_string(), "-32768");
    assert_eq!(Value::from(u16::MAX).to_string(), "65535");
    assert_eq!(Value::from(i32::MIN).to_string(), "-2147483648");
    assert_eq!(Value::from(u32::MAX).to_string(), "4294967295");
    assert_eq!(Value::from(i64::MIN).to_string(), i64::MIN.to_string());
    assert_eq!(Value::from(u64::MAX).to_string(), u64::MAX.to_string());
    assert_eq!(Value::from(usize::MAX).to_string(), usize::MAX.to_string());
    assert_eq!(Value::from(isize::MIN).to_string(), isize::MIN.to_string());
    for number in [
        i128::MIN,
        i128::from(i64::MIN) - 1,
        0,
        i128::from(u64::MAX) + 1,
        i128::MAX,
    ] {
        assert_eq!(Value::from(number).to_string(), number.to_string());
    }
    for number in [
        0,
        u128::from(u64::MAX),
        u128::MAX / 2,
        u128::MAX / 2 + 1,
        u128::MAX,
    ] {
        assert_eq!(Value::from(number).to_string(), number.to_string());
    }
}

#[test]
fn one_number_is_one_value_whatever_its_width() {
    assert_eq!(Value::from(7_u8), Value::from(7_i128));
    assert_eq!(Value::from(7_u64), Value::from(7_i32));
    assert_eq!(Value::from(u64::MAX), Value::from(u128::from(u64::MAX)));
    assert_eq!(Value::from(u64::MAX), Value::from(i128::from(u64::MAX)));
    assert_eq!(
        Value::from(i128::MAX),
        Value::from(i128::MAX.unsigned_abs())
    );
}

#[test]
fn narrow_floats_read_as_their_own_decimals() {
    for (narrow, text) in [
        (0.1_f32, "0.1"),
        (-2.5, "-2.5"),
        (16_777_216.0, "16777216"),
        (f32::MAX, "3.4028235e+38"),
        (f32::MIN_POSITIVE, "1.1754944e-38"),
        (1e-45, "1e-45"),
        (f32::NAN, "NaN"),
        (f32::INFINITY, "Infinity"),
        (f32::NEG_INFINITY, "-Infinity"),
        (-0.0, "0"),
    ] {
        assert_eq!(Value::from(narrow).to_string(), text);
    }
}

#[test]
fn null_is_what_is_absent() {
    assert!(Value::from(None::<u8>).is_null());
    assert!(Value::from(()).is_null());
    assert!(Value::default().is_null());
    assert_eq!(Value::from(Some(Some(1))), Value::from(1));
    for something in [Value::from(""), 0.into(), false.into(), Value::list([0; 0])] {
        assert!(!something.is_null());
    }
    assert_eq!(Value::null().to_string(), "");
}

#[test]
fn references_wrappers_and_lists_stand_for_what_they_hold() {
    fn same(by_reference: &(impl ContextValue + ?Sized), expected: impl Into<Value<'static>>) {
        let expected = expected.into();
        assert_eq!(Value::from(by_reference), expected);
        assert_eq!(by_reference.to_value(), expected);
    }
    same("a", "a");
    same(&String::from("a"), "a");
    same(&Cow::Borrowed("a"), "a");
    same(&7_u16, 7);
    same(&'x', "x");
    same(&(), Value::null());
    same(&Uuid::from_u128(7), Uuid::from_u128(7));
    same(&&&7, 7);
    same(&Box::new(7), 7);
    same(&Rc::new(7), 7);
    same(&Arc::new(7), 7);
    same(&Arc::<str>::from("a"), "a");
    same(&Some("a"), "a");
    same(&None::<String>, Value::null());
    same(&[1, 2][..], [1, 2]);
    same(&[1, 2], [1, 2]);
    same(&vec![Some(1), None], vec![Value::from(1), Value::null()]);
    same(&BTreeMap::from([("a", 1)]), Value::map([("a", 1)]));
    same(&HashMap::from([("a", vec![1])]), Value::map([("a", [1])]));
    same(&Value::symbol("plan"), Value::symbol("plan"));
    same(&Value::symbol(String::from("plan")), Value::symbol("plan"));
    same(&Value::from("text"), "text");
}

#[test]
fn a_texts_are_as_str_and_nothing_else_is() {
    let texts = [
        Value::from("a"),
        Value::from(String::from("a")),
        Value::symbol("a"),
        Value::symbol(String::from("a")),
    ];
    assert!(texts.iter().all(|text| text.as_str() == Some("a")));
    assert_eq!(Value::gid("a", "B", 1).as_str(), Some("gid://a/B/1"));
    let others = [
        Value::null(),
        1.into(),
        'x'.into(),
        true.into(),
        Value::list(["a"]),
    ];
    assert_eq!(
        others.map(|other| other.as_str().map(str::to_owned)),
        [None, None, Some("x".to_owned()), None, None]
    );
}

#[test]
fn of_two_map_keys_with_one_text_the_later_value_wins_in_place() {
    let map = Value::map([
        (Value::from("1"), "a"),
        (Value::from("b"), "b"),
        (Value::from(1), "c"),
    ]);
    assert_eq!(map.to_string(), r#"{"1": "c", "b": "b"}"#);
}

#[test]
fn display_is_the_text_a_key_is_made_of() {
    let value = Value::list([
        Value::null(),
        "é\"".into(),
        1.5.into(),
        Value::map([("a", Value::list([true]))]),
    ]);
    assert_eq!(value.to_string(), r#"[null, "é\"", 1.5, {"a": [true]}]"#);
    assert_eq!(format!("{:?}", Value::null()), "null");
    assert_eq!(format!("{:?}", Value::from("a")), r#""a""#);
    assert_eq!(format!("{:?}", Value::from(1)), "1");
}

/// `CGI.escape("a b~*-._é/")` gives this in Ruby 3.1, and `GlobalID` escapes with it.
#[test]
fn global_ids_are_escaped_as_ruby_does() {
    assert_eq!(
        Value::gid("shop", "User", "a b~*-._é/").to_string(),
        "gid://shop/User/a+b~%2A-._%C3%A9%2F"
    );
    assert_eq!(
        Value::gid("shop", "Admin::User", 42).to_string(),
        "gid://shop/Admin::User/42"
    );
}

#[test]
fn owned_values_are_the_same_values() {
    let text = String::from("text");
    let borrowed = [
        Value::null(),
        true.into(),
        1.into(),
        u64::MAX.into(),
        i128::MIN.into(),
        u128::MAX.into(),
        0.5.into(),
        Value::from(&text),
        Value::symbol(text.as_str()),
        Value::symbol(text.clone()),
        Value::gid("a", "B", 1),
        Uuid::from_u128(7).into(),
    ];
    let all = Value::list(borrowed.iter().cloned());
    let both = Value::map([("list", all), ("text", Value::from(&text))]);
    let owned: Value<'static> = both.clone().into_owned();
    assert_eq!(owned, both);
    // Ruby's text tells every kind apart, where that of a canonical key does not.
    let gitlab = |value: &Value<'_>| GitlabV0.key(&KeySource::new("", &context! { v: value }));
    assert_eq!(gitlab(&owned), gitlab(&both));
}
