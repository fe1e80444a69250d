//! The dashboard of `variate serve`.

use crate::serve::{Serving, serve, start};

const CATALOGUE: &str = r#"
[experiments.pill]
owner = "growth"
due = 2026-12-01
variants = ["control", "red"]

[[experiments.pill.metrics]]
name = "purchases"
kind = "conversion"
action = "bought"
"#;

fn between<'t>(text: &'t str, from: &str, to: char) -> &'t str {
    let (_, rest) = text
        .split_once(from)
        .unwrap_or_else(|| panic!("{from}: {text}"));
    rest.split(to).next().unwrap()
}

fn get(serving: &Serving, path: &str, cookie: &str) -> String {
    serving.answer(&format!("GET {path} HTTP/1.1\r\ncookie: {cookie}\r\n"))
}

fn post(serving: &Serving, path: &str, cookie: &str, form: &str) -> String {
    let length = form.len();
    serving.answer_with_body(
        &format!("POST {path} HTTP/1.1\r\ncookie: {cookie}\r\ncontent-length: {length}\r\n"),
        form,
    )
}

fn log_in(serving: &Serving, key: &str) -> String {
    let form = get(serving, "/dashboard/login", "");
    let cookie = between(&form, "set-cookie: ", ';').to_owned();
    let token = between(&form, "name=\"token\" value=\"", '"');
    let answer = post(
        serving,
        "/dashboard/login",
        &cookie,
        &format!("token={token}&key={key}"),
    );
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    between(&answer, "set-cookie: ", ';').to_owned()
}

#[test]
fn the_key_that_is_printed_opens_the_dashboard() {
    let data = tempfile::tempdir().unwrap();
    let serving = start(&mut serve(data.path(), &[]));
    assert!(
        serving
            .told()
            .contains(&format!("Dashboard: http://{}/", serving.address))
    );
    let root = get(&serving, "/", "");
    assert!(root.contains("location: dashboard\r\n"), "{root}");
    let cookie = log_in(&serving, serving.key());
    let list = get(&serving, "/dashboard", &cookie);
    assert!(list.starts_with("HTTP/1.1 200 "), "{list}");
    assert!(list.contains("No experiment of this namespace"), "{list}");
}

#[test]
fn a_catalogue_says_whose_experiments_are_and_how_they_are_decided() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("catalogue.toml");
    std::fs::write(&file, CATALOGUE).unwrap();
    let arguments = ["--catalogue", file.to_str().unwrap(), "--scheme", "keyed"];
    let mut command = serve(data.path(), &arguments);
    command.env("VARIATE_SECRET", "at least sixteen bytes");
    let serving = start(&mut command);
    let cookie = log_in(&serving, serving.key());
    let list = get(&serving, "/dashboard", &cookie);
    for text in ["growth", "2026-12-01", "planned"] {
        assert!(list.contains(text), "{list}");
    }
    let page = get(&serving, "/dashboard/experiment?name=pill", &cookie);
    let token = between(&page, "name=\"token\" value=\"", '"');
    let form = format!("token={token}&name=pill&context=%7B%22user_id%22%3A42%7D");
    let trace = post(&serving, "/dashboard/trace", &cookie, &form);
    // HMAC-SHA-256, made with Python's hmac: as the tests of keys have it.
    assert!(
        trace.contains("f6f8eea7bd6fe0709c17b18d14aa1076"),
        "{trace}"
    );
}
