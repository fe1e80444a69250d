use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::time::Duration;

use postgres::Client;
use variate::{EventRecord, Sink, SinkError};

use crate::address::told;
use crate::connection::Connection;
use crate::copy;
use crate::error::WarehouseError;
use crate::sql::SCHEMA;

/// How long to wait before the second attempt; twice as long before the third, and so on.
const PAUSE: Duration = Duration::from_millis(100);

const ASSIGNMENTS: &str = "
    INSERT INTO variate_assignments AS known
        (event_id, experiment, variant, unit, subject, assigned_at, reason, migration_keys)
    SELECT DISTINCT ON (event_id)
        event_id, experiment, variant, unit, subject, 'epoch'::timestamptz + micros * interval '1 microsecond', reason, migration_keys
    FROM variate_batch
    WHERE action = 'assignment'
    ORDER BY event_id, micros
    ON CONFLICT (event_id) DO UPDATE
    SET assigned_at = excluded.assigned_at, subject = coalesce(known.subject, excluded.subject)
    WHERE excluded.assigned_at < known.assigned_at OR (known.subject IS NULL AND excluded.subject IS NOT NULL)";

const EVENTS: &str = "
    INSERT INTO variate_events
        (event_id, experiment, variant, unit, subject, action, value, happened_at, reason, properties)
    SELECT DISTINCT ON (event_id)
        event_id, experiment, variant, unit, subject, action, value, 'epoch'::timestamptz + micros * interval '1 microsecond', reason, properties
    FROM variate_batch
    WHERE action <> 'assignment'
    ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING";

/// Writes batches of events into a Postgres warehouse: a [`Sink`] for [`Background`](variate::Background).
///
/// Each batch is one transaction: `COPY` into a table of its own, and from there into `variate_assignments` and `variate_events`
/// ([`SCHEMA`]). What is there already is not written again, by its id, so that a batch may be sent twice: attempts that fail are
/// made again, on a new connection. Of an exposure the earliest time stays.
///
/// ```no_run
/// use std::time::Duration;
/// use variate::{Action, Background, Config, context};
/// use variate_warehouse::PostgresSink;
///
/// let mut sink = PostgresSink::new("postgresql://writer@localhost/warehouse")?.subject("user_id");
/// sink.create_tables()?;
/// let tracker = Background::builder().context_entries(["user_id"]).build(sink)?;
/// let config = Config::builder().tracker(tracker).build()?;
///
/// config.experiment("pill_color", context! { user_id: 42 }).track(Action::new("bought").value(9.99));
/// assert!(config.flush(Duration::from_secs(5)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Connections are encrypted exactly if the address says `sslmode=require` or `sslmode=verify-full`, with the feature `tls`. Either
/// verifies certificate and host name, by the certificates that the system trusts (`SSL_CERT_FILE` names others) or those in the
/// file that `sslrootcert=FILE` names. Without, they are plain, also where the server offers TLS: many have a certificate that
/// nobody signed, such as Debian's.
pub struct PostgresSink {
    connection: Connection,
    client: Option<Client>,
    subject: Option<Cow<'static, str>>,
    attempts: u32,
}

impl PostgresSink {
    /// Into the warehouse at this address, to which the first batch connects.
    ///
    /// # Errors
    ///
    /// When the address makes no sense or asks for TLS without the feature `tls`, or there are no certificates to trust.
    pub fn new(url: &str) -> Result<Self, WarehouseError> {
        Ok(Self {
            connection: Connection::new(url)?,
            client: None,
            subject: None,
            attempts: 3,
        })
    }

    /// The property that goes into the column `subject`: what your other tables call the unit. See
    /// [`BackgroundBuilder::context_entries`](variate::BackgroundBuilder::context_entries).
    #[must_use]
    pub fn subject(mut self, property: impl Into<Cow<'static, str>>) -> Self {
        self.subject = Some(property.into());
        self
    }

    /// How often a batch is tried before it is lost; 3 times unless set, and at least once.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// Creates the tables that are not there yet: runs [`SCHEMA`].
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, or refuses.
    pub fn create_tables(&mut self) -> Result<(), WarehouseError> {
        self.with_client(|client| Ok(client.batch_execute(SCHEMA)?))
    }

    fn with_client<R>(
        &mut self,
        work: impl Fn(&mut Client) -> Result<R, SinkError>,
    ) -> Result<R, WarehouseError> {
        let client = match self.client.take() {
            Some(client) if !client.is_closed() => Ok(client),
            _ => self.connection.connect().map_err(SinkError::from),
        };
        let done = client.and_then(|mut client| {
            let done = work(&mut client)?;
            // What failed is in an unknown state: the next attempt connects anew.
            self.client = Some(client);
            Ok(done)
        });
        done.map_err(|error| WarehouseError::Refused(told(&*error)))
    }
}

impl Sink for PostgresSink {
    fn write(&mut self, batch: &[EventRecord]) -> Result<(), SinkError> {
        let mut lines = String::new();
        for event in batch {
            copy::line(event, self.subject.as_deref(), &mut lines);
        }
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            match self.with_client(|client| write(client, lines.as_bytes())) {
                Ok(()) => return Ok(()),
                Err(error) if attempt >= self.attempts => return Err(error.into()),
                Err(_) => std::thread::sleep(pause),
            }
            attempt += 1;
            pause = pause.saturating_mul(2);
        }
    }
}

fn write(client: &mut Client, lines: &[u8]) -> Result<(), SinkError> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute(&format!(
        "CREATE TEMPORARY TABLE variate_batch ({}) ON COMMIT DROP",
        copy::COLUMNS
    ))?;
    let mut copying = transaction.copy_in("COPY variate_batch FROM STDIN")?;
    copying.write_all(lines)?;
    copying.finish()?;
    transaction.batch_execute(ASSIGNMENTS)?;
    transaction.batch_execute(EVENTS)?;
    transaction.commit()?;
    Ok(())
}

impl fmt::Debug for PostgresSink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may have a password.
        out.debug_struct("PostgresSink")
            .field("subject", &self.subject)
            .field("attempts", &self.attempts)
            .field("is_connected", &self.client.is_some())
            .finish_non_exhaustive()
    }
}
