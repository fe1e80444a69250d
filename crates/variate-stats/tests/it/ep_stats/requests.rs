use proptest::prelude::*;
use serde_json::{Value, json};
use variate_stats::ep_stats::{
    Experiment, GoalError, GoalRow, GoalSource, Mode, NoGoals, evaluate_json, sample_size_json,
};

use super::{answer, clicks, evaluated, number, settings};

fn detail(body: &Value, mode: Mode) -> Value {
    let answer = answer(body, mode);
    assert_eq!(answer.status, 422, "{}", answer.body);
    serde_json::from_str::<Value>(&answer.body).unwrap()["detail"].take()
}

#[test]
fn refusals_are_written_without_blanks_and_answers_with() {
    let refusal = evaluate_json(b"{\"id\": ", &NoGoals, &settings());
    assert_eq!(
        refusal.body,
        r#"{"detail":[{"type":"json_invalid","loc":["body",7],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}]}"#
    );
    let answer = answer(
        &clicks(&[("a", 21.0, 5.0), ("\u{e9}", 26.0, 7.0)]),
        Mode::Compat,
    );
    let start = r#"{"id": "test", "metrics": [{"id": 1, "name": "CTR", "stats": [{"exp_variant_id": "a", "diff": 0.0, "mean": 0.23809523809523808, "std": 0.436435780471984"#;
    assert!(answer.body.starts_with(start), "{}", answer.body);
    let end = r#"}]}], "checks": [], "exposure": {"unit_type": "user", "stats": [{"exp_variant_id": "a", "count": 21}, {"exp_variant_id": "\u00e9", "count": 26}]}}"#;
    assert!(answer.body.ends_with(end), "{}", answer.body);
}

#[test]
fn types_are_lax_as_pydantics_are() {
    let mut body = clicks(&[("a", 21.0, 5.0), ("b", 26.0, 7.0)]);
    for (id, wanted) in [
        (json!("7"), 7),
        (json!(7.0), 7),
        (json!(true), 1),
        (json!(" 8.00 "), 8),
    ] {
        body["metrics"][0]["id"] = id;
        assert_eq!(evaluated(&body, Mode::Compat)["metrics"][0]["id"], wanted);
    }
    body["metrics"][0]["minimum_effect"] = "0.1".into();
    assert!(
        number(&evaluated(&body, Mode::Compat)["metrics"][0]["stats"][1]["required_sample_size"])
            > 0.0
    );
    for name in [
        "variants",
        "date_from",
        "filters",
        "null_hypothesis_rate",
        "query_parameters",
    ] {
        body[name] = Value::Null;
    }
    evaluated(&body, Mode::Compat);
}

#[test]
fn faults_are_told_with_their_place() {
    let cases = [
        ("/metrics/0/id", json!(1.5), "int_from_float"),
        ("/metrics/0/id", json!([]), "int_type"),
        ("/metrics/0/id", json!(0), "value_error"),
        ("/metrics/0/name", json!(""), "value_error"),
        ("/metrics/0/minimum_effect", json!({}), "float_type"),
        (
            "/metrics/0/outlier_lower_percentile",
            json!(-1),
            "greater_than_equal",
        ),
        ("/metrics/0", json!(3), "model_attributes_type"),
        ("/metrics", json!({}), "list_type"),
        ("/variants", json!(["a", 1]), "string_type"),
        ("/query_parameters", json!([]), "dict_type"),
        ("/goals/0/agg_type", json!("unit_"), "enum"),
        ("/goals/1/count", json!("many"), "float_type"),
    ];
    for (pointer, value, kind) in cases {
        let mut body = clicks(&[("a", 21.0, 5.0), ("b", 26.0, 7.0)]);
        body["variants"] = json!(["a", "b"]);
        body["query_parameters"] = json!({});
        body["metrics"][0]["minimum_effect"] = json!(0.1);
        body["metrics"][0]["outlier_lower_percentile"] = json!(1);
        *body.pointer_mut(pointer).unwrap() = value;
        let detail = detail(&body, Mode::Compat);
        assert_eq!(
            (detail.as_array().unwrap().len(), &detail[0]["type"]),
            (1, &kind.into()),
            "{detail}"
        );
        let place = detail[0]["loc"].as_array().unwrap().iter().skip(1);
        let steps: Vec<String> = place
            .map(|step| step.to_string().replace('"', ""))
            .collect();
        let place = format!("/{}", steps.join("/"));
        assert!(place.starts_with(pointer), "{place} {pointer}");
    }
}

