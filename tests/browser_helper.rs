//! The helper for a page's scripts, in a browser, under a strict Content Security Policy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test that meets what it does not expect has failed"
)]

#[allow(
    dead_code,
    reason = "shared with a test that looks at pictures and clicks"
)]
#[path = "support/browser.rs"]
mod browser;

use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use axum::extract::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Router, serve};
use serde_json::{Value, json};
use variate::{Config, EventRecord, JAVASCRIPT, Published, Unit, context};

use crate::browser::Browser;

/// Names that would do harm where they are not handled as texts.
const HOSTILE: [&str; 6] = [
    "</script><script>window.harm = 1</script>",
    "<!--<script>",
    "__proto__",
    "toString",
    "'\"\\u2028\u{2028}\\",
    "größe 💊",
];

const PAGE_SCRIPT: &str = r#"
import * as variate from "/variate.js";
variate.configure({ endpoint: "/events" });
window.variate = variate;
"#;

/// A site with the helper on two pages, and what was sent to it.
struct Site {
    url: String,
    events: Receiver<EventRecord>,
    _runtime: tokio::runtime::Runtime,
}

impl Site {
    fn open(published: &Published) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (sender, events) = channel();
        let sent = async move |Json(event): Json<EventRecord>| {
            sender.send(event).unwrap();
            StatusCode::NO_CONTENT
        };
        let page = |script: String, allowed: &str| {
            let policy =
                format!("default-src 'none'; connect-src 'self'; script-src 'self' {allowed}");
            let page = format!(
                "<!doctype html><title>page</title>{script}<script type=module src=/page.js></script>"
            );
            get(async move || ([(CONTENT_SECURITY_POLICY, policy)], Html(page)))
        };
        let javascript = |text| get(async move || ([(CONTENT_TYPE, "text/javascript")], text));
        let window_script = published.to_window_script(Some("n0nce"));
        let routes = Router::new()
            .route("/", page(published.to_script(), ""))
            .route("/gitlab", page(window_script, "'nonce-n0nce'"))
            .route("/bare", page(String::new(), ""))
            .route("/variate.js", javascript(JAVASCRIPT))
            .route("/page.js", javascript(PAGE_SCRIPT))
            .route("/events", post(sent));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            serve(listener, routes).await.unwrap();
        });
        Self {
            url,
            events,
            _runtime: runtime,
        }
    }

    fn event(&self) -> EventRecord {
        self.events.recv_timeout(Duration::from_mins(1)).unwrap()
    }
}

/// Units in all situations, each in an experiment that is called so.
fn published() -> Published {
    let config = Config::builder()
        .resolver(|_: &Unit<'_>| "red")
        .build()
        .unwrap();
    let exp = |name: &'static str| {
        config
            .experiment(name, context! { user_id: 42 })
            .with_variants(["red"])
    };
    let mut published = Published::new();
    published.add(&exp("pill").migrated_from(context! { user_id: 0 }));
    published.add(&exp("excluded").excluded(true));
    published.add(&exp("private").tracking(false));
    for name in HOSTILE {
        published.add(&exp(name).with_variants([name]).with_variant(name));
    }
    published
}

/// What `run` gives with behaviours that answer with their names.
fn ran(browser: &Browser, name: &str) -> Value {
    browser.run(&format!(
        "return variate.run({}, {{ control: () => 'grey', red: () => 'red' }})",
        json!(name)
    ))
}

#[test]
fn the_published_variant_runs_on_either_kind_of_page() {
    let site = Site::open(&published());
    let browser = Browser::open(400, 300);
    for path in ["/", "/gitlab"] {
        browser.go(&format!("{}{path}", site.url));
        for (name, behaviour) in [
            ("pill", "red"),
            ("private", "red"),
            ("excluded", "grey"),
            ("not published", "grey"),
            ("constructor", "grey"),
        ] {
            assert_eq!(ran(&browser, name), behaviour, "{name} on {path}");
        }
        for name in HOSTILE {
            let found = format!("return variate.experiment({})", json!(name));
            let found = browser.run(&found);
            assert_eq!(
                (&found["experiment"], &found["variant"]),
                (&json!(name), &json!(name))
            );
            // There is no behaviour of that name, not even an inherited one.
            assert_eq!(ran(&browser, name), "grey");
        }
        assert_eq!(browser.run("return window.harm"), Value::Null);
        assert_eq!(browser.run("return ({}).variant"), Value::Null);
        let inherited = "return variate.run('pill', new (class { control = () => 'grey'; red() { return 'red' } })())";
        assert_eq!(browser.run(inherited), "grey");
        let nothing = browser.run("return variate.experiment('not published')");
        assert_eq!(nothing, json!({ "variant": "control", "excluded": false }));
        let thrown = "try { variate.run('pill', { control() {}, red() { throw 'mine' } }) } \
            catch (thrown) { return thrown }";
        assert_eq!(browser.run(thrown), "mine");
        assert_eq!(browser.complaints(), Value::Array(Vec::new()), "on {path}");
    }
    browser.go(&format!("{}/bare", site.url));
    assert_eq!(ran(&browser, "pill"), "grey");
    browser.run("variate.configure({ experiments: { pill: { variant: 'red' } } })");
    assert_eq!(ran(&browser, "pill"), "red");
}

