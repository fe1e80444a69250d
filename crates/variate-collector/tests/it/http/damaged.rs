//! An experiment on Redis of which a key is gone: told, marked, and ended by a reset.

use axum::Router;
use axum::http::Method;
use serde_json::{Value, json};
use variate_collector::http::Routes;
use variate_collector::{EventStore as _, NewEvent, RedisStore};

use super::{ADMIN, Answered, READ, ask, collector, get, keys, post};
use crate::redis::server::RedisProcess;

const ONE: &str = "/v1/experiments/one";

/// What the experiment `one` has on the server, each the end of a key.
const KEYS: [&str; 4] = ["m", "r", "c", "i"];

fn event(experiment: &'static str) -> NewEvent<'static> {
    NewEvent::new("alephbet", experiment, "red", "participate", "1")
}

/// A collector of which the experiment `one` lost a key, and `two` did not.
fn app_without(end: &str) -> (RedisProcess, Router) {
    let server = RedisProcess::start();
    let store = RedisStore::builder(server.url()).build().unwrap();
    for experiment in ["one", "two"] {
        store.ingest(&[event(experiment)]).unwrap();
    }
    let deleted: u64 = server.ask(&["DEL", &format!("variate{{1.0}}{end}")]);
    assert_eq!(deleted, 1, "{end}");
    let app = Routes::new(collector(store)).api_keys(keys()).router();
    (server, app)
}

fn cookie(answered: &Answered) -> String {
    let cookie = answered.header("set-cookie").split(';').next();
    cookie.unwrap().to_owned()
}

fn token(page: &str) -> &str {
    let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    rest.split('"').next().unwrap()
}

/// Answers the cookie.
pub(super) async fn log_in(app: &Router, key: &str) -> String {
    let form = get(app, "/dashboard/login").answer().await;
    let fields = format!("token={}&key={key}", token(&form.text()));
    let posted = post(app, "/dashboard/login", fields).header("cookie", &cookie(&form));
    let answered = posted.answer().await;
    assert_eq!(answered.status, 303);
    cookie(&answered)
}

pub(super) async fn page(app: &Router, path: &str, cookie: &str) -> (u16, String) {
    let answered = get(app, path).header("cookie", cookie).answer().await;
    (answered.status.as_u16(), answered.text())
}

async fn listed(app: &Router) -> Value {
    let mut answered = get(app, "/v1/experiments").key(READ).json().await;
    answered["experiments"].take()
}

#[tokio::test]
async fn the_list_shows_the_others_and_marks_it() {
    for end in KEYS {
        let (_server, app) = app_without(end);
        let cookie = log_in(&app, ADMIN).await;
        let (status, list) = page(&app, "/dashboard", &cookie).await;
        assert_eq!(status, 200, "{end}: {list}");
        let row = |name: &str| {
            let (_, row) = list.split_once(&format!("name={name}\"")).unwrap();
            row.split("</tr>").next().unwrap()
        };
        for text in ["running", "broken", "backup, or reset it"] {
            assert!(row("one").contains(text), "{end}: {text}: {list}");
        }
        assert!(!row("two").contains("damaged"), "{end}: {list}");
        let all = listed(&app).await;
        assert_eq!(all[0]["name"], "one");
        assert_eq!(all[0]["damaged"], json!(true), "{end}");
        assert_eq!(all[1].get("damaged"), None, "{end}");
    }
}

#[tokio::test]
async fn reading_it_says_what_it_needs_and_not_to_try_again() {
    for end in KEYS {
        let (_server, app) = app_without(end);
        for path in [
            ONE,
            &format!("{ONE}/days"),
            &format!("{ONE}/evaluation"),
            "/experiments?scope=one",
        ] {
            let answered = get(&app, path).key(READ).answer().await;
            assert_eq!(answered.status, 503, "{end} {path}");
            assert_eq!(answered.header("retry-after"), "", "{end} {path}");
            let message = answered.json()["message"].to_string();
            for text in ["lost a part", "from a backup", "reset the experiment"] {
                assert!(message.contains(text), "{end} {path}: {message}");
            }
            assert!(
                !message.contains("again later") && !message.contains("{1.0}"),
                "{message}"
            );
        }
        let archived = post(&app, &format!("{ONE}/archive"), "").key(ADMIN);
        let (status, message) = archived.problem().await;
        assert_eq!(status, 503);
        assert!(message.contains("reset the experiment"), "{message}");
        let path = "/dashboard/experiment?name=one";
        let (status, text) = page(&app, path, &log_in(&app, ADMIN).await).await;
        assert_eq!(status, 503);
        assert!(text.contains("reset the experiment"), "{text}");
        assert!(text.contains("action=reset") && text.contains("action=delete"));
        let (_, text) = page(&app, path, &log_in(&app, READ).await).await;
        assert!(text.contains("reset the experiment") && !text.contains("action=reset"));
    }
}

/// That it counts again, and is marked nowhere.
async fn counts_anew(app: &Router, end: &str, cookie: &str) {
    let event = r#"{"id":"1","experiment":"one","variant":"red","action":"participate"}"#;
    let counted = post(app, "/v1/events", event).json().await;
    assert_eq!(counted["counted"], json!(1), "{end}");
    let all = listed(app).await;
    assert_eq!(all[0].get("damaged"), None, "{end}");
    let (_, list) = page(app, "/dashboard", cookie).await;
    assert!(!list.contains("damaged"), "{end}: {list}");
    assert_eq!(get(app, ONE).key(READ).status().await, 200);
}

#[tokio::test]
async fn it_is_reset_and_deleted_over_http_and_on_the_dashboard() {
    for end in KEYS {
        let (_server, app) = app_without(end);
        let cookie = log_in(&app, ADMIN).await;
        let reset = post(&app, &format!("{ONE}/reset"), "").key(ADMIN);
        assert_eq!(reset.json().await["variants"], json!([]), "{end}");
        counts_anew(&app, end, &cookie).await;

        let (_server, app) = app_without(end);
        let cookie = log_in(&app, ADMIN).await;
        let deleted = ask(&app, Method::DELETE, ONE).key(ADMIN).json().await;
        assert_eq!(deleted, json!({"deleted": true}), "{end}");
        assert_eq!(get(&app, ONE).key(READ).status().await, 404);
        counts_anew(&app, end, &cookie).await;

        let (_server, app) = app_without(end);
        let cookie = log_in(&app, ADMIN).await;
        let form = "/dashboard/change?name=one&action=reset";
        let (status, form) = page(&app, form, &cookie).await;
        assert_eq!(status, 200, "{form}");
        // It was looked at while it was damaged.
        page(&app, "/dashboard", &cookie).await;
        let fields = format!("token={}&name=one&action=reset&confirm=one", token(&form));
        let posted = post(&app, "/dashboard/change", fields).header("cookie", &cookie);
        assert_eq!(posted.status().await, 303, "{end}");
        counts_anew(&app, end, &cookie).await;
    }
}
