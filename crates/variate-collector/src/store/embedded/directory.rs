//! A store's directory: `variate.json` says what it is, `secret` is what ids are hashed with, `data` is the engine's,
//! `lock` is held by the process that has it open, `closed.json` says what was there when it was closed, `unsound.json` what a repair
//! could not make whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{self, Damage, Depth};
use super::journal;
use super::shelf::{FjallShelf, Memory};
use super::unsound::UNSOUND;
use super::verify::RepairedJournal;
use crate::id_hash::{IdHash, Kind};
use crate::store::StoreError;

/// The latest format that this version reads, and the one that it writes.
const FORMAT: u64 = 1;

const FORMAT_FILE: &str = "variate.json";
const SECRET: &str = "secret";
const LOCK: &str = "lock";
const DATA: &str = "data";
const CLOSED: &str = "closed.json";
/// What is being made; a crash leaves it behind.
const UNFINISHED: &str = "data.new";

const NAMES: [&str; 6] = [FORMAT_FILE, SECRET, LOCK, DATA, CLOSED, UNSOUND];

#[derive(Serialize, Deserialize)]
struct Format {
    what: String,
    #[serde(rename = "format")]
    version: u64,
    /// What the secret must give: with another one no id would be known, and all would count again.
    #[serde(default)]
    secret_check: String,
    /// Made once, and kept among the data as well: data without it is not what was kept here.
    #[serde(default)]
    store_id: String,
}

/// What was there when the store was closed. A journal that ends earlier lost something.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Closed {
    journals: Vec<ClosedJournal>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct ClosedJournal {
    file: String,
    bytes: u64,
    batches_end: u64,
}

/// A directory that this process has for itself.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    secret: [u8; 16],
    /// What the data must have, where that is known.
    store_id: String,
    /// Whether it was a store before.
    is_store: bool,
    /// Whether to say, once the engine has closed its files, what they are.
    is_open: bool,
    /// Whether nothing here can be written.
    is_read_only: bool,
    /// None where there is none, and none can be made.
    _lock: Option<File>,
}

