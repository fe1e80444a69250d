use std::path::Path;

use super::directory::{Directory, is_within};
use super::{EmbeddedStore, StoreError};

/// How many entries a backup writes at once.
const CHUNK: usize = 10_000;

impl EmbeddedStore {
    /// Writes a copy of the store into another directory, a new or an empty one, as it is at this moment; events are counted on
    /// meanwhile. `tell` is told how many entries were written, now and then. Answers how many there are.
    ///
    /// ```no_run
    /// # let store = variate_collector::EmbeddedStore::open("events")?;
    /// store.backup("backups/2026-11-21", |_| {})?;
    /// # Ok::<(), variate_collector::StoreError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The directory is a store already, somebody else's or within this store's own, the disk is full, or the store's own files are damaged. What was written
    /// of the copy is removed then.
    pub fn backup(
        &self,
        to: impl AsRef<Path>,
        mut tell: impl FnMut(u64),
    ) -> Result<u64, StoreError> {
        let to = to.as_ref();
        if is_within(to, self.directory()) {
            return Err(StoreError::Unsupported {
                place: self.directory().display().to_string(),
                what: format!(
                    "be copied into {}, which is within its own directory; name a directory elsewhere",
                    to.display()
                ),
            });
        }
        let was_there = to.exists();
        let directory = Directory::take(to, true)?;
        if directory.is_store() || directory.data().exists() {
            return Err(StoreError::Foreign {
                directory: to.to_owned(),
                found: "a store of events, which a backup does not write over".to_owned(),
            });
        }
        let copied = self.copy_into(directory, &mut tell);
        if copied.is_err() {
            // Half a copy is none, and the next backup finds the place as this one did.
            Directory::remove(to, !was_there);
        }
        copied
    }

    fn copy_into(
        &self,
        mut directory: Directory,
        tell: &mut dyn FnMut(u64),
    ) -> Result<u64, StoreError> {
        directory.set_secret(self.inner.directory.secret())?;
        directory.set_store_id_of(&self.inner.directory);
        let engine = self.inner.counting.shelf();
        let snapshot = engine.snapshot()?;
        let mut written = 0;
        directory.make_data(|copy| {
            let mut entries = Vec::with_capacity(CHUNK);
            engine.each_raw(&snapshot, &mut |key, value| {
                entries.push((key, value));
                if entries.len() == CHUNK {
                    written += CHUNK as u64;
                    copy.write_raw(std::mem::take(&mut entries))?;
                    tell(written);
                }
                Ok(())
            })?;
            written += entries.len() as u64;
            copy.write_raw(entries)
        })?;
        // A copy of it that ends early would look like one that crashed, with its last batch torn.
        directory.write_closed()?;
        directory.keep_unsound(&self.inner.unsound())?;
        directory.become_store()?;
        tell(written);
        Ok(written)
    }
}
