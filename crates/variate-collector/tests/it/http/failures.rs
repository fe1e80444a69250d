//! A store that fails, and a queue that is full.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use variate_collector::http::Routes;
use variate_collector::{
    Change, ChangeError, Collector, Day, EventStore, ExperimentInfo, ExperimentTallies,
    MemoryStore, NewEvent, Outcome, StoreError,
};

use super::{ADMIN, Mood, READ, TestStore, ask, collector, get, keys, post};

const EVENT: &str = "/track?experiment=e&variant=v&event=g&uuid=1";
const WRITTEN: &str = r#"{"id":"1","experiment":"e","variant":"v","action":"g"}"#;

fn app() -> (TestStore, axum::Router) {
    let store = TestStore::default();
    let routes = Routes::new(collector(store.store())).api_keys(keys());
    (store, routes.router())
}

#[tokio::test]
async fn a_store_that_fails_is_told_and_the_event_counts_when_it_is_sent_again() {
    let (store, app) = app();
    store.becomes(Mood::Failing);
    for _ in 0..2 {
        let answered = get(&app, EVENT).answer().await;
        assert_eq!(answered.status, 503);
        assert_eq!(
            answered.json()["message"],
            "the store of events failed; send again later"
        );
        assert_eq!(answered.header("access-control-allow-origin"), "*");
        assert_eq!(answered.header("retry-after"), "1");
        assert!(!answered.text().contains("secret-host"));
    }
    assert_eq!(post(&app, "/v1/events", WRITTEN).status().await, 503);
    store.becomes(Mood::Well);
    assert_eq!(get(&app, EVENT).text().await, "null");
    assert_eq!(
        post(&app, "/v1/events", WRITTEN).json().await["duplicates"],
        1
    );
}

#[tokio::test]
async fn every_route_that_asks_a_store_that_fails_says_so() {
    let (store, app) = app();
    get(&app, EVENT).text().await;
    for (mood, status) in [(Mood::Failing, 503), (Mood::Panicking, 500)] {
        store.becomes(mood);
        for (method, path, body) in [
            (Method::GET, "/experiments", ""),
            (Method::DELETE, "/delete?experiment=e", ""),
            (Method::GET, "/v1/experiments", ""),
            (Method::GET, "/v1/experiments/e", ""),
            (Method::GET, "/v1/experiments/e/days", ""),
            (Method::DELETE, "/v1/experiments/e", ""),
            (Method::POST, "/v1/experiments/e/archive", ""),
            (Method::POST, "/v1/experiments/e/reset", ""),
            (
                Method::POST,
                "/v1/experiments/e/winner",
                r#"{"variant":"v"}"#,
            ),
            (
                Method::POST,
                "/v1/experiments/e/pairs",
                r#"{"first":"a","second":"b"}"#,
            ),
            (Method::GET, "/readyz", ""),
        ] {
            let mut asked = ask(&app, method, path).key(ADMIN);
            *asked.request.body_mut() = body.into();
            let (answered, message) = asked.problem().await;
            assert_eq!(answered, status, "{path}: {message}");
            assert!(!message.contains("secret-host"), "{message}");
        }
    }
    assert_eq!(get(&app, "/healthz").status().await, 200);
    store.becomes(Mood::Well);
    assert_eq!(
        get(&app, "/experiments").key(READ).json().await[1]["experiment"],
        "e"
    );
}

/// A store that lost a part of what it knew of the experiment `lost`.
struct Losing(MemoryStore);

impl EventStore for Losing {
    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        let one = |event: &NewEvent<'_>| match &*event.experiment {
            "lost" => Ok(Outcome::Unavailable {
                what: "`secret-host` lost it".to_owned(),
            }),
            _ => self
                .0
                .ingest(std::slice::from_ref(event))
                .map(|mut of| of.remove(0)),
        };
        events.iter().map(one).collect()
    }

    fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        self.0.namespaces()
    }

    fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        self.0.experiments(namespace)
    }

    fn tallies(
        &self,
        namespace: &str,
        experiment: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError> {
        match experiment {
            "lost" => Err(StoreError::DamagedExperiment {
                place: "secret-host".to_owned(),
                what: "it is lost".to_owned(),
            }),
            _ => self.0.tallies(namespace, experiment),
        }
    }

    fn change(
        &self,
        namespace: &str,
        experiment: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        self.0.change(namespace, experiment, change)
    }

    fn delete(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        self.0.delete(namespace, experiment)
    }

    fn reset(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        self.0.reset(namespace, experiment)
    }

    fn expire(&self, before: Day) -> Result<u64, StoreError> {
        self.0.expire(before)
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.0.ready()
    }
}

