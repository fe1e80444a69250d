//! Reading the values that other programs have found.

use serde_json::Value;

/// A file of `tests/data`.
pub(crate) fn data(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The rows of a table.
pub(crate) fn rows(data: &Value, table: &str) -> Vec<Vec<Value>> {
    let rows = data[table]["rows"].as_array().unwrap();
    assert!(!rows.is_empty());
    rows.iter()
        .map(|row| row.as_array().unwrap().clone())
        .collect()
}

/// The rows of a table of numbers.
pub(crate) fn table(data: &Value, table: &str) -> Vec<Vec<f64>> {
    rows(data, table)
        .into_iter()
        .map(|row| numbers(&row.into()))
        .collect()
}

/// A row of numbers.
pub(crate) fn numbers(row: &Value) -> Vec<f64> {
    row.as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap())
        .collect()
}

#[track_caller]
pub(crate) fn close(found: f64, expected: f64, relative: f64, what: &str) {
    let good = found == expected || (found - expected).abs() <= relative * expected.abs();
    assert!(
        good,
        "{what}: {found:e}, should be {expected:e}, off by {:e}",
        (found - expected).abs() / expected.abs()
    );
}
