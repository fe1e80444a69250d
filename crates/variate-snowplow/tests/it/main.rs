//! What a collector gets, by the rules of the published schemas.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]

mod collector;
mod schemas;

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use variate::{Action, Background, Config, Declaration, Sink, Unit, context};
use variate_snowplow::{SnowplowError, SnowplowSink};

use crate::collector::Collector;

/// Everything tracked here goes to this collector.
fn config(sink: SnowplowSink) -> Config {
    let tracker = Background::new(sink).unwrap();
    Config::builder()
        .declare(Declaration::new("pill").variants(["red"]))
        .resolver(|_: &Unit<'_>| "red")
        .clock(|| SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_123))
        .tracker(tracker)
        .build()
        .unwrap()
}

fn flush(config: &Config) -> bool {
    config.flush(Duration::from_secs(30))
}

/// The contexts of an event, by schema.
fn contexts(event: &Value) -> Vec<(String, Value)> {
    let contexts: Value = serde_json::from_str(event["co"].as_str().unwrap()).unwrap();
    assert_eq!(
        contexts["schema"],
        "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"
    );
    schemas::check(&schemas::contexts(), &contexts["data"]);
    let all = contexts["data"].as_array().unwrap().iter();
    all.map(|one| {
        (
            one["schema"].as_str().unwrap().to_owned(),
            one["data"].clone(),
        )
    })
    .collect()
}

#[test]
fn events_are_structured_events_with_gitlabs_context() {
    let collector = Collector::answering([200]);
    let config = config(
        SnowplowSink::new(&collector.url())
            .unwrap()
            .app_id("shop")
            .namespace("web"),
    );
    let exp = config.experiment("pill", context! { user_id: 42 });
    exp.expose();
    exp.track(
        Action::new("bought")
            .value(9.5)
            .property("label", "button")
            .property("property", 3)
            .property("currency", "EUR"),
    );
    assert!(flush(&config));

    let request = collector.request();
    assert_eq!(
        request.line,
        "POST /com.snowplowanalytics.snowplow/tp2 HTTP/1.1"
    );
    assert_eq!(request.content_type, "application/json; charset=utf-8");
    let payload = &request.body;
    assert_eq!(
        payload["schema"],
        "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
    );
    schemas::check(&schemas::payload(), &payload["data"]);
    let [exposure, bought] = payload["data"].as_array().unwrap().as_slice() else {
        panic!("{payload}")
    };
    for event in [exposure, bought] {
        assert_eq!((&event["e"], &event["p"]), (&json!("se"), &json!("srv")));
        assert_eq!(
            (&event["aid"], &event["tna"]),
            (&json!("shop"), &json!("web"))
        );
        assert_eq!(
            (&event["se_ca"], &event["dtm"]),
            (&json!("pill"), &json!("1800000000123"))
        );
        assert!(event["tv"].as_str().unwrap().starts_with("variate-"));
        let (schema, data) = &contexts(event)[0];
        assert_eq!(schema, "iglu:com.gitlab/gitlab_experiment/jsonschema/1-0-0");
        schemas::check(&schemas::gitlab_experiment(), data);
        assert_eq!(
            *data,
            json!({ "experiment": "pill", "key": exp.key().to_string(), "variant": "red" })
        );
        assert_eq!(contexts(event).len(), 1);
    }
    assert_eq!(exposure["se_ac"], "assignment");
    assert_eq!(exposure.get("se_va"), None);
    let bought = ["se_ac", "se_va", "se_la", "se_pr"].map(|field| bought[field].as_str().unwrap());
    assert_eq!(bought, ["bought", "9.5", "button", "3"]);
}

#[test]
fn migration_keys_and_properties_go_along() {
    let collector = Collector::answering([200]);
    let schema = "iglu:com.example/experiment_properties/jsonschema/1-0-0";
    let sink = SnowplowSink::new(&collector.url())
        .unwrap()
        .properties_schema(schema)
        .unwrap();
    let config = config(sink);
    let exp = config
        .experiment("pill", context! { user_id: 42 })
        .migrated_from(context! { user_id: 1 });
    exp.track(
        Action::new("bought")
            .property("currency", "EUR")
            .property("label", "x"),
    );
    assert!(flush(&config));
    let contexts = contexts(&collector.request().body["data"][0]);
    schemas::check(&schemas::gitlab_experiment(), &contexts[0].1);
    assert_eq!(
        contexts[0].1["migration_keys"],
        json!([exp.migration_keys()[0].to_string()])
    );
    assert_eq!(
        contexts[1],
        (schema.to_owned(), json!({ "currency": "EUR" }))
    );
}

#[test]
fn what_a_collector_cannot_take_now_is_sent_again() {
    let collector = Collector::answering([503, 200]);
    let config = config(SnowplowSink::new(&collector.url()).unwrap());
    config.experiment("pill", context! {}).track("clicked");
    assert!(flush(&config));
    let (first, second) = (collector.request(), collector.request());
    assert_eq!(first.body["data"][0]["eid"], second.body["data"][0]["eid"]);
}

#[test]
fn what_a_collector_never_takes_is_lost_at_once_and_told() {
    let collector = Collector::answering([400]);
    let mut sink = SnowplowSink::new(&format!("{}/", collector.url())).unwrap();
    let config = config(SnowplowSink::new("http://127.0.0.1:1").unwrap().attempts(1));
    let record = {
        let (seen, events) = std::sync::mpsc::channel();
        let own = Config::builder()
            .tracker(move |event: &variate::Event<'_>| {
                let _ = seen.send(event.to_record());
            })
            .build()
            .unwrap();
        own.experiment("pill", context! {}).track("clicked");
        events.recv().unwrap()
    };
    let error = sink.write(&[record]).unwrap_err().to_string();
    assert!(
        error.contains("/com.snowplowanalytics.snowplow/tp2: it answered 400"),
        "{error}"
    );
    collector.request();
    assert!(sink.write(&[]).is_ok(), "nothing is not sent");

    // And a collector that is not there.
    config.experiment("pill", context! {}).track("clicked");
    assert!(!flush(&config));
}

#[test]
fn addresses_and_schemas_are_checked_at_once() {
    for url in ["", "collector.internal", "ftp://collector", "http://"] {
        let error = SnowplowSink::new(url).unwrap_err();
        assert_eq!(
            error,
            SnowplowError::Address {
                url: url.to_owned()
            }
        );
    }
    assert_eq!(
        SnowplowSink::new("https://collector").is_ok(),
        cfg!(feature = "tls")
    );
    let good = || SnowplowSink::new("http://collector").unwrap();
    for schema in [
        "",
        "com.example/x/jsonschema/1-0-0",
        "iglu:x/jsonschema/1-0-0",
        "iglu:a/b/c/1-0",
        "iglu:a/b c/d/1-0-0",
        "iglu:a/b/c/1-0-x",
    ] {
        assert!(good().properties_schema(schema).is_err(), "{schema}");
    }
    assert!(
        good()
            .properties_schema("iglu:com.a-b_c/d_e/jsonschema/12-0-3")
            .is_ok()
    );
}