#[test]
fn corrected_faults_say_what_to_do() {
    let mut body = clicks(&[("a", 21.0, 5.0), ("b", 26.0, 7.0)]);
    body["metrics"][0]["nominator"] = "count(user.unit.click) clicks".into();
    let refused = detail(&body, Mode::Corrected);
    assert_eq!(
        refused[0]["loc"],
        json!(["body", "metrics", 0, "nominator"])
    );
    assert_eq!(
        refused[0]["msg"],
        "at byte 23: expected an operator or the end, found \"clicks\"; remove it"
    );
    assert_eq!(refused[0]["ctx"]["offset"], 23);

    body["metrics"][0]["nominator"] = "5".into();
    assert!(
        detail(&body, Mode::Corrected)[0]["msg"]
            .as_str()
            .unwrap()
            .contains("has no goal")
    );
    body = clicks(&[("a", 21.0, 5.0), ("b", 26.0, 7.0)]);
    body["control_variant"] = "z".into();
    body["variants"] = json!(["a", "b"]);
    assert!(
        detail(&body, Mode::Corrected)[0]["msg"]
            .as_str()
            .unwrap()
            .contains("\"z\" is not one of the variants")
    );
    body["control_variant"] = "a".into();
    body["checks"] = json!([{"id": 1, "name": "x", "type": "Other", "denominator": "count(user.global.exposure)"}]);
    assert_eq!(
        detail(&body, Mode::Corrected)[0]["loc"],
        json!(["body", "checks", 0, "type"])
    );
    body["checks"] = json!([]);
    body["filters"] = json!([{"scope": "goal", "dimension": "browser", "value": ["x"]}]);
    assert_eq!(
        detail(&body, Mode::Corrected)[0]["loc"],
        json!(["body", "filters"])
    );
}

#[test]
fn a_source_that_fails_is_told() {
    struct Broken;
    impl GoalSource for Broken {
        fn aggregated(&self, _: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
            Err(GoalError::Source("the warehouse is down".into()))
        }
    }
    let mut body = clicks(&[]);
    body.as_object_mut().unwrap().remove("goals");
    let answer = evaluate_json(body.to_string().as_bytes(), &Broken, &settings());
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.body,
        r#"{"detail":"Cannot evaluate experiment [test] because of the warehouse is down"}"#
    );
    body["by_unit"] = true.into();
    assert!(
        evaluate_json(body.to_string().as_bytes(), &Broken, &settings())
            .body
            .contains("no goals by unit")
    );
}

#[test]
fn sizes_that_make_no_sense_are_told() {
    let size =
        |body: Value, mode| sample_size_json(body.to_string().as_bytes(), &settings().mode(mode));
    let compat = size(
        json!({"n_variants": 1, "minimum_effect": 0.1, "mean": 0.2}),
        Mode::Compat,
    );
    assert_eq!(
        (compat.status, compat.body.as_str()),
        (
            500,
            r#"{"detail":"Cannot calculate the sample size because of: 'There must be at least two variants.'"}"#
        )
    );
    let body = json!({"n_variants": 2, "minimum_effect": -0.4, "mean": 0.2});
    assert!(
        size(body.clone(), Mode::Compat)
            .body
            .contains("'minimum_effect must be greater than zero.'")
    );
    // A fall from 20 % to 12 %: (z(0.975) + z(0.8))²·(0.2·0.8 + 0.12·0.88)/0.08².
    assert_eq!(
        size(body, Mode::Corrected).body,
        "{\"sample_size_per_variant\": 326.0}"
    );
    let beyond = json!({"n_variants": 2, "minimum_effect": -1.1, "mean": 0.2});
    assert_eq!(
        size(beyond, Mode::Corrected).body,
        "{\"sample_size_per_variant\": null, \"reason\": \"no_such_rate\"}"
    );
    let three = size(
        json!({"n_variants": 3, "minimum_effect": 0.05, "mean": 0.4}),
        Mode::Compat,
    );
    assert_eq!(three.body, "{\"sample_size_per_variant\": 11492.0}");
    let none = size(
        json!({"n_variants": 2, "minimum_effect": 0, "mean": 0.4}),
        Mode::Corrected,
    );
    assert_eq!(
        none.body,
        "{\"sample_size_per_variant\": null, \"reason\": \"no_difference\"}"
    );
}

