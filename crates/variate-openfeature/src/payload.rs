//! A variant's payload as a value of OpenFeature's.

use std::fmt;

use open_feature::{StructValue, Value};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What a payload may be: null is nothing.
pub(crate) struct Payload(pub(crate) Option<Value>);

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyPayload)
    }
}

struct AnyPayload;

impl<'de> Visitor<'de> for AnyPayload {
    type Value = Payload;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a boolean, a number, a text, a list or a map")
    }

    fn visit_unit<E: Error>(self) -> Result<Payload, E> {
        Ok(Payload(None))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Payload, E> {
        Ok(Payload(Some(Value::Bool(value))))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Payload, E> {
        Ok(Payload(Some(Value::Int(value))))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Payload, E> {
        let value = i64::try_from(value).map_err(|_| E::custom("it is larger than an i64"))?;
        self.visit_i64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Payload, E> {
        Ok(Payload(Some(Value::Float(value))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Payload, E> {
        Ok(Payload(Some(Value::String(text.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Payload, A::Error> {
        let mut array = Vec::new();
        while let Some(Payload(item)) = items.next_element()? {
            array.extend(item);
        }
        Ok(Payload(Some(Value::Array(array))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Payload, A::Error> {
        let mut map = StructValue::default();
        while let Some((name, Payload(value))) = entries.next_entry::<String, _>()? {
            // A field that is null is one that is not there.
            if let Some(value) = value {
                map.fields.insert(name, value);
            }
        }
        Ok(Payload(Some(Value::Struct(map))))
    }
}
