use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags, Row, params};
use variate::component::Measurement;
use variate::{Sink, SinkError};

use crate::ReportError;

/// Writes measurements into a `SQLite` file, a transaction for each batch; belongs behind [`Background`](variate::Background).
///
/// They are in the table `measurements`, which is made if it is not there; several processes may write into the same file.
///
/// ```
/// use variate::Background;
/// use variate_report::{Report, SqliteMeasurements, SqliteSink};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("calls.db");
/// let recorder = Background::new(SqliteSink::open(&path)?)?;
/// // PlaceOrderExperiment::builder(..) ... .recorder(recorder).build()?, some calls, a flush, and later:
/// let report = Report::of(&SqliteMeasurements::open(&path)?.of("place-order")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteSink {
    connection: Connection,
    /// Whose measurements these are.
    experiment: Option<String>,
    /// How many of an experiment could not be written, until the file says so.
    lost: BTreeMap<String, u64>,
}

/// Reads what a [`SqliteSink`] wrote.
#[derive(Debug)]
pub struct SqliteMeasurements {
    connection: Connection,
    path: PathBuf,
}

/// How long to wait for somebody else who writes.
const BUSY: Duration = Duration::from_secs(5);

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS measurements (
        at INTEGER NOT NULL,          -- milliseconds since the Unix epoch
        experiment TEXT NOT NULL,
        arm TEXT NOT NULL,
        is_control INTEGER NOT NULL,
        selected_arm TEXT,            -- NULL: the one that ran
        method TEXT NOT NULL,
        metric TEXT NOT NULL,
        value REAL,                   -- NULL: it cannot be measured
        unit TEXT NOT NULL,
        outcome TEXT NOT NULL,
        error TEXT,
        key TEXT,
        reason TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS dropped (
        at INTEGER NOT NULL,
        experiment TEXT NOT NULL,
        measurements INTEGER NOT NULL -- that found the queue full, or could not be written
    ) STRICT;
    CREATE INDEX IF NOT EXISTS measurements_by_experiment ON measurements (experiment, method, metric, at);
";

const INSERT: &str = "
    INSERT INTO measurements (at, experiment, arm, is_control, method, metric, value, unit, outcome, error, key, reason, selected_arm)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
";

const SELECT: &str = "
    SELECT at, experiment, arm, is_control, method, metric, value, unit, outcome, error, key, reason, selected_arm
    FROM measurements WHERE experiment = ?1 ORDER BY rowid
";

const INSERT_DROPPED: &str =
    "INSERT INTO dropped (at, experiment, measurements) VALUES (?1, ?2, ?3)";

const HAS_DROPPED: &str =
    "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = 'dropped'";

const SELECT_DROPPED: &str =
    "SELECT coalesce(sum(measurements), 0) FROM dropped WHERE experiment = ?1";

impl SqliteSink {
    /// Into this file, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, is no `SQLite` file, or has another table of this name.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReportError> {
        let path = path.as_ref();
        let open = || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY)?;
            // Readers and writers do not wait for each other; a crash of the machine may cost the last batches, never the file.
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.execute_batch(TABLE)?;
            // Of another form, it is somebody else's.
            connection.prepare(INSERT)?;
            connection.prepare(INSERT_DROPPED)?;
            Ok(connection)
        };
        let connection = open().map_err(|error| failure(path, &error))?;
        Ok(Self {
            connection,
            experiment: None,
            lost: BTreeMap::new(),
        })
    }

    fn insert(&mut self, batch: &[Measurement]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare(INSERT)?;
            for of in batch {
                insert.execute(params![
                    millis(of.at),
                    of.experiment,
                    of.arm,
                    of.is_control,
                    of.method,
                    of.metric,
                    of.value,
                    of.unit,
                    of.outcome,
                    of.error,
                    of.key.as_ref().map(ToString::to_string),
                    of.reason,
                    of.selected_arm,
                ])?;
            }
        }
        // What is missing from before is told as soon as anything can be written.
        for (experiment, lost) in &self.lost {
            let params = params![millis(SystemTime::now()), experiment, count(*lost)];
            transaction.execute(INSERT_DROPPED, params)?;
        }
        transaction.commit()?;
        self.lost.clear();
        Ok(())
    }
}

