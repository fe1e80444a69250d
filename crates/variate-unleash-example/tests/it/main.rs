//! The resolver over Unleash's own client, against a stand-in of the server's API.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]

mod unleash;

use std::process::Command;
use std::time::Duration;

use serde_json::json;
use variate::{Config, Declaration, MemoryTracker, context};
use variate_unleash_example::{Flags, UnleashResolver};

use crate::unleash::Unleash;

fn flag(
    name: &str,
    is_on: bool,
    strategy: &serde_json::Value,
    variants: &serde_json::Value,
) -> serde_json::Value {
    json!({
        "name": name, "description": "", "enabled": is_on, "strategies": [strategy], "variants": variants,
        "createdAt": "2026-01-01T00:00:00Z",
    })
}

/// What the server says of a few flags.
fn features() -> serde_json::Value {
    let everybody = json!({ "name": "default", "parameters": {} });
    let half = json!({
        "name": "flexibleRollout", "parameters": { "rollout": "50", "stickiness": "default", "groupId": "half" },
    });
    let german = json!({
        "name": "default", "parameters": {},
        "constraints": [{ "contextName": "country", "operator": "IN", "values": ["DE"] }],
    });
    let variant = |name: &str, weight: u32| json!({ "name": name, "weight": weight, "weightType": "variable", "stickiness": "default" });
    let none = json!([]);
    json!({ "version": 2, "features": [
        flag("pill", true, &everybody, &json!([variant("control", 500), variant("red", 500)])),
        flag("half", true, &half, &none),
        flag("german", true, &german, &none),
        flag("off", false, &everybody, &none),
        flag("purple", true, &everybody, &json!([variant("purple", 1000)])),
    ]})
}

fn config(flags: &Flags) -> (Config, MemoryTracker) {
    let tracker = MemoryTracker::new();
    let mut builder = Config::builder()
        .resolver(UnleashResolver::new(flags.clone()))
        .declare(Declaration::new("pill").variants(["red"]))
        .tracker(tracker.clone());
    for name in ["half", "german", "off", "not_there", "purple"] {
        builder = builder.declare(Declaration::new(name));
    }
    (builder.build().unwrap(), tracker)
}

fn flags(url: &str) -> Flags {
    let secret = Some("secret".to_owned());
    Flags::new(url, "shop", secret, Duration::from_millis(10)).unwrap()
}

#[test]
fn unleash_says_who_gets_what() {
    let server = Unleash::start(&features());
    let flags = flags(&server.url());
    let (config, tracker) = config(&flags);
    let before = config.experiment("pill", context! { user_id: 1 });
    assert_eq!(
        (
            before.variant().as_str(),
            before.assignment().reason().code()
        ),
        ("control", "resolver_failed")
    );

    let polling = flags.poll().unwrap();
    server.await_features(2);
    let red = |user: u32| {
        let exp = config.experiment("pill", context! { user_id: user });
        let pill = exp.use_(|| "grey").variant("red", || "red").run();
        assert_eq!(exp.assignment().reason().code(), "resolved");
        pill == "red"
    };
    let reds: Vec<_> = (0..400).filter(|user| red(*user)).collect();
    assert!((150..250).contains(&reds.len()), "{}", reds.len());
    assert!(
        (0..400).filter(|user| red(*user)).eq(reds),
        "each time the same"
    );
    assert_eq!(tracker.events().len(), 800);

    let half = |user: u32| {
        let exp = config.experiment("half", context! { user_id: user });
        match (exp.variant().as_str(), exp.assignment().reason().code()) {
            ("candidate", "resolved") => true,
            ("control", "abstained") => false,
            other => panic!("{other:?}"),
        }
    };
    let takes_part = (0..400).filter(|user| half(*user)).count();
    assert!((150..250).contains(&takes_part), "{takes_part}");

    let decided = |name: &'static str, country: &'static str| {
        let exp = config.experiment(name, context! { user_id: 1, country: country });
        (exp.variant().to_string(), exp.assignment().reason().code())
    };
    assert_eq!(
        decided("german", "DE"),
        ("candidate".to_owned(), "resolved")
    );
    assert_eq!(decided("german", "FR"), ("control".to_owned(), "abstained"));
    assert_eq!(decided("off", "DE"), ("control".to_owned(), "abstained"));
    assert_eq!(
        decided("not_there", "DE"),
        ("control".to_owned(), "resolver_failed")
    );
    assert_eq!(
        decided("purple", "DE"),
        ("control".to_owned(), "unknown_variant")
    );
    let trace = config
        .experiment("german", context! { country: "DE", user_id: 1 })
        .explain()
        .to_string();
    assert!(trace.contains("the flag `german` of Unleash"), "{trace}");
    drop(polling);
}

/// Runs the example's program: what it prints, and whether all was well.
fn run(server: &Unleash, arguments: &[&str]) -> (String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_variate-unleash-example"))
        .args(arguments)
        .env("UNLEASH_API_URL", server.url())
        .env("UNLEASH_CLIENT_SECRET", "secret")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.success())
}

#[test]
fn the_program_of_the_readme_runs_whatever_variants_a_flag_has() {
    let server = Unleash::start(&features());
    let (text, is_well) = run(&server, &["purple", "42", "--variants", "red,purple"]);
    assert!(is_well && text.starts_with("purple ("), "{text}");
    let (text, is_well) = run(&server, &["purple", "42"]);
    assert!(
        !is_well && text.contains("`purple` that is not declared: give all of them"),
        "{text}"
    );
    let (text, is_well) = run(&server, &["off", "42"]);
    assert!(is_well && text.contains("left this unit out"), "{text}");
    let (text, is_well) = run(&server, &["not_there", "42"]);
    assert!(
        !is_well && text.contains("Unleash has no flag `not_there`"),
        "{text}"
    );
    let (text, is_well) = run(&server, &["purple"]);
    assert!(!is_well && text.contains("usage:"), "{text}");
}

#[test]
fn who_has_no_id_is_known_by_the_experience_key() {
    let server = Unleash::start(&features());
    let flags = flags(&server.url());
    let (config, _) = config(&flags);
    let _polling = flags.poll().unwrap();
    server.await_features(2);
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..50 {
        let variant = || {
            config
                .experiment("pill", context! { device: n })
                .variant()
                .to_string()
        };
        let first = variant();
        assert!((0..5).all(|_| variant() == first));
        seen.insert(first);
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn the_server_knows_who_asks_and_what_was_asked() {
    let server = Unleash::start(&features());
    let flags = flags(&server.url());
    let (config, _) = config(&flags);
    let _polling = flags.poll().unwrap();
    server.await_features(2);
    config.experiment("half", context! { user_id: 1 }).variant();
    let metrics = server.await_metrics(|metrics| {
        let half = &metrics["bucket"]["toggles"]["half"];
        half["yes"].as_u64().unwrap_or(0) + half["no"].as_u64().unwrap_or(0) > 0
    });
    assert_eq!(metrics["appName"], "shop");
    assert!(server.secrets().iter().all(|secret| secret == "secret"));
}

#[test]
fn without_a_server_the_control_runs() {
    let flags = flags("http://127.0.0.1:1/api");
    let (config, tracker) = config(&flags);
    let exp = config.experiment("pill", context! { user_id: 1 });
    assert_eq!(exp.use_(|| "grey").variant("red", || "red").run(), "grey");
    assert_eq!(tracker.events()[0].reason, "resolver_failed");
    assert_eq!(config.diagnostics().resolver_failures, 1);
}
