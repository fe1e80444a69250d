use std::time::Duration;

use redis::{ConnectionAddr, IntoConnectionInfo as _, RedisError};

use super::begin::Seen;
use super::connections::Connections;
use super::directory::Cache;
use super::keys::Keys;
use super::warnings::Missed;
use super::{RedisStore, Server};
use crate::Limits;

/// How many shards an experiment has on a cluster unless told otherwise.
const SHARDS_OF_CLUSTER: u32 = 16;

/// The knobs of a [`RedisStore`].
#[must_use]
pub struct RedisStoreBuilder {
    urls: Vec<String>,
    is_cluster: bool,
    prefix: String,
    shards: Option<u32>,
    secret: Option<[u8; 16]>,
    timeout: Duration,
    limits: Limits,
}

/// Why a [`RedisStore`] cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisStoreError {
    /// The URL is not one of a Redis server.
    #[error("the url of a redis store cannot be used ({0}): write it like redis://host:6379/0")]
    Url(#[source] RedisError),
    /// The prefix has braces.
    #[error(
        "the prefix {0:?} of a redis store has braces: take them out, redis cluster divides keys by them"
    )]
    Prefix(String),
    /// There are no shards, or too many.
    #[error("a redis store cannot have {0} shards: choose 1 to {most}", most = RedisStoreBuilder::MOST_SHARDS)]
    Shards(u32),
    /// There is no time to wait.
    #[error("the timeout of a redis store is zero: choose a longer one")]
    Timeout,
}

impl RedisStoreBuilder {
    /// The most shards that an experiment can have.
    pub const MOST_SHARDS: u32 = 1024;

    pub(super) fn new(url: String) -> Self {
        Self {
            urls: vec![url],
            is_cluster: false,
            prefix: "variate".to_owned(),
            shards: None,
            secret: None,
            timeout: Duration::from_secs(5),
            limits: Limits::default(),
        }
    }

    /// The URL is that of a node of a cluster; the others are found through it.
    pub const fn cluster(mut self) -> Self {
        self.is_cluster = true;
        self
    }

    /// Another node of the same cluster, for the case that the first is down.
    pub fn node(mut self, url: impl Into<String>) -> Self {
        self.urls.push(url.into());
        self.is_cluster = true;
        self
    }

    /// What all keys in Redis begin with, for servers with other data; `variate` unless set. Without braces.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Over how many slots of a cluster a new experiment is spread: 16, or 1 where there is no cluster. Experiments that
    /// are there keep what they have.
    ///
    /// Events are placed by their unit, or by their id where they have none. **With more shards than one, an id counts once for each
    /// shard that it comes to**: one that comes again with another unit, or once with a unit and once without, may count again.
    /// A client whose ids are its own for each event is not concerned.
    pub const fn shards(mut self, shards: u32) -> Self {
        self.shards = Some(shards);
        self
    }

    /// What ids are hashed with, so that nobody who reads the server's memory learns them. All processes must have the
    /// same, for good. Without it one is drawn and kept on the server, under `prefix:{directory}:secret`: then
    /// ids are safe from those who see the other keys only.
    pub const fn secret(mut self, secret: [u8; 16]) -> Self {
        self.secret = Some(secret);
        self
    }

    /// How long connecting, and each answer of the server, may take; 5 s unless set.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long names may be and how many of them there may be.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The store. The server is not asked yet, and need not be up.
    ///
    /// # Errors
    ///
    /// When a URL is not one of a Redis server, the prefix has braces, or a number makes no sense.
    pub fn build(self) -> Result<RedisStore, RedisStoreError> {
        if self.prefix.contains(['{', '}']) {
            return Err(RedisStoreError::Prefix(self.prefix));
        }
        if self.timeout.is_zero() {
            return Err(RedisStoreError::Timeout);
        }
        let shards = match self.shards {
            Some(shards) if shards == 0 || shards > Self::MOST_SHARDS => {
                return Err(RedisStoreError::Shards(shards));
            }
            Some(shards) => shards,
            None if self.is_cluster => SHARDS_OF_CLUSTER,
            None => 1,
        };
        let (mut places, mut is_encrypted) = (Vec::new(), false);
        for url in &self.urls {
            let info = url
                .as_str()
                .into_connection_info()
                .map_err(RedisStoreError::Url)?;
            is_encrypted |= matches!(info.addr(), ConnectionAddr::TcpTls { .. });
            // Without user and password.
            places.push(info.addr().to_string());
        }
        let connections = match self.urls.as_slice() {
            [url] if !self.is_cluster => Connections::to_one(url, self.timeout),
            urls => Connections::to_cluster(urls, self.timeout),
        };
        Ok(RedisStore {
            server: Server {
                connections: connections.map_err(RedisStoreError::Url)?,
                keys: Keys::new(self.prefix),
                cache: Cache::default(),
                limits: self.limits,
                shards,
                place: format!("redis {}", places.join(", ")),
                is_encrypted,
                secret: self.secret,
                seen: Seen::default(),
                missed: Missed::default(),
            },
        })
    }
}

impl std::fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without URLs, which may have passwords, and without the secret.
        out.debug_struct("RedisStoreBuilder")
            .field("is_cluster", &self.is_cluster)
            .field("prefix", &self.prefix)
            .field("shards", &self.shards)
            .field("timeout", &self.timeout)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
