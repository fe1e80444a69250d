//! The routes of Gimel and Lámed, for the unmodified Alephbet client and the dashboards made for them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use variate::Action;

use super::api_keys::Role;
use super::problem::{Problem, UNAVAILABLE, json_body};
use super::python_json;
use super::query::Query;
use super::shared::Shared;
use crate::event::PARTICIPATE;
use crate::seldom::Seldom;
use crate::{EventStore, ExperimentTallies, NewEvent, Outcome, Refusal, StoreError, is_exposure};

/// `GET /track`: counts one event.
pub(super) async fn track(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    let answer = async {
        let event = event(&shared, &request)?;
        shared.permit(&request.headers, Role::Write, &event.namespace)?;
        if shared.is_bot(&request.headers, &request.extensions) {
            return Ok(());
        }
        match shared.count(vec![event]).await?.pop() {
            Some(Outcome::Refused(refusal)) => Err(in_words_of_track(refusal).into()),
            Some(Outcome::Unavailable { .. }) => Err(Problem::unavailable(format!(
                "{UNAVAILABLE}; send again later"
            ))),
            _ => Ok(()),
        }
    };
    shared.answer(answer.await.map(|()| null()))
}

/// Parameters have the names that Gimel gave them.
fn in_words_of_track(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Length { field, bytes, most } => {
            let field = match field {
                "id" => "uuid",
                "action" => "event",
                field => field,
            };
            Refusal::Length { field, bytes, most }
        }
        refusal => refusal,
    }
}

/// `HEAD /track`: whoever only asks for the head has seen nothing.
pub(super) async fn nothing() -> Response {
    null()
}

fn event(shared: &Shared, request: &Parts) -> Result<NewEvent<'static>, Problem> {
    let query = Query::of(&request.uri);
    let text = |parameter| match query.get(parameter)? {
        Some(text) => Ok(text.into_owned()),
        None => Err(Problem::bad(format!(
            "parameter `{parameter}` is missing: an event has experiment, variant, event and uuid"
        ))),
    };
    let experiment = text("experiment")?;
    let (variant, action, id) = (text("variant")?, text("event")?, text("uuid")?);
    let mut event = NewEvent::new(shared.namespace(query)?, experiment, variant, action, id)
        .at(shared.collector.now());
    // Beyond Gimel and Lámed.
    event.unit = query
        .get("unit")?
        .filter(|unit| !unit.is_empty())
        .map(|unit| unit.into_owned().into());
    if let Some(value) = query.get("value")?.filter(|value| !value.is_empty()) {
        let number = value.parse::<f64>().map_err(|_| {
            Problem::bad(format!(
                "parameter `value` is `{value}`: it must be a number"
            ))
        })?;
        event.value = Some(number);
    }
    Ok(event)
}

/// What a list leaves out.
static WARNING: HeaderName = HeaderName::from_static("x-variate-warning");

/// `GET /experiments`: of each experiment and goal, how many units met each variant, and how many of them reached the goal.
pub(super) async fn results(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    let answer = async {
        let query = Query::of(&request.uri);
        let namespace = shared.namespace(query)?;
        shared.permit(&request.headers, Role::Read, &namespace)?;
        let scope = query.get("scope")?.map(std::borrow::Cow::into_owned);
        let (body, left_out) = shared
            .ask(move |store| {
                read(store, &namespace, scope)
                    .map(|(all, left_out)| (python_json::to_vec(&all), left_out))
            })
            .await?;
        let body = body
            .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
        let mut response = json_body(StatusCode::OK, body);
        if left_out > 0
            && let Ok(value) = HeaderValue::from_str(&format!(
                "{left_out} experiment(s) left out: the store of events lost a part of what it knew of them"
            ))
        {
            response.headers_mut().insert(&WARNING, value);
        }
        Ok(response)
    };
    shared.answer(answer.await)
}

