//! The routes as a function, in a process of its own behind a stand-in for the Runtime API.

pub(crate) mod events;
mod paths;
pub(crate) mod sandbox;

use std::net::SocketAddr;
use std::process::Command;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use variate_collector::lambda::{FlatRoute, Function};

use self::sandbox::Sandbox;

/// What makes the test below a function.
const ROLE: &str = "VARIATE_TEST_FUNCTION";

/// A function that tells what its routes are asked.
fn mirror() -> Sandbox {
    function("mirror")
}

fn function(role: &str) -> Sandbox {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "lambda::is_the_function_of_the_other_tests"]);
    command.args(["--nocapture"]).env(ROLE, role);
    Sandbox::start(command)
}

#[test]
fn is_the_function_of_the_other_tests() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let function = match role.as_str() {
        "based" => Function::new(asked()).base_path("/abc/"),
        "flat" => Function::new(asked()).flat_events(FlatRoute::Track, "k3y"),
        _ => Function::new(asked()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(function.run()).unwrap();
}

fn asked() -> Router {
    Router::new().fallback(async |request: Request| {
        let (head, body) = request.into_parts();
        let address = head.extensions.get::<ConnectInfo<SocketAddr>>();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let asked = json!({
            "method": head.method.as_str(),
            "path": head.uri.path(),
            "query": head.uri.query(),
            "uri": head.uri.to_string(),
            "body": body.to_vec(),
            "key": head.headers.get("x-api-key").map(|key| key.to_str().unwrap()),
            "address": address.map(|ConnectInfo(address)| address.ip().to_string()),
        });
        if head.uri.query().is_some_and(|query| query.contains("fail")) {
            return (StatusCode::SERVICE_UNAVAILABLE, "the store is down").into_response();
        }
        match head.uri.path() {
            "/503" => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            "/panic" => panic!("as a test asks for"),
            _ => ([("x-route", "mirror")], asked.to_string()).into_response(),
        }
    })
}
