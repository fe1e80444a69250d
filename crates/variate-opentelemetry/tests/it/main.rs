//! What OpenTelemetry's own SDK exports, by the names of its semantic conventions.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_semantic_conventions::attribute;
use variate::{
    Action, Config, Declaration, FanOut, MemoryTracker, Unit, Value, always_candidate, context,
};
use variate_opentelemetry::OpenTelemetryTracker;

fn exporting() -> (InMemoryLogExporter, SdkLoggerProvider) {
    let exporter = InMemoryLogExporter::default();
    let provider = SdkLoggerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    (exporter, provider)
}

fn emitted(exporter: &InMemoryLogExporter) -> Vec<SdkLogRecord> {
    let logs = exporter.get_emitted_logs().unwrap();
    logs.into_iter().map(|log| log.record).collect()
}

fn attributes(record: &SdkLogRecord) -> BTreeMap<String, AnyValue> {
    let all = record.attributes_iter();
    all.map(|(name, value)| (name.to_string(), value.clone()))
        .collect()
}

fn text(text: impl Into<String>) -> AnyValue {
    AnyValue::from(text.into())
}

#[test]
fn an_exposure_is_an_evaluation_of_a_feature_flag() {
    let (exporter, provider) = exporting();
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_123);
    let config = Config::builder()
        .name_prefix("shop")
        .resolver(always_candidate())
        .clock(move || at)
        .tracker(OpenTelemetryTracker::new(&provider).flag_set("storefront"))
        .build()
        .unwrap();
    let exp = config.experiment("pill", context! { user_id: 42 });
    exp.expose();
    let records = emitted(&exporter);
    let [record] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!(record.event_name(), Some("feature_flag.evaluation"));
    assert_eq!(record.timestamp(), Some(at));
    assert_eq!(record.severity_number(), Some(Severity::Info));
    let expected = [
        (attribute::FEATURE_FLAG_KEY, text("shop_pill")),
        (attribute::FEATURE_FLAG_PROVIDER_NAME, text("variate")),
        (attribute::FEATURE_FLAG_RESULT_VARIANT, text("candidate")),
        (attribute::FEATURE_FLAG_RESULT_REASON, text("split")),
        (
            attribute::FEATURE_FLAG_CONTEXT_ID,
            text(exp.key().to_string()),
        ),
        (attribute::FEATURE_FLAG_SET_ID, text("storefront")),
    ];
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    assert_eq!(attributes(record), expected);
}

#[test]
fn what_failed_is_told_as_an_error() {
    let (exporter, provider) = exporting();
    let config = Config::builder()
        .declare(
            Declaration::new("pill").resolver(|_: &Unit<'_>| Err::<&'static str, _>("no network")),
        )
        .tracker(OpenTelemetryTracker::new(&provider))
        .build()
        .unwrap();
    config.experiment("pill", context! {}).expose();
    let attributes = attributes(&emitted(&exporter)[0]);
    assert_eq!(
        attributes[attribute::FEATURE_FLAG_RESULT_REASON],
        text("error")
    );
    assert_eq!(attributes[attribute::ERROR_TYPE], text("general"));
    assert_eq!(
        attributes[attribute::FEATURE_FLAG_ERROR_MESSAGE],
        text("the resolver failed: no network")
    );
}

#[test]
fn an_action_takes_value_and_properties_along() {
    let (exporter, provider) = exporting();
    let config = Config::builder()
        .tracker(OpenTelemetryTracker::new(&provider))
        .build()
        .unwrap();
    let action = Action::new("bought")
        .value(9.99)
        .property("currency", "EUR")
        .property("items", 3)
        .property("large", u64::MAX)
        .property("gift", true)
        .property("nothing", None::<u64>)
        .property("tags", Value::list(["a", "b"]))
        .property("of", Value::map([("size", 1.5)]));
    config.experiment("pill", context! {}).track(action);
    let records = emitted(&exporter);
    assert_eq!(records[0].event_name(), Some("variate.action"));
    let attributes = attributes(&records[0]);
    let of = |name: &str| attributes.get(&format!("variate.action.{name}")).cloned();
    assert_eq!(of("name"), Some(text("bought")));
    assert_eq!(of("value"), Some(AnyValue::Double(9.99)));
    assert_eq!(of("property.currency"), Some(text("EUR")));
    assert_eq!(of("property.items"), Some(AnyValue::Int(3)));
    assert_eq!(
        of("property.large"),
        Some(AnyValue::Double(18_446_744_073_709_551_615.0))
    );
    assert_eq!(of("property.gift"), Some(AnyValue::Boolean(true)));
    assert_eq!(of("property.nothing"), None);
    assert_eq!(
        of("property.tags"),
        Some(AnyValue::ListAny(Box::new(vec![text("a"), text("b")])))
    );
    let map = [("size".into(), AnyValue::Double(1.5))]
        .into_iter()
        .collect();
    assert_eq!(of("property.of"), Some(AnyValue::Map(Box::new(map))));
    assert!(attributes.contains_key(attribute::FEATURE_FLAG_KEY));
    assert!(!attributes.contains_key(attribute::FEATURE_FLAG_RESULT_REASON));
}

#[test]
fn exposures_alone_if_wanted() {
    let (exporter, provider) = exporting();
    let memory = MemoryTracker::new();
    let tracker = FanOut::new()
        .and(OpenTelemetryTracker::new(&provider).exposures_only())
        .and(memory.clone());
    let config = Config::builder().tracker(tracker).build().unwrap();
    let exp = config.experiment("pill", context! {});
    exp.track("clicked");
    exp.expose();
    assert_eq!(memory.events().len(), 2);
    assert_eq!(emitted(&exporter).len(), 1);
}

#[test]
fn the_span_of_the_caller_goes_along() {
    let (exporter, provider) = exporting();
    let config = Config::builder()
        .tracker(OpenTelemetryTracker::new(&provider))
        .build()
        .unwrap();
    let tracer = SdkTracerProvider::builder().build().tracer("shop");
    tracer.in_span("request", |_| {
        config.experiment("pill", context! {}).expose().clone()
    });
    config.experiment("search", context! {}).expose();
    let records = emitted(&exporter);
    assert!(records[0].trace_context().is_some());
    assert!(records[1].trace_context().is_none());
}
