//! Where the original is wrong.

use serde_json::{Value, json};
use variate_stats::ep_stats::{Day, Mode, NoGoals, Settings, evaluate_json};

use super::{answer, clicks, evaluated, number, read, row};

fn kinds(answer: &Value) -> Vec<&str> {
    answer["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|difference| difference["kind"].as_str().unwrap())
        .collect()
}

fn stat(answer: &Value, variant: usize) -> &Value {
    &answer["metrics"][0]["stats"][variant]
}

#[test]
fn the_body_may_ask_for_it() {
    let mut body = clicks(&[("a", 1000.0, 100.0), ("b", 1000.0, 130.0)]);
    body["mode"] = "corrected".into();
    let answer = evaluated(&body, Mode::Compat);
    assert_eq!(answer["mode"], "corrected");
    assert_eq!(kinds(&answer), ["missing", "difference"]);
    assert_eq!(stat(&answer, 1)["reasons"]["power"], "no_minimum_effect");
    assert_eq!(stat(&answer, 0)["reasons"]["power"], "is_control");
    body["mode"] = "compat".into();
    assert!(evaluated(&body, Mode::Corrected).get("mode").is_none());
}

#[test]
fn holm_corrects_all_treatments_whatever_their_names() {
    let mut body = clicks(&[
        ("a", 1000.0, 100.0),
        ("b", 1000.0, 130.0),
        ("c", 1000.0, 140.0),
    ]);
    body["control_variant"] = "c".into();
    let answer = evaluated(&body, Mode::Corrected);
    assert!(kinds(&answer).contains(&"holm_by_position"));
    let alone = |variant: &str| {
        let mut body = body.clone();
        body["variants"] = json!([variant, "c"]);
        number(&stat(&evaluated(&body, Mode::Corrected), 0)["p_value"])
    };
    let (a, b) = (alone("a"), alone("b"));
    assert!(a < b);
    assert!((number(&stat(&answer, 0)["p_value"]) - 2.0 * a).abs() < 1e-12);
    assert!((number(&stat(&answer, 1)["p_value"]) - b.max(2.0 * a)).abs() < 1e-12);
    assert_eq!(number(&stat(&answer, 2)["p_value"]), 1.0);
}

#[test]
fn an_interval_excludes_zero_where_the_corrected_p_value_is_small() {
    for b in [120.0, 135.0, 140.0, 150.0, 400.0] {
        let answer = evaluated(
            &clicks(&[("a", 1000.0, 100.0), ("b", 1000.0, b), ("c", 1000.0, 139.0)]),
            Mode::Corrected,
        );
        for variant in [1, 2] {
            let stat = stat(&answer, variant);
            let significant = number(&stat["p_value"]) < 0.05;
            assert_eq!(
                number(&stat["diff"]).abs() > number(&stat["confidence_interval"]),
                significant,
                "{stat}"
            );
        }
    }
}

#[test]
fn looks_are_tested_at_the_level_of_their_boundary() {
    let mut body = clicks(&[("a", 1000.0, 100.0), ("b", 1000.0, 130.0)]);
    body["date_from"] = "2024-01-01".into();
    body["date_to"] = "2024-01-14".into();
    let level = |day: &str| {
        let mut body = body.clone();
        body["date_for"] = day.into();
        let answer = evaluated(&body, Mode::Corrected);
        assert!(kinds(&answer).contains(&"sequential_level"));
        number(&stat(&answer, 1)["confidence_level"])
    };
    // The level is the share within the boundary of the reference for 14 looks.
    let reference: Value =
        serde_json::from_str(include_str!("../../data/group-sequential.json")).unwrap();
    let z = &reference["LD-OBF two-sided f=2-2Phi(z/sqrt t) K=14 a=0.05"];
    for (day, look) in [("2024-01-14", 13), ("2024-01-07", 6)] {
        let wanted = within(z[look].as_f64().unwrap());
        assert!(
            (level(day) - wanted).abs() < 1e-9,
            "{day}: {} is not {wanted}",
            level(day)
        );
    }
    let early = Settings::new("2023-12-31".parse::<Day>().unwrap()).mode(Mode::Corrected);
    let answer = read(&evaluate_json(body.to_string().as_bytes(), &NoGoals, &early).body);
    assert_eq!(stat(&answer, 1)["reasons"]["confidence_level"], "not_begun");
    assert_eq!(
        stat(&answer, 1)["reasons"]["confidence_interval"],
        "not_begun"
    );
}

/// The share of a normal distribution within ± z, by its power series.
fn within(z: f64) -> f64 {
    let x = z / 2_f64.sqrt();
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        let n = f64::from(n);
        term *= -x * x / n;
        sum += term / (2.0 * n + 1.0);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

#[test]
fn errors_are_lengths_below_zero_too() {
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    body["metrics"][0]["nominator"] = "-1 * count(user.unit.click)".into();
    let answer = evaluated(&body, Mode::Corrected);
    assert!(kinds(&answer).contains(&"negative_control"));
    assert!(number(&stat(&answer, 1)["confidence_interval"]) > 0.0);
    assert_eq!(number(&stat(&answer, 1)["diff"]), -1.0);
}

#[test]
fn decimal_numbers_count() {
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    body["metrics"][0]["nominator"] = "count(user.unit.click) * 0.5".into();
    let answer = evaluated(&body, Mode::Corrected);
    assert_eq!(number(&stat(&answer, 1)["sum_value"]), 10.0);
    assert_eq!(number(&stat(&answer, 1)["diff"]), 1.0);
    assert!(kinds(&answer).contains(&"decimal"));
}

#[test]
fn surprising_precedence_is_told_where_it_matters() {
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    body["metrics"][0]["nominator"] =
        "count(user.unit.click) + count(user.unit.click) - count(user.unit.click)".into();
    assert!(!kinds(&evaluated(&body, Mode::Corrected)).contains(&"precedence"));
    body["metrics"][0]["denominator"] = "count(user.global.exposure) / 2 * 2".into();
    let answer = evaluated(&body, Mode::Corrected);
    assert!(kinds(&answer).contains(&"precedence"));
    assert_eq!(number(&stat(&answer, 1)["mean"]), 20.0 / 25.0);
    assert_eq!(number(&stat(&answer, 1)["sample_size"]), 100.0);
}

#[test]
fn products_make_the_variance_of_a_ratio_right() {
    // Units (x, y): a (1, 1) (2, 1) (3, 4); b (1, 2) (1, 1) (4, 3) (2, 2).
    let sums = |variant: &str, goal: &str, values: &[f64]| {
        let mut sums = row(variant, goal, 0.0);
        sums["agg_type"] = "unit".into();
        sums["count"] = values.iter().sum::<f64>().into();
        sums["sum_sqr_count"] = values.iter().map(|value| value * value).sum::<f64>().into();
        sums
    };
    let mut body = clicks(&[("a", 3.0, 0.0), ("b", 4.0, 0.0)]);
    let units: [(&str, &[f64], &[f64]); 2] = [
        ("a", &[1.0, 2.0, 3.0], &[1.0, 1.0, 4.0]),
        ("b", &[1.0, 1.0, 4.0, 2.0], &[2.0, 1.0, 3.0, 2.0]),
    ];
    for (variant, x, y) in units {
        let goals = body["goals"].as_array_mut().unwrap();
        goals.extend([sums(variant, "view", x), sums(variant, "buy", y)]);
    }
    body["metrics"] = json!([{
        "id": 1, "name": "m", "nominator": "count(user.unit.buy)", "denominator": "count(user.unit.view)",
        "products": {"units": "count(user.global.exposure)", "sums": {"a": 15.0, "b": 19.0}}
    }]);
    let answer = evaluated(&body, Mode::Corrected);
    assert!(kinds(&answer).contains(&"delta_method"));
    for (at, (_, x, y)) in units.into_iter().enumerate() {
        let n = f64::from(u32::try_from(x.len()).unwrap());
        let ratio = y.iter().sum::<f64>() / x.iter().sum::<f64>();
        let residuals: f64 = y.iter().zip(x).map(|(y, x)| (y - ratio * x).powi(2)).sum();
        let std = (residuals / (n - 1.0)).sqrt() / (x.iter().sum::<f64>() / n);
        assert!((number(&stat(&answer, at)["mean"]) - ratio).abs() < 1e-12);
        assert!((number(&stat(&answer, at)["std"]) - std).abs() < 1e-12);
        assert_eq!(number(&stat(&answer, at)["sample_size"]), n);
    }
}

/// The sums of what units have of a goal.
fn sums(variant: &str, goal: &str, values: &[f64]) -> Value {
    let mut sums = row(variant, goal, 0.0);
    sums["agg_type"] = "unit".into();
    sums["count"] = values.iter().sum::<f64>().into();
    sums["sum_sqr_count"] = values.iter().map(|value| value * value).sum::<f64>().into();
    let units = values.iter().filter(|value| **value != 0.0).count();
    sums["count_unique"] = units.into();
    sums
}

/// Two variants of as many units as the first goal has values, with these goals.
fn with_goals(goals: &[(&str, [&[f64]; 2])], nominator: &str, denominator: &str) -> Value {
    let units = |at: usize| f64::from(u32::try_from(goals[0].1[at].len()).unwrap());
    let mut body = clicks(&[("a", units(0), 0.0), ("b", units(1), 0.0)]);
    body["metrics"] =
        json!([{"id": 1, "name": "m", "nominator": nominator, "denominator": denominator}]);
    let rows = body["goals"].as_array_mut().unwrap();
    for (goal, arms) in goals {
        rows.extend([sums("a", goal, arms[0]), sums("b", goal, arms[1])]);
    }
    body
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = f64::from(u32::try_from(values.clone().count()).unwrap());
    let mean = values.clone().sum::<f64>() / n;
    values.map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

#[test]
fn a_sum_of_goals_has_at_least_the_error_of_its_units() {
    let one: [&[f64]; 2] = [
        &[1.0, 0.0, 3.0, 0.0, 2.0, 1.0],
        &[2.0, 0.0, 3.0, 1.0, 2.0, 0.0],
    ];
    let other: [&[f64]; 2] = [
        &[2.0, 0.0, 4.0, 1.0, 2.0, 0.0],
        &[1.0, 1.0, 3.0, 0.0, 2.0, 0.0],
    ];
    let exposures = "count(user.global.exposure)";
    let of = |nominator: &str| {
        let answer = evaluated(
            &with_goals(&[("x", one), ("y", other)], nominator, exposures),
            Mode::Corrected,
        );
        let is_noted = kinds(&answer).contains(&"covariance");
        let is_told = answer["evaluation"]["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|warning| warning["code"] == "covariance_unknown");
        assert_eq!(is_noted, is_told);
        (number(&stat(&answer, 0)["std"]).powi(2), is_noted)
    };
    let both =
        |a: f64, b: f64| variance(one[0].iter().zip(other[0]).map(move |(x, y)| a * x + b * y));
    for (nominator, wanted) in [
        ("count(user.unit.x) + count(user.unit.y)", both(1.0, 1.0)),
        ("count(user.unit.x) - count(user.unit.y)", both(1.0, -1.0)),
        (
            "count(user.unit.x) + 2 * count(user.unit.y)",
            both(1.0, 2.0),
        ),
    ] {
        let (bound, is_noted) = of(nominator);
        assert!(
            bound >= wanted && is_noted,
            "{nominator}: {bound} for {wanted}"
        );
    }
    for (nominator, wanted) in [
        ("count(user.unit.x)", both(1.0, 0.0)),
        ("count(user.unit.x) + count(user.unit.x)", both(2.0, 0.0)),
        ("count(user.unit.x) * 2", both(2.0, 0.0)),
        ("count(user.unit.x) / 4", both(0.25, 0.0)),
    ] {
        let (exact, is_noted) = of(nominator);
        assert!(
            (exact - wanted).abs() < 1e-12 && !is_noted,
            "{nominator}: {exact} for {wanted}"
        );
    }
}

#[test]
fn a_ratio_without_products_has_at_least_the_error_of_its_units() {
    let views: [&[f64]; 2] = [
        &[1.0, 4.0, 3.0, 7.0, 2.0, 1.0],
        &[2.0, 5.0, 3.0, 1.0, 2.0, 4.0],
    ];
    for buys in [
        [
            [1.0, 0.0, 1.0, 0.0, 2.0, 1.0],
            [2.0, 0.0, 3.0, 1.0, 2.0, 0.0],
        ],
        [
            [0.0, 3.0, 1.0, 6.0, 1.0, 0.0],
            [1.0, 3.0, 2.0, 0.0, 1.0, 4.0],
        ],
    ] {
        let goals: [&[f64]; 2] = [&buys[0], &buys[1]];
        let body = with_goals(
            &[("view", views), ("buy", goals)],
            "count(user.unit.buy)",
            "count(user.unit.view)",
        );
        let answer = evaluated(&body, Mode::Corrected);
        assert!(kinds(&answer).contains(&"covariance"));
        for at in [0, 1] {
            let (y, x) = (goals[at], views[at]);
            let ratio = y.iter().sum::<f64>() / x.iter().sum::<f64>();
            let mean = x.iter().sum::<f64>() / 6.0;
            let right = variance(y.iter().zip(x).map(|(y, x)| (y - ratio * x) / mean)).sqrt();
            let stat = stat(&answer, at);
            assert!((number(&stat["mean"]) - ratio).abs() < 1e-12);
            assert_eq!(number(&stat["sample_size"]), 6.0);
            assert!(number(&stat["std"]) >= right, "{stat}: {right}");
        }
    }
}

#[test]
fn the_ratio_of_an_action_to_itself_needs_the_source_only() {
    // Units (count, value): a (1, 3) (2, 5) (4, 6) (1, 9); b (2, 2) (1, 4) (3, 8).
    let arms: [(&str, &[(f64, f64)]); 2] = [
        ("a", &[(1.0, 3.0), (2.0, 5.0), (4.0, 6.0), (1.0, 9.0)]),
        ("b", &[(2.0, 2.0), (1.0, 4.0), (3.0, 8.0)]),
    ];
    let mut body = clicks(&[("a", 20.0, 0.0), ("b", 20.0, 0.0)]);
    for (variant, units) in arms {
        let counts: Vec<f64> = units.iter().map(|of| of.0).collect();
        let mut row = sums(variant, "buy", &counts);
        row["sum_value"] = units.iter().map(|of| of.1).sum::<f64>().into();
        row["sum_sqr_value"] = units.iter().map(|of| of.1 * of.1).sum::<f64>().into();
        row["sum_count_value"] = units.iter().map(|of| of.0 * of.1).sum::<f64>().into();
        body["goals"].as_array_mut().unwrap().push(row);
    }
    body["metrics"] = json!([{
        "id": 1, "name": "m", "nominator": "value(user.unit.buy)", "denominator": "count(user.unit.buy)"
    }]);
    let answer = evaluated(&body, Mode::Corrected);
    assert!(!kinds(&answer).contains(&"covariance"));
    assert!(kinds(&answer).contains(&"delta_method"));
    for (at, (_, units)) in arms.into_iter().enumerate() {
        let n = f64::from(u32::try_from(units.len()).unwrap());
        let counts: f64 = units.iter().map(|of| of.0).sum();
        let ratio = units.iter().map(|of| of.1).sum::<f64>() / counts;
        let right = variance(units.iter().map(|(x, y)| (y - ratio * x) / (counts / n))).sqrt();
        assert!((number(&stat(&answer, at)["std"]) - right).abs() < 1e-12);
    }
}

#[test]
fn few_events_are_tested_exactly_also_where_they_are_sums() {
    let of = |control, treatment| {
        let body = clicks(&[("a", 1000.0, control), ("b", 1000.0, treatment)]);
        let answer = evaluated(&body, Mode::Corrected);
        let p = number(&stat(&answer, 1)["p_value"]);
        let comparison = answer["evaluation"]["metrics"][0]["comparisons"][0].clone();
        assert!((number(&comparison["p_value"]) - p).abs() < 1e-12);
        (p, comparison, answer)
    };
    // scipy.stats.fisher_exact([[8, 992], [1, 999]]).pvalue and of [[30, 970], [3, 997]]
    for (control, treatment, fisher) in [(8.0, 1.0, 0.038_731_6), (30.0, 3.0, 1.2e-6)] {
        for (p, comparison, _) in [of(control, treatment), of(treatment, control)] {
            assert!((p - fisher).abs() < 0.05 * fisher, "{p}");
            assert!(number(&comparison["always_valid_p_value"]) > p);
        }
    }
    let (_, comparison, answer) = of(8.0, 1.0);
    assert!(number(&comparison["always_valid_p_value"]) > 0.05);
    assert_eq!(
        answer["evaluation"]["conclusion"]["decision"],
        "keep_running"
    );
    let (_, _, answer) = of(200.0, 0.0);
    assert_eq!(
        answer["evaluation"]["conclusion"]["decision"],
        "keep_control"
    );
}

#[test]
fn small_p_values_have_their_digits() {
    let answer = evaluated(
        &clicks(&[("a", 1e5, 1e4), ("b", 1e5, 1.2e4)]),
        Mode::Corrected,
    );
    let p = number(&stat(&answer, 1)["p_value"]);
    assert!(p > 0.0 && p < 1e-30, "{p}");
    assert!(kinds(&answer).contains(&"tail"));
}

#[test]
fn a_control_of_nothing_has_a_p_value_and_no_relative_difference() {
    let of = |b: f64, square: f64| {
        let mut body = clicks(&[("a", 1000.0, 0.0), ("b", 1000.0, b)]);
        for row in body["goals"].as_array_mut().unwrap() {
            if row["exp_variant_id"] == "b" && row["goal"] == "click" {
                row["sum_sqr_count"] = square.into();
            }
        }
        evaluated(&body, Mode::Corrected)
    };
    // 2·C(1000, 9)/C(2000, 9)
    let rates = of(9.0, 9.0);
    let fisher = number(&stat(&rates, 1)["p_value"]);
    assert!(
        (fisher / 0.003_836_271_588_491_579 - 1.0).abs() < 1e-10,
        "{fisher}"
    );
    assert!(stat(&rates, 1)["reasons"].get("p_value").is_none());
    assert_eq!(stat(&rates, 1)["reasons"]["diff"], "control_mean_is_zero");
    // A mean: z = 0.02/(0.4/√1000), by Welch's test with 999 degrees of freedom.
    let means = of(20.0, 160.0);
    let welch = number(&stat(&means, 1)["p_value"]);
    assert!(welch > 0.1 && welch < 0.13, "{welch}");
    // Both say what the evaluation beside them says.
    for answer in [rates, means] {
        let decided = &answer["evaluation"]["metrics"][0]["comparisons"][0];
        let (ours, theirs) = (
            number(&stat(&answer, 1)["p_value"]),
            number(&decided["p_value"]),
        );
        assert!((ours / theirs - 1.0).abs() < 1e-9, "{ours} {theirs}");
    }
    // Nothing on either side is no test.
    assert_eq!(stat(&of(0.0, 0.0), 1)["reasons"]["p_value"], "no_variance");
}

#[test]
fn what_is_missing_has_a_reason() {
    let reason = |variants: &[(&str, f64, f64)], field: &str| {
        let answer = evaluated(&clicks(variants), Mode::Corrected);
        stat(&answer, 1)["reasons"][field]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    };
    assert_eq!(
        reason(
            &[("a", 100.0, 0.0), ("b", 100.0, 20.0)],
            "confidence_interval"
        ),
        "control_mean_is_zero"
    );
    assert_eq!(
        reason(&[("a", 100.0, 0.0), ("b", 100.0, 20.0)], "diff"),
        "control_mean_is_zero"
    );
    assert_eq!(
        reason(&[("a", 0.0, 0.0), ("b", 100.0, 20.0)], "p_value"),
        "control_has_no_units"
    );
    assert_eq!(
        reason(&[("a", 100.0, 10.0), ("b", 0.0, 0.0)], "mean"),
        "no_units"
    );
    assert_eq!(
        reason(&[("a", 100.0, 10.0), ("b", 1.0, 1.0)], "std"),
        "too_few_units"
    );
    assert_eq!(
        reason(&[("a", 1.0, 1.0), ("b", 100.0, 10.0)], "p_value"),
        "control_has_too_few_units"
    );
    assert_eq!(
        reason(&[("a", 100.0, 100.0), ("b", 100.0, 100.0)], "p_value"),
        "no_variance"
    );
    assert_eq!(
        reason(&[("a", 100.0, 10.0), ("b", 100.0, 300.0)], "std"),
        "sums_contradict"
    );
    assert_eq!(
        reason(&[("a", 100.0, 300.0), ("b", 100.0, 10.0)], "p_value"),
        "control_sums_contradict"
    );
    assert_eq!(
        reason(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)], "p_value"),
        "none"
    );
    let mut body = clicks(&[("a", 100.0, 10.0), ("b", 100.0, 20.0)]);
    body["metrics"][0]["nominator"] = "count(user.unit.click) + 5".into();
    let answer = evaluated(&body, Mode::Corrected);
    assert_eq!(stat(&answer, 1)["reasons"]["std"], "variance_unknown");
    assert!(kinds(&answer).contains(&"variance"));
}

#[test]
fn the_level_of_a_request_counts() {
    let mut body = clicks(&[("a", 1000.0, 100.0), ("b", 1000.0, 130.0)]);
    body["confidence_level"] = 0.9.into();
    let answer_of = |mode| number(&stat(&evaluated(&body, mode), 1)["confidence_level"]);
    assert!((answer_of(Mode::Corrected) - 0.9).abs() < 1e-12);
    assert_eq!(answer_of(Mode::Compat), 0.95);
    body["confidence_level"] = 2.into();
    assert_eq!(answer(&body, Mode::Corrected).status, 422);
}

#[test]
fn a_planned_split_is_no_mismatch() {
    let mut body = clicks(&[("a", 9_000.0, 900.0), ("b", 1_000.0, 100.0)]);
    body["checks"] =
        json!([{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}]);
    let of = |body: &Value| {
        let answer = evaluated(body, Mode::Corrected);
        let p = number(&answer["checks"][0]["stats"][0]["value"]);
        (p, answer["evaluation"]["conclusion"]["decision"].clone())
    };
    let (p, decision) = of(&body);
    assert!(p < 1e-100);
    assert_eq!(decision, "invalid");
    body["shares"] = json!({"a": 90, "b": 10});
    assert_eq!(of(&body), (1.0, json!("keep_running")));
    // To Ep-Stats it is a field like any other that it does not know.
    let compat = evaluated(&body, Mode::Compat);
    assert!(number(&compat["checks"][0]["stats"][0]["value"]) < 1e-100);
    // scipy.stats.chisquare([9000, 1000], [8800, 1200]).pvalue
    body["shares"] = json!({"a": 0.88, "b": 0.12});
    let (p, _) = of(&body);
    assert!((p / 7.527_930_75e-10 - 1.0).abs() < 1e-3, "{p}");
    // One that was planned and never came.
    body["shares"] = json!({"a": 80, "b": 10, "c": 10});
    assert_eq!(of(&body).1, "invalid");
    for (shares, place) in [
        (json!({"a": 90}), "shares"),
        (json!({"a": 90, "b": 0}), "shares"),
        (json!({"a": 90, "b": "ten"}), "shares"),
        (json!([90, 10]), "shares"),
    ] {
        body["shares"] = shares;
        let refused = answer(&body, Mode::Corrected);
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(place), "{}", refused.body);
    }
}

#[test]
fn the_largest_ratio_is_checked() {
    let mut body = clicks(&[("a", 1000.0, 5.0), ("b", 1000.0, 30.0)]);
    body["checks"] = json!([{
        "id": 1, "name": "bots", "type": "MaxRatio", "nominator": "count(user.unit.click)",
        "denominator": "count(user.global.exposure)"
    }]);
    let answer = evaluated(&body, Mode::Corrected);
    assert_eq!(
        answer["checks"][0]["stats"][0],
        json!({"variable_id": "max_ratio", "value": 0.03})
    );
}

#[test]
fn a_check_that_is_missing_has_a_reason() {
    let reason = |variants: &[(&str, f64, f64)]| {
        let mut body = clicks(variants);
        body["checks"] =
            json!([{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}]);
        evaluated(&body, Mode::Corrected)["checks"][0]["stats"][0]["reason"].clone()
    };
    assert_eq!(reason(&[("a", 0.0, 0.0), ("b", 0.0, 0.0)]), "no_units");
    assert_eq!(reason(&[("a", 10.0, 1.0)]), "one_variant");
    assert_eq!(reason(&[("a", 10.0, 1.0), ("b", 11.0, 1.0)]), Value::Null);
}

#[test]
fn a_thousand_variants_are_evaluated() {
    let names: Vec<String> = (0..1000).map(|name| format!("v{name}")).collect();
    let mut variants: Vec<(&str, f64, f64)> = names
        .iter()
        .map(|name| (name.as_str(), 100.0, 20.0))
        .collect();
    variants.push(("a", 100.0, 10.0));
    for mode in [Mode::Compat, Mode::Corrected] {
        let answer = evaluated(&clicks(&variants), mode);
        assert_eq!(
            answer["metrics"][0]["stats"].as_array().unwrap().len(),
            1001
        );
    }
}
