use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::Json;

/// A value for whoever delivers the goals: Ep-Stats' `query_parameters` has them by name.
///
/// ```
/// use variate_stats::ep_stats::{Experiment, Parameter};
///
/// let experiment = Experiment::new("checkout", "a", "user").query_parameter("country", "DE");
/// assert_eq!(experiment.query_parameters["country"], Parameter::Text("DE".to_owned()));
/// assert_eq!(experiment.query_parameters["country"].to_string(), "DE");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Parameter {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A text.
    Text(String),
    /// Several.
    List(Vec<Parameter>),
    /// Several by name.
    Map(BTreeMap<String, Parameter>),
}

impl Parameter {
    pub(crate) fn of(json: &Json<'_>) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Flag(*flag),
            Json::Integer(text) => text.parse().map_or_else(
                |_| Self::Number(text.parse().unwrap_or(f64::NAN)),
                Self::Integer,
            ),
            Json::Float(number) => Self::Number(*number),
            Json::String(text) => Self::Text(text.to_string()),
            Json::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Json::Object(_) => Self::Map(parameters(json)),
        }
    }
}

/// The fields of an object by name.
pub(crate) fn parameters(json: &Json<'_>) -> BTreeMap<String, Parameter> {
    let Json::Object(fields) = json else {
        return BTreeMap::new();
    };
    fields
        .iter()
        .map(|(name, value)| (name.to_string(), Parameter::of(value)))
        .collect()
}

impl From<&str> for Parameter {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Parameter {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Parameter {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// A text as it is; lists and maps as JSON.
impl std::fmt::Display for Parameter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            other => {
                let mut text = String::new();
                other.write(&mut text);
                out.write_str(&text)
            }
        }
    }
}

impl Parameter {
    fn write(&self, out: &mut String) {
        use super::python;
        let between = |out: &mut String, at| {
            if at > 0 {
                out.push(',');
            }
        };
        match self {
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Integer(number) => out.push_str(&number.to_string()),
            Self::Number(number) => python::float(out, *number, python::Nan::Null),
            Self::Text(text) => python::string(out, text, false),
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    between(out, at);
                    item.write(out);
                }
                out.push(']');
            }
            Self::Map(fields) => {
                out.push('{');
                for (at, (name, field)) in fields.iter().enumerate() {
                    between(out, at);
                    python::string(out, name, false);
                    out.push(':');
                    field.write(out);
                }
                out.push('}');
            }
        }
    }
}
