//! Evaluation over HTTP.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use variate_collector::http::{Routes, Server};
use variate_collector::{EventStore, MemoryStore, NewEvent};
use variate_stats::ep_stats::{
    Aggregation, Experiment, GoalError, GoalRow, GoalSource, GoalTable, UnitId, UnitRow,
};

use super::{ADMIN, Mood, READ, TestStore, collector, get, keys, post, routes};

#[path = "../../../../../tests/support/ep_stats.rs"]
mod ep_stats;

use ep_stats::{compare, read, rows};

fn vectors(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

/// The dimensions of Ep-Stats' sample data, without rows.
fn sample() -> GoalTable {
    let table = GoalTable::new(Vec::new());
    ["element", "product"]
        .into_iter()
        .fold(table, GoalTable::dimension)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_request_is_answered_as_ep_stats_answered_it() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let app = Routes::new(collector(MemoryStore::new()))
        .api_keys(keys())
        .goals(sample());
    let server = Server::new(app.router());
    let serving = tokio::spawn(server.serve(listener, async { drop(ended.await) }));
    let asking = tokio::task::spawn_blocking(move || {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        let mut statuses = std::collections::BTreeMap::new();
        for vector in vectors(include_str!(
            "../../../../variate-stats/tests/data/ep-stats.json"
        )) {
            let name = vector["name"].as_str().unwrap();
            let body = match &vector["request"] {
                Value::String(text) => text.clone(),
                request => {
                    let mut request = request.clone();
                    if vector["goals"]["rows"].is_array() {
                        request["goals"] = rows(&vector["goals"]);
                    }
                    request.to_string()
                }
            };
            let url = format!("http://{address}{}", vector["path"].as_str().unwrap());
            let mut answer = agent
                .post(&url)
                .header("content-type", "application/json")
                .header("x-api-key", READ)
                .send(body)
                .unwrap();
            let text = answer.body_mut().read_to_string().unwrap();
            let status = answer.status().as_u16();
            assert_eq!(
                u64::from(status),
                vector["status"].as_u64().unwrap(),
                "{name}: {text}"
            );
            *statuses.entry(status).or_insert(0) += 1;
            let Some(wanted) = vector.get("response") else {
                assert_eq!(text, "Internal Server Error");
                continue;
            };
            assert_eq!(answer.headers()["content-type"], "application/json");
            let mut got = read(&text);
            // The input that a refusal shows again is the one with the goals in it.
            for detail in got
                .get_mut("detail")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                if let Some(input) = detail.get_mut("input").and_then(Value::as_object_mut) {
                    input.remove("goals");
                }
            }
            compare(&got, wanted, name);
        }
        statuses
    });
    let statuses = asking.await.unwrap();
    assert_eq!(
        statuses.into_iter().collect::<Vec<_>>(),
        [(200, 73), (422, 23), (500, 7)]
    );
    drop(end);
    serving.await.unwrap();
}

#[tokio::test]
async fn every_recorded_evaluation_by_unit_is_that_of_ep_stats() {
    let app = routes().router();
    let mut vectors = vectors(include_str!(
        "../../../../variate-stats/tests/data/ep-stats-by-unit.json"
    ));
    let tables = vectors.remove(0)["tables"].take();
    let mut compared = 0;
    for vector in &vectors {
        let mut request = vector["experiment"].clone();
        request["metrics"] = vector["metrics"].clone();
        request["checks"] = vector["checks"].clone();
        request["goals"] = rows(&tables[vector["goals"].as_str().unwrap()]);
        let answered = post(&app, "/evaluate", request.to_string())
            .key(READ)
            .answer()
            .await;
        if vector.get("error").is_some() {
            assert_eq!(answered.status, 500);
            continue;
        }
        let got = read(&answered.text());
        let wanted = rows(&vector["result_metrics"]);
        let metrics = got["metrics"].as_array().unwrap();
        let stats = metrics
            .iter()
            .flat_map(|metric| metric["stats"].as_array().unwrap());
        for (stat, wanted) in stats.zip(wanted.as_array().unwrap()) {
            for (name, got) in stat.as_object().unwrap() {
                compare(got, &wanted[name], &vector["name"].to_string());
                compared += 1;
            }
        }
    }
    assert!(compared > 600, "{compared}");
}

