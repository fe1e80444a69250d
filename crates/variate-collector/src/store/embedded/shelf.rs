//! The tables in one keyspace of fjall. One, since a journal is kept until all keyspaces that it has something of are
//! written elsewhere, which small ones hardly ever are.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use fjall::config::{
    BlockSizePolicy, BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry,
};
use fjall::{
    CompressionType, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode, Readable, Slice, Snapshot,
};

use super::engine::{self, Engine};
use super::failure::Failure;
use super::filter::Filter;
use super::recent::Recent;
use crate::store::StoreError;
use crate::store::parallel::{in_parts, join};
use crate::store::shelf::{HashKey, Read, Shelf, ShelfBatch, Table};

/// How much a store may keep in memory to be fast.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    pub(super) cache_bytes: u64,
    pub(super) recent_ids: usize,
}

impl Memory {
    /// For who counts nothing.
    pub(super) const fn small(cache_bytes: u64) -> Self {
        Self {
            cache_bytes,
            recent_ids: 0,
        }
    }
}

pub(super) struct FjallShelf {
    place: PathBuf,
    data: PathBuf,
    memory: Memory,
    /// None after its files were closed, because writing failed, and could not be opened again.
    engine: RwLock<Option<Arc<Engine>>>,
    /// Since when nothing can be written.
    failure: Mutex<Option<Failure>>,
    filter: Mutex<Filter>,
    /// What was committed lately.
    recent: Mutex<Recent>,
    /// Whether the filter has all keys.
    is_filtered: AtomicBool,
}

/// The key of what says whose data this is.
const STORE_ID: &[u8] = b"store-id";

/// Sealed memtables, and tables of level 0, from which on a commit waits. The engine waits at more of them itself, and
/// would wait forever where its workers have given up.
const MOST_SEALED: usize = 3;
const MOST_RUNS: usize = 28;

/// From so many keys on, a thread more is worth its start.
const KEYS_PER_THREAD: usize = 512;

impl FjallShelf {
    pub(super) fn open(data: &Path, place: &Path, memory: Memory) -> Result<Self, StoreError> {
        let engine = Engine::open(data, place, memory.cache_bytes)?;
        Ok(Self {
            place: place.to_owned(),
            data: data.to_owned(),
            memory,
            engine: RwLock::new(Some(Arc::new(engine))),
            failure: Mutex::new(None),
            filter: Mutex::new(Filter::new()),
            recent: Mutex::new(Recent::new(memory.recent_ids)),
            is_filtered: AtomicBool::new(false),
        })
    }

    fn filter(&self) -> std::sync::MutexGuard<'_, Filter> {
        self.filter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn recent_bytes(&self) -> u64 {
        self.recent().bytes()
    }

