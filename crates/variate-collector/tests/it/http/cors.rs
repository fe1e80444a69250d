//! Pages of other origins.

use axum::http::Method;

use super::{READ, ask, get, post, routes};

const EVENT: &str = "/track?experiment=e&variant=v&event=g&uuid=1";
const PATHS: [&str; 9] = [
    "/track",
    "/prod/track",
    "/kcart",
    "/experiments",
    "/delete",
    "/v1/events",
    "/v1/experiments",
    "/v1/experiments/e/archive",
    "/anything",
];

#[tokio::test]
async fn a_preflight_is_allowed_everything_that_there_is() {
    let app = routes().alias("/kcart").unwrap().router();
    for path in PATHS {
        let answered = ask(&app, Method::OPTIONS, path)
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "DELETE")
            .header("access-control-request-headers", "x-api-key")
            .answer()
            .await;
        assert_eq!(answered.status, 200, "{path}");
        assert!(answered.body.is_empty());
        assert!(
            ["*", "https://shop.example"].contains(&answered.header("access-control-allow-origin")),
            "{path}"
        );
        let methods: Vec<&str> = answered
            .header("access-control-allow-methods")
            .split(", ")
            .collect();
        assert!(
            ["GET", "DELETE", "OPTIONS"]
                .iter()
                .all(|method| methods.contains(method)),
            "{path}"
        );
        let headers = answered.header("access-control-allow-headers");
        assert!(
            headers.starts_with(
                "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token"
            ),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_answer_may_be_read_whatever_its_status() {
    let app = routes().rate(1).body_bytes(10).router();
    let mut statuses = Vec::new();
    for asked in [
        get(&app, EVENT),
        get(&app, "/track"),
        get(&app, "/experiments"),
        get(&app, "/anything"),
        ask(&app, Method::PUT, "/track"),
        post(&app, "/v1/events", "12345678901"),
        post(&app, "/v1/events", "").header("content-encoding", "br"),
    ] {
        let answered = asked.answer().await;
        statuses.push(answered.status.as_u16());
        assert_eq!(
            answered.header("access-control-allow-origin"),
            "*",
            "{}",
            answered.status
        );
        assert_eq!(
            answered.header("cache-control"),
            "no-cache, no-store, must-revalidate"
        );
        assert_eq!(answered.header("x-content-type-options"), "nosniff");
    }
    assert_eq!(statuses, [200, 400, 403, 404, 405, 413, 415]);
    for _ in 0..10 {
        let _ = get(&app, EVENT).from("192.0.2.1").answer().await;
    }
    let limited = get(&app, EVENT).from("192.0.2.1").answer().await;
    assert_eq!(
        (
            limited.status.as_u16(),
            limited.header("access-control-allow-origin")
        ),
        (429, "*")
    );
}

#[tokio::test]
async fn listed_origins_are_named_and_events_of_others_are_not_taken() {
    let app = routes()
        .allow_origin("https://shop.example")
        .unwrap()
        .allow_origin("https://blog.example:8443")
        .unwrap()
        .router();
    for origin in ["https://shop.example", "https://blog.example:8443"] {
        let answered = get(&app, EVENT).header("origin", origin).answer().await;
        assert_eq!(
            (
                answered.status.as_u16(),
                answered.header("access-control-allow-origin")
            ),
            (200, origin)
        );
        assert_eq!(answered.header("vary"), "Origin");
    }
    for asked in [
        get(&app, "/track?experiment=e&variant=v&event=g&uuid=2"),
        post(
            &app,
            "/v1/events",
            r#"{"id":"3","experiment":"e","variant":"v","action":"g"}"#,
        ),
    ] {
        let answered = asked
            .header("origin", "https://evil.example")
            .answer()
            .await;
        assert_eq!(
            (
                answered.status.as_u16(),
                answered.header("access-control-allow-origin")
            ),
            (403, "")
        );
        assert_eq!(
            answered.json()["message"],
            "pages of https://evil.example may not send events here: it is not among the allowed origins"
        );
    }
    // No page at all, and a page of this very host.
    assert_eq!(
        get(&app, "/track?experiment=e&variant=v&event=g&uuid=4")
            .status()
            .await,
        200
    );
    let own = get(&app, "/track?experiment=e&variant=v&event=g&uuid=5")
        .header("host", "collector.example")
        .header("origin", "https://collector.example");
    assert_eq!(own.status().await, 200);
    let results = get(&app, "/experiments").key(READ).json().await;
    assert_eq!(results[1]["goals"][0]["results"][0]["successes"], 3);
}

/// Browsers send them with credentials, whatever the page wants, and then insist on both headers.
#[tokio::test]
async fn beacons_may_be_sent_from_anywhere() {
    let app = routes().router();
    let asked =
        ask(&app, Method::OPTIONS, "/v1/events").header("access-control-request-method", "POST");
    for asked in [
        asked,
        post(
            &app,
            "/v1/events",
            r#"{"id":"3","experiment":"e","variant":"v","action":"g"}"#,
        ),
    ] {
        let answered = asked
            .header("origin", "https://shop.example")
            .answer()
            .await;
        assert_eq!(answered.status, 200);
        assert_eq!(
            answered.header("access-control-allow-origin"),
            "https://shop.example"
        );
        assert_eq!(answered.header("access-control-allow-credentials"), "true");
        assert_eq!(answered.header("vary"), "Origin");
    }
    // What can be read behind somebody's login stays there.
    let answered = get(&app, "/experiments")
        .key(READ)
        .header("origin", "https://shop.example")
        .answer()
        .await;
    assert_eq!(answered.header("access-control-allow-origin"), "*");
    assert_eq!(answered.header("access-control-allow-credentials"), "");
}
