use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{Client, Connection, RedisResult};

/// Connections that wait to be used again. Whoever needs one takes it out or opens another, so that
/// no lock is held while a server is waited for.
pub(super) struct Pool {
    client: Client,
    idle: Mutex<Vec<Connection>>,
    most_idle: usize,
    timeout: Duration,
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
    ) -> RedisResult<T> {
        let start = Instant::now();
        let waiting = self.idle().pop();
        if let Some(mut connection) = waiting {
            match ask(&mut connection) {
                Ok(answer) => {
                    self.put_back(connection);
                    return Ok(answer);
                }
                // Closed since it was used last, like all others: the server may have restarted.
                Err(error) if error.is_io_error() && !error.is_timeout() => self.idle().clear(),
                // After any error the connection may hold half an answer, or lead to a replica.
                Err(error) => return Err(error),
            }
        }
        let left = || {
            let left = self.timeout.saturating_sub(start.elapsed());
            left.max(Duration::from_millis(1))
        };
        let mut connection = self.client.get_connection_with_timeout(left())?;
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
