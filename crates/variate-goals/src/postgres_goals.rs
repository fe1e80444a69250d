use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};
use variate_stats::ep_stats::{Experiment, GoalError, GoalRow, GoalSource, Parameter, UnitRow};

use crate::address::told;
use crate::cell::Cell;
use crate::connection::Connection;
use crate::query::{POSTGRES, Query};
use crate::table::{GoalsError, Rows, Table};

/// Goals from a query on a Postgres server, in a transaction that only reads.
///
/// The query gives the [columns of this crate](crate) and may have the parameters `:experiment_id`, `:unit_type`,
/// `:control_variant`, `:variants`, `:goals`, `:date_from`, `:date_to`, `:date_for`, and `:parameter_NAME` for those in the
/// request's `query_parameters`. Each takes the type that it is compared with; what a request does not have is NULL. Several
/// (`:variants`, `:goals`) are an array, or JSON where a text or JSON is wanted.
///
/// ```no_run
/// use variate_goals::PostgresGoals;
///
/// let goals = PostgresGoals::new("postgresql://reader@localhost/shop", "
///     SELECT exp_variant_id, unit_type, agg_type, goal, count, sum_sqr_count, sum_value, sum_sqr_value, count_unique
///     FROM goals
///     WHERE exp_id = :experiment_id AND goal = ANY(:goals)
///       AND (:date_from IS NULL OR date >= :date_from) AND (:date_to IS NULL OR date <= :date_to)
/// ")?;
/// # Ok::<(), variate_goals::GoalsError>(())
/// ```
///
/// Connections are encrypted exactly if the address says `sslmode=require` or `sslmode=verify-full`, with the feature `postgres-tls`. Either
/// verifies certificate and host name, by the certificates that the system trusts (`SSL_CERT_FILE` names others) or those in the
/// file that `sslrootcert=FILE` names. Without, they are plain, also where the server offers TLS: many have a certificate that
/// nobody signed, such as Debian's.
#[derive(Clone)]
pub struct PostgresGoals {
    connection: Connection,
    query: Query,
}

impl PostgresGoals {
    /// From this server, to which each question connects anew.
    ///
    /// # Errors
    ///
    /// The address makes no sense or asks for TLS without the feature `postgres-tls`, there are no certificates to trust, or the
    /// query has a parameter that requests do not have.
    pub fn new(url: &str, query: &str) -> Result<Self, GoalsError> {
        Ok(Self {
            connection: Connection::new(url)?,
            query: Query::parse(query, POSTGRES)?,
        })
    }

    fn read(&self, experiment: &Experiment) -> Result<Rows, GoalError> {
        let failing = |error: postgres::Error| {
            GoalError::from(GoalsError::Source {
                place: "Postgres".to_owned(),
                problem: told(&error),
            })
        };
        let mut client = self.connection.connect().map_err(failing)?;
        let mut transaction = client
            .build_transaction()
            .read_only(true)
            .start()
            .map_err(failing)?;
        let asked = transaction.prepare(&self.query.text).map_err(failing)?;
        let names = asked
            .columns()
            .iter()
            .map(|column| column.name().to_owned());
        let names: Vec<String> = names.collect();
        let mut table = Table::new("Postgres", experiment, names.clone())?;
        // Whatever the types are, their texts say all.
        let quoted = |name: &String| format!("\"{}\"::text", name.replace('"', "\"\""));
        let columns: Vec<String> = names.iter().map(quoted).collect();
        let text = format!(
            "SELECT {} FROM (\n{}\n) AS goals",
            columns.join(", "),
            self.query.text
        );
        let statement = transaction.prepare(&text).map_err(failing)?;
        let values = self.query.values(experiment).into_iter().map(Sent);
        let mut rows = transaction
            .query_raw(&statement, values.collect::<Vec<_>>())
            .map_err(failing)?;
        while let Some(row) = rows.next().map_err(failing)? {
            let mut cells = Vec::with_capacity(names.len());
            for at in 0..names.len() {
                let cell: Option<&str> = row.try_get(at).map_err(failing)?;
                cells.push(cell.map_or(Cell::Null, Cell::Text));
            }
            table.push(&cells)?;
        }
        Ok(table.finish())
    }
}

/// As the text that Postgres reads for any type.
#[derive(Debug)]
struct Sent(Parameter);

impl ToSql for Sent {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let text = match (&self.0, kind.kind()) {
            (Parameter::Null, _) => return Ok(IsNull::Yes),
            (Parameter::List(items), Kind::Array(_)) => {
                let quote = |item: &Parameter| match item {
                    Parameter::Null => "NULL".to_owned(),
                    item => {
                        let text = item.to_string().replace('\\', "\\\\").replace('"', "\\\"");
                        format!("\"{text}\"")
                    }
                };
                let items: Vec<String> = items.iter().map(quote).collect();
                format!("{{{}}}", items.join(","))
            }
            (value, _) => value.to_string(),
        };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

impl GoalSource for PostgresGoals {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        self.read(experiment)?.aggregated(experiment)
    }

    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        self.read(experiment)?.by_unit(experiment)
    }
}

/// Without the password.
impl fmt::Debug for PostgresGoals {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PostgresGoals")
            .field("hosts", &self.connection.config.get_hosts())
            .field("database", &self.connection.config.get_dbname())
            .field("query", &self.query.text)
            .finish_non_exhaustive()
    }
}
