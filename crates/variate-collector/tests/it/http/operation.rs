//! What those ask who look after a collector.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::Value;

use super::{ADMIN, READ, ask, get, post, routes};

#[tokio::test]
async fn it_tells_that_it_lives_and_can_count() {
    let app = routes().router();
    assert_eq!(get(&app, "/healthz").text().await, r#"{"status":"ok"}"#);
    assert_eq!(get(&app, "/readyz").text().await, r#"{"status":"ready"}"#);
}

#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let app = routes().alias("/kcart").unwrap().router();
    let event = "experiment=e&variant=v&event=g&uuid=1";
    for path in ["/track", "/prod/track", "/kcart"] {
        get(&app, &format!("{path}?{event}")).text().await;
    }
    get(&app, "/track").answer().await;
    get(&app, "/experiments").answer().await;
    ask(&app, Method::PATCH, "/experiments").answer().await;
    get(&app, "/nothing").answer().await;
    get(&app, "/v1/experiments/e").key(READ).text().await;
    let answered = get(&app, "/metrics").answer().await;
    assert_eq!(
        answered.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answered.text();
    for line in [
        "variate_queue_submissions 0",
        "variate_namespaces 1",
        "variate_experiments 1",
        r#"variate_events_total{outcome="counted"} 1"#,
        r#"variate_events_total{outcome="duplicate"} 2"#,
        r#"variate_events_total{outcome="failed"} 0"#,
        r#"variate_http_requests_total{route="/track",method="GET",status="200"} 3"#,
        r#"variate_http_requests_total{route="/track",method="GET",status="400"} 1"#,
        r#"variate_http_requests_total{route="/experiments",method="GET",status="403"} 1"#,
        r#"variate_http_requests_total{route="/experiments",method="other",status="405"} 1"#,
        r#"variate_http_requests_total{route="",method="GET",status="404"} 1"#,
        r#"variate_http_requests_total{route="/v1/experiments/{name}",method="GET",status="200"} 1"#,
        r#"variate_http_request_duration_seconds_bucket{route="/track",le="+Inf"} 4"#,
        r#"variate_http_request_duration_seconds_count{route="/track"} 4"#,
    ] {
        assert!(text.lines().any(|of| of == line), "{line}\n{text}");
    }
    assert!(text.contains("\nvariate_uptime_seconds "), "{text}");
    // Nobody asked for it.
    assert!(!text.contains("/v1/events"), "{text}");
    // Each line is a comment, or a name, labels and a number; each name is told of before.
    let mut named = BTreeSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            named.insert(rest.split(' ').next().unwrap());
        } else if !line.starts_with("# HELP ") {
            let (series, number) = line.rsplit_once(' ').unwrap();
            number.parse::<f64>().unwrap();
            let name = series.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .unwrap_or(name);
            assert!(named.contains(family), "{line}");
        }
    }
}

fn operations(document: &Value) -> Vec<(Method, String)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, of): (&String, &Value)| {
        let methods = of
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| *key != "parameters");
        methods
            .map(|method| (method.to_uppercase().parse().unwrap(), path.clone()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test]
async fn the_openapi_document_describes_the_routes_there_are() {
    let app = routes().router();
    let document = get(&app, "/openapi.json").json().await;
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let described: BTreeSet<String> = operations(&document)
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let text = std::include_str!("../../../src/http/route.rs");
    for path in text
        .lines()
        .filter_map(|line| line.split_once(" => \"")?.1.strip_suffix("\","))
        // Pages are for people.
        .filter(|path| {
            path.starts_with('/') && !path.starts_with("/docs") && !path.starts_with("/dashboard")
        })
    {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let status = ask(&app, method.clone(), &path.replace("{name}", "e"))
                .status()
                .await;
            assert_eq!(
                status != 405,
                described.contains(&format!("{method} {path}")),
                "{method} {path}"
            );
        }
    }
    assert!(described.len() > 15);
}

