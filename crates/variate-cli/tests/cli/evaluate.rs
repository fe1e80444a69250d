//! `variate evaluate` and `variate sample-size`.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Answered, answered, command};

#[path = "../../../../tests/support/ep_stats.rs"]
mod ep_stats;

use ep_stats::{compare, read, rows};

fn evaluate(arguments: &[&str], request: &str) -> Answered {
    answered(
        &mut command(&[&["evaluate", "-"], arguments].concat()),
        request.as_bytes(),
    )
}

fn checkout() -> Value {
    let rows = [
        ("a", "exposure", 1000),
        ("a", "purchase", 100),
        ("b", "exposure", 1000),
        ("b", "purchase", 130),
    ];
    let rows = rows.map(|(variant, goal, count)| {
        let aggregation = if goal == "exposure" { "global" } else { "unit" };
        json!({"exp_variant_id": variant, "unit_type": "user", "agg_type": aggregation, "goal": goal, "count": count,
            "sum_sqr_count": count})
    });
    json!({
        "id": "checkout", "control_variant": "a", "unit_type": "user",
        "metrics": [{"id": 1, "name": "Conversion", "nominator": "count(user.unit.purchase)",
            "denominator": "count(user.global.exposure)", "minimum_effect": 0.1}],
        "checks": [{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}],
        "goals": rows
    })
}

fn without_goals() -> String {
    let mut request = checkout();
    request.as_object_mut().unwrap().remove("goals");
    request.to_string()
}

const CSV: &str = "exp_variant_id,unit_type,agg_type,goal,count,sum_sqr_count
a,user,global,exposure,1000,1000
a,user,unit,purchase,100,100
b,user,global,exposure,1000,1000
b,user,unit,purchase,130,130
";

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn people_get_a_table() {
    let answered = evaluate(&[], &checkout().to_string());
    assert_eq!((answered.code, answered.err.as_str()), (0, ""));
    let wanted = "\
Experiment checkout
Exposed (user): a 0, b 0

It is too early: no difference is certain with 95 % confidence, whenever one looks. Read once, a comparison takes 29,502 units of both variants together to \
see the least effect that matters, and read at any time 63,670; there are 2,000 in all. Keep it running.
  Beware: Conversion of b looks certain (p = 0.035), but only to one who looks once: at any time, p = 0.38

Conversion
";
    let wanted = wanted.replace("a 0, b 0", "a 1,000, b 1,000");
    assert!(answered.out.starts_with(&wanted), "{}", answered.out);
    let lines: Vec<Vec<&str>> = answered
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let line = |first: &str| {
        lines
            .iter()
            .find(|line| line.first() == Some(&first))
            .unwrap()
    };
    assert_eq!(
        line("variant").join(" "),
        "variant n mean difference 95 %, one look p 95 %, at any time* p* power needed of both"
    );
    // Worked out by hand: se = √(0.1·0.9/1000 + 0.13·0.87/1000) = 0.014251, z = 2.1051; Katz' interval of the ratio. These are the numbers
    // of the sentence above, and those it takes as well.
    assert_eq!(
        line("b").join(" "),
        "b 1,000 0.13000 +30.00 % +1.70 % to +66.18 % 0.0353 -12.20 % to +97.23 % 0.3789 11.28 % 29,502"
    );
    assert_eq!(line("a").join(" "), "a 1,000 0.10000 control - - - - - -");
    // The README shows it.
    let (shown, _) = answered.out.split_once("\nEp-Stats would").unwrap();
    assert!(include_str!("../../README.md").contains(shown), "{shown}");
    // Ep-Stats' own numbers are there for who asks for them.
    let compat = evaluate(&["--compat"], &checkout().to_string()).out;
    assert!(
        compat.contains("95 % interval") && compat.contains("n required each"),
        "{compat}"
    );
    assert!(
        answered.out.contains("SRM: OK (p = 1.0000)"),
        "{}",
        answered.out
    );
    assert!(
        answered
            .out
            .contains("Here p-values are of the difference itself"),
        "{}",
        answered.out
    );
}

