//! `GET /v1/experiments/{name}/evaluation`, over a socket.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use variate::{Metric, MetricKind};
use variate_collector::http::{Routes, Server};
use variate_collector::live::{ExperimentPlan, LiveEvaluation, Plans};
use variate_collector::{EventStore, MemoryStore, NewEvent};

use super::{ADMIN, Mood, NOW, READ, TestStore, collector, get, keys};

/// 200 units of each variant, of whom a tenth and a fifth bought.
fn store() -> MemoryStore {
    let store = MemoryStore::new();
    for unit in 0..400_u64 {
        let variant = ["control", "red"][usize::try_from(unit % 2).unwrap()];
        let event = |action: &'static str| {
            NewEvent::new(
                "alephbet",
                "pill color",
                variant,
                action,
                format!("{action}{unit}"),
            )
            .of_unit(unit.to_string())
            .at(NOW - 86_400_000 + unit)
        };
        store.ingest(&[event("assignment")]).unwrap();
        if unit / 2 % 10 <= unit % 2 {
            store.ingest(&[event("bought")]).unwrap();
        }
    }
    store
}

fn plan() -> ExperimentPlan {
    let mut plan = ExperimentPlan::new(["control", "red"]);
    plan.metrics = vec![Metric::new("purchases", MetricKind::conversion("bought"))];
    plan
}

const PATH: &str = "/v1/experiments/pill%20color/evaluation";

#[tokio::test]
async fn what_is_declared_is_evaluated_and_may_change_meanwhile() {
    let plans = Plans::new();
    let app = Routes::new(collector(store()))
        .api_keys(keys())
        .plans(&plans);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let server = Server::new(app.router());
    let serving = tokio::spawn(server.serve(listener, async { drop(ended.await) }));
    let ask = || async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET {PATH} HTTP/1.1\r\nhost: a\r\nx-api-key: {READ}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(head.contains("content-type: application/json"), "{head}");
        serde_json::from_str::<LiveEvaluation>(body).unwrap()
    };
    let live = ask().await;
    assert_eq!((live.version, live.at), (1, NOW));
    assert!(live.declared.is_none());
    assert_eq!(live.metrics[0].metric.name, "bought");
    plans.replace([("alephbet", "pill color", plan())]);
    let live = ask().await;
    assert!(live.declared.is_some());
    assert_eq!(live.metrics[0].metric.name, "purchases");
    let purchases = &live.evaluation.metrics[0];
    let values: Vec<f64> = purchases
        .variants
        .iter()
        .map(|of| of.value.unwrap())
        .collect();
    assert_eq!(values, [0.1, 0.2]);
    // Fisher's exact test is for fewer; by hand: 0.1 / sqrt(0.09 / 200 + 0.16 / 200).
    let difference = purchases.comparisons[0].difference.unwrap();
    assert!((difference.fixed.statistic() - 0.1 / 0.00125_f64.sqrt()).abs() < 1e-9);
    drop(end);
    serving.await.unwrap();
}

#[tokio::test]
async fn it_is_for_those_who_may_read_what_there_is() {
    let plans = Plans::new();
    let app = Routes::new(collector(store()))
        .api_keys(keys())
        .plans(&plans);
    let app = app.router();
    assert_eq!(get(&app, PATH).status().await, 403);
    assert_eq!(get(&app, PATH).key("nobody").status().await, 403);
    assert_eq!(get(&app, PATH).key(ADMIN).status().await, 200);
    let elsewhere = format!("{PATH}?namespace=shop");
    let (status, message) = get(&app, &elsewhere).key(READ).problem().await;
    assert_eq!(status, 404);
    assert_eq!(message, "namespace `shop` has no experiment `pill color`");
    // One that is declared is there before its first event.
    plans.replace([("shop", "pill color", plan())]);
    let live = get(&app, &elsewhere).key(READ).json().await;
    assert_eq!(live["evaluation"]["units"], 0);
    assert_eq!(live["evaluation"]["conclusion"]["decision"], "keep_running");
}

#[tokio::test]
async fn a_plan_that_contradicts_itself_and_a_store_that_fails_are_told() {
    let plans = Plans::new();
    let mut wrong = plan();
    wrong.plan.alpha = 2.0;
    plans.replace([("alephbet", "pill color", wrong)]);
    let app = Routes::new(collector(store()))
        .api_keys(keys())
        .plans(&plans);
    let (status, message) = get(&app.router(), PATH).key(READ).problem().await;
    assert_eq!(status, 422);
    assert!(message.contains("alpha is 2"), "{message}");
    let failing = TestStore::default();
    failing.becomes(Mood::Failing);
    let app = Routes::new(collector(failing.store())).api_keys(keys());
    assert_eq!(get(&app.router(), PATH).key(READ).status().await, 503);
}

#[cfg(feature = "catalogue")]
#[test]
fn catalogues_say_what_is_measured_and_how_it_is_split() {
    use variate::{Catalogue, Format};

    let text = r#"
    [experiments.pill]
    owner = "growth"
    variants = ["control", "red", "blue"]
    rollout = { weights = { control = 50, red = 50, blue = 0 } }
    ends = 2026-12-01
    [experiments.pill.plan]
    alpha = 0.01
    [[experiments.pill.metrics]]
    name = "click rate"
    kind = "ratio"
    numerator = "clicked"
    denominator = "viewed"
    minimum_effect = 0.05

    [experiments.shape]
    segments = [{ variant = "candidate", when = { key = "plan", equals = "pro" } }]
    "#;
    let catalogue = Catalogue::parse(text, Format::Toml, "file").unwrap();
    let plans = Plans::new();
    plans.replace([("other", "gone", plan())]);
    plans.replace_with_catalogues("shop", Some("eu"), [&catalogue]);
    assert_eq!(plans.names("shop"), ["eu_pill", "eu_shape"]);
    plans.replace_with_catalogues("shop", None, [&catalogue]);
    assert_eq!(plans.names("shop"), ["pill", "shape"]);
    assert!(plans.get("other", "gone").is_none());
    let pill = plans.get("shop", "pill").unwrap();
    assert_eq!(pill.shares.get("red"), Some(&50.0));
    assert_eq!(Some(pill.plan.alpha), Some(0.01));
    assert_eq!(pill.about.owner.as_deref(), Some("growth"));
    let shape = plans.get("shop", "shape").unwrap();
    assert!(!shape.checks_split && shape.shares.is_empty());
    // Ratios of two actions need products, which the store keeps from now on.
    let store = MemoryStore::new();
    assert!(plans.keep_pairs(&store).unwrap().is_empty());
    let experiments = store.experiments("shop").unwrap();
    assert_eq!(experiments.len(), 1);
    assert_eq!(experiments[0].pairs[0].first, "clicked");
    // Again, it changes nothing.
    assert!(plans.keep_pairs(&store).unwrap().is_empty());
    assert_eq!(store.experiments("shop").unwrap(), experiments);
    // A variant without a share is none of the evaluation.
    let tallies = store.tallies("shop", "pill").unwrap().unwrap();
    let live = LiveEvaluation::of(&tallies, Some(&pill), NOW).unwrap();
    let names: Vec<&str> = live
        .evaluation
        .variants
        .iter()
        .map(|of| of.name.as_str())
        .collect();
    assert_eq!(names, ["control", "red"]);
    assert_eq!(
        live.progress.planned_last_day.unwrap().to_string(),
        "2026-11-30"
    );
}
