//! What the published schemas of Iglu demand, in words of our own.

use serde_json::{Map, Value, json};

pub(crate) fn check(schema: &Value, instance: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let problems: Vec<_> = validator
        .iter_errors(instance)
        .map(|error| error.to_string())
        .collect();
    assert!(problems.is_empty(), "{problems:#?}\n{instance:#}");
}

/// `payload_data` 1-0-4: of the fields that it knows those of the protocol for structured events; all are texts.
pub(crate) fn payload() -> Value {
    let names = [
        "tna", "aid", "p", "dtm", "tz", "e", "eid", "tv", "duid", "nuid", "uid", "ip", "url",
        "page", "refr", "lang", "se_ca", "se_ac", "se_la", "se_pr", "se_va", "ue_pr", "ue_px",
        "co", "cx", "ua", "tnuid", "stm", "sid", "ttm",
    ];
    let properties: Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "string" })))
        .collect();
    json!({
        "type": "array",
        "minItems": 1,
        "items": { "type": "object", "properties": properties, "required": ["tv", "p", "e"], "additionalProperties": false },
    })
}

/// `contexts` 1-0-1.
pub(crate) fn contexts() -> Value {
    let schema = "^iglu:[a-zA-Z0-9_.-]+/[a-zA-Z0-9_-]+/[a-zA-Z0-9_-]+/[0-9]+-[0-9]+-[0-9]+$";
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": { "schema": { "type": "string", "pattern": schema }, "data": {} },
            "required": ["schema", "data"],
            "additionalProperties": false,
        },
    })
}

/// `gitlab_experiment` 1-0-0: what GitLab's models read of it.
pub(crate) fn gitlab_experiment() -> Value {
    json!({
        "type": "object",
        "properties": {
            "experiment": { "type": "string" },
            "key": { "type": "string" },
            "variant": { "type": "string" },
            "migration_keys": { "type": "array", "items": { "type": "string" } },
        },
        "required": ["experiment", "key", "variant"],
        "additionalProperties": false,
    })
}