/// 200 units exposed to each of two variants, of which some bought.
fn shop() -> MemoryStore {
    let store = MemoryStore::new();
    let mut events = Vec::new();
    for unit in 0..400_u32 {
        let variant = if unit % 2 == 0 { "a" } else { "b" };
        let event = |action: &'static str, number: u32, value: Option<f64>| {
            let id = format!("{action}{unit}/{number}");
            let mut event = NewEvent::new("alephbet", "checkout", variant, action, id);
            event.unit = Some(unit.to_string().into());
            event.value = value;
            event.at = 1_795_000_000_000 + u64::from(unit) * 500_000;
            event
        };
        events.push(event("participate", 0, None));
        for number in 0..unit % 3 {
            events.push(event("bought", number, Some(f64::from(unit % 7))));
        }
    }
    store.ingest(&events).unwrap();
    store
}

fn checkout() -> Value {
    json!({
        "id": "checkout", "control_variant": "a", "unit_type": "user",
        "metrics": [
            {"id": 1, "name": "Purchases", "nominator": "count(user.unit.bought)", "denominator": "count(user.global.exposure)"},
            {"id": 2, "name": "Revenue", "nominator": "value(user.unit.bought)", "denominator": "count(user.unit.exposure)"},
            {"id": 3, "name": "Buyers", "nominator": "unique(user.unit.bought)", "denominator": "count(user.global.participate)"}
        ],
        "checks": [{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}]
    })
}

#[tokio::test]
async fn goals_are_the_collectors_tallies() {
    let app = Routes::new(collector(shop())).api_keys(keys()).router();
    let got = post(&app, "/v1/evaluate", checkout().to_string())
        .key(READ)
        .json()
        .await;

    // The same from units: what the tallies are of.
    let of = |variant: u32| {
        let units = (0..400_u32).filter(move |unit| unit % 2 == variant);
        units.map(|unit| {
            let count = f64::from(unit % 3);
            (count, count * f64::from(unit % 7))
        })
    };
    for (variant, at) in [(0, 0), (1, 1)] {
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / 200.0;
        let std = |values: Vec<f64>| {
            let mean = values.iter().sum::<f64>() / 200.0;
            (values
                .iter()
                .map(|value| (value - mean).powi(2))
                .sum::<f64>()
                / 199.0)
                .sqrt()
        };
        let counts: Vec<f64> = of(variant).map(|(count, _)| count).collect();
        let totals: Vec<f64> = of(variant).map(|(_, total)| total).collect();
        let buyers: Vec<f64> = counts.iter().map(|count| count.min(1.0)).collect();
        for (metric, values) in [(0, counts), (1, totals), (2, buyers)] {
            let stat = &got["metrics"][metric]["stats"][at];
            for (name, wanted) in [("mean", mean(values.clone())), ("std", std(values))] {
                let got = stat[name].as_f64().unwrap();
                assert!(
                    (got - wanted).abs() < 1e-12,
                    "{metric} {name}: {got} is not {wanted}"
                );
            }
        }
    }
    assert_eq!(
        got["exposure"]["stats"][1],
        json!({"exp_variant_id": "b", "count": 200})
    );
    assert_eq!(got["mode"], "corrected");

    // What the request brings comes first; and there are no goals by unit.
    let mut own = checkout();
    own["goals"] = json!([]);
    let got = post(&app, "/v1/evaluate", own.to_string())
        .key(READ)
        .json()
        .await;
    assert_eq!(got["exposure"]["stats"][0]["count"], 0);
    let mut by_unit = checkout();
    by_unit["by_unit"] = true.into();
    let (status, message) = post(&app, "/v1/evaluate", by_unit.to_string())
        .key(READ)
        .problem()
        .await;
    assert_eq!(status, 422);
    assert!(
        message.starts_with("by_unit: the source has no goals by unit"),
        "{message}"
    );
}

