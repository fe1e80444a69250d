//! One line of input: an experiment as a unit meets it.

use std::borrow::Cow;

use serde_json::value::RawValue;
use variate::{Config, Context, Experiment, Reason, Value, Variant};

use crate::json_value::{self, Object, ValueError};

/// The fields that a line may have.
const FIELDS: [&str; 5] = [
    "experiment",
    "context",
    "migrated_from",
    "migrated_with",
    "sticky_to",
];
/// The one more that a line may have where a variant is asked for.
const PINNED_VARIANT: &str = "variant";

/// Why a line cannot be answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error("byte {0} is not UTF-8: encode the line as UTF-8")]
    NotUtf8(usize),
    #[error("not JSON: {} at column {}", json_value::message(.0), .0.column())]
    NotJson(serde_json::Error),
    #[error(
        r#"not an object: write one such as {{"experiment":"pill_color","context":{{"user_id":42}}}}"#
    )]
    NotAnObject,
    #[error("unknown field `{name:.60}`: expected {known}")]
    UnknownField { name: String, known: String },
    #[error("the field `{0}` comes twice: keep one")]
    DuplicateField(String),
    #[error("the field `experiment` is missing: name the experiment")]
    NoExperiment,
    #[error("an experiment's name has 1 to 255 bytes, prefix included: this one has {0}")]
    InvalidName(usize),
    #[error("field `{name}`: {problem}")]
    Field {
        name: &'static str,
        problem: ValueError,
    },
    #[error("the answer cannot be written as JSON: {0}")]
    Answer(#[from] serde_json::Error),
}

/// What a line asks for.
#[derive(Default)]
pub(crate) struct Request<'a> {
    experiment: Option<Cow<'a, str>>,
    context: Context<'a>,
    migrated_from: Vec<Context<'a>>,
    migrated_with: Vec<Context<'a>>,
    sticky_to: Value<'a>,
    variant: Option<Variant>,
}

impl<'a> Request<'a> {
    /// The request that `line` is; a variant to pin is only known where `pins` says so.
    pub(crate) fn parse(line: &'a str, pins: bool) -> Result<Self, LineError> {
        if !line.trim_start().starts_with('{') {
            return Err(match serde_json::from_str::<&RawValue>(line) {
                Ok(_) => LineError::NotAnObject,
                Err(error) => LineError::NotJson(error),
            });
        }
        let Object(fields) = serde_json::from_str(line).map_err(LineError::NotJson)?;
        let known = || FIELDS.into_iter().chain(pins.then_some(PINNED_VARIANT));
        let mut request = Self::default();
        let mut seen = Vec::with_capacity(fields.len());
        for (name, json) in fields {
            let Some(name) = known().find(|known| *known == name) else {
                return Err(LineError::UnknownField {
                    name: name.escape_debug().to_string(),
                    known: known().collect::<Vec<_>>().join(", "),
                });
            };
            if seen.contains(&name) {
                return Err(LineError::DuplicateField(name.to_owned()));
            }
            seen.push(name);
            // A null says nothing: other languages write absent fields that way.
            if json.get() != "null" {
                request
                    .set(name, json)
                    .map_err(|problem| LineError::Field { name, problem })?;
            }
        }
        Ok(request)
    }

    fn set(&mut self, name: &str, json: &'a RawValue) -> Result<(), ValueError> {
        match name {
            "experiment" => self.experiment = Some(json_value::text(json)?),
            "context" => self.context = json_value::context(json)?,
            "migrated_from" => self.migrated_from = json_value::contexts(json)?,
            "migrated_with" => self.migrated_with = json_value::contexts(json)?,
            "sticky_to" => self.sticky_to = json_value::value(json)?,
            _ => self.variant = Some(json_value::text(json)?.into_owned().into()),
        }
        Ok(())
    }

    /// The experiment under `config`, among `variants`.
    pub(crate) fn experiment(
        self,
        config: &'a Config,
        variants: &[Variant],
    ) -> Result<Experiment<'a>, LineError> {
        let name = self.experiment.ok_or(LineError::NoExperiment)?;
        let mut experiment = config
            .experiment(name, self.context)
            .with_variants(variants.iter().cloned())
            .sticky_to(self.sticky_to);
        // The order of fields means nothing in JSON; this one is gitlab-experiment's.
        for former in self.migrated_from {
            experiment = experiment.migrated_from(former);
        }
        for overlay in self.migrated_with {
            experiment = experiment.migrated_with(overlay);
        }
        if let Some(variant) = self.variant {
            experiment = experiment.with_variant(variant);
        }
        match experiment.assignment().reason() {
            Reason::InvalidName => Err(LineError::InvalidName(experiment.name().len())),
            _ => Ok(experiment),
        }
    }
}
