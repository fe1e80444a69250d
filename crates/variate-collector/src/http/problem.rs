use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::query::QueryError;
use crate::seldom::Seldom;
use crate::{ChangeError, Refusal, StoreError, SubmitError};

/// What a sender is told of an event whose experiment is damaged: where and how is for the log.
pub(super) const UNAVAILABLE: &str = "the store of events lost a part of what it knew of this experiment or of its namespace, which is not counted until somebody restores or resets it; the collector's log says what is missing and what to do";

/// What a reader is told of it.
const DAMAGED_EXPERIMENT: &str = "the store of events lost a part of what it knew of this experiment: restore the store from a backup, or reset the experiment, which then counts anew from zero; the collector's log names what is missing";

/// What a reader is told of a namespace.
const DAMAGED_NAMESPACE: &str = "the store of events lost the list of this namespace's experiments: restore the store from a backup, or forget what the namespace had (`variate store repair --forget NAMESPACE`), which then counts anew from zero; the collector's log names what is missing";

/// What is told of a store of which more is missing.
const DAMAGED: &str = "the store of events lost a part of what it knew: restore it from a backup, or repair it where the collector's log says so, which names what is missing";

/// An answer that is not what was asked for: a status, and a sentence for whoever has to find out why.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    message: String,
    lasts: Lasts,
}

/// Whether it goes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasts {
    Perhaps,
    /// Until somebody restores the store.
    UntilRestored,
    /// Until somebody restores the store, or resets the experiment.
    UntilReset,
}

impl Problem {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            lasts: Lasts::Perhaps,
        }
    }

    fn damaged(message: &str, lasts: Lasts) -> Self {
        Self {
            lasts,
            ..Self::unavailable(message)
        }
    }

    /// Whether to reset the experiment that was asked for, or to delete it, is a way out.
    #[cfg(feature = "dashboard")]
    pub(super) const fn ends_by_reset(&self) -> bool {
        matches!(self.lasts, Lasts::UntilReset)
    }

    #[cfg(feature = "dashboard")]
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    #[cfg(feature = "dashboard")]
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// As the gateway in front of Gimel and Lámed says it.
    pub(super) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden")
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    pub(super) fn no_experiment(namespace: &str, name: &str) -> Self {
        let message = format!("namespace `{namespace}` has no experiment `{name}`");
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// What Gimel and Lámed answer to everything that goes wrong: 200, and what Python would say. Keys are the gateway's
    /// affair, which says what it thinks.
    pub(super) fn into_legacy(self) -> Response {
        if self.status == StatusCode::FORBIDDEN {
            return self.into_response();
        }
        let kind = if self.status.is_server_error() {
            "ConnectionError"
        } else {
            "ValueError"
        };
        let body = json!({"errorMessage": self.message, "errorType": kind});
        json_body(StatusCode::OK, body.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = json_body(self.status, json!({"message": self.message}).to_string());
        let asks_again = matches!(
            self.status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        );
        if asks_again && self.lasts == Lasts::Perhaps {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A response with a JSON body.
pub(super) fn json_body(status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        Self::bad(error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            // Nothing is wrong with it but that there is no room.
            Refusal::TooMany { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, refusal.to_string())
    }
}

static FAILURES: Seldom = Seldom::new();

/// What the store says names places that are none of the callers' business: the log has it, they do not.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if let StoreError::Unsupported { what, .. } = error {
            let message = format!("this store of events cannot {what}");
            return Self::new(StatusCode::UNPROCESSABLE_ENTITY, message);
        }
        if let Some(failures_not_told) = FAILURES.left_out() {
            tracing::error!(%error, failures_not_told, "a request was not answered");
        }
        match error {
            StoreError::DamagedExperiment { .. } => {
                Self::damaged(DAMAGED_EXPERIMENT, Lasts::UntilReset)
            }
            StoreError::DamagedNamespace { .. } => {
                Self::damaged(DAMAGED_NAMESPACE, Lasts::UntilRestored)
            }
            StoreError::Damaged { .. } => Self::damaged(DAMAGED, Lasts::UntilRestored),
            _ => Self::unavailable("the store of events failed; try again later"),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            // The writer has logged it.
            SubmitError::Store(_) => {
                Self::unavailable("the store of events failed; send again later")
            }
            error => Self::unavailable(error.to_string()),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Store(error) => error.into(),
            ChangeError::Refused(refusal) => refusal.into(),
            error @ ChangeError::PairAfterEvents { .. } => {
                Self::new(StatusCode::CONFLICT, error.to_string())
            }
            error => Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
        }
    }
}
