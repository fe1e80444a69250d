//! What all pages have around them.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use maud::{DOCTYPE, Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use variate_stats::words::Printable;

use super::Visitor;
use super::assets::VERSION;
use crate::http::problem::Problem;

/// Nothing but what comes from here, and no script or style within a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%2331589c'/%3E%3Cpath d='M3 5h7M6 11h7' stroke='white' stroke-width='2'/%3E%3C/svg%3E";

/// All but what stands for itself in a link: the unreserved letters of RFC 3986.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where a page is: links are relative, since nobody knows what comes before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `/dashboard`.
    List,
    /// Below it.
    Below,
}

impl Place {
    /// The way to a page below.
    pub(super) const fn below(self) -> &'static str {
        match self {
            Self::List => "dashboard/",
            Self::Below => "",
        }
    }

    /// The way to the list.
    pub(super) const fn list(self) -> &'static str {
        match self {
            Self::List => "dashboard",
            Self::Below => "../dashboard",
        }
    }

    const fn docs(self) -> &'static str {
        match self {
            Self::List => "docs",
            Self::Below => "../docs",
        }
    }
}

/// A whole page.
pub(super) fn page(
    status: StatusCode,
    place: Place,
    title: &str,
    visitor: Option<&Visitor>,
    content: &Markup,
) -> Response {
    let below = place.below();
    let version = VERSION.as_str();
    let text = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (Printable(title)) }
                link rel="icon" href=(ICON);
                link rel="stylesheet" href={ (below) "style.css?" (version) };
                script src={ (below) "uplot.js?" (version) } defer {}
                script src={ (below) "script.js?" (version) } defer {}
            }
            body.dashboard {
                a.skip href="#content" { "Skip to the content" }
                header {
                    nav aria-label="Pages" {
                        a href=(place.list()) { "Experiments" }
                        a href=(place.docs()) { "API" }
                    }
                    @if let Some(visitor) = visitor {
                        form method="post" action={ (below) "logout" } {
                            (token(visitor))
                            button type="submit" { "Log out" }
                        }
                    }
                }
                main id="content" tabindex="-1" { (content) }
            }
        }
    };
    // HTML has no place for it, in fields of forms neither.
    let text = text.into_string().replace('\0', "\u{fffd}");
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let fixed: [(HeaderName, &'static str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        // Names of experiments are nobody else's business; forms tell their origin.
        (REFERRER_POLICY, "same-origin"),
        (X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        let headers = response.headers_mut();
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What a form brings back to show that it is ours.
pub(super) fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="token" value=(visitor.token); }
}

/// A page that says why there is no other one.
pub(super) fn failure(problem: &Problem, place: Place, visitor: Option<&Visitor>) -> Response {
    let status = problem.status();
    let title = match status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "Not found",
        _ => "That did not work",
    };
    let text = match status {
        StatusCode::FORBIDDEN if problem.message() == "Forbidden" => {
            "The API key that you logged in with is not for this."
        }
        _ => problem.message(),
    };
    let content = html! {
        h1 { (title) }
        p { (Printable(text)) }
        p { a href=(place.list()) { "All experiments" } }
    };
    page(status, place, title, visitor, &content)
}

/// The way to another page.
pub(super) fn redirect(to: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("../dashboard"));
    headers.insert(LOCATION, to);
    if let Some(cookie) = cookie {
        headers.insert(SET_COOKIE, cookie);
    }
    response
}

/// Whether a browser asked over HTTPS, as far as a proxy tells: its cookie is then for HTTPS only.
pub(super) fn is_secure(headers: &HeaderMap) -> bool {
    let scheme = headers.get("x-forwarded-proto");
    scheme.is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// Whether a page of another site sent this, as far as the browser tells.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site"))
}

/// The parameters of a link, encoded.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        text.extend(utf8_percent_encode(value, &ENCODED));
    }
    text
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_as_it_was_written() {
        let name = "a b&c=d/é?#\"'<>%\0+";
        let text = query(&[("namespace", "n"), ("name", name)]);
        let uri: axum::http::Uri = format!("/{text}").parse().unwrap();
        let read = crate::http::query::Query::of(&uri);
        assert_eq!(read.get("name").unwrap().unwrap(), name);
        assert_eq!(read.get("namespace").unwrap().unwrap(), "n");
    }
}