/// Everything that is referred to is there, and no operation lacks a summary or answers nothing.
#[tokio::test]
async fn the_openapi_document_is_whole() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    found.push(reference.clone());
                }
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(array) => array.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = get(&routes().router(), "/openapi.json").json().await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(
            document
                .pointer(reference.strip_prefix('#').unwrap())
                .is_some(),
            "{reference}"
        );
    }
    for (method, path) in operations(&document) {
        let of = &document["paths"][&path][method.as_str().to_lowercase()];
        assert!(
            of["summary"].is_string()
                && of["operationId"].is_string()
                && of["responses"]["200"].is_object(),
            "{method} {path}"
        );
    }
}

/// Whether a value is as a schema says, as far as ours say anything.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => schema,
    };
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().any(|schema| fits(document, schema, value));
    }
    let has_kind = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => true,
    };
    let required = schema["required"].as_array();
    let has_all = required.is_none_or(|all| {
        all.iter()
            .all(|name| value.get(name.as_str().unwrap()).is_some())
    });
    let properties = schema["properties"].as_object();
    let all_fit = properties.is_none_or(|all| {
        all.iter()
            .all(|(name, schema)| value.get(name).is_none_or(|of| fits(document, schema, of)))
    });
    let items_fit = value.as_array().is_none_or(|all| {
        all.iter()
            .all(|item| fits(document, &schema["items"], item))
    });
    let is_it = schema.get("const").is_none_or(|it| it == value);
    has_kind && has_all && all_fit && items_fit && is_it
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "most of it is a table")]
async fn answers_are_as_the_openapi_document_says() {
    let app = routes().body_bytes(2_000).router();
    let document = get(&app, "/openapi.json").json().await;
    let event = r#"{"id":"1","experiment":"e","variant":"v","action":"g","key":"u"}"#;
    let large = "x".repeat(3_000);
    let (one, name) = (format!("[{event},7]"), "/v1/experiments/{name}");
    let of = |path: &str| format!("{name}{path}");
    for (method, path, uri, body, headers, status) in [
        (
            "POST",
            "/v1/events".to_owned(),
            "/v1/events",
            one.as_str(),
            None,
            200,
        ),
        (
            "POST",
            "/v1/events".to_owned(),
            "/v1/events",
            "x",
            None,
            400,
        ),
        ("POST", "/v1/events".to_owned(), "/v1/events", "", None, 400),
        (
            "POST",
            "/v1/events".to_owned(),
            "/v1/events",
            &large,
            None,
            413,
        ),
        (
            "POST",
            "/v1/events".to_owned(),
            "/v1/events",
            event,
            Some(("content-encoding", "br")),
            415,
        ),
        (
            "POST",
            "/v1/events".to_owned(),
            "/v1/events",
            event,
            Some(("user-agent", "Googlebot")),
            200,
        ),
        (
            "POST",
            of("/archive"),
            "/v1/experiments/e/archive",
            &large,
            None,
            413,
        ),
        (
            "POST",
            of("/unarchive"),
            "/v1/experiments/e/unarchive",
            "",
            None,
            200,
        ),
        (
            "POST",
            of("/winner"),
            "/v1/experiments/e/winner",
            r#"{"variant":"z"}"#,
            None,
            422,
        ),
        (
            "POST",
            of("/control"),
            "/v1/experiments/e/control",
            "{}",
            Some(("content-encoding", "br")),
            415,
        ),
        (
            "POST",
            of("/control"),
            "/v1/experiments/e/control",
            r#"{"variant":"v"}"#,
            None,
            200,
        ),
        (
            "POST",
            of("/pairs"),
            "/v1/experiments/e/pairs",
            r#"{"first":"g","second":"h"}"#,
            None,
            200,
        ),
        ("GET", of(""), "/v1/experiments/e", "", None, 200),
        ("GET", of(""), "/v1/experiments/z", "", None, 404),
        ("GET", of("/days"), "/v1/experiments/e/days", "", None, 200),
        (
            "GET",
            of("/evaluation"),
            "/v1/experiments/e/evaluation",
            "",
            None,
            200,
        ),
        (
            "GET",
            "/v1/experiments".to_owned(),
            "/v1/experiments?limit=1",
            "",
            None,
            200,
        ),
        (
            "GET",
            "/v1/experiments".to_owned(),
            "/v1/experiments?limit=0",
            "",
            None,
            400,
        ),
        (
            "GET",
            "/v1/namespaces".to_owned(),
            "/v1/namespaces",
            "",
            None,
            200,
        ),
        ("POST", "/v1/backup".to_owned(), "/v1/backup", "", None, 409),
        ("GET", "/healthz".to_owned(), "/healthz", "", None, 200),
        ("GET", "/readyz".to_owned(), "/readyz", "", None, 200),
        (
            "POST",
            of("/reset"),
            "/v1/experiments/e/reset",
            "",
            None,
            200,
        ),
        ("DELETE", of(""), "/v1/experiments/e", "", None, 200),
    ] {
        let mut asked = ask(&app, method.parse().unwrap(), uri);
        *asked.request.body_mut() = body.to_owned().into();
        if headers.is_none_or(|(name, _)| name != "user-agent") {
            asked = asked.key(ADMIN);
        }
        if let Some((name, value)) = headers {
            asked = asked.header(name, value);
        }
        let answered = asked.answer().await;
        assert_eq!(
            answered.status,
            status,
            "{method} {uri}: {}",
            answered.text()
        );
        let responses = &document["paths"][&path][method.to_lowercase()]["responses"];
        let response = &responses[status.to_string()];
        let response = match response["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap(),
            None => response,
        };
        let schema = &response["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {uri} {status}");
        assert!(
            fits(&document, schema, &answered.json()),
            "{method} {uri}: {}",
            answered.text()
        );
    }
}

