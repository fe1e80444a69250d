//! Ep-Stats' front end against its real answers.

mod bad_numbers;
mod by_unit;
mod corrected;
mod denominators;
mod expressions;
mod requests;
mod traps;
mod undated;
mod vectors;

use serde_json::{Value, json};
use variate_stats::ep_stats::{Answer, Day, Mode, NoGoals, Settings, evaluate_json};

/// The day on which the answers were recorded, more or less: after all periods in them.
fn settings() -> Settings {
    Settings::new("2026-06-01".parse::<Day>().unwrap())
}

fn answer(body: &Value, mode: Mode) -> Answer {
    evaluate_json(
        body.to_string().as_bytes(),
        &NoGoals,
        &settings().mode(mode),
    )
}

/// The body of a good answer, with texts for numbers that are none.
fn evaluated(body: &Value, mode: Mode) -> Value {
    let answer = answer(body, mode);
    assert_eq!(answer.status, 200, "{}", answer.body);
    read(&answer.body)
}

/// Reads what Python writes.
fn read(body: &str) -> Value {
    let strict = body
        .replace(": -Infinity", ": \"-Infinity\"")
        .replace(": Infinity", ": \"Infinity\"")
        .replace(": NaN", ": \"NaN\"");
    serde_json::from_str(&strict).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// The rows of a table that has its columns once.
fn rows(table: &Value) -> Vec<Value> {
    let columns = table["columns"].as_array().unwrap();
    let row = |row: &Value| {
        let cells = columns.iter().zip(row.as_array().unwrap());
        Value::Object(
            cells
                .map(|(name, cell)| (name.as_str().unwrap().to_owned(), cell.clone()))
                .collect(),
        )
    };
    table["rows"].as_array().unwrap().iter().map(row).collect()
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => number.as_f64().unwrap(),
        Value::String(text) => text.to_lowercase().parse().unwrap(),
        other => panic!("{other} is no number"),
    }
}

/// Equal to nine digits, or both next to 0, or both not a number. Next to 0 Ep-Stats' p-values are noise: 1 − cdf is a multiple of 1.1e-16, and
/// its cdf is wrong by a few of these, so that of one p-value of 5.2e-8 (rand-7) only eight digits are there.
fn same(got: f64, wanted: f64) -> bool {
    (got.is_nan() && wanted.is_nan())
        || got == wanted
        || (got - wanted).abs() <= 1e-9 * wanted.abs()
        || (got - wanted).abs() <= 1e-14
}

/// Compares answers with numbers in them.
fn compare(got: &Value, wanted: &Value, path: &str) {
    match (got, wanted) {
        (Value::Array(got), Value::Array(wanted)) => {
            assert_eq!(got.len(), wanted.len(), "{path}");
            for (at, (got, wanted)) in got.iter().zip(wanted).enumerate() {
                compare(got, wanted, &format!("{path}[{at}]"));
            }
        }
        (Value::Object(got), Value::Object(wanted)) => {
            let names =
                |of: &serde_json::Map<String, Value>| of.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(got), names(wanted), "{path}");
            for (name, got) in got {
                compare(got, &wanted[name], &format!("{path}.{name}"));
            }
        }
        (Value::Number(_), Value::Number(_)) => {
            assert!(
                same(number(got), number(wanted)),
                "{path}: {got} is not {wanted}"
            );
        }
        _ => assert_eq!(got, wanted, "{path}"),
    }
}

/// One goal's row, all of its sums equal.
fn row(variant: &str, goal: &str, count: f64) -> Value {
    let aggregation = if goal == "exposure" { "global" } else { "unit" };
    json!({
        "exp_variant_id": variant, "unit_type": "user", "agg_type": aggregation, "goal": goal, "count": count,
        "sum_sqr_count": count, "sum_value": count, "sum_sqr_value": count, "count_unique": count
    })
}

/// An experiment on clicks per exposure: variants with exposures and clicks.
fn clicks(variants: &[(&str, f64, f64)]) -> Value {
    let rows = variants.iter().flat_map(|(variant, exposures, clicks)| {
        [
            row(variant, "exposure", *exposures),
            row(variant, "click", *clicks),
        ]
    });
    json!({
        "id": "test", "control_variant": "a", "unit_type": "user",
        "metrics": [{
            "id": 1, "name": "CTR", "nominator": "count(user.unit.click)", "denominator": "count(user.global.exposure)"
        }],
        "checks": [],
        "goals": rows.collect::<Vec<_>>()
    })
}
