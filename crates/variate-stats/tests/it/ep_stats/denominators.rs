//! Denominators that are more than one goal, and constants, in corrected mode.

use serde_json::{Value, json};
use variate_stats::ep_stats::Mode;

use super::{clicks, evaluated, number, row};

fn kinds(answer: &Value) -> Vec<&str> {
    let differences = answer["differences"].as_array().unwrap();
    differences
        .iter()
        .filter_map(|difference| difference["kind"].as_str())
        .collect()
}

fn stat(answer: &Value, variant: usize) -> &Value {
    &answer["metrics"][0]["stats"][variant]
}

fn near(found: f64, wanted: f64) {
    let is_near = (found - wanted).abs() <= 1e-9 * wanted.abs();
    assert!(is_near, "{found} is not {wanted}");
}

/// With this nominator and denominator.
fn of(body: &Value, nominator: &str, denominator: &str) -> Value {
    let mut body = body.clone();
    body["metrics"][0]["nominator"] = nominator.into();
    body["metrics"][0]["denominator"] = denominator.into();
    evaluated(&body, Mode::Corrected)
}

/// 100 and 130 of 1,000 click; each views 1 to 5 pages; values have a mean of 10 and a deviation of 1.
fn usual() -> Value {
    let mut body = clicks(&[("a", 1000.0, 100.0), ("b", 1000.0, 130.0)]);
    let rows = body["goals"].as_array_mut().unwrap();
    for (variant, views, squares, worth, worth_squares) in [
        ("a", 3000.0, 11_000.0, 10_000.0, 100_999.0),
        ("b", 3100.0, 11_900.0, 10_120.0, 103_430.0),
    ] {
        let mut view = row(variant, "view", views);
        view["sum_sqr_count"] = squares.into();
        view["count_unique"] = 1000.into();
        view["sum_value"] = worth.into();
        view["sum_sqr_value"] = worth_squares.into();
        rows.push(view);
    }
    body
}

const EXPOSED: &str = "count(user.global.exposure)";
const CLICKS: &str = "count(user.unit.click)";
const VIEWS: &str = "count(user.unit.view)";
const WORTH: &str = "value(user.unit.view)";

