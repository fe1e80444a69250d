//! What the recorded requests of Ep-Stats and their answers are compared by.

use serde_json::Value;

/// The rows of a table that has its columns once.
pub(crate) fn rows(table: &Value) -> Value {
    let columns = table["columns"].as_array().unwrap();
    let row = |row: &Value| {
        let cells = columns.iter().zip(row.as_array().unwrap());
        let cells = cells.map(|(name, cell)| (name.as_str().unwrap().to_owned(), cell.clone()));
        Value::Object(cells.collect())
    };
    table["rows"].as_array().unwrap().iter().map(row).collect()
}

/// Reads what Python writes.
pub(crate) fn read(body: &str) -> Value {
    let mut strict = body.to_owned();
    for token in ["-Infinity", "Infinity", "NaN"] {
        strict = strict.replace(&format!(": {token}"), &format!(": \"{token}\""));
    }
    serde_json::from_str(&strict).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Compares answers: numbers to nine digits, or both next to 0.
pub(crate) fn compare(got: &Value, wanted: &Value, path: &str) {
    match (got, wanted) {
        (Value::Array(got), Value::Array(wanted)) => {
            assert_eq!(got.len(), wanted.len(), "{path}");
            for (at, (got, wanted)) in got.iter().zip(wanted).enumerate() {
                compare(got, wanted, &format!("{path}[{at}]"));
            }
        }
        (Value::Object(got), Value::Object(wanted)) => {
            assert!(got.keys().eq(wanted.keys()), "{path}");
            for (name, got) in got {
                compare(got, &wanted[name], &format!("{path}.{name}"));
            }
        }
        (Value::Number(got), Value::Number(wanted)) => {
            let (got, wanted) = (got.as_f64().unwrap(), wanted.as_f64().unwrap());
            let off = (got - wanted).abs();
            assert!(
                off <= 1e-9 * wanted.abs() || off <= 1e-14,
                "{path}: {got} is not {wanted}"
            );
        }
        _ => assert_eq!(got, wanted, "{path}"),
    }
}
