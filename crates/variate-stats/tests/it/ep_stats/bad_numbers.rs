//! Numbers that cannot be, or that are not there, in corrected mode.

use serde_json::{Value, json};
use variate_stats::ep_stats::{
    Aggregation, Day, Experiment, GoalRow, Metric, Mode, Reason, evaluate,
};

use super::{answer, clicks, evaluated, number};

/// 1,000 units in each variant, 100 clicks of a and 130 of b.
fn usual() -> Value {
    clicks(&[("a", 1000.0, 100.0), ("b", 1000.0, 130.0)])
}

/// The goals of a request as they come: exposure and click of a, then of b.
const CLICKS_OF_B: &str = "/goals/3";

fn with(place: &str, value: Value) -> Value {
    let mut body = usual();
    *body.pointer_mut(place).unwrap() = value;
    body
}

/// Of the only treatment.
fn stat(body: &Value) -> Value {
    evaluated(body, Mode::Corrected)["metrics"][0]["stats"][1].take()
}

fn reason(body: &Value, field: &str) -> String {
    let stat = stat(body);
    assert!(stat[field].is_null(), "{field} is {}", stat[field]);
    stat["reasons"][field].as_str().unwrap().to_owned()
}

#[test]
fn squares_of_whole_counts_are_not_below_them() {
    let squares = |squares: f64| with(&format!("{CLICKS_OF_B}/sum_sqr_count"), squares.into());
    assert_eq!(reason(&squares(30.0), "p_value"), "sums_contradict");
    assert_eq!(reason(&squares(30.0), "std"), "sums_contradict");
    assert!(stat(&squares(130.0))["p_value"].is_number());
    // Shares of units need not be above 1, nor values.
    let mut shares = squares(30.0);
    shares["goals"][3]["count"] = 99.5.into();
    assert!(stat(&shares)["p_value"].is_number());
    let mut values = squares(30.0);
    values["metrics"][0]["nominator"] = "value(user.unit.click)".into();
    values["goals"][3]["sum_sqr_value"] = 30.into();
    assert!(stat(&values)["p_value"].is_number());
}

/// Of whole numbers that are not below 0, Σx ≤ Σx² ≤ (Σx)², and Σx² is whole.
#[test]
fn sums_of_counts_fit_their_squares() {
    let of = |count: f64, squares: f64| {
        let mut body = with("/goals/3/count", count.into());
        body["goals"][3]["sum_sqr_count"] = squares.into();
        body
    };
    for (count, squares) in [
        (0.0, 130.0),
        (5.0, 1000.0),
        (130.0, 17_000.0),
        (130.0, 130.5),
    ] {
        let body = of(count, squares);
        assert_eq!(
            reason(&body, "p_value"),
            "sums_contradict",
            "{count} {squares}"
        );
        assert!(
            evaluated(&body, Mode::Compat)["metrics"][0]["stats"][1]["p_value"].is_number()
                || squares > 1e4
        );
    }
    for (count, squares) in [(5.0, 25.0), (130.0, 16_900.0), (130.0, 132.0)] {
        assert!(
            stat(&of(count, squares))["p_value"].is_number(),
            "{count} {squares}"
        );
    }
    for (squares, why) in [(-1.0, "sums_contradict"), (0.0, "sum_sqr_value_missing")] {
        let mut body = usual();
        body["metrics"][0]["nominator"] = "value(user.unit.click)".into();
        body["goals"][3]["sum_sqr_value"] = squares.into();
        assert_eq!(reason(&body, "p_value"), why, "{squares}");
    }
}

#[test]
fn squares_that_are_missing_are_told_by_name() {
    for (nominator, column) in [
        ("count(user.unit.click)", "sum_sqr_count"),
        ("value(user.unit.click)", "sum_sqr_value"),
    ] {
        let mut body = usual();
        body["metrics"][0]["nominator"] = nominator.into();
        for row in body["goals"].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove(column);
        }
        assert_eq!(reason(&body, "p_value"), format!("{column}_missing"));
        let comparison = whole(&body)["metrics"][0]["comparisons"][0].take();
        let told = comparison["reason"].as_str().unwrap();
        assert!(told.contains(&format!("no `{column}`")), "{told}");
    }
}

