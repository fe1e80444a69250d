use super::StoreError;

/// The tables of a store that counts in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    /// The store itself: format, secret, numbers given, numbers whose data is to be removed.
    Meta,
    /// Experiment number → its header.
    Experiments,
    /// Experiment number, place, day → tallies.
    Rows,
    /// Experiment number, hash of an event's id → what is needed to forget it.
    Ids,
    /// Experiment number, hash of a unit → the unit.
    Units,
}

/// Takes a key and its value; answers whether to go on.
pub(crate) type Read<'a> = dyn FnMut(&[u8], &[u8]) -> Result<bool, StoreError> + 'a;

/// Ordered bytes in tables, whose batches are atomic and, once committed, durable.
pub(crate) trait Shelf: Send + Sync {
    type Bytes: AsRef<[u8]>;
    type Batch: ShelfBatch;

    /// What messages call this store.
    fn place(&self) -> String;

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Self::Bytes>, StoreError>;

    /// Reads all entries whose keys start with a prefix, in order, until `read` answers false.
    fn each(&self, table: Table, prefix: &[u8], read: &mut Read<'_>) -> Result<(), StoreError>;

    fn batch(&self) -> Self::Batch;

    fn commit(&self, batch: Self::Batch) -> Result<(), StoreError>;

    fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

pub(crate) trait ShelfBatch {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]);

    fn remove(&mut self, table: Table, key: &[u8]);
}