    fn error(&self, error: fjall::Error) -> StoreError {
        store_error(&self.place, error)
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<Failure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn engine(&self) -> Result<Arc<Engine>, StoreError> {
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        engine.clone().ok_or_else(|| {
            drop(engine);
            self.told()
        })
    }

    /// Why nothing can be written.
    fn told(&self) -> StoreError {
        let cause = self.failure().as_ref().map(Failure::told);
        let cause = cause.unwrap_or_else(|| "its files are closed".to_owned());
        StoreError::Unavailable {
            place: self.place.display().to_string(),
            source: cause.into(),
        }
    }

    /// Notes that writing failed: the engine writes nothing more from then on. What it answers is worth less than what the
    /// disk does, where that answers anything.
    fn failed(&self, error: fjall::Error) -> StoreError {
        let mut failure = self.failure();
        if failure.is_none() {
            let cause = match (&error, engine::try_disk(&self.data)) {
                (fjall::Error::Poisoned, Err(error)) => error.to_string(),
                (fjall::Error::Poisoned, Ok(())) => {
                    "the engine gave up, though the disk takes something now".to_owned()
                }
                _ => engine::cause(error),
            };
            tracing::error!(directory = %self.place.display(), cause, "the store cannot write; it opens its files again by itself once that works");
            *failure = Some(Failure::new(cause));
        }
        drop(failure);
        self.told()
    }

    pub(super) fn is_failed(&self) -> bool {
        self.failure().is_some()
    }

    /// Closes the engine's files and opens them again. Nobody may be writing.
    fn reopen(&self) -> Result<(), StoreError> {
        engine::try_disk(&self.data).map_err(|error| self.error(error.into()))?;
        let mut place = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = place.take() {
            match Arc::try_unwrap(engine) {
                Ok(engine) => engine.close(&self.data),
                Err(engine) => {
                    *place = Some(engine);
                    return Err(StoreError::Unavailable {
                        place: self.place.display().to_string(),
                        source: "its files are still being read, by a backup perhaps".into(),
                    });
                }
            }
        }
        engine::check(&self.data, &self.place)?;
        let engine = Engine::open(&self.data, &self.place, self.memory.cache_bytes)?;
        *place = Some(Arc::new(engine));
        Ok(())
    }

    /// Takes all keys into the filter, those that are committed meanwhile included; answers whether it came to the end.
    pub(super) fn fill_filter(&self, goes_on: &dyn Fn() -> bool) -> Result<bool, StoreError> {
        for table in [Table::Ids, Table::Units] {
            let mut last: Option<Vec<u8>> = None;
            loop {
                if !goes_on() {
                    return Ok(false);
                }
                let mut keys = Vec::with_capacity(FILL);
                let after = last.take();
                self.each(table, &[], after.as_deref(), &mut |key, _| {
                    keys.extend(key.try_into().map(HashKey));
                    if keys.len() < FILL {
                        return Ok(true);
                    }
                    last = Some(key.to_vec());
                    Ok(false)
                })?;
                let mut filter = self.filter();
                for key in &keys {
                    filter.add(key);
                }
                if last.is_none() {
                    break;
                }
            }
        }
        self.is_filtered.store(true, Ordering::Release);
        Ok(true)
    }

    pub(super) fn is_filtered(&self) -> bool {
        self.is_filtered.load(Ordering::Acquire)
    }

    /// How many keys the filter has, and how many bytes it takes.
    pub(super) fn filter_size(&self) -> (u64, u64) {
        let filter = self.filter();
        (filter.keys(), filter.bytes())
    }

    pub(super) fn disk_bytes(&self) -> Result<u64, StoreError> {
        let space = self.engine()?.db.disk_space();
        space.map_err(|error| self.error(error))
    }

    /// As long as it is there the files stay open.
    pub(super) fn snapshot(&self) -> Result<(Snapshot, Arc<Engine>), StoreError> {
        let engine = self.engine()?;
        Ok((engine.db.snapshot(), engine))
    }

    /// All of a snapshot, in the engine's own keys.
    pub(super) fn each_raw(
        &self,
        (snapshot, engine): &(Snapshot, Arc<Engine>),
        read: &mut dyn FnMut(Slice, Slice) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for entry in snapshot.iter(&engine.tables) {
            let (key, value) = entry.into_inner().map_err(|error| self.error(error))?;
            read(key, value)?;
        }
        Ok(())
    }

    /// Writes entries in the engine's own keys, without waiting for the disk.
    pub(super) fn write_raw(&self, entries: Vec<(Slice, Slice)>) -> Result<(), StoreError> {
        self.wait_for_room()?;
        let engine = self.engine()?;
        let mut batch = OwnedWriteBatch::with_capacity(engine.db.clone(), entries.len());
        for (key, value) in entries {
            batch.insert(&engine.tables, key, value);
        }
        batch.commit().map_err(|error| self.error(error))
    }

    pub(super) fn sync(&self) -> Result<(), StoreError> {
        let synced = self.engine()?.db.persist(PersistMode::SyncAll);
        synced.map_err(|error| self.error(error))
    }

    /// What says whose data this is.
    pub(super) fn store_id(&self) -> Result<Option<String>, StoreError> {
        let id = self.get(Table::Meta, STORE_ID)?;
        Ok(id.map(|id| String::from_utf8_lossy(&id).into_owned()))
    }

    pub(super) fn put_store_id(&self, id: &str) -> Result<(), StoreError> {
        let mut batch = self.batch(1);
        batch.put(Table::Meta, STORE_ID, id.as_bytes());
        self.commit(batch)
    }

    /// Entries that are not yet in the tables' files are written to them. For tests of damaged files, and before a long rest.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let flushed = self.engine()?.tables.rotate_memtable_and_wait();
        flushed.map_err(|error| self.error(error))
    }

