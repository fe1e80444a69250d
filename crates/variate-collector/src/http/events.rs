//! `POST /v1/events`: counts a batch.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::api_keys::Role;
use super::batch::{self, Batch, Defaults, Form};
use super::problem::{Problem, UNAVAILABLE, json_body};
use super::query::Query;
use super::shared::Shared;
use crate::Outcome;

/// What became of a batch.
#[derive(Serialize, Default)]
struct Answer {
    events: Vec<OfEvent>,
    counted: usize,
    duplicates: usize,
    archived: usize,
    refused: usize,
    unavailable: usize,
}

#[derive(Serialize, Default)]
struct OfEvent {
    outcome: &'static str,
    /// Where it is in the batch, from 0 on, if something is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) async fn post(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match count(&shared, &parts, body).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn count(shared: &Shared, request: &Parts, body: Body) -> Result<Response, Problem> {
    if shared.is_bot(&request.headers, &request.extensions) {
        return Ok(json_body(StatusCode::OK, "null"));
    }
    let query = Query::of(&request.uri);
    let namespace = shared.namespace(query)?;
    let sender = shared.keys.shown_in(&request.headers);
    // Events may name other namespaces; who may send none at all, or not to the one that the request names, is told before
    // any of them is read.
    let is_named = query.get("namespace")?.is_some_and(|name| !name.is_empty());
    if !shared.may(&sender, Role::Write, &namespace)
        && (is_named || !shared.may_send_somewhere(&sender))
    {
        return Err(Problem::forbidden());
    }
    let body = shared.read(request, body, sender.is_sender()).await?;
    let defaults = Defaults {
        namespace: &namespace,
        now: shared.collector.now(),
    };
    let batch = batch::parse(
        &body.bytes,
        form(&request.headers),
        defaults,
        shared.batch_events,
    )
    .map_err(|error| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()))?;
    if batch.events.is_empty() && !is_empty_array(&body.bytes) {
        return Err(Problem::bad(
            "there is no event in the body: it must be a JSON array of events, or one event a line",
        ));
    }
    let Batch {
        events: parsed,
        lines,
    } = batch;
    let mut events = Vec::with_capacity(parsed.len());
    let mut has_event = parsed.is_empty();
    // Of each event, why it does not come to be counted, if it does not.
    let mut refused = Vec::with_capacity(parsed.len());
    for parsed in parsed {
        refused.push(match parsed {
            Ok(event) => {
                has_event = true;
                if shared.may(&sender, Role::Write, &event.namespace) {
                    events.push(event);
                    None
                } else {
                    let problem = format!(
                        "namespace `{}` needs a key with the role write",
                        event.namespace
                    );
                    Some(problem)
                }
            }
            Err(problem) => Some(problem),
        });
    }
    if has_event && events.is_empty() && !refused.is_empty() {
        return Err(Problem::forbidden());
    }
    let outcomes = if events.is_empty() {
        Vec::new()
    } else {
        shared.count(events).await?
    };
    let mut answer = Answer::default();
    let mut outcomes = outcomes.into_iter();
    for (index, refused) in refused.into_iter().enumerate() {
        let place = (index, lines.get(index).copied());
        match refused {
            Some(problem) => answer.refuse(place, problem),
            None => answer.add(place, outcomes.next()),
        }
    }
    let status = if has_event {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    let body = serde_json::to_vec(&answer)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(json_body(status, body))
}

fn form(headers: &HeaderMap) -> Form {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match kind.as_str() {
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines"
        | "application/json-lines" => Form::Lines,
        _ => Form::Either,
    }
}

fn is_empty_array(body: &[u8]) -> bool {
    body.contains(&b'[')
}

/// Where an event is in the batch, from 0 on, and its line, where there is one a line.
type Place = (usize, Option<usize>);

impl Answer {
    fn refuse(&mut self, (index, line): Place, problem: String) {
        self.refused += 1;
        self.events.push(OfEvent {
            outcome: "refused",
            index: Some(index),
            line,
            error: Some(problem),
        });
    }

    fn add(&mut self, place: Place, outcome: Option<Outcome>) {
        let (outcome, count) = match outcome {
            Some(Outcome::Counted) => ("counted", &mut self.counted),
            Some(Outcome::Duplicate) => ("duplicate", &mut self.duplicates),
            Some(Outcome::Archived) => ("archived", &mut self.archived),
            Some(Outcome::Refused(refusal)) => {
                return self.refuse(place, refusal.to_string());
            }
            Some(Outcome::Unavailable { .. }) => {
                self.unavailable += 1;
                return self.events.push(OfEvent {
                    outcome: "unavailable",
                    index: Some(place.0),
                    line: place.1,
                    error: Some(UNAVAILABLE.to_owned()),
                });
            }
            // The collector answers for each event.
            None => return,
        };
        *count += 1;
        self.events.push(OfEvent {
            outcome,
            ..OfEvent::default()
        });
    }
}
