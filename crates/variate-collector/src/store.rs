//! Where tallies are kept.

#[cfg_attr(
    not(feature = "embedded"),
    allow(dead_code, reason = "what a store that is opened again needs")
)]
mod counting;
#[cfg(feature = "embedded")]
mod embedded;
mod error;
mod memory;
#[cfg_attr(
    not(feature = "embedded"),
    allow(dead_code, reason = "what a store on disk needs")
)]
mod parallel;
#[cfg(feature = "redis")]
mod redis;
#[cfg_attr(
    not(feature = "embedded"),
    allow(dead_code, reason = "what a store that is opened again needs")
)]
mod shelf;

use std::path::Path;

#[cfg(all(feature = "embedded", feature = "testing"))]
pub use self::embedded::fuzzing;
#[cfg(feature = "embedded")]
pub use self::embedded::{
    EmbeddedStore, EmbeddedStoreBuilder, ImportError, RepairedJournal, Report, ReportedMismatch,
    Usage,
};
pub use self::error::{ChangeError, StoreError};
pub use self::memory::MemoryStore;
#[cfg(all(feature = "redis", feature = "testing"))]
pub use self::redis::fuzzing as redis_fuzzing;
#[cfg(feature = "redis")]
pub use self::redis::{
    RedisRepair, RedisStore, RedisStoreBuilder, RedisStoreError, import_gimel, import_lamed,
};
use crate::{Change, Day, ExperimentInfo, ExperimentTallies, NewEvent, Outcome};

/// Counts events, each id once, and keeps the tallies.
///
/// All stores pass [`conformance`](crate::conformance). Methods may block: who cannot, asks through a
/// [`Collector`](crate::Collector), which also makes one batch of what many clients send at once.
pub trait EventStore: Send + Sync {
    /// Counts a batch; answers what became of each event, in order. When it returns, what is counted survives a crash.
    ///
    /// # Errors
    ///
    /// The store could not tell whether the events are counted. To send the batch again is safe: no event counts twice.
    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError>;

    /// The namespaces that have experiments, sorted.
    ///
    /// # Errors
    ///
    /// The store could not be read.
    fn namespaces(&self) -> Result<Vec<String>, StoreError>;

    /// The experiments of a namespace, sorted by name, archived ones among them.
    ///
    /// # Errors
    ///
    /// The store could not be read.
    fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError>;

    /// All that is counted of an experiment; `None` if there is none of that name.
    ///
    /// # Errors
    ///
    /// The store could not be read.
    fn tallies(
        &self,
        namespace: &str,
        experiment: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError>;

    /// Changes an experiment, which comes to be if there is none of that name; answers what it is now.
    ///
    /// # Errors
    ///
    /// The store could not make the change, or it makes no sense.
    fn change(
        &self,
        namespace: &str,
        experiment: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError>;

    /// Forgets an experiment, its ids and units included; answers whether there was one.
    ///
    /// # Errors
    ///
    /// The store could not be written.
    fn delete(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError>;

    /// Counts anew from zero: forgets events, ids, units and baselines, keeps control and pairs, takes back archiving and winner.
    /// Answers whether there was such an experiment.
    ///
    /// # Errors
    ///
    /// The store could not be written.
    fn reset(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError>;

    /// Forgets the random ids (uuids of version 4) of events before a day, which only recur when a client sends again;
    /// answers how many, if the store knows. The tallies stay.
    ///
    /// # Errors
    ///
    /// The store could not be written.
    fn expire(&self, before: Day) -> Result<u64, StoreError>;

    /// Whether the store can count now.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    fn ready(&self) -> Result<(), StoreError>;

    /// What endangers the tallies though the store can count, in sentences for whoever runs it, without names; nothing unless a store
    /// says otherwise.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Writes a copy into a directory, a new or an empty one, as the store is at one moment; events are counted on meanwhile.
    ///
    /// # Errors
    ///
    /// The copy could not be written, or, without an implementation, [`StoreError::Unsupported`].
    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let _ = to;
        Err(StoreError::Unsupported {
            place: std::any::type_name::<Self>().to_owned(),
            what: "be copied into a directory".to_owned(),
        })
    }
}

impl<S: EventStore + ?Sized> EventStore for std::sync::Arc<S> {
    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        (**self).ingest(events)
    }

    fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        (**self).namespaces()
    }

    fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        (**self).experiments(namespace)
    }

    fn tallies(
        &self,
        namespace: &str,
        experiment: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError> {
        (**self).tallies(namespace, experiment)
    }

    fn change(
        &self,
        namespace: &str,
        experiment: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        (**self).change(namespace, experiment, change)
    }

    fn delete(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        (**self).delete(namespace, experiment)
    }

    fn reset(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        (**self).reset(namespace, experiment)
    }

    fn expire(&self, before: Day) -> Result<u64, StoreError> {
        (**self).expire(before)
    }

    fn ready(&self) -> Result<(), StoreError> {
        (**self).ready()
    }

    fn warnings(&self) -> Vec<String> {
        (**self).warnings()
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        (**self).backup(to)
    }
}
