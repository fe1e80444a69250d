//! The body of a request, by Snowplow's tracker protocol.

use std::time::SystemTime;

use serde_json::{Map, Value, json};
use variate::EventRecord;

const PAYLOAD: &str = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
const CONTEXTS: &str = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1";
const EXPERIMENT: &str = "iglu:com.gitlab/gitlab_experiment/jsonschema/1-0-0";

/// What every event says of where it comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub(crate) app_id: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) properties_schema: Option<String>,
}

impl Source {
    pub(crate) fn payload(&self, events: &[EventRecord], sent: SystemTime) -> Value {
        let sent = millis(sent);
        let data: Vec<_> = events
            .iter()
            .map(|event| self.event(event, &sent))
            .collect();
        json!({ "schema": PAYLOAD, "data": data })
    }

    /// One event: all of its fields are texts.
    fn event(&self, event: &EventRecord, sent: &str) -> Value {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                fields.insert(name.to_owned(), Value::String(value));
            }
        };
        let property = |name: &str| {
            let value = event.properties.get(name)?;
            (!value.is_null()).then(|| value.to_string())
        };
        put("e", Some("se".to_owned()));
        put("p", Some("srv".to_owned()));
        put(
            "tv",
            Some(concat!("variate-", env!("CARGO_PKG_VERSION")).to_owned()),
        );
        put("eid", Some(event.id.to_string()));
        put("dtm", Some(millis(event.at)));
        put("stm", Some(sent.to_owned()));
        put("aid", self.app_id.clone());
        put("tna", self.namespace.clone());
        put("se_ca", Some(event.experiment.clone()));
        put("se_ac", Some(event.action.clone()));
        put("se_la", property("label"));
        put("se_pr", property("property"));
        put("se_va", event.value.map(|value| value.to_string()));
        put("co", Some(self.contexts(event).to_string()));
        Value::Object(fields)
    }

    fn contexts(&self, event: &EventRecord) -> Value {
        let mut signature = json!({
            "experiment": event.experiment,
            "key": event.key.to_string(),
            "variant": event.variant.as_str(),
        });
        if !event.migration_keys.is_empty()
            && let Some(signature) = signature.as_object_mut()
        {
            let keys = event
                .migration_keys
                .iter()
                .map(|key| key.to_string().into());
            signature.insert("migration_keys".to_owned(), Value::Array(keys.collect()));
        }
        let mut contexts = vec![json!({ "schema": EXPERIMENT, "data": signature })];
        if let Some(schema) = &self.properties_schema
            && let Some(properties) = others(event)
        {
            contexts.push(json!({ "schema": schema, "data": properties }));
        }
        json!({ "schema": CONTEXTS, "data": contexts })
    }
}

/// The properties that have no field of their own, if there are any.
fn others(event: &EventRecord) -> Option<Value> {
    let properties = event.properties.iter();
    let others: Map<_, _> = properties
        .filter(|(name, _)| !["label", "property"].contains(name))
        .filter_map(|(name, value)| Some((name.to_owned(), serde_json::to_value(value).ok()?)))
        .collect();
    (!others.is_empty()).then_some(Value::Object(others))
}

fn millis(at: SystemTime) -> String {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis()
        .to_string()
}