#[test]
fn what_is_missing_or_failed_is_told_in_words() {
    let mut request = checkout();
    request["goals"][1]["count"] = 0.into();
    request["goals"][0]["count"] = 2000.into();
    request["metrics"][0]["name"] = "\u{1b}[31mred".into();
    let answered = evaluate(&[], &request.to_string());
    assert_eq!(answered.code, 0);
    assert!(!answered.out.contains('\u{1b}'), "{}", answered.out);
    for part in [
        "FAILED, the units are not split as planned (p = ",
        "    b: no ",
        "    b: no confidence interval",
        ", since there is no relative difference to a mean of zero",
    ] {
        assert!(answered.out.contains(part), "{part}: {}", answered.out);
    }
}

#[test]
fn the_table_and_the_sentence_have_the_same_numbers() {
    // The last day of a period: one look, whose p-value decides.
    let of = |a: u32, b: u32, c: Option<u32>| {
        let mut request = checkout();
        request["metrics"][0]["minimum_effect"] = Value::Null;
        request["date_from"] = "2026-01-01".into();
        request["date_to"] = "2026-01-14".into();
        request["date_for"] = "2026-01-14".into();
        let goals = request["goals"].as_array_mut().unwrap();
        for (at, count) in [(1, a), (3, b)] {
            goals[at]["count"] = count.into();
            goals[at]["sum_sqr_count"] = count.into();
        }
        if let Some(c) = c {
            for (at, count) in [(0, 1000), (1, c)] {
                let mut row = goals[at].clone();
                row["exp_variant_id"] = "c".into();
                row["count"] = count.into();
                row["sum_sqr_count"] = count.into();
                goals.push(row);
            }
        }
        evaluate(&[], &request.to_string()).out
    };
    let rare = of(3, 15, None);
    let row = rare.lines().find(|line| line.starts_with("  b ")).unwrap();
    let ends = row.split("+400.00 %").nth(1).unwrap();
    // No half-width: a rate's interval is lopsided.
    assert!(rare.contains("+400 % (+41.1 % to +1676 %)"), "{rare}");
    // statsmodels' confint_proportions_2indep of the ratio by the score, at the level of the look.
    assert!(ends.contains("+41.07 % to +1676.4"), "{rare}");
    assert!(!rare.contains("at any time*"), "{rare}");
    // Without a success of the control, the test stands all the same.
    let none = of(0, 9, None);
    let row = none.lines().find(|line| line.starts_with("  b ")).unwrap();
    // Fisher's: 2·C(1000, 9)/C(2000, 9).
    assert!(
        none.contains("Ship it.") && row.contains("  0.0038"),
        "{none}"
    );
    // What the table has, nobody says is missing.
    assert!(!none.contains("p value"), "{none}");
    let all = of(1000, 900, None);
    assert!(!all.contains("p value"), "{all}");
    // Several comparisons: heads say what the warning says.
    let three = of(100, 130, Some(140));
    assert!(
        three.contains(" % each, this look") && three.contains("p adjusted"),
        "{three}"
    );
    assert!(
        three.contains("p-values are adjusted for that, intervals are of one each"),
        "{three}"
    );
}

#[test]
fn a_planned_split_may_be_told() {
    let mut request = checkout();
    request["goals"][0]["count"] = 9000.into();
    let text = request.to_string();
    let of = |arguments: &[&str]| evaluate(arguments, &text);
    assert!(of(&[]).out.contains("SRM: FAILED"));
    let planned = of(&["--shares", "a=90,b=10"]);
    assert!(
        planned.out.contains("SRM: OK (p = 1.0000)"),
        "{}",
        planned.out
    );
    assert!(
        !planned.out.contains("not split as planned"),
        "{}",
        planned.out
    );
    for wrong in ["a=90,b=0", "a", "a=much"] {
        let refused = of(&["--shares", wrong]);
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains("is no share"), "{}", refused.err);
    }
    let partly = of(&["--shares", "a=90"]);
    assert_eq!(partly.code, 2);
    assert!(
        partly.err.contains("has no planned share"),
        "{}",
        partly.err
    );
    assert_eq!(of(&["--compat", "--shares", "a=90,b=10"]).code, 2);
}

