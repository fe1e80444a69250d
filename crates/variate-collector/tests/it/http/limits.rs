//! Rates, how many names there may be, and the room for bodies.

use variate_collector::http::Routes;
use variate_collector::{Limits, MemoryStore};

use super::{ADMIN, READ, collector, get, keys, post, routes};

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

/// Bodies of which one piece came, and which go on when the senders do.
fn begun(app: &axum::Router, uri: &str, piece: &'static [u8]) -> super::Asked {
    let pieces = Begun(Some(axum::body::Bytes::from_static(piece)));
    post(app, uri, axum::body::Body::new(pieces))
}

struct Begun(Option<axum::body::Bytes>);

impl axum::body::HttpBody for Begun {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        match self.0.take() {
            Some(piece) => std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(piece)))),
            None => std::task::Poll::Pending,
        }
    }
}

/// Holds so many requests until they wait for more of their body.
async fn held(asked: Vec<super::Asked>) -> Vec<std::pin::Pin<Box<dyn Future<Output = u16>>>> {
    let mut held: Vec<std::pin::Pin<Box<dyn Future<Output = u16>>>> = Vec::new();
    for asked in asked {
        let mut asked: std::pin::Pin<Box<dyn Future<Output = u16>>> = Box::pin(asked.status());
        tokio::select! {
            biased;
            status = &mut asked => panic!("answered {status}"),
            () = tokio::task::yield_now() => held.push(asked),
        }
    }
    held
}

const ONE: &str = r#"[{"id":"1","experiment":"e","variant":"v","action":"g"}]"#;

#[tokio::test]
async fn bodies_that_only_began_keep_nobody_out() {
    let app = routes().router();
    let begun = (0..500).map(|_| begun(&app, "/v1/events?namespace=shop", b"["));
    let held = held(begun.collect()).await;
    assert_eq!(post(&app, "/v1/events", ONE).status().await, 200);
    drop(held);
}

#[tokio::test]
async fn without_room_those_with_a_key_are_still_heard_and_it_is_given_back() {
    // There is room for 24 of the largest.
    let app = routes().router();
    let large: &'static [u8] = vec![b' '; Routes::BODY_BYTES - 1024].leak();
    let mut asked: Vec<_> = (0..24).map(|_| begun(&app, "/v1/events", large)).collect();
    asked.extend((0..2).map(|_| begun(&app, "/v1/events", b"[")));
    let held = held(asked).await;
    let problem = post(&app, "/v1/events", ONE).problem().await;
    assert_eq!(
        problem,
        (
            503,
            "too many events are being sent at once; send again later".to_owned()
        )
    );
    assert_eq!(post(&app, "/v1/events", ONE).key(ADMIN).status().await, 200);
    let control = post(&app, "/v1/experiments/e/control", r#"{"variant":"v"}"#);
    assert_eq!(control.key(ADMIN).status().await, 200);
    drop(held);
    assert_eq!(post(&app, "/v1/events", ONE).status().await, 200);
}

#[tokio::test]
async fn who_may_send_nothing_is_told_before_the_body_came() {
    use variate_collector::http::Role;
    let shop = keys().with("shop-key", Role::Write, &["shop"]);
    let app = routes().api_keys(shop.clone()).router();
    let uri = "/v1/events?namespace=shop";
    // The rest of the body is not waited for either.
    assert_eq!(
        begun(&app, uri, b"[")
            .header("expect", "100-continue")
            .status()
            .await,
        403
    );
    let mut waits = Box::pin(begun(&app, uri, b"[").key("shop-key").status());
    tokio::select! {
        biased;
        status = &mut waits => panic!("answered {status}"),
        () = tokio::task::yield_now() => {}
    }
    let app = routes()
        .api_keys(shop.with("all-key", Role::Write, &[]))
        .router();
    let asked = begun(&app, "/v1/events", b"[").header("expect", "100-continue");
    assert_eq!(asked.status().await, 403);
}

#[tokio::test]
async fn only_listed_namespaces_are_open_to_whoever_has_no_key() {
    let app = routes()
        .open_namespace("shop")
        .open_namespace("blog")
        .router();
    let event = |namespace: &str| format!("{EVENT}&namespace={namespace}");
    assert_eq!(get(&app, &event("blog")).status().await, 200);
    assert_eq!(get(&app, &event("junk")).status().await, 403);
    assert_eq!(get(&app, EVENT).status().await, 403);
    assert_eq!(get(&app, &event("new")).key(ADMIN).status().await, 200);
    let batch = r#"[{"id":"1","experiment":"e","variant":"v","action":"g","namespace":"shop"},
        {"id":"2","experiment":"e","variant":"v","action":"g","namespace":"junk"}]"#;
    let answer = post(&app, "/v1/events", batch).json().await;
    assert_eq!(
        (&answer["counted"], &answer["refused"]),
        (&1.into(), &1.into())
    );
    let named = get(&app, "/v1/namespaces").key(READ).text().await;
    assert_eq!(named, r#"{"namespaces":["blog","new","shop"]}"#);
}
