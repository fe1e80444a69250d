//! What is counted, and the life of an experiment.

use axum::http::Method;
use serde_json::{Value, json};

use super::{ADMIN, NOW, READ, ask, get, post, routes};

async fn app() -> axum::Router {
    let app = routes().router();
    let day = 86_400_000;
    let event = |id: &str, variant: &str, action: &str, unit: &str, at: u64, value: Value| json!({"id": id, "experiment": "a/b", "variant": variant, "action": action, "key": unit, "at": at, "value": value});
    let batch = json!([
        event("1", "red", "assignment", "ann", NOW - day, json!(null)),
        event("2", "red", "bought", "ann", NOW - day + 1, json!(2)),
        event("3", "red", "bought", "ann", NOW, json!(3)),
        event("4", "blue", "assignment", "bob", NOW, json!(null)),
        event("5", "red", "assignment", "eve", NOW - day, json!(null)),
        event("6", "blue", "assignment", "eve", NOW, json!(null)),
    ]);
    post(&app, "/v1/events?namespace=shop", batch.to_string())
        .text()
        .await;
    app
}

const PATH: &str = "/v1/experiments/a%2Fb";

#[tokio::test]
async fn experiments_are_listed_with_what_is_known_of_them() {
    let app = app().await;
    let listed = get(&app, "/v1/experiments?namespace=shop")
        .key(READ)
        .json()
        .await;
    let expected = json!({"namespace": "shop", "experiments": [{
        "namespace": "shop", "name": "a/b", "archived": false, "variants": ["blue", "red"], "actions": ["assignment", "bought"], "pairs": [],
        "first_event_at": NOW - 86_400_000, "last_event_at": NOW,
    }]});
    assert_eq!(listed, expected);
    let other = get(&app, "/v1/experiments").key(READ).json().await;
    assert_eq!(other, json!({"namespace": "alephbet", "experiments": []}));
}

#[tokio::test]
async fn tallies_are_told_in_total_and_by_day() {
    let app = app().await;
    let tallies = get(&app, &format!("{PATH}?namespace=shop"))
        .key(READ)
        .json()
        .await;
    assert_eq!(tallies["crossovers"], 1);
    let bought = tallies["cells"]
        .as_array()
        .unwrap()
        .iter()
        .find(|cell| cell["action"] == "bought")
        .unwrap();
    let counted = &bought["total"]["counted"];
    assert_eq!(
        (
            &counted["events"],
            &counted["units"],
            &counted["sum"],
            &counted["sum_of_squares"]
        ),
        (&json!(2), &json!(1), &json!(5.0), &json!(25.0))
    );
    let days = get(&app, &format!("{PATH}/days?namespace=shop"))
        .key(READ)
        .json()
        .await;
    assert_eq!(
        (&days["namespace"], &days["name"]),
        (&json!("shop"), &json!("a/b"))
    );
    assert_eq!(
        days["crossovers"],
        json!([{"day": "2026-11-21", "units": 1}])
    );
    let cell = days["cells"]
        .as_array()
        .unwrap()
        .iter()
        .find(|cell| cell["action"] == "bought")
        .unwrap();
    assert_eq!(cell["days"], bought["days"]);
    assert_eq!(cell["days"][0]["day"], "2026-11-20");
    assert_eq!(cell["days"][0]["counted"]["sum_of_squares"], 4.0);
    assert_eq!(cell["days"][1]["counted"]["sum_of_squares"], 21.0);
}

