use std::borrow::Cow;
use std::fmt;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use variate::{Event, Tracker};

use crate::any_value;

/// The event of an exposure, by the semantic conventions.
const EVALUATION: &str = "feature_flag.evaluation";
/// The event of any other action, for which there is no convention.
const ACTION: &str = "variate.action";

/// Tells each event to OpenTelemetry.
///
/// The [page of the crate](crate) has the attributes.
pub struct OpenTelemetryTracker<L> {
    logger: L,
    flag_set: Option<Cow<'static, str>>,
    exposures_only: bool,
}

impl<L: Logger> OpenTelemetryTracker<L> {
    /// With a logger of `provider`, whose instrumentation scope is `variate`.
    pub fn new(provider: &impl LoggerProvider<Logger = L>) -> Self {
        Self::with_logger(provider.logger("variate"))
    }

    /// With this logger.
    pub const fn with_logger(logger: L) -> Self {
        Self {
            logger,
            flag_set: None,
            exposures_only: false,
        }
    }

    /// Which of several catalogues the experiments are of: `feature_flag.set.id`.
    #[must_use]
    pub fn flag_set(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.flag_set = Some(id.into());
        self
    }

    /// Tells nothing but exposures.
    #[must_use]
    pub const fn exposures_only(mut self) -> Self {
        self.exposures_only = true;
        self
    }
}

impl<L: Logger + Send + Sync> Tracker for OpenTelemetryTracker<L> {
    fn track(&self, event: &Event<'_>) {
        if self.exposures_only && !event.is_exposure() {
            return;
        }
        let mut record = self.logger.create_log_record();
        record.set_timestamp(event.at());
        record.set_severity_number(Severity::Info);
        record.set_severity_text(Severity::Info.name());
        record.add_attribute("feature_flag.key", event.experiment().to_owned());
        record.add_attribute("feature_flag.provider.name", "variate");
        record.add_attribute("feature_flag.result.variant", event.variant().to_string());
        record.add_attribute("feature_flag.context.id", event.key().to_string());
        if let Some(set) = &self.flag_set {
            record.add_attribute("feature_flag.set.id", set.to_string());
        }
        if event.is_exposure() {
            record.set_event_name(EVALUATION);
            let reason = event.reason();
            record.add_attribute("feature_flag.result.reason", reason.flag_reason());
            if reason.flag_reason() == "error" {
                record.add_attribute("error.type", "general");
                record.add_attribute("feature_flag.error.message", reason.to_string());
            }
        } else {
            record.set_event_name(ACTION);
            record.add_attribute("variate.action.name", event.action().to_owned());
            if let Some(value) = event.value() {
                record.add_attribute("variate.action.value", value);
            }
            for (name, value) in event.properties().iter() {
                let json = serde_json::to_value(value).ok();
                if let Some(value) = json.and_then(any_value::of) {
                    let name = format!("variate.action.property.{name}");
                    record.add_attribute::<_, AnyValue>(name, value);
                }
            }
        }
        self.logger.emit(record);
    }
}

impl<L> fmt::Debug for OpenTelemetryTracker<L> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("OpenTelemetryTracker")
            .field("flag_set", &self.flag_set)
            .field("exposures_only", &self.exposures_only)
            .finish_non_exhaustive()
    }
}
