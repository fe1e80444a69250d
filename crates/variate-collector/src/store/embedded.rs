//! The tallies in a directory of this machine.

mod backup;
mod directory;
mod engine;
mod failure;
mod files;
mod filter;
#[cfg(feature = "testing")]
pub mod fuzzing;
mod import;
mod journal;
mod maintenance;
mod recent;
mod shelf;
mod unsound;
mod verify;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use self::directory::Directory;
pub use self::import::ImportError;
use self::maintenance::Maintenance;
use self::shelf::{FjallShelf, Memory};
use self::unsound::{Unsound, has};
pub use self::verify::{RepairedJournal, Report, ReportedMismatch};
use super::counting::Counting;
use super::shelf::Shelf;
use super::{ChangeError, EventStore, StoreError};
use crate::{Change, Day, ExperimentInfo, ExperimentTallies, Limits, NewEvent, Outcome};

/// Keeps everything in a directory. What it answered for is on disk, also after a crash.
///
/// When the disk is full or fails, nothing is counted, and what was counted is still answered. As soon as the disk takes something
/// again, the next batch, or the next question whether the store is [`ready`](EventStore::ready), opens the files anew.
///
/// A directory is for one process at a time. Memory: the cache, 37 MiB of recent ids, about 100 MiB of buffers, and a filter of 2 to
/// 4 bytes for each id and unit kept. Measured without the recent ids: 300 MB at 22 million ids, 62 of them the filter.
///
/// ```
/// use variate_collector::{EmbeddedStore, EventStore, NewEvent, Outcome};
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path().join("events");
/// let store = EmbeddedStore::open(&directory)?;
/// let event = NewEvent::new("shop", "pill_color", "red", "participate", "8d0f36b9");
/// assert_eq!(store.ingest(&[event.clone()])?, [Outcome::Counted]);
/// drop(store);
///
/// let store = EmbeddedStore::open(&directory)?;
/// assert_eq!(store.ingest(&[event])?, [Outcome::Duplicate]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EmbeddedStore {
    /// First to be dropped: its thread uses the rest.
    maintenance: Maintenance,
    inner: Arc<Inner>,
}

struct Inner {
    counting: Counting<FjallShelf>,
    unsound: RwLock<Unsound>,
    /// Last to be dropped: it holds the lock, and says what was there when the engine had closed its files.
    directory: Directory,
}

/// The knobs of an [`EmbeddedStore`].
#[derive(Debug, Clone)]
#[must_use]
pub struct EmbeddedStoreBuilder {
    directory: PathBuf,
    limits: Limits,
    memory: Memory,
    create: bool,
}

/// What a store takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Ids and units that the filter in memory knows: about all that are kept, once it is filled.
    pub filter_keys: u64,
    /// Bytes of the filter in memory.
    pub filter_bytes: u64,
    /// Bytes of the ids in memory that were counted last.
    pub recent_bytes: u64,
    /// Whether the filter knows all of them. Until then, for a while after opening, new events are counted more slowly.
    pub is_filtered: bool,
}

impl EmbeddedStoreBuilder {
    /// How long names may be and how many of them there may be.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How much of the files to keep in memory, which makes duplicates of old events faster: 64 MiB.
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.memory.cache_bytes = bytes;
        self
    }

    /// About how many of the ids counted last to keep in memory, 37 bytes each, which makes duplicates of recent events faster:
    /// 1,048,576. Where `0`, each duplicate is looked for in the files.
    pub fn recent_ids(mut self, ids: usize) -> Self {
        self.memory.recent_ids = ids;
        self
    }

    /// Whether to make the store if there is none: yes.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// Another process has it open, a later version wrote it, the directory is somebody else's, its files are damaged, they were
    /// [repaired](EmbeddedStore::repair) and not [verified](EmbeddedStore::verify) since, or the disk does not let it.
    pub fn open(self) -> Result<EmbeddedStore, StoreError> {
        let mut directory = Directory::take(&self.directory, self.create)?;
        let unsound = directory.unsound()?;
        let engine = directory.open_data(self.memory)?;
        let counting = Counting::open(engine, directory.secret(), self.limits)?;
        let inner = Arc::new(Inner {
            counting,
            unsound: RwLock::new(unsound),
            directory,
        });
        let maintenance = Maintenance::start(&inner)
            .map_err(|error| directory::unavailable(&self.directory, "start a thread", &error))?;
        Ok(EmbeddedStore { maintenance, inner })
    }
}

impl EmbeddedStore {
    /// Opens the store in a directory, which is made if there is none.
    ///
    /// # Errors
    ///
    /// As [`EmbeddedStoreBuilder::open`].
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::builder(directory).open()
    }

    /// To set the knobs.
    pub fn builder(directory: impl AsRef<Path>) -> EmbeddedStoreBuilder {
        EmbeddedStoreBuilder {
            directory: directory.as_ref().to_owned(),
            limits: Limits::default(),
            memory: Memory {
                cache_bytes: 64 << 20,
                recent_ids: 1 << 20,
            },
            create: true,
        }
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        self.inner.directory.path()
    }

    /// What it takes on disk and in memory.
    ///
    /// # Errors
    ///
    /// The disk could not be asked.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        let engine = self.inner.counting.shelf();
        let (filter_keys, filter_bytes) = engine.filter_size();
        Ok(Usage {
            disk_bytes: engine.disk_bytes()?,
            filter_keys,
            filter_bytes,
            recent_bytes: engine.recent_bytes(),
            is_filtered: engine.is_filtered(),
        })
    }

    /// Writes what is only in journals and memory into tables, so that the next opening has little to read. Not needed for anything
    /// to be durable.
    ///
    /// # Errors
    ///
    /// The store could not be written.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.inner.counting.shelf().flush()
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("EmbeddedStore")
            .field("directory", &self.directory())
            .finish_non_exhaustive()
    }
}

impl EventStore for EmbeddedStore {
    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        self.inner.ingest(events)
    }

    fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.inner.counting.namespaces())
    }

    fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        let mut all = self.inner.counting.experiments(namespace);
        let unsound = self.inner.unsound();
        for info in &mut all {
            info.damaged = has(&unsound, namespace, &info.name);
        }
        Ok(all)
    }

    fn tallies(
        &self,
        namespace: &str,
        experiment: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError> {
        self.inner.check_sound(namespace, experiment)?;
        Ok(self.inner.counting.tallies(namespace, experiment))
    }

    fn change(
        &self,
        namespace: &str,
        experiment: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        self.inner.check_sound(namespace, experiment)?;
        self.inner.counting.change(namespace, experiment, change)
    }

    fn delete(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        let deleted = self.inner.counting.delete(namespace, experiment)?;
        self.inner.begins_anew(namespace, experiment)?;
        self.maintenance.sweep();
        Ok(deleted)
    }

    fn reset(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        let reset = self.inner.counting.reset(namespace, experiment)?;
        self.inner.begins_anew(namespace, experiment)?;
        self.maintenance.sweep();
        Ok(reset)
    }

    fn expire(&self, before: Day) -> Result<u64, StoreError> {
        self.inner.counting.expire(before)
    }

    fn ready(&self) -> Result<(), StoreError> {
        if self.inner.counting.shelf().is_failed() {
            self.inner.counting.revive()?;
        }
        self.inner.counting.shelf().ready()
    }

    fn warnings(&self) -> Vec<String> {
        unsound::warning(&self.inner.unsound())
            .into_iter()
            .collect()
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        Self::backup(self, to, |_| {}).map(drop)
    }
}