#[test]
fn a_tracked_action_arrives_as_an_event() {
    let published = published();
    let site = Site::open(&published);
    let browser = Browser::open(400, 300);
    browser.go(&site.url);
    let known = published.get("pill").unwrap();
    let track = "return variate.track('pill', 'bought', \
        { value: 9.5, currency: 'EUR', list: [1, null, { gift: true }] })";
    // As it is; without beacons; and where the page is not served securely.
    let unsecured = "Object.defineProperty(crypto, 'randomUUID', { value: undefined })";
    for before in ["", "navigator.sendBeacon = () => false", unsecured] {
        browser.run(before);
        assert_eq!(browser.run(track), true);
        let event = site.event();
        assert_eq!(
            (&*event.experiment, &event.variant),
            ("pill", &known.variant)
        );
        assert_eq!(Some(&event.key), known.key.as_ref());
        assert_eq!(event.migration_keys, known.migration_keys);
        assert_eq!((&*event.action, event.value), ("bought", Some(9.5)));
        assert_eq!(event.reason, "published");
        assert_eq!(event.id.get_version_num(), 4);
        assert_eq!(
            serde_json::to_value(&event.properties).unwrap(),
            json!({ "currency": "EUR", "list": [1, null, { "gift": true }] })
        );
        let apart = match SystemTime::now().duration_since(event.at) {
            Ok(ago) => ago,
            Err(ahead) => ahead.duration(),
        };
        assert!(apart < Duration::from_mins(10));
    }
    assert_eq!(
        browser.run("return variate.track('pill', 'seen', { value: NaN })"),
        true
    );
    let event = site.event();
    assert_eq!((&*event.action, event.value), ("seen", None));
    assert!(event.properties.is_empty());
    assert_eq!(browser.complaints(), Value::Array(Vec::new()));
}

#[test]
fn nothing_is_sent_for_who_takes_no_part_or_asks_for_it() {
    let site = Site::open(&published());
    let browser = Browser::open(400, 300);
    let refused = |name: &str| {
        let track = format!("return variate.track({}, 'clicked')", json!(name));
        assert_eq!(browser.run(&track), false, "{name}");
    };
    browser.go(&site.url);
    for name in ["excluded", "private", "not published", "constructor"] {
        refused(name);
    }
    for (signal, on, off) in [
        ("globalPrivacyControl", "true", "false"),
        ("doNotTrack", "'1'", "null"),
    ] {
        let set = |value| {
            browser.run(&format!(
                "Object.defineProperty(navigator, '{signal}', {{ value: {value}, configurable: true }})"
            ));
        };
        set(on);
        refused("pill");
        set(off);
    }
    // What Rust refuses: the exposure is the server's to track, and an action has 1 to 255 bytes.
    for action in [
        "'assignment'",
        "''",
        "undefined",
        "null",
        "1",
        "['clicked']",
        "new String('clicked')",
        "'a'.repeat(256)",
        "'ß'.repeat(128)",
    ] {
        let track = format!("return variate.track('pill', {action})");
        assert_eq!(browser.run(&track), false, "{action}");
    }
    browser.run("variate.configure({ endpoint: undefined })");
    refused("pill");
    browser.run("variate.configure({ endpoint: '/events' })");
    // What comes first is what is sent now.
    assert_eq!(browser.run("return variate.track('pill', 'allowed')"), true);
    assert_eq!(site.event().action, "allowed");
    let longest = "return variate.track('pill', 'ß'.repeat(127) + 'a')";
    assert_eq!(browser.run(longest), true);
    assert_eq!(site.event().action.len(), 255);
}

#[test]
fn a_page_that_is_broken_throws_nothing() {
    let site = Site::open(&published());
    let browser = Browser::open(400, 300);
    browser.go(&site.url);
    let cyclic =
        "const cyclic = {}; cyclic.cyclic = cyclic; return variate.track('pill', 'a', cyclic)";
    assert_eq!(browser.run(cyclic), false);
    assert_eq!(browser.run("return variate.track('pill', 'a', null)"), true);
    for broken in [
        "{",
        "null",
        "[]",
        "1",
        r#"{"pill":null}"#,
        r#"{"pill":{"variant":1}}"#,
    ] {
        browser.run(&format!(
            "document.getElementById('variate-experiments').textContent = {}",
            json!(broken)
        ));
        assert_eq!(ran(&browser, "pill"), "grey", "{broken}");
        assert_eq!(
            browser.run("return variate.track('pill', 'a')"),
            false,
            "{broken}"
        );
    }
}
