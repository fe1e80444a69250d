//! What is wrong with a file is told: all of it, each with its place and how to mend it.

use std::fmt::Write;

use variate::{Catalogue, Format};

/// An experiment in JSON, what is told of it, and whether a schema can know.
pub(crate) struct Wrong {
    pub(crate) experiment: &'static str,
    pub(crate) told: &'static str,
    pub(crate) schema_knows: bool,
}

const fn wrong(experiment: &'static str, told: &'static str) -> Wrong {
    Wrong {
        experiment,
        told,
        schema_knows: true,
    }
}

const fn beyond_schema(experiment: &'static str, told: &'static str) -> Wrong {
    Wrong {
        experiment,
        told,
        schema_knows: false,
    }
}

pub(crate) const EXPERIMENTS: &[Wrong] = &[
    wrong(
        r#"{"exclude": [{"key": "id", "equals": 2, "seed": "x"}]}"#,
        "pill.exclude[0]: `seed` is for `percent`",
    ),
    wrong(
        r#"{"trafic": 20}"#,
        "pill.trafic: unknown key: did you mean `traffic`?",
    ),
    wrong(
        r#"{"expires": "2026-11-01"}"#,
        "pill.expires: unknown key: did you mean `ends`?",
    ),
    wrong(
        r#"{"zzz": 1}"#,
        "pill.zzz: unknown key: expected one of description, owner",
    ),
    wrong("7", "pill: expected a table, found 7"),
    wrong(r#"{"owner": 7}"#, "pill.owner: expected a text, found 7"),
    wrong(r#"{"owner": " "}"#, "pill.owner: it is empty"),
    wrong(
        r#"{"enabled": "yes"}"#,
        "pill.enabled: expected true or false, found \"yes\"",
    ),
    wrong(
        r#"{"sticky": 1}"#,
        "pill.sticky: expected true or false, found 1",
    ),
    wrong(
        r#"{"traffic": "20"}"#,
        "pill.traffic: expected a number, found \"20\"",
    ),
    wrong(
        r#"{"traffic": 101}"#,
        "pill.traffic: expected a number from 0 to 100, found 101",
    ),
    wrong(
        r#"{"traffic": -1}"#,
        "pill.traffic: expected a number from 0 to 100",
    ),
    beyond_schema(r#"{"traffic": 0.001}"#, "pill.traffic: 0.001 % is too fine"),
    wrong(
        r#"{"traffic": 1e300}"#,
        "pill.traffic: expected a number from 0 to 100",
    ),
    wrong(
        r#"{"variants": "red"}"#,
        "pill.variants: expected a list of names, as [\"control\", \"red\", \"blue\"], found \"red\"",
    ),
    wrong(
        r#"{"variants": []}"#,
        "pill.variants: there is nothing to compare the control with",
    ),
    wrong(
        r#"{"variants": ["control"]}"#,
        "pill.variants: there is nothing to compare the control with",
    ),
    wrong(
        r#"{"variants": ["red", "red"]}"#,
        "pill.variants[1]: the variant `red` comes twice",
    ),
    beyond_schema(
        r#"{"variants": ["red", "control"]}"#,
        "pill.variants[1]: `control` must stand first",
    ),
    wrong(
        r#"{"variants": ["red", ""]}"#,
        "pill.variants[1]: \"\" is no name",
    ),
    wrong(
        r#"{"variants": ["red", 1]}"#,
        "pill.variants[1]: expected a text, found 1",
    ),
    beyond_schema(
        r#"{"payloads": {"read": 1}}"#,
        "pill.payloads.read: there is no variant `read`: expected one of control, candidate",
    ),
    wrong(
        r#"{"rollout": "evn"}"#,
        "pill.rollout: expected \"even\", \"random\"",
    ),
    wrong(
        r#"{"rollout": 50}"#,
        "pill.rollout: expected \"even\", \"random\"",
    ),
    beyond_schema(
        r#"{"rollout": {"weights": {"control": 50, "candidate": 49}}}"#,
        "pill.rollout.weights: the percentages add up to 99",
    ),
    beyond_schema(
        r#"{"rollout": {"weights": {"control": 50, "candidat": 50}}}"#,
        "pill.rollout.weights.candidat: there is no variant `candidat`: did you mean `candidate`?",
    ),
    beyond_schema(
        r#"{"rollout": {"weights": [50, 25, 25]}}"#,
        "pill.rollout.weights: 3 percentages for 2 variants",
    ),
    wrong(
        r#"{"rollout": {"weights": {}}}"#,
        "pill.rollout.weights: there are no percentages",
    ),
    wrong(
        r#"{"rollout": {"weights": 50}}"#,
        "pill.rollout.weights: expected a table as",
    ),
    wrong(
        r#"{"rollout": {"weights": ["half", 50]}}"#,
        "pill.rollout.weights[0]: expected a number, found \"half\"",
    ),
    wrong(
        r#"{"rollout": {"bucketing": "crc"}}"#,
        "pill.rollout.bucketing: `crc` is no bucketing",
    ),
    wrong(
        r#"{"rollout": {"seed": 7}}"#,
        "pill.rollout.seed: expected a text, found 7",
    ),
    beyond_schema(
        r#"{"rollout": {"always": "red"}}"#,
        "pill.rollout.always: there is no variant `red`",
    ),
    wrong(
        r#"{"rollout": {"always": "candidate", "weights": [50, 50]}}"#,
        "pill.rollout: `weights` and `always` exclude each other",
    ),
    wrong(
        r#"{"rollout": {"weight": [50, 50]}}"#,
        "pill.rollout.weight: unknown key: did you mean `weights`?",
    ),
    wrong(
        r#"{"layer": "checkout"}"#,
        "pill.layer: expected a table, found \"checkout\"",
    ),
    wrong(
        r#"{"layer": {"name": "checkout"}}"#,
        "pill.layer: `range` is missing",
    ),
    wrong(
        r#"{"layer": {"range": [0, 10]}}"#,
        "pill.layer: `name` is missing",
    ),
    wrong(
        r#"{"layer": {"name": "checkout", "range": [0]}}"#,
        "pill.layer.range: expected two percentages",
    ),
    beyond_schema(
        r#"{"layer": {"name": "checkout", "range": [30, 30]}}"#,
        "pill.layer.range: the range is empty",
    ),
    wrong(
        r#"{"layer": {"name": "checkout", "range": [0, 200]}}"#,
        "pill.layer.range[1]: expected a number from 0 to 100, found 200",
    ),
    beyond_schema(
        r#"{"layer": {"name": "chekout", "range": [0, 10]}}"#,
        "pill.layer: there is no layer `chekout`: did you mean `checkout`?",
    ),
    beyond_schema(
        r#"{"holdout": "q5"}"#,
        "pill.holdout: there is no holdout `q5`: did you mean `q4`?",
    ),
    wrong(
        r#"{"holdout": [1]}"#,
        "pill.holdout[0]: expected a text, found 1",
    ),
    wrong(r#"{"key": true}"#, "pill.key: expected a text, found true"),
    wrong(
        r#"{"starts": 20261101}"#,
        "pill.starts: expected a date: 2026-11-01 or 2026-11-01T09:00:00Z, found 20261101",
    ),
    wrong(
        r#"{"starts": "tomorrow"}"#,
        "pill.starts: `tomorrow` is no date",
    ),
    beyond_schema(
        r#"{"starts": "2026-02-30"}"#,
        "pill.starts: `2026-02-30` is no date",
    ),
    wrong(
        r#"{"ends": "2026-11-01T09:00:00"}"#,
        "pill.ends: `2026-11-01T09:00:00` does not say where on earth",
    ),
    beyond_schema(
        r#"{"starts": "2026-11-02", "ends": "2026-11-01"}"#,
        "pill: it ends before it starts",
    ),
    wrong(
        r#"{"exclude": "staff"}"#,
        "pill.exclude: expected a table, found \"staff\"",
    ),
    wrong(
        r#"{"exclude": [{}]}"#,
        "pill.exclude[0]: the condition is empty",
    ),
    wrong(
        r#"{"exclude": [{"key": "plan"}]}"#,
        "pill.exclude[0]: nothing is asked of the entry",
    ),
    wrong(
        r#"{"exclude": [{"equals": "staff"}]}"#,
        "pill.exclude[0]: there is no `key`",
    ),
    wrong(
        r#"{"exclude": [{"key": "plan", "eq": "staff"}]}"#,
        "pill.exclude[0].eq: unknown key: did you mean `equals`?",
    ),
    wrong(
        r#"{"exclude": [{"key": "plan", "equals": null}]}"#,
        "pill.exclude[0].equals: expected a text, a number, true or false (for null: `present = false`), found null",
    ),
    wrong(
        r#"{"exclude": [{"key": "plan", "equals": ["a"]}]}"#,
        "pill.exclude[0].equals: expected a text, a number, true or false, found a list",
    ),
    wrong(
        r#"{"exclude": [{"key": "plan", "in": "staff"}]}"#,
        "pill.exclude[0].in: expected a list",
    ),
    wrong(
        r#"{"exclude": [{"key": "plan", "in": []}]}"#,
        "pill.exclude[0].in: the list is empty",
    ),
    wrong(
        r#"{"exclude": [{"key": "plan", "present": "yes"}]}"#,
        "pill.exclude[0].present: expected true or false",
    ),
    beyond_schema(
        r#"{"exclude": [{"key": "plan", "matches": "("}]}"#,
        "pill.exclude[0].matches: `(` is no usable regular expression: unclosed group",
    ),
    beyond_schema(
        r#"{"exclude": [{"key": "plan", "matches": "a{1000}{1000}"}]}"#,
        "pill.exclude[0].matches: `a{1000}{1000}` is no usable regular expression: it would take more than a megabyte",
    ),
    beyond_schema(
        r#"{"exclude": [{"key": "app", "version": "two"}]}"#,
        "pill.exclude[0].version: `two` is no requirement on versions",
    ),
    wrong(
        r#"{"exclude": [{"key": "id", "percent": 200}]}"#,
        "pill.exclude[0].percent: expected a number from 0 to 100, found 200",
    ),
    wrong(
        r#"{"exclude": [{"all": []}]}"#,
        "pill.exclude[0].all: the list is empty",
    ),
    wrong(
        r#"{"exclude": [{"any": {"key": "plan", "equals": 1}}]}"#,
        "pill.exclude[0].any: expected a list of conditions, found a table",
    ),
    wrong(
        r#"{"exclude": [{"not": {"key": "plan"}}]}"#,
        "pill.exclude[0].not: nothing is asked of the entry",
    ),
    wrong(
        r#"{"segments": [{"variant": "candidate"}]}"#,
        "pill.segments[0]: `when` is missing",
    ),
    wrong(
        r#"{"segments": [{"when": {"key": "plan", "equals": 1}}]}"#,
        "pill.segments[0]: `variant` is missing",
    ),
    beyond_schema(
        r#"{"segments": [{"variant": "red", "when": {"key": "plan", "equals": 1}}]}"#,
        "pill.segments[0].variant: there is no variant `red`",
    ),
    wrong(
        r#"{"metrics": 7}"#,
        "pill.metrics: expected a table, found 7",
    ),
    wrong(
        r#"{"metrics": [{"kind": "conversion", "action": "a"}]}"#,
        "pill.metrics[0]: `name` is missing, as in",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "action": "a"}]}"#,
        "pill.metrics[0]: `kind` is missing, as in",
    ),
    wrong(
        r#"{"metrics": {"name": "m", "kind": "conversion"}}"#,
        "pill.metrics: a conversion has one `action`",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "count", "action": "a", "numerator": "b"}]}"#,
        "pill.metrics[0]: a count has one `action`",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "ratio", "numerator": "a"}]}"#,
        "pill.metrics[0]: a ratio has a `numerator` and a `denominator`",
    ),
    beyond_schema(
        r#"{"metrics": [{"name": "m", "kind": "ratio", "numerator": "a", "denominator": {"events": "a"}}]}"#,
        "pill.metrics[0]: both quantities are the same",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "ratio", "numerator": {"values": "a", "events": "b"}, "denominator": "c"}]}"#,
        "pill.metrics[0].numerator: it must have one of `events` and `values`",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "ratio", "numerator": {"value": "a"}, "denominator": "c"}]}"#,
        "pill.metrics[0].numerator.value: unknown key: did you mean `values`?",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "mean", "action": "a"}]}"#,
        "pill.metrics[0].kind: there is no kind `mean`",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "value", "goal": "a"}]}"#,
        "pill.metrics[0].goal: unknown key: did you mean `action`?",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "value", "action": "a", "role": "main"}]}"#,
        "pill.metrics[0].role: there is no role `main`",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "value", "action": "a", "better": "up"}]}"#,
        "pill.metrics[0].better: there is no direction `up`",
    ),
    wrong(
        r#"{"metrics": [{"name": "m", "kind": "value", "action": "a", "minimum_effect": 2}]}"#,
        "pill.metrics[0].minimum_effect: expected a share, as 0.02 for 2 %",
    ),
    beyond_schema(
        r#"{"metrics": [{"name": "m", "kind": "value", "action": "a"}, {"name": "m", "kind": "count", "action": "a"}]}"#,
        "pill.metrics[1]: the metric `m` comes twice: rename one",
    ),
    wrong(
        r#"{"plan": {"alpha": 0}}"#,
        "pill.plan.alpha: expected a significance level, as 0.05",
    ),
    wrong(
        r#"{"plan": {"alpha": 95}}"#,
        "pill.plan.alpha: expected a significance level, as 0.05",
    ),
    wrong(
        r#"{"plan": {"power": 1}}"#,
        "pill.plan.power: expected a probability, as 0.8",
    ),
    wrong(
        r#"{"plan": {"correction": "holm"}}"#,
        "pill.plan.correction: unknown key: did you mean `adjustment`?",
    ),
    wrong(
        r#"{"plan": {"adjustment": "none"}}"#,
        "pill.plan.adjustment: there is no adjustment `none`",
    ),
    wrong(
        r#"{"plan": {"units": 0}}"#,
        "pill.plan.units: expected a whole number from 1 to 4294967295, found 0",
    ),
    wrong(
        r#"{"plan": {"days": 1.5}}"#,
        "pill.plan.days: expected a whole number from 1 to 3650, found 1.5",
    ),
    wrong(
        r#"{"plan": {"days": 7, "units": 7}}"#,
        "pill.plan: `units` and `days` exclude each other",
    ),
];

