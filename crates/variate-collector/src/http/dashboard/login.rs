//! Logging in and out.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::Response;
use maud::html;

use super::Query;
use super::page::{Place, failure, is_foreign, is_secure, page, query, redirect};
use super::session::{Session, Sessions};
use super::wrong_keys::WrongKeys;
use crate::http::api_keys::hash;
use crate::http::client;
use crate::http::problem::Problem;
use crate::http::shared::Shared;

/// The pages that somebody may be led to after the login.
const PAGES: [&str; 3] = ["experiment", "trace", "change"];

/// To the login, and from there to where somebody wanted to go.
pub(super) fn lead_to(request: &Parts, place: Place) -> Response {
    let path = request.uri.path();
    let last = path.rsplit('/').next().unwrap_or_default();
    let wanted = request.uri.query().filter(|_| PAGES.contains(&last));
    let mut to = format!("{}login", place.below());
    if is_foreign(&request.headers) && request.method.is_safe() {
        // A browser keeps the cookie to itself where a page elsewhere links to this one: it may have one all the same.
        return come_again(place);
    }
    if let Some(wanted) = wanted {
        to.push_str(&query(&[("to", &format!("{last}?{wanted}"))]));
    }
    redirect(&to, None)
}

/// The same page again, this time at the wish of a page of ours.
fn come_again(place: Place) -> Response {
    let content = html! {
        h1 { "One moment" }
        p { "If nothing happens, " a href="" { "go on" } "." }
    };
    let mut response = page(StatusCode::OK, place, "One moment", None, &content);
    let refresh = axum::http::HeaderValue::from_static("0");
    response.headers_mut().insert("refresh", refresh);
    response
}

/// `GET /dashboard/login`.
pub(in crate::http) async fn get(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    if shared.visitor(&request.headers).is_some() {
        return redirect(Place::Below.list(), None);
    }
    let to = Query::of(&request.uri).get("to").ok().flatten();
    form(&shared, &request, StatusCode::OK, to.as_deref(), None)
}

