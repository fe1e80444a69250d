//! SQLite: WAL, `synchronous = FULL`, tables without row ids, prepared statements.

use rusqlite::{Connection, params};

use crate::options::Options;
use crate::{COUNTERS, Engine, Key, Result};

pub struct Sqlite {
    db: Connection,
    get: bool,
}

impl Sqlite {
    pub fn open(o: &Options) -> Result<Self> {
        let db = Connection::open(format!("{}/ids.sqlite", o.dir))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", if o.sync { "FULL" } else { "OFF" })?;
        db.pragma_update(None, "cache_size", -i64::try_from(o.cache << 10)?)?;
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS ids (id BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS counters (id INTEGER PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;",
        )?;
        Ok(Self { db, get: o.get })
    }
}

impl Engine for Sqlite {
    fn commit(&mut self, keys: &[Key], round: u64) -> Result<usize> {
        let round = i64::try_from(round)?;
        let write = self.db.transaction()?;
        let mut new = 0;
        {
            let mut find = write.prepare_cached("SELECT 1 FROM ids WHERE id = ?1")?;
            let mut put = write.prepare_cached("INSERT INTO ids VALUES (?1, ?2)")?;
            for key in keys {
                if !self.get || !find.exists(params![key])? {
                    put.execute(params![key, round])?;
                    new += 1;
                }
            }
            let mut count =
                write.prepare_cached("INSERT OR REPLACE INTO counters VALUES (?1, ?2)")?;
            for counter in 0..COUNTERS {
                count.execute(params![i64::try_from(counter)?, round])?;
            }
        }
        write.commit()?;
        Ok(new)
    }

    fn has(&self, key: &Key) -> Result<bool> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM ids WHERE id = ?1")?
            .exists(params![key])?)
    }
}
