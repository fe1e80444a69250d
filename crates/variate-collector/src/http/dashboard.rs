//! The dashboard: pages for people, who log in with an API key.

mod abba;
mod assets;
mod change;
mod chart;
mod decide;
mod ended;
mod experiment;
mod health;
mod list;
mod login;
mod page;
mod row;
mod session;
mod trace;
mod wrong_keys;

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use variate::Config;

pub(super) use self::assets::{chart_script, script, style};
pub(super) use self::change::{confirm, post as change};
pub(super) use self::experiment::get as experiment;
use self::health::HealthCache;
pub(super) use self::list::get as list;
pub(super) use self::login::{get as login_form, log_out, post as log_in};
use self::page::Place;
use self::session::Session;
pub(super) use self::session::Sessions;
pub(super) use self::trace::{get as trace_form, post as trace};
use self::wrong_keys::WrongKeys;
use super::api_keys::{Role, Shown};
use super::problem::Problem;
use super::query::Query;
use super::shared::Shared;

/// What the pages know besides what all routes know.
pub(super) struct Dashboard {
    pub(super) is_on: bool,
    pub(super) sessions: Sessions,
    pub(super) config: Option<Config>,
    health: HealthCache,
    wrong_keys: WrongKeys,
}

impl Dashboard {
    pub(super) fn new() -> Self {
        Self {
            is_on: true,
            sessions: Sessions::new(&rand::random::<[u8; 32]>()),
            config: None,
            health: HealthCache::default(),
            wrong_keys: WrongKeys::new(),
        }
    }
}

/// Said of a page that there is not, whoever asks.
pub(super) fn unknown() -> Response {
    let problem = Problem::new(StatusCode::NOT_FOUND, "The dashboard has no such page.");
    page::failure(&problem, Place::Below, None)
}

/// Who looks at a page.
pub(super) struct Visitor {
    session: Session,
    shown: Shown,
    /// What forms have to bring back.
    token: String,
}

impl Visitor {
    fn may(&self, role: Role, namespace: &str) -> bool {
        self.shown.is_for(role, namespace)
    }
}

impl Shared {
    /// Who sends this request, if they are logged in, and if there still is their key.
    fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        let sessions = &self.dashboard.sessions;
        let session = sessions.read(headers, self.collector.now())?;
        let ticket = session.ticket?;
        let shown = self.keys.of(|hash| sessions.ticket(hash) == ticket);
        shown.is_reader().then(|| Visitor {
            token: sessions.token(&session),
            session,
            shown,
        })
    }

    /// The same, or the way to the login.
    fn visitor_or_login(&self, request: &Parts, place: Place) -> Result<Visitor, Box<Response>> {
        self.visitor(&request.headers)
            .ok_or_else(|| Box::new(login::lead_to(request, place)))
    }

    /// The namespace that a page is of, which its visitor may read.
    fn page_namespace(&self, visitor: &Visitor, query: Query<'_>) -> Result<String, Problem> {
        let namespace = self.namespace(query)?;
        if visitor.may(Role::Read, &namespace) {
            Ok(namespace)
        } else {
            Err(Problem::forbidden())
        }
    }
}

/// The parameter that a page cannot do without.
fn required(query: Query<'_>, parameter: &'static str) -> Result<String, Problem> {
    match query.get(parameter)? {
        Some(value) if !value.is_empty() => Ok(value.into_owned()),
        _ => Err(Problem::bad(format!("parameter `{parameter}` is missing"))),
    }
}
