//! Where the goals of an evaluation come from, as the command line names it.

use std::path::{Path, PathBuf};

use clap::Args;
use variate_goals::{GoalsError, PostgresGoals, SqliteGoals};
use variate_stats::ep_stats::GoalSource;

/// A database and a query on it.
#[derive(Debug, Clone, Args)]
pub(crate) struct SqlOptions {
    /// The database that goals come from: sqlite:PATH or `postgresql://USER@HOST/DATABASE`, encrypted with `?sslmode=verify-full`
    #[arg(
        long,
        value_name = "DATABASE",
        env = "VARIATE_GOALS_SQL",
        hide_env_values = true,
        requires = "query"
    )]
    pub(crate) goals_sql: Option<String>,
    /// A file with the query for them; it names its parameters as in `:experiment_id`
    #[arg(
        long,
        value_name = "FILE",
        env = "VARIATE_QUERY",
        requires = "goals_sql"
    )]
    query: Option<PathBuf>,
}

/// Why there is no such source.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GoalOptionsError {
    #[error(
        "`{0}` names no database of goals: it must be sqlite:PATH or postgresql://USER@HOST/DATABASE"
    )]
    Unknown(String),
    #[error("cannot read the query `{}`: {error}", .path.display())]
    Query {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error(transparent)]
    Goals(#[from] GoalsError),
}

pub(crate) type Source = Box<dyn GoalSource + Send + Sync>;

impl SqlOptions {
    /// The source, if one is named.
    pub(crate) fn source(&self) -> Result<Option<Source>, GoalOptionsError> {
        match (&self.goals_sql, &self.query) {
            (Some(database), Some(query)) => open(database, query).map(Some),
            _ => Ok(None),
        }
    }
}

fn open(database: &str, path: &Path) -> Result<Source, GoalOptionsError> {
    let query = std::fs::read_to_string(path).map_err(|error| GoalOptionsError::Query {
        path: path.to_owned(),
        error,
    })?;
    match database.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Box::new(SqliteGoals::new(path, &query)?)),
        Some(("postgres" | "postgresql", _)) => Ok(Box::new(PostgresGoals::new(database, &query)?)),
        // It may be a password on the wrong side of a typing error.
        _ => Err(GoalOptionsError::Unknown(
            database.split(':').next().unwrap_or_default().to_owned(),
        )),
    }
}
