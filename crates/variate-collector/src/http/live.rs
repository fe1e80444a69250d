//! What an experiment says, by what is declared of it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::experiments::{Name, named, readable, respond};
use super::problem::Problem;
use super::shared::Shared;
use crate::live::{ExperimentPlan, LiveEvaluation};
use crate::{ExperimentInfo, ExperimentTallies};

/// `GET /v1/experiments/{name}/evaluation`.
pub(super) async fn evaluation(
    State(shared): State<Arc<Shared>>,
    name: Name,
    request: Parts,
) -> Response {
    let answer = async {
        let namespace = readable(&shared, &request)?;
        evaluate(&shared, &namespace, &named(name)?).await
    };
    respond(answer.await)
}

async fn evaluate(shared: &Shared, namespace: &str, name: &str) -> Result<LiveEvaluation, Problem> {
    let (tallies, plan) = tallies(shared, namespace, name).await?;
    let now = shared.collector.now();
    let evaluated = shared.compute(move || LiveEvaluation::of(&tallies, plan.as_deref(), now));
    evaluated.await?.map_err(|error| {
        // What is declared was checked; what can still contradict itself is told.
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
    })
}

/// What is counted and what is declared of an experiment that has events or is declared.
pub(super) async fn tallies(
    shared: &Shared,
    namespace: &str,
    name: &str,
) -> Result<(ExperimentTallies, Option<Arc<ExperimentPlan>>), Problem> {
    let plan = shared.plans.get(namespace, name);
    let asked = (namespace.to_owned(), name.to_owned());
    let tallies = shared
        .ask(move |store| store.tallies(&asked.0, &asked.1))
        .await?;
    let tallies = match tallies {
        Some(tallies) => tallies,
        None if plan.is_some() => ExperimentTallies::none(ExperimentInfo::new(namespace, name)),
        None => return Err(Problem::no_experiment(namespace, name)),
    };
    Ok((tallies, plan))
}