#[test]
fn sums_may_be_off_by_their_last_digits() {
    let of = |squares: f64| {
        let body = with("/goals/3/sum_sqr_count", squares.into());
        stat(&body)["p_value"].clone()
    };
    let exact = of(130.0);
    // Also of a rate, which it stays.
    assert_eq!(of(129.999_999_999_999_97), exact);
    assert_eq!(of(130.000_000_000_000_03), exact);
    assert!(of(129.999).is_null());
}

#[test]
fn weighted_counts_are_taken() {
    let mut body = clicks(&[("a", 1000.0, 50.0), ("b", 1000.0, 65.0)]);
    for at in [1, 3] {
        let count = number(&body["goals"][at]["count"]);
        body["goals"][at]["sum_sqr_count"] = (0.5 * count).into();
    }
    let found = stat(&body);
    // sqrt((32.5 - 65²/1000) / 999)
    assert!(
        (number(&found["std"]) - 0.168_235_856_176_093_74).abs() < 1e-12,
        "{found}"
    );
    assert!(found["p_value"].is_number());
    // But not beside counts that are whole.
    body["goals"][1]["sum_sqr_count"] = 50.0.into();
    assert_eq!(reason(&body, "p_value"), "sums_contradict");
}

#[test]
fn squares_of_equal_prices_may_be_rounded_to_cents() {
    let mut body = clicks(&[("a", 130.0, 130.0), ("b", 130.0, 130.0)]);
    body["metrics"][0]["nominator"] = "value(user.unit.click)".into();
    // 130 times 9.99, and 110 times beside 20 of 12.
    let sums = [(1, 1298.7, 12_974.01), (3, 1338.9, 13_858.01)];
    for (at, sum, squares) in sums {
        body["goals"][at]["sum_value"] = sum.into();
        body["goals"][at]["sum_sqr_value"] = squares.into();
    }
    let found = stat(&body);
    assert!(found["p_value"].is_number(), "{found}");
    let control = evaluated(&body, Mode::Corrected)["metrics"][0]["stats"][0].take();
    assert_eq!(control["std"], 0.0, "{control}");
    body["goals"][3] = body["goals"][1].clone();
    body["goals"][3]["exp_variant_id"] = "b".into();
    assert_eq!(reason(&body, "p_value"), "no_variance");
    // More than a rounding.
    body["goals"][3]["sum_sqr_value"] = 12_900.0.into();
    assert_eq!(reason(&body, "p_value"), "sums_contradict");
}

