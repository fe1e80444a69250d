//! What Gimel's and Lámed's clients and dashboards rely on.

use axum::http::Method;
use variate_collector::http::Routes;
use variate_collector::{Baseline, Change, EventStore, MemoryStore, NewEvent};

use super::{ADMIN, NOW, READ, ask, collector, get, routes};

async fn track(app: &axum::Router, query: &str) {
    assert_eq!(get(app, &format!("/track?{query}")).text().await, "null");
}

#[tokio::test]
async fn an_event_is_answered_with_null_and_counted_once() {
    let app = routes().router();
    // As Alephbet 0.27.0 writes it.
    let uri = "/track?experiment=my+a%2Fb+test+%C3%A9%26%2B&uuid=8d0f36b9-9313-46f7-b2b4-3988461f7221&variant=red&event=participate&namespace=alephbet";
    for _ in 0..3 {
        let answered = get(&app, uri).answer().await;
        assert_eq!(answered.status, 200);
        assert_eq!(answered.text(), "null");
        assert_eq!(answered.header("content-type"), "application/json");
        assert_eq!(answered.header("access-control-allow-origin"), "*");
        assert_eq!(answered.header("pragma"), "no-cache");
        assert_eq!(
            answered.header("cache-control"),
            "no-cache, no-store, must-revalidate"
        );
    }
    let tallies = get(&app, "/v1/experiments/my%20a%2Fb%20test%20%C3%A9%26%2B")
        .key(READ)
        .json()
        .await;
    assert_eq!(tallies["name"], "my a/b test é&+");
    assert_eq!(tallies["cells"][0]["total"]["counted"]["units"], 1);
    assert_eq!(tallies["first_event_at"], NOW);
}

/// The literal results of Gimel's and Lámed's handlers, but for the order, which is Python's of sets there.
#[tokio::test]
async fn results_are_byte_for_byte_those_of_gimel_and_lamed() {
    let app = routes().router();
    assert_eq!(
        get(&app, "/experiments").key(READ).text().await,
        r#"[{"meta": {"scope": null}}]"#
    );
    track(
        &app,
        "experiment=button+color&variant=red&event=participate&uuid=1",
    )
    .await;
    track(
        &app,
        "experiment=button+color&variant=blue&event=participate&uuid=2",
    )
    .await;
    track(
        &app,
        "experiment=button+color&variant=red&event=clicked&uuid=3",
    )
    .await;
    track(
        &app,
        "experiment=noGoal&variant=red&event=participate&uuid=4",
    )
    .await;
    let button = r#"{"experiment": "button color", "goals": [{"goal": "clicked", "results": [{"label": "blue", "successes": 0, "trials": 1}, {"label": "red", "successes": 1, "trials": 1}]}]}"#;
    assert_eq!(
        get(&app, "/experiments").key(READ).text().await,
        format!(
            r#"[{{"meta": {{"scope": null}}}}, {button}, {{"experiment": "noGoal", "goals": []}}]"#
        )
    );
    assert_eq!(
        get(&app, "/experiments?scope=button+color,unknown")
            .key(READ)
            .text()
            .await,
        format!(
            r#"[{{"meta": {{"scope": "button color,unknown"}}}}, {button}, {{"experiment": "unknown", "goals": []}}]"#
        )
    );
    assert_eq!(
        get(&app, "/experiments?scope=").key(READ).text().await,
        format!(
            r#"[{{"meta": {{"scope": ""}}}}, {button}, {{"experiment": "noGoal", "goals": []}}]"#
        )
    );
    assert_eq!(
        get(&app, "/experiments?namespace=other")
            .key(READ)
            .text()
            .await,
        r#"[{"meta": {"scope": null}}]"#
    );
}

