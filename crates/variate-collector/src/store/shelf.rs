use std::hash::{BuildHasherDefault, Hash, Hasher};

use super::StoreError;

/// The tables of a store that counts in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    /// The store itself: numbers given, numbers whose data is to be removed.
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

/// An experiment's number and 128 bits of an id or a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HashKey(pub(crate) [u8; 20]);

impl HashKey {
    pub(crate) fn new(number: u32, hash: u128) -> Self {
        let mut key = [0; 20];
        key[..4].copy_from_slice(&number.to_be_bytes());
        key[4..].copy_from_slice(&hash.to_be_bytes());
        Self(key)
    }

    /// The first eight bytes: what orders almost like the whole key, and compares faster.
    pub(crate) fn order(&self) -> u64 {
        let [n0, n1, n2, n3, a0, a1, a2, a3, ..] = self.0;
        u64::from_be_bytes([n0, n1, n2, n3, a0, a1, a2, a3])
    }

    /// Two numbers that are as uniform as the hash.
    pub(crate) fn words(&self) -> (u64, u64) {
        let [n0, n1, n2, n3, a0, a1, a2, a3, a4, a5, a6, a7, rest @ ..] = self.0;
        let number = u32::from_be_bytes([n0, n1, n2, n3]);
        let first = u64::from_be_bytes([a0, a1, a2, a3, a4, a5, a6, a7]);
        (
            first ^ u64::from(number).wrapping_mul(SPREAD),
            u64::from_be_bytes(rest),
        )
    }
}

impl Hash for HashKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.words().0);
    }
}

/// 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Cheap hashing of what nobody outside can choose: hashes made with a secret, and numbers that the store gave.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cheap(u64);

pub(crate) type BuildCheap = BuildHasherDefault<Cheap>;

impl Hasher for Cheap {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0.rotate_left(29) ^ number).wrapping_mul(SPREAD);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.cast_unsigned() as u64);
    }
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

    /// Those of the keys that are there, each with its place in the list.
    fn find(&self, keys: &[(Table, HashKey)]) -> Result<Vec<(usize, Self::Bytes)>, StoreError> {
        let mut found = Vec::new();
        for (at, (table, key)) in keys.iter().enumerate() {
            if let Some(bytes) = self.get(*table, &key.0)? {
                found.push((at, bytes));
            }
        }
        Ok(found)
    }

    /// Reads all entries whose keys start with a prefix, those up to `after` left out, in order, until `read` answers false.
    fn each(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        read: &mut Read<'_>,
    ) -> Result<(), StoreError>;

    /// One with room for about so many entries.
    fn batch(&self, entries: usize) -> Self::Batch;

    fn commit(&self, batch: Self::Batch) -> Result<(), StoreError>;

    fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Tries to repair what made writing fail, where that is due; answers whether it did, after which what was read before may be
    /// old. Nobody may be writing.
    ///
    /// # Errors
    ///
    /// Nothing can be written yet.
    fn revive(&self) -> Result<bool, StoreError> {
        Ok(false)
    }
}

pub(crate) trait ShelfBatch {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]);

    /// Of an id or a unit that certainly is not there.
    fn put_new(&mut self, table: Table, key: HashKey, value: &[u8]) {
        self.put(table, &key.0, value);
    }

    fn remove(&mut self, table: Table, key: &[u8]);
}
