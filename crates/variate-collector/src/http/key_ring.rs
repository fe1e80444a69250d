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
        self.keys().shown_in(headers)
    }

    /// What the keys are for whose hashes are these.
    #[cfg(feature = "dashboard")]
    pub(super) fn of(&self, is_it: impl Fn(&[u8; 32]) -> bool) -> Shown {
        self.keys().of(is_it)
    }

    fn keys(&self) -> Arc<ApiKeys> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
