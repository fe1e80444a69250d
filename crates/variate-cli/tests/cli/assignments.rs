//! Assignments: which unit gets which variant, and why.

use serde_json::{Value, json};

use crate::{PILL, one, variate};

#[test]
fn assign_divides_evenly_unless_told_otherwise() {
    let answer = one(&["assign"], PILL);
    let expected = json!({
        "key": "10ef0ded7137fc31695115082c9699f8",
        // The first 64 bits of the key lie in the lower half of their range.
        "variant": "control",
        "reason": "resolved",
    });
    assert_eq!(answer, expected);
    let migrated =
        r#"{"experiment":"pill","context":{"user_id":42},"migrated_from":[{"cookie":"abc"}]}"#;
    assert_eq!(
        one(&["assign"], migrated)["migration_keys"],
        json!(["faadffc46adbdd3b72a13fde2cc656a7"])
    );
}

#[test]
fn assign_takes_percentages_in_order_and_by_name() {
    // The key begins 10ef: bucket 661 of 10,000.
    for (percent, variant) in [
        ("56.61,43.39,0", "red"),
        ("56.62,43.38,0", "control"),
        ("0,0,100", "blue"),
        ("control=43.38,blue=56.62,red=0", "blue"),
        ("blue=93.39,control=6.61", "blue"),
        ("blue=93.38,control=6.62", "control"),
    ] {
        let answer = one(
            &[
                "assign",
                "--variants",
                "control, red,blue",
                "--percent",
                percent,
            ],
            PILL,
        );
        assert_eq!(answer["variant"], variant, "{percent}");
    }
    // `control` is put first.
    let answer = one(&["assign", "--variants", "red", "--percent", "0,100"], PILL);
    assert_eq!(answer["variant"], "red");
}

#[test]
fn assign_pins_a_variant() {
    for (variant, assigned, reason) in [
        ("candidate", "candidate", "pinned"),
        ("green", "control", "unknown_variant"),
    ] {
        let line = format!(r#"{{"experiment":"pill","variant":"{variant}"}}"#);
        let answer = one(&["assign"], &line);
        assert_eq!(answer["variant"], assigned);
        assert_eq!(answer["reason"], reason);
    }
}

#[test]
fn assignments_are_shared_with_ruby() {
    // From gitlab-experiment 2.0.0 run under Ruby 3.1: these are in buckets 90, 54 and 34 of 100.
    let lines = [
        r#"{"experiment":"example","context":{"a":1}}"#,
        r#"{"experiment":"example","context":{"user_id":"1.0"}}"#,
        r#"{"experiment":"example","context":{"v":9007199254740992.0}}"#,
    ]
    .join("\n");
    let variants = |bucketing, names, percent: &str| {
        let mut arguments = vec!["assign", "--scheme", "gitlab-v2", "--variants", names];
        arguments.extend(["--bucketing", bucketing]);
        if !percent.is_empty() {
            arguments.extend(["--percent", percent]);
        }
        let answers = variate(&arguments, &lines).json();
        let variant = |answer: &Value| answer["variant"].as_str().unwrap().to_owned();
        answers.iter().map(variant).collect::<Vec<_>>()
    };
    let three = "control,red,blue";
    assert_eq!(
        variants("gitlab-crc32", three, ""),
        ["control", "control", "blue"]
    );
    assert_eq!(
        variants("gitlab-crc32", three, "34,33,33"),
        ["blue", "red", "red"]
    );
    assert_eq!(
        variants("gitlab-crc32", three, "33.3,33.3,33.4"),
        ["blue", "red", "red"]
    );
    assert_eq!(
        variants("gitlab-crc32", three, "blue=45,control=25,red=30"),
        ["red", "control", "blue"]
    );
    assert_eq!(
        variants("gitlab-crc32", "candidate", "90,10"),
        ["candidate", "control", "control"]
    );
    // And of gitlab-experiment 0.9.1, whose ranges take one bucket more.
    assert_eq!(
        variants("gitlab-crc32-legacy", three, "34,33,33"),
        ["blue", "red", "control"]
    );
}
