use std::fmt::Write as _;

use crate::ep_stats::json::Json;
use crate::ep_stats::python;

/// A step on the way to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Name(&'static str),
    At(usize),
}

/// A fault of a request, in pydantic's terms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Invalid {
    kind: &'static str,
    place: Vec<Place>,
    message: String,
    /// What was sent there, as JSON.
    input: String,
    /// More about it, as JSON.
    context: Option<String>,
}

impl Invalid {
    pub(crate) fn new(
        kind: &'static str,
        place: Vec<Place>,
        message: impl Into<String>,
        input: &Json<'_>,
    ) -> Self {
        let mut sent = String::new();
        python::value(&mut sent, input);
        Self {
            kind,
            place,
            message: message.into(),
            input: sent,
            context: None,
        }
    }

    pub(crate) fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// A fault that the model itself finds.
    pub(crate) fn value(place: Vec<Place>, message: &str, input: &Json<'_>) -> Self {
        Self::new(
            "value_error",
            place,
            format!("Value error, {message}"),
            input,
        )
        .context("{\"error\":{}}")
    }

    /// The body of the answer, status 422.
    pub(crate) fn body(faults: &[Self]) -> String {
        let mut out = String::from("{\"detail\":[");
        for (at, fault) in faults.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            fault.write(&mut out);
        }
        out.push_str("]}");
        out
    }

    /// Where it is, and what.
    pub(crate) fn sentence(&self) -> String {
        let mut text = String::new();
        // All begin with the body.
        for (at, place) in self.place.iter().skip(1).enumerate() {
            match place {
                Place::Name(name) if at == 0 => text.push_str(name),
                Place::Name(name) => text = format!("{text}.{name}"),
                Place::At(number) => text = format!("{text}[{number}]"),
            }
        }
        if text.is_empty() {
            self.message.clone()
        } else {
            format!("{text}: {}", self.message)
        }
    }

    fn write(&self, out: &mut String) {
        let _ = write!(out, "{{\"type\":\"{}\",\"loc\":[", self.kind);
        for (at, place) in self.place.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            match place {
                Place::Name(name) => python::string(out, name, false),
                Place::At(number) => {
                    let _ = write!(out, "{number}");
                }
            }
        }
        out.push_str("],\"msg\":");
        python::string(out, &self.message, false);
        out.push_str(",\"input\":");
        out.push_str(&self.input);
        if let Some(context) = &self.context {
            out.push_str(",\"ctx\":");
            out.push_str(context);
        }
        out.push('}');
    }
}
