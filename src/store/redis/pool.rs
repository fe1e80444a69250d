use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{Client, Connection, RedisError, RedisResult};

/// Connections that wait to be used again. Whoever needs one takes it out or opens another, so that
/// no lock is held while a server is waited for.
pub(super) struct Pool {
    client: Client,
    idle: Mutex<Vec<Connection>>,
    most_idle: usize,
    timeout: Duration,
}

/// Why there is no answer.
pub(super) struct Failure {
    pub(super) error: RedisError,
    /// Whether the server cannot be talked to at all, rather than dislikes what was asked.
    pub(super) unreachable: bool,
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        let unreachable = error.is_io_error();
        Self { error, unreachable }
    }
}

impl Pool {
    pub(super) const fn new(client: Client, most_idle: usize, timeout: Duration) -> Self {
        Self {
            client,
            idle: Mutex::new(Vec::new()),
            most_idle,
            timeout,
        }
    }

    /// What `ask` gets over a connection. It may be asked twice: what it does must not add up.
    pub(super) fn with<T>(
        &self,
        ask: impl Fn(&mut Connection) -> RedisResult<T>,
    ) -> Result<T, Failure> {
        let start = Instant::now();
        let waiting = self.idle().pop();
        if let Some(mut connection) = waiting {
            match ask(&mut connection) {
                Ok(answer) => {
                    self.put_back(connection);
                    return Ok(answer);
                }
                // What happened to one has happened to the others: the server restarted, or is gone.
                Err(error) if error.is_io_error() => {
                    self.idle().clear();
                    if error.is_timeout() {
                        return Err(error.into());
                    }
                }
                // After any error the connection may hold half an answer, or lead to a replica.
                Err(error) => return Err(error.into()),
            }
        }
        let left = || {
            let left = self.timeout.saturating_sub(start.elapsed());
            left.max(Duration::from_millis(1))
        };
        let opened = self.client.get_connection_with_timeout(left());
        // A server that lets nobody in is not knocked at by every request, either.
        let mut connection = opened.map_err(|error| Failure {
            error,
            unreachable: true,
        })?;
        limit(&connection, left())?;
        let answer = ask(&mut connection)?;
        limit(&connection, self.timeout)?;
        self.put_back(connection);
        Ok(answer)
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < self.most_idle {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long each write and each read may take.
fn limit(connection: &Connection, timeout: Duration) -> RedisResult<()> {
    connection.set_write_timeout(Some(timeout))?;
    connection.set_read_timeout(Some(timeout))
}
