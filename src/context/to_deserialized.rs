use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, IntoDeserializer, Unexpected, Visitor, value::Error};
use serde::forward_to_deserialize_any;

use super::Value;
use super::value::Repr;

impl Value<'_> {
    /// This value as a `T`.
    pub(crate) fn to_deserialized<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(self)
    }
}

impl<'de> Deserializer<'de> for &'de Value<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0 {
            Repr::Null => visitor.visit_unit(),
            Repr::Bool(value) => visitor.visit_bool(*value),
            Repr::Int(value) => visitor.visit_i64(*value),
            Repr::Uint(value) => visitor.visit_u64(*value),
            Repr::Int128(bytes) => visitor.visit_i128(i128::from_ne_bytes(*bytes)),
            Repr::Uint128(bytes) => visitor.visit_u128(u128::from_ne_bytes(*bytes)),
            Repr::Float(value) => visitor.visit_f64(*value),
            Repr::Text(text) => visitor.visit_str(text),
            Repr::Symbol(name) => visitor.visit_str(name),
            Repr::OwnedText(text) | Repr::OwnedSymbol(text) | Repr::Gid(text) => {
                visitor.visit_str(text)
            }
            Repr::Uuid(value) => visitor.visit_string(value.to_string()),
            Repr::List(list) => visitor.visit_seq(SeqDeserializer::new(list.items.iter())),
            Repr::Map(map) => {
                let entries = map.entries.iter().map(|(key, value)| (key, value));
                visitor.visit_map(MapDeserializer::new(entries))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0 {
            Repr::Map(map) if map.entries.len() == 1 => {
                let entries = map.entries.iter().map(|(key, value)| (key, value));
                visitor.visit_enum(de::value::MapAccessDeserializer::new(MapDeserializer::new(
                    entries,
                )))
            }
            _ => match self.as_str() {
                Some(name) => visitor.visit_enum(name.into_deserializer()),
                None => Err(de::Error::invalid_type(
                    Unexpected::Other("a value that is no text and no map of one key"),
                    &"the name of a variant",
                )),
            },
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, 'a> IntoDeserializer<'de, Error> for &'de Value<'a> {
    type Deserializer = &'de Value<'a>;

    fn into_deserializer(self) -> Self::Deserializer {
        self
    }
}
