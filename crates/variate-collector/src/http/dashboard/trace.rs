//! The decision trace of one context.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::{Markup, html};
use variate::{Config, Context, Explanation};
use variate_stats::words::Printable;

use super::page::{Place, failure, page, query, token};
use super::{Query, Role, Visitor, required};
use crate::http::problem::Problem;
use crate::http::shared::Shared;

/// Longer ones are no context.
const LONGEST: usize = 64 << 10;

/// Whether decisions of an experiment can be explained: the configuration is that of the usual namespace, or of those that plans name.
pub(super) fn is_declared(shared: &Shared, namespace: &str, name: &str) -> bool {
    let is_of_it = namespace == shared.namespace || shared.plans.get(namespace, name).is_some();
    let config = shared.dashboard.config.as_ref();
    is_of_it && config.is_some_and(|config| config.is_declared(short_name(config, name)))
}

/// Without what the configuration puts before each name, which is part of the names of events.
fn short_name<'n>(config: &Config, name: &'n str) -> &'n str {
    let probe = config.experiment("x", Context::default());
    let prefix = probe.name().strip_suffix('x').unwrap_or_default();
    name.strip_prefix(prefix).unwrap_or(name)
}

/// `GET /dashboard/trace`.
pub(in crate::http) async fn get(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    let visitor = match shared.visitor_or_login(&request, Place::Below) {
        Ok(visitor) => visitor,
        Err(login) => return *login,
    };
    let of = Query::of(&request.uri);
    let answer = subject(&shared, &visitor, of).map(|(namespace, name)| {
        let form = form(&visitor, &namespace, &name, "");
        show(&visitor, StatusCode::OK, &namespace, &name, &form)
    });
    answer.unwrap_or_else(|problem| failure(&problem, Place::Below, Some(&visitor)))
}

/// `POST /dashboard/trace`: what a context is told of somebody stands in no log of addresses.
pub(in crate::http) async fn post(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = match shared.visitor_or_login(&parts, Place::Below) {
        Ok(visitor) => visitor,
        Err(login) => return *login,
    };
    let answer = async {
        let body = shared.own_form(&parts, &visitor, body).await?;
        let fields = Query::from_text(&body);
        let (namespace, name) = subject(&shared, &visitor, fields)?;
        let text = fields.get("context")?.unwrap_or_default();
        let form = form(&visitor, &namespace, &name, &text);
        let (status, content) = match explain(&shared, &name, &text).await? {
            Ok(explanation) => (StatusCode::OK, html! { (trace(&explanation)) (form) }),
            Err(problem) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                html! { p.problem role="alert" { (problem) } (form) },
            ),
        };
        Ok(show(&visitor, status, &namespace, &name, &content))
    };
    let answer: Result<Response, Problem> = answer.await;
    answer.unwrap_or_else(|problem| failure(&problem, Place::Below, Some(&visitor)))
}

fn subject(
    shared: &Shared,
    visitor: &Visitor,
    fields: Query<'_>,
) -> Result<(String, String), Problem> {
    let namespace = shared.namespace(fields)?;
    if !visitor.may(Role::Read, &namespace) {
        return Err(Problem::forbidden());
    }
    let name = required(fields, "name")?;
    if is_declared(shared, &namespace, &name) {
        return Ok((namespace, name));
    }
    let text = format!("no catalogue declares `{name}`, so nobody here knows how it is decided");
    Err(Problem::new(StatusCode::NOT_FOUND, text))
}

/// What was decided, or what is wrong with the context.
async fn explain(
    shared: &Shared,
    name: &str,
    text: &str,
) -> Result<Result<Explanation, String>, Problem> {
    if text.len() > LONGEST {
        let text = format!(
            "the context has {} bytes, and may have {LONGEST}",
            text.len()
        );
        return Ok(Err(text));
    }
    let context = serde_json::from_str::<serde_json::Value>(text)
        .map_err(|error| format!("this is no JSON: {error}"))
        .and_then(|value| Context::from_serialize(&value).map_err(|error| error.to_string()));
    let (context, config) = match (context, &shared.dashboard.config) {
        (Ok(context), Some(config)) => (context, config.clone()),
        (Err(problem), _) => return Ok(Err(problem)),
        (_, None) => return Ok(Err("there is no catalogue".to_owned())),
    };
    let name = short_name(&config, name).to_owned();
    // A host's resolvers and rules may take their time.
    let explained = shared.compute(move || config.experiment(name, context).explain());
    explained.await.map(Ok)
}

fn show(
    visitor: &Visitor,
    status: StatusCode,
    namespace: &str,
    name: &str,
    content: &Markup,
) -> Response {
    let link = query(&[("namespace", namespace), ("name", name)]);
    let content = html! {
        h1 { "Why does somebody get a variant of " a href={ "experiment" (link) } { (Printable(name)) } "?" }
        (content)
    };
    let title = format!("Decision: {name}");
    page(status, Place::Below, &title, Some(visitor), &content)
}

/// Asks for a context.
pub(super) fn form(visitor: &Visitor, namespace: &str, name: &str, text: &str) -> Markup {
    html! {
        form.trace method="post" action="trace" {
            (token(visitor))
            input type="hidden" name="namespace" value=(namespace);
            input type="hidden" name="name" value=(name);
            label for="context" { "Context, as the program has it" }
            textarea id="context" name="context" rows="4" required spellcheck="false"
                placeholder=r#"{"user_id": 42, "country": "DE"}"# { (text) }
            button type="submit" { "Explain" }
            p.small { "Nothing is tracked. What a store of assignments or a request would add is known to the program only." }
        }
    }
}

fn trace(explanation: &Explanation) -> Markup {
    let signature = &explanation.signature;
    html! {
        p.conclusion.open role="status" {
            "The variant is " strong { (signature.variant.as_str()) }
            @if !explanation.tracked { ", and nothing is tracked" }
            ": " (explanation.reason.replace('_', " ")) "."
        }
        ol.steps {
            @for step in &explanation.steps {
                li.decided[step.decided] {
                    strong { (step.name) }
                    @if step.decided { " (decided)" }
                    ": " (step.detail)
                }
            }
        }
        dl {
            dt { "Key" }
            dd { code { (signature.key) } }
            @if !signature.migration_keys.is_empty() {
                dt { "Former keys" }
                @for key in &signature.migration_keys { dd { code { (key) } } }
            }
        }
    }
}