/// `DELETE /delete`: forgets an experiment, if there is one.
pub(super) async fn forget(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    let answer = async {
        let query = Query::of(&request.uri);
        let namespace = shared.namespace(query)?;
        shared.permit(&request.headers, Role::Admin, &namespace)?;
        let Some(name) = query.get("experiment")?.map(std::borrow::Cow::into_owned) else {
            return Err(Problem::bad(
                "parameter `experiment` is missing: it says which one to delete",
            ));
        };
        shared
            .ask(move |store| store.delete(&namespace, &name))
            .await
    };
    shared.answer(answer.await.map(|_| null()))
}

fn null() -> Response {
    json_body(StatusCode::OK, "null")
}

impl Shared {
    fn answer(&self, answer: Result<Response, Problem>) -> Response {
        match answer {
            Ok(response) => response,
            Err(problem) if self.legacy_200 => problem.into_legacy(),
            Err(problem) => problem.into_response(),
        }
    }
}

static DAMAGES: Seldom = Seldom::new();

#[derive(Serialize)]
#[serde(untagged)]
enum Element {
    Meta {
        meta: Meta,
    },
    Results {
        experiment: String,
        goals: Vec<Goal>,
    },
}

#[derive(Serialize)]
struct Meta {
    scope: Option<String>,
}

#[derive(Serialize)]
struct Goal {
    goal: String,
    results: Vec<OfVariant>,
}

#[derive(Serialize)]
struct OfVariant {
    label: String,
    successes: u64,
    trials: u64,
}

/// And how many experiments are left out, of which the store lost a part: the others are no less good for that. Who names one is told.
fn read(
    store: &dyn EventStore,
    namespace: &str,
    scope: Option<String>,
) -> Result<(Vec<Element>, usize), StoreError> {
    let asked_for = scope.as_deref().filter(|scope| !scope.is_empty());
    let is_named = asked_for.is_some();
    let names = match asked_for {
        Some(scope) => scope.split(',').map(str::to_owned).collect(),
        None => {
            let experiments = store.experiments(namespace)?.into_iter();
            let names = experiments
                .filter(|info| !info.archived)
                .map(|info| info.name);
            names.collect::<Vec<_>>()
        }
    };
    let mut all = vec![Element::Meta {
        meta: Meta { scope },
    }];
    let mut left_out = 0;
    for experiment in names {
        let tallies = match store.tallies(namespace, &experiment) {
            Err(error @ (StoreError::Damaged { .. } | StoreError::DamagedExperiment { .. }))
                if !is_named =>
            {
                left_out += 1;
                if let Some(damages_not_told) = DAMAGES.left_out() {
                    tracing::error!(%error, damages_not_told, "an experiment is left out of a list");
                }
                continue;
            }
            tallies => tallies?,
        };
        let goals = tallies
            .filter(|tallies| !tallies.info.archived)
            .map_or_else(Vec::new, |tallies| goals(&tallies));
        all.push(Element::Results { experiment, goals });
    }
    Ok((all, left_out))
}

/// Each goal with each variant, both in order.
fn goals(tallies: &ExperimentTallies) -> Vec<Goal> {
    let goals = tallies
        .info
        .actions
        .iter()
        .filter(|action| !is_exposure(action));
    let of_variant = |goal: &str, variant: &String| OfVariant {
        label: variant.clone(),
        successes: units(tallies, goal, variant),
        trials: units(tallies, PARTICIPATE, variant).saturating_add(units(
            tallies,
            Action::ASSIGNMENT,
            variant,
        )),
    };
    goals
        .map(|goal| Goal {
            goal: goal.clone(),
            results: tallies
                .info
                .variants
                .iter()
                .map(|variant| of_variant(goal, variant))
                .collect(),
        })
        .collect()
}

/// Units as Gimel and Lámed count them: each in every variant that it was seen in, and those that another system counted before.
fn units(tallies: &ExperimentTallies, action: &str, variant: &str) -> u64 {
    tallies.cell(action, variant).map_or(0, |cell| {
        let seen = cell.total.counted.units + cell.total.crossover.units;
        let before = cell.baseline.map_or(0, |baseline| baseline.units);
        u64::try_from(seen).unwrap_or(0).saturating_add(before)
    })
}
