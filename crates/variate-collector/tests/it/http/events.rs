//! Batches of events.

use std::io::Write;

use axum::body::{Body, Bytes};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{ADMIN, NOW, READ, get, post, routes};

fn event(id: &str) -> Value {
    json!({"id": id, "experiment": "e", "variant": "v", "action": "g"})
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn the_outcome_of_each_event_is_told_in_order() {
    let app = routes().router();
    post(
        &app,
        "/v1/events",
        json!([{"id": "0", "experiment": "old", "variant": "v", "action": "g"}]).to_string(),
    )
    .text()
    .await;
    post(&app, "/v1/experiments/old/archive", "")
        .key(ADMIN)
        .text()
        .await;
    let batch = json!([
        event("1"),
        event("1"),
        {"id": "9", "experiment": "old", "variant": "v", "action": "g"},
        {"id": "2", "experiment": "", "variant": "v", "action": "g"},
        {"id": "3", "experiment": "e", "variant": "v", "action": "g", "at": NOW + 7 * 86_400_000},
        event("4"),
    ]);
    let answer = post(&app, "/v1/events", batch.to_string()).json().await;
    let expected = json!({
        "events": [
            {"outcome": "counted"},
            {"outcome": "duplicate"},
            {"outcome": "archived"},
            {"outcome": "refused", "index": 3, "error": "`experiment` has 0 bytes; it must have 1 to 255"},
            {"outcome": "refused", "index": 4, "error": "`at` is 1795867200000, which is 604800 s ahead of the collector's clock"},
            {"outcome": "counted"},
        ],
        "counted": 2, "duplicates": 1, "archived": 1, "refused": 2, "unavailable": 0,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn malformed_events_in_the_middle_do_not_take_the_others_along() {
    let app = routes().router();
    let lines = format!("{}\n{{\"id\": \n{}\n", event("1"), event("2"));
    let answer = post(&app, "/v1/events", lines)
        .header("content-type", "application/x-ndjson")
        .json()
        .await;
    assert_eq!(answer["events"][0]["outcome"], "counted");
    assert_eq!(answer["events"][1]["outcome"], "refused");
    assert_eq!(
        (&answer["events"][1]["index"], &answer["events"][1]["line"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(answer["events"][2]["outcome"], "counted");
    // What is refused for what it says has its line as well.
    let with = |field: &str| {
        event("9")
            .to_string()
            .replace("\"id\"", &format!("{field}, \"id\""))
    };
    let (late, high) = (with("\"at\": 4000000000000"), with("\"value\": -1e308"));
    let answer = post(
        &app,
        "/v1/events",
        format!("\n{}\n\n{late}\n{high}\n", event("1")),
    )
    .header("content-type", "application/x-ndjson")
    .json()
    .await;
    let told = |index: usize, field: &str| answer["events"][index][field].clone();
    assert_eq!([told(1, "line"), told(2, "line")], [json!(4), json!(5)]);
    assert_eq!([told(1, "index"), told(2, "index")], [json!(1), json!(2)]);
    assert_eq!(
        told(2, "error"),
        "`value` is -1e308; it must be a number from -1000000000000000 to 1000000000000000"
    );
    for middle in ["7", "{\"id\":1}", "{\"id\":}", "nonsense", "[]", ""] {
        let array = format!("[{},{middle},{}]", event("1"), event("2"));
        let answer = post(&app, "/v1/events", array)
            .header("content-type", "application/json")
            .json()
            .await;
        let outcomes: Vec<&Value> = answer["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|of| &of["outcome"])
            .collect();
        assert_eq!(outcomes, ["duplicate", "refused", "duplicate"], "{middle}");
        assert_eq!(answer["events"][1]["index"], 1);
        assert_ne!(answer["events"][1]["error"], "");
    }
    let broken = format!("[{},{}, {{\"id", event("1"), event("3"));
    let answer = post(&app, "/v1/events", broken).json().await;
    assert_eq!(
        (
            &answer["counted"],
            &answer["duplicates"],
            &answer["refused"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
}

#[tokio::test]
async fn where_nothing_is_an_event_the_status_says_so() {
    let app = routes().router();
    for body in ["{", "nonsense\nmore", "[1,2]", "[", "null"] {
        let answered = post(&app, "/v1/events", body).answer().await;
        assert_eq!(answered.status, 400, "{body}");
        assert_eq!(answered.json()["counted"], 0);
    }
    let message =
        "there is no event in the body: it must be a JSON array of events, or one event a line";
    assert_eq!(
        post(&app, "/v1/events", "").problem().await,
        (400, message.to_owned())
    );
    assert_eq!(
        post(&app, "/v1/events", " \n").problem().await,
        (400, message.to_owned())
    );
    assert_eq!(
        post(&app, "/v1/events", "[]").json().await["events"],
        json!([])
    );
}

/// What js/variate.js sends with `navigator.sendBeacon`: one event, as JSON.
#[tokio::test]
async fn a_page_sends_one_event_of_the_library() {
    let app = routes().router();
    let exposure = json!({"id": "0a7ff1f4-5d0a-4f0e-8e36-9df2f8c3a001", "experiment": "pill", "variant": "red", "key": "10ef0ded7137fc31695115082c9699f8", "action": "assignment", "reason": "resolved", "at": NOW - 2000});
    let clicked = json!({"id": "0a7ff1f4-5d0a-4f0e-8e36-9df2f8c3a002", "experiment": "pill", "variant": "red", "key": "10ef0ded7137fc31695115082c9699f8", "migration_keys": ["faadffc46adbdd3b72a13fde2cc656a7"], "action": "swallowed", "properties": {"currency": "EUR"}, "reason": "published", "at": NOW - 1000, "value": 9.5});
    for event in [exposure, clicked] {
        let answer = post(&app, "/v1/events", event.to_string())
            .header("content-type", "application/json")
            .json()
            .await;
        assert_eq!(answer["counted"], 1);
    }
    let tallies = get(&app, "/v1/experiments/pill").key(READ).json().await;
    let swallowed = &tallies["cells"][1];
    assert_eq!(
        (&swallowed["action"], &swallowed["total"]["counted"]["sum"]),
        (&json!("swallowed"), &json!(9.5))
    );
    assert_eq!(tallies["last_event_at"], NOW - 1000);
}

#[tokio::test]
async fn namespace_and_time_are_those_of_the_event_or_of_the_request() {
    let app = routes().namespace("shop").router();
    let mut named = event("1");
    named["namespace"] = json!("named");
    named["at"] = json!(NOW - 5);
    post(
        &app,
        "/v1/events?namespace=asked",
        json!([named, event("2")]).to_string(),
    )
    .text()
    .await;
    post(&app, "/v1/events", event("3").to_string())
        .text()
        .await;
    for (namespace, at) in [("named", NOW - 5), ("asked", NOW), ("shop", NOW)] {
        let tallies = get(&app, &format!("/v1/experiments/e?namespace={namespace}"))
            .key(READ)
            .json()
            .await;
        assert_eq!(
            (&tallies["first_event_at"], &tallies["last_event_at"]),
            (&json!(at), &json!(at)),
            "{namespace}"
        );
    }
}

#[tokio::test]
async fn a_body_may_be_compressed() {
    let app = routes().router();
    for encoding in ["gzip", "x-gzip", "GZIP", "X-GZip"] {
        let body = gzip(json!([event("1"), event("2")]).to_string().as_bytes());
        let answer = post(&app, "/v1/events", body)
            .header("content-encoding", encoding)
            .json()
            .await;
        assert_eq!(answer["refused"], 0);
    }
    let (status, message) = post(&app, "/v1/events", "[]")
        .header("content-encoding", "gzip")
        .problem()
        .await;
    assert_eq!(status, 400);
    assert!(
        message.starts_with("the body is not gzip as its content encoding says: "),
        "{message}"
    );
    let cut = gzip(event("3").to_string().as_bytes());
    let (status, _) = post(&app, "/v1/events", cut[..cut.len() - 9].to_vec())
        .header("content-encoding", "gzip")
        .problem()
        .await;
    assert_eq!(status, 400);
    let problem = post(&app, "/v1/events", "[]")
        .header("content-encoding", "br")
        .problem()
        .await;
    assert_eq!(
        problem,
        (
            415,
            "content encoding `br` is not known: send gzip or none".to_owned()
        )
    );
}

#[tokio::test]
async fn a_body_is_limited_however_it_is_sent() {
    let app = routes().body_bytes(1_000).router();
    let expected = (
        413,
        "the body has more than 1000 bytes, compressed or not".to_owned(),
    );
    let long = event(&"x".repeat(1_000)).to_string();
    assert_eq!(
        post(&app, "/v1/events", long.clone()).problem().await,
        expected
    );
    // The header lies, or is not there.
    let stream = || Body::new(http_body_util::Full::new(Bytes::from(long.clone())));
    assert_eq!(
        post(&app, "/v1/events", stream())
            .header("content-length", "10")
            .problem()
            .await,
        expected
    );
    assert_eq!(
        post(&app, "/v1/events", "")
            .header("content-length", "1001")
            .problem()
            .await,
        expected
    );
    // A thousand times as large as it looks.
    let bomb = gzip(&vec![b' '; 100_000]);
    assert!(bomb.len() < 1_000);
    assert_eq!(
        post(&app, "/v1/events", bomb)
            .header("content-encoding", "gzip")
            .problem()
            .await,
        expected
    );
    let fits = event(&"x".repeat(900)).to_string();
    assert_eq!(post(&app, "/v1/events", fits).json().await["counted"], 1);
}

#[tokio::test]
async fn the_number_of_events_is_limited() {
    let app = routes().batch_events(3).router();
    let batch = |count: usize| {
        let events = (0..count).map(|id| event(&id.to_string()));
        events.collect::<Value>().to_string()
    };
    let message = "there are more than 3 events in the request; send fewer at once";
    assert_eq!(
        post(&app, "/v1/events", batch(4)).problem().await,
        (413, message.to_owned())
    );
    assert_eq!(post(&app, "/v1/events", "[0,0,0,0]").problem().await.0, 413);
    assert_eq!(
        post(&app, "/v1/events", batch(3)).json().await["counted"],
        3
    );
}