#[test]
fn exposures_below_zero_are_no_mismatch() {
    let mut body = with("/goals/0/count", (-1000).into());
    body["checks"] =
        json!([{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}]);
    let answer = evaluated(&body, Mode::Corrected);
    let check = &answer["checks"][0]["stats"];
    for at in [0, 1] {
        assert_eq!(check[at]["reason"], "negative_count", "{check}");
        assert!(check[at]["value"].is_null(), "{check}");
    }
    assert!(check[2]["value"].is_number());
    let evaluation = &answer["evaluation"];
    let is_few = |of: &Value| of["code"] == "too_few_units";
    assert!(
        !evaluation["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .any(is_few)
    );
    assert!(evaluation["sample_ratio"].is_null(), "{evaluation}");
    assert!(evaluation["metrics"][0]["comparisons"][0]["p_value"].is_null());
    let reason = evaluation["metrics"][0]["comparisons"][0]["reason"]
        .as_str()
        .unwrap();
    assert!(reason.contains("below zero"), "{reason}");
}

#[test]
fn units_are_added_before_they_are_rounded() {
    let mut body = with("/goals/0/count", 1000.5.into());
    body["goals"][2]["count"] = 999.5.into();
    assert_eq!(whole(&body)["units"], 2000);
}

#[test]
fn too_many_units_are_no_denominator_of_zero() {
    let mut body = with("/goals/0/count", 1e308.into());
    body["goals"][2]["count"] = 1e308.into();
    body["checks"] =
        json!([{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}]);
    let check = evaluated(&body, Mode::Corrected)["checks"][0]["stats"].take();
    assert_eq!(check[0]["reason"], "not_finite", "{check}");
    body["goals"][0]["count"] = 0.0.into();
    body["goals"][2]["count"] = 0.0.into();
    let check = evaluated(&body, Mode::Corrected)["checks"][0]["stats"].take();
    assert_eq!(check[0]["reason"], "no_units", "{check}");
}

#[test]
fn a_control_without_goals_is_told() {
    let mut body = usual();
    body["control_variant"] = "z".into();
    let refused = answer(&body, Mode::Corrected);
    assert_eq!(refused.status, 422);
    assert!(
        refused
            .message
            .contains("no goals of the control variant \"z\", but of \"a\", \"b\""),
        "{}",
        refused.message
    );
    assert_eq!(answer(&body, Mode::Compat).status, 200);
    body["shares"] = json!({"a": 1, "b": 1, "z": 1});
    assert_eq!(answer(&body, Mode::Corrected).status, 200);
    body["goals"] = json!([]);
    body["shares"] = Value::Null;
    assert_eq!(answer(&body, Mode::Corrected).status, 200);
}

#[test]
fn goals_name_what_they_are_of() {
    for (name, place) in [("exp_variant_id", 2), ("unit_type", 1), ("goal", 3)] {
        for empty in [json!(""), Value::Null] {
            let mut body = usual();
            body["goals"][place][name] = empty.clone();
            let refused = answer(&body, Mode::Corrected);
            assert_eq!(refused.status, 422, "{name}");
            let told = format!("[\"body\",\"goals\",{place},\"{name}\"]");
            assert!(refused.body.contains(&told), "{}", refused.body);
        }
    }
    // "b " is not b, whose clicks would be gone.
    let mut body = usual();
    body["goals"][3]["exp_variant_id"] = "b ".into();
    let refused = answer(&body, Mode::Corrected);
    assert_eq!(refused.status, 422);
    assert!(refused.message.contains("blanks"), "{}", refused.message);
    assert_eq!(answer(&body, Mode::Compat).status, 200);
    // Squares of what is not there.
    let mut body = usual();
    let row = body["goals"][3].as_object_mut().unwrap();
    let count = row.remove("count").unwrap();
    row.insert("cuont".to_owned(), count);
    let refused = answer(&body, Mode::Corrected);
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("[\"body\",\"goals\",3,\"count\"]"),
        "{}",
        refused.body
    );
    assert_eq!(answer(&body, Mode::Compat).status, 200);
}

#[test]
fn goals_by_unit_name_their_units() {
    let mut body = usual();
    body["by_unit"] = true.into();
    let refused = answer(&body, Mode::Corrected);
    assert_eq!(refused.status, 422);
    assert!(
        refused.message.contains("the goals name no units"),
        "{}",
        refused.message
    );
}

#[test]
fn goals_of_another_experiment_are_told() {
    let mut body = usual();
    for row in body["goals"].as_array_mut().unwrap() {
        row["exp_id"] = "other".into();
    }
    let refused = answer(&body, Mode::Corrected);
    assert_eq!(refused.status, 404, "{}", refused.body);
    assert!(
        refused.message.contains("no goals of experiment \"test\""),
        "{}",
        refused.message
    );
    assert_eq!(answer(&body, Mode::Compat).status, 200);
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    let body = usual().to_string();
    for (field, twice, name) in [
        ("\"id\":\"test\"", "\"id\":\"x\",\"id\":\"test\"", "id"),
        ("\"count\":130.0", "\"count\":1.0,\"count\":130.0", "count"),
    ] {
        let body = body.replacen(field, twice, 1);
        assert!(body.contains(twice));
        let of = |mode| {
            let settings = super::settings().mode(mode);
            variate_stats::ep_stats::evaluate_json(
                body.as_bytes(),
                &variate_stats::ep_stats::NoGoals,
                &settings,
            )
        };
        let refused = of(Mode::Corrected);
        assert_eq!(refused.status, 422);
        let told = format!("the field \"{name}\" is there twice");
        assert!(refused.message.contains(&told), "{}", refused.message);
        // As Python reads it.
        assert_eq!(of(Mode::Compat).status, 200);
    }
}

