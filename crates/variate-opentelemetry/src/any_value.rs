//! JSON as values of OpenTelemetry's.

use std::collections::HashMap;

use opentelemetry::Key;
use opentelemetry::logs::AnyValue;
use serde_json::Value;

/// `None` for null, which is no value there.
pub(crate) fn of(json: Value) -> Option<AnyValue> {
    Some(match json {
        Value::Null => return None,
        Value::Bool(value) => AnyValue::Boolean(value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => AnyValue::Int(value),
            (None, Some(value)) => AnyValue::Double(value),
            (None, None) => AnyValue::from(number.to_string()),
        },
        Value::String(text) => AnyValue::from(text),
        Value::Array(items) => {
            AnyValue::ListAny(Box::new(items.into_iter().filter_map(of).collect()))
        }
        Value::Object(entries) => {
            let entries = entries.into_iter();
            let map: HashMap<Key, AnyValue> = entries
                .filter_map(|(name, value)| Some((name.into(), of(value)?)))
                .collect();
            AnyValue::Map(Box::new(map))
        }
    })
}
