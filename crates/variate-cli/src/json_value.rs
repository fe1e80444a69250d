//! JSON as variate's values: numbers as they are written, keys in their order.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use variate::{Context, Value};

/// How many levels of lists and maps a value may have: as many as variate keeps apart.
const DEEPEST: usize = 64;

/// Why a piece of JSON is not a value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ValueError {
    #[error("lists and maps nest deeper than {DEEPEST} levels: make it flatter")]
    TooDeep,
    #[error("expected {0}")]
    Expected(&'static str),
    #[error("{0:.60} is beyond the largest float: write it as a text")]
    FloatTooLarge(String),
    #[error("{}", message(.0))]
    Json(#[from] serde_json::Error),
}

/// The fields of a JSON object, in order, each value as it is written.
pub(crate) struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

/// A text without a copy where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((Text(name), value)) = map.next_entry()? {
            fields.push((name, value));
        }
        Ok(Object(fields))
    }
}

/// The context that an object is; of two entries with one key the later wins, in the earlier one's place.
pub(crate) fn context(json: &RawValue) -> Result<Context<'_>, ValueError> {
    if !json.get().starts_with('{') {
        return Err(ValueError::Expected("an object"));
    }
    entries(json, DEEPEST).map(Context::from)
}

/// The text that a JSON string is.
pub(crate) fn text(json: &RawValue) -> Result<Cow<'_, str>, ValueError> {
    if !json.get().starts_with('"') {
        return Err(ValueError::Expected("a string"));
    }
    let Text(text) = serde_json::from_str(json.get())?;
    Ok(text)
}

/// The contexts that a list of objects is, or the one that an object is.
pub(crate) fn contexts(json: &RawValue) -> Result<Vec<Context<'_>>, ValueError> {
    if json.get().starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(json.get())?;
        items.into_iter().map(context).collect()
    } else {
        Ok(vec![context(json)?])
    }
}

/// The value that a piece of JSON is.
pub(crate) fn value(json: &RawValue) -> Result<Value<'_>, ValueError> {
    nested(json, DEEPEST)
}

fn nested(json: &RawValue, levels: usize) -> Result<Value<'_>, ValueError> {
    let inner = || levels.checked_sub(1).ok_or(ValueError::TooDeep);
    Ok(match json.get().as_bytes().first() {
        Some(b'{') => Value::map(entries(json, inner()?)?),
        Some(b'[') => {
            let levels = inner()?;
            let items: Vec<&RawValue> = serde_json::from_str(json.get())?;
            let items = items.into_iter().map(|item| nested(item, levels));
            Value::list(items.collect::<Result<Vec<_>, _>>()?)
        }
        Some(b'"') => text(json)?.into(),
        Some(b't') => true.into(),
        Some(b'f') => false.into(),
        Some(b'n') => Value::null(),
        _ => number(json.get())?,
    })
}

fn entries(json: &RawValue, levels: usize) -> Result<Vec<(Cow<'_, str>, Value<'_>)>, ValueError> {
    let Object(fields) = serde_json::from_str(json.get())?;
    fields
        .into_iter()
        .map(|(key, value)| Ok((key, nested(value, levels)?)))
        .collect()
}

/// A number: exact where it is whole, the nearest float where it has a fraction or an exponent.
fn number(text: &str) -> Result<Value<'_>, ValueError> {
    if !text.contains(['.', 'e', 'E']) {
        let signed = text.parse::<i128>().map(Value::from);
        return Ok(signed
            .or_else(|_| text.parse::<u128>().map(Value::from))
            .unwrap_or_else(|_| Cow::Borrowed(text).into()));
    }
    // `str::parse` rounds correctly; serde_json's own floats may be one bit off.
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Ok(float.into()),
        _ => Err(ValueError::FloatTooLarge(text.to_owned())),
    }
}

/// What an error says, without the place: that is within a piece of the line.
pub(crate) fn message(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}