#[tokio::test]
async fn an_experiment_that_the_store_lost_stops_no_other() {
    let store = Losing(MemoryStore::new());
    let kept = Change::Archived(false);
    store.change("alephbet", "lost", &kept).unwrap();
    let collector = collector(store);
    let app = Routes::new(collector.clone()).api_keys(keys()).router();
    let event =
        |experiment| json!({"id": "1", "experiment": experiment, "variant": "v", "action": "g"});
    let batch = json!([event("e"), event("lost"), event("f")]).to_string();
    let answered = post(&app, "/v1/events", batch).json().await;
    let outcomes: Vec<_> = (0..3)
        .map(|at| &answered["events"][at]["outcome"])
        .collect();
    assert_eq!(outcomes, ["counted", "unavailable", "counted"]);
    assert_eq!(
        (&answered["counted"], &answered["unavailable"]),
        (&json!(2), &json!(1))
    );
    assert!(!answered.to_string().contains("secret-host"));
    assert_eq!(collector.stats().failed, 1);

    let track = "/track?experiment=lost&variant=v&event=g&uuid=1";
    let (status, message) = get(&app, track).problem().await;
    assert_eq!(status, 503);
    assert!(message.contains("restores or resets"), "{message}");

    let answered = get(&app, "/experiments").key(READ).answer().await;
    assert_eq!(answered.status, 200);
    assert!(
        answered
            .header("x-variate-warning")
            .starts_with("1 experiment")
    );
    let listed = answered.json();
    assert_eq!(
        (&listed[1]["experiment"], &listed[2]["experiment"]),
        (&json!("e"), &json!("f"))
    );
    assert_eq!(listed.as_array().map(Vec::len), Some(3));
    let named = get(&app, "/experiments?scope=lost")
        .key(READ)
        .status()
        .await;
    assert_eq!(named, 503);
    let whole = get(&app, "/experiments?scope=e,f").key(READ).answer().await;
    assert_eq!(
        (whole.status.as_u16(), whole.header("x-variate-warning")),
        (200, "")
    );
}

#[tokio::test]
async fn a_store_that_panics_while_it_counts_has_failed() {
    let (store, app) = app();
    store.becomes(Mood::Panicking);
    assert_eq!(get(&app, EVENT).status().await, 503);
    store.becomes(Mood::Well);
    assert_eq!(get(&app, EVENT).status().await, 200);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_not_waited_for() {
    let store = TestStore::default();
    let collector = collector(store.store());
    let app = Routes::new(collector)
        .api_keys(keys())
        .timeout(Duration::from_millis(20))
        .router();
    store.becomes(Mood::Hanging);
    let expected = (
        503,
        "the store of events did not answer within 0.02 s".to_owned(),
    );
    assert_eq!(get(&app, EVENT).problem().await, expected);
    assert_eq!(
        get(&app, "/v1/experiments").key(READ).problem().await,
        expected
    );
    assert_eq!(get(&app, "/readyz").problem().await, expected);
    store.becomes(Mood::Well);
}

/// However many ask at once, only so many threads wait for the store.
#[tokio::test]
async fn a_store_that_hangs_does_not_take_all_threads() {
    let store = TestStore::default();
    let app = Routes::new(collector(store.store()))
        .api_keys(keys())
        .timeout(Duration::from_millis(20))
        .router();
    store.becomes(Mood::Hanging);
    let asked: Vec<_> = (0..100)
        .map(|_| tokio::spawn(get(&app, "/v1/experiments").key(READ).status()))
        .collect();
    for asked in asked {
        assert_eq!(asked.await.unwrap(), 503);
    }
    // A thread of the same pool is there at once.
    assert_eq!(tokio::task::spawn_blocking(|| 7).await.unwrap(), 7);
    store.becomes(Mood::Well);
    assert_eq!(get(&app, "/healthz").status().await, 200);
}

#[tokio::test]
async fn a_queue_that_is_full_is_told() {
    let store = TestStore::default();
    let collector = Collector::builder(store.store()).queue(1).build().unwrap();
    let app = Routes::new(collector).api_keys(keys()).router();
    store.becomes(Mood::Hanging);
    // One is being written, one waits, and then there is no more room.
    let mut sent = Vec::new();
    let message = loop {
        let uri = format!("/track?experiment=e&variant=v&event=g&uuid={}", sent.len());
        let mut asked = Box::pin(get(&app, &uri).problem());
        tokio::select! {
            biased;
            (status, message) = &mut asked => {
                assert_eq!(status, 503);
                break message;
            }
            () = tokio::task::yield_now() => sent.push(asked),
        }
        assert!(sent.len() < 100_000);
    };
    assert_eq!(
        message,
        "the collector's queue is full (1 submissions); send again later"
    );
    store.becomes(Mood::Well);
}

#[tokio::test]
async fn a_collector_that_is_closed_asks_to_send_again() {
    let collector = collector(TestStore::default().store());
    let app = Routes::new(collector.clone()).router();
    collector.close();
    assert_eq!(
        get(&app, EVENT).problem().await,
        (503, "the collector is shutting down".to_owned())
    );
}

#[tokio::test]
async fn as_before_failures_of_the_old_routes_may_be_200() {
    let store = TestStore::default();
    let app = Routes::new(collector(store.store()))
        .api_keys(keys())
        .legacy_200(true)
        .router();
    let missing = get(&app, "/track").json().await;
    assert_eq!(missing["errorType"], "ValueError");
    assert_ne!(missing["errorMessage"], "");
    store.becomes(Mood::Failing);
    for asked in [
        get(&app, EVENT),
        get(&app, "/experiments").key(READ),
        ask(&app, Method::DELETE, "/delete?experiment=e").key(ADMIN),
    ] {
        assert_eq!(asked.json().await["errorType"], "ConnectionError");
    }
    // These were never Lambda's.
    assert_eq!(
        get(&app, "/experiments").problem().await,
        (403, "Forbidden".to_owned())
    );
    assert_eq!(post(&app, "/v1/events", WRITTEN).status().await, 503);
}
