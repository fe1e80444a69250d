//! Who is answered and not counted.

use variate_collector::http::{ApiKeys, Bots, Role};

use super::{ADMIN, get, post, routes};

const GOOGLE: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const EVENT: &str = r#"{"id":"1","experiment":"e","variant":"v","action":"g"}"#;

async fn experiments(app: &axum::Router) -> usize {
    let listed = get(app, "/v1/experiments").key(ADMIN).json().await;
    listed["experiments"].as_array().unwrap().len()
}

#[tokio::test]
async fn bots_are_answered_and_not_counted() {
    let bots = Bots::known()
        .user_agent("Acme")
        .address("192.0.2.0/24")
        .unwrap();
    let app = routes().bots(bots).router();
    let track = || get(&app, "/track?experiment=e&variant=v&event=g&uuid=1");
    for asked in [
        track().header("user-agent", GOOGLE),
        track().header("user-agent", "acme-monitor"),
        track().from("192.0.2.9"),
        post(&app, "/v1/events", EVENT).header("user-agent", GOOGLE),
    ] {
        assert_eq!(asked.text().await, "null");
    }
    assert_eq!(experiments(&app).await, 0);
    let metrics = get(&app, "/metrics").text().await;
    assert!(metrics.contains("variate_bot_requests_total{known_by=\"user_agent\"} 3\n"));
    assert!(metrics.contains("variate_bot_requests_total{known_by=\"address\"} 1\n"));
    assert_eq!(
        track()
            .from("192.0.3.9")
            .header("user-agent", "Mozilla/5.0 Firefox/140.0")
            .text()
            .await,
        "null"
    );
    assert_eq!(experiments(&app).await, 1);
}

#[tokio::test]
async fn a_sender_with_a_key_is_no_bot() {
    let app = routes()
        .api_keys(
            ApiKeys::new()
                .with(ADMIN, Role::Admin, &[])
                .with("sender", Role::Write, &["n"]),
        )
        .router();
    let answer = post(&app, "/v1/events", EVENT)
        .header("user-agent", "bot")
        .key("sender")
        .json()
        .await;
    assert_eq!(answer["counted"], 1);
    assert_eq!(experiments(&app).await, 1);
}

#[tokio::test]
async fn where_there_are_no_bots_everybody_counts() {
    let app = routes().bots(Bots::none().user_agent(" ")).router();
    get(&app, "/track?experiment=e&variant=v&event=g&uuid=1")
        .header("user-agent", GOOGLE)
        .text()
        .await;
    assert_eq!(experiments(&app).await, 1);
}

#[tokio::test]
async fn an_address_behind_a_trusted_proxy_is_the_one_it_tells() {
    let bots = || Bots::none().address("192.0.2.9").unwrap();
    let track = |app| {
        get(app, "/track?experiment=e&variant=v&event=g&uuid=1")
            .from("127.0.0.1")
            .header("x-forwarded-for", "198.51.100.1, 192.0.2.9")
    };
    let app = routes().bots(bots()).router();
    track(&app).text().await;
    assert_eq!(experiments(&app).await, 1);
    let app = routes().bots(bots()).trusted_proxies(1).router();
    track(&app).text().await;
    assert_eq!(experiments(&app).await, 0);
}
