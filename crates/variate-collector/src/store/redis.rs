//! Tallies on Redis or Valkey.

mod batch;
mod begin;
mod builder;
mod changes;
mod connections;
mod directory;
#[cfg(feature = "testing")]
pub mod fuzzing;
mod import;
mod keys;
mod packed;
mod reading;
mod repair;
mod script;
mod warnings;

use std::fmt;
use std::path::Path;

use redis::{ErrorKind, RedisError};

use self::begin::Seen;
pub use self::builder::{RedisStoreBuilder, RedisStoreError};
use self::connections::Connections;
use self::directory::{Cache, Entry};
pub use self::import::{import_gimel, import_lamed};
use self::keys::{DIRECTORY, Keys};
pub use self::repair::RedisRepair;
use self::warnings::Missed;
use super::counting::header::Header;
use super::{ChangeError, EventStore, StoreError};
use crate::{Change, Day, ExperimentInfo, ExperimentTallies, Limits, NewEvent, Outcome};

/// How many events one round trip counts; more of them would keep the server from others for too long.
const MOST_EVENTS: usize = 8_192;

/// The format that this version writes.
const FORMAT: u64 = 2;

const PASSWORD: &str =
    "give a user and a password that may run scripts, as in redis://user:password@host";

/// Keeps tallies on Redis (7.0 or later) or Valkey, for all processes of an application. Needs the feature `redis`.
///
/// A batch is one round trip: a script counts the events of each experiment as a whole or not at all. To send a batch
/// again is safe, so that a batch whose answer was lost is sent again by itself once. Connections are opened when
/// they are needed, also after the server restarted.
///
/// Acknowledged is what Redis acknowledged: whether that survives a crash of the server is up to its `appendonly` and
/// `appendfsync`. Evictions lose counts: `maxmemory-policy` ought to be `noeviction`, and
/// [`warnings`](EventStore::warnings) say where it is not. A key that was evicted, or deleted by somebody, is missed: events of its
/// experiment are [`Outcome::Unavailable`], and what else concerns it is [`StoreError::DamagedExperiment`], which names it, until the experiment is
/// restored or reset. Others are counted. Where the list of a namespace's experiments is gone, that is so of the namespace
/// ([`StoreError::DamagedNamespace`]), until it is restored or [forgotten](Self::forget_namespace). What of the directory can be made anew,
/// [`repair`](Self::repair) makes.
///
/// The events of an experiment are divided by unit (by id, where there is none) over as many
/// [`shards`](RedisStoreBuilder::shards) as it had when it began, each of which is in one slot of a cluster. An id counts
/// once in its shard: with more shards than one, an id that comes again *of another unit* may count again.
///
/// ```
/// use variate_collector::RedisStore;
///
/// let store = RedisStore::builder("redis://127.0.0.1:6379/0").prefix("shop").build()?;
/// # Ok::<(), variate_collector::RedisStoreError>(())
/// ```
pub struct RedisStore {
    server: Server,
}

/// Where a store is, in advice: addresses may have passwords.
const PLACE: &str = "redis://…";

/// What is said of a shard of which the directory is missing.
const DIRECTORY_GONE: &str = "is of a store whose directory is gone";

/// What scripts put behind the key of a shard of which the directory is missing.
const FORMER: &str = " directory";

/// The key that a script misses, if that is what it says.
fn lost_key(error: &RedisError) -> Option<&str> {
    (error.code() == Some("DAMAGED"))
        .then(|| error.detail())
        .flatten()
}

/// All that the store has.
struct Server {
    connections: Connections,
    keys: Keys,
    cache: Cache,
    limits: Limits,
    shards: u32,
    /// What messages call this store.
    place: String,
    /// Whether its URL asks for TLS.
    is_encrypted: bool,
    secret: Option<[u8; 16]>,
    seen: Seen,
    missed: Missed,
}

impl RedisStore {
    /// The knobs of a store at this URL: `redis://[user:password@]host[:port][/database]` or `redis+unix:///path`.
    pub fn builder(url: impl Into<String>) -> RedisStoreBuilder {
        RedisStoreBuilder::new(url.into())
    }
}