/// The p-values come from scipy 1.x: `2*norm.sf(z)` of the unpooled z test of 100 and 130 of 1,000, and `ttest_ind_from_stats` of the sums'
/// means and deviations (Welch). That of clicks by view is a bound, and only has to stay what it is.
#[test]
fn a_constant_factor_changes_no_p_value() {
    let body = usual();
    for (nominator, denominator, p) in [
        (CLICKS, EXPOSED, Some(0.035_285_320_250_492_82)),
        (WORTH, EXPOSED, Some(0.007_596_727_728_165_725)),
        (CLICKS, VIEWS, None),
        (
            "count(user.unit.click) + count(user.unit.view)",
            EXPOSED,
            None,
        ),
    ] {
        let plain = of(&body, nominator, denominator);
        let comparison =
            |answer: &Value| answer["evaluation"]["metrics"][0]["comparisons"][0].clone();
        let told = comparison(&plain);
        if let Some(p) = p {
            near(number(&stat(&plain, 1)["p_value"]), p);
        }
        for (nominator, denominator, factor) in [
            (nominator.to_owned(), format!("2 * ({denominator})"), 0.5),
            (nominator.to_owned(), format!("({denominator}) * 100"), 0.01),
            (
                nominator.to_owned(),
                format!("({denominator}) / 1000"),
                1000.0,
            ),
            (
                nominator.to_owned(),
                format!("({denominator}) * 0.9"),
                1.0 / 0.9,
            ),
            (
                format!("100 * ({nominator})"),
                denominator.to_owned(),
                100.0,
            ),
            (
                format!("({nominator}) / 4"),
                format!("3 * ({denominator})"),
                1.0 / 12.0,
            ),
        ] {
            let answer = of(&body, &nominator, &denominator);
            let without_decimal = |answer: &Value| {
                let kinds = kinds(answer).into_iter().filter(|kind| *kind != "decimal");
                kinds.map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(
                without_decimal(&answer),
                without_decimal(&plain),
                "{nominator} / {denominator}"
            );
            for variant in [0, 1] {
                let (found, wanted) = (stat(&answer, variant), stat(&plain, variant));
                for name in ["p_value", "confidence_interval", "diff"] {
                    let (found, wanted) = (number(&found[name]), number(&wanted[name]));
                    assert!(
                        (found - wanted).abs() <= 1e-9 * wanted.abs() + 1e-15,
                        "{name}: {found} is not {wanted}"
                    );
                }
                assert_eq!(found["sample_size"], wanted["sample_size"]);
                for name in ["mean", "std"] {
                    near(number(&found[name]), factor * number(&wanted[name]));
                }
            }
            let found = comparison(&answer);
            for name in ["p_value", "always_valid_p_value"] {
                near(number(&found[name]), number(&told[name]));
            }
            let effect = |of: &Value, name: &str| number(&of["difference"][name]);
            for name in ["effect", "standard_error"] {
                near(effect(&found, name), factor * effect(&told, name));
            }
            let lower = |of: &Value| number(&of["difference"]["interval"]["lower"]);
            near(lower(&found), factor * lower(&told));
            near(
                number(&found["relative"]["effect"]),
                number(&told["relative"]["effect"]),
            );
            let value = |answer: &Value| {
                number(&answer["evaluation"]["metrics"][0]["variants"][1]["value"])
            };
            near(value(&answer), factor * value(&plain));
        }
    }
}

/// By the delta method over units, in numpy: y is 1 for who clicks, x = 1 + y, the deviation is that of (y − R·x)/x̄ with 999 degrees of
/// freedom, and the p-value is that of `ttest_ind_from_stats` (scipy, Welch).
#[test]
fn a_sum_with_exposures_is_exact_where_the_rest_is_the_nominator() {
    let denominator = format!("{EXPOSED} + {CLICKS}");
    // Squares of exposures need not be there.
    let mut body = usual();
    for at in [0, 2] {
        body["goals"][at]
            .as_object_mut()
            .unwrap()
            .remove("sum_sqr_count");
    }
    let answer = of(&body, CLICKS, &denominator);
    near(number(&stat(&answer, 0)["std"]), 0.248_057_944_292_423_2);
    near(number(&stat(&answer, 1)["std"]), 0.263_506_705_577_717_44);
    near(number(&stat(&answer, 1)["mean"]), 0.115_044_247_787_610_62);
    near(
        number(&stat(&answer, 1)["p_value"]),
        0.035_073_339_417_374_12,
    );
    assert_eq!(number(&stat(&answer, 1)["sample_size"]), 1000.0);
    assert!(kinds(&answer).contains(&"delta_method"));
    assert!(!kinds(&answer).contains(&"covariance"));
}

/// What units have of views and clicks, in clusters; the error by unit is that of (y − R·x)/x̄.
#[test]
fn a_sum_or_difference_of_goals_has_at_least_the_error_of_its_units() {
    let views = [4.0, 1.0, 9.0, 2.0, 25.0, 3.0, 1.0, 6.0];
    let clicks_of = [2.0, 0.0, 8.0, 1.0, 20.0, 0.0, 1.0, 3.0];
    let buys = [1.0, 1.0, 0.0, 2.0, 3.0, 0.0, 0.0, 1.0];
    let mut body = clicks(&[("a", 8.0, 0.0), ("b", 8.0, 0.0)]);
    body["goals"]
        .as_array_mut()
        .unwrap()
        .retain(|row| row["goal"] == "exposure");
    for variant in ["a", "b"] {
        for (goal, values) in [("view", views), ("click", clicks_of), ("buy", buys)] {
            let mut sums = row(variant, goal, values.iter().sum());
            sums["sum_sqr_count"] = values.iter().map(|value| value * value).sum::<f64>().into();
            sums["count_unique"] = values.iter().filter(|value| **value > 0.0).count().into();
            body["goals"].as_array_mut().unwrap().push(sums);
        }
    }
    for (sign, text) in [(1.0, "+"), (-1.0, "-")] {
        for (name, nominator) in [("buy", buys), ("click", clicks_of)] {
            let denominator = format!("{VIEWS} {text} {CLICKS}");
            let answer = of(&body, &format!("count(user.unit.{name})"), &denominator);
            let size: Vec<f64> = views
                .iter()
                .zip(clicks_of)
                .map(|(v, c)| v + sign * c)
                .collect();
            let ratio = nominator.iter().sum::<f64>() / size.iter().sum::<f64>();
            let mean = size.iter().sum::<f64>() / 8.0;
            let left = nominator
                .iter()
                .zip(&size)
                .map(|(y, x)| ((y - ratio * x) / mean).powi(2));
            let right = (left.sum::<f64>() / 7.0).sqrt();
            let found = stat(&answer, 0);
            near(number(&found["mean"]), ratio);
            assert!(
                number(&found["std"]) >= right,
                "{denominator}: {found}, by unit {right}"
            );
            assert_eq!(number(&found["sample_size"]), 8.0);
            let kinds = kinds(&answer);
            assert!(
                kinds.contains(&"delta_method") && kinds.contains(&"covariance"),
                "{kinds:?}"
            );
        }
    }
}

#[test]
fn what_no_sums_tell_has_no_p_value() {
    for denominator in [
        "count(user.global.exposure) + 1",
        "count(user.unit.view) * count(user.unit.click)",
        "count(user.unit.view) / count(user.unit.click)",
        "count(user.global.exposure) + 2 * count(user.global.view)",
    ] {
        let mut body = usual();
        for variant in ["a", "b"] {
            let mut view = row(variant, "view", 3000.0);
            view["agg_type"] = "global".into();
            body["goals"].as_array_mut().unwrap().push(view);
        }
        let answer = of(&body, CLICKS, denominator);
        let stat = stat(&answer, 1);
        assert_eq!(
            stat["reasons"]["p_value"], "variance_unknown",
            "{denominator}: {stat}"
        );
        assert!(stat["mean"].is_number(), "{denominator}: {stat}");
        assert!(kinds(&answer).contains(&"variance"), "{denominator}");
    }
    // Parts of the units are units.
    let mut body = usual();
    let rows = body["goals"].as_array_mut().unwrap();
    let exposures: Vec<Value> = rows
        .iter()
        .filter(|row| row["goal"] == "exposure")
        .cloned()
        .collect();
    for of in exposures {
        for (country, count) in [("cz", 400), ("sk", 600)] {
            let mut of = of.clone();
            (of["country"], of["count"]) = (country.into(), count.into());
            rows.push(of);
        }
    }
    let parts = "count(user.global.exposure(country=cz)) + count(user.global.exposure(country=sk))";
    near(
        number(&stat(&of(&body, CLICKS, parts), 1)["p_value"]),
        0.035_285_320_250_492_82,
    );
}

/// Products that no units can have: below 0 of counts, and beyond what Cauchy and Schwarz allow.
/// Σ view·(view + click) tells Σ view·click, and with that how the sum of both varies. The units are those of a, one by one.
#[test]
fn products_tell_how_a_total_of_two_goals_varies() {
    // Of 1,000 units 3 of 5 view 1 to 5 pages by turns; of these every third clicks.
    let units: Vec<(f64, f64)> = (0..1000)
        .map(|at| {
            let view = f64::from(at % 5) + 1.0;
            (view, f64::from(u8::from(at % 3 == 0 && at % 5 > 0)))
        })
        .collect();
    let sum = |of: fn(f64, f64) -> f64| units.iter().map(|(v, c)| of(*v, *c)).sum::<f64>();
    let mut body = clicks(&[("a", 1000.0, 0.0), ("b", 1000.0, 0.0)]);
    let rows = body["goals"].as_array_mut().unwrap();
    rows.retain(|row| row["goal"] == "exposure");
    for variant in ["a", "b"] {
        for (goal, count, squares) in [
            ("view", sum(|v, _| v), sum(|v, _| v * v)),
            ("click", sum(|_, c| c), sum(|_, c| c * c)),
        ] {
            let mut row = row(variant, goal, count);
            row["sum_sqr_count"] = squares.into();
            rows.push(row);
        }
    }
    let product = sum(|v, c| v * (v + c));
    body["metrics"][0]["products"] =
        json!({"units": EXPOSED, "sums": {"a": product, "b": product}});
    let answer = of(&body, VIEWS, &format!("{VIEWS} + {CLICKS}"));
    let total = sum(|v, c| v + c);
    let ratio = sum(|v, _| v) / total;
    // The delta method, unit by unit: what is left of each, by the mean of the denominator.
    let rest = units
        .iter()
        .map(|(v, c)| (v - ratio * (v + c)).powi(2))
        .sum::<f64>();
    let std = (rest / 999.0).sqrt() / (total / 1000.0);
    let found = number(&stat(&answer, 0)["std"]);
    assert!((found / std - 1.0).abs() < 1e-9, "{found} {std}");
    assert!(!kinds(&answer).contains(&"covariance"), "{answer}");
    // More than both goals allow.
    body["metrics"][0]["products"]["sums"]["a"] = (2.0 * product).into();
    let answer = of(&body, VIEWS, &format!("{VIEWS} + {CLICKS}"));
    assert_eq!(stat(&answer, 0)["reasons"]["std"], "sums_contradict");
}

#[test]
fn products_that_cannot_be_are_told() {
    let of = |product: f64| {
        let mut body = usual();
        body["metrics"][0]["denominator"] = VIEWS.into();
        let sums = json!({"a": 310.0, "b": product});
        body["metrics"][0]["products"] = json!({"units": EXPOSED, "sums": sums});
        let answer = evaluated(&body, Mode::Corrected);
        let stat = stat(&answer, 1);
        stat["reasons"]["p_value"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    };
    // √(130 · 11,900) is 1,244; around the means it is 130 · 3.1 ± √(113.1 · 2,290) = −106 to 912.
    assert_eq!(of(410.0), "none");
    for product in [-5.0, 920.0, 1_300.0] {
        assert_eq!(of(product), "sums_contradict", "{product}");
    }
}
