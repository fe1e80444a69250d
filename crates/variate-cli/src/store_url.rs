//! Where a collector keeps what it counts, as the command line names it.

use std::sync::Arc;

use variate_collector::{EventStore, MemoryStore, RedisStore, RedisStoreError};

/// Why there is no such store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreUrlError {
    #[error(
        "`{0}` names no store of events: it must be `dir:PATH`, `redis://HOST:PORT` or `memory:`"
    )]
    Unknown(String),
    #[error("this build has no store for `{0}`")]
    NotBuilt(String),
    #[error(transparent)]
    Redis(#[from] RedisStoreError),
}

impl StoreUrlError {
    /// Whether the option is wrong, and not what it names.
    pub(crate) const fn is_of_options(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::NotBuilt(_) | Self::Redis(_))
    }
}

/// Opens the store that `dir:PATH`, `redis://…` or `memory:` names.
pub(crate) fn open_store(url: &str) -> Result<Arc<dyn EventStore>, StoreUrlError> {
    match url.split_once(':') {
        Some(("memory", "")) => Ok(Arc::new(MemoryStore::new())),
        Some(("redis" | "rediss" | "redis+unix", rest)) if !rest.is_empty() => {
            Ok(Arc::new(RedisStore::builder(url).build()?))
        }
        Some(("dir", rest)) if !rest.is_empty() => Err(StoreUrlError::NotBuilt(url.to_owned())),
        _ => Err(StoreUrlError::Unknown(url.to_owned())),
    }
}