    fn wait_for_room(&self) -> Result<(), StoreError> {
        let engine = self.engine()?;
        while engine.tables.sealed_memtable_count() >= MOST_SEALED
            || engine.tables.l0_table_count() >= MOST_RUNS
        {
            self.ready()?;
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Takes what is about to be written into the filter and among the recent ids. A key too many does the filter no harm.
    fn remember(&self, hashed: &[Hashed]) {
        let is_filtered = self.is_filtered();
        let mut filter = self.filter();
        for of in hashed {
            match of.value {
                Some(_) if of.is_new && is_filtered => filter.add_new(&of.key),
                Some(_) => filter.add(&of.key),
                None => {}
            }
        }
        drop(filter);
        let mut recent = self.recent();
        for of in hashed {
            match &of.value {
                Some(value) if of.is_new => recent.put_new(&of.key, value),
                Some(value) => recent.put(&of.key, value),
                None => recent.remove(&of.key),
            }
        }
    }
}

/// How many keys the filter takes at once when it is filled.
const FILL: usize = 10_000;

pub(super) fn options() -> KeyspaceCreateOptions {
    let bloom = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(8.0));
    KeyspaceCreateOptions::default()
        .max_memtable_size(32 << 20)
        .data_block_size_policy(BlockSizePolicy::all(4096))
        .data_block_compression_policy(CompressionPolicy::all(CompressionType::None))
        .filter_policy(FilterPolicy::all(bloom))
        // Keys that are looked for are there, since the filter in memory knows those that are not.
        .expect_point_read_hits(true)
}

/// What tells to look for the file.
pub(super) const LOOK: &str = "; `variate store verify` looks for the file";

pub(super) fn store_error(place: &Path, error: fjall::Error) -> StoreError {
    use fjall::{Error, LsmError};
    use std::io::ErrorKind;
    let name = place.display().to_string();
    let damaged = |what: String| StoreError::Damaged {
        place: name.clone(),
        what: format!("{what}{LOOK}"),
    };
    let unavailable = |source| StoreError::Unavailable {
        place: name.clone(),
        source,
    };
    match error {
        Error::Locked => StoreError::InUse {
            directory: place.to_owned(),
        },
        Error::Poisoned => unavailable("writing failed before".into()),
        // A file ends early or is gone; it is looked at in the middle of nothing, or made although it is there.
        Error::Storage(LsmError::Io(error)) | Error::Io(error)
            if matches!(
                error.kind(),
                ErrorKind::UnexpectedEof
                    | ErrorKind::NotFound
                    | ErrorKind::InvalidData
                    | ErrorKind::InvalidInput
                    | ErrorKind::AlreadyExists
            ) =>
        {
            damaged(format!("a file of it ends early or is missing ({error})"))
        }
        Error::Storage(LsmError::Io(error)) | Error::Io(error) => {
            unavailable(format!("{error}; see to the disk").into())
        }
        other => damaged(in_words(&other).to_owned()),
    }
}

/// What the engine found. Which file it is, `damaged` tells where to ask.
const fn in_words(error: &fjall::Error) -> &'static str {
    use fjall::{Error, LsmError};
    match error {
        Error::Storage(LsmError::ChecksumMismatch { .. }) => {
            "bytes of a file are not those that were written"
        }
        Error::InvalidVersion(_) | Error::Storage(LsmError::InvalidVersion(_)) => {
            "a file does not say that it is of a format that is known"
        }
        Error::Storage(_) => "a file cannot be understood",
        Error::JournalRecovery(_) => "a journal cannot be read",
        _ => "the engine gave up on its files",
    }
}

