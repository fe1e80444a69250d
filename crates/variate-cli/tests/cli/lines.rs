//! The lines of the input: good ones, bad ones, and where they come from.

use crate::{PILL, answered, command, key, told, variate};

#[test]
fn bad_lines_are_told_and_the_others_answered() {
    let input = format!("{PILL}\n\nnonsense\n{PILL}\n{{\"experiment\":\"\"}}\n{PILL}");
    let answered = variate(&["key"], &input);
    assert_eq!(answered.code, 2);
    assert_eq!(answered.out.lines().count(), 3);
    assert_eq!(
        answered.err,
        "variate: line 3: not JSON: expected ident at column 2\n\
         variate: line 5: an experiment's name has 1 to 255 bytes, prefix included: this one has 0\n"
    );
}

#[test]
fn each_kind_of_bad_line_says_what_is_wrong() {
    for (line, expected) in [
        (
            r#"{"experiment":"pill","contxt":{}}"#,
            "unknown field `contxt`: expected experiment, context, migrated_from, migrated_with, sticky_to",
        ),
        (
            r#"{"experiment":"pill","variant":"red"}"#,
            "unknown field `variant`: expected experiment, context, migrated_from, migrated_with, sticky_to",
        ),
        (
            r#"{"experiment":"pill","experiment":"pill"}"#,
            "the field `experiment` comes twice: keep one",
        ),
        (
            r#"{"context":{}}"#,
            "the field `experiment` is missing: name the experiment",
        ),
        (
            r#"["pill"]"#,
            r#"not an object: write one such as {"experiment":"pill_color","context":{"user_id":42}}"#,
        ),
        (
            r#"{"experiment":"pill"} {}"#,
            "not JSON: trailing characters at column 23",
        ),
        (
            r#"{"experiment":7}"#,
            "field `experiment`: expected a string",
        ),
        (
            r#"{"experiment":"pill","context":[1]}"#,
            "field `context`: expected an object",
        ),
        (
            r#"{"experiment":"pill","migrated_from":[1]}"#,
            "field `migrated_from`: expected an object",
        ),
        (
            r#"{"experiment":"pill","context":{"a":1e999}}"#,
            "field `context`: 1e999 is beyond the largest float: write it as a text",
        ),
    ] {
        assert_eq!(told(&["key"], line), expected);
    }
    let pinned = r#"{"experiment":"pill","colour":1}"#;
    assert!(told(&["assign"], pinned).ends_with("sticky_to, variant"));
    let long = format!(r#"{{"experiment":"{}"}}"#, "x".repeat(252));
    assert_eq!(variate(&["key"], &long).code, 0);
    assert!(told(&["key", "--prefix", "shop"], &long).ends_with("this one has 257"));
}

#[test]
fn a_line_that_is_not_utf8_is_bad() {
    let input = [&b"{\"experiment\":\"\xff\"}\n"[..], PILL.as_bytes()].concat();
    let answered = answered(&mut command(&["key"]), &input);
    assert_eq!(answered.code, 2);
    assert_eq!(answered.json().len(), 1);
    assert_eq!(
        answered.err,
        "variate: line 1: byte 16 is not UTF-8: encode the line as UTF-8\n"
    );
}

#[test]
fn deep_nesting_is_a_bad_line() {
    let nested = |levels| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"experiment":"pill","context":{{"deep":{open}{close}}}}}"#)
    };
    assert_eq!(variate(&["key"], &nested(64)).code, 0);
    for levels in [65, 100_000] {
        assert_eq!(
            told(&["key"], &nested(levels)),
            "field `context`: lists and maps nest deeper than 64 levels: make it flatter"
        );
    }
}

#[test]
fn a_long_line_is_answered() {
    let name = "x".repeat(10_000_000);
    let line = format!(r#"{{"experiment":"pill","context":{{"name":"{name}"}}}}"#);
    assert_eq!(key(&[], &line).len(), 32);
}

#[test]
fn nothing_in_is_nothing_out() {
    for input in ["", "\n \r\n\n"] {
        let answered = variate(&["assign"], input);
        assert_eq!(
            (answered.out.as_str(), answered.err.as_str(), answered.code),
            ("", "", 0)
        );
    }
}

#[test]
fn a_file_is_read_in_place_of_the_standard_input() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("lines.jsonl");
    // As an editor on Windows leaves it.
    std::fs::write(&path, format!("\u{feff}{PILL}\r\n{PILL}\r\n")).unwrap();
    let from_file = variate(&["key", path.to_str().unwrap()], "");
    assert_eq!(from_file.json().len(), 2);
    assert_eq!(from_file.err, "");
    assert_eq!(variate(&["key", "-"], PILL).json().len(), 1);
    let absent = variate(&["key", "no such file"], "");
    assert_eq!(absent.code, 1);
    assert!(
        absent
            .err
            .starts_with("variate: cannot open `no such file`: ")
    );
}