#[tokio::test]
async fn the_page_of_the_documentation_needs_nothing_from_elsewhere() {
    let app = routes().router();
    let page = get(&app, "/prod/docs").answer().await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
        ),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"));
    let text = page.text();
    for (file, kind) in [
        ("docs.js", "text/javascript; charset=utf-8"),
        ("docs.css", "text/css; charset=utf-8"),
    ] {
        // Relative, so that it is found behind a stage as well.
        assert!(text.contains(&format!("\"{file}\"")), "{file}");
        let answered = get(&app, &format!("/prod/{file}")).answer().await;
        assert_eq!(
            (answered.status.as_u16(), answered.header("content-type")),
            (200, kind)
        );
        assert!(!answered.text().contains("://"), "{file}");
    }
    // What the policy would keep from working.
    for forbidden in ["://", "<style", " style=", " onclick=", "<script>"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn the_root_leads_to_pages_for_people() {
    let app = routes().router();
    let answered = get(&app, "/").answer().await;
    let to = if cfg!(feature = "dashboard") {
        "dashboard"
    } else {
        "docs"
    };
    assert_eq!(
        (answered.status.as_u16(), answered.header("location")),
        (303, to)
    );
    assert_eq!(post(&app, "/", "").status().await, 404);
    // Wherever they are mounted.
    let nested = axum::Router::new().nest("/a/b", routes().router());
    let answered = get(&nested, "/a/b").answer().await;
    assert_eq!(answered.header("location"), format!("b/{to}"));
    // An application that has a root of its own keeps it.
    let merged = axum::Router::new()
        .route("/", axum::routing::get(async || "ours"))
        .merge(routes().router_without_stages());
    assert_eq!(get(&merged, "/").text().await, "ours");
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let app = routes().alias("/kcart").unwrap().router();
    let event = "experiment=e&variant=v&event=g&uuid=1";
    for path in ["/track/", "/prod/track/", "/kcart/"] {
        assert_eq!(get(&app, &format!("{path}?{event}")).text().await, "null");
    }
    for path in [
        "/experiments",
        "/v1/experiments",
        "/v1/experiments/e",
        "/prod/v1/experiments/e/days",
    ] {
        let without = get(&app, path).key(READ).text().await;
        let with = get(&app, &format!("{path}/")).key(READ).text().await;
        assert_eq!(with, without, "{path}");
    }
    assert_eq!(get(&app, "/docs/").status().await, 200);
}

#[tokio::test]
async fn other_paths_and_methods_are_told() {
    let app = routes().router();
    assert_eq!(
        get(&app, "/nothing").problem().await,
        (404, "there is no such route; /docs lists them".to_owned())
    );
    let answered = post(&app, "/track", "").answer().await;
    assert_eq!(answered.status, 405);
    assert_eq!(
        answered.json()["message"],
        "this route has no such method; /docs lists them"
    );
    assert!(
        answered.header("allow").contains("GET"),
        "{:?}",
        answered.headers
    );
}
