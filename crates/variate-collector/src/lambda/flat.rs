//! Events of a gateway that Gimel or Lámed set up.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use lambda_http::lambda_runtime::Diagnostic;
use lambda_http::tower::Service;
use serde_json::{Map, Value};

/// More than any answer to `/experiments` that a function may give: AWS takes 6 MB.
const LARGEST_ANSWER: usize = 8 << 20;

/// The route that a function of Gimel's or Lámed's stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlatRoute {
    /// `GET /track`.
    Track,
    /// `GET /experiments`.
    Experiments,
    /// `DELETE /delete`.
    Delete,
}

impl FlatRoute {
    /// Of the function's handler, which is the environment variable `_HANDLER`: `gimel.track`, `lamed.all`,
    /// `lamed.delete`.
    ///
    /// ```
    /// use variate_collector::lambda::FlatRoute;
    ///
    /// assert_eq!(FlatRoute::of_handler("lamed.all"), Some(FlatRoute::Experiments));
    /// assert_eq!(FlatRoute::of_handler("bootstrap"), None);
    /// ```
    pub fn of_handler(handler: &str) -> Option<Self> {
        match handler.split_once('.')? {
            ("gimel" | "lamed", "track") => Some(Self::Track),
            ("gimel" | "lamed", "all") => Some(Self::Experiments),
            ("gimel" | "lamed", "delete") => Some(Self::Delete),
            _ => None,
        }
    }

    const fn target(self) -> (Method, &'static str) {
        match self {
            Self::Track => (Method::GET, "/track"),
            Self::Experiments => (Method::GET, "/experiments"),
            Self::Delete => (Method::DELETE, "/delete"),
        }
    }
}

/// How flat events are answered.
#[derive(Clone)]
pub(super) struct Flat {
    pub(super) route: FlatRoute,
    pub(super) api_key: String,
}

/// The body of what the route answers; an error where that is none, as the gateway knows nothing of a status.
pub(super) async fn answer(
    mut router: Router,
    flat: Option<Flat>,
    event: Map<String, Value>,
) -> Result<Value, Diagnostic> {
    let Some(Flat { route, api_key }) = flat else {
        return Err(failure(
            "NotHttp",
            "this event has no `requestContext`, so it is none of API Gateway's proxy integration, a function URL or a load \
             balancer; for a gateway that Gimel or Lámed set up, name the handler gimel.track, gimel.all or gimel.delete",
        ));
    };
    let (method, path) = route.target();
    let mut uri = path.to_owned();
    for (index, (name, value)) in event.iter().enumerate() {
        uri.push(if index == 0 { '?' } else { '&' });
        escape(name, &mut uri);
        uri.push('=');
        match value {
            Value::String(text) => escape(text, &mut uri),
            other => escape(&other.to_string(), &mut uri),
        }
    }
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header("x-api-key", api_key);
    let request = request
        .body(Body::empty())
        .map_err(|error| failure("BadRequest", &error))?;
    let Ok(response) = router.call(request).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), LARGEST_ANSWER).await;
    let body = body.map_err(|error| failure("BadAnswer", &error))?;
    if status != StatusCode::OK {
        return Err(failure(
            &format!("Status{}", status.as_u16()),
            &String::from_utf8_lossy(&body),
        ));
    }
    serde_json::from_slice(&body).map_err(|error| failure("BadAnswer", &error))
}

fn failure(kind: &str, message: &(impl ToString + ?Sized)) -> Diagnostic {
    Diagnostic {
        error_type: kind.to_owned(),
        error_message: message.to_string(),
    }
}

fn escape(text: &str, uri: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            const DIGITS: [char; 16] = [
                '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
            ];
            let [high, low] = [byte >> 4, byte & 15]
                .map(|half| DIGITS.get(usize::from(half)).copied().unwrap_or('0'));
            uri.extend(['%', high, low]);
        }
    }
}
