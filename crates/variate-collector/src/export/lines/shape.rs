//! What fields must be, in words of ours: serde's name the types of this program, and not the field.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::Exact;

fn shaped<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
    field: &str,
    must: &str,
) -> Result<T, D::Error> {
    T::deserialize(deserializer).map_err(|error| {
        let text = error.to_string();
        let found = ["invalid type: ", "invalid value: "]
            .iter()
            .find_map(|start| text.strip_prefix(start)?.rsplit_once(", expected "));
        D::Error::custom(match found {
            Some((found, _)) => format!("`{field}` must be {must}, and not {found}"),
            None => format!("`{field}` must be {must}"),
        })
    })
}

macro_rules! fields {
    ($($field:ident: $type:ty = $must:literal,)*) => {$(
        pub(super) fn $field<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
            shaped(from, stringify!($field), $must)
        }
    )*};
}

fields! {
    events: i64 = "a whole number",
    units: i64 = "a whole number",
    sum: Exact = "a number, or two of which it is the sum",
    sum_of_squares: Exact = "a number, or two of which it is the sum",
    events_squared: Exact = "a number, or two of which it is the sum",
    events_by_total: Exact = "a number, or two of which it is the sum",
    events_by_events: Exact = "a number, or two of which it is the sum",
    total_by_events: Exact = "a number, or two of which it is the sum",
    total_by_total: Exact = "a number, or two of which it is the sum",
}
