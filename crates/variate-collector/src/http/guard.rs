//! What happens around every route: who may ask at all, and the headers of each answer.

use std::sync::Arc;
use std::time::Instant;

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, EXPECT, ORIGIN, PRAGMA,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::client;
use super::lent_body::lend;
use super::origins::Verdict;
use super::problem::Problem;
use super::route::Route;
use super::shared::Shared;

/// What a page may send along; the first five are those of Gimel's and Lámed's gateway.
const HEADERS: &str =
    "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token,Content-Encoding";

pub(super) async fn guard(
    State((shared, route)): State<(Arc<Shared>, Route)>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let verdict = shared.origins.verdict(request.headers());
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = if method == Method::OPTIONS {
        StatusCode::OK.into_response()
    } else {
        match admit(&shared, route, &verdict, &request) {
            Ok(()) => answer(request, next).await,
            Err(problem) => problem.into_response(),
        }
    };
    let headers = response.headers_mut();
    if method == Method::OPTIONS && !route.is_of_dashboard() {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, route.methods());
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(HEADERS),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    }
    if !route.is_of_dashboard() {
        allow(headers, route, verdict, origin);
    }
    let fixed = [
        (PRAGMA, "no-cache"),
        (CACHE_CONTROL, "no-cache, no-store, must-revalidate"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fixed {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    shared
        .metrics
        .answered(route, &method, response.status(), started.elapsed());
    response
}

/// With all of the body read, whoever wanted it: an answer to half a request may not be seen.
async fn answer(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let waits = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let (body, lender) = lend(body);
    let response = next.run(Request::from_parts(parts, body)).await;
    // Who waits to be asked for the body sends none; who was too slow still is.
    if !waits && response.status() != StatusCode::REQUEST_TIMEOUT {
        lender.discard().await;
    }
    response
}

fn admit(
    shared: &Shared,
    route: Route,
    verdict: &Verdict,
    request: &Request,
) -> Result<(), Problem> {
    if let Some(rate) = shared.rate.as_ref().filter(|_| !route.is_probe()) {
        let address = client::address(request.headers(), request.extensions(), shared.proxies);
        if address.is_some_and(|address| !rate.passes(address)) {
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too Many Requests",
            ));
        }
    }
    // A browser sends such an event all the same, and only keeps the answer from the page.
    if let Verdict::Stranger(origin) = verdict
        && route.takes_events()
    {
        let message = format!(
            "pages of {} may not send events here: it is not among the allowed origins",
            origin.to_str().unwrap_or("this origin")
        );
        return Err(Problem::new(StatusCode::FORBIDDEN, message));
    }
    Ok(())
}

fn allow(headers: &mut HeaderMap, route: Route, verdict: Verdict, origin: Option<HeaderValue>) {
    let mut set = |name: HeaderName, value| headers.insert(name, value);
    let is_any = verdict == Verdict::Any;
    let allowed = match verdict {
        // `navigator.sendBeacon` always sends cookies along. They mean nothing here, but a browser then insists on the
        // origin's name and on this permission. Only for events: behind another one's login, cookies do mean something.
        Verdict::Any if route == Route::Events => origin.or(Some(HeaderValue::from_static("*"))),
        Verdict::Any => Some(HeaderValue::from_static("*")),
        Verdict::Only(origin) => Some(origin),
        Verdict::Own | Verdict::Stranger(_) => None,
    };
    if !is_any || route == Route::Events {
        set(VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(allowed) = allowed {
        if route == Route::Events && allowed != "*" {
            set(
                ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        set(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    }
}