/// Five tables in one: the three upper bits of a key, which numbers of experiments leave free, tell its table.
fn tag(table: Table) -> u8 {
    let number = match table {
        Table::Meta => 0,
        Table::Experiments => 1,
        Table::Rows => 2,
        Table::Ids => 3,
        Table::Units => 4,
    };
    number << 5
}

fn own_key(table: Table, HashKey(mut key): HashKey) -> [u8; 20] {
    key[0] |= tag(table);
    key
}

fn write_key(table: Table, key: &[u8], out: &mut Vec<u8>) {
    out.clear();
    match (table, key.split_first()) {
        (Table::Meta, _) => {
            out.push(0);
            out.extend(key);
        }
        (_, Some((first, rest))) => {
            out.push(first | tag(table));
            out.extend(rest);
        }
        (_, None) => {}
    }
}

/// The table's key of the engine's.
fn read_key(table: Table, key: &[u8], out: &mut Vec<u8>) {
    out.clear();
    if let Some((first, rest)) = key.split_first() {
        if table != Table::Meta {
            out.push(first & 0x1f);
        }
        out.extend(rest);
    }
}

pub(super) struct Batch {
    /// None where there is no engine to write to.
    writes: Option<(OwnedWriteBatch, Arc<Engine>)>,
    /// The ids and units among its entries.
    hashed: Vec<Hashed>,
    key: Vec<u8>,
}

struct Hashed {
    key: HashKey,
    /// `None` if it is removed.
    value: Option<Slice>,
    /// Whether it is certain that it was not there.
    is_new: bool,
}

impl Batch {
    fn put_hashed(&mut self, table: Table, key: HashKey, value: &[u8], is_new: bool) {
        let value = Slice::from(value);
        self.hashed.push(Hashed {
            key,
            value: Some(value.clone()),
            is_new,
        });
        if let Some((writes, engine)) = &mut self.writes {
            writes.insert(&engine.tables, own_key(table, key), value);
        }
    }
}

impl ShelfBatch for Batch {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) {
        if let (Table::Ids | Table::Units, Ok(key)) = (table, key.try_into()) {
            self.put_hashed(table, HashKey(key), value, false);
            return;
        }
        write_key(table, key, &mut self.key);
        if let Some((writes, engine)) = &mut self.writes {
            writes.insert(&engine.tables, self.key.as_slice(), value);
        }
    }

    fn put_new(&mut self, table: Table, key: HashKey, value: &[u8]) {
        self.put_hashed(table, key, value, true);
    }

    fn remove(&mut self, table: Table, key: &[u8]) {
        if let (Table::Ids | Table::Units, Ok(key)) = (table, key.try_into()) {
            self.hashed.push(Hashed {
                key: HashKey(key),
                value: None,
                is_new: false,
            });
        }
        write_key(table, key, &mut self.key);
        if let Some((writes, engine)) = &mut self.writes {
            writes.remove(&engine.tables, self.key.as_slice());
        }
    }
}

impl Shelf for FjallShelf {
    type Bytes = Slice;
    type Batch = Batch;

