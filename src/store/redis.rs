//! Assignments in Redis or Valkey.

mod builder;
mod names;
mod pool;
mod workers;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use redis::{Connection, RedisResult, Script, ScriptInvocation};

pub use self::builder::RedisStoreBuilder;
use self::names::{pattern, place, start};
use self::pool::{Failure, Pool};
use self::workers::Workers;
use super::breaker::Breaker;
use super::{AssignmentStore, StoreError, StoredUnit};
use crate::Variant;

/// How many keys the server looks at between two answers while an experiment is purged.
const BATCH: usize = 1_000;

/// Keeps assignments in Redis (7.0 or later) or Valkey, for all processes of an application. Needs
/// the feature `redis-store`.
///
/// Each call but [`purge`](AssignmentStore::purge) is one round trip, and takes effect as a whole.
/// Connections are opened when they are needed, also after the server restarted. A server that is down,
/// hangs or dawdles costs a call the [`timeout`](RedisStoreBuilder::timeout) and no more, for a few
/// threads of the store's own do the waiting; further calls fail at once until
/// the [`cooldown`](RedisStoreBuilder::cooldown) is over. A call that was given up may still take effect.
/// `purge` has no limit as a whole.
///
/// Dropping the last clone waits for nothing.
///
/// Keys are `prefix:{experiment}:key`, with the text of the experience key and nothing else of the
/// unit. All entries of an experiment are in one slot of a Redis Cluster. `rediss://` works in an
/// application that asks the crate `redis` for TLS. Clones share connections.
///
/// ```
/// use std::time::Duration;
/// use variate::RedisStore;
///
/// let store = RedisStore::builder("redis://127.0.0.1:6379/0")
///     .prefix("shop")
///     .ttl(Duration::from_hours(24 * 90))
///     .timeout(Duration::from_millis(100))
///     .build()?;
/// # Ok::<(), variate::RedisStoreError>(())
/// ```
#[derive(Clone)]
pub struct RedisStore {
    server: Arc<Server>,
    /// Not among what the threads themselves hold, so that they end with the last clone.
    workers: Arc<Workers>,
}

struct Server {
    pool: Pool,
    breaker: Breaker,
    find_or_keep: Script,
    prefix: String,
    /// In milliseconds.
    ttl: Option<u64>,
}

/// Why a [`RedisStore`] cannot be built, or has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisStoreError {
    /// The URL is not one of a Redis server.
    #[error("the url of a redis store cannot be used ({0}): write it like redis://host:6379/0")]
    Url(#[source] StoreError),
    /// The prefix has braces.
    #[error(
        "the prefix {0:?} of a redis store has braces: take them out, redis cluster divides keys by them"
    )]
    Prefix(String),
    /// The server did not answer a moment ago, and is left alone.
    #[error(
        "the redis server did not answer a moment ago: it is not asked until the cooldown is over"
    )]
    Resting,
    /// The server did not answer in time.
    #[error("the redis server did not answer within {0:?}: the call was given up")]
    Late(Duration),
    /// The server could not be reached, or answered with an error.
    #[error("the redis server could not be asked: {0}")]
    Failed(#[source] StoreError),
}

impl RedisStore {
    /// The knobs of a store at this URL: `redis://[user:password@]host[:port][/database]` or `redis+unix:///path`.
    pub fn builder(url: impl Into<String>) -> RedisStoreBuilder {
        RedisStoreBuilder::new(url.into())
    }