#[test]
fn an_effect_that_no_treatment_can_have_is_told() {
    for effect in [1e300, 9.1, -7.0, -1.01] {
        let mut body = usual();
        body["metrics"][0]["minimum_effect"] = effect.into();
        for field in ["required_sample_size", "power"] {
            assert_eq!(reason(&body, field), "no_such_effect", "{effect}");
        }
        let whole = whole(&body);
        assert_eq!(
            whole["metrics"][0]["minimum_effect"],
            Value::Null,
            "{effect}"
        );
        let comparison = &whole["metrics"][0]["comparisons"][0];
        assert!(comparison["units_needed"].is_null());
        let reason = comparison["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("no plan for the least effect that matters: no treatment can have"),
            "{reason}"
        );
    }
    // From 10 % to 100 %, or to nothing.
    for effect in [9.0, -1.0, 0.1] {
        let mut body = usual();
        body["metrics"][0]["minimum_effect"] = effect.into();
        let found = stat(&body);
        assert!(number(&found["required_sample_size"]) >= 2.0, "{found}");
    }
}

#[test]
fn counts_are_not_negative() {
    for place in ["/goals/3/count", "/goals/2/count"] {
        assert_eq!(
            reason(&with(place, (-100).into()), "p_value"),
            "negative_count",
            "{place}"
        );
    }
}

#[test]
fn a_sum_that_is_not_a_number_is_not_zero() {
    for name in ["count", "sum_sqr_count"] {
        let body = with(&format!("{CLICKS_OF_B}/{name}"), Value::Null);
        assert_eq!(reason(&body, "p_value"), "not_a_number", "{name}");
    }
    assert_eq!(
        reason(&with("/goals/3/count", Value::Null), "mean"),
        "not_a_number"
    );
    // What no metric asks for need not be there.
    assert!(stat(&with("/goals/3/sum_value", Value::Null))["p_value"].is_number());
    let token = usual()
        .to_string()
        .replace("\"count\":130.0", "\"count\":NaN");
    let settings = super::settings().mode(Mode::Corrected);
    let answer = variate_stats::ep_stats::evaluate_json(
        token.as_bytes(),
        &variate_stats::ep_stats::NoGoals,
        &settings,
    );
    assert!(answer.body.contains("not_a_number"), "{}", answer.body);
    // Ep-Stats adds nothing for it.
    let compat = evaluated(&with("/goals/3/count", Value::Null), Mode::Compat);
    assert_eq!(compat["metrics"][0]["stats"][1]["sum_value"], 0.0);
}

#[test]
fn rows_that_a_host_brings_are_looked_at_as_well() {
    let metric = Metric::new(
        1,
        "CTR",
        "count(user.unit.click)",
        "count(user.global.exposure)",
    );
    let experiment = Experiment::new("test", "a", "user").metric(metric);
    let row = |variant, aggregation, goal, count| {
        GoalRow::new(variant, "user", aggregation, goal).counted(count)
    };
    let rows = [
        row("a", Aggregation::Global, "exposure", 1000.0),
        row("b", Aggregation::Global, "exposure", 1000.0),
        row("a", Aggregation::Unit, "click", 100.0),
        row("b", Aggregation::Unit, "click", 50.0),
        row("b", Aggregation::Unit, "click", f64::NAN),
    ];
    let of = |mode| evaluate(&experiment, &rows, Day::from_epoch(20_000), mode).unwrap();
    let corrected = of(Mode::Corrected);
    let reasons = &corrected.metrics[0].stats[1].reasons;
    assert!(reasons.contains(&("p_value".to_owned(), Reason::NotANumber)));
    assert_eq!(of(Mode::Compat).metrics[0].stats[1].sum_value, 50.0);
}