#[tokio::test]
async fn results_are_every_goal_with_every_variant_in_order() {
    let app = routes().router();
    for (variant, event, uuid) in [
        ("2-Variant", "participate", "1"),
        ("1-Original", "participate", "2"),
        ("2-Variant", "viewed", "3"),
        ("3-Goal only", "bought", "4"),
    ] {
        track(
            &app,
            &format!(
                "experiment=e&variant={}&event={event}&uuid={uuid}",
                variant.replace(' ', "+")
            ),
        )
        .await;
    }
    let results = get(&app, "/experiments").key(READ).json().await;
    let lines: Vec<String> = results[1]["goals"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|goal| {
            goal["results"].as_array().unwrap().iter().map(move |of| {
                format!(
                    "{} {} {}/{}",
                    goal["goal"], of["label"], of["successes"], of["trials"]
                )
            })
        })
        .collect();
    assert_eq!(
        lines,
        [
            r#""bought" "1-Original" 0/1"#,
            r#""bought" "2-Variant" 0/1"#,
            r#""bought" "3-Goal only" 1/0"#,
            r#""viewed" "1-Original" 0/1"#,
            r#""viewed" "2-Variant" 1/1"#,
            r#""viewed" "3-Goal only" 0/0"#,
        ]
    );
}

/// A `GimelAdapter` sends one id of a user for the exposure and for every goal; a `LamedAdapter` a new one for each.
#[tokio::test]
async fn one_id_counts_once_for_each_event_and_variant() {
    let app = routes().router();
    for _ in 0..2 {
        for (variant, event) in [
            ("red", "participate"),
            ("red", "clicked"),
            ("red", "bought"),
            ("blue", "participate"),
            ("blue", "clicked"),
        ] {
            track(&app, &format!("experiment=e&variant={variant}&event={event}&uuid=bd602047286a161da01f2c938461edde4e467a63")).await;
        }
    }
    let results = get(&app, "/experiments").key(READ).text().await;
    assert_eq!(
        results,
        r#"[{"meta": {"scope": null}}, {"experiment": "e", "goals": [{"goal": "bought", "results": [{"label": "blue", "successes": 0, "trials": 1}, {"label": "red", "successes": 1, "trials": 1}]}, {"goal": "clicked", "results": [{"label": "blue", "successes": 1, "trials": 1}, {"label": "red", "successes": 1, "trials": 1}]}]}]"#
    );
}

#[tokio::test]
async fn exposures_of_the_library_are_trials_and_actions_before_them_no_successes() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let event = |action, id, unit, at| {
        NewEvent::new("alephbet", "pill", "red", action, id)
            .of_unit(unit)
            .at(at)
    };
    let events = [
        event("assignment", "1", "ann", 1_000),
        event("swallowed", "2", "ann", 2_000),
        event("swallowed", "3", "ann", 3_000),
        event("swallowed", "4", "bob", 1_000),
        event("assignment", "5", "bob", 2_000),
    ];
    store.ingest(&events).unwrap();
    let app = Routes::new(collector(store))
        .api_keys(super::keys())
        .router();
    assert_eq!(
        get(&app, "/experiments").key(READ).text().await,
        r#"[{"meta": {"scope": null}}, {"experiment": "pill", "goals": [{"goal": "swallowed", "results": [{"label": "red", "successes": 1, "trials": 2}]}]}]"#
    );
}

#[tokio::test]
async fn what_another_system_had_counted_is_added() {
    let store = std::sync::Arc::new(MemoryStore::new());
    for (action, units) in [("participate", 1_000), ("clicked", 130)] {
        let (action, variant) = (action.to_owned(), "red".to_owned());
        let baseline: Baseline =
            serde_json::from_value(serde_json::json!({"units": units, "estimated": true})).unwrap();
        store
            .change(
                "alephbet",
                "e",
                &Change::Baseline {
                    action,
                    variant,
                    baseline,
                },
            )
            .unwrap();
    }
    let app = Routes::new(collector(store))
        .api_keys(super::keys())
        .router();
    track(&app, "experiment=e&variant=red&event=participate&uuid=1").await;
    track(&app, "experiment=e&variant=red&event=clicked&uuid=2").await;
    assert_eq!(
        get(&app, "/experiments").key(READ).json().await[1]["goals"][0]["results"][0],
        serde_json::json!({"label": "red", "successes": 131, "trials": 1001})
    );
}

#[tokio::test]
async fn colons_unicode_nul_and_commas_are_parts_of_names_like_any_other() {
    let app = routes().router();
    track(
        &app,
        "experiment=a:b%00,%F0%9F%98%80&variant=c:d&event=g:h&uuid=1&namespace=n:o",
    )
    .await;
    track(
        &app,
        "experiment=a&variant=b%00:c:d&event=g:h&uuid=1&namespace=n:o",
    )
    .await;
    assert_eq!(
        get(&app, "/experiments?namespace=n:o")
            .key(READ)
            .text()
            .await,
        r#"[{"meta": {"scope": null}}, {"experiment": "a", "goals": [{"goal": "g:h", "results": [{"label": "b\u0000:c:d", "successes": 1, "trials": 0}]}]}, {"experiment": "a:b\u0000,\ud83d\ude00", "goals": [{"goal": "g:h", "results": [{"label": "c:d", "successes": 1, "trials": 0}]}]}]"#
    );
}

