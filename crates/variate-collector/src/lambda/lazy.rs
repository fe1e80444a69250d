use std::fmt;
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use crate::{
    Change, ChangeError, Day, EventStore, ExperimentInfo, ExperimentTallies, NewEvent, Outcome,
    StoreError,
};

type Open = dyn Fn() -> Result<Arc<dyn EventStore>, StoreError> + Send + Sync;

/// A store that is opened when it is first asked, and again if that failed: one for all invocations of a sandbox.
///
/// A function that could not start because its store was down would be started again and again; one with this store
/// answers 503 meanwhile.
///
/// ```
/// use variate_collector::lambda::LazyStore;
/// use variate_collector::{Collector, MemoryStore};
///
/// let collector = Collector::new(LazyStore::new(|| Ok(MemoryStore::new())))?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct LazyStore {
    open: Box<Open>,
    store: Mutex<Option<Arc<dyn EventStore>>>,
}

impl LazyStore {
    /// What this opens.
    pub fn new<S: EventStore + 'static>(
        open: impl Fn() -> Result<S, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            open: Box::new(move || Ok(Arc::new(open()?))),
            store: Mutex::new(None),
        }
    }

    fn store(&self) -> Result<Arc<dyn EventStore>, StoreError> {
        // Whoever comes while another one opens it waits for that one.
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*store {
            return Ok(Arc::clone(store));
        }
        let opened = (self.open)()?;
        Ok(Arc::clone(store.insert(opened)))
    }
}

impl EventStore for LazyStore {
    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        self.store()?.ingest(events)
    }

    fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        self.store()?.namespaces()
    }

    fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        self.store()?.experiments(namespace)
    }

    fn tallies(
        &self,
        namespace: &str,
        experiment: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError> {
        self.store()?.tallies(namespace, experiment)
    }

    fn change(
        &self,
        namespace: &str,
        experiment: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        self.store()?.change(namespace, experiment, change)
    }

    fn delete(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        self.store()?.delete(namespace, experiment)
    }

    fn reset(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        self.store()?.reset(namespace, experiment)
    }

    fn expire(&self, before: Day) -> Result<u64, StoreError> {
        self.store()?.expire(before)
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.store()?.ready()
    }
}

impl fmt::Debug for LazyStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LazyStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::MemoryStore;

    #[test]
    fn it_is_opened_when_asked_again_after_a_failure_and_then_once() {
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&tries);
        let store = LazyStore::new(move || match counted.fetch_add(1, Ordering::SeqCst) {
            0 => Err(StoreError::Unavailable {
                place: "nowhere".to_owned(),
                source: "not yet".into(),
            }),
            _ => Ok(MemoryStore::new()),
        });
        assert_eq!(tries.load(Ordering::SeqCst), 0);
        assert!(store.ready().is_err());
        let event = NewEvent::new("shop", "pill", "red", "participate", "1");
        for _ in 0..2 {
            assert!(store.ingest(std::slice::from_ref(&event)).is_ok());
        }
        assert_eq!(tries.load(Ordering::SeqCst), 2);
        assert_eq!(store.namespaces().ok(), Some(vec!["shop".to_owned()]));
    }
}
