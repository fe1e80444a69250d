use super::invalid::{Invalid, Place};
use crate::ep_stats::json::Json;
use crate::ep_stats::python;

/// The fields of an object, and the faults found in them.
pub(crate) struct Fields<'f, 'a> {
    json: &'f Json<'a>,
    place: Vec<Place>,
    faults: &'f mut Vec<Invalid>,
}

impl<'f, 'a> Fields<'f, 'a> {
    /// The fields of `json`; what is no object has none, and says so once.
    pub(crate) fn new(json: &'f Json<'a>, place: Vec<Place>, faults: &'f mut Vec<Invalid>) -> Self {
        Self {
            json,
            place,
            faults,
        }
    }

    /// Whether there is an object at all.
    pub(crate) fn is_object(&mut self) -> bool {
        let object = matches!(self.json, Json::Object(_));
        if !object {
            let message = "Input should be a valid dictionary or object to extract fields from";
            self.faults.push(Invalid::new(
                "model_attributes_type",
                self.place.clone(),
                message,
                self.json,
            ));
        }
        object
    }

    pub(crate) fn json(&self) -> &'f Json<'a> {
        self.json
    }

    /// Where the field is.
    pub(crate) fn at(&self, name: &'static str) -> Vec<Place> {
        let mut place = self.place.clone();
        place.push(Place::Name(name));
        place
    }

    pub(crate) fn place(&self) -> Vec<Place> {
        self.place.clone()
    }

    pub(crate) fn fault(&mut self, fault: Invalid) {
        self.faults.push(fault);
    }

    pub(crate) fn faults(&mut self) -> &mut Vec<Invalid> {
        self.faults
    }

    fn refuse<T>(
        &mut self,
        kind: &'static str,
        name: &'static str,
        message: &str,
        input: &Json<'_>,
    ) -> Option<T> {
        self.faults
            .push(Invalid::new(kind, self.at(name), message, input));
        None
    }

    /// What stands there; null counts as not there.
    pub(crate) fn optional(&self, name: &str) -> Option<&'f Json<'a>> {
        self.json.get(name).filter(|json| !json.is_null())
    }

    /// What must stand there.
    pub(crate) fn required(&mut self, name: &'static str) -> Option<&'f Json<'a>> {
        let found = self.json.get(name);
        if found.is_none() {
            self.refuse("missing", name, "Field required", self.json)
        } else {
            found
        }
    }

    pub(crate) fn string(&mut self, name: &'static str) -> Option<String> {
        let json = self.required(name)?;
        self.as_string(name, json)
    }

    /// A text that must not be empty.
    pub(crate) fn name(&mut self, name: &'static str) -> Option<String> {
        let json = self.required(name)?;
        let text = self.as_string(name, json)?;
        if text.is_empty() {
            let fault = Invalid::value(
                self.at(name),
                &format!("we expect {name} to be non-empty"),
                json,
            );
            self.fault(fault);
            return None;
        }
        Some(text)
    }

    pub(crate) fn optional_string(&mut self, name: &'static str) -> Option<String> {
        let json = self.optional(name)?;
        self.as_string(name, json)
    }

    fn as_string(&mut self, name: &'static str, json: &Json<'_>) -> Option<String> {
        match json.text() {
            Some(text) => Some(text.to_owned()),
            None => self.refuse("string_type", name, "Input should be a valid string", json),
        }
    }

    pub(crate) fn integer(&mut self, name: &'static str) -> Option<i64> {
        let json = self.required(name)?;
        let unreadable = "Input should be a valid integer, unable to parse string as an integer";
        match json {
            Json::Bool(value) => Some(i64::from(*value)),
            Json::Integer(text) => match text.parse() {
                Ok(value) => Some(value),
                Err(_) => self.refuse(
                    "int_parsing_size",
                    name,
                    "Unable to parse input string as an integer, exceeded maximum size",
                    json,
                ),
            },
            Json::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                #[expect(clippy::cast_possible_truncation, reason = "whole and within bounds")]
                let whole = *value as i64;
                Some(whole)
            }
            Json::Float(value) if value.is_finite() => self.refuse(
                "int_from_float",
                name,
                "Input should be a valid integer, got a number with a fractional part",
                json,
            ),
            Json::Float(_) => self.refuse(
                "finite_number",
                name,
                "Input should be a finite number",
                json,
            ),
            Json::String(text) => {
                let text = text.trim();
                // A whole number may be written with zeros behind a point.
                let whole = match text.split_once('.') {
                    Some((whole, zeros))
                        if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') =>
                    {
                        whole
                    }
                    _ => text,
                };
                whole
                    .parse()
                    .ok()
                    .or_else(|| self.refuse("int_parsing", name, unreadable, json))
            }
            _ => self.refuse("int_type", name, "Input should be a valid integer", json),
        }
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Option<f64> {
        let json = self.required(name)?;
        self.as_number(name, json)
    }

    pub(crate) fn optional_number(&mut self, name: &'static str) -> Option<f64> {
        let json = self.optional(name)?;
        self.as_number(name, json)
    }

    fn as_number(&mut self, name: &'static str, json: &Json<'_>) -> Option<f64> {
        match json {
            Json::Bool(value) => Some(f64::from(u8::from(*value))),
            Json::Integer(text) => text.parse().ok(),
            Json::Float(value) => Some(*value),
            Json::String(text) => match text.trim().parse() {
                Ok(value) => Some(value),
                Err(_) => {
                    let message =
                        "Input should be a valid number, unable to parse string as a number";
                    self.refuse("float_parsing", name, message, json)
                }
            },
            _ => self.refuse("float_type", name, "Input should be a valid number", json),
        }
    }

    /// A percentage from 0 to below 50.
    pub(crate) fn percentage(&mut self, name: &'static str) -> Option<f64> {
        let json = self.optional(name)?;
        let value = self.as_number(name, json)?;
        let (kind, message, context) = if value >= 50.0 {
            ("less_than", "Input should be less than 50", "{\"lt\":50.0}")
        } else if value < 0.0 {
            (
                "greater_than_equal",
                "Input should be greater than or equal to 0",
                "{\"ge\":0.0}",
            )
        } else {
            return Some(value);
        };
        let fault = Invalid::new(kind, self.at(name), message, json).context(context);
        self.fault(fault);
        None
    }

    /// A list, which may be empty.
    pub(crate) fn list(&mut self, name: &'static str, json: &'f Json<'a>) -> &'f [Json<'a>] {
        match json.items() {
            Some(items) => items,
            None => {
                self.refuse::<()>("list_type", name, "Input should be a valid list", json);
                &[]
            }
        }
    }
}

/// A value as text: the way in which filters and dimensions are compared.
pub(crate) fn as_text(json: &Json<'_>) -> String {
    match json {
        Json::String(text) => text.to_string(),
        Json::Null => String::new(),
        Json::Float(value) if value.is_nan() => String::new(),
        Json::Float(value) => python::float_text(*value),
        other => {
            let mut out = String::new();
            python::value(&mut out, other);
            out
        }
    }
}
