use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderMap;

use super::api_keys::{ApiKeys, Shown};

/// API keys that may be replaced while requests show them: the next request is asked for one of the new ones.
///
/// ```
/// use variate_collector::http::{ApiKeys, KeyRing, Role, Routes};
/// use variate_collector::{Collector, MemoryStore};
///
/// let ring = KeyRing::new(ApiKeys::new().with("4mJrSfUtqPzW0bXN8yAg2c", Role::Read, &[]));
/// let router = Routes::new(Collector::new(MemoryStore::new())?).key_ring(&ring).router();
/// // ... served meanwhile
/// ring.replace(ApiKeys::new().with("e9Jc1kZ0Wm7QyTfUuLr3Sd", Role::Read, &[]));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeyRing(Arc<RwLock<Arc<ApiKeys>>>);

impl KeyRing {
    /// With these keys.
    pub fn new(keys: ApiKeys) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(keys))))
    }

    /// From now on with these, and none of those before.
    pub fn replace(&self, keys: ApiKeys) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    pub(super) fn shown_in(&self, headers: &HeaderMap) -> Shown {
        let keys = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        keys.shown_in(headers)
    }
}