impl Directory {
    /// Takes it, and makes what is missing if there is nothing yet and `create` allows it.
    pub(super) fn take(path: &Path, create: bool) -> Result<Self, StoreError> {
        let failed = |what: &str, error: std::io::Error| unavailable(path, what, &error);
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && create => {
                fs::create_dir_all(path).map_err(|error| failed("make the directory", error))?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing(path)),
            Err(error) => return Err(failed("open the directory", error)),
            Ok(_) => {}
        }
        let is_store = path.join(FORMAT_FILE).exists();
        if is_store {
            refuse_newer(path)?;
        } else {
            let entries = path.read_dir();
            for entry in entries.map_err(|error| failed("read the directory", error))? {
                let entry = entry.map_err(|error| failed("read the directory", error))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if !NAMES.contains(&name.trim_end_matches(".new")) && name != "lost+found" {
                    return Err(StoreError::Foreign {
                        directory: path.to_owned(),
                        found: name,
                    });
                }
            }
            if path.join(DATA).exists() {
                // Whether ids in it were hashed with another secret is not known: they would count again.
                if !is_almost_made(path) {
                    return Err(StoreError::Damaged {
                        place: path.display().to_string(),
                        what: format!(
                            "`{DATA}` is there without `{FORMAT_FILE}`, which says what it is and which `{SECRET}` goes with it; take `{FORMAT_FILE}` and `{SECRET}` from a backup, or move `{DATA}` elsewhere to begin anew"
                        ),
                    });
                }
            } else if !create {
                return Err(missing(path));
            }
        }
        let (lock, is_read_only) = open_lock(path, is_store)?;
        match lock.as_ref().map(File::try_lock) {
            None | Some(Ok(())) => {}
            Some(Err(TryLockError::WouldBlock)) => {
                return Err(StoreError::InUse {
                    directory: path.to_owned(),
                });
            }
            // Some file systems lock only what may be written.
            Some(Err(TryLockError::Error(_))) if is_read_only => {}
            Some(Err(TryLockError::Error(error))) => {
                return Err(failed("lock the directory", error));
            }
        }
        let mut directory = Self {
            path: path.to_owned(),
            secret: [0; 16],
            store_id: String::new(),
            is_store,
            is_open: false,
            is_read_only,
            _lock: lock,
        };
        if !is_store && is_almost_made(path) {
            directory.become_store()?;
        }
        directory.read_secret()?;
        if directory.is_store {
            directory.check_format()?;
        }
        Ok(directory)
    }

    /// Removes all that makes one, as far as that is possible: of a copy that failed.
    pub(super) fn remove(path: &Path, with_itself: bool) {
        for name in NAMES {
            for name in [name.to_owned(), format!("{name}.new")] {
                let path = path.join(name);
                let removed = if path.is_dir() {
                    fs::remove_dir_all(&path)
                } else {
                    fs::remove_file(&path)
                };
                match removed {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        tracing::warn!(path = %path.display(), %error, "what is left of a failed copy could not be removed");
                    }
                    _ => {}
                }
            }
        }
        if with_itself {
            // It stays where somebody put something there meanwhile.
            let _ = fs::remove_dir(path);
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn secret(&self) -> [u8; 16] {
        self.secret
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join(DATA)
    }

    /// Gives it the secret of another store, whose hashes it is to hold.
    pub(super) fn set_secret(&mut self, secret: [u8; 16]) -> Result<(), StoreError> {
        self.secret = secret;
        self.write(SECRET, format!("{}\n", to_hex(secret)).as_bytes())
    }

    /// What a copy of the data has as well.
    pub(super) fn set_store_id_of(&mut self, other: &Self) {
        self.store_id.clone_from(&other.store_id);
    }

    fn check_format(&mut self) -> Result<(), StoreError> {
        let path = self.path.join(FORMAT_FILE);
        let text = fs::read(&path)
            .map_err(|error| unavailable(&self.path, "read `variate.json`", &error))?;
        let damaged = |what: String| StoreError::Damaged {
            place: self.path.display().to_string(),
            what: format!("`{FORMAT_FILE}`: {what}"),
        };
        let format: Format =
            serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        match format.version {
            FORMAT if format.secret_check == secret_check(self.secret) => {
                self.store_id = format.store_id;
                Ok(())
            }
            FORMAT => Err(damaged(format!(
                "it does not go with `{SECRET}`, with which ids are hashed; take both from a backup"
            ))),
            0 => Err(damaged("there is no format 0".to_owned())),
            found => Err(newer(&self.path, found)),
        }
    }

    /// Says that it is one, once everything that a store has is there.
    pub(super) fn become_store(&mut self) -> Result<(), StoreError> {
        if !self.is_store {
            self.rename(FORMAT_FILE)
                .map_err(|error| unavailable(&self.path, "write `variate.json`", &error))?;
            self.is_store = true;
        }
        Ok(())
    }

    /// Whether it was one before.
    pub(super) const fn is_store(&self) -> bool {
        self.is_store
    }

    /// As `variate.json.new`: what has it beside its data is whole, and only to be named so.
    fn prepare_format(&self) -> Result<(), StoreError> {
        let format = Format {
            what: "store of events of variate-collector".to_owned(),
            version: FORMAT,
            secret_check: secret_check(self.secret),
            store_id: self.store_id.clone(),
        };
        let text = self.json(FORMAT_FILE, &format)?;
        self.write_new(FORMAT_FILE, &text)
            .map_err(|error| unavailable(&self.path, "write `variate.json`", &error))
    }

    /// Made once. Without it no id that was counted would be known again.
    fn read_secret(&mut self) -> Result<(), StoreError> {
        match fs::read_to_string(self.path.join(SECRET)) {
            Ok(text) => {
                self.secret = from_hex(text.trim()).ok_or_else(|| StoreError::Damaged {
                    place: self.path.display().to_string(),
                    what: format!(
                        "`{SECRET}` must have 32 hexadecimal digits; take it from a backup"
                    ),
                })?;
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::NotFound && !self.is_store => {
                self.set_secret(rand::random())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Err(StoreError::Damaged {
                place: self.path.display().to_string(),
                what: format!(
                    "`{SECRET}` is missing, with which ids are hashed; take it from a backup"
                ),
            }),
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(StoreError::Damaged {
                place: self.path.display().to_string(),
                what: format!("`{SECRET}` is no text; take it from a backup"),
            }),
            Err(error) => Err(unavailable(&self.path, "read `secret`", &error)),
        }
    }

    pub(super) fn json(&self, name: &str, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
        let mut text = serde_json::to_vec(value)
            .map_err(|error| unavailable(&self.path, name, &error.into()))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Writes a file whole or not at all, for nobody else to read.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self.write_new(name, bytes).and_then(|()| self.rename(name));
        written.map_err(|error| unavailable(&self.path, &format!("write `{name}`"), &error))
    }

    /// Beside the place where it is to be.
    fn write_new(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(self.path.join(format!("{name}.new")))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, name: &str) -> std::io::Result<()> {
        fs::rename(self.path.join(format!("{name}.new")), self.path.join(name))?;
        sync(&self.path)
    }

    /// Opens the engine's files, after it was seen that nothing of them is lost.
    pub(super) fn open_data(&mut self, memory: Memory) -> Result<FjallShelf, StoreError> {
        let data = self.data();
        if data.exists() {
            // In this order, since the engine may delete what it cannot use.
            let damage = self.file_damage(Depth::There, &mut || {})?;
            let advice = if self.is_of_list(&damage) {
                "`variate store repair` makes the engine's list of its tables anew, and nothing is lost"
            } else {
                "take the store from a backup"
            };
            self.check(&damage, advice)?;
            let cut =
                "take the store from a backup, or cut the journal with `variate store repair`";
            self.check(&self.journal_damage()?, cut)?;
        } else if self.is_store {
            return Err(StoreError::Damaged {
                place: self.path.display().to_string(),
                what: format!("`{DATA}` is missing; take the whole directory from a backup"),
            });
        } else {
            self.store_id = format!("{:032x}", rand::random::<u128>());
            self.make_data(|shelf| shelf.put_store_id(&self.store_id))?;
        }
        self.check_writable()?;
        let closed = self.closed()?;
        self.forget_closed()?;
        let engine = FjallShelf::open(&data, &self.path, memory)?;
        self.check_store_id(&engine, closed)?;
        self.become_store()?;
        self.is_open = true;
        Ok(engine)
    }

    /// Makes the engine's files, with what `fill` writes, whole or not at all.
    pub(super) fn make_data(
        &self,
        fill: impl FnOnce(&FjallShelf) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failed = |error: std::io::Error| unavailable(&self.path, "make `data`", &error);
        let new = self.path.join(UNFINISHED);
        match fs::remove_dir_all(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let engine = FjallShelf::open(&new, &self.path, Memory::small(8 << 20))?;
        fill(&engine)?;
        engine.sync()?;
        drop(engine);
        self.prepare_format()?;
        fs::rename(&new, self.data()).map_err(failed)?;
        sync(&self.path).map_err(failed)
    }

    /// Where the engine has the names and the settings of its tables: the same in each store.
    fn list(&self) -> PathBuf {
        self.data().join("keyspaces").join("0")
    }

    /// Whether that is all that is damaged.
    pub(super) fn is_of_list(&self, damage: &[Damage]) -> bool {
        let list = self.list();
        !damage.is_empty() && damage.iter().all(|of| of.0.starts_with(&list))
    }

    /// Puts a new store's list in the place of a damaged one; answers where that is now, if there was one to repair.
    pub(super) fn remake_list(&self) -> Result<Option<PathBuf>, StoreError> {
        let failed = |error: std::io::Error| unavailable(&self.path, "repair `data`", &error);
        self.check_writable()?;
        let list = self.list();
        let damage = self.file_damage(Depth::Bytes, &mut || {})?;
        if !damage.iter().any(|of| of.0.starts_with(&list)) {
            return Ok(None);
        }
        let new = self.path.join(UNFINISHED);
        match fs::remove_dir_all(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        drop(FjallShelf::open(&new, &self.path, Memory::small(8 << 20))?);
        let copy = unused_name(&self.path.join("list-of-tables"));
        match fs::rename(&list, &copy) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let put = || {
            fs::rename(new.join("keyspaces").join("0"), &list)?;
            sync(&self.data().join("keyspaces"))?;
            fs::remove_dir_all(&new)?;
            sync(&self.path)
        };
        put().map_err(failed)?;
        Ok(Some(copy))
    }

    /// Whether the data is what was kept here, or where nothing was, which it is.
    fn check_store_id(
        &mut self,
        opened: &FjallShelf,
        closed: Option<Closed>,
    ) -> Result<(), StoreError> {
        let found = opened.store_id()?;
        if !self.is_store {
            self.store_id = found.unwrap_or_default();
        } else if !self.store_id.is_empty() && found.as_deref() != Some(&self.store_id) {
            // As it was, for who looks into it later.
            if let Some(closed) = closed {
                self.write(CLOSED, &self.json(CLOSED, &closed)?)?;
            }
            let what = match found {
                None => "what was kept is gone from it",
                Some(_) => "it is of another store",
            };
            return Err(self.damaged(format!(
                "`{DATA}` is not the one that `{FORMAT_FILE}` was written with: {what}; take the whole directory from a backup"
            )));
        }
        Ok(())
    }

    fn check(&self, damage: &[Damage], advice: &str) -> Result<(), StoreError> {
        match damage.first() {
            Some((path, what)) => {
                Err(self.damaged(format!("{}: {what}; {advice}", path.display())))
            }
            None => Ok(()),
        }
    }

    /// Whether only its files can be looked at.
    pub(super) const fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// The engine writes whenever it opens its files.
    fn check_writable(&self) -> Result<(), StoreError> {
        if self.is_read_only {
            return Err(StoreError::ReadOnly {
                directory: self.path.clone(),
            });
        }
        Ok(())
    }

    pub(super) fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged {
            place: self.path.display().to_string(),
            what,
        }
    }

    /// What is wrong with the engine's files, except its journals.
    pub(super) fn file_damage(
        &self,
        depth: Depth,
        tell: &mut dyn FnMut(),
    ) -> Result<Vec<Damage>, StoreError> {
        files::damage(&self.data(), depth, tell)
            .map_err(|error| unavailable(&self.path, "read the files of `data`", &error))
    }

    /// What is wrong with the journals.
    pub(super) fn journal_damage(&self) -> Result<Vec<(PathBuf, String)>, StoreError> {
        let data = self.data();
        let failed = |error: std::io::Error| unavailable(&self.path, "read the journals", &error);
        let broken = journal::broken(&data).map_err(failed)?;
        let mut damage: Vec<(PathBuf, String)> = broken
            .into_iter()
            .map(|of| {
                let what = format!(
                    "what follows byte {} cannot be read; a repair cuts off {} bytes, with {} batches or more that are whole",
                    of.good, of.lost_bytes, of.lost_batches
                );
                (of.path, what)
            })
            .collect();
        if let Some(closed) = self.closed()? {
            let ends = journal::ends(&data).map_err(failed)?;
            for of in closed.journals {
                let path = data.join(&of.file);
                if damage.iter().any(|known| known.0 == path) {
                    continue;
                }
                let what = match ends.iter().find(|end| end.0 == path) {
                    None => "it is missing".to_owned(),
                    Some((_, end)) if *end < of.batches_end => {
                        format!("it ends at byte {end}, and ended at {}", of.batches_end)
                    }
                    Some(_) => continue,
                };
                damage.push((path, what));
            }
        }
        Ok(damage)
    }

    fn closed(&self) -> Result<Option<Closed>, StoreError> {
        match fs::read(self.path.join(CLOSED)) {
            // Whether it can be read or not: it only knows more than the journals themselves.
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(&self.path, "read `closed.json`", &error)),
        }
    }

    fn forget_closed(&self) -> Result<(), StoreError> {
        self.remove_file(CLOSED)
    }

    pub(super) fn remove_file(&self, name: &str) -> Result<(), StoreError> {
        let forget = || match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => sync(&self.path),
        };
        forget().map_err(|error| unavailable(&self.path, &format!("remove `{name}`"), &error))
    }

    /// Cuts damaged journals where they can be read no further, after a copy of each was put beside them.
    pub(super) fn cut_journals(&self) -> Result<Vec<RepairedJournal>, StoreError> {
        let failed = |error: std::io::Error| unavailable(&self.path, "repair a journal", &error);
        let mut repaired = Vec::new();
        self.check_writable()?;
        let damage = self.journal_damage()?;
        for (path, what) in &damage {
            tracing::warn!(file = %path.display(), "{what}");
        }
        if !damage.is_empty() {
            self.suspect()?;
        }
        for of in journal::broken(&self.data()).map_err(failed)? {
            let copy = unused_name(&of.path);
            fs::copy(&of.path, &copy).map_err(failed)?;
            File::open(&copy)
                .and_then(|copy| copy.sync_all())
                .map_err(failed)?;
            sync(&self.data()).map_err(failed)?;
            let file = OpenOptions::new().write(true).open(&of.path);
            let file = file.map_err(failed)?;
            file.set_len(of.good).map_err(failed)?;
            file.sync_all().map_err(failed)?;
            repaired.push(RepairedJournal {
                journal: of.path,
                copy,
                kept_bytes: of.good,
                lost_bytes: of.lost_bytes,
                lost_batches: of.lost_batches,
            });
        }
        self.forget_closed()?;
        Ok(repaired)
    }

    /// Says what is there, so that it is seen where a file ends earlier later on.
    pub(super) fn write_closed(&self) -> Result<(), StoreError> {
        let data = self.data();
        let ends = journal::ends(&data)
            .map_err(|error| unavailable(&self.path, "read the journals", &error))?;
        let journals = ends.into_iter().map(|(path, batches_end)| ClosedJournal {
            file: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes: fs::metadata(&path).map_or(0, |of| of.len()),
            batches_end,
        });
        let closed = Closed {
            journals: journals.collect(),
        };
        self.write(CLOSED, &self.json(CLOSED, &closed)?)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.is_open
            && let Err(error) = self.write_closed()
        {
            tracing::warn!(%error, "the store is closed, but not what was there then is written down");
        }
    }
}

/// The file that is locked, if there is one or one can be made, and whether it cannot be written: on a snapshot, or as another user.
fn open_lock(path: &Path, is_store: bool) -> Result<(Option<File>, bool), StoreError> {
    let lock = path.join(LOCK);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let error = match options.open(&lock) {
        Ok(file) => return Ok((Some(file), false)),
        Err(error) => error,
    };
    let is_forbidden = matches!(
        error.kind(),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied
    );
    let read = match File::open(&lock) {
        Ok(file) => Some(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(None),
        Err(_) => None,
    };
    match read {
        Some(file) if is_forbidden && is_store => {
            tracing::warn!(directory = %path.display(), is_locked = file.is_some(), "the directory cannot be written");
            Ok((file, true))
        }
        _ => Err(unavailable(path, "open `lock`", &error)),
    }
}

/// For a copy that writes over none that was made before.
fn unused_name(journal: &Path) -> PathBuf {
    let name = |number: u32| {
        let mut name = journal.as_os_str().to_owned();
        name.push(".damaged");
        if number > 1 {
            name.push(format!(".{number}"));
        }
        PathBuf::from(name)
    };
    let mut number = 1;
    while name(number).exists() {
        number += 1;
    }
    name(number)
}

/// Whether all of a new store is there, and it was only not yet named one.
fn is_almost_made(path: &Path) -> bool {
    let new = format!("{FORMAT_FILE}.new");
    [&*new, SECRET, DATA]
        .iter()
        .all(|name| path.join(name).exists())
}

/// What else a later format has is for later versions to read.
fn refuse_newer(path: &Path) -> Result<(), StoreError> {
    #[derive(Deserialize)]
    struct Version {
        format: u64,
    }
    let text = fs::read(path.join(FORMAT_FILE)).unwrap_or_default();
    match serde_json::from_slice(&text) {
        Ok(Version { format }) if format > FORMAT => Err(newer(path, format)),
        // What else is wrong with it is said where all of it is read.
        _ => Ok(()),
    }
}

fn newer(path: &Path, found: u64) -> StoreError {
    StoreError::Newer {
        place: path.display().to_string(),
        found,
        supported: FORMAT,
    }
}

/// Whether a path, of which the end need not be there, is in a directory or the directory itself.
pub(super) fn is_within(path: &Path, directory: &Path) -> bool {
    let (Ok(directory), Ok(path)) = (directory.canonicalize(), std::path::absolute(path)) else {
        return false;
    };
    let mut there = path.ancestors().filter_map(|of| of.canonicalize().ok());
    there.next().is_some_and(|of| of.starts_with(&directory))
}

fn missing(path: &Path) -> StoreError {
    StoreError::Missing {
        directory: path.to_owned(),
    }
}

pub(super) fn unavailable(path: &Path, what: &str, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable {
        place: path.display().to_string(),
        source: format!("cannot {what}: {error}").into(),
    }
}

fn sync(directory: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

fn secret_check(secret: [u8; 16]) -> String {
    let hash = IdHash::new(secret).of(Kind::Unit, "secret of a store");
    format!("{hash:032x}")
}

fn to_hex(secret: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(secret))
}

fn from_hex(text: &str) -> Option<[u8; 16]> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u128::from_str_radix(text, 16).ok()?;
    is_hex.then(|| number.to_be_bytes())
}
