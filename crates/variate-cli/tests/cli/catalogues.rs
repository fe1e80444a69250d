//! Checks of catalogues, their schema, and assignments under them.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Answered, PILL, answered, command, variate};

/// A folder with files, in which the command runs.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn run(files: &[(&str, &str)], arguments: &[&str]) -> Answered {
    let folder = folder(files);
    answered(command(arguments).current_dir(folder.path()), b"")
}

const GOOD: &str = "[experiments.pill]\nowner = \"growth\"\nends = 2026-12-01\n";

#[test]
fn a_good_catalogue_is_passed_over_in_silence() {
    let files = [("good.toml", GOOD)];
    let checked = run(&files, &["check", "--now", "2026-11-21", "good.toml"]);
    assert_eq!(
        (checked.out.as_str(), checked.err.as_str(), checked.code),
        ("", "", 0)
    );
    let json = run(
        &files,
        &["check", "--now", "2026-11-21", "--json", "good.toml"],
    );
    assert_eq!(json.out, "{\"errors\":[],\"warnings\":[]}\n");
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let files = [("good.toml", GOOD)];
    let warned = run(&files, &["check", "--now", "2026-12-01", "good.toml"]);
    assert_eq!(
        warned.out,
        "warning: good.toml:1:14: experiments.pill.ends: it has ended on 2026-12-01: keep one variant in the code, \
         and take the declaration out\n"
    );
    assert_eq!(warned.code, 0);
    for now in ["2026-12-01", "2026-12-01T00:00:00Z"] {
        let denied = run(
            &files,
            &["check", "--deny-warnings", "--now", now, "good.toml"],
        );
        assert_eq!(denied.code, 1);
    }
    let before = [
        "check",
        "--deny-warnings",
        "--now",
        "2026-11-30T23:59:59Z",
        "good.toml",
    ];
    assert_eq!(run(&files, &before).code, 0);
}

#[test]
fn all_errors_of_all_files_are_told() {
    let files = [
        (
            "one.json",
            "{\"experiments\": {\"a\": {\"trafic\": 1,\n\"owner\": 2}}}",
        ),
        ("two.yaml", "experiments:\n  b: {traffic: 101}\n"),
    ];
    let checked = run(&files, &["check", "one.json", "two.yaml", "three.toml"]);
    let lines: Vec<_> = checked.out.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "error: one.json:1:24: experiments.a.trafic: unknown key: did you mean `traffic`?",
            "error: one.json:2:10: experiments.a.owner: expected a text, found 2",
            "error: two.yaml:2:16: experiments.b.traffic: expected a number from 0 to 100, found 101",
        ]
    );
    assert!(
        lines[3].starts_with("error: three.toml: cannot be read: "),
        "{lines:?}"
    );
    assert_eq!(checked.code, 1);
    let json = run(&files, &["check", "--json", "two.yaml"])
        .json()
        .remove(0);
    let message = "expected a number from 0 to 100, found 101";
    let expected = json!({
        "errors": [{"source": "two.yaml", "line": 2, "column": 16, "key": "experiments.b.traffic", "message": message}],
        "warnings": [],
    });
    assert_eq!(json, expected);
}

#[test]
fn catalogues_are_checked_together_and_with_what_code_gives() {
    let files = [("a.toml", GOOD), ("b.toml", GOOD)];
    let twice = run(
        &files,
        &["check", "--now", "2026-11-21", "a.toml", "b.toml"],
    );
    assert!(
        twice
            .out
            .starts_with("error: b.toml:1:14: experiments.pill: "),
        "{}",
        twice.out
    );
    assert_eq!(twice.code, 1);
    let keyed = [(
        "c.toml",
        "[experiments.pill]\nowner = \"o\"\nkey = \"keyed\"\nsticky = true",
    )];
    let unknown = run(&keyed, &["check", "c.toml"]);
    assert!(
        unknown
            .out
            .contains("c.toml:3:7: experiments.pill.key: there is no key scheme `keyed`"),
        "{}",
        unknown.out
    );
    let given = run(&keyed, &["check", "--key-scheme", "keyed", "c.toml"]);
    assert_eq!((given.out.as_str(), given.code), ("", 0));
}

#[test]
fn wrong_options_of_check_are_told() {
    assert_eq!(variate(&["check"], "").code, 2);
    let date = variate(&["check", "--now", "tomorrow", "x.toml"], "");
    assert_eq!(date.code, 2);
    assert!(date.err.contains("expected a date"), "{}", date.err);
}

#[test]
fn the_schema_is_printed() {
    let printed = variate(&["schema"], "");
    let schema: Value = serde_json::from_str(&printed.out).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(printed.code, 0);
}

#[test]
fn units_are_assigned_as_a_catalogue_says() {
    let folder = folder(&[
        (
            "catalogue.toml",
            "[experiments.pill]\nvariants = [\"red\"]\nsticky = true\n\
             segments = { variant = \"red\", when = { key = \"user_id\", equals = 42 } }",
        ),
        ("broken.toml", "[experiments.pill]\ntrafic = 1"),
        ("keyed.toml", "[experiments.pill]\nkey = \"keyed\""),
    ]);
    let run = |command: &mut std::process::Command| {
        answered(command.current_dir(folder.path()), PILL.as_bytes())
    };
    let assigned = run(&mut command(&["assign", "--catalogue", "catalogue.toml"]));
    assert_eq!(assigned.err, "");
    let answer = &assigned.json()[0];
    assert_eq!(
        (&answer["variant"], &answer["reason"]),
        (&json!("red"), &json!("segment"))
    );
    let explained = run(&mut command(&["explain", "--catalogue", "catalogue.toml"]));
    assert!(
        explained.out.contains("user_id is \"42\""),
        "{}",
        explained.out
    );

    let broken = run(&mut command(&["assign", "--catalogue", "broken.toml"]));
    assert_eq!(broken.code, 2);
    assert!(
        broken
            .err
            .contains("broken.toml:2:1: experiments.pill.trafic: unknown key"),
        "{}",
        broken.err
    );

    let without = run(&mut command(&["assign", "--catalogue", "keyed.toml"]));
    assert_eq!(without.code, 2);
    let secret = "0123456789abcdef";
    let with = run(command(&["assign", "--catalogue", "keyed.toml"]).env("VARIATE_SECRET", secret));
    let keyed = run(command(&["assign", "--scheme", "keyed"]).env("VARIATE_SECRET", secret));
    assert_eq!(with.json()[0]["key"], keyed.json()[0]["key"]);
}

#[test]
fn what_one_file_says_of_another_is_told() {
    let file = |name: &str| {
        format!(
            "[experiments.{name}]\nowner = \"growth\"\nkey = \"gitlab-v0\"\n\
             rollout = {{ weights = [50, 50], bucketing = \"gitlab-crc32\" }}\n"
        )
    };
    let (one, two) = (file("one"), file("two"));
    let files = [("one.toml", one.as_str()), ("two.toml", two.as_str())];
    let checked = run(
        &files,
        &["check", "--deny-warnings", "one.toml", "two.toml"],
    );
    assert_eq!(checked.code, 1);
    assert!(
        checked.out.starts_with(
            "warning: two.toml:4:11: experiments.two.rollout: its split is correlated with that of \
             `one` on line 1 of one.toml: "
        ),
        "{}",
        checked.out
    );
    assert_eq!(
        run(&files, &["check", "--deny-warnings", "one.toml"]).code,
        0
    );
}