#[tokio::test]
async fn the_value_of_an_event_has_the_error_of_its_units() {
    let app = Routes::new(collector(shop())).api_keys(keys()).router();
    let mut request = checkout();
    request["metrics"] = json!([{
        "id": 1, "name": "Price", "nominator": "value(user.unit.bought)", "denominator": "count(user.unit.bought)"
    }]);
    // A split that was not planned so.
    request["shares"] = json!({"a": 3, "b": 1});
    let got = post(&app, "/v1/evaluate", request.to_string())
        .key(READ)
        .json()
        .await;
    let kinds: Vec<&str> = got["differences"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|of| of["kind"].as_str())
        .collect();
    assert!(kinds.contains(&"delta_method") && !kinds.contains(&"covariance"));
    for variant in [0, 1] {
        let units = (0..400_u32).filter(|unit| unit % 2 == variant && unit % 3 > 0);
        let buyers: Vec<(f64, f64)> = units
            .map(|unit| {
                let count = f64::from(unit % 3);
                (count, count * f64::from(unit % 7))
            })
            .collect();
        let n = f64::from(u32::try_from(buyers.len()).unwrap());
        let counts: f64 = buyers.iter().map(|of| of.0).sum();
        let ratio = buyers.iter().map(|of| of.1).sum::<f64>() / counts;
        let squares: f64 = buyers.iter().map(|(x, y)| (y - ratio * x).powi(2)).sum();
        let wanted = (squares / (n - 1.0)).sqrt() / (counts / n);
        let stat = &got["metrics"][0]["stats"][variant as usize];
        assert!((stat["mean"].as_f64().unwrap() - ratio).abs() < 1e-12);
        assert!(
            (stat["std"].as_f64().unwrap() - wanted).abs() < 1e-9,
            "{stat} {wanted}"
        );
    }
    assert!(got["checks"][0]["stats"][0]["value"].as_f64().unwrap() < 1e-6);
    assert_eq!(got["evaluation"]["conclusion"]["decision"], "invalid");
}

#[tokio::test]
async fn dates_choose_the_days_that_count() {
    // 2026-11-18T11:06:40Z and on, an event each 500 s: 93 units on the first day.
    let app = Routes::new(collector(shop())).api_keys(keys()).router();
    let exposed = async |dates: Value| {
        let mut request = checkout();
        for (name, day) in dates.as_object().unwrap() {
            request[name] = day.clone();
        }
        let got = post(&app, "/v1/evaluate", request.to_string())
            .key(READ)
            .json()
            .await;
        let of = |at: usize| got["exposure"]["stats"][at]["count"].as_u64().unwrap();
        (
            of(0) + of(1),
            got["metrics"][0]["stats"][0]["confidence_level"]
                .as_f64()
                .unwrap(),
        )
    };
    assert_eq!(exposed(json!({})).await, (400, 0.95));
    assert_eq!(exposed(json!({"date_to": "2026-11-18"})).await.0, 93);
    assert_eq!(exposed(json!({"date_from": "2026-11-19"})).await.0, 307);
    let period =
        json!({"date_from": "2026-11-18", "date_to": "2026-12-18", "date_for": "2026-11-18"});
    let (units, level) = exposed(period).await;
    assert_eq!(units, 93);
    assert!(level > 0.95, "{level}");
}

struct Warehouse;

impl GoalSource for Warehouse {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        match experiment.query_parameters.get("say") {
            Some(word) if word.to_string() == "fail" => {
                Err(GoalError::Source("reader@db.internal: timeout".to_owned()))
            }
            Some(_) => panic!("a source may do that"),
            None if experiment.id == "other" => Err(GoalError::Experiment("other".to_owned())),
            None => {
                let row = GoalRow::new("w", &experiment.unit_type, Aggregation::Global, "exposure");
                Ok(vec![row.counted(7.0)])
            }
        }
    }

    fn by_unit(&self, _: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        let row = |unit| UnitRow::new("w", "user", UnitId::Number(unit), "exposure", 1.0);
        Ok(vec![row(1), row(2)])
    }
}