#[test]
fn a_goal_without_rows_is_told() {
    for (place, expression) in [
        ("/metrics/0/nominator", "count(user.unit.nope)"),
        (
            "/metrics/0/nominator",
            "count(user.unit.click) / count(user.unit.nope)",
        ),
        ("/metrics/0/denominator", "count(user.global.nope)"),
        ("/metrics/0/denominator", "count(usr.global.exposure)"),
    ] {
        let body = with(place, expression.into());
        for field in ["diff", "p_value"] {
            assert_eq!(reason(&body, field), "unknown_goal", "{expression}");
        }
    }
    // One that nobody reached in a variant is 0 there.
    let mut body = usual();
    body["goals"].as_array_mut().unwrap().remove(3);
    assert_eq!(stat(&body)["mean"], 0.0);
}

#[test]
fn whole_sums_with_squares_below_them_are_told_to_be_weights() {
    let told_of = |count: f64, squares: [f64; 2]| {
        let mut body = usual();
        body["goals"][1]["count"] = count.into();
        for (at, square) in [1, 3].into_iter().zip(squares) {
            body["goals"][at]["sum_sqr_count"] = square.into();
        }
        let warnings = whole(&body)["warnings"].take();
        let warnings = warnings.as_array().unwrap().iter();
        warnings.filter(|of| of["code"] == "weights").count()
    };
    let told = |squares| told_of(100.0, squares);
    // A fraction says it by itself.
    assert_eq!(told_of(99.5, [50.0, 65.0]), 0);
    assert_eq!(told([50.0, 65.0]), 1);
    assert_eq!(told([100.0, 130.0]), 0);
}

#[test]
fn a_goal_of_several_without_rows_is_warned_of() {
    let warnings = |nominator: &str| -> Vec<Value> {
        let body = with("/metrics/0/nominator", nominator.into());
        let warnings = whole(&body)["warnings"].take();
        let mut warnings = warnings.as_array().unwrap().clone();
        warnings.retain(|of| of["code"] == "unknown_goal");
        warnings
    };
    let told = warnings("count(user.unit.click) + count(user.unit.clik) + count(user.unit.clik)");
    assert_eq!(
        told,
        [json!({"code": "unknown_goal", "metric": "CTR", "goal": "user.unit.clik"})]
    );
    assert!(warnings("count(user.unit.click) + count(user.unit.click)").is_empty());
}

#[test]
fn a_division_by_zero_is_told() {
    let mut body = with(
        "/metrics/0/nominator",
        "count(user.unit.click) / count(user.unit.none)".into(),
    );
    for variant in ["a", "b"] {
        let row = super::row(variant, "none", 0.0);
        body["goals"].as_array_mut().unwrap().push(row);
    }
    for field in ["mean", "diff", "p_value", "sum_value"] {
        assert_eq!(reason(&body, field), "division_by_zero", "{field}");
    }
}

#[test]
fn a_variant_without_a_product_is_told() {
    let mut body = usual();
    body["metrics"][0]["denominator"] = "count(user.unit.exposure)".into();
    for variant in ["a", "b"] {
        let mut row = super::row(variant, "exposure", 1000.0);
        row["agg_type"] = "unit".into();
        body["goals"].as_array_mut().unwrap().push(row);
    }
    let sums = json!({"a": 100});
    body["metrics"][0]["products"] = json!({"units": "count(user.global.exposure)", "sums": sums});
    assert_eq!(reason(&body, "p_value"), "no_product");
}

#[test]
fn no_interval_has_no_width() {
    for (a, b) in [(100.0, 0.0), (0.0, 0.0), (1000.0, 1000.0), (100.0, 1000.0)] {
        let stat = stat(&clicks(&[("a", 1000.0, a), ("b", 1000.0, b)]));
        assert_ne!(stat["confidence_interval"], 0.0, "{stat}");
    }
}

/// What the answer says as a whole.
fn whole(body: &Value) -> Value {
    let answer = evaluated(body, Mode::Corrected);
    assert!(answer["evaluation"].is_object(), "{answer}");
    answer["evaluation"].clone()
}