#[tokio::test]
async fn an_experiment_that_is_not_there_is_told() {
    let app = app().await;
    let expected = (404, "namespace `shop` has no experiment `x y`".to_owned());
    for path in ["", "/days"] {
        assert_eq!(
            get(&app, &format!("/v1/experiments/x%20y{path}?namespace=shop"))
                .key(READ)
                .problem()
                .await,
            expected
        );
    }
    for (path, body) in [
        ("archive", ""),
        ("unarchive", ""),
        ("reset", ""),
        ("control", r#"{"variant":null}"#),
        ("winner", r#"{"variant":"red"}"#),
    ] {
        let asked = post(
            &app,
            &format!("/v1/experiments/x%20y/{path}?namespace=shop"),
            body,
        )
        .key(ADMIN);
        assert_eq!(asked.problem().await, expected, "{path}");
    }
    assert_eq!(
        get(&app, "/v1/experiments/%FF").key(READ).problem().await,
        (
            400,
            "the experiment's name in the path is not UTF-8".to_owned()
        )
    );
    assert_eq!(
        get(&app, "/v1/experiments?namespace=alephbet")
            .key(READ)
            .json()
            .await["experiments"],
        json!([])
    );
}

#[tokio::test]
async fn control_and_winner_are_chosen_among_the_variants_and_taken_back() {
    let app = app().await;
    for choice in ["control", "winner"] {
        let change = |body: &'static str| {
            post(&app, &format!("{PATH}/{choice}?namespace=shop"), body).key(ADMIN)
        };
        assert_eq!(change(r#"{"variant":"blue"}"#).json().await[choice], "blue");
        let (status, message) = change(r#"{"variant":"green"}"#).problem().await;
        assert_eq!(
            (status, message.as_str()),
            (
                422,
                r#"experiment `a/b` has no variant `green`; it has ["blue", "red"]"#
            )
        );
        assert_eq!(
            get(&app, &format!("{PATH}?namespace=shop"))
                .key(READ)
                .json()
                .await[choice],
            "blue"
        );
        assert_eq!(change(r#"{"variant":null}"#).json().await.get(choice), None);
        for body in ["", "{}", r#"{"variant":1}"#, r#"{"variant":"red","x":1}"#] {
            let (status, message) = change(body).problem().await;
            assert_eq!(status, 400, "{body}");
            assert!(message.ends_with(r#"; the body must be as in {"variant": "red"}, or null in place of the name to take it back"#), "{message}");
        }
    }
}

#[tokio::test]
async fn pairs_may_be_declared_before_the_first_event() {
    let app = routes().router();
    let body = r#"{"first":"bought","second":"visited"}"#;
    let info = post(&app, "/v1/experiments/new/pairs?namespace=shop", body)
        .key(ADMIN)
        .json()
        .await;
    assert_eq!(
        info["pairs"],
        json!([{"first": "bought", "second": "visited"}])
    );
    let (status, _) = post(&app, "/v1/experiments/new/pairs?namespace=shop", "{}")
        .key(ADMIN)
        .problem()
        .await;
    assert_eq!(status, 400);
    let long = format!(r#"{{"first":"{}","second":"visited"}}"#, "x".repeat(256));
    let problem = post(&app, "/v1/experiments/new/pairs?namespace=shop", long)
        .key(ADMIN)
        .problem()
        .await;
    assert_eq!(problem.0, 400);
}

#[tokio::test]
async fn an_experiment_is_archived_reset_and_deleted() {
    let app = app().await;
    let change = |what: &str| {
        post(&app, &format!("{PATH}/{what}?namespace=shop"), "")
            .key(ADMIN)
            .json()
    };
    assert_eq!(change("archive").await["archived"], true);
    assert_eq!(change("unarchive").await["archived"], false);
    assert_eq!(change("reset").await["name"], "a/b");
    let tallies = get(&app, &format!("{PATH}?namespace=shop"))
        .key(READ)
        .json()
        .await;
    assert_eq!(
        (&tallies["cells"], &tallies["crossovers"]),
        (&json!([]), &json!(0))
    );
    for was_there in [true, false] {
        let answer = ask(&app, Method::DELETE, &format!("{PATH}?namespace=shop"))
            .key(ADMIN)
            .json()
            .await;
        assert_eq!(answer, json!({"deleted": was_there}));
    }
}

#[tokio::test]
async fn experiments_are_listed_in_pages() {
    let app = routes().router();
    for name in ["c", "a", "b"] {
        let event = format!("/track?experiment={name}&variant=v&event=g&uuid=1");
        get(&app, &event).text().await;
    }
    let page = async |query: &str| {
        let page = get(&app, &format!("/v1/experiments?{query}"))
            .key(READ)
            .json()
            .await;
        let names: Vec<String> = page["experiments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|info| info["name"].as_str().unwrap().to_owned())
            .collect();
        (names.join(","), page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(
        page("limit=2").await,
        ("a,b".to_owned(), Some("b".to_owned()))
    );
    assert_eq!(page("limit=2&after=b").await, ("c".to_owned(), None));
    assert_eq!(page("limit=3").await, ("a,b,c".to_owned(), None));
    assert_eq!(page("after=a").await, ("b,c".to_owned(), None));
    for limit in ["0", "-1", "x"] {
        let (status, message) = get(&app, &format!("/v1/experiments?limit={limit}"))
            .key(READ)
            .problem()
            .await;
        assert_eq!(status, 400);
        assert!(
            message.contains("must be a whole number from 1 on"),
            "{message}"
        );
    }
    // In the same order as of one alone.
    let listed = get(&app, "/v1/experiments?limit=1").key(READ).text().await;
    assert!(
        listed.starts_with(
            r#"{"namespace":"alephbet","experiments":[{"namespace":"alephbet","name":"a","#
        ),
        "{listed}"
    );
}

#[tokio::test]
async fn a_choice_and_a_pair_are_objects() {
    let app = app().await;
    for (route, body) in [
        ("control", r#"["red"]"#),
        ("winner", r#" ["red"]"#),
        ("pairs", r#"["bought","visited"]"#),
        ("control", ""),
    ] {
        let (status, message) = post(&app, &format!("{PATH}/{route}?namespace=shop"), body)
            .key(ADMIN)
            .problem()
            .await;
        assert_eq!(status, 400);
        assert!(
            message.starts_with("this is no object; the body must be as in {"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_key_sees_the_namespaces_that_it_may_read() {
    use variate_collector::http::{ApiKeys, KeyRing, Role};
    let shop = ApiKeys::new().with("shop-key", Role::Read, &["shop"]);
    let ring = KeyRing::new(shop.with("writer", Role::Write, &[]));
    let app = routes().key_ring(&ring).router();
    for namespace in ["shop", "blog"] {
        let event = format!("/track?experiment=e&variant=v&event=g&uuid=1&namespace={namespace}");
        get(&app, &event).key("writer").text().await;
    }
    let listed = get(&app, "/v1/namespaces").key("shop-key").text().await;
    assert_eq!(listed, r#"{"namespaces":["shop"]}"#);
    assert_eq!(
        get(&app, "/v1/namespaces").key("writer").status().await,
        403
    );
    assert_eq!(get(&app, "/v1/namespaces").status().await, 403);
    // Other keys, and those before no more.
    ring.replace(ApiKeys::new().with("new-key", Role::Admin, &[]));
    assert_eq!(
        get(&app, "/v1/namespaces").key("shop-key").status().await,
        403
    );
    let listed = get(&app, "/v1/namespaces").key("new-key").text().await;
    assert_eq!(listed, r#"{"namespaces":["blog","shop"]}"#);
}