#[tokio::test]
async fn goals_that_the_collector_lacks_come_from_the_hosts_source() {
    let app = Routes::new(collector(shop()))
        .api_keys(keys())
        .goals(Warehouse)
        .router();
    let count = async |change: &dyn Fn(&mut Value)| {
        let mut request = checkout();
        request["metrics"] = json!([]);
        change(&mut request);
        let got = post(&app, "/v1/evaluate", request.to_string())
            .key(READ)
            .json()
            .await;
        let stats = got["exposure"]["stats"].as_array().unwrap().clone();
        stats
            .iter()
            .map(|stat| stat["count"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(count(&|_| ()).await, 400);
    assert_eq!(
        count(&|request| request["id"] = "elsewhere".into()).await,
        7
    );
    assert_eq!(count(&|request| request["by_unit"] = true.into()).await, 2);
    let filter = json!([{"scope": "exposure", "dimension": "country", "value": ["DE"]}]);
    assert_eq!(
        count(&|request| request["filters"] = filter.clone()).await,
        7
    );

    let mut unknown = checkout();
    unknown["id"] = "other".into();
    let (status, message) = post(&app, "/v1/evaluate", unknown.to_string())
        .key(READ)
        .problem()
        .await;
    assert_eq!(
        (
            status,
            message.starts_with("id: there are no goals of experiment \"other\"")
        ),
        (404, true)
    );
    // Ep-Stats has no rows then, and answers.
    unknown["metrics"] = json!([]);
    assert_eq!(
        post(&app, "/evaluate", unknown.to_string())
            .key(READ)
            .status()
            .await,
        200
    );
}

#[tokio::test]
async fn a_source_that_fails_or_panics_tells_nothing_of_itself() {
    let app = Routes::new(collector(shop()))
        .api_keys(keys())
        .goals(Warehouse)
        .router();
    let mut request = checkout();
    request["id"] = "elsewhere".into();
    request["query_parameters"] = json!({"say": "fail"});
    let failed = post(&app, "/v1/evaluate", request.to_string())
        .key(READ)
        .problem()
        .await;
    assert_eq!(
        failed,
        (
            503,
            "the source of goals failed; its log says why".to_owned()
        )
    );
    let failed = post(&app, "/evaluate", request.to_string())
        .key(READ)
        .answer()
        .await;
    assert_eq!(failed.status, 500);
    assert_eq!(
        failed.text(),
        r#"{"detail":"Cannot evaluate experiment [elsewhere] because of the source of goals failed; its log says why"}"#
    );
    request["query_parameters"] = json!({"say": "panic"});
    let (status, message) = post(&app, "/evaluate", request.to_string())
        .key(READ)
        .problem()
        .await;
    assert_eq!(
        (status, message.as_str()),
        (500, "the evaluation failed unexpectedly")
    );

    let failing = TestStore::default();
    failing.becomes(Mood::Failing);
    let app = Routes::new(collector(failing.store()))
        .api_keys(keys())
        .router();
    let status = post(&app, "/v1/evaluate", checkout().to_string())
        .key(READ)
        .status()
        .await;
    assert_eq!(status, 503);
}

#[tokio::test]
async fn only_readers_evaluate() {
    let app = routes().router();
    for path in ["/evaluate", "/v1/evaluate", "/sample-size-calculation"] {
        assert_eq!(post(&app, path, "{}").status().await, 403, "{path}");
        assert_eq!(
            post(&app, path, "{}").key(READ).status().await,
            422,
            "{path}"
        );
        assert_eq!(
            post(&app, path, "{}").key(ADMIN).status().await,
            422,
            "{path}"
        );
        assert_eq!(
            post(&app, &format!("/prod{path}/"), "{}")
                .key(READ)
                .status()
                .await,
            422
        );
    }
}

#[tokio::test]
async fn ep_stats_other_answers_are_the_same() {
    let app = routes().router();
    assert_eq!(
        get(&app, "/health").text().await,
        r#"{"message": "ep-stats-api is ready"}"#
    );
    for path in ["/evaluate", "/sample-size-calculation"] {
        let answered = get(&app, path).answer().await;
        assert_eq!(
            (answered.status.as_u16(), answered.header("allow")),
            (405, "POST")
        );
        assert_eq!(answered.text(), r#"{"detail":"Method Not Allowed"}"#);
    }
    let app = routes().ep_stats(false).router_without_stages();
    for path in ["/health", "/evaluate", "/sample-size-calculation"] {
        assert_eq!(get(&app, path).status().await, 404);
    }
    assert_eq!(get(&app, "/v1/evaluate").status().await, 405);
}

#[tokio::test]
async fn numbers_that_are_none_are_written_as_asked() {
    let app = routes().router();
    let request = json!({"n_variants": 2, "minimum_effect": 0, "mean": 0.5}).to_string();
    let body = async |query: &str| {
        let path = format!("/sample-size-calculation{query}");
        post(&app, &path, request.clone()).key(READ).text().await
    };
    assert_eq!(body("").await, r#"{"sample_size_per_variant": Infinity}"#);
    assert_eq!(body("?nan=token").await, body("").await);
    assert_eq!(
        body("?nan=null").await,
        r#"{"sample_size_per_variant": null}"#
    );
    let path = "/evaluate?nan=zero";
    let (status, message) = post(&app, path, "{}").key(READ).problem().await;
    assert_eq!(
        (status, message.as_str()),
        (400, "parameter `nan` must be `null` or `token`")
    );
}

#[tokio::test]
async fn evaluations_are_counted_as_ep_stats_counts_them() {
    let app = Routes::new(collector(shop())).api_keys(keys()).router();
    let mut request = checkout();
    post(&app, "/evaluate", request.to_string())
        .key(READ)
        .text()
        .await;
    request["query_parameters"] = json!({"is_performance_test": true});
    post(&app, "/v1/evaluate", request.to_string())
        .key(READ)
        .text()
        .await;
    post(&app, "/evaluate", "{}").key(READ).answer().await;
    // Who may not ask has not asked.
    post(&app, "/evaluate", "{}").answer().await;
    let text = get(&app, "/metrics").text().await;
    for line in [
        "ep_stats_evaluation_requests_total 3",
        "ep_stats_evaluation_successes_total 2",
        "ep_stats_evaluation_errors_total 1",
        "ep_stats_check_evaluation_errors_total 0",
        r#"ep_stats_evaluation_duration_seconds_count{is_performance_test="False"} 2"#,
        r#"ep_stats_evaluation_duration_seconds_count{is_performance_test="True"} 1"#,
        r#"ep_stats_query_duration_seconds_count{is_performance_test="False"} 2"#,
        r#"ep_stats_stats_computation_duration_seconds_count{is_performance_test="True"} 1"#,
    ] {
        assert!(text.lines().any(|of| of == line), "{line}\n{text}");
    }
}

/// A thousand variants.
fn many() -> Value {
    let row = |variant: usize, goal: &str| {
        json!({
            "exp_variant_id": format!("v{variant:03}"), "unit_type": "user", "goal": goal,
            "agg_type": if goal == "click" { "unit" } else { "global" },
            "count": 100 + variant, "sum_sqr_count": 100 + variant
        })
    };
    let goals = (0..1_000).flat_map(|variant| ["exposure", "click"].map(|goal| row(variant, goal)));
    json!({
        "id": "many", "control_variant": "v000", "unit_type": "user",
        "metrics": [{"id": 1, "name": "x", "nominator": "count(user.unit.click)",
            "denominator": "count(user.global.exposure)"}],
        "checks": [],
        "goals": goals.collect::<Vec<_>>()
    })
}

/// What is too much or makes no sense, and the statuses of both modes.
fn cases() -> Vec<(&'static str, Value, u16, u16)> {
    let nominator = |text: &str| {
        let mut request = many();
        request["metrics"][0]["nominator"] = text.into();
        request["goals"].as_array_mut().unwrap().truncate(8);
        request
    };
    let with = |changes: &[(&str, Value)]| {
        let mut request = many();
        for (name, value) in changes {
            request[*name] = value.clone();
        }
        request
    };
    let goal = |at: usize, name: &str, value: f64| {
        let mut request = many();
        request["goals"][at][name] = value.into();
        request
    };
    let click = "count(user.unit.click)";
    let long = format!("{click}{}", format!(" + {click}").repeat(42_000));
    assert!(long.len() > 1_000_000);
    let deep = format!("{}{click}{}", "(".repeat(10_000), ")".repeat(10_000));
    let dates = [
        ("date_from", "2026-11-20".into()),
        ("date_to", "2026-11-01".into()),
    ];
    let variants = [
        ("control_variant", "none".into()),
        ("variants", json!(["v001", "v002"])),
    ];
    let metric = many()["metrics"][0].clone();
    let mut number = metric.clone();
    number["denominator"] = "7".into();
    let filter = json!([{"scope": "goal", "dimension": "none", "value": ["x"]}]);
    vec![
        ("1,000 variants", many(), 200, 200),
        ("1 MB", nominator(&long), 200, 200),
        ("depth", nominator(&deep), 422, 422),
        ("unclosed", nominator(&"(".repeat(10_000)), 422, 422),
        ("unknown goal", nominator("count(user.unit.none)"), 200, 200),
        ("dates", with(&dates), 422, 422),
        ("control", with(&variants), 500, 422),
        (
            "twice",
            with(&[("metrics", json!([metric, metric]))]),
            500,
            422,
        ),
        ("number", with(&[("metrics", json!([number]))]), 500, 422),
        ("dimension", with(&[("filters", filter)]), 500, 422),
        ("huge", goal(1, "sum_sqr_count", 1e308), 200, 200),
        ("negative", goal(0, "count", -5.0), 200, 200),
    ]
}

#[tokio::test]
async fn bad_input_gets_an_answer() {
    let app = routes().router();
    for (name, request, compat, corrected) in cases() {
        let body = request.to_string();
        let status = post(&app, "/evaluate", body.clone())
            .key(READ)
            .status()
            .await;
        assert_eq!(status, compat, "{name}");
        let right = post(&app, "/v1/evaluate", body).key(READ).answer().await;
        assert_eq!(right.status.as_u16(), corrected, "{name}");
        let right = right.json();
        if corrected == 200 {
            // Strict JSON, and a reason for each number that is missing.
            for stat in right["metrics"][0]["stats"].as_array().unwrap() {
                for (field, value) in stat.as_object().unwrap() {
                    assert!(
                        !value.is_null() || stat["reasons"][field].is_string(),
                        "{name} {field}"
                    );
                }
            }
        } else {
            let message = right["message"].as_str().unwrap();
            assert!(
                message.len() > 10 && right["detail"].is_array(),
                "{name}: {message}"
            );
        }
    }
    for body in ["", "null", "[]", "{", "\"\\", "[[[[", &"[".repeat(100_000)] {
        let status = post(&app, "/v1/evaluate", body.to_owned())
            .key(READ)
            .status()
            .await;
        assert_eq!(status, 422, "{}", body.len());
    }
    let most = Routes::new(collector(MemoryStore::new()))
        .api_keys(keys())
        .body_bytes(1_000);
    let large = post(&most.router(), "/evaluate", " ".repeat(1_001))
        .key(READ)
        .status()
        .await;
    assert_eq!(large, 413);
}
