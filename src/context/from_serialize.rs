use std::fmt::Display;

use serde::ser::{self, Serialize, SerializeMap, SerializeSeq, SerializeStruct};

use super::value::{Repr, Value};
use super::{Context, Entry};

/// Why a value could not become a [`Context`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// The source is not a struct or map, so it has no keys.
    #[error("a context needs keys: expected a struct or a map, found {found}")]
    NotAMap {
        /// What the source is.
        found: String,
    },
    /// Lists and maps of the source nest deeper than 128 levels.
    #[error("the value nests deeper than {DEEPEST} levels: make it flatter")]
    TooDeep,
    /// A key of a map is itself a list or map, and has no text.
    #[error("a key must be a scalar: found a list or map as the key of a map")]
    Key,
    /// The source's own `Serialize` failed.
    #[error("the value could not be serialised: {0}")]
    Source(String),
}

impl ser::Error for ContextError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Source(message.to_string())
    }
}

pub(super) fn context(
    source: &(impl Serialize + ?Sized),
) -> Result<Context<'static>, ContextError> {
    match source.serialize(ToValue(0))?.0 {
        Repr::Map(map) => Ok(map
            .entries
            .into_iter()
            .map(|(key, value)| (key.to_string(), value))
            .collect()),
        Repr::Null => Err(not_a_map("null")),
        Repr::List(_) => Err(not_a_map("a list")),
        other => Err(not_a_map(&format!("the scalar `{}`", Value(other)))),
    }
}

impl Value<'static> {
    /// A value out of anything that serialises.
    ///
    /// # Errors
    ///
    /// As [`Context::from_serialize`], but for any kind of source.
    pub fn from_serialize(source: &(impl Serialize + ?Sized)) -> Result<Self, ContextError> {
        source.serialize(ToValue(0))
    }
}

fn not_a_map(found: &str) -> ContextError {
    ContextError::NotAMap {
        found: found.to_owned(),
    }
}

impl Serialize for Context<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.entries()
                .iter()
                .map(|Entry { key, value }| (key, value)),
        )
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Null => serializer.serialize_unit(),
            Repr::Bool(value) => serializer.serialize_bool(*value),
            Repr::Int(value) => serializer.serialize_i64(*value),
            Repr::Uint(value) => serializer.serialize_u64(*value),
            Repr::Int128(bytes) => serializer.serialize_i128(i128::from_ne_bytes(*bytes)),
            Repr::Uint128(bytes) => serializer.serialize_u128(u128::from_ne_bytes(*bytes)),
            Repr::Float(value) => serializer.serialize_f64(*value),
            Repr::Text(text) => serializer.serialize_str(text),
            Repr::OwnedText(text) => serializer.serialize_str(text),
            Repr::Symbol(name) => serializer.serialize_str(name),
            Repr::OwnedSymbol(name) => serializer.serialize_str(name),
            Repr::Gid(gid) => serializer.serialize_str(gid),
            Repr::Uuid(value) => value.serialize(serializer),
            Repr::List(list) => serializer.collect_seq(&list.items),
            Repr::Map(map) => serializer.collect_map(
                map.entries
                    .iter()
                    .map(|(key, value)| (key.to_string(), value)),
            ),
        }
    }
}

/// How deep a source may nest: its own `Serialize` calls itself for each level, on one stack.
const DEEPEST: u8 = 128;

/// Turns anything that serialises into a [`Value`]; knows how many levels lie above.
#[derive(Clone, Copy)]
struct ToValue(u8);

impl ToValue {
    fn deeper(self) -> Result<Self, ContextError> {
        if self.0 < DEEPEST {
            Ok(Self(self.0 + 1))
        } else {
            Err(ContextError::TooDeep)
        }
    }
}

struct ListOf {
    items: Vec<Value<'static>>,
    variant: Option<&'static str>,
    inside: ToValue,
}

impl ListOf {
    fn new(variant: Option<&'static str>, around: ToValue) -> Result<Self, ContextError> {
        Ok(Self {
            items: Vec::new(),
            variant,
            inside: around.deeper()?,
        })
    }
}

struct MapOf {
    entries: Vec<(Value<'static>, Value<'static>)>,
    key: Value<'static>,
    variant: Option<&'static str>,
    inside: ToValue,
}

