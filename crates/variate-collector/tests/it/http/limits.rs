//! Rates, and how many names there may be.

use variate_collector::http::Routes;
use variate_collector::{Limits, MemoryStore};

use super::{READ, collector, get, keys, post, routes};

const EVENT: &str = "/track?experiment=e&variant=v&event=g&uuid=1";

#[tokio::test]
async fn who_asks_too_often_is_told_and_others_are_answered() {
    let app = routes().rate(1).router();
    for _ in 0..10 {
        assert_eq!(get(&app, EVENT).from("192.0.2.1").status().await, 200);
    }
    let answered = get(&app, EVENT).from("192.0.2.1").answer().await;
    assert_eq!(
        (answered.status.as_u16(), answered.text().as_str()),
        (429, r#"{"message":"Too Many Requests"}"#)
    );
    assert_eq!(answered.header("retry-after"), "1");
    assert_eq!(
        post(&app, "/v1/events", "[]")
            .from("192.0.2.1")
            .status()
            .await,
        429
    );
    assert_eq!(
        get(&app, "/experiments")
            .key(READ)
            .from("192.0.2.1")
            .status()
            .await,
        429
    );
    assert_eq!(get(&app, EVENT).from("192.0.2.2").status().await, 200);
    // Whoever looks after the collector still sees it.
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(get(&app, path).from("192.0.2.1").status().await, 200);
    }
}

#[tokio::test]
async fn nobody_gets_another_allowance_by_claiming_another_address() {
    let ask = |app: &axum::Router, number: usize| {
        get(app, EVENT)
            .from("127.0.0.1")
            .header(
                "x-forwarded-for",
                &format!("198.51.100.{number}, 192.0.2.1"),
            )
            .status()
    };
    for proxies in [0, 1] {
        let app = routes().rate(1).trusted_proxies(proxies).router();
        for number in 0..10 {
            assert_eq!(ask(&app, number).await, 200);
        }
        assert_eq!(ask(&app, 11).await, 429);
    }
    let app = routes().rate(1).trusted_proxies(2).router();
    for number in 0..20 {
        assert_eq!(ask(&app, number).await, 200);
    }
}

#[tokio::test]
async fn more_names_than_there_may_be_are_told() {
    let mut limits = Limits::default();
    limits.experiments = 1;
    limits.variants = 1;
    let app = Routes::new(collector(MemoryStore::with_limits(limits)))
        .api_keys(keys())
        .router();
    assert_eq!(get(&app, EVENT).status().await, 200);
    let problem = get(&app, "/track?experiment=e2&variant=v&event=g&uuid=1")
        .problem()
        .await;
    assert_eq!(
        problem,
        (
            422,
            "there are 1 experiments already; another one needs a higher limit".to_owned()
        )
    );
    let written = r#"{"id":"1","experiment":"e","variant":"v2","action":"g"}"#;
    let answer = post(&app, "/v1/events", written).json().await;
    assert_eq!(
        answer["events"][0]["error"],
        "there are 1 variants already; another one needs a higher limit"
    );
}
