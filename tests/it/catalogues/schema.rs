//! The published JSON Schema and the loader agree, as far as a schema can know.

use jsonschema::Validator;
use serde_json::Value;
use variate::{Catalogue, Format};

use super::wrong;

fn schema() -> Value {
    serde_json::from_str(Catalogue::SCHEMA).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

fn errors(validator: &Validator, text: &str) -> Vec<String> {
    let value = serde_json::from_str(text).unwrap();
    validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect()
}

#[test]
fn it_is_a_schema_of_its_draft() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
}

#[test]
fn what_loads_is_valid() {
    let validator = validator();
    let good = [
        r#"{"key": "plan", "equals": 1}"#,
        r#"{"key": "plan", "present": false, "prefix": ""}"#,
        r#"{"key": "id", "percent": 10, "seed": "x"}"#,
        r#"{"any": [{"not": {"key": "a", "in": [1, "b", true]}}]}"#,
    ];
    let conditions = good.map(|condition| wrong::file(&format!(r#"{{"exclude": {condition}}}"#)));
    let dates = [
        "2026-11-01",
        "2026-11-01T09:00Z",
        "2026-11-01 09:00:00.5+01:00",
        "2026-11-01t09:00:00z",
    ]
    .map(|date| wrong::file(&format!(r#"{{"starts": "{date}"}}"#)));
    let others = [
        r#"{"variants": ["red"], "rollout": {"weights": [50, 50]}, "segments": []}"#,
        r#"{"rollout": "round_robin", "holdout": ["q4"], "former_keys": "gitlab-v0"}"#,
        r#"{"payloads": {"control": null, "candidate": [1, {"a": "b"}]}}"#,
        r#"{"metrics": {"name": "m", "kind": "conversion", "action": "a"}, "plan": {}}"#,
        r#"{"metrics": [{"name": "m", "kind": "ratio", "numerator": "a", "denominator": {"values": "b"}, "role": "guardrail", "better": "less", "minimum_effect": 0.02}], "plan": {"alpha": 0.1, "power": 0.9, "adjustment": "hommel", "units": 1000}}"#,
        "{}",
    ]
    .map(wrong::file);
    let full = [super::JSON.to_owned(), "{}".to_owned()];
    for text in conditions.iter().chain(&dates).chain(&others).chain(&full) {
        if let Err(error) = Catalogue::parse(text, Format::Json, "file") {
            panic!("{text}\n{error}");
        }
        assert_eq!(errors(&validator, text), [""; 0], "{text}");
    }
}

#[test]
fn what_is_wrong_is_invalid_where_a_schema_can_know() {
    let validator = validator();
    for one in wrong::EXPERIMENTS {
        let errors = errors(&validator, &wrong::file(one.experiment));
        assert_eq!(
            !errors.is_empty(),
            one.schema_knows,
            "{}: {errors:?}",
            one.experiment
        );
    }
    for text in [
        r#"{"experiment": {}}"#,
        r#"{"layers": {"one": {"units": "x"}}}"#,
        r#"{"holdouts": {"one": {}}}"#,
        r#"{"experiments": []}"#,
        r#"{"enabled": "no"}"#,
        r#"{"experiments": {"": {}}}"#,
        "[]",
    ] {
        assert!(
            Catalogue::parse(text, Format::Json, "file").is_err(),
            "{text}"
        );
        assert!(!errors(&validator, text).is_empty(), "{text}");
    }
}

/// Every object of the schema that describes a key of a catalogue.
fn described<'s>(schema: &'s Value, path: &str, visit: &mut impl FnMut(&str, &'s Value)) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}/{key}");
                if key == "properties" {
                    for (name, property) in value.as_object().unwrap() {
                        visit(&format!("{path}/{name}"), property);
                    }
                }
                described(value, &path, visit);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                described(item, &format!("{path}/{place}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_is_described() {
    let schema = schema();
    let mut count = 0;
    described(&schema, "", &mut |path, property| {
        count += 1;
        let description = property["description"].as_str().unwrap_or_default();
        assert!(description.len() > 5, "{path}");
    });
    assert!(count > 50, "{count}");
}
