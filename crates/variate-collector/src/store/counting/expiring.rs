use super::{CHUNK, Counting, meta, staged};
use crate::Day;
use crate::store::StoreError;
use crate::store::shelf::{HashKey, Shelf, ShelfBatch, Table};
use crate::unit::Unit;

impl<S: Shelf> Counting<S> {
    pub(crate) fn expire(&self, before: Day) -> Result<u64, StoreError> {
        let is_old = |table, value: &[u8]| {
            let day = match table {
                Table::Ids => staged::random_since(value),
                _ => Unit::read(value).ok().and_then(|unit| unit.random_since()),
            };
            day.is_some_and(|day| day < before)
        };
        let mut expired = 0;
        for table in [Table::Ids, Table::Units] {
            let mut last: Option<Vec<u8>> = None;
            loop {
                let mut old = Vec::new();
                let mut is_end = true;
                let after = last.take();
                self.shelf
                    .each(table, &[], after.as_deref(), &mut |key, value| {
                        if let (true, Ok(key)) = (is_old(table, value), key.try_into()) {
                            old.push((table, HashKey(key)));
                        }
                        is_end = old.len() < CHUNK;
                        if !is_end {
                            last = Some(key.to_vec());
                        }
                        Ok(is_end)
                    })?;
                expired += self.expire_chunk(&old, before, &is_old)?;
                if is_end {
                    break;
                }
            }
        }
        Ok(expired)
    }

    fn expire_chunk(
        &self,
        old: &[(Table, HashKey)],
        before: Day,
        is_old: &dyn Fn(Table, &[u8]) -> bool,
    ) -> Result<u64, StoreError> {
        if old.is_empty() {
            return Ok(0);
        }
        let _writing = self.writing()?;
        let mut batch = self.shelf.batch(16);
        let kept_since = self.kept_since()?.max(before);
        let days = kept_since.days().to_be_bytes();
        batch.put(Table::Meta, meta::KEPT_SINCE, &days);
        let mut expired = 0;
        // One of them may have come again since it was read.
        for (at, bytes) in self.shelf.find(old)? {
            if let Some((table, key)) = old.get(at)
                && is_old(*table, bytes.as_ref())
            {
                batch.remove(*table, &key.0);
                expired += 1;
            }
        }
        self.shelf.commit(batch)?;
        Ok(expired)
    }

    /// The first day whose random ids were never forgotten.
    pub(super) fn kept_since(&self) -> Result<Day, StoreError> {
        let Some(bytes) = self.shelf.get(Table::Meta, meta::KEPT_SINCE)? else {
            return Ok(Day::from_days(0));
        };
        let bytes = bytes.as_ref().try_into();
        let bytes = bytes.map_err(|_| self.damaged("the day since when ids are kept"))?;
        Ok(Day::from_days(u32::from_be_bytes(bytes)))
    }
}