pub(crate) fn file(experiment: &str) -> String {
    format!(
        r#"{{
  "layers": {{ "checkout": {{ "unit": "user_id" }} }},
  "holdouts": {{ "q4": {{ "percent": 5 }} }},
  "experiments": {{
    "pill": {experiment}
  }}
}}"#
    )
}

fn problems(text: &str, format: Format) -> Vec<String> {
    let error = Catalogue::parse(text, format, "file").expect_err(text);
    assert!(!error.problems().is_empty(), "{error}");
    error.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn each_wrong_experiment_is_told_once_with_its_line() {
    for Wrong {
        experiment, told, ..
    } in EXPERIMENTS
    {
        let problems = problems(&file(experiment), Format::Json);
        let [problem] = problems.as_slice() else {
            panic!("{experiment}: {problems:#?}");
        };
        let (place, rest) = problem.split_once(": ").unwrap();
        assert!(place.starts_with("file:5:"), "{problem}");
        assert!(
            rest.strip_prefix("experiments.")
                .is_some_and(|rest| rest.starts_with(told)),
            "{experiment}\nis told: {problem}\nexpected: {told}"
        );
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_in_the_order_of_the_lines() {
    let text = r#"
enabled = 1
experiment = {}

[layers.one]
within = { name = "two", range = [0, 50] }
[layers.two]
within = { name = "one", range = [0, 50] }
[layers.three]
unit = 3

[holdouts.q4]
unit = "user_id"

[experiments.first]
layer = { name = "three", range = [0, 50] }
[experiments.second]
layer = { name = "three", range = [40, 60] }
owner = ""
[experiments.third]
layer = { name = "three", range = [45, 46] }
holdout = ["q4", "q5"]
"#;
    let told = problems(text, Format::Toml);
    let expected = [
        "file:2:11: enabled: expected true or false, found 1",
        "file:3:1: experiment: unknown key: did you mean `experiments`?",
        "file:5:9: layers.one.within: the layer lies within itself: take one `within` out of the circle",
        "file:10:8: layers.three.unit: expected a text, found 3",
        "file:12:11: holdouts.q4: `percent` is missing, as in { percent = 5, unit = \"user_id\" }",
        "file:18:9: experiments.second.layer: the range overlaps [0, 50] of experiments.first on line 16: no unit may be in both",
        "file:19:9: experiments.second.owner: it is empty: write something, or leave the key out",
        "file:21:9: experiments.third.layer: the range overlaps [40, 60] of experiments.second on line 18: no unit may be in both",
        "file:22:18: experiments.third.holdout: there is no holdout `q5`: did you mean `q4`?",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_layer_that_names_itself_or_an_unknown_one_is_told() {
    let itself = problems(
        "[layers.one]\nwithin = { name = \"one\", range = [0, 9] }",
        Format::Toml,
    );
    assert_eq!(
        itself,
        [
            "file:1:9: layers.one.within: the layer lies within itself: take one `within` out of the circle"
        ]
    );
    let unknown = problems(
        "[layers.one]\nwithin = { name = \"two\", range = [0, 9] }",
        Format::Toml,
    );
    assert_eq!(
        unknown,
        ["file:2:10: layers.one.within: there is no layer `two`: expected one of one"]
    );
    // A long chain into a circle: only the circle is one.
    let chain = r#"
[layers.a]
within = { name = "b", range = [0, 9] }
[layers.b]
within = { name = "c", range = [0, 9] }
[layers.c]
within = { name = "b", range = [10, 19] }
"#;
    let told = problems(chain, Format::Toml);
    assert!(
        told.iter().all(|problem| !problem.contains("layers.a")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|problem| problem.contains("lies within itself")),
        "{told:?}"
    );
}

#[test]
fn layers_and_variants_end_somewhere() {
    let chain = |levels: usize| {
        let mut text = "[layers.l0]\n".to_owned();
        for level in 1..levels {
            let outer = level - 1;
            writeln!(
                text,
                "[layers.l{level}]\nwithin = {{ name = \"l{outer}\", range = [0, 100] }}"
            )
            .unwrap();
        }
        text
    };
    assert!(Catalogue::parse(&chain(16), Format::Toml, "file").is_ok());
    let told = problems(&chain(4_000), Format::Toml);
    assert_eq!(
        told,
        ["file:32:9: layers.l16.within: layers nest deeper than 16 levels: make it flatter"]
    );
    let names: Vec<_> = (0..1_001).map(|number| format!("v{number}")).collect();
    let told = problems(
        &format!("[experiments.one]\nvariants = {names:?}"),
        Format::Toml,
    );
    assert_eq!(
        told,
        ["file:2:12: experiments.one.variants: there are more than 1000 variants: use fewer"]
    );
}

#[test]
fn regular_expressions_end_somewhere() {
    let file = |count: usize| {
        let condition = "{ key = \"k\", matches = \"a\" }";
        let conditions = vec![condition; count].join(",\n");
        format!("[experiments.one]\nexclude = [\n{conditions}\n]")
    };
    assert!(Catalogue::parse(&file(500), Format::Toml, "file").is_ok());
    let told = problems(&file(502), Format::Toml);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("file:503:") && told[0].contains("more than 500 regular expressions"),
        "{told:?}"
    );
}

#[test]
fn many_problems_are_kept_and_printed_up_to_a_point() {
    let mut text = String::new();
    for number in 0..200 {
        writeln!(text, "[experiments.e{number}]\ntrafic = 1").unwrap();
    }
    let error = Catalogue::parse(&text, Format::Toml, "file").unwrap_err();
    assert_eq!(error.problems().len(), 101);
    assert_eq!(
        error.problems()[100].to_string(),
        "file: and 100 more problems: mend these first"
    );
    assert_eq!(error.to_string().lines().count(), 51);
    let json = serde_json::to_value(&error.problems()[1]).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "source": "file",
            "line": 4,
            "column": 1,
            "key": "experiments.e1.trafic",
            "message": "unknown key: did you mean `traffic`?",
        })
    );
}
