use std::path::PathBuf;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, params_from_iter};
use variate_stats::ep_stats::{Experiment, GoalError, GoalRow, GoalSource, Parameter, UnitRow};

use crate::cell::Cell;
use crate::query::{Query, SQLITE};
use crate::table::{GoalsError, Rows, Table};

/// Goals from a query on a `SQLite` file, which is only read.
///
/// The query gives the [columns of this crate](crate) and may have the parameters `:experiment_id`, `:unit_type`,
/// `:control_variant`, `:variants`, `:goals`, `:date_from`, `:date_to`, `:date_for`, and `:parameter_NAME` for those in the
/// request's `query_parameters`. What a request does not have is NULL; several (`:variants`, `:goals`) are a JSON array, for
/// `json_each`.
///
/// ```no_run
/// use variate_goals::SqliteGoals;
///
/// let goals = SqliteGoals::new("shop.db", "
///     SELECT exp_variant_id, unit_type, agg_type, goal, count, sum_sqr_count, sum_value, sum_sqr_value, count_unique
///     FROM goals
///     WHERE exp_id = :experiment_id AND goal IN (SELECT value FROM json_each(:goals))
///       AND (:date_from IS NULL OR date >= :date_from) AND (:date_to IS NULL OR date <= :date_to)
/// ")?;
/// # Ok::<(), variate_goals::GoalsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SqliteGoals {
    path: PathBuf,
    query: Query,
}

/// How long to wait for somebody who writes.
const BUSY: Duration = Duration::from_secs(5);

impl SqliteGoals {
    /// From this file, which is opened at each question.
    ///
    /// # Errors
    ///
    /// The query has a parameter that requests do not have.
    pub fn new(path: impl Into<PathBuf>, query: &str) -> Result<Self, GoalsError> {
        Ok(Self {
            path: path.into(),
            query: Query::parse(query, SQLITE)?,
        })
    }

    fn read(&self, experiment: &Experiment) -> Result<Rows, GoalError> {
        let place = self.path.display().to_string();
        let failing = |error: rusqlite::Error| {
            GoalError::from(GoalsError::Source {
                place: place.clone(),
                problem: error.to_string(),
            })
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(failing)?;
        connection.busy_timeout(BUSY).map_err(failing)?;
        let mut statement = connection.prepare(&self.query.text).map_err(failing)?;
        let names = statement.column_names().map(str::to_owned);
        let mut table = Table::new(&place, experiment, names.collect())?;
        let columns = statement.column_count();
        let values = self.query.values(experiment).into_iter().map(Bound);
        let mut rows = statement.query(params_from_iter(values)).map_err(failing)?;
        while let Some(row) = rows.next().map_err(failing)? {
            let mut cells = Vec::with_capacity(columns);
            for at in 0..columns {
                cells.push(match row.get_ref(at).map_err(failing)? {
                    ValueRef::Null => Cell::Null,
                    ValueRef::Integer(number) => Cell::Integer(number),
                    ValueRef::Real(number) => Cell::Real(number),
                    ValueRef::Text(text) | ValueRef::Blob(text) => {
                        Cell::Text(std::str::from_utf8(text).unwrap_or("\u{fffd}"))
                    }
                });
            }
            table.push(&cells)?;
        }
        Ok(table.finish())
    }
}

struct Bound(Parameter);

impl ToSql for Bound {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match &self.0 {
            Parameter::Null => Value::Null,
            Parameter::Flag(flag) => Value::Integer(i64::from(*flag)),
            Parameter::Integer(number) => Value::Integer(*number),
            Parameter::Number(number) => Value::Real(*number),
            other => Value::Text(other.to_string()),
        };
        Ok(ToSqlOutput::Owned(value))
    }
}

impl GoalSource for SqliteGoals {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        self.read(experiment)?.aggregated(experiment)
    }

    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        self.read(experiment)?.by_unit(experiment)
    }
}
