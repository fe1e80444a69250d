use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{Client, Connection, RedisError, RedisResult};

/// Connections that wait to be used again. Whoever needs one takes it out or opens another, so that
/// no lock is held while a server is waited for.
pub(super) struct Pool {
    client: Client,
    idle: Mutex<Idle>,
    most_idle: usize,
    timeout: Duration,
}

/// Of one process: one that forks shares no connection with the other.
struct Idle {
    process: u32,
    connections: Vec<Connection>,
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

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        RedisError::from(error).into()
    }
}

impl Pool {
    pub(super) fn new(client: Client, most_idle: usize, timeout: Duration) -> Self {
        Self {
            client,
            idle: Mutex::new(Idle {
                process: std::process::id(),
                connections: Vec::new(),
            }),
            most_idle,
            timeout,
        }
    }

    /// How long a call may take.
    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// What `ask` gets over a connection, for a call that began at `start`. It may be asked twice: what it does
    /// must not add up. The timeout limits every single read, so a server that dawdles takes longer.
    pub(super) fn with<T>(
        &self,
        start: Instant,
        ask: impl Fn(&mut Connection) -> RedisResult<T>,
    ) -> Result<T, Failure> {
        let waiting = self.idle().connections.pop();
        if let Some(mut connection) = waiting {
            match ask(&mut connection) {
                Ok(answer) => {
                    self.put_back(connection, start);
                    return Ok(answer);
                }
                // What happened to one has happened to the others: the server restarted, or is gone.
                Err(error) if error.is_io_error() => {
                    self.forget();
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
        self.put_back(connection, start);
        Ok(answer)
    }

    /// Closes the connections that nobody uses.
    pub(super) fn forget(&self) {
        let forgotten = std::mem::take(&mut self.idle().connections);
        // Without the lock.
        drop(forgotten);
    }

    fn put_back(&self, connection: Connection, start: Instant) {
        let mut idle = self.idle();
        // One that dawdled was given up, and the others with it.
        if idle.connections.len() < self.most_idle && start.elapsed() < self.timeout {
            idle.connections.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        if idle.process != process {
            idle.process = process;
            idle.connections.clear();
        }
        idle
    }
}

/// How long each write and each read may take.
fn limit(connection: &Connection, timeout: Duration) -> RedisResult<()> {
    connection.set_write_timeout(Some(timeout))?;
    connection.set_read_timeout(Some(timeout))
}