#[test]
fn a_sample_size_is_refused_for_numbers_that_make_no_sense() {
    let answered = |name: &str, value: f64, mode| {
        let mut body =
            json!({"n_variants": 2, "minimum_effect": 0.1, "mean": 5, "std": 3, "mode": mode});
        body[name] = value.into();
        sample_size_json(body.to_string().as_bytes(), &settings())
    };
    for (name, value) in [
        ("std", -3.0),
        ("std", 0.0),
        ("mean", 0.0),
        ("confidence_level", 0.0),
        ("confidence_level", 1.0),
        ("power", 0.0),
        ("power", 0.05),
        ("power", 1.0),
        ("power", 1.5),
        ("n_variants", 1.0),
    ] {
        let answer = answered(name, value, "corrected");
        assert_eq!(answer.status, 422, "{name} {value}: {}", answer.body);
        let loc = format!("\"loc\":[\"body\",\"{name}\"]");
        assert!(answer.body.contains(&loc), "{}", answer.body);
        // Ep-Stats takes what the formula gives.
        let status = if name == "n_variants" { 500 } else { 200 };
        assert_eq!(answered(name, value, "compat").status, status, "{name}");
    }
    let rate = json!({"n_variants": 2, "minimum_effect": 0.1, "mean": 0, "mode": "corrected"});
    let answer = sample_size_json(rate.to_string().as_bytes(), &settings());
    assert!(
        answer.message.contains("mean is 0") && answer.status == 422,
        "{}",
        answer.message
    );
    assert_eq!(answered("power", 0.9, "corrected").status, 200);
    // A mean that falls by a share takes as many as one that rises by it.
    let [rise, fall] = [0.1, -0.1].map(|of| answered("minimum_effect", of, "corrected").body);
    assert_eq!(rise, fall);
}

#[test]
fn a_body_that_is_no_text_is_told() {
    let answer = evaluate_json(&[0xff, 0xfe], &NoGoals, &settings());
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (400, r#"{"detail":"There was an error parsing the body"}"#)
    );
}

/// Any value in the place of another.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![0.0, -1.0, 0.5, 1e308, -1e308, 1e-308, 50.0])
            .prop_map(Value::from),
        "[a-z0-9().*-]{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "count(user.unit.click)*0",
            "1/0",
            "count(user.unit.click)/count(user.unit.click)",
            "2020-01-01"
        ])
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!([{}])),
        Just(json!({"a": [1]})),
    ]
}

proptest! {
    #[test]
    fn any_body_is_answered(body in prop::collection::vec(any::<u8>(), 0..60)) {
        let answer = evaluate_json(&body, &NoGoals, &settings());
        prop_assert!(answer.status == 422 || answer.status == 400);
    }

    #[test]
    fn any_field_may_be_anything(at in 0_usize..16, value in anything(), corrected in any::<bool>(), by_unit in any::<bool>()) {
        let mut body = clicks(&[("a", 21.0, 5.0), ("b", 26.0, 7.0), ("c", 1.0, 1.0)]);
        body["checks"] = json!([{"id": 1, "name": "x", "type": "SumRatio", "nominator": "count(user.unit.click)",
            "denominator": "count(user.global.exposure)"}]);
        body["filters"] = json!([{"scope": "goal", "dimension": "d", "value": ["x"]}]);
        body["filters"] = json!([]);
        body["metrics"][0]["minimum_effect"] = json!(0.1);
        body["null_hypothesis_rate"] = json!(0.5);
        body["date_from"] = json!("2026-05-01");
        body["date_to"] = json!("2026-06-10");
        body["by_unit"] = by_unit.into();
        let places = [
            "/id", "/control_variant", "/metrics", "/metrics/0/id", "/metrics/0/nominator", "/metrics/0/denominator",
            "/metrics/0/minimum_effect", "/checks", "/checks/0/denominator", "/filters", "/null_hypothesis_rate",
            "/date_from", "/goals", "/goals/0/count", "/goals/3/sum_sqr_count", "/goals/0/exp_variant_id",
        ];
        *body.pointer_mut(places[at]).unwrap() = value;
        let mode = if corrected { Mode::Corrected } else { Mode::Compat };
        let answer = answer(&body, mode);
        prop_assert!([200, 422, 500].contains(&answer.status));
        if corrected {
            prop_assert!(answer.status != 500, "{}", answer.body);
            let json: Value = serde_json::from_str(&answer.body).unwrap();
            for metric in json["metrics"].as_array().into_iter().flatten() {
                for stat in metric["stats"].as_array().unwrap() {
                    for (name, value) in stat.as_object().unwrap() {
                        prop_assert!(!value.is_null() || stat["reasons"][name].is_string(), "{name}: {stat}");
                    }
                }
            }
        }
    }
}