#[tokio::test]
async fn any_stage_may_stand_before_a_route() {
    let app = routes().alias("/kcart").unwrap().router();
    for (number, path) in [
        "/track",
        "/prod/track",
        "/x/y/track",
        "/kcart",
        "/prod/kcart",
        "//track",
        "/%20/track",
    ]
    .into_iter()
    .enumerate()
    {
        let uri = format!("{path}?experiment=e&variant=v&event=g&uuid={number}");
        assert_eq!(get(&app, &uri).text().await, "null", "{path}");
    }
    let results = get(&app, "/prod/experiments").key(READ).json().await;
    assert_eq!(results[1]["goals"][0]["results"][0]["successes"], 7);
    assert_eq!(
        get(&app, "/prod/v1/experiments/e").key(READ).json().await["name"],
        "e"
    );
    assert_eq!(
        ask(&app, Method::DELETE, "/prod/delete?experiment=e")
            .key(ADMIN)
            .text()
            .await,
        "null"
    );
    assert_eq!(
        get(&app, "/experiments").key(READ).text().await,
        r#"[{"meta": {"scope": null}}]"#
    );
    assert_eq!(get(&app, "/backtrack").status().await, 404);
}

#[tokio::test]
async fn a_host_mounts_the_routes_under_a_path_or_among_its_own() {
    let query = "experiment=e&variant=v&event=g&uuid=1";
    let host = || axum::Router::new().route("/", axum::routing::get(async || "hello"));
    let nested = host().nest("/ab", routes().router());
    assert_eq!(
        get(&nested, &format!("/ab/track?{query}")).text().await,
        "null"
    );
    assert_eq!(
        get(&nested, "/ab/v1/experiments/e/days")
            .key(READ)
            .status()
            .await,
        200
    );
    assert_eq!(get(&nested, "/track").status().await, 404);
    assert_eq!(get(&nested, "/").text().await, "hello");
    let merged = host().merge(routes().router_without_stages());
    assert_eq!(
        get(&merged, &format!("/track?{query}")).text().await,
        "null"
    );
    assert_eq!(get(&merged, "/").text().await, "hello");
}

#[tokio::test]
async fn deleting_is_answered_with_null_however_often_and_ids_count_anew() {
    let app = routes().router();
    let query =
        "experiment=e&variant=v&event=participate&uuid=464edeb5ba5fc24fc012784e676f22a1da1f9953";
    for _ in 0..2 {
        track(&app, query).await;
        let listed = get(&app, "/v1/experiments/e").key(READ).json().await;
        assert_eq!(listed["cells"][0]["total"]["counted"]["units"], 1);
        for _ in 0..2 {
            assert_eq!(
                ask(&app, Method::DELETE, "/delete?experiment=e")
                    .key(ADMIN)
                    .text()
                    .await,
                "null"
            );
        }
        assert_eq!(
            get(&app, "/experiments").key(READ).text().await,
            r#"[{"meta": {"scope": null}}]"#
        );
    }
    let problem = ask(&app, Method::DELETE, "/delete")
        .key(ADMIN)
        .problem()
        .await;
    assert_eq!(
        problem,
        (
            400,
            "parameter `experiment` is missing: it says which one to delete".to_owned()
        )
    );
}

#[tokio::test]
async fn archived_experiments_take_nothing_and_are_left_out() {
    let app = routes().router();
    track(&app, "experiment=e&variant=v&event=g&uuid=1").await;
    assert_eq!(
        super::post(&app, "/v1/experiments/e/archive", "")
            .key(ADMIN)
            .json()
            .await["archived"],
        true
    );
    track(&app, "experiment=e&variant=v&event=g&uuid=2").await;
    assert_eq!(
        get(&app, "/experiments").key(READ).text().await,
        r#"[{"meta": {"scope": null}}]"#
    );
    assert_eq!(
        get(&app, "/experiments?scope=e").key(READ).text().await,
        r#"[{"meta": {"scope": "e"}}, {"experiment": "e", "goals": []}]"#
    );
}