impl Drop for SqliteSink {
    fn drop(&mut self) {
        if !self.lost.is_empty() {
            // Nobody is left to hear of it.
            let _ = self.insert(&[]);
        }
    }
}

impl Sink<Measurement> for SqliteSink {
    fn write(&mut self, batch: &[Measurement]) -> Result<(), SinkError> {
        if let Some(last) = batch.last()
            && self.experiment.as_ref() != Some(&last.experiment)
        {
            self.experiment = Some(last.experiment.clone());
        }
        if let Err(error) = self.insert(batch) {
            for of in batch {
                let lost = self.lost.entry(of.experiment.clone()).or_default();
                *lost = lost.saturating_add(1);
            }
            return Err(error.into());
        }
        Ok(())
    }

    fn dropped(&mut self, measurements: u64) -> Result<(), SinkError> {
        let Some(experiment) = &self.experiment else {
            return Err("no measurement has come yet".into());
        };
        let params = params![millis(SystemTime::now()), experiment, count(measurements)];
        self.connection.execute(INSERT_DROPPED, params)?;
        Ok(())
    }
}

fn millis(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

fn count(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

impl SqliteMeasurements {
    /// From this file, which is only read.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReportError> {
        let path = path.as_ref();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(BUSY)?;
            Ok(connection)
        };
        Ok(Self {
            connection: open().map_err(|error| failure(path, &error))?,
            path: path.to_owned(),
        })
    }

    /// All measurements of an experiment, in the order in which they were written.
    ///
    /// # Errors
    ///
    /// When the file is none of a [`SqliteSink`], or cannot be read.
    pub fn of(&self, experiment: &str) -> Result<Vec<Measurement>, ReportError> {
        let read = || {
            let mut statement = self.connection.prepare(SELECT)?;
            statement
                .query_map([experiment], measurement)?
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| failure(&self.path, &error))
    }

    /// How many measurements of an experiment are not here, since they found the queue of their [`Background`](variate::Background) full, or could not be written when it was their turn: what
    /// [`ReportBuilder::dropped`](crate::ReportBuilder::dropped) wants to know.
    ///
    /// # Errors
    ///
    /// When the file is none of a [`SqliteSink`], or cannot be read.
    pub fn dropped(&self, experiment: &str) -> Result<u64, ReportError> {
        let read = || {
            // Files of before have no such table.
            let is_there: bool = self
                .connection
                .query_row(HAS_DROPPED, [], |row| row.get(0))?;
            if !is_there {
                return Ok(0);
            }
            let mut statement = self.connection.prepare(SELECT_DROPPED)?;
            statement.query_row([experiment], |row| row.get::<_, i64>(0))
        };
        let dropped = read().map_err(|error| failure(&self.path, &error))?;
        Ok(u64::try_from(dropped).unwrap_or(0))
    }
}

fn measurement(row: &Row<'_>) -> rusqlite::Result<Measurement> {
    let text = |at: usize| row.get::<_, String>(at).map(Cow::Owned);
    let millis = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
    let mut of = Measurement::new(
        row.get::<_, String>(1)?,
        row.get::<_, String>(2)?,
        text(4)?,
        text(5)?,
        0.0,
    );
    of.at = SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .unwrap_or(SystemTime::UNIX_EPOCH);
    of.is_control = row.get(3)?;
    of.value = row.get(6)?;
    of.unit = text(7)?;
    of.outcome = text(8)?;
    of.error = row.get(9)?;
    of.key = row.get::<_, Option<String>>(10)?.map(Into::into);
    of.reason = text(11)?;
    of.selected_arm = row.get(12)?;
    Ok(of)
}

fn failure(path: &Path, error: &rusqlite::Error) -> ReportError {
    ReportError::Source {
        place: path.display().to_string(),
        problem: error.to_string(),
    }
}
