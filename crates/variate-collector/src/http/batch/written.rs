//! One event as it is sent.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Defaults;
use crate::NewEvent;

/// An event as it is written: that of the library's `EventRecord`, of which what is not counted is passed over, or less.
#[derive(Debug, Deserialize)]
struct Fields {
    #[serde(deserialize_with = "shape::id")]
    id: String,
    #[serde(deserialize_with = "shape::experiment")]
    experiment: String,
    #[serde(deserialize_with = "shape::variant")]
    variant: String,
    #[serde(deserialize_with = "shape::action")]
    action: String,
    #[serde(default, deserialize_with = "shape::namespace")]
    namespace: Option<String>,
    /// What the library calls the unit.
    #[serde(default, deserialize_with = "shape::key")]
    key: Option<String>,
    #[serde(default, deserialize_with = "shape::unit")]
    unit: Option<String>,
    #[serde(default, deserialize_with = "shape::value")]
    value: Option<f64>,
    #[serde(default, deserialize_with = "shape::at")]
    at: Option<u64>,
    /// What others call the time: passed over, the event would count on the day on which it came.
    #[serde(
        default,
        rename = "time",
        alias = "timestamp",
        alias = "ts",
        alias = "date",
        alias = "datetime",
        alias = "event_time",
        alias = "occurred_at",
        alias = "created_at",
        deserialize_with = "shape::other_time"
    )]
    _time: (),
    /// What others call the unit: passed over, the event would be one of a unit of its own.
    #[serde(
        default,
        rename = "unit_id",
        alias = "user",
        alias = "user_id",
        alias = "userId",
        alias = "visitor_id",
        alias = "subject",
        deserialize_with = "shape::other_unit"
    )]
    _unit: (),
}

/// What fields must be, in words of ours: serde's name the types of this program, and not the field.
mod shape {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer};

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
            match found {
                Some((found, _)) => {
                    D::Error::custom(format!("`{field}` must be {must}, and not {found}"))
                }
                None => error,
            }
        })
    }

    pub(super) fn other_time<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
        let what = "the time of an event is `at`, in milliseconds since 1970-01-01 (UTC), and has no other name";
        Err(D::Error::custom(what))
    }

    pub(super) fn other_unit<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
        let what = "the unit of an event is `unit`, and has no other name; what else is known of an event goes into `properties`";
        Err(D::Error::custom(what))
    }

    macro_rules! fields {
        ($($field:ident: $type:ty = $must:literal,)*) => {$(
            pub(super) fn $field<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                shaped(from, stringify!($field), $must)
            }
        )*};
    }

    fields! {
        id: String = "a text",
        experiment: String = "a text",
        variant: String = "a text",
        action: String = "a text",
        namespace: Option<String> = "a text",
        key: Option<String> = "a text",
        unit: Option<String> = "a text",
        value: Option<f64> = "a number",
        at: Option<u64> = "a whole number, the milliseconds since 1970-01-01 (UTC)",
    }
}

/// An object with those; serde would take an array of their values, too.
pub(super) struct Written(Fields);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Written;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an event, which is an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                Fields::deserialize(MapAccessDeserializer::new(map)).map(Written)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl Written {
    pub(super) fn into_new(self, defaults: Defaults<'_>) -> Result<NewEvent<'static>, String> {
        let Self(fields) = self;
        if let (Some(unit), Some(key)) = (&fields.unit, &fields.key)
            && unit != key
        {
            return Err(
                "`key` and `unit` are two words for one thing, and differ here: send one of them"
                    .to_owned(),
            );
        }
        let namespace = fields
            .namespace
            .unwrap_or_else(|| defaults.namespace.to_owned());
        let mut event = NewEvent::new(
            namespace,
            fields.experiment,
            fields.variant,
            fields.action,
            fields.id,
        )
        .value(fields.value)
        .at(fields.at.unwrap_or(defaults.now));
        event.unit = fields.unit.or(fields.key).map(Into::into);
        Ok(event)
    }
}