#[tokio::test]
async fn what_is_missing_or_malformed_is_told() {
    let app = routes().router();
    let whole = [
        ("experiment", "e"),
        ("variant", "v"),
        ("event", "g"),
        ("uuid", "1"),
    ];
    for missing in whole {
        let rest: Vec<String> = whole
            .iter()
            .filter(|of| **of != missing)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let (status, message) = get(&app, &format!("/track?{}", rest.join("&")))
            .problem()
            .await;
        assert_eq!(status, 400);
        assert_eq!(
            message,
            format!(
                "parameter `{}` is missing: an event has experiment, variant, event and uuid",
                missing.0
            )
        );
    }
    for (query, message) in [
        (
            "experiment=&variant=v&event=g&uuid=1",
            "`experiment` has 0 bytes; it must have 1 to 255".to_owned(),
        ),
        (
            "experiment=%FF&variant=v&event=g&uuid=1",
            "parameter `experiment` is not UTF-8".to_owned(),
        ),
        (
            "experiment=e&variant=v&event=g&uuid=1&value=x",
            "parameter `value` is `x`: it must be a number".to_owned(),
        ),
        (
            "experiment=e&variant=v&event=g&uuid=1&value=inf",
            "`value` is inf; it must be a number from -1000000000000000 to 1000000000000000"
                .to_owned(),
        ),
        (
            &format!("experiment=e&variant=v&event=g&uuid={}", "x".repeat(10_000)),
            "`uuid` has 10000 bytes; it must have 1 to 1024".to_owned(),
        ),
    ] {
        assert_eq!(
            get(&app, &format!("/track?{query}")).problem().await,
            (400, message)
        );
    }
    assert_eq!(
        get(&app, "/v1/experiments").key(READ).json().await["experiments"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn an_event_may_have_a_value_and_a_unit() {
    let app = routes().namespace("shop").router();
    track(
        &app,
        "experiment=e&variant=v&event=participate&uuid=1&unit=ann",
    )
    .await;
    track(
        &app,
        "experiment=e&variant=v&event=bought&uuid=2&unit=ann&value=9.5",
    )
    .await;
    track(
        &app,
        "experiment=e&variant=v&event=bought&uuid=3&unit=ann&value=0.5",
    )
    .await;
    let tallies = get(&app, "/v1/experiments/e?namespace=shop")
        .key(READ)
        .json()
        .await;
    let bought = &tallies["cells"][0]["total"]["counted"];
    assert_eq!(
        (bought["events"].as_i64(), bought["units"].as_i64()),
        (Some(2), Some(1))
    );
    assert_eq!(
        (bought["sum"].as_f64(), bought["sum_of_squares"].as_f64()),
        (Some(10.0), Some(100.0))
    );
}

#[tokio::test]
async fn asking_for_the_head_counts_nothing() {
    let app = routes().router();
    assert_eq!(
        ask(
            &app,
            Method::HEAD,
            "/track?experiment=e&variant=v&event=g&uuid=1"
        )
        .status()
        .await,
        200
    );
    assert_eq!(
        get(&app, "/experiments").key(READ).text().await,
        r#"[{"meta": {"scope": null}}]"#
    );
}

#[test]
fn a_path_that_cannot_stand_for_track_is_told() {
    for path in [
        "", "kcart", "/", "/track", "/docs", "/v1/x", "/a//b", "/{x}", "/a b", "/ä",
    ] {
        let error = routes().alias(path).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(&format!("`{path}` cannot stand for /track")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_in_the_names_of_the_parameters() {
    let app = routes().router();
    for (query, expected) in [
        (
            "experiment=e&variant=v&event=g&uuid=",
            "`uuid` has 0 bytes; ",
        ),
        (
            "experiment=e&variant=v&event=&uuid=1",
            "`event` has 0 bytes; ",
        ),
        (
            "experiment=e&variant=&event=g&uuid=1",
            "`variant` has 0 bytes; ",
        ),
    ] {
        let (status, message) = get(&app, &format!("/track?{query}")).problem().await;
        assert_eq!(status, 400);
        assert!(message.starts_with(expected), "{message}");
    }
}