#[test]
fn what_cannot_be_compared_is_told_with_its_reason() {
    let told = |body: &Value| {
        let whole = whole(body);
        let reason = &whole["metrics"][0]["comparisons"][0]["reason"];
        assert_eq!(whole["warnings"][0]["code"], "not_measured");
        assert_eq!(&whole["warnings"][0]["reason"], reason);
        reason.as_str().unwrap().to_owned()
    };
    assert_eq!(
        told(&with("/goals/1/sum_sqr_count", 1.into())),
        "a cannot be compared: its sum, sum of squares and products contradict each other: one of them is wrong"
    );
    assert_eq!(
        told(&with("/goals/3/count", Value::Null)),
        "b cannot be compared: a sum of one of its goals is not a number"
    );
    let unknown = told(&with(
        "/metrics/0/nominator",
        "count(user.unit.nope)".into(),
    ));
    assert!(
        unknown.starts_with("a cannot be compared: there is no row of one of its goals"),
        "{unknown}"
    );
}

#[test]
fn a_negative_minimum_effect_wants_less() {
    for (effect, decision) in [(-0.1, "ship"), (0.1, "keep_control")] {
        let mut body = clicks(&[("a", 10_000.0, 2_000.0), ("b", 10_000.0, 1_500.0)]);
        body["metrics"][0]["minimum_effect"] = effect.into();
        let whole = whole(&body);
        assert_eq!(whole["conclusion"]["decision"], decision, "{whole}");
        assert_eq!(whole["metrics"][0]["minimum_effect"], 0.1);
        assert!(stat(&body)["required_sample_size"].is_number());
    }
    let mut body = usual();
    body["metrics"][0]["minimum_effect"] = 0.into();
    assert_eq!(whole(&body)["metrics"][0]["minimum_effect"], Value::Null);
}

#[test]
fn an_experiment_without_exposures_is_told() {
    let text = whole(&with("/unit_type", "visitor".into()))["conclusion"]["text"].take();
    assert!(
        text.as_str().unwrap().starts_with("No unit was exposed"),
        "{text}"
    );
}

#[test]
fn a_rate_of_null_hypotheses_is_a_share() {
    for (rate, status) in [(2.0, 422), (-1.0, 422), (0.0, 200), (1.0, 200)] {
        let mut body = usual();
        body["metrics"][0]["minimum_effect"] = 0.05.into();
        body["null_hypothesis_rate"] = rate.into();
        assert_eq!(answer(&body, Mode::Corrected).status, status, "{rate}");
        assert_eq!(answer(&body, Mode::Compat).status, 200, "{rate}");
    }
}

/// Rows of single units: an exposure and one order worth `value` each.
fn orders(values: &[(&str, f64)]) -> Value {
    let rows = values.iter().enumerate().flat_map(|(unit, (variant, value))| {
        let row = |goal: &str, value: f64| {
            json!({"exp_variant_id": variant, "unit_type": "user", "agg_type": "unit", "goal": goal, "unit_id": unit,
                "count": 1, "sum_value": value})
        };
        [row("exposure", 1.0), row("order", *value)]
    });
    json!({
        "id": "test", "control_variant": "a", "unit_type": "user", "checks": [], "goals": rows.collect::<Vec<_>>(),
        "metrics": [{
            "id": 1, "name": "Revenue", "nominator": "value(user.unit.order)", "denominator": "count(user.unit.exposure)"
        }]
    })
}

