//! `/v1/experiments`: what is counted, and the life of an experiment.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::api_keys::Role;
use super::problem::{Problem, json_body};
use super::query::Query;
use super::shared::Shared;
use crate::{
    Change, ChangeError, EventStore, ExperimentInfo, ExperimentTallies, OfDay, Pair, Products,
    Tally,
};

pub(super) type Name = Result<Path<String>, axum::extract::rejection::PathRejection>;

#[derive(Serialize)]
struct Namespaces {
    namespaces: Vec<String>,
}

/// `GET /v1/namespaces`: those that the key may read.
pub(super) async fn namespaces(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    let answer = async {
        let reader = shared.keys.shown_in(&request.headers);
        if !reader.is_reader() {
            return Err(Problem::forbidden());
        }
        let mut namespaces = shared.ask(|store| store.namespaces()).await?;
        namespaces.retain(|name| reader.is_for(Role::Read, name));
        Ok(Namespaces { namespaces })
    };
    respond(answer.await)
}

#[derive(Serialize)]
struct Page {
    namespace: String,
    experiments: Vec<ExperimentInfo>,
    /// The last name, if there are more behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /v1/experiments`.
pub(super) async fn list(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    let answer = async {
        let namespace = readable(&shared, &request)?;
        let (limit, after) = page(&request)?;
        let asked = namespace.clone();
        let mut experiments = shared.ask(move |store| store.experiments(&asked)).await?;
        if let Some(after) = after {
            experiments.retain(|info| info.name > after);
        }
        let has_more = experiments.len() > limit;
        experiments.truncate(limit);
        let next = experiments.last().filter(|_| has_more);
        Ok(Page {
            namespace,
            next: next.map(|info| info.name.clone()),
            experiments,
        })
    };
    respond(answer.await)
}

/// How many to tell, and behind which name; all of them if the request does not say.
fn page(request: &Parts) -> Result<(usize, Option<String>), Problem> {
    let query = Query::of(&request.uri);
    let limit = match query.get("limit")?.filter(|limit| !limit.is_empty()) {
        Some(limit) => match limit.parse() {
            Ok(limit) if limit > 0 => limit,
            _ => {
                let message =
                    format!("parameter `limit` is `{limit}`: it must be a whole number from 1 on");
                return Err(Problem::bad(message));
            }
        },
        None => usize::MAX,
    };
    let after = query.get("after")?.filter(|after| !after.is_empty());
    Ok((limit, after.map(Into::into)))
}

/// `GET /v1/experiments/{name}`.
pub(super) async fn tallies(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Parts,
) -> Response {
    respond(read(&shared, name, &request).await)
}

/// `GET /v1/experiments/{name}/days`.
pub(super) async fn days(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Parts,
) -> Response {
    let tallies = read(&shared, name, &request).await;
    match &tallies {
        Ok(tallies) => respond(Ok(Days::of(tallies))),
        Err(_) => respond(tallies),
    }
}

#[derive(Serialize)]
struct Days<'t> {
    namespace: &'t str,
    name: &'t str,
    crossovers: Vec<DayUnits>,
    cells: Vec<CellDays<'t>>,
    pairs: Vec<PairDays<'t>>,
}

#[derive(Serialize)]
struct DayUnits {
    day: crate::Day,
    units: i64,
}

#[derive(Serialize)]
struct CellDays<'t> {
    action: &'t str,
    variant: &'t str,
    days: &'t [OfDay<Tally>],
}

#[derive(Serialize)]
struct PairDays<'t> {
    #[serde(flatten)]
    pair: &'t Pair,
    variant: &'t str,
    days: &'t [OfDay<Products>],
}

impl<'t> Days<'t> {
    fn of(tallies: &'t ExperimentTallies) -> Self {
        let crossovers = tallies
            .crossover_days
            .iter()
            .map(|&(day, units)| DayUnits { day, units });
        let cells = tallies.cells.iter().map(|cell| CellDays {
            action: &cell.action,
            variant: &cell.variant,
            days: &cell.days,
        });
        let pairs = tallies.pair_tallies.iter().map(|of| PairDays {
            pair: &of.pair,
            variant: &of.variant,
            days: &of.days,
        });
        Self {
            namespace: &tallies.info.namespace,
            name: &tallies.info.name,
            crossovers: crossovers.collect(),
            cells: cells.collect(),
            pairs: pairs.collect(),
        }
    }
}

async fn read(shared: &Shared, name: Name, request: &Parts) -> Result<ExperimentTallies, Problem> {
    let namespace = readable(shared, request)?;
    let name = named(name)?;
    let asked = (namespace.clone(), name.clone());
    let tallies = shared
        .ask(move |store| store.tallies(&asked.0, &asked.1))
        .await?;
    tallies.ok_or_else(|| Problem::no_experiment(&namespace, &name))
}

/// `DELETE /v1/experiments/{name}`.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Parts,
) -> Response {
    let answer = async {
        let namespace = changeable(&shared, &request)?;
        let name = named(name)?;
        let was_there = shared
            .ask(move |store| store.delete(&namespace, &name))
            .await?;
        Ok(json!({"deleted": was_there}))
    };
    respond(answer.await)
}

