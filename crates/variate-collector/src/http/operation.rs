//! What those ask who look after a collector.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::problem::{Problem, json_body};
#[cfg(feature = "dashboard")]
use super::route::Route;
use super::shared::Shared;

/// `GET /healthz`: the process answers.
pub(super) async fn health() -> Response {
    json_body(StatusCode::OK, r#"{"status":"ok"}"#)
}

/// `GET /readyz`: the store can count, and what endangers that.
pub(super) async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    let asked = shared.ask(|store| store.ready().map(|()| store.warnings()));
    match asked.await {
        Ok(warnings) if warnings.is_empty() => json_body(StatusCode::OK, r#"{"status":"ready"}"#),
        Ok(warnings) => {
            let body = serde_json::json!({"status": "ready", "warnings": warnings});
            json_body(StatusCode::OK, body.to_string())
        }
        Err(problem) => problem.into_response(),
    }
}

/// `GET /metrics`.
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let kept = shared.kept().await;
    let text = shared.metrics.to_text(shared.collector.stats(), kept);
    typed("text/plain; version=0.0.4; charset=utf-8", text)
}

/// `GET /openapi.json`.
pub(super) async fn openapi() -> Response {
    let text = include_str!("openapi.json").replace("{version}", env!("CARGO_PKG_VERSION"));
    typed("application/json", text)
}

/// `GET /docs`: the same for people. It needs nothing from anywhere else, and may load nothing.
pub(super) async fn docs() -> Response {
    let mut response = typed("text/html; charset=utf-8", include_str!("docs/docs.html"));
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

pub(super) async fn docs_script() -> Response {
    typed(
        "text/javascript; charset=utf-8",
        include_str!("docs/docs.js"),
    )
}

pub(super) async fn docs_style() -> Response {
    typed("text/css; charset=utf-8", include_str!("docs/docs.css"))
}

/// Whether a browser asks for a page right below the dashboard, whatever is before it.
#[cfg(feature = "dashboard")]
fn is_below_dashboard(path: &str) -> bool {
    let above = path.rsplit_once('/').map(|(above, _)| above);
    above.is_some_and(|above| above.ends_with(Route::Dashboard.path())) && !path.contains("/v1/")
}

/// Any other path. `/` leads to the dashboard, or else to the documentation; it is no route of its own, since an application that merges these has one.
pub(super) async fn unknown(
    State(shared): State<Arc<Shared>>,
    OriginalUri(original): OriginalUri,
    method: Method,
    uri: Uri,
) -> Response {
    #[cfg(feature = "dashboard")]
    if shared.dashboard.is_on && is_below_dashboard(uri.path()) {
        return super::dashboard::unknown();
    }
    if uri.path() == "/" && matches!(method, Method::GET | Method::HEAD) {
        let mut response = StatusCode::SEE_OTHER.into_response();
        // Relative, so that it is found behind a stage as well: to the last part of a path that does not end in a slash.
        let (_, last) = original.path().rsplit_once('/').unwrap_or_default();
        let to = match last {
            "" => root(&shared).to_owned(),
            mount => format!("{mount}/{}", root(&shared)),
        };
        if let Ok(to) = HeaderValue::try_from(to) {
            response.headers_mut().insert(LOCATION, to);
        }
        return response;
    }
    Problem::new(
        StatusCode::NOT_FOUND,
        "there is no such route; /docs lists them",
    )
    .into_response()
}

#[cfg(feature = "dashboard")]
const fn root(shared: &Shared) -> &'static str {
    if shared.dashboard.is_on {
        "dashboard"
    } else {
        "docs"
    }
}

#[cfg(not(feature = "dashboard"))]
const fn root(_: &Shared) -> &'static str {
    "docs"
}

/// Any other method.
pub(super) async fn not_allowed() -> Response {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this route has no such method; /docs lists them",
    )
    .into_response()
}

fn typed(kind: &'static str, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