#[test]
fn units_are_looked_at_as_well() {
    let values = [
        ("a", 3.0),
        ("a", 4.0),
        ("a", 6.0),
        ("b", 5.0),
        ("b", 7.0),
        ("b", 9.0),
    ];
    let mut body = orders(&values);
    assert!(stat(&body)["p_value"].is_number());
    body["variants"] = json!(["a", "b", "c"]);
    let nobody = evaluated(&body, Mode::Corrected)["metrics"][0]["stats"][2].take();
    assert_eq!(nobody["mean"], Value::Null);
    assert_eq!(nobody["reasons"]["mean"], "no_units");
    body["metrics"][0]["nominator"] = "value(user.unit.nope)".into();
    assert_eq!(reason(&body, "p_value"), "unknown_goal");
    let mut body = orders(&values);
    body["goals"][7]["sum_value"] = Value::Null;
    assert_eq!(reason(&body, "p_value"), "not_a_number");
    body["metrics"][0]["statistic"] = "median".into();
    assert_eq!(reason(&body, "mean"), "not_a_number");
    let mut body = orders(&values);
    body["metrics"][0]["nominator"] = "count(user.unit.order)".into();
    body["goals"][7]["count"] = (-1).into();
    assert_eq!(reason(&body, "p_value"), "negative_count");
}

/// Values of a billion with a spread of a thousandth, in steps that floats have: 1e9 + k·2⁻¹⁰ for k from 0 to 499, of which the treatment
/// has a little more. Means, variance and t are known in closed form.
#[test]
fn values_far_from_zero_keep_their_digits() {
    let step = 2.0_f64.powi(-10);
    let compared = |more: fn(i32) -> f64| {
        let value = |k: i32| 1e9 + f64::from(k) * step;
        let control = (0..500).map(|k| ("a", value(k)));
        let treatment = (0..500).map(|k| ("b", value(k) + more(k)));
        let values: Vec<_> = control.chain(treatment).collect();
        stat(&orders(&values))
    };
    let near = |found: &Value, wanted: f64| {
        assert!(
            (number(found) - wanted).abs() < 1e-9 * wanted,
            "{found} is not {wanted}"
        );
    };
    let more = 2.0_f64.powi(-6);
    let found = compared(|_| 2.0_f64.powi(-6));
    // The variance of 0 to n − 1 is n(n + 1)/12.
    let error = step * (500.0_f64 * 501.0 / 12.0 * 2.0 / 500.0).sqrt();
    let student = variate_stats::distribution::StudentT::new(998.0).unwrap();
    near(&found["p_value"], 2.0 * student.survival(more / error));
    // Every other unit has more by the last digit: the means differ by half of it.
    let found = compared(|k| f64::from(k % 2) * 2.0_f64.powi(-23));
    near(&found["diff"], 2.0_f64.powi(-24) / (1e9 + 249.5 * step));
}

#[test]
fn the_conclusion_says_what_to_repair_and_not_to_wait() {
    let told = |body: &Value| {
        let answer = evaluated(body, Mode::Corrected);
        let conclusion = &answer["evaluation"]["conclusion"];
        let text = |name: &str| conclusion[name].as_str().unwrap().to_owned();
        (text("decision"), text("text"))
    };
    let mut divided = usual();
    divided["metrics"][0]["nominator"] = "count(user.unit.click)/0".into();
    for wrong in [
        with(&format!("{CLICKS_OF_B}/sum_sqr_count"), 30.into()),
        with(&format!("{CLICKS_OF_B}/count"), Value::Null),
        with(&format!("{CLICKS_OF_B}/count"), (-100).into()),
        divided,
    ] {
        let (decision, text) = told(&wrong);
        assert_eq!(decision, "invalid", "{text}");
        assert!(
            text.starts_with("CTR of ")
                && text.contains(" cannot be compared: ")
                && text.contains("Waiting does not help"),
            "{text}"
        );
    }
    // Which may be a slip, or as it should be.
    let mut unknown = usual();
    unknown["metrics"][0]["nominator"] = "count(user.unit.clik)".into();
    let mut nothing = usual();
    nothing["metrics"][0]["denominator"] =
        "count(user.global.exposure)-count(user.global.exposure)".into();
    for (unsure, why) in [
        (unknown, "there is no row of one of its goals"),
        (nothing, "the denominator is zero"),
    ] {
        let (decision, text) = told(&unsure);
        assert_eq!(decision, "keep_running");
        assert!(
            text.contains(why) && text.contains("If a name or an expression is wrong"),
            "{text}"
        );
    }
}
