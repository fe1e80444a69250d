use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use super::counting::Counting;
use super::shelf::{Read, Shelf, ShelfBatch, Table};
use super::{ChangeError, EventStore, StoreError};
use crate::{Change, Day, ExperimentInfo, ExperimentTallies, Limits, NewEvent, Outcome};

/// Keeps everything in memory, for tests and for trying out: nothing survives the process.
///
/// ```
/// use variate_collector::{EventStore, MemoryStore, NewEvent, Outcome};
///
/// let store = MemoryStore::new();
/// let event = NewEvent::new("shop", "pill_color", "red", "participate", "8d0f36b9");
/// assert_eq!(store.ingest(&[event.clone(), event])?, [Outcome::Counted, Outcome::Duplicate]);
///
/// let tallies = store.tallies("shop", "pill_color")?.expect("it has an event");
/// assert_eq!(tallies.cell("participate", "red").expect("it was counted").total.counted.units, 1);
/// # Ok::<(), variate_collector::StoreError>(())
/// ```
pub struct MemoryStore(Counting<Tables>);

impl MemoryStore {
    /// With default limits.
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// With these limits.
    pub fn with_limits(limits: Limits) -> Self {
        Self(Counting::empty(Tables::default(), rand::random(), limits))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl EventStore for MemoryStore {
    fn ingest(&self, events: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        self.0.ingest(events)
    }

    fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.0.namespaces())
    }

    fn experiments(&self, namespace: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        Ok(self.0.experiments(namespace))
    }

    fn tallies(
        &self,
        namespace: &str,
        experiment: &str,
    ) -> Result<Option<ExperimentTallies>, StoreError> {
        Ok(self.0.tallies(namespace, experiment))
    }

    fn change(
        &self,
        namespace: &str,
        experiment: &str,
        change: &Change,
    ) -> Result<ExperimentInfo, ChangeError> {
        self.0.change(namespace, experiment, change)
    }

    fn delete(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        let deleted = self.0.delete(namespace, experiment)?;
        self.0.sweep(&|| true)?;
        Ok(deleted)
    }

    fn reset(&self, namespace: &str, experiment: &str) -> Result<bool, StoreError> {
        let reset = self.0.reset(namespace, experiment)?;
        self.0.sweep(&|| true)?;
        Ok(reset)
    }

    fn expire(&self, before: Day) -> Result<u64, StoreError> {
        self.0.expire(before)
    }

    fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[derive(Default)]
struct Tables(Mutex<Entries>);

type Entries = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

#[derive(Default)]
struct Batch(Vec<(Table, Vec<u8>, Option<Vec<u8>>)>);

impl ShelfBatch for Batch {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) {
        self.0.push((table, key.to_vec(), Some(value.to_vec())));
    }

    fn remove(&mut self, table: Table, key: &[u8]) {
        self.0.push((table, key.to_vec(), None));
    }
}

impl Shelf for Tables {
    type Bytes = Vec<u8>;
    type Batch = Batch;

    fn place(&self) -> String {
        "memory:".to_owned()
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(tables.get(&(table, key.to_vec())).cloned())
    }

    fn each(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        read: &mut Read<'_>,
    ) -> Result<(), StoreError> {
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = match after {
            Some(key) => Bound::Excluded((table, key.to_vec())),
            None => Bound::Included((table, prefix.to_vec())),
        };
        for ((of, key), value) in tables.range((from, Bound::Unbounded)) {
            if *of != table || !key.starts_with(prefix) || !read(key, value)? {
                break;
            }
        }
        Ok(())
    }

    fn batch(&self, _entries: usize) -> Batch {
        Batch::default()
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (table, key, value) in batch.0 {
            match value {
                Some(value) => tables.insert((table, key), value),
                None => tables.remove(&(table, key)),
            };
        }
        Ok(())
    }
}