fn form(
    shared: &Shared,
    request: &Parts,
    status: StatusCode,
    to: Option<&str>,
    problem: Option<&str>,
) -> Response {
    let sessions = &shared.dashboard.sessions;
    let now = shared.collector.now();
    // Also who is not logged in has a session, so that nobody else can log them in.
    let known = sessions.read(&request.headers, now);
    let session = known.unwrap_or_else(|| Sessions::begin(now, None));
    let content = html! {
        h1 { "Log in" }
        @if let Some(problem) = problem {
            p.problem role="alert" id="problem" { (problem) }
        }
        form.login method="post" action="login" {
            input type="hidden" name="token" value=(sessions.token(&session));
            @if let Some(to) = to { input type="hidden" name="to" value=(to); }
            // Those who keep passwords for people want a name to it.
            input type="text" name="user" value="API key" autocomplete="username" readonly hidden;
            label for="key" { "API key" }
            input id="key" name="key" type="password" autocomplete="current-password" required
                autofocus spellcheck="false" aria-describedby=[problem.map(|_| "problem")];
            button type="submit" { "Log in" }
        }
        p.small {
            "A key with the role read sees everything of its namespaces; one with the role admin also changes experiments. "
            "The key itself is kept nowhere: the browser gets a session that ends after 12 hours."
        }
    };
    let mut response = page(status, Place::Below, "Log in", None, &content);
    if known.is_none() {
        let cookie = sessions.cookie(&session, is_secure(&request.headers));
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// `POST /dashboard/login`.
pub(in crate::http) async fn post(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answer = async {
        let body = shared.form(&parts, body).await?;
        let fields = Query::from_text(&body);
        let to = fields.get("to")?.map(std::borrow::Cow::into_owned);
        let now = shared.collector.now();
        let sessions = &shared.dashboard.sessions;
        let session = sessions.read(&parts.headers, now);
        if !session.is_some_and(|session| is_ours(&shared, &parts, &session, fields)) {
            let text = "The form was too old, or the browser keeps no cookies: try once more.";
            let status = StatusCode::FORBIDDEN;
            return Ok(form(&shared, &parts, status, to.as_deref(), Some(text)));
        }
        let wrong_keys = &shared.dashboard.wrong_keys;
        let address = client::address(&parts.headers, &parts.extensions, shared.proxies);
        if !wrong_keys.may_try(address, now) {
            return Ok(too_often(&shared, &parts, to.as_deref()));
        }
        let key = fields.get("key")?.unwrap_or_default();
        let hash = hash(key.trim().as_bytes());
        let ticket = sessions.ticket(&hash);
        let shown = shared.keys.of(|of| sessions.ticket(of) == ticket);
        if !shown.is_reader() {
            wrong_keys.add(address, now);
            let text = if shown.is_sender() {
                "This key is for sending events only."
            } else {
                "There is no such key."
            };
            let status = StatusCode::FORBIDDEN;
            return Ok(form(&shared, &parts, status, to.as_deref(), Some(text)));
        }
        // A new session: nobody knows it from before.
        let session = Sessions::begin(now, Some(ticket));
        let cookie = sessions.cookie(&session, is_secure(&parts.headers));
        let to = to.filter(|to| is_page(to));
        Ok(redirect(
            to.as_deref().unwrap_or(Place::Below.list()),
            Some(cookie),
        ))
    };
    let answer: Result<Response, Problem> = answer.await;
    answer.unwrap_or_else(|problem| failure(&problem, Place::Below, None))
}

/// Where somebody tried many keys: which of them is right is not told any more.
fn too_often(shared: &Shared, request: &Parts, to: Option<&str>) -> Response {
    let seconds = WrongKeys::INTERVAL.as_secs();
    let text =
        format!("Too many wrong keys came from your address: try again in {seconds} seconds.");
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = form(shared, request, status, to, Some(&text));
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    response
}

/// Whether it is one of ours, and none of somebody else's server.
fn is_page(to: &str) -> bool {
    let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic());
    let page = to.split_once('?').map(|(page, _)| page);
    is_plain && page.is_some_and(|page| PAGES.contains(&page))
}

/// `POST /dashboard/logout`.
pub(in crate::http) async fn log_out(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let answer = async {
        let body = shared.form(&parts, body).await?;
        let sessions = &shared.dashboard.sessions;
        let now = shared.collector.now();
        let session = sessions.read(&parts.headers, now);
        if let Some(session) = session {
            if !is_ours(&shared, &parts, &session, Query::from_text(&body)) {
                return Err(stranger());
            }
            sessions.end(&session, now);
        }
        let cookie = Sessions::no_cookie(is_secure(&parts.headers));
        Ok(redirect("login", Some(cookie)))
    };
    answer
        .await
        .unwrap_or_else(|problem| failure(&problem, Place::Below, None))
}

/// Whether a form comes from one of our pages, in this session.
pub(super) fn is_ours(
    shared: &Shared,
    parts: &Parts,
    session: &Session,
    fields: Query<'_>,
) -> bool {
    let token = fields.get("token").ok().flatten().unwrap_or_default();
    shared.dashboard.sessions.is_token(session, &token) && !is_foreign(&parts.headers)
}

/// What is said to a form that does not.
pub(super) fn stranger() -> Problem {
    let text =
        "This form is not from this session: go back, load the page again, and send it once more.";
    Problem::new(StatusCode::FORBIDDEN, text)
}

impl Shared {
    /// What a form sends.
    pub(super) async fn form(
        &self,
        parts: &Parts,
        body: axum::body::Body,
    ) -> Result<String, Problem> {
        let taken = self.read(parts, body, false).await?;
        let text = std::str::from_utf8(&taken.bytes);
        text.map(str::to_owned)
            .map_err(|_| Problem::bad("the form is not UTF-8"))
    }

    /// What a visitor filled in, on one of our pages.
    pub(super) async fn own_form(
        &self,
        parts: &Parts,
        visitor: &super::Visitor,
        body: axum::body::Body,
    ) -> Result<String, Problem> {
        let body = self.form(parts, body).await?;
        if is_ours(self, parts, &visitor.session, Query::from_text(&body)) {
            Ok(body)
        } else {
            Err(stranger())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_dashboard_are_led_to() {
        assert!(is_page("experiment?namespace=shop&name=a"));
        for to in [
            "https://evil.example/experiment?x",
            "//evil.example/experiment?x",
            "/experiment?x",
            "experiment",
            "experiment?a\r\nx: y",
            "logout?x",
            "",
        ] {
            assert!(!is_page(to), "{to}");
        }
    }
}