#[test]
fn parameters_for_the_source_reach_it() {
    struct Asked(std::sync::Mutex<Option<Experiment>>);
    impl GoalSource for Asked {
        fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
            *self.0.lock().unwrap() = Some(experiment.clone());
            Ok(Vec::new())
        }
    }
    let mut body = clicks(&[]);
    body.as_object_mut().unwrap().remove("goals");
    body["query_parameters"] = json!({
        "country": "DE", "days": 7, "share": 0.5, "is_performance_test": true, "list": [null, {"a": "b"}]
    });
    let source = Asked(std::sync::Mutex::default());
    let answer = evaluate_json(body.to_string().as_bytes(), &source, &settings());
    assert!(answer.status == 200 && answer.is_performance_test);
    let experiment = source.0.into_inner().unwrap().unwrap();
    let sent: Vec<_> = experiment
        .query_parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        sent,
        [
            "country=DE",
            "days=7",
            "is_performance_test=true",
            r#"list=[null,{"a":"b"}]"#,
            "share=0.5"
        ]
    );
    let written = serde_json::to_value(&experiment.query_parameters).unwrap();
    assert_eq!(written, body["query_parameters"]);
}

#[test]
fn checks_that_cannot_be_done_are_counted() {
    let mut body = clicks(&[("a", 21.0, 5.0), ("b", 26.0, 7.0)]);
    body["goals"] = json!([
        {"exp_variant_id": "a", "unit_type": "user", "unit_id": 1, "goal": "click", "count": 1, "sum_value": 1},
        {"exp_variant_id": "b", "unit_type": "user", "unit_id": 2, "goal": "click", "count": 1, "sum_value": 2}
    ]);
    body["metrics"] = json!([]);
    let ratio = |id| json!({"id": id, "name": "x", "type": "SumRatio", "nominator": "count(user.unit.click)", "denominator": "count(user.unit.click)"});
    body["checks"] = json!([ratio(1), ratio(2)]);
    // By unit, the original has no such check.
    assert_eq!(answer(&body, Mode::Compat).failed_checks, 2);
    assert_eq!(answer(&body, Mode::Corrected).failed_checks, 0);
}

#[test]
fn what_a_source_lacks_is_told_by_its_status() {
    struct Lacks(GoalError);
    impl GoalSource for Lacks {
        fn aggregated(&self, _: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
            Err(self.0.clone())
        }
    }
    let mut body = clicks(&[]);
    body.as_object_mut().unwrap().remove("goals");
    let status = |error: GoalError, mode| {
        let settings = settings().mode(mode);
        evaluate_json(body.to_string().as_bytes(), &Lacks(error), &settings).status
    };
    for (error, compat, corrected) in [
        (GoalError::Experiment("test".to_owned()), 200, 404),
        (GoalError::Dimension("country".to_owned()), 500, 422),
        (GoalError::ByUnit, 500, 422),
        (GoalError::NotByUnit, 500, 422),
        (GoalError::Source("gone".to_owned()), 500, 503),
    ] {
        assert_eq!(status(error.clone(), Mode::Compat), compat, "{error}");
        assert_eq!(status(error.clone(), Mode::Corrected), corrected, "{error}");
    }
}

