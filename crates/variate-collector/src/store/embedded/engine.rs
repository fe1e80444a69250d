//! The engine and its one keyspace, opened and closed.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use fjall::{Database, Keyspace};

use super::files::{self, Depth};
use super::shelf::{options, store_error};
use super::{directory, journal};
use crate::store::StoreError;

/// The name of the one keyspace.
const TABLES: &str = "tables";

/// The engine's own lock.
const LOCK: &str = "lock";

/// Written to see whether the disk takes anything.
const PROBE: &str = "variate-probe.new";
/// About what opening the engine's files takes.
const PROBE_BYTES: usize = 1 << 20;

pub(super) struct Engine {
    pub(super) db: Database,
    pub(super) tables: Keyspace,
}

impl Engine {
    pub(super) fn open(data: &Path, place: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let open = || -> fjall::Result<Self> {
            restore_lock(data)?;
            let db = Database::builder(data)
                .cache_size(cache_bytes)
                // With more than one, one of them asks without pause whether there is something to flush.
                .worker_threads(1)
                .max_journaling_size(256 << 20)
                .manual_journal_persist(true)
                .open()?;
            let tables = db.keyspace(TABLES, options)?;
            Ok(Self { db, tables })
        };
        // A damaged file may make the engine panic.
        let opened = catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| {
            tracing::error!(directory = %place.display(), "the engine panicked while it opened");
            Err(fjall::Error::Unrecoverable)
        });
        opened.map_err(|error| store_error(place, error))
    }

    /// Closes its files, and waits until they are closed: its thread ends a little later than it says, and who closes a journal
    /// last writes what is left in its buffer, which must not come behind what is written after the files are opened again.
    pub(super) fn close(self, data: &Path) {
        // After a panic its locks make it panic once more.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(self)));
        for _ in 0..200 {
            std::thread::sleep(Duration::from_millis(10));
            if !has_open_journal(data) {
                return;
            }
        }
    }
}

/// Makes the engine's lock again where it is gone: an empty file, which the engine makes with all others and never again, and without
/// which it does not open them. Who comes here holds the store's own lock.
fn restore_lock(data: &Path) -> io::Result<()> {
    if !data.join("version").exists() {
        // There is nothing yet.
        return Ok(());
    }
    match File::create_new(data.join(LOCK)) {
        Ok(_) => {
            tracing::warn!(directory = %data.display(), "`{LOCK}` was missing, which is empty: it is made again, and nothing is lost");
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether this process has a journal open, as far as the system tells.
fn has_open_journal(data: &Path) -> bool {
    let Ok(data) = data.canonicalize() else {
        return false;
    };
    let Ok(open) = fs::read_dir("/proc/self/fd") else {
        return false;
    };
    open.flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|path| path.starts_with(&data) && path.extension().is_some_and(|of| of == "jnl"))
}

/// Writes a file and removes it.
pub(super) fn try_disk(data: &Path) -> io::Result<()> {
    let path = data.parent().unwrap_or(data).join(PROBE);
    let write = || {
        let mut file = File::create(&path)?;
        file.write_all(&vec![1; PROBE_BYTES])?;
        file.sync_all()
    };
    let written = write();
    match fs::remove_file(&path) {
        Err(error) if written.is_ok() => Err(error),
        _ => written,
    }
}

/// That nothing is lost of the engine's files: it deletes what it cannot use.
pub(super) fn check(data: &Path, place: &Path) -> Result<(), StoreError> {
    let failed =
        |error: io::Error| directory::unavailable(place, "read the files of `data`", &error);
    let damage = files::damage(data, Depth::There, &mut || {}).map_err(failed)?;
    let mut found = damage.into_iter();
    let broken = journal::broken(data).map_err(failed)?;
    let mut journals = broken.into_iter().map(|of| {
        let what = format!("what follows byte {} cannot be read", of.good);
        (of.path, what)
    });
    match found.next().or_else(|| journals.next()) {
        None => Ok(()),
        Some((path, what)) => Err(StoreError::Damaged {
            place: place.display().to_string(),
            what: format!("{}: {what}", path.display()),
        }),
    }
}

/// What the disk said.
pub(super) fn cause(error: fjall::Error) -> String {
    match error {
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => {
            error.to_string()
        }
        error => error.to_string(),
    }
}