/// `POST /v1/experiments/{name}/reset`.
pub(super) async fn reset(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Parts,
) -> Response {
    let answer = async {
        let namespace = changeable(&shared, &request)?;
        let name = named(name)?;
        let asked = (namespace.clone(), name.clone());
        let reset = shared.ask(move |store| {
            if !store.reset(&asked.0, &asked.1)? {
                return Ok(None);
            }
            find(store, &asked.0, &asked.1)
        });
        reset
            .await?
            .ok_or_else(|| Problem::no_experiment(&namespace, &name))
    };
    respond(answer.await)
}

/// `POST /v1/experiments/{name}/archive`.
pub(super) async fn archive(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Request,
) -> Response {
    respond(change(&shared, name, request, |_| Ok(Change::Archived(true))).await)
}

/// `POST /v1/experiments/{name}/unarchive`.
pub(super) async fn unarchive(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Request,
) -> Response {
    respond(change(&shared, name, request, |_| Ok(Change::Archived(false))).await)
}

/// A variant, or `null` to take the choice back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    #[serde(deserialize_with = "Option::deserialize")]
    variant: Option<String>,
}

const CHOICE: &str = r#"{"variant": "red"}, or null in place of the name to take it back"#;
const PAIR: &str = r#"{"first": "bought", "second": "visited"}"#;

/// `POST /v1/experiments/{name}/control`.
pub(super) async fn control(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Request,
) -> Response {
    choose(&shared, name, request, Change::Control).await
}

/// `POST /v1/experiments/{name}/winner`.
pub(super) async fn winner(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Request,
) -> Response {
    choose(&shared, name, request, Change::Winner).await
}

/// `POST /v1/experiments/{name}/pairs`, which may come before the first event.
pub(super) async fn pairs(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Request,
) -> Response {
    respond(
        change(&shared, name, request, |body| {
            parse(body, PAIR).map(Change::Pair)
        })
        .await,
    )
}

async fn choose(
    shared: &Shared,
    name: Name,
    request: Request,
    to_change: fn(Option<String>) -> Change,
) -> Response {
    let choice = |body: &[u8]| parse(body, CHOICE).map(|of: Choice| to_change(of.variant));
    respond(change(shared, name, request, choice).await)
}

/// Of an experiment that there is; only a pair is declared before.
async fn change(
    shared: &Shared,
    name: Name,
    request: Request,
    of_body: impl FnOnce(&[u8]) -> Result<Change, Problem>,
) -> Result<ExperimentInfo, Problem> {
    let (parts, body) = request.into_parts();
    let namespace = changeable(shared, &parts)?;
    let name = named(name)?;
    let change = of_body(&shared.read(&parts, body, true).await?.bytes)?;
    let asked = (namespace.clone(), name.clone());
    let changed = shared.ask(move |store| {
        let (namespace, name) = asked;
        if !matches!(change, Change::Pair(_)) && find(store, &namespace, &name)?.is_none() {
            return Ok(None);
        }
        store.change(&namespace, &name, &change).map(Some)
    });
    changed
        .await?
        .ok_or_else(|| Problem::no_experiment(&namespace, &name))
}

pub(super) fn find(
    store: &dyn EventStore,
    namespace: &str,
    name: &str,
) -> Result<Option<ExperimentInfo>, ChangeError> {
    let found = |all: Vec<ExperimentInfo>| all.into_iter().find(|info| info.name == name);
    Ok(found(store.experiments(namespace)?))
}

fn parse<'b, T: Deserialize<'b>>(body: &'b [u8], example: &str) -> Result<T, Problem> {
    // Serde would take an array of the fields' values, too.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::bad(format!(
            "this is no object; the body must be as in {example}"
        )));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad(format!("{error}; the body must be as in {example}")))
}

pub(super) fn readable(shared: &Shared, request: &Parts) -> Result<String, Problem> {
    permitted(shared, request, Role::Read)
}

fn changeable(shared: &Shared, request: &Parts) -> Result<String, Problem> {
    permitted(shared, request, Role::Admin)
}

fn permitted(shared: &Shared, request: &Parts, role: Role) -> Result<String, Problem> {
    let namespace = shared.namespace(Query::of(&request.uri))?;
    shared.permit(&request.headers, role, &namespace)?;
    Ok(namespace)
}

pub(super) fn named(name: Name) -> Result<String, Problem> {
    match name {
        Ok(Path(name)) => Ok(name),
        Err(_) => Err(Problem::bad(
            "the experiment's name in the path is not UTF-8",
        )),
    }
}

pub(super) fn respond(answer: Result<impl Serialize, Problem>) -> Response {
    let body = answer.and_then(|answer| {
        serde_json::to_vec(&answer)
            .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
    });
    match body {
        Ok(body) => json_body(StatusCode::OK, body),
        Err(problem) => problem.into_response(),
    }
}
