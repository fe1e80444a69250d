//! The thirteen oddities of the original that clients may have come to rely on. Where a number stands here without a formula,
//! it is the original's own.

use serde_json::{Value, json};
use variate_stats::ep_stats::{Day, Mode, NoGoals, Settings, evaluate_json};

use super::{answer, clicks, evaluated, number, row};

fn stats(body: &Value) -> Vec<Value> {
    evaluated(body, Mode::Compat)["metrics"][0]["stats"]
        .as_array()
        .unwrap()
        .clone()
}

fn field(stat: &Value, name: &str) -> f64 {
    number(&stat[name])
}

#[test]
fn trap_1_variants_are_sorted_as_texts() {
    let mut body = clicks(&[
        ("10", 100.0, 10.0),
        ("2", 100.0, 20.0),
        ("a", 100.0, 20.0),
        ("1", 100.0, 30.0),
    ]);
    let names = |body: &Value| {
        stats(body)
            .iter()
            .map(|stat| stat["exp_variant_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&body), ["1", "10", "2", "a"]);
    body["variants"] = json!(["a", "2", "1"]);
    assert_eq!(names(&body), ["1", "2", "a"]);
}

#[test]
fn trap_2_holm_spares_the_first_variant_whoever_that_is() {
    let mut body = clicks(&[
        ("a", 1000.0, 100.0),
        ("b", 1000.0, 130.0),
        ("c", 1000.0, 140.0),
    ]);
    body["control_variant"] = "c".into();
    let of_c = stats(&body);
    body["variants"] = json!(["a", "c"]);
    let alone = stats(&body);
    // a is compared with c as if it were the only treatment.
    assert_eq!(of_c[0]["p_value"], alone[0]["p_value"]);
    // b shares its correction with the control itself.
    body["variants"] = json!(["b", "c"]);
    let p = field(&stats(&body)[0], "p_value");
    assert!((field(&of_c[1], "p_value") - (2.0 * p).min(1.0)).abs() < 1e-12);
}

#[test]
fn trap_3_the_error_has_the_sign_of_control() {
    let mut body = clicks(&[("a", 100.0, 0.0), ("b", 100.0, 0.0)]);
    body["metrics"][0]["nominator"] = "value(user.unit.loss)".into();
    for (variant, sum) in [("a", -500.0), ("b", -450.0)] {
        let mut loss = row(variant, "loss", 50.0);
        loss["sum_value"] = sum.into();
        loss["sum_sqr_value"] = 9000.0.into();
        body["goals"].as_array_mut().unwrap().push(loss);
    }
    let stat = &stats(&body)[1];
    assert!(
        (field(stat, "diff") - 0.1).abs() < 1e-12 && field(stat, "confidence_interval") < 0.0,
        "{stat}"
    );
}

#[test]
fn trap_4_an_infinite_statistic_of_ten_goals_is_none() {
    // Each unit the same, so that nothing varies: the statistic is infinite, or 0 if the nominator is at most 10.
    use variate_stats::ep_stats::{Aggregation, Experiment, GoalRow, Metric, evaluate};
    let experiment = Experiment::new("test", "a", "user").metric(Metric::new(
        1,
        "m",
        "value(user.unit.x)",
        "count(user.global.exposure)",
    ));
    let statistic = |units: f64| {
        let row = |variant: &str, aggregation, goal: &str| {
            GoalRow::new(variant, "user", aggregation, goal).counted(units)
        };
        let rows = [
            row("a", Aggregation::Global, "exposure"),
            row("a", Aggregation::Unit, "x"),
            row("b", Aggregation::Global, "exposure"),
            row("b", Aggregation::Unit, "x").valued(2.0 * units, 4.0 * units),
        ];
        evaluate(&experiment, &rows, Day::from_epoch(0), Mode::Compat)
            .unwrap()
            .metrics[0]
            .stats[1]
            .test_stat
    };
    assert_eq!(statistic(5.0), 0.0);
    assert!(statistic(6.0).is_infinite());
}

#[test]
fn trap_5_degrees_of_freedom_are_rounded_then_cut() {
    use variate_stats::ep_stats::{Aggregation, Experiment, GoalRow, Metric, evaluate};
    let experiment = Experiment::new("test", "a", "user").metric(Metric::new(
        1,
        "m",
        "count(user.unit.click)",
        "count(user.global.exposure)",
    ));
    let row = |variant: &str, aggregation, goal: &str, count| {
        GoalRow::new(variant, "user", aggregation, goal).counted(count)
    };
    let rows = [
        row("a", Aggregation::Global, "exposure", 21.0),
        row("a", Aggregation::Unit, "click", 5.0),
        row("b", Aggregation::Global, "exposure", 26.0),
        row("b", Aggregation::Unit, "click", 7.0),
    ];
    let df = |mode, variant: usize| {
        evaluate(&experiment, &rows, Day::from_epoch(0), mode)
            .unwrap()
            .metrics[0]
            .stats[variant]
            .degrees_of_freedom
    };
    assert_eq!((df(Mode::Compat, 0), df(Mode::Compat, 1)), (40.0, 43.0));
    assert!(df(Mode::Corrected, 1) > 43.0 && df(Mode::Corrected, 1) < 44.0);
}

#[test]
fn trap_6_where_p_is_zero_the_interval_stays_as_it_was() {
    let body = clicks(&[
        ("a", 1e6, 100_000.0),
        ("b", 1e6, 200_000.0),
        ("c", 1e6, 100_100.0),
    ]);
    let three = stats(&body);
    let mut body = body;
    body["variants"] = json!(["a", "b"]);
    let two = stats(&body);
    assert_eq!(field(&three[1], "p_value"), 0.0);
    assert_eq!(
        three[1]["confidence_interval"],
        two[1]["confidence_interval"]
    );
}

#[test]
fn trap_7_numbers_that_are_none_are_bare_tokens() {
    let body = clicks(&[("a", 0.0, 5.0), ("b", 0.0, 0.0)]).to_string();
    let settings = Settings::new(Day::from_epoch(20_000));
    let text = evaluate_json(body.as_bytes(), &NoGoals, &settings).body;
    assert!(
        text.contains("\"mean\": Infinity, ") && text.contains("\"p_value\": NaN, "),
        "{text}"
    );
    let text = evaluate_json(
        body.as_bytes(),
        &NoGoals,
        &settings.nan(variate_stats::ep_stats::Nan::Null),
    )
    .body;
    assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
}

#[test]
fn trap_8_a_beginning_is_enough_and_fractions_are_dropped() {
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    body["metrics"][0]["nominator"] = "count(user.unit.click) * 0.5".into();
    assert_eq!(field(&stats(&body)[1], "sum_value"), 0.0);
    body["metrics"][0]["nominator"] = "count(user.unit.click) clicks".into();
    assert_eq!(field(&stats(&body)[1], "sum_value"), 20.0);
}

#[test]
fn trap_9_blanks_belong_to_the_value_of_a_dimension() {
    let mut body = clicks(&[("a", 100.0, 0.0), ("b", 100.0, 0.0)]);
    body["metrics"][0]["nominator"] = "count(user.unit.view(p = x , q=y))".into();
    for (value, count) in [("x ", 30.0), ("x", 40.0)] {
        let mut view = row("b", "view", count);
        view["p"] = value.into();
        view["q"] = "y".into();
        body["goals"].as_array_mut().unwrap().push(view);
    }
    assert_eq!(field(&stats(&body)[1], "sum_value"), 30.0);
}

#[test]
fn trap_10_a_denominator_that_begins_with_value_has_no_sample_size() {
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    body["metrics"][0]["minimum_effect"] = 0.1.into();
    body["metrics"][0]["denominator"] = "value(user.global.exposure)".into();
    let stat = &stats(&body)[1];
    assert!(field(stat, "sample_size").is_nan() && field(stat, "power").is_nan());
    assert!(field(stat, "required_sample_size") > 0.0);
    // Only the text counts.
    body["metrics"][0]["denominator"] = " value(user.global.exposure)".into();
    assert_eq!(field(&stats(&body)[1], "sample_size"), 100.0);
}

#[test]
fn trap_11_the_look_is_today_if_no_day_is_named() {
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    body["date_from"] = "2024-03-01".into();
    body["date_to"] = "2024-03-28".into();
    let level = |body: &Value, today: &str| {
        let settings = Settings::new(today.parse().unwrap());
        let answer = evaluate_json(body.to_string().as_bytes(), &NoGoals, &settings);
        number(&super::read(&answer.body)["metrics"][0]["stats"][0]["confidence_level"])
    };
    assert_eq!(level(&body, "2024-03-20"), 0.9796);
    assert_eq!(level(&body, "2024-03-01"), 0.9999);
    assert_eq!(level(&body, "2025-01-01"), 0.95);
    assert!(level(&body, "2024-02-01").is_nan());
    body["date_for"] = "2024-03-20".into();
    assert_eq!(level(&body, "2025-01-01"), 0.9796);
}

#[test]
fn trap_12_some_requests_fail_without_a_word() {
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    let metric = body["metrics"][0].clone();
    body["metrics"].as_array_mut().unwrap().push(metric);
    let failed = answer(&body, Mode::Compat);
    assert_eq!(
        (failed.status, failed.content_type, failed.body.as_str()),
        (500, "text/plain; charset=utf-8", "Internal Server Error")
    );
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    body["checks"] = json!([{"id": 1, "name": "x", "type": "MaxRatio", "denominator": "count(user.global.exposure)"}]);
    assert_eq!(answer(&body, Mode::Compat), failed);
}

#[test]
fn trap_13_by_unit_every_function_is_the_sum_of_values() {
    let unit = |variant: &str, id: u32, goal: &str, count: f64, value: f64| {
        json!({
            "exp_variant_id": variant, "unit_type": "user", "unit_id": id, "goal": goal, "count": count, "sum_value": value
        })
    };
    let mut goals = Vec::new();
    for id in 0..6 {
        let variant = if id < 3 { "a" } else { "b" };
        goals.push(unit(variant, id, "exposure", 1.0, 1.0));
        goals.push(unit(variant, id, "buy", 2.0, 10.0 * f64::from(id)));
    }
    for function in ["value", "count", "unique"] {
        let body = json!({
            "id": "test", "control_variant": "a", "unit_type": "user", "checks": [], "goals": goals,
            "metrics": [{
                "id": 1, "name": "m", "nominator": format!("{function}(user.unit.buy)"), "denominator": "count(user.unit.exposure)"
            }]
        });
        assert_eq!(field(&stats(&body)[1], "sum_value"), 120.0, "{function}");
    }
}
