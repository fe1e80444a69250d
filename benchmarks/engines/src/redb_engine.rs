//! redb: one table of ids, one of counters, a write transaction over both.

use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};

use crate::options::Options;
use crate::{COUNTERS, Engine, Key, Result};

const IDS: TableDefinition<&Key, u64> = TableDefinition::new("ids");
const NAMES: TableDefinition<u64, u64> = TableDefinition::new("counters");

pub struct Redb {
    db: Database,
    get: bool,
    sync: bool,
}

impl Redb {
    pub fn open(o: &Options) -> Result<Self> {
        let db = Database::builder()
            .set_cache_size(usize::try_from(o.cache << 20)?)
            .create(format!("{}/ids.redb", o.dir))?;
        Ok(Self {
            db,
            get: o.get,
            sync: o.sync,
        })
    }
}

impl Engine for Redb {
    fn commit(&mut self, keys: &[Key], round: u64) -> Result<usize> {
        let mut write = self.db.begin_write()?;
        write.set_durability(if self.sync {
            Durability::Immediate
        } else {
            Durability::None
        })?;
        let mut new = 0;
        {
            let mut ids = write.open_table(IDS)?;
            for key in keys {
                if !self.get || ids.get(key)?.is_none() {
                    ids.insert(key, round)?;
                    new += 1;
                }
            }
            let mut counters = write.open_table(NAMES)?;
            for counter in 0..COUNTERS {
                counters.insert(counter, round)?;
            }
        }
        write.commit()?;
        Ok(new)
    }

    fn has(&self, key: &Key) -> Result<bool> {
        Ok(self.db.begin_read()?.open_table(IDS)?.get(key)?.is_some())
    }
}
