use std::sync::Arc;
use std::time::{Duration, SystemTime};

use redis::{Client, Script};

use super::pool::Pool;
use super::workers::Workers;
use super::{RedisStore, RedisStoreError, Server};
use crate::Clock;
use crate::store::breaker::Breaker;
use crate::store::millis::millis;

/// The knobs of a [`RedisStore`].
#[must_use]
pub struct RedisStoreBuilder {
    url: String,
    prefix: String,
    ttl: Option<Duration>,
    timeout: Duration,
    cooldown: Duration,
    most_idle: usize,
    clock: Box<dyn Clock>,
}

impl RedisStoreBuilder {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            prefix: "variate".into(),
            ttl: None,
            timeout: Duration::from_millis(250),
            cooldown: Duration::from_secs(1),
            most_idle: 16,
            clock: Box::new(SystemTime::now),
        }
    }

    /// What all keys in Redis begin with, for servers with other data; `variate` unless set. Without braces.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long an assignment lives after it was stored or found last: until it is forgotten, unless set.
    /// At least 1 ms. It is written anew once a tenth of it has passed.
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// How long a call may take at the most, with all there is to it: resolving a host's name, connecting,
    /// asking and answering; 250 ms unless set, at least 1 ms.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a server that did not answer is left alone: calls fail at once, then one tries whether it is
    /// back; 1 s unless set, at least 1 ms.
    pub const fn cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// How many connections are kept for later; 16 unless set. So many calls are at the server at a time, at
    /// least 4 and at most 64, each on a thread of the store's own; further ones wait for their turn.
    pub const fn idle_connections(mut self, connections: usize) -> Self {
        self.most_idle = connections;
        self
    }

    /// What the cooldown is measured by: the system's clock, unless set.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// The store. The server is not asked yet, and need not be up.
    ///
    /// # Errors
    ///
    /// When the URL is not one of a Redis server, or the prefix has braces.
    pub fn build(self) -> Result<RedisStore, RedisStoreError> {
        if self.prefix.contains(['{', '}']) {
            return Err(RedisStoreError::Prefix(self.prefix));
        }
        let client = Client::open(self.url).map_err(|error| RedisStoreError::Url(error.into()))?;
        let timeout = self.timeout.max(Duration::from_millis(1));
        Ok(RedisStore {
            workers: Arc::new(Workers::new(self.most_idle.clamp(4, 64))),
            server: Arc::new(Server {
                pool: Pool::new(client, self.most_idle, timeout),
                breaker: Breaker::new(self.cooldown, self.clock),
                find_or_keep: Script::new(include_str!("find_or_keep.lua")),
                prefix: self.prefix,
                ttl: self.ttl.map(millis),
            }),
        })
    }
}

impl std::fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the URL, which may have a password.
        out.debug_struct("RedisStoreBuilder")
            .field("prefix", &self.prefix)
            .field("ttl", &self.ttl)
            .field("timeout", &self.timeout)
            .field("cooldown", &self.cooldown)
            .field("idle_connections", &self.most_idle)
            .finish_non_exhaustive()
    }
}
