//! `variate report`, from a directory and from a collector that serves, and catalogues that it reads again.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use serde_json::Value;

use crate::serve::{Serving, serve, start};
use crate::{Answered, answered, command};

const CATALOGUE: &str = r#"
[experiments.pill]
owner = "growth"
description = "Does the colour matter?"
variants = ["control", "red"]

[[experiments.pill.metrics]]
name = "purchases"
kind = "conversion"
action = "bought"
minimum_effect = 0.2

[[experiments.pill.metrics]]
name = "order value"
kind = "ratio"
numerator = { values = "bought" }
denominator = { events = "bought" }

[[experiments.pill.metrics]]
name = "click rate"
kind = "ratio"
numerator = "clicked"
denominator = "viewed"
"#;

/// 400 units of each variant, of whom every fifth and every fourth bought.
fn events() -> String {
    let mut events = String::new();
    for unit in 0..800 {
        let variant = ["control", "red"][unit % 2];
        let mut event = |action: &str, value: &str| {
            // The first eight days of November 2026, at noon.
            let at = 1_793_534_400_000 + unit / 100 * 86_400_000;
            let _ = writeln!(
                events,
                r#"{{"id":"{action}{unit}","experiment":"pill","variant":"{variant}","action":"{action}","key":"u{unit}","at":{at}{value}}}"#,
            );
        };
        event("assignment", "");
        event("viewed", "");
        if unit % 3 == 0 {
            event("clicked", "");
        }
        if unit / 2 % (5 - unit % 2) == 0 {
            event("bought", &format!(r#","value":{}"#, 5 + unit % 7));
        }
    }
    events
}

fn send(serving: &Serving) {
    let body = events();
    let mut stream = TcpStream::connect(serving.address).unwrap();
    let request = format!(
        "POST /v1/events HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!answer.contains("\"outcome\":\"refused\""), "{answer}");
}

fn report(arguments: &[&str], key: Option<&str>) -> Answered {
    let mut command = command(&[&["report"], arguments].concat());
    command
        .env_remove("VARIATE_NAMESPACE")
        .env_remove("VARIATE_API_KEY");
    if let Some(key) = key {
        command.env("VARIATE_API_KEY", key);
    }
    answered(&mut command, b"")
}

fn file(data: &Path, text: &str) -> String {
    let path = data.join("catalogue.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_collector_that_serves_is_asked_and_reads_its_catalogue_again() {
    let data = tempfile::tempdir().unwrap();
    let catalogue = file(data.path(), CATALOGUE);
    let serving = start(&mut serve(data.path(), &["--catalogue", &catalogue]));
    let url = format!("http://{}", serving.address);
    let key = Some(serving.key());
    let ask = |more: &[&str]| report(&[&["pill", "--server", &url], more].concat(), key);

    // It is declared, and the pair of the click rate is kept before the first event comes.
    let live = || -> Value { ask(&["--json"]).json().remove(0) };
    while live()["experiment"]["pairs"].as_array().unwrap().is_empty() {
        std::thread::yield_now();
    }
    send(&serving);
    let json = live();
    assert_eq!(json["version"], 1);
    let values = |metric: usize| {
        let variants = &json["evaluation"]["metrics"][metric]["variants"];
        [0, 1].map(|at| variants[at]["value"].as_f64().unwrap())
    };
    assert!((values(0)[0] - 0.2).abs() < 1e-12 && (values(0)[1] - 0.25).abs() < 1e-12);
    assert!(
        (values(2)[0] - 134.0 / 400.0).abs() < 0.01,
        "{:?}",
        values(2)
    );
    assert_eq!(
        json["metrics"][0]["effects"][0]["days"]
            .as_array()
            .unwrap()
            .len(),
        8
    );
    assert_eq!(json["declared"]["owner"], "growth");

    let table = ask(&[]);
    assert_eq!((table.code, table.err.as_str()), (0, ""));
    for part in [
        "Experiment pill\n",
        "Does the colour matter?\nOwned by growth\n",
        "purchases (primary; units that did `bought`)",
        "order value (secondary; values of `bought` by events of `bought`)",
        "95 %, at any time*",
        "red        400   25 %  +25.00 %",
    ] {
        assert!(table.out.contains(part), "{part}\n{}", table.out);
    }

    let page = ask(&["--html"]);
    assert!(page.out.starts_with("<!doctype html>") && page.out.contains("<svg "));
    assert!(!page.out.contains("<script"));

    // What cannot be used changes nothing; then another name.
    file(data.path(), "[experiments.pill]\ntrafic = 1");
    file(
        data.path(),
        &CATALOGUE.replace("\"purchases\"", "\"sales\""),
    );
    while live()["metrics"][0]["metric"]["name"] != "sales" {
        std::thread::yield_now();
    }
}

#[test]
fn a_directory_is_evaluated_by_a_catalogue_or_without() {
    let data = tempfile::tempdir().unwrap();
    let store = format!("dir:{}", data.path().join("events").display());
    let catalogue = file(data.path(), CATALOGUE);
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--store", &store]);
    let mut serving = start(serve.env("XDG_DATA_HOME", data.path()));
    send(&serving);
    assert!(serving.end(rustix::process::Signal::TERM));
    let of = |more: &[&str]| report(&[&["pill", "--store", &store], more].concat(), None);
    let table = of(&["--catalogue", &catalogue]);
    assert_eq!((table.code, table.err.as_str()), (0, ""));
    assert!(table.out.contains("purchases (primary;"), "{}", table.out);
    // Nobody had declared the pair.
    assert!(
        table
            .out
            .contains("nothing is kept of `clicked` and `viewed` together"),
        "{}",
        table.out
    );
    let table = of(&[]);
    assert!(table.out.contains("bought (primary;"), "{}", table.out);
    assert!(table.out.contains("no catalogue declares this experiment"));
}

#[test]
fn a_programs_name_prefix_is_no_part_of_its_catalogue() {
    let data = tempfile::tempdir().unwrap();
    let catalogue = file(data.path(), CATALOGUE);
    let declared = ["--catalogue", &catalogue, "--prefix", "shop"];
    let serving = start(&mut serve(data.path(), &declared));
    let url = format!("http://{}", serving.address);
    let of = |name: &str, more: &[&str]| {
        let arguments = [&[name, "--json"], more].concat();
        let answer = report(&arguments, Some(serving.key()));
        (answer.code == 0).then(|| answer.json()[0]["declared"]["owner"].clone())
    };
    let growth = Some(Value::from("growth"));
    assert_eq!(of("shop_pill", &["--server", &url]), growth);
    assert_eq!(of("pill", &["--server", &url]), None);
    let store = [&["--store", "memory:"], &declared[..]].concat();
    assert_eq!(of("shop_pill", &store), growth);
    assert_eq!(of("pill", &store), None);
}

#[test]
fn what_cannot_be_reported_is_told() {
    let data = tempfile::tempdir().unwrap();
    let serving = start(&mut serve(data.path(), &[]));
    let url = format!("http://{}", serving.address);
    for (arguments, key, code, told) in [
        (&["pill"][..], None, 2, "--store <STORE>|--server <URL>"),
        (&["pill", "--server", &url], None, 2, "--api-key-file"),
        (
            &["pill", "--server", &url],
            Some(serving.key()),
            2,
            "namespace `alephbet` has no experiment `pill`",
        ),
        (
            &["pill", "--store", "memory:"],
            None,
            2,
            "has no experiment `pill`",
        ),
        (
            &["pill", "--server", "http://127.0.0.1:1"],
            None,
            1,
            "the collector at http://127.0.0.1:1 did not answer",
        ),
        (
            &["pill", "--store", "memory:", "--catalogue", "nowhere.toml"],
            None,
            2,
            "nowhere.toml",
        ),
        (
            &["pill", "--server", &url, "--catalogue", "c.toml"],
            None,
            2,
            "cannot be used with",
        ),
    ] {
        let answered = report(arguments, key);
        assert_eq!(answered.code, code, "{arguments:?} {}", answered.err);
        assert!(
            answered.err.contains(told),
            "{arguments:?} {}",
            answered.err
        );
    }
    let wrong = file(data.path(), "[experiments.pill]\nmetrics = 7");
    let told = answered(&mut serve(data.path(), &["--catalogue", &wrong]), b"");
    assert_eq!(told.code, 2);
    assert!(
        told.err.contains("metrics: expected a table"),
        "{}",
        told.err
    );
}