#[test]
fn the_corrected_answer_says_what_the_experiment_says_as_a_whole() {
    let mut body = clicks(&[("a", 2_000.0, 300.0), ("b", 2_000.0, 400.0)]);
    let answer = |body: &Value| evaluated(body, Mode::Corrected)["evaluation"].take();
    let whole = answer(&body);
    assert_eq!(whole["version"], 1);
    assert_eq!(whole["reading"], "always_valid");
    assert_eq!(whole["variants"][0]["name"], "a");
    let effect = &whole["metrics"][0]["comparisons"][0]["difference"];
    assert!((number(&effect["effect"]) - 0.05).abs() < 1e-12);
    // One p-value in the whole answer.
    let tested = number(&whole["metrics"][0]["comparisons"][0]["p_value"]);
    let told = number(&evaluated(&body, Mode::Corrected)["metrics"][0]["stats"][1]["p_value"]);
    assert!((tested / told - 1.0).abs() < 1e-9, "{tested} {told}");
    // The last day has come: it is read once.
    body["date_from"] = "2024-01-01".into();
    body["date_to"] = "2024-01-14".into();
    body["date_for"] = "2024-01-14".into();
    let whole = answer(&body);
    assert_eq!(whole["reading"], "fixed");
    assert_eq!(whole["conclusion"]["decision"], "ship");
    body["date_for"] = "2024-01-13".into();
    assert_eq!(answer(&body)["reading"], "group_sequential");
    // Names need not differ, and a second metric decides nothing.
    let mut second = body["metrics"][0].clone();
    second["id"] = 2.into();
    second["minimum_effect"] = 0.1.into();
    body["metrics"].as_array_mut().unwrap().push(second);
    let metrics = answer(&body)["metrics"].take();
    assert_eq!(metrics[0]["name"], "CTR (1)");
    assert_eq!(metrics[1]["name"], "CTR (2)");
    assert_eq!(metrics[1]["role"], "secondary");
    assert_eq!(metrics[1]["minimum_effect"], 0.1);
    // Who plans for a fall wants one.
    body["metrics"][1]["minimum_effect"] = (-0.1).into();
    assert_eq!(answer(&body)["metrics"][1]["better"], "less");
    assert_eq!(evaluated(&body, Mode::Compat).get("evaluation"), None);
}

/// Whatever the day, the conclusion is that of the table beside it.
fn agree(body: &Value) {
    let answer = evaluated(body, Mode::Corrected);
    let whole = &answer["evaluation"];
    let comparisons = whole["metrics"][0]["comparisons"].as_array().unwrap();
    let stats = answer["metrics"][0]["stats"].as_array().unwrap();
    let mut is_found = false;
    for comparison in comparisons {
        let stat = stats
            .iter()
            .find(|stat| stat["exp_variant_id"] == comparison["variant"])
            .unwrap();
        let level = 1.0 - number(&stat["confidence_level"]);
        // Control has no event, so that nothing is relative to it, and the difference itself is tested; or sums contradict each other.
        if stat["diff"].is_null() || stat["confidence_interval"].is_null() {
            let p_value = &comparison["p_value"];
            is_found |= !p_value.is_null() && number(p_value) <= level;
            continue;
        }
        let away = number(&stat["diff"]).abs() > number(&stat["confidence_interval"]);
        // On the first of many days the level is too small to be told by one less it.
        let significant = match level {
            1e-9.. => number(&stat["p_value"]) <= level,
            _ => away,
        };
        assert_eq!(away, significant, "{stat}");
        assert!((number(&comparison["p_value"]) - number(&stat["p_value"])).abs() < 1e-9);
        let verdict = if number(&stat["diff"]) > 0.0 {
            "better"
        } else {
            "worse"
        };
        assert_eq!(
            comparison["verdict"] == verdict,
            significant,
            "{stat} {comparison}"
        );
        is_found |= significant;
    }
    let decision = whole["conclusion"]["decision"].as_str().unwrap();
    assert!(is_found || !["ship", "keep_control", "conflict"].contains(&decision));
    if decision == "ship" {
        assert!(is_found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_dated_answer_has_one_rule(
        day in 1..=20_u32,
        last in 2..=20_u32,
        exposures in 200..2_000_u32,
        clicks_of in proptest::collection::vec((0..200_u32, 0..3_u32), 2..4),
    ) {
        let exposures = f64::from(exposures);
        let names = ["a", "b", "c"];
        let variants: Vec<(&str, f64, f64)> = names
            .iter()
            .zip(&clicks_of)
            .map(|(name, (clicks, _))| (*name, exposures, f64::from(*clicks)))
            .collect();
        let mut body = clicks(&variants);
        for ((clicks, twice), row) in clicks_of.iter().zip(body["goals"].as_array_mut().unwrap().chunks_mut(2)) {
            // Some of them by one unit.
            row[1]["sum_sqr_count"] = (f64::from(*clicks) * (1.0 + f64::from(*twice))).into();
        }
        body["date_from"] = "2024-01-01".into();
        body["date_to"] = format!("2024-01-{last:02}").into();
        body["date_for"] = format!("2024-01-{:02}", day.min(last)).into();
        agree(&body);
    }
}
