//! Tallies on Redis or Valkey.

mod batch;
mod builder;
mod changes;
mod connections;
mod directory;
mod import;
mod keys;
mod packed;
mod reading;
mod script;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use redis::RedisError;

pub use self::builder::{RedisStoreBuilder, RedisStoreError};
use self::connections::Connections;
use self::directory::{Cache, Entry};
pub use self::import::{import_gimel, import_lamed};
use self::keys::Keys;
use self::script::Call;
use super::counting::header::Header;
use super::{ChangeError, EventStore, StoreError};
use crate::id_hash::IdHash;
use crate::{Change, Day, ExperimentInfo, ExperimentTallies, Limits, NewEvent, Outcome};

/// How many events one round trip counts; more of them would keep the server from others for too long.
const MOST_EVENTS: usize = 8_192;

/// The format that this version writes.
const FORMAT: u64 = 1;

/// Keeps tallies on Redis (7.0 or later) or Valkey, for all processes of an application. Needs the feature `redis`.
///
/// A batch is one round trip: a script counts the events of each experiment as a whole or not at all. To send a batch
/// again is safe, so that a batch whose answer was lost is sent again by itself once. Connections are opened when
/// they are needed, also after the server restarted.
///
/// Acknowledged is what Redis acknowledged: whether that survives a crash of the server is up to its `appendonly` and
/// `appendfsync`. Evictions lose counts: `maxmemory-policy` ought to be `noeviction`.
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

/// All that the store has.
struct Server {
    connections: Connections,
    keys: Keys,
    cache: Cache,
    limits: Limits,
    shards: u32,
    /// What messages call this store.
    place: String,
    secret: Option<[u8; 16]>,
    ids: RwLock<Option<Arc<IdHash>>>,
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

    /// In the server's words, and what to do.
    fn failed(&self, error: &RedisError) -> StoreError {
        let advice = match error.code() {
            Some("OOM") => "give the server more memory (`maxmemory`), or delete experiments",
            Some("READONLY") => "this is a replica: give the url of the primary",
            Some("LOADING") => "the server loads its data: try again later",
            Some("MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN" | "TRYAGAIN") => {
                "this is a node of a cluster: build the store with `cluster`; if that is so, try again later"
            }
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => {
                "give a user and a password that may run scripts, as in redis://user:password@host"
            }
            Some("WRONGTYPE") => "somebody else uses the same keys: choose another prefix",
            Some("MISCONF") => "the server cannot write to its disk: see its log",
            Some("BUSY") => "the server is busy with a script: try again later",
            _ if error.is_timeout() => "the server did not answer in time: try again",
            _ if error.is_connection_refusal() => "is the server running, and is the url right?",
            _ if error.is_io_error() => "the connection was lost: try again",
            _ => "see the server's log",
        };
        self.unavailable(format!("{error}; {advice}").into())
    }

    /// What ids are hashed with. The format is looked at at the same time, once.
    fn ids(&self) -> Result<Arc<IdHash>, StoreError> {
        let known = self.ids.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(ids) = &*known {
            return Ok(Arc::clone(ids));
        }
        drop(known);
        let supported = FORMAT.to_string();
        let fresh: [u8; 16] = self.secret.unwrap_or_else(rand::random);
        let text: String = format!("{:032x}", u128::from_be_bytes(fresh));
        let mut calls = vec![
            Call::command("SET", &[&self.keys.format(), &supported, "NX"]),
            Call::command("GET", &[&self.keys.format()]),
        ];
        if self.secret.is_none() {
            calls.push(Call::command("SET", &[&self.keys.secret(), &text, "NX"]));
            calls.push(Call::command("GET", &[&self.keys.secret()]));
        }
        let answers = self.connections.call(&calls);
        let mut answers = answers.map_err(|error| self.failed(&error))?.into_iter();
        let mut next = || -> Result<Option<String>, StoreError> {
            match answers.next() {
                Some(answer) => self.read(answer),
                None => Ok(None),
            }
        };
        next()?;
        let format = next()?.and_then(|format| format.parse().ok());
        let format: u64 = format.ok_or_else(|| self.damaged("the format"))?;
        if format > FORMAT {
            return Err(StoreError::Newer {
                place: self.place.clone(),
                found: format,
                supported: FORMAT,
            });
        }
        let secret = match self.secret {
            Some(secret) => secret,
            None => {
                next()?;
                let text = next()?.unwrap_or_default();
                u128::from_str_radix(&text, 16)
                    .map_err(|_| self.damaged("the secret"))?
                    .to_be_bytes()
            }
        };
        let ids = Arc::new(IdHash::new(secret));
        *self.ids.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&ids));
        Ok(ids)
    }

    fn forget_ids(&self) {
        *self.ids.write().unwrap_or_else(PoisonError::into_inner) = None;
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
