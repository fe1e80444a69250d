//! fjall: one keyspace of ids, one of counters, a batch over both.

use std::sync::Arc;

use fjall::config::{
    BlockSizePolicy, BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry,
    PartitioningPolicy, PinningPolicy,
};
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode,
};

use crate::options::Options;
use crate::{COUNTERS, Engine, Key, Result};

pub struct Fjall {
    db: Database,
    ids: Keyspace,
    counters: Keyspace,
    get: bool,
    threads: usize,
    mode: PersistMode,
}

impl Fjall {
    pub fn open(o: &Options) -> Result<Self> {
        let db = Database::builder(&o.dir)
            .cache_size(o.cache << 20)
            .worker_threads(o.workers)
            .max_journaling_size(o.journal << 20)
            .manual_journal_persist(true)
            .open()?;
        let compression = if o.lz4 { lz4()? } else { CompressionType::None };
        let bloom = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(o.bits));
        let ids = db.keyspace("ids", || {
            let mut create = KeyspaceCreateOptions::default();
            if o.pin {
                create = create
                    .filter_block_pinning_policy(PinningPolicy::all(true))
                    .filter_block_partitioning_policy(PartitioningPolicy::all(false));
            }
            create
                .max_memtable_size(o.memtable << 20)
                .data_block_size_policy(BlockSizePolicy::all(o.block * 1024))
                .data_block_compression_policy(CompressionPolicy::all(compression))
                .filter_policy(FilterPolicy::all(bloom))
                .compaction_strategy(Arc::new(
                    fjall::compaction::Leveled::default()
                        .with_l0_threshold(o.l0)
                        .with_table_target_size(o.table << 20),
                ))
        })?;
        let counters = db.keyspace("counters", KeyspaceCreateOptions::default)?;
        let mode = if o.sync {
            PersistMode::SyncData
        } else {
            PersistMode::Buffer
        };
        Ok(Self {
            db,
            ids,
            counters,
            get: o.get,
            threads: o.threads,
            mode,
        })
    }

    fn batch(&self, capacity: usize, round: u64) -> OwnedWriteBatch {
        let mut batch =
            OwnedWriteBatch::with_capacity(self.db.clone(), capacity).durability(Some(self.mode));
        for counter in 0..COUNTERS {
            batch.insert(&self.counters, counter.to_be_bytes(), round.to_le_bytes());
        }
        batch
    }

    /// Which of the keys are there, looked for by as many threads as are wanted.
    fn find(&self, keys: &[Key]) -> Result<Vec<bool>> {
        if !self.get {
            return Ok(vec![false; keys.len()]);
        }
        let part = |keys: &[Key]| -> fjall::Result<Vec<bool>> {
            keys.iter()
                .map(|key| Ok(self.ids.get(key)?.is_some()))
                .collect()
        };
        if self.threads < 2 {
            return Ok(part(keys)?);
        }
        std::thread::scope(|scope| {
            let parts: Vec<_> = keys
                .chunks(keys.len().div_ceil(self.threads))
                .map(|keys| scope.spawn(move || part(keys)))
                .collect();
            let mut found = Vec::with_capacity(keys.len());
            for part in parts {
                found.extend(part.join().map_err(|_| "a reader panicked")??);
            }
            Ok(found)
        })
    }
}

impl Engine for Fjall {
    fn commit(&mut self, keys: &[Key], round: u64) -> Result<usize> {
        let mut batch = self.batch(keys.len() + 16, round);
        let mut new = 0;
        for (key, there) in keys.iter().zip(self.find(keys)?) {
            if !there {
                batch.insert(&self.ids, *key, round.to_le_bytes());
                new += 1;
            }
        }
        batch.commit()?;
        Ok(new)
    }

    fn has(&self, key: &Key) -> Result<bool> {
        Ok(self.ids.get(key)?.is_some())
    }

    fn state(&self) -> String {
        format!(
            "tables {} (l0 {}), journals {} ({} MB), compacting {:.1} s",
            self.ids.table_count(),
            self.ids.l0_table_count(),
            self.db.journal_count(),
            self.db.journal_disk_space().unwrap_or(0) >> 20,
            self.db.time_compacting().as_secs_f64()
        )
    }
}

#[cfg(feature = "lz4")]
fn lz4() -> Result<CompressionType> {
    Ok(CompressionType::Lz4)
}

#[cfg(not(feature = "lz4"))]
fn lz4() -> Result<CompressionType> {
    Err("build with --features lz4".into())
}

/// fjall's bulk way: a sorted table for each batch, past journal and memtable. The counters are no part of it.
pub struct Ingest(Fjall);

impl Ingest {
    pub fn open(o: &Options) -> Result<Self> {
        Fjall::open(o).map(Self)
    }
}

impl Engine for Ingest {
    fn commit(&mut self, keys: &[Key], round: u64) -> Result<usize> {
        let mut new = Vec::with_capacity(keys.len());
        for key in keys {
            if !self.0.get || self.0.ids.get(key)?.is_none() {
                new.push(*key);
            }
        }
        new.sort_unstable();
        let mut ingestion = self.0.ids.start_ingestion()?;
        for key in &new {
            ingestion.write(*key, round.to_le_bytes())?;
        }
        ingestion.finish()?;
        self.0.batch(16, round).commit()?;
        Ok(new.len())
    }

    fn has(&self, key: &Key) -> Result<bool> {
        self.0.has(key)
    }

    fn state(&self) -> String {
        self.0.state()
    }
}
