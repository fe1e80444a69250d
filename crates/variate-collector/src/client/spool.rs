//! Batches that could not be sent, on disk: a file each, sent oldest first.
//!
//! A file has a line that says how many bytes follow, how many events that is, and their checksum; then a line of JSON
//! for each event. It is written under another name first, so that under its own name it is whole.

use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use siphasher::sip::SipHasher13;

/// What the first line begins with.
const MARK: &str = "variate-spool 1";
const EXTENSION: &str = "batch";

#[derive(Debug)]
pub(super) struct Spool {
    directory: PathBuf,
    most_bytes: u64,
    /// Number and size of each file, oldest first.
    files: VecDeque<(u64, u64)>,
    next: u64,
    /// How many files of others were set aside when it was opened.
    pub(super) strays: u64,
    // Held as long as the directory is ours.
    _lock: File,
}

/// Why a directory cannot be a spool.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// It cannot be made, read or written.
    #[error("the spool in {directory} cannot be used: {error}", directory = .directory.display())]
    Io {
        /// Which directory.
        directory: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// Another sink has it open.
    #[error("the spool in {directory} is in use; each sink needs a directory of its own", directory = .directory.display())]
    InUse {
        /// Which directory.
        directory: PathBuf,
    },
}

/// What the oldest file holds.
pub(super) enum Oldest {
    Batch(Vec<String>),
    /// It cannot be read, and why.
    Damaged(String),
    None,
}

impl Spool {
    pub(super) fn open(directory: PathBuf, most_bytes: u64) -> Result<Self, SpoolError> {
        let open = || {
            fs::create_dir_all(&directory)?;
            let lock = File::create(directory.join("lock"))?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            Ok(Some((lock, list(&directory)?)))
        };
        match open() {
            Ok(Some((lock, (mut files, strays)))) => {
                files.sort_unstable();
                for file in &strays {
                    let aside = file.with_extension("set-aside");
                    // Whoever put it there may not let it be renamed; it is not sent either way.
                    let _ = fs::rename(file, &aside);
                    tracing::warn!(target: "variate", file = %aside.display(), "a file that is none of this spool is set aside");
                }
                let next = files.last().map_or(0, |(number, _)| number + 1);
                Ok(Self {
                    directory,
                    most_bytes,
                    files: files.into(),
                    next,
                    strays: strays.len() as u64,
                    _lock: lock,
                })
            }
            Ok(None) => Err(SpoolError::InUse { directory }),
            Err(error) => Err(SpoolError::Io { directory, error }),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Writes a batch, on disk when this returns; answers how many events were dropped for it.
    pub(super) fn push(&mut self, events: &[String]) -> io::Result<u64> {
        let mut lines = events.join("\n");
        lines.push('\n');
        let (bytes, count, sum) = (lines.len(), events.len(), checksum(lines.as_bytes()));
        let content = format!("{MARK} {bytes} {count} {sum:016x}\n{lines}");
        let bytes = content.len() as u64;
        if bytes > self.most_bytes {
            let most = self.most_bytes;
            return Err(io::Error::other(format!(
                "a batch has {bytes} bytes, the spool may have {most}"
            )));
        }
        let mut dropped = 0;
        while self.bytes() + bytes > self.most_bytes && !self.files.is_empty() {
            dropped += self.count_oldest();
            self.remove_oldest()?;
        }
        let path = self.path(self.next);
        let unfinished = path.with_extension("unfinished");
        let written = (|| {
            let mut file = File::create(&unfinished)?;
            file.write_all(content.as_bytes())?;
            file.sync_data()?;
            fs::rename(&unfinished, &path)?;
            sync_directory(&self.directory)
        })();
        if let Err(error) = written {
            // A full disk needs the room.
            let _ = fs::remove_file(&unfinished);
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        self.files.push_back((self.next, bytes));
        self.next += 1;
        Ok(dropped)
    }

    pub(super) fn oldest(&self) -> Oldest {
        let Some((number, _)) = self.files.front() else {
            return Oldest::None;
        };
        match fs::read(self.path(*number)) {
            Ok(content) => match read(&content) {
                Ok(events) => Oldest::Batch(events),
                Err(what) => Oldest::Damaged(what),
            },
            Err(error) => Oldest::Damaged(error.to_string()),
        }
    }

    pub(super) fn remove_oldest(&mut self) -> io::Result<()> {
        let Some((number, _)) = self.files.front() else {
            return Ok(());
        };
        match fs::remove_file(self.path(*number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => {
                self.files.pop_front();
                Ok(())
            }
        }
    }

    /// Takes the oldest file out of the way, for somebody to look at; answers where it is now.
    pub(super) fn set_aside_oldest(&mut self) -> PathBuf {
        let Some((number, _)) = self.files.pop_front() else {
            return self.directory.clone();
        };
        let path = self.path(number);
        let aside = path.with_extension("set-aside");
        match fs::rename(&path, &aside) {
            Ok(()) => aside,
            // It is met again after a restart.
            Err(_) => path,
        }
    }

    fn count_oldest(&self) -> u64 {
        match self.oldest() {
            Oldest::Batch(events) => events.len() as u64,
            Oldest::Damaged(_) | Oldest::None => 0,
        }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:020}.{EXTENSION}"))
    }
}

/// Of a file that is named as [`Spool::path`] names them; not the last number, which has none behind it.
fn number(path: &Path) -> Option<u64> {
    let stem = path.file_stem()?.to_str()?;
    let is_ours = stem.len() == 20 && stem.bytes().all(|digit| digit.is_ascii_digit());
    let number = stem.parse().ok().filter(|number| *number < u64::MAX);
    number.filter(|_| is_ours)
}

/// The number of a file and how many bytes it has.
type NumberAndBytes = (u64, u64);

/// Number and size of each batch, and files that only look like some. What was not finished is removed.
fn list(directory: &Path) -> io::Result<(Vec<NumberAndBytes>, Vec<PathBuf>)> {
    let (mut files, mut strays) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(EXTENSION) => match number(&path) {
                Some(number) => files.push((number, entry.metadata()?.len())),
                None => strays.push(path),
            },
            Some("unfinished") => fs::remove_file(&path)?,
            _ => {}
        }
    }
    Ok((files, strays))
}

pub(super) fn read(content: &[u8]) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
    let (first, lines) = text.split_once('\n').ok_or("it has no first line")?;
    let said = first.strip_prefix(MARK).ok_or_else(|| {
        let first: String = first.chars().take(40).collect();
        format!("its first line does not begin with `{MARK}`: `{first}`")
    })?;
    let (bytes, sum) = (lines.len(), checksum(lines.as_bytes()));
    let events: Vec<String> = lines.lines().map(str::to_owned).collect();
    let found = format!(" {bytes} {} {sum:016x}", events.len());
    if found == said {
        Ok(events)
    } else {
        Err(format!("it says that it has{said}, and has{found}"))
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    SipHasher13::new().hash(bytes)
}

/// A rename is on disk when its directory is.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
