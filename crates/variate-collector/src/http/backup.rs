//! `POST /v1/backup`: a copy of the store, while it counts.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::problem::{Problem, json_body};
use super::shared::Shared;
use crate::{EventStore, StoreError};

pub(super) async fn post(State(shared): State<Arc<Shared>>, request: Parts) -> Response {
    match backup(&shared, &request).await {
        Ok(directory) => {
            let body = json!({"directory": directory.display().to_string()});
            json_body(StatusCode::OK, body.to_string())
        }
        Err(problem) => problem.into_response(),
    }
}

async fn backup(shared: &Shared, request: &Parts) -> Result<PathBuf, Problem> {
    // A copy has all namespaces in it.
    if !shared.keys.shown_in(&request.headers).may_everything() {
        return Err(Problem::forbidden());
    }
    let conflict = |message: &str| Problem::new(StatusCode::CONFLICT, message);
    let Some(parent) = shared.backup_directory.clone() else {
        return Err(conflict(
            "there is no directory for backups: start the collector with `--backup-dir DIR` (or VARIATE_BACKUP_DIR)",
        ));
    };
    let turn = Arc::clone(&shared.backups)
        .try_acquire_owned()
        .map_err(|_| conflict("a backup is being made already; ask again when it is done"))?;
    let directory = parent.join(timestamp(shared.collector.now())?);
    let store = Arc::clone(shared.collector.store());
    // It may take longer than any other request, and goes on where nobody waits for it any more.
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        write(&*store, &parent, &directory).map(|()| directory)
    });
    match made.await {
        Ok(Ok(directory)) => Ok(directory),
        Ok(Err(BackupError::Exists)) => Err(conflict(
            "a backup was made within this second; ask again later",
        )),
        Ok(Err(BackupError::Store(error @ StoreError::Unsupported { .. }))) => Err(error.into()),
        Ok(Err(BackupError::Store(error))) => Err(failed(&error)),
        Ok(Err(BackupError::Directory(error))) => Err(failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}

/// The log says why; places are none of the callers' business.
fn failed(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "a backup was not made");
    Problem::unavailable("the backup could not be made; the collector's log says why")
}

enum BackupError {
    Exists,
    Directory(io::Error),
    Store(StoreError),
}

fn write(store: &dyn EventStore, parent: &Path, directory: &Path) -> Result<(), BackupError> {
    let mut private = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut private, 0o700);
    private
        .recursive(true)
        .create(parent)
        .map_err(BackupError::Directory)?;
    match private.recursive(false).create(directory) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(BackupError::Exists),
        Err(error) => return Err(BackupError::Directory(error)),
    }
    store.backup(directory).map_err(|error| {
        // It was made just now, for nothing else: half a copy would only take room.
        if let Err(error) = fs::remove_dir_all(directory) {
            tracing::warn!(%error, directory = %directory.display(), "half a backup is left");
        }
        BackupError::Store(error)
    })
}

/// `2026-11-21T12-00-00Z`, which every file system takes.
fn timestamp(millis: u64) -> Result<String, Problem> {
    i64::try_from(millis)
        .ok()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
        .map(|at| at.strftime("%Y-%m-%dT%H-%M-%SZ").to_string())
        .ok_or_else(|| Problem::unavailable("the collector's clock is wrong"))
}
