use std::borrow::Cow;
use std::fmt;

use async_trait::async_trait;
use open_feature::provider::{FeatureProvider, ProviderMetadata, ResolutionDetails};
use open_feature::{
    EvaluationContext, EvaluationError, EvaluationErrorCode, EvaluationReason, EvaluationResult,
    FlagMetadata, StructValue, Value,
};
use variate::{Config, PayloadError, Reason, Variant};

use crate::context;
use crate::payload::Payload;

/// The declared experiments of a configuration as flags.
///
/// The [page of the crate](crate) tells what a flag is, and who is asked for. It answers from memory: its futures are ready at once.
pub struct VariateProvider {
    config: Config,
    metadata: ProviderMetadata,
    unit: Cow<'static, str>,
    exposes: bool,
}

impl VariateProvider {
    /// The experiments of this configuration.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            metadata: ProviderMetadata::new("variate"),
            unit: "targeting_key".into(),
            exposes: true,
        }
    }

    /// Under what name the targeting key stands in the context that rules and layers see; `targeting_key` unless set.
    #[must_use]
    pub fn unit(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.unit = name.into();
        self
    }

    /// Whether asking is being exposed; yes unless set.
    #[must_use]
    pub const fn expose(mut self, yes: bool) -> Self {
        self.exposes = yes;
        self
    }

    fn resolve<T>(
        &self,
        flag: &str,
        evaluation: &EvaluationContext,
        read: impl FnOnce(&Variant, Option<Value>) -> Option<T>,
    ) -> EvaluationResult<ResolutionDetails<T>> {
        if !self.config.is_declared(flag) {
            return Err(error(
                EvaluationErrorCode::FlagNotFound,
                format!("no experiment `{flag}` is declared"),
            ));
        }
        let Some(key) = evaluation.targeting_key.as_deref() else {
            return Err(error(
                EvaluationErrorCode::TargetingKeyMissing,
                format!("the unit of `{flag}` is the targeting key: give one"),
            ));
        };
        let exp = self
            .config
            .experiment(flag, context::of(evaluation, &self.unit, key))
            .sticky_to(key);
        let assignment = exp.assignment();
        let variant = assignment.variant();
        let payload = match variant.payload::<Payload>() {
            Ok(Payload(payload)) => payload,
            Err(PayloadError::Missing(_)) => None,
            Err(problem) => {
                return Err(error(EvaluationErrorCode::ParseError, problem.to_string()));
            }
        };
        let Some(value) = read(variant, payload) else {
            return Err(error(
                EvaluationErrorCode::TypeMismatch,
                format!("the payload of `{variant}` of `{flag}` is of another type"),
            ));
        };
        // What is not shown is no exposure: a wrong type has returned before.
        if self.exposes {
            exp.expose();
        }
        Ok(ResolutionDetails {
            value,
            variant: Some(variant.to_string()),
            reason: Some(reason(assignment.reason())),
            flag_metadata: Some(
                FlagMetadata::default()
                    .with_value("contextId", exp.key().to_string())
                    .with_value("reason", assignment.reason().code()),
            ),
        })
    }
}

fn error(code: EvaluationErrorCode, message: String) -> EvaluationError {
    EvaluationError {
        code,
        message: Some(message),
    }
}

fn reason(reason: &Reason) -> EvaluationReason {
    match reason.flag_reason() {
        "split" => EvaluationReason::Split,
        "targeting_match" => EvaluationReason::TargetingMatch,
        "static" => EvaluationReason::Static,
        "disabled" => EvaluationReason::Disabled,
        "default" => EvaluationReason::Default,
        "error" => EvaluationReason::Error,
        _ => EvaluationReason::Unknown,
    }
}

#[async_trait]
impl FeatureProvider for VariateProvider {
    fn metadata(&self) -> &ProviderMetadata {
        &self.metadata
    }

    async fn resolve_bool_value(
        &self,
        flag: &str,
        evaluation: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<bool>> {
        self.resolve(flag, evaluation, |variant, payload| match payload {
            Some(Value::Bool(value)) => Some(value),
            Some(_) => None,
            None => Some(!variant.is_control()),
        })
    }

    async fn resolve_int_value(
        &self,
        flag: &str,
        evaluation: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<i64>> {
        self.resolve(flag, evaluation, |_, payload| match payload {
            Some(Value::Int(value)) => Some(value),
            _ => None,
        })
    }

    async fn resolve_float_value(
        &self,
        flag: &str,
        evaluation: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<f64>> {
        self.resolve(flag, evaluation, |_, payload| match payload {
            Some(Value::Float(value)) => Some(value),
            // A catalogue says 1 for 1.0.
            #[allow(
                clippy::cast_precision_loss,
                reason = "a number that large is no exact one"
            )]
            Some(Value::Int(value)) => Some(value as f64),
            _ => None,
        })
    }

    async fn resolve_string_value(
        &self,
        flag: &str,
        evaluation: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        self.resolve(flag, evaluation, |variant, payload| match payload {
            Some(Value::String(text)) => Some(text),
            Some(_) => None,
            None => Some(variant.to_string()),
        })
    }

    async fn resolve_struct_value(
        &self,
        flag: &str,
        evaluation: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        self.resolve(flag, evaluation, |_, payload| match payload {
            Some(Value::Struct(value)) => Some(value),
            _ => None,
        })
    }
}

impl fmt::Debug for VariateProvider {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("VariateProvider")
            .field("config", &self.config)
            .field("unit", &self.unit)
            .field("exposes", &self.exposes)
            .finish_non_exhaustive()
    }
}