    fn place(&self) -> String {
        self.place.display().to_string()
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Slice>, StoreError> {
        let mut own = Vec::with_capacity(32);
        write_key(table, key, &mut own);
        let found = self.engine()?.tables.get(own);
        found.map_err(|error| self.error(error))
    }

    fn find(&self, keys: &[(Table, HashKey)]) -> Result<Vec<(usize, Slice)>, StoreError> {
        let mut sought: Vec<(usize, [u8; 20])> = Vec::new();
        let mut found = Vec::new();
        {
            let may_have = self
                .is_filtered()
                .then(|| self.filter().among(keys.iter().map(|(_, key)| *key)));
            let may_have = |at: usize| {
                let may_have = may_have.as_ref();
                may_have.is_none_or(|may_have| may_have.get(at).copied().unwrap_or(true))
            };
            let recent = self.recent();
            for (at, (table, key)) in keys.iter().enumerate() {
                if !may_have(at) {
                    continue;
                }
                match recent.get(key) {
                    Some(value) => found.push((at, Slice::from(value))),
                    None => sought.push((at, own_key(*table, *key))),
                }
            }
        }
        if sought.is_empty() {
            return Ok(found);
        }
        let engine = self.engine()?;
        sought.sort_unstable_by_key(|of| of.1);
        let read = |keys: &[(usize, [u8; 20])]| -> fjall::Result<Vec<(usize, Slice)>> {
            let mut found = Vec::new();
            for (at, key) in keys {
                found.extend(engine.tables.get(key)?.map(|bytes| (*at, bytes)));
            }
            Ok(found)
        };
        let parts = catch_unwind(AssertUnwindSafe(|| {
            in_parts(&sought, KEYS_PER_THREAD, read)
        }))
        .unwrap_or_else(|_| vec![Err(fjall::Error::Unrecoverable)]);
        for part in parts {
            found.extend(part.map_err(|error| self.error(error))?);
        }
        Ok(found)
    }

    fn each(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        read: &mut Read<'_>,
    ) -> Result<(), StoreError> {
        let mut start = Vec::new();
        write_key(table, prefix, &mut start);
        if start.is_empty() {
            start.push(tag(table));
        }
        // Behind all of the table's keys.
        let end = vec![tag(table) + 0x20];
        if let Some(after) = after {
            write_key(table, after, &mut start);
            start.push(0);
        }
        let mut key = Vec::with_capacity(32);
        let engine = self.engine()?;
        for entry in engine.tables.range(start..end) {
            let (own, value) = entry.into_inner().map_err(|error| self.error(error))?;
            read_key(table, &own, &mut key);
            if !key.starts_with(prefix) || !read(&key, &value)? {
                break;
            }
        }
        Ok(())
    }

    fn batch(&self, entries: usize) -> Batch {
        let writes = self.engine().ok().map(|engine| {
            let batch = OwnedWriteBatch::with_capacity(engine.db.clone(), entries);
            // Without it nothing is synced.
            (batch.durability(Some(PersistMode::SyncData)), engine)
        });
        Batch {
            writes,
            hashed: Vec::with_capacity(entries),
            key: Vec::new(),
        }
    }

    // Only one batch is counted at a time, so nobody looks for its keys before all of this is done.
    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.wait_for_room()?;
        let Batch { writes, hashed, .. } = batch;
        let Some((writes, _engine)) = writes else {
            return Err(self.told());
        };
        let write = || catch_unwind(AssertUnwindSafe(|| writes.commit()));
        let pays = hashed.len() >= 4 * KEYS_PER_THREAD;
        let (written, ()) = join(pays, write, || self.remember(&hashed));
        written
            .unwrap_or(Err(fjall::Error::Poisoned))
            .map_err(|error| {
                let mut recent = self.recent();
                for of in &hashed {
                    recent.remove(&of.key);
                }
                drop(recent);
                self.failed(error)
            })
    }

    fn ready(&self) -> Result<(), StoreError> {
        let engine = self.engine()?;
        if self.is_failed() {
            return Err(self.told());
        }
        let asked = engine.db.persist(PersistMode::Buffer);
        asked.map_err(|error| self.failed(error))
    }

    fn revive(&self) -> Result<bool, StoreError> {
        match self.failure().as_mut() {
            None => return Ok(false),
            Some(failure) if failure.is_due() => {}
            Some(failure) => {
                return Err(StoreError::Unavailable {
                    place: self.place(),
                    source: failure.told().into(),
                });
            }
        }
        match self.reopen() {
            Ok(()) => {
                *self.failure() = None;
                tracing::warn!(directory = %self.place.display(), "the store writes again");
                Ok(true)
            }
            Err(error) => {
                if let Some(failure) = self.failure().as_mut() {
                    failure.again(&error);
                }
                Err(self.told())
            }
        }
    }
}