impl MapOf {
    fn new(variant: Option<&'static str>, around: ToValue) -> Result<Self, ContextError> {
        Ok(Self {
            entries: Vec::new(),
            key: Value::null(),
            variant,
            inside: around.deeper()?,
        })
    }

    fn finish(self) -> Value<'static> {
        tagged(self.variant, Value::map(self.entries))
    }
}

/// An enum's content under the name of its variant, as `serde_json` writes it.
fn tagged(variant: Option<&'static str>, content: Value<'static>) -> Value<'static> {
    match variant {
        Some(variant) => Value::map([(Value::symbol(variant), content)]),
        None => content,
    }
}

macro_rules! scalars {
    ($($method:ident: $scalar:ty),*) => {$(
        fn $method(self, value: $scalar) -> Result<Self::Ok, Self::Error> {
            Ok(value.into())
        }
    )*};
}

impl ser::Serializer for ToValue {
    type Ok = Value<'static>;
    type Error = ContextError;
    type SerializeSeq = ListOf;
    type SerializeTuple = ListOf;
    type SerializeTupleStruct = ListOf;
    type SerializeTupleVariant = ListOf;
    type SerializeMap = MapOf;
    type SerializeStruct = MapOf;
    type SerializeStructVariant = MapOf;

    scalars!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_i128: i128, serialize_u8: u8, serialize_u16: u16,
        serialize_u32: u32, serialize_u64: u64, serialize_u128: u128, serialize_f32: f32,
        serialize_f64: f64, serialize_char: char
    );

    fn serialize_str(self, value: &str) -> Result<Self::Ok, Self::Error> {
        Ok(value.to_owned().into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Self::Ok, Self::Error> {
        Ok(Value::list(value.iter().copied()))
    }

    fn serialize_none(self) -> Result<Self::Ok, Self::Error> {
        Ok(Value::null())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok, Self::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Self::Ok, Self::Error> {
        Ok(Value::null())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Self::Ok, Self::Error> {
        Ok(Value::null())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Self::Ok, Self::Error> {
        Ok(Value::symbol(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Self::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Self::Ok, Self::Error> {
        Ok(tagged(Some(variant), value.serialize(self.deeper()?)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Self::Error> {
        ListOf::new(None, self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Self::Error> {
        ListOf::new(None, self)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Self::Error> {
        ListOf::new(None, self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Self::Error> {
        ListOf::new(Some(variant), self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Self::Error> {
        MapOf::new(None, self)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, Self::Error> {
        MapOf::new(None, self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Self::Error> {
        MapOf::new(Some(variant), self)
    }
}

impl SerializeSeq for ListOf {
    type Ok = Value<'static>;
    type Error = ContextError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
        self.items.push(value.serialize(self.inside)?);
        Ok(())
    }

    fn end(self) -> Result<Self::Ok, Self::Error> {
        Ok(tagged(self.variant, Value::list(self.items)))
    }
}

macro_rules! also_list {
    ($($kind:ident: $method:ident),*) => {$(
        impl ser::$kind for ListOf {
            type Ok = Value<'static>;
            type Error = ContextError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
                SerializeSeq::serialize_element(self, value)
            }

            fn end(self) -> Result<Self::Ok, Self::Error> {
                SerializeSeq::end(self)
            }
        }
    )*};
}
also_list!(
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

impl SerializeMap for MapOf {
    type Ok = Value<'static>;
    type Error = ContextError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Self::Error> {
        self.key = key.serialize(self.inside)?;
        match &self.key.0 {
            Repr::List(_) | Repr::Map(_) => Err(ContextError::Key),
            _ => Ok(()),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
        let key = std::mem::take(&mut self.key);
        self.entries.push((key, value.serialize(self.inside)?));
        Ok(())
    }

    fn end(self) -> Result<Self::Ok, Self::Error> {
        Ok(self.finish())
    }
}

impl SerializeStruct for MapOf {
    type Ok = Value<'static>;
    type Error = ContextError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Self::Error> {
        self.entries
            .push((Value::symbol(key), value.serialize(self.inside)?));
        Ok(())
    }

    fn end(self) -> Result<Self::Ok, Self::Error> {
        Ok(self.finish())
    }
}

impl ser::SerializeStructVariant for MapOf {
    type Ok = Value<'static>;
    type Error = ContextError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Self::Error> {
        SerializeStruct::serialize_field(self, key, value)
    }

    fn end(self) -> Result<Self::Ok, Self::Error> {
        Ok(self.finish())
    }
}
