//! What a function is invoked with.

use lambda_http::request::LambdaRequest;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(super) enum Event {
    Http(Box<LambdaRequest>),
    /// The query's parameters, and nothing else.
    Flat(Map<String, Value>),
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        // All of HTTP's have it; no query of Gimel's does.
        if let Ok(event) = serde_json::from_str::<Map<String, Value>>(raw.get())
            && !event.contains_key("requestContext")
        {
            return Ok(Self::Flat(event));
        }
        let request = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(Self::Http(Box::new(request)))
    }
}
