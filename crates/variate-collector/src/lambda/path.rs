//! What stands before the routes' own paths: stages and base paths.

use std::env;
use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

/// Where this is set, `lambda_http` leaves paths alone.
const NOT_PUT: &str = "AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH";

/// Makes the path what the routes know, and the caller's address what a connection would tell.
pub(super) fn settle(request: &mut Request, base_path: &str) {
    let raw = request.raw_http_path();
    let (stage, is_sent, address) = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => {
            // A REST API has no stage in the path; an HTTP API with the older format has.
            let is_sent = context.path.as_deref() == Some(raw);
            let address = context.identity.source_ip.as_deref();
            (context.stage.as_deref(), is_sent, address)
        }
        Some(RequestContext::ApiGatewayV2(context)) => {
            let address = context.http.source_ip.as_deref();
            (context.stage.as_deref(), true, address)
        }
        _ => (None, false, None),
    };
    let address: Option<IpAddr> = address.and_then(|address| address.parse().ok());
    let mut path = request.uri().path();
    if let Some(stage) = stage.filter(|stage| *stage != "$default") {
        // `lambda_http` puts a stage before the paths that do not begin with it.
        let is_put = !raw.starts_with(&format!("/{stage}/")) && env::var_os(NOT_PUT).is_none();
        let is_sent = is_sent && without(raw, stage).is_some();
        for _ in 0..usize::from(is_put) + usize::from(is_sent) {
            path = without(path, stage).unwrap_or(path);
        }
    }
    let base_path = base_path.trim_matches('/');
    if !base_path.is_empty() {
        path = without(path, base_path).unwrap_or(path);
    }
    if let Some(uri) = with_path(request.uri(), path) {
        *request.uri_mut() = uri;
    }
    if let Some(address) = address {
        let address = SocketAddr::new(address, 0);
        request.extensions_mut().insert(ConnectInfo(address));
    }
}

/// The path behind its first segments, if they are these.
fn without<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix('/')?.strip_prefix(prefix)?;
    match rest {
        "" => Some("/"),
        rest if rest.starts_with('/') => Some(rest),
        _ => None,
    }
}

/// The path and the query, without scheme and host: as a server sees them.
fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    PathAndQuery::try_from(whole).ok().map(Uri::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_segments_are_taken_off() {
        assert_eq!(without("/prod/track", "prod"), Some("/track"));
        assert_eq!(without("/prod", "prod"), Some("/"));
        assert_eq!(without("/production/track", "prod"), None);
        assert_eq!(without("/track", "prod"), None);
        assert_eq!(without("/a/b/track", "a/b"), Some("/track"));
    }
}