impl Server {
    fn unavailable(&self, source: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
        StoreError::Unavailable {
            place: self.place.clone(),
            source,
        }
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            place: self.place.clone(),
            what: what.into(),
        }
    }

    /// What a script misses.
    fn lost(&self, key: &str) -> StoreError {
        if let Some(main) = key.strip_suffix(FORMER) {
            return self.damaged(format!(
                "`{main}` {DIRECTORY_GONE}: the server evicted it, or somebody deleted it; take it from a backup, or choose another prefix"
            ));
        }
        let missing = format!(
            "`{key}` is missing although there is other data: the server evicted it, or somebody deleted it; take it from a backup"
        );
        if let Some(namespace) = self.keys.namespace_of(key) {
            return StoreError::DamagedNamespace {
                place: self.place.clone(),
                what: format!(
                    "{missing}, or forget what namespace `{namespace}` had, which then counts anew: `variate store repair --forget {namespace:?} {PLACE}`"
                ),
            };
        }
        let advice = if [self.keys.number(), self.keys.namespaces()].contains(&key.to_owned()) {
            format!("make it anew, of which nothing is lost: `variate store repair {PLACE}`")
        } else if key.contains(DIRECTORY) {
            "choose another prefix".to_owned()
        } else {
            "reset the experiment, which then counts anew".to_owned()
        };
        self.damaged(format!("{missing}, or {advice}"))
    }

    /// The same of an experiment.
    fn lost_of(&self, header: &Header, key: &str) -> StoreError {
        self.missed.keep(header);
        match self.lost(key) {
            // All of the store is.
            StoreError::Damaged { what, .. } if !what.contains(DIRECTORY_GONE) => {
                self.damaged_of(header, &what)
            }
            error => error,
        }
    }

    /// What is damaged is this experiment.
    fn damaged_of(&self, header: &Header, what: &str) -> StoreError {
        StoreError::DamagedExperiment {
            place: self.place.clone(),
            what: format!(
                "experiment `{}` of namespace `{}`: {what}",
                header.name, header.namespace
            ),
        }
    }

    /// What failed is about this experiment.
    fn failed_of(&self, header: &Header, error: &RedisError) -> StoreError {
        match lost_key(error) {
            Some(key) => self.lost_of(header, key),
            None => self.failed(error),
        }
    }

    /// In the server's words, and what to do.
    fn failed(&self, error: &RedisError) -> StoreError {
        if let Some(key) = lost_key(error) {
            return self.lost(key);
        }
        let advice = match error.code() {
            Some("OOM") => "give the server more memory (`maxmemory`), or delete experiments",
            Some("READONLY") => "this is a replica: give the url of the primary",
            Some("LOADING") => "the server loads its data: try again later",
            Some("MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN" | "TRYAGAIN") => {
                "this is a node of a cluster: add `?cluster` to the url, or build the store with `cluster`; if that is so, try again later"
            }
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => PASSWORD,
            // What a server says that wants a password and got none, to a command of many parts.
            _ if error.to_string().contains("unauthenticated") => PASSWORD,
            // What the client makes of a refused password.
            _ if error.kind() == ErrorKind::AuthenticationFailed => PASSWORD,
            Some("WRONGTYPE") => "somebody else uses the same keys: choose another prefix",
            Some("MISCONF") => "the server cannot write to its disk: see its log",
            Some("BUSY") => "the server is busy with a script: try again later",
            _ if error.to_string().contains("failed to lookup address") => {
                "no host of this name is known here: is the url right?"
            }
            // What the client makes of a server that knows of no slots.
            _ if error.to_string().contains("multi-node operation") => {
                "this is no cluster: take `?cluster` out of the url, or build the store without `cluster`"
            }
            _ if error.is_connection_refusal() => "is the server running, and is the url right?",
            _ if self.is_encrypted && (error.is_timeout() || error.is_io_error()) => {
                "does the server speak TLS at this port? if not, the url begins with redis:// and not with rediss://"
            }
            _ if error.is_timeout() => "the server did not answer in time: try again",
            _ if error.is_io_error() => "the connection was lost: try again",
            _ => "see the server's log",
        };
        self.unavailable(format!("{error}; {advice}").into())
    }

    /// An entry that is not in the directory yet, and has no number.
    fn new_entry(&self, namespace: &str, name: &str) -> Entry {
        Entry {
            number: 0,
            shards: self.shards,
            header: Header::new(namespace, name),
        }
    }
}

impl EventStore for RedisStore {
    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(events.len());
        for chunk in events.chunks(MOST_EVENTS) {
            outcomes.extend(self.server.count(chunk)?);
        }
        Ok(outcomes)
    }

    fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        self.server.namespaces()
    }

    fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        self.server.experiments(namespace)
    }

    fn tallies(
        &self,
        namespace: &str,
        experiment: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError> {
        self.server.tallies(namespace, experiment)
    }

    fn change(
        &self,
        namespace: &str,
        experiment: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        self.server.change(namespace, experiment, change)
    }

    fn delete(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        self.server.end(namespace, experiment, |_| None)
    }

    fn reset(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        self.server
            .end(namespace, experiment, |entry| Some(entry.header.reset()))
    }

    fn expire(&self, before: Day) -> Result<u64, StoreError> {
        self.server.expire(before)
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.server.ready()
    }

    fn warnings(&self) -> Vec<String> {
        self.server.warnings()
    }

    fn backup(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Unsupported {
            place: self.server.place.clone(),
            what: "be copied into a directory; copy what the Redis server itself writes".to_owned(),
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RedisStore")
            .field("place", &self.server.place)
            .field("shards", &self.server.shards)
            .finish_non_exhaustive()
    }
}
