//! `variate simulate`: catalogues before they are launched.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Answered, answered, command};

const CATALOGUE: &str = r#"
[layers.checkout]
unit = "account_id"

[experiments.pill]
layer = { name = "checkout", range = [0, 50] }
exclude = [{ key = "plan", equals = "staff" }]
plan.days = 4

[[experiments.pill.metrics]]
name = "order value"
kind = "ratio"
numerator = { values = "bought" }
denominator = { events = "bought" }

[experiments.shape]
layer = { name = "checkout", range = [50, 100] }
"#;

/// A share with a seed is the same in all experiments.
const TWINS: &str = r#"
[experiments.one]
segments = [{ variant = "candidate", when = { key = "user_id", percent = 50, seed = "beta" } }]
[experiments.two]
segments = [{ variant = "candidate", when = { key = "user_id", percent = 50, seed = "beta" } }]
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("catalogue.toml", CATALOGUE);
    file("twins.toml", TWINS);
    file("broken.toml", "[experiments.pill]\ntrafic = 20\n");
    file(
        "seen.jsonl",
        "{\"account_id\":1,\"plan\":\"staff\"}\n\n{\"account_id\":2,\"plan\":\"pro\"}\n",
    );
    file("bad.jsonl", "{\"account_id\":1}\n[1]\n");
    file("empty.jsonl", "\n");
    folder
}

fn simulate(folder: &TempDir, arguments: &[&str]) -> Answered {
    let arguments = [&["simulate"], arguments].concat();
    answered(command(&arguments).current_dir(folder.path()), b"")
}

const FEW: [&str; 7] = [
    "catalogue.toml",
    "--units",
    "2000",
    "--runs",
    "3",
    "--daily",
    "50",
];

#[test]
fn a_catalogue_alone_is_enough_and_what_is_assumed_is_told() {
    let folder = folder();
    let told = simulate(&folder, &FEW);
    assert_eq!((told.err.as_str(), told.code), ("", 0), "{}", told.out);
    for text in [
        "Experiment pill\n",
        "of 2,000 units take part; not: outside_layer",
        "  The split is as planned (p = ",
        "If nothing differed: 3 runs of 4 days, 50 units a day, read after 4 days, looked at daily\n",
        "fixed test, looked at daily",
        "  Not evaluated: it declares no metrics\n",
        "  pill and shape: never meet (layer checkout)\n",
        "  rules of pill ask for plan, which simulated units do not have: --contexts brings some\n",
        "  the baseline of order value in pill is taken to be 1:1: --baseline 'order value=1:1' says so\n",
        "it by 5 %: --effect 'order value=0.05' says so\n",
        "Nothing is wrong, as far as a simulation can tell (seed 1).\n",
    ] {
        assert!(told.out.contains(text), "{text:?} is not in:\n{}", told.out);
    }
    // No bar where no terminal is, and the same again.
    assert_eq!(simulate(&folder, &FEW).out, told.out);
}

#[test]
fn json_picture_and_page_say_the_same() {
    let folder = folder();
    let more = [
        "--json",
        "--seed",
        "5",
        "--experiment",
        "pill",
        "--baseline",
        "pill/order value=60:35:0.5",
        "--effect",
        "0.1",
        "--plot",
        "plot.svg",
        "--html",
        "page.html",
    ];
    let told = simulate(&folder, &[&FEW[..], &more].concat());
    assert_eq!((told.err.as_str(), told.code), ("", 0));
    let json: Value = told.json().remove(0);
    assert_eq!(
        (&json["version"], &json["seed"], &json["units"]),
        (&json!(1), &json!(5), &json!(2_000))
    );
    let pill = &json["experiments"][0];
    assert_eq!(json["experiments"].as_array().unwrap().len(), 1);
    assert_eq!(pill["split"]["left_out"][0]["reason"], "outside_layer");
    let runs = &pill["runs"];
    assert_eq!((&runs["runs"], &runs["daily"]), (&json!(3), &json!(50)));
    assert_eq!(runs["end"], json!({"kind": "days", "days": 4}));
    assert_eq!(runs["alike"]["wrong"]["runs"], 3);
    let found = &runs["better"]["comparisons"][0];
    assert_eq!(
        (&found["effect"], &found["metric"]),
        (&json!(0.1), &json!("order value"))
    );
    assert_eq!(
        found["baseline"],
        json!({"value": 60.0, "deviation": 35.0, "per_unit": 0.5})
    );
    assert!(found["theory"]["units_needed"].as_u64().unwrap() > 500);
    assert_eq!(runs["by_day"].as_array().unwrap().len(), 4);
    assert_eq!(json["assumptions"][0]["kind"], "entries");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("plot.svg").starts_with("<svg xmlns="));
    assert!(read("page.html").contains("<h2>pill</h2>"));
}

#[test]
fn what_is_wrong_fails_only_where_it_is_denied() {
    let folder = folder();
    let warned = simulate(&folder, &["twins.toml", "--units", "500"]);
    assert_eq!(warned.code, 0);
    let beware = "Beware: one and two are not independent (Cramér's V 0.3";
    assert!(warned.out.contains(beware), "{}", warned.out);
    let denied = simulate(
        &folder,
        &["twins.toml", "--units", "500", "--deny-warnings"],
    );
    assert_eq!((denied.out, denied.code), (warned.out, 1));
}

