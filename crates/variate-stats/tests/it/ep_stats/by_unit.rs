use serde_json::{Value, json};
use variate_stats::ep_stats::Mode;

use super::{answer, evaluated, number, rows, same};

fn vectors() -> (Value, Vec<Value>) {
    let mut vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../data/ep-stats-by-unit.json")).unwrap();
    let tables = vectors.remove(0)["tables"].take();
    (tables, vectors)
}

fn request(tables: &Value, vector: &Value) -> Value {
    let mut request = vector["experiment"].clone();
    request["metrics"] = vector["metrics"].clone();
    request["checks"] = vector["checks"].clone();
    request["goals"] = rows(&tables[vector["goals"].as_str().unwrap()]).into();
    request
}

#[test]
fn every_evaluation_is_that_of_the_original() {
    let (tables, vectors) = vectors();
    let mut compared = 0;
    for vector in &vectors {
        let name = &vector["name"];
        let request = request(&tables, vector);
        if vector.get("error").is_some() {
            let answer = answer(&request, Mode::Compat);
            assert_eq!(answer.status, 500);
            assert!(
                answer.body.contains(
                    "because of Op.evaluate_by_unit() takes 2 positional arguments but 3"
                ),
                "{}",
                answer.body
            );
            continue;
        }
        let got = evaluated(&request, Mode::Compat);
        let wanted = rows(&vector["result_metrics"]);
        let stats: Vec<_> = got["metrics"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|metric| {
                metric["stats"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(move |stat| (&metric["id"], stat))
            })
            .collect();
        assert_eq!(stats.len(), wanted.len(), "{name}");
        for ((id, stat), wanted) in stats.into_iter().zip(&wanted) {
            assert_eq!(
                (id, &stat["exp_variant_id"]),
                (&wanted["metric_id"], &wanted["exp_variant_id"])
            );
            for (field, got) in stat.as_object().unwrap() {
                if field != "exp_variant_id" {
                    let (got, wanted) = (number(got), number(&wanted[field]));
                    assert!(
                        same(got, wanted),
                        "{name} {} {field}: {got} is not {wanted}",
                        stat["exp_variant_id"]
                    );
                    compared += 1;
                }
            }
        }
        let checks: Vec<_> = got["checks"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|check| check["stats"].as_array().unwrap())
            .collect();
        let wanted = vector["result_checks"].as_array().unwrap();
        assert_eq!(checks.len(), wanted.len());
        for (got, wanted) in checks.into_iter().zip(wanted) {
            assert_eq!(got["variable_id"], wanted["variable_id"]);
            assert!(
                same(number(&got["value"]), number(&wanted["value"])),
                "{name}: {got} is not {wanted}"
            );
        }
        let exposures = got["exposure"]["stats"].as_array().unwrap();
        for (got, wanted) in exposures
            .iter()
            .zip(vector["result_exposures"].as_array().unwrap())
        {
            assert_eq!(
                (&got["exp_variant_id"], number(&got["count"])),
                (&wanted["exp_variant_id"], number(&wanted["exposures"]))
            );
        }
    }
    assert!(compared > 600, "{compared}");
}

fn unit(variant: &str, unit: u32, goal: &str, count: f64, value: f64) -> Value {
    json!({
        "exp_variant_id": variant, "unit_type": "user", "agg_type": "unit", "unit_id": unit, "goal": goal, "count": count,
        "sum_value": value
    })
}

fn purchases(nominator: &str, denominator: &str) -> Value {
    let mut goals = Vec::new();
    for id in 0..20 {
        for (at, variant) in ["a", "b"].into_iter().enumerate() {
            let views = f64::from(id % 4 + 1);
            let bought = if id % 3 == 0 {
                f64::from(id) + 7.0 * f64::from(u8::try_from(at).unwrap())
            } else {
                0.0
            };
            let id = id + 100 * u32::try_from(at).unwrap();
            goals.push(unit(variant, id, "exposure", 1.0, 1.0));
            goals.push(unit(variant, id, "view", views, views));
            if bought > 0.0 {
                goals.push(unit(variant, id, "purchase", 2.0, bought));
                goals.push(unit(variant, id, "refund", 1.0, bought / 2.0));
            }
        }
    }
    json!({
        "id": "test", "control_variant": "a", "unit_type": "user", "checks": [], "goals": goals,
        "metrics": [{"id": 1, "name": "m", "nominator": nominator, "denominator": denominator}]
    })
}

#[test]
fn corrected_functions_and_operators_count_for_each_unit() {
    let exposures = "count(user.unit.exposure)";
    let stat = |nominator: &str| {
        let answer = evaluated(&purchases(nominator, exposures), Mode::Corrected);
        (number(&answer["metrics"][0]["stats"][1]["mean"]), answer)
    };
    // Seven of twenty bought, twice each, for 63 + 49 in all.
    let (mean, _) = stat("value(user.unit.purchase)");
    assert!((mean - 112.0 / 20.0).abs() < 1e-12, "{mean}");
    let (mean, answer) = stat("count(user.unit.purchase)");
    assert!((mean - 0.7).abs() < 1e-12, "{mean}");
    assert!(answer["differences"].to_string().contains("by_unit"));
    assert!((stat("unique(user.unit.purchase)").0 - 0.35).abs() < 1e-12);
    assert!(
        (stat("value(user.unit.purchase) - value(user.unit.refund)").0 - 56.0 / 20.0).abs() < 1e-12
    );
    assert!((stat("0.5 * value(user.unit.purchase)").0 - 56.0 / 20.0).abs() < 1e-12);
}

#[test]
fn corrected_ratios_have_the_variance_of_the_delta_method() {
    let answer = evaluated(
        &purchases("value(user.unit.purchase)", "count(user.unit.view)"),
        Mode::Corrected,
    );
    let stat = &answer["metrics"][0]["stats"][0];
    // By hand: residuals y - R x over units, scaled by the mean of x.
    let (y, x): (Vec<f64>, Vec<f64>) = (0..20_u32)
        .map(|id| {
            (
                if id % 3 == 0 { f64::from(id) } else { 0.0 },
                f64::from(id % 4 + 1),
            )
        })
        .unzip();
    let ratio = y.iter().sum::<f64>() / x.iter().sum::<f64>();
    let residuals: f64 = y.iter().zip(&x).map(|(y, x)| (y - ratio * x).powi(2)).sum();
    let std = (residuals / 19.0).sqrt() / (x.iter().sum::<f64>() / 20.0);
    assert!((number(&stat["mean"]) - ratio).abs() < 1e-12);
    assert!((number(&stat["std"]) - std).abs() < 1e-12, "{stat} {std}");
    assert_eq!(number(&stat["sample_size"]), 20.0);
}

#[test]
fn units_that_pass_all_filters_are_left() {
    let mut request = purchases("value(user.unit.purchase)", "count(user.unit.exposure)");
    request["filters"] = json!([{"scope": "trigger", "goal": "purchase"}]);
    let answer = evaluated(&request, Mode::Compat);
    assert_eq!(number(&answer["exposure"]["stats"][0]["count"]), 6.0);
    assert_eq!(number(&answer["exposure"]["stats"][1]["count"]), 7.0);
    assert_eq!(
        number(&answer["metrics"][0]["stats"][1]["sample_size"]),
        7.0
    );
}

#[test]
fn an_unknown_goal_is_told() {
    let answer = answer(
        &purchases("value(user.unit.nothing)", "count(user.unit.exposure)"),
        Mode::Compat,
    );
    assert_eq!(
        (answer.status, answer.body.contains("user.unit.nothing")),
        (500, true)
    );
}

#[test]
fn one_unit_has_no_quantile_to_compare() {
    let mut request = purchases("value(user.unit.purchase)", "count(user.unit.exposure)");
    request["metrics"][0]["statistic"] = "P90".into();
    request["goals"]
        .as_array_mut()
        .unwrap()
        .retain(|row| row["exp_variant_id"] == "a" || row["unit_id"] == 100);
    let answer = evaluated(&request, Mode::Compat);
    let stats = &answer["metrics"][0]["stats"];
    assert!(number(&stats[1]["p_value"]).is_nan() && !number(&stats[0]["p_value"]).is_nan());
    let corrected = evaluated(&request, Mode::Corrected);
    assert_eq!(
        corrected["metrics"][0]["stats"][1]["reasons"]["p_value"],
        "too_few_units"
    );
}

#[test]
fn the_order_of_rows_does_not_matter() {
    use variate_stats::ep_stats::{
        Day, Experiment, Metric, Statistic, UnitId, UnitRow, evaluate_by_unit,
    };

    // Units in their order, then by goal, then upside down: the bootstrap draws the same ones.
    let row = |unit: i64, goal: &str, value| {
        let variant = ["a", "b", "c"][usize::try_from(unit).unwrap() % 3];
        UnitRow::new(variant, "user", UnitId::Number(unit), goal, value)
    };
    let mut rows = Vec::new();
    for unit in 0..600 {
        rows.push(row(unit, "exposure", 1.0));
        if unit % 5 < 2 {
            rows.push(row(
                unit,
                "purchase",
                f64::from(u32::try_from(unit * 7919 % 101).unwrap()),
            ));
        }
    }
    let mut metric = Metric::new(
        1,
        "Revenue",
        "value(user.unit.purchase)",
        "count(user.unit.exposure)",
    );
    metric.statistic = Statistic::Quantile(0.8);
    let experiment = Experiment::new("shop", "a", "user").metric(metric);
    let evaluated = |rows: &[UnitRow]| {
        let of = evaluate_by_unit(&experiment, rows, Day::from_epoch(20_000), Mode::Compat);
        format!("{:?}", of.unwrap())
    };
    let wanted = evaluated(&rows);
    rows.sort_by(|left, right| left.goal.cmp(&right.goal));
    assert_eq!(evaluated(&rows), wanted);
    rows.reverse();
    assert_eq!(evaluated(&rows), wanted);
}

/// One distribution in both arms, and a quantile of it: values that are drawn without chance, in another order.
fn quantiles(statistic: &str, shift: f64) -> Value {
    let rows = [("a", 1.0), ("b", 1.0 + shift)].into_iter().flat_map(|(variant, factor)| {
        (0..300_u32).flat_map(move |at| {
            let place = f64::from(at * 7 % 300) + if variant == "a" { 0.3 } else { 0.7 };
            let value = factor * (-(1.0 - place / 300.0).ln());
            let row = |goal: &str, value: f64| {
                json!({
                    "exp_variant_id": variant, "unit_type": "user", "agg_type": "unit", "goal": goal,
                    "unit_id": format!("{variant}{at}"), "count": 1, "sum_value": value
                })
            };
            [row("exposure", 1.0), row("load", value)]
        })
    });
    json!({
        "id": "test", "control_variant": "a", "unit_type": "user", "checks": [],
        "metrics": [{
            "id": 1, "name": "load", "nominator": "value(user.unit.load)",
            "denominator": "count(user.unit.exposure)", "statistic": statistic
        }],
        "goals": rows.collect::<Vec<_>>()
    })
}

#[test]
fn a_quantile_has_the_error_of_a_quantile_in_the_whole_answer_too() {
    for statistic in ["median", "p90", "p99"] {
        let body = quantiles(statistic, 0.05);
        let answer = evaluated(&body, Mode::Corrected);
        let whole = &answer["evaluation"]["metrics"][0];
        let comparison = &whole["comparisons"][0];
        // Asymptotically √(p/(1 − p)/n) in each arm of an exponential distribution; a mean has 1/√n.
        let p: f64 = match statistic {
            "median" => 0.5,
            "p90" => 0.9,
            _ => 0.99,
        };
        let wanted = (2.0 * p / (1.0 - p) / 300.0).sqrt();
        let error = number(&comparison["difference"]["standard_error"]);
        assert!(
            (error / wanted - 1.0).abs() < 0.35,
            "{statistic}: {error} is not about {wanted}"
        );
        let told = number(&answer["metrics"][0]["stats"][1]["p_value"]);
        assert!((number(&comparison["p_value"]) / told - 1.0).abs() < 1e-9);
        assert!(comparison["always_valid_p_value"].is_null());
        assert_eq!(comparison["relative"]["always_valid"]["p_value"], 1.0);
        assert!(
            comparison["reason"]
                .as_str()
                .unwrap()
                .contains("one look only")
        );
        assert!(
            whole["methods"]["fixed"]
                .as_str()
                .unwrap()
                .contains("quantiles")
        );
        assert_eq!(
            answer["evaluation"]["conclusion"]["decision"],
            "keep_running"
        );
    }
    let mut body = quantiles("median", 1.0);
    body["date_from"] = "2024-01-01".into();
    body["date_to"] = "2024-01-14".into();
    body["date_for"] = "2024-01-14".into();
    let answer = evaluated(&body, Mode::Corrected);
    assert_eq!(answer["evaluation"]["conclusion"]["decision"], "ship");
}

#[test]
fn units_of_two_variants_are_told_of() {
    let told = |shared: usize| {
        let mut goals = Vec::new();
        for (variant, first) in [("a", 0), ("b", 400 - shared)] {
            for unit in first..first + 400 {
                for goal in ["exposure", "click"] {
                    let done = goal == "exposure" || unit % 3 == 0;
                    goals.push(json!({
                        "exp_variant_id": variant, "unit_type": "user", "unit_id": format!("u{unit}"),
                        "agg_type": "unit", "goal": goal, "count": u8::from(done),
                    }));
                }
            }
        }
        let request = json!({
            "id": "x", "control_variant": "a", "unit_type": "user", "by_unit": true, "checks": [], "goals": goals,
            "metrics": [{"id": 1, "name": "CTR", "nominator": "count(user.unit.click)",
                         "denominator": "count(user.unit.exposure)"}],
        });
        evaluated(&request, Mode::Corrected)["evaluation"]["warnings"].clone()
    };
    let warnings = told(10);
    let of_two = |warnings: &Value| {
        let mut all = warnings.as_array().unwrap().iter();
        all.find(|of| of["code"] == "counted_twice").cloned()
    };
    assert_eq!(of_two(&warnings).unwrap()["units"], 10, "{warnings}");
    assert_eq!(of_two(&told(0)), None);
}