    /// What `ask` gets, on another thread: whatever the server does, this waits for the timeout only.
    fn ask<T: Send + 'static>(
        &self,
        ask: impl Fn(&Server, &mut Connection) -> RedisResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        self.watch(|| {
            let timeout = self.server.pool.timeout();
            let (answer, answered) = mpsc::sync_channel(1);
            let server = Arc::clone(&self.server);
            self.workers.give(move || {
                // A call that was given up before it began does not begin.
                if start.elapsed() < timeout {
                    let got = server
                        .pool
                        .with(start, |connection| ask(&server, connection));
                    let _ = answer.try_send(got);
                }
            })?;
            match answered.recv_timeout(timeout.saturating_sub(start.elapsed())) {
                Ok(got) => got,
                Err(RecvTimeoutError::Disconnected) if start.elapsed() < timeout => {
                    Err(io::Error::other("the client panicked").into())
                }
                Err(_) => {
                    // What happened to one connection has happened to the others.
                    self.server.pool.forget();
                    Err(io::Error::from(io::ErrorKind::TimedOut).into())
                }
            }
        })
    }

    /// The same on this thread: each answer is waited for, but not limited as a whole.
    fn ask_here<T>(
        &self,
        ask: impl Fn(&mut Connection) -> RedisResult<T>,
    ) -> Result<T, StoreError> {
        self.watch(|| self.server.pool.with(Instant::now(), ask))
    }

    /// Leaves a server that does not answer alone.
    fn watch<T>(&self, ask: impl FnOnce() -> Result<T, Failure>) -> Result<T, StoreError> {
        let Server { pool, breaker, .. } = &*self.server;
        if !breaker.lets_through() {
            return Err(RedisStoreError::Resting.into());
        }
        match ask() {
            Ok(answer) => {
                breaker.answered();
                Ok(answer)
            }
            Err(Failure { error, unreachable }) => {
                if unreachable {
                    breaker.failed();
                } else {
                    breaker.answered();
                }
                if error.is_timeout() {
                    return Err(RedisStoreError::Late(pool.timeout()).into());
                }
                Err(RedisStoreError::Failed(error.into()).into())
            }
        }
    }

    fn places(&self, unit: &StoredUnit<'_>) -> impl Iterator<Item = String> {
        let start = start(&self.server.prefix, unit.experiment());
        unit.keys().map(move |key| place(&start, key))
    }

    fn find_or_keep(
        &self,
        unit: &StoredUnit<'_>,
        variant: Option<&Variant>,
    ) -> Result<Option<Variant>, StoreError> {
        let places: Vec<_> = self.places(unit).collect();
        let variant = variant.cloned();
        let stored: Option<Vec<u8>> = self.ask(move |server, connection| {
            let script = server.find_or_keep(&places, variant.as_ref());
            script.invoke(connection)
        })?;
        // What is no text is a variant that no experiment has, so that it is replaced like one.
        Ok(stored.map(|stored| String::from_utf8_lossy(&stored).into_owned().into()))
    }
}

impl Server {
    fn find_or_keep(&self, places: &[String], variant: Option<&Variant>) -> ScriptInvocation<'_> {
        let mut script = self.find_or_keep.prepare_invoke();
        for place in places {
            script.key(place);
        }
        match self.ttl {
            Some(ttl) => script.arg(ttl),
            None => script.arg(""),
        };
        if let Some(variant) = variant {
            script.arg(variant.as_str());
        }
        script
    }
}

impl AssignmentStore for RedisStore {
    fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        self.find_or_keep(unit, None)
    }

    fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        let stored = self.find_or_keep(unit, Some(variant))?;
        // The script answers what it was to keep, if nothing else.
        Ok(stored.unwrap_or_else(|| variant.clone()))
    }

    fn replace(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
        let mut commands = redis::pipe();
        commands.atomic();
        // The current key last: it may be among the migration keys.
        let mut places = self.places(unit);
        let current = places.next();
        for former in places {
            commands.cmd("UNLINK").arg(former).ignore();
        }
        let set = commands.cmd("SET").arg(current).arg(variant.as_str());
        if let Some(ttl) = self.server.ttl {
            set.arg("PX").arg(ttl);
        }
        set.ignore();
        self.ask(move |_, connection| commands.query(connection))
    }

    fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
        let mut unlink = redis::cmd("UNLINK");
        for place in self.places(unit) {
            unlink.arg(place);
        }
        self.ask(move |_, connection| unlink.query(connection))
    }

    fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
        let pattern = pattern(&start(&self.server.prefix, experiment));
        let (mut cursor, mut purged) = (0_u64, 0);
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor)
                .arg("MATCH")
                .arg(&pattern)
                .arg("COUNT")
                .arg(BATCH);
            let (next, found): (u64, Vec<Vec<u8>>) =
                self.ask_here(|connection| scan.query(connection))?;
            if !found.is_empty() {
                let mut unlink = redis::cmd("UNLINK");
                unlink.arg(found);
                purged += self.ask_here(|connection| unlink.query::<u64>(connection))?;
            }
            if next == 0 {
                return Ok(purged);
            }
            cursor = next;
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the URL, which may have a password.
        out.debug_struct("RedisStore")
            .field("prefix", &self.server.prefix)
            .field("ttl", &self.server.ttl)
            .finish_non_exhaustive()
    }
}