#[test]
fn contexts_come_from_a_file() {
    let folder = folder();
    let told = simulate(
        &folder,
        &[
            &FEW[..1],
            &["--contexts", "seen.jsonl", "--runs", "2", "--json"],
        ]
        .concat(),
    );
    let json = told.json().remove(0);
    assert_eq!(json["units"], 2);
    let reasons = json["experiments"][0]["split"]["left_out"]
        .as_array()
        .unwrap();
    assert!(
        reasons.iter().any(|of| of["reason"] == "excluded"),
        "{reasons:?}"
    );
    let refused = |file: &str| {
        let told = simulate(&folder, &["catalogue.toml", "--contexts", file]);
        (told.err, told.code)
    };
    assert_eq!(
        refused("bad.jsonl"),
        (
            "variate: bad.jsonl:2: expected an object: a line is a context, such as {\"user_id\":42,\"country\":\"DE\"}\n".to_owned(),
            2
        )
    );
    assert_eq!(
        refused("empty.jsonl").0,
        "variate: empty.jsonl: there are no contexts in it: write one a line, such as {\"user_id\":42,\"country\":\"DE\"}\n"
    );
    let (err, code) = refused("gone.jsonl");
    assert!(
        err.starts_with("variate: cannot read `gone.jsonl`: "),
        "{err}"
    );
    assert_eq!(code, 1);
}

#[test]
fn options_that_make_no_sense_are_told_with_what_would() {
    let folder = folder();
    let refused = |arguments: &[&str], text: &str| {
        let told = simulate(&folder, &[&["catalogue.toml"], arguments].concat());
        assert_eq!((told.out.as_str(), told.code), ("", 2), "{arguments:?}");
        assert!(told.err.contains(text), "{text:?} is not in {}", told.err);
    };
    refused(
        &["--baseline", "0.04"],
        "`0.04` names no metric: write it as in purchases=0.04",
    );
    refused(
        &["--baseline", "order value=x"],
        "`x` is no baseline: write ",
    );
    refused(
        &["--baseline", "orders=1:1"],
        "no simulated experiment has a metric of that name; there are order value",
    );
    refused(
        &["--baseline", "order value=-1"],
        "`order value` of `pill` cannot have the baseline -1: ",
    );
    refused(
        &["--effect", "lots"],
        "`lots` is no effect: expected a share, as 0.05 for 5 %",
    );
    refused(
        &["--effect", "order value=0"],
        "an effect of 0 makes no sense",
    );
    refused(&["--effect", "-0.1"], "an effect of -0.1 makes no sense");
    refused(
        &["--units", "0"],
        "the number of units is 0: give at least 1",
    );
    refused(
        &["--experiment", "bill"],
        "no catalogue declares the experiment `bill`; there are pill, shape",
    );
    refused(&["--bits", "256"], "--bits is only for --scheme gitlab-v2");
    let broken = simulate(&folder, &["broken.toml"]);
    assert!(
        broken
            .err
            .contains("broken.toml:2:1: experiments.pill.trafic: unknown key"),
        "{}",
        broken.err
    );
    assert_eq!(broken.code, 2);
    let unwritten = simulate(&folder, &[&FEW[..], &["--plot", "gone/plot.svg"]].concat());
    assert!(
        unwritten
            .err
            .starts_with("variate: cannot write `gone/plot.svg`: ")
    );
    assert_eq!(unwritten.code, 1);
}

/// `variate sample-size` plans for a test a little different from that of the evaluation.
#[test]
fn units_that_are_needed_are_those_of_sample_size_and_power() {
    let folder = folder();
    let one = "[experiments.pill]\nplan.days = 2\nmetrics = [{ name = \"it\", kind = \"conversion\", action = \"a\", minimum_effect = 0.05 }]";
    std::fs::write(folder.path().join("one.toml"), one).unwrap();
    let options = [
        "one.toml",
        "--json",
        "--units",
        "200",
        "--runs",
        "1",
        "--daily",
        "100",
        "--baseline",
        "it=0.1",
    ];
    let theory = simulate(&folder, &options).json().remove(0)["experiments"][0]["runs"]["better"]["comparisons"][0]["theory"].clone();
    let needed = theory["units_needed"].as_f64().unwrap();
    let asked = |arguments: &[&str]| {
        let arguments = [
            arguments,
            &["--mean", "0.1", "--minimum-effect", "0.05", "--json"],
        ]
        .concat();
        answered(&mut command(&arguments), b"").json().remove(0)
    };
    let power = asked(&["power", "--units-a-day", "100"]);
    assert!((needed - power["total"].as_f64().unwrap()).abs() < 0.5);
    assert_eq!(theory["days_needed"], power["days"]);
    let size = asked(&["sample-size"]);
    let size = 2.0 * size["sample_size_per_variant"].as_f64().unwrap();
    assert!((needed / size - 1.0).abs() < 0.01, "{needed} and {size}");
}
