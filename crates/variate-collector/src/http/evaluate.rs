//! Evaluation: Ep-Stats' routes as Ep-Stats answers, and `/v1/evaluate`, which is right where that is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use variate_stats::ep_stats::{
    Answer, Experiment, GoalError, GoalRow, GoalSource, Mode, Nan, Settings, UnitRow,
    evaluate_json, sample_size_json,
};

use super::api_keys::Role;
use super::problem::{Problem, json_body};
use super::query::Query;
use super::shared::Shared;
use crate::goals::stats_day;
use crate::{Day, StoreGoals};

/// The goals of whoever made the routes.
pub(super) type HostGoals = Arc<dyn GoalSource + Send + Sync>;

/// `POST /evaluate`.
pub(super) async fn as_ep_stats(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match evaluate(&shared, request, Mode::Compat).await {
        Ok(answer) => respond(answer),
        Err(problem) => problem.into_response(),
    }
}

/// `POST /v1/evaluate`.
pub(super) async fn corrected(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match evaluate(&shared, request, Mode::Corrected).await {
        Ok(answer) => respond(answer.with_message()),
        Err(problem) => problem.into_response(),
    }
}

/// `POST /sample-size-calculation`.
pub(super) async fn sample_size(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let answer = async {
        let asked = Asked::of(&shared, request, Mode::Compat).await?;
        Ok(sample_size_json(&asked.body, &asked.settings))
    };
    match answer.await {
        Ok(answer) => respond(answer),
        Err(problem) => Problem::into_response(problem),
    }
}

/// `GET /health`, as Ep-Stats has it.
pub(super) async fn health() -> Response {
    json_body(StatusCode::OK, r#"{"message": "ep-stats-api is ready"}"#)
}

/// Any other method of a route that only takes POST.
pub(super) async fn only_post() -> Response {
    not_allowed("POST")
}

/// Any other method of a route that only takes GET.
pub(super) async fn only_get() -> Response {
    not_allowed("GET")
}

fn not_allowed(method: &'static str) -> Response {
    let body = r#"{"detail":"Method Not Allowed"}"#;
    let mut response = json_body(StatusCode::METHOD_NOT_ALLOWED, body);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(method));
    response
}

/// A request that may be answered.
struct Asked {
    body: Bytes,
    settings: Settings,
    namespace: String,
    today: Day,
}

impl Asked {
    async fn of(shared: &Shared, request: Request, mode: Mode) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let query = Query::of(&parts.uri);
        let namespace = shared.namespace(query)?;
        shared.permit(&parts.headers, Role::Read, &namespace)?;
        let today = Day::of_millis(shared.collector.now());
        let settings = Settings::new(stats_day(today)).mode(mode);
        let settings = match query.get("nan")?.as_deref() {
            None | Some("") => settings,
            Some("null") => settings.nan(Nan::Null),
            Some("token") => settings.nan(Nan::Token),
            Some(_) => return Err(Problem::bad("parameter `nan` must be `null` or `token`")),
        };
        let body = shared.read(&parts, body, true).await?.bytes;
        Ok(Self {
            body,
            settings,
            namespace,
            today,
        })
    }
}

async fn evaluate(shared: &Shared, request: Request, mode: Mode) -> Result<Answer, Problem> {
    let asked = Asked::of(shared, request, mode).await?;
    let started = Instant::now();
    let goals = Goals {
        tallies: StoreGoals::new(
            Arc::clone(shared.collector.store()),
            asked.namespace,
            asked.today,
        ),
        host: shared.goals.clone(),
        micros: AtomicU64::new(0),
    };
    let evaluated = async {
        let evaluator = Arc::clone(&shared.evaluators).acquire_owned().await;
        let evaluating = tokio::task::spawn_blocking(move || {
            // Held until it is done, even where nobody waits for it any more.
            let _evaluator = evaluator;
            let answer = evaluate_json(&asked.body, &goals, &asked.settings);
            (answer, Duration::from_micros(goals.micros.into_inner()))
        });
        evaluating.await
    };
    let counters = &shared.metrics.evaluations;
    match tokio::time::timeout(shared.timeout, evaluated).await {
        Ok(Ok((answer, queried))) => {
            counters.answered(&answer, started.elapsed(), queried);
            Ok(answer)
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "an evaluation or a source of goals panicked");
            counters.failed();
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Err(Problem::new(status, "the evaluation failed unexpectedly"))
        }
        Err(_) => {
            counters.failed();
            let seconds = shared.timeout.as_secs_f32();
            Err(Problem::unavailable(format!(
                "the evaluation was not done within {seconds} s; send it again later, or ask for less"
            )))
        }
    }
}

/// Those of the collector, and those of the host where the collector has none.
struct Goals {
    tallies: StoreGoals,
    host: Option<HostGoals>,
    /// How long they took.
    micros: AtomicU64,
}

impl Goals {
    fn ask<T>(
        &self,
        question: impl Fn(&dyn GoalSource) -> Result<T, GoalError>,
    ) -> Result<T, GoalError> {
        let started = Instant::now();
        let answer = match (question(&self.tallies), &self.host) {
            (Err(error), Some(host)) if !matches!(error, GoalError::Source(_)) => question(host),
            (answer, _) => answer,
        };
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        answer.map_err(|error| match error {
            // What it says names places that are none of the callers' business.
            GoalError::Source(error) => {
                tracing::error!(error, "goals could not be read");
                GoalError::Source("the source of goals failed; its log says why".to_owned())
            }
            error => error,
        })
    }
}

impl GoalSource for Goals {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        self.ask(|goals| goals.aggregated(experiment))
    }

    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        self.ask(|goals| goals.by_unit(experiment))
    }
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(answer.body.into());
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static(answer.content_type);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