static VECTORS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!(
        "../../../variate-stats/tests/data/ep-stats.json"
    ))
    .unwrap()
});

#[test]
fn every_recorded_request_is_answered_as_ep_stats_answered_it() {
    let mut compared = 0;
    for vector in VECTORS
        .iter()
        .filter(|vector| vector["path"] == "/evaluate")
    {
        let mut request = match &vector["request"] {
            Value::String(text) => {
                assert_eq!(evaluate(&["--compat", "--json"], text).code, 2);
                continue;
            }
            request => request.clone(),
        };
        let has_goals = vector["goals"]["rows"].is_array();
        if has_goals {
            request["goals"] = rows(&vector["goals"]);
        }
        let answered = evaluate(&["--compat", "--json"], &request.to_string());
        let wanted = &vector["response"];
        let is_good = vector["status"] == 200;
        assert!(answered.code == 0 || answered.code == 2, "{}", answered.err);
        if is_good && has_goals {
            assert_eq!(answered.code, 0, "{}", answered.out);
            compare(&read(&answered.out), wanted, &vector["name"].to_string());
            compared += 1;
        } else if !is_good && (has_goals || vector["status"] == 422) {
            assert_eq!(answered.code, 2, "{}", vector["name"]);
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn goals_come_from_wherever_they_are() {
    let place = Place::new();
    let wanted = evaluate(&["--json"], &checkout().to_string());
    let goals = place.file("goals.csv", CSV);
    assert_eq!(
        evaluate(&["--json", "--goals", &goals], &without_goals()).out,
        wanted.out
    );

    let wide = place.file(
        "wide.csv",
        "experiment,variant,exposure,purchase\ncheckout,a,1000,100\ncheckout,b,1000,130\n",
    );
    let mut request = checkout();
    request.as_object_mut().unwrap().remove("goals");
    request["metrics"][0]["nominator"] = "value(user.global.purchase)".into();
    request["metrics"][0]["denominator"] = "value(user.global.exposure)".into();
    let got = evaluate(&["--json", "--goals", &wide], &request.to_string());
    assert_eq!(read(&got.out)["metrics"][0]["stats"][1]["mean"], 0.13);

    let units = place.file("units.csv", "exp_variant_id,unit_type,unit_id,goal,count,sum_value
a,user,1,exposure,1,1\na,user,2,exposure,1,1\na,user,1,purchase,1,5\nb,user,3,exposure,1,1\nb,user,4,exposure,1,1\nb,user,3,purchase,1,7\nb,user,4,purchase,1,6\n");
    let mut request = checkout();
    request.as_object_mut().unwrap().remove("goals");
    request["metrics"][0]["nominator"] = "value(user.unit.purchase)".into();
    request["metrics"][0]["denominator"] = "count(user.unit.exposure)".into();
    request["checks"] = json!([]);
    let got = evaluate(
        &["--json", "--compat", "--goals", &units],
        &request.to_string(),
    );
    assert_eq!(
        read(&got.out)["metrics"][0]["stats"][1]["mean"],
        6.5,
        "{}",
        got.out
    );
}

#[test]
fn goals_of_a_query_are_those_of_a_database() {
    let place = Place::new();
    let path = place.0.path().join("shop.db");
    let query = place.file(
        "goals.sql",
        "WITH goals(exp_variant_id, agg_type, goal, count) AS (
            VALUES ('a', 'global', 'exposure', 1000), ('a', 'unit', 'purchase', 100),
                   ('b', 'global', 'exposure', 1000), ('b', 'unit', 'purchase', 130))
         SELECT *, :unit_type AS unit_type, count AS sum_sqr_count FROM goals WHERE :experiment_id = 'checkout'",
    );
    // An empty file is an empty database.
    std::fs::write(&path, "").unwrap();
    let database = format!("sqlite:{}", path.display());
    let arguments = ["--json", "--goals-sql", &database, "--query", &query];
    let wanted = evaluate(&["--json"], &checkout().to_string());
    assert_eq!(evaluate(&arguments, &without_goals()).out, wanted.out);
    for (database, told) in [
        (
            "mysql://reader:secret@host/shop",
            "`mysql` names no database of goals",
        ),
        ("postgresql://reader@127.0.0.1:port", "invalid"),
    ] {
        let answered = evaluate(
            &["--goals-sql", database, "--query", &query],
            &without_goals(),
        );
        assert_eq!(answered.code, 2, "{}", answered.err);
        assert!(
            answered.err.contains(told) && !answered.err.contains("secret"),
            "{}",
            answered.err
        );
    }
    for format in [&[][..], &["--json"]] {
        let absent = ["--goals-sql", "sqlite:/nowhere/goals.db", "--query", &query];
        let answered = evaluate(&[&absent[..], format].concat(), &without_goals());
        assert_eq!((answered.code, answered.out.as_str()), (1, ""));
        assert!(
            answered.err.contains("/nowhere/goals.db"),
            "{}",
            answered.err
        );
    }
    let answered = evaluate(&["--goals-sql", &database], &without_goals());
    assert!(
        answered.code == 2 && answered.err.contains("--query"),
        "{}",
        answered.err
    );
}

#[test]
fn goals_of_a_store_are_its_tallies() {
    let place = Place::new();
    let mut lines = String::new();
    for unit in 0..40 {
        let variant = if unit % 2 == 0 { "a" } else { "b" };
        let mut line = |action: &str| {
            let event = json!({"id": format!("{action}{unit}"), "unit": unit.to_string(), "namespace": "shop",
                "experiment": "checkout", "variant": variant, "action": action, "at": 1_795_000_000_000_u64});
            lines.push_str(&event.to_string());
            lines.push('\n');
        };
        line("participate");
        if unit % 5 < 2 {
            line("purchase");
        }
    }
    let directory = place.0.path().join("events");
    fill(&directory, &lines);
    let store = format!("dir:{}", directory.display());
    let got = evaluate(
        &["--json", "--store", &store, "--namespace", "shop"],
        &without_goals(),
    );
    let got = read(&got.out);
    assert_eq!(got["exposure"]["stats"][1]["count"], 20);
    assert_eq!(got["metrics"][0]["stats"][0]["mean"], 0.4);
    let other = evaluate(&["--store", &store], &without_goals());
    assert_eq!(other.code, 2);
    assert!(
        other
            .err
            .contains("there are no goals of experiment \"checkout\""),
        "{}",
        other.err
    );
    let missing = evaluate(&["--store", "dir:/nowhere/events"], &without_goals());
    assert_eq!(
        (missing.code, Path::new("/nowhere").exists()),
        (1, false),
        "{}",
        missing.err
    );
}

/// Counts events in a directory.
fn fill(directory: &Path, lines: &str) {
    use variate_collector::{EmbeddedStore, EventStore, NewEvent};

    let store = EmbeddedStore::open(directory).unwrap();
    for line in lines.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        let mut counted = NewEvent::new(
            text("namespace"),
            text("experiment"),
            text("variant"),
            text("action"),
            text("id"),
        )
        .of_unit(text("unit"));
        counted.at = event["at"].as_u64().unwrap();
        store.ingest(&[counted]).unwrap();
    }
}

#[test]
fn bad_requests_are_told() {
    let told = |arguments: &[&str], request: &str| {
        let answered = evaluate(arguments, request);
        assert_eq!(answered.code, 2, "{}", answered.err);
        answered.err + &answered.out
    };
    let mut request = checkout();
    request["metrics"][0]["nominator"] = "count(user.unit.purchase) x".into();
    let message = told(&[], &request.to_string());
    assert!(
        message.starts_with("variate: metrics[0].nominator: "),
        "{message}"
    );
    let json = told(&["--json"], &request.to_string());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["detail"][0]["loc"][1], "metrics");
    assert!(
        json["message"]
            .as_str()
            .unwrap()
            .starts_with("metrics[0].nominator: ")
    );
    told(&[], "");
    assert!(
        told(&[], &without_goals())
            .contains("there are no goals of experiment \"checkout\"; send them along")
    );
    told(&[], "{}");
    told(&["--compat"], "{}");
    request["metrics"][0]["nominator"] = "(".repeat(10_000).into();
    told(&[], &request.to_string());

    let missing = answered(&mut command(&["evaluate", "/nowhere/request.json"]), b"");
    assert_eq!(missing.code, 1);
    assert!(
        missing
            .err
            .starts_with("variate: cannot read `/nowhere/request.json`: "),
        "{}",
        missing.err
    );
    let place = Place::new();
    let bad = place.file("bad.csv", "a,b\n");
    let answered = evaluate(&["--goals", &bad], &without_goals());
    assert!(
        answered.err.contains("have no column \"exp_variant_id\""),
        "{}",
        answered.err
    );
}

fn size(arguments: &[&str]) -> Answered {
    answered(&mut command(&[&["sample-size"], arguments].concat()), b"")
}

#[test]
fn sample_sizes_are_those_of_ep_stats() {
    let mut compared = 0;
    for vector in VECTORS
        .iter()
        .filter(|vector| vector["path"] == "/sample-size-calculation")
    {
        let request = &vector["request"];
        let names = [
            ("n_variants", "--variants"),
            ("minimum_effect", "--minimum-effect"),
            ("mean", "--mean"),
            ("std", "--std"),
            ("confidence_level", "--confidence-level"),
            ("power", "--power"),
        ];
        let has_all = ["n_variants", "minimum_effect", "mean"]
            .iter()
            .all(|name| request[*name].is_number());
        if !has_all {
            continue;
        }
        let mut arguments = vec!["--json".to_owned(), "--compat".to_owned()];
        for (name, option) in names {
            if let Value::Number(number) = &request[name] {
                arguments.extend([option.to_owned(), number.to_string()]);
            }
        }
        let answered = size(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(
            answered.code == 0,
            vector["status"] == 200,
            "{}",
            answered.err
        );
        compare(
            &read(&answered.out),
            &vector["response"],
            &vector["name"].to_string(),
        );
        compared += 1;
    }
    assert!(compared > 5, "{compared}");
}

#[test]
fn sample_sizes_are_told_in_words() {
    let told = size(&["--mean", "0.4", "--minimum-effect", "0.05"]);
    assert_eq!(
        told.out,
        "9,489 units in each of 2 variants find a relative effect of 5 % with a probability of 80 %, at a level of 95 %.\n"
    );
    for (mean, effect, why) in [
        ("0.4", "0", "no number of units is enough"),
        ("0.9", "0.5", "there is no such rate"),
        ("0.4", "1e-9", "1e15 units do not show it"),
    ] {
        let bad = size(&["--mean", mean, "--minimum-effect", effect]);
        assert_eq!((bad.code, bad.out.as_str()), (2, ""), "{mean} {effect}");
        assert!(bad.err.contains(why), "{}", bad.err);
    }
    // A fall is not a rise: (z(0.975) + z(0.8))²·(0.2·0.8 + 0.12·0.88)/0.08².
    let fall = size(&["--mean", "0.2", "--minimum-effect", "-0.4"]).out;
    assert!(
        fall.starts_with("326 units in each of 2 variants find a relative effect of -40 %"),
        "{fall}"
    );
    let small = size(&["--mean", "0.4", "--minimum-effect", "0.00001"]).out;
    assert!(small.contains("a relative effect of 1.00e-3 %"), "{small}");
    let bad = size(&["--mean", "7", "--minimum-effect", "0.5"]);
    assert_eq!((bad.code, bad.out.as_str()), (2, ""));
    assert!(bad.err.contains("give std or a rate"), "{}", bad.err);
    for (name, value) in [
        ("--variants", "-1"),
        ("--std", "-3"),
        ("--std", "0"),
        ("--confidence-level", "0"),
        ("--power", "1"),
    ] {
        let mut arguments = vec!["--mean", "5", "--minimum-effect", "0.1", name, value];
        if name != "--std" {
            arguments.extend(["--std", "3"]);
        }
        let bad = size(&arguments);
        assert_eq!((bad.code, bad.out.as_str()), (2, ""), "{name} {value}");
        assert!(!bad.err.contains("unexpected argument"), "{}", bad.err);
    }
    let zero = size(&["--mean", "0", "--minimum-effect", "0.1"]);
    assert_eq!(zero.code, 2);
    assert!(zero.err.contains("mean is 0"), "{}", zero.err);
    let json = size(&["--mean", "0.9", "--minimum-effect", "0.5", "--json"]);
    assert_eq!(
        json.out,
        "{\"sample_size_per_variant\": null, \"reason\": \"no_such_rate\"}\n"
    );
    assert_eq!(json.code, 2);
}

fn power(arguments: &[&str]) -> Answered {
    answered(
        &mut command(&[&["power", "--mean", "0.1"], arguments].concat()),
        b"",
    )
}

#[test]
fn plans_are_told_in_words_and_as_json() {
    // statsmodels' and gsDesign's figures are those of the library's tests.
    let told = power(&[
        "--minimum-effect",
        "0.05",
        "--variants",
        "3",
        "--units-a-day",
        "8000",
    ]);
    assert_eq!(
        told.out,
        "69,952 units in each of 3 variants, 209,856 in all: 27 days,
find an effect of 5 % with a probability of 80 %, at a level of 95 %.\n"
    );
    let json = |arguments: &[&str]| read(&power(&[&["--json"], arguments].concat()).out);
    let once = json(&["--minimum-effect", "0.05"]);
    let often = json(&["--minimum-effect", "0.05", "--looks", "5"]);
    let number = |of: &Value, name: &str| of[name].as_f64().unwrap();
    // Jennison and Turnbull, table 2.4: R_B(5, 0.05, 0.2) = 1.028.
    assert!(
        (number(&often, "inflation") - 1.028).abs() < 5e-4,
        "{often}"
    );
    let ratio = number(&often, "units_per_variant") / number(&once, "units_per_variant");
    assert!((ratio - 1.028).abs() < 1e-3, "{ratio}");
    // With what is needed, the least effect is the one that it is needed for.
    let units = number(&once, "units_per_variant").to_string();
    let back = json(&["--units", &units, "--minimum-effect", "0.05"]);
    assert!(
        (number(&back, "minimum_relative_effect") - 0.05).abs() < 1e-5,
        "{back}"
    );
    assert!((number(&back, "power") - 0.8).abs() < 1e-5, "{back}");
    let told = power(&["--units", "35000", "--variants", "3"]);
    assert!(
        told.out.contains("find a difference of 0.0071"),
        "{}",
        told.out
    );

    // A fall of a rate is seen by fewer units than a rise. By the formula of Fleiss, Levin and Paik in Python.
    let fall = json(&["--units", "40000", "--minimum-effect", "-0.05"]);
    assert!(
        (number(&fall, "minimum_effect") + 0.005_864_7).abs() < 1e-6,
        "{fall}"
    );
    let told = answered(
        &mut command(&[
            "power",
            "--mean",
            "0.999",
            "--units",
            "1000",
            "--minimum-effect",
            "-0.02",
        ]),
        b"",
    );
    assert!(
        told.out.contains("find a difference of -0.009445")
            && told.out.contains("probability of 99.03 %"),
        "{} {}",
        told.out,
        told.err
    );

    // Of five looks by an integration of their joint density, at the drift 0.25/(30·√(2/20000)).
    let looks = [
        "power",
        "--mean",
        "12.5",
        "--std",
        "30",
        "--minimum-effect",
        "0.02",
        "--units",
        "20000",
        "--looks",
        "5",
    ];
    let told = answered(&mut command(&looks), b"").out;
    assert!(told.contains("with a probability of 12.92 %."), "{told}");

    for bad in [
        &["--minimum-effect", "0"][..],
        &["--minimum-effect", "20"],
        &["--units", "1"],
        // Chance alone has more.
        &["--minimum-effect", "0.05", "--power", "0.01"],
        // Numbers, though they begin as options do.
        &["--units", "-5"],
        &["--minimum-effect", "0.05", "--std", "-1"],
        &["--minimum-effect", "0.05", "--power", "-1"],
        &["--minimum-effect", "0.05", "--confidence-level", "-1"],
        &["--minimum-effect", "0.05", "--units-a-day", "-1"],
    ] {
        let told = power(bad);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{}", told.err);
        assert!(!told.err.contains("unexpected argument"), "{}", told.err);
    }
    assert_eq!(power(&[]).code, 2);
}
