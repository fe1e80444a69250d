//! Whether the journals of the engine are whole. It takes what it cannot read for the end of a journal, and cuts the
//! file there: good after a crash, where the last batch may be torn, and a loss where bytes in the middle were changed.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const MAGIC: [u8; 4] = [b'F', b'J', b'L', 3];

/// How many zeros are compared at once.
const ZEROS: usize = 1 << 18;

/// A journal in which something follows that cannot be read, and is more than a torn end.
#[derive(Debug, Clone)]
pub(super) struct BrokenJournal {
    pub(super) path: PathBuf,
    /// Up to where it is whole.
    pub(super) good: u64,
    /// How much is written behind that.
    pub(super) lost_bytes: u64,
    /// How many batches at least are whole among it.
    ///
    /// They are not kept: a batch has the totals of its time, so that with one left out before it the totals would have
    /// events whose ids nobody knows, which would count again when they are sent again.
    pub(super) lost_batches: u64,
}

/// The journals of a directory, in order.
pub(super) fn journals(data: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in data.read_dir()? {
        let path = entry?.path();
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if let (Some(number), true) = (number, path.extension().is_some_and(|of| of == "jnl")) {
            found.push((number, path));
        }
    }
    found.sort_by_key(|of: &(u64, PathBuf)| of.0);
    Ok(found.into_iter().map(|of| of.1).collect())
}

/// Those that are broken. Only the last one may have a torn end.
pub(super) fn broken(data: &Path) -> io::Result<Vec<BrokenJournal>> {
    let paths = journals(data)?;
    let mut found = Vec::new();
    let last = paths.last().cloned();
    for path in paths {
        let is_last = Some(&path) == last.as_ref();
        let mut journal = Journal::open(&path)?;
        let good = journal.good_bytes()?;
        if journal.is_broken_after(good, is_last)? {
            let (lost_bytes, lost_batches) = journal.behind(good)?;
            found.push(BrokenJournal {
                path,
                good,
                lost_bytes,
                lost_batches,
            });
        }
    }
    Ok(found)
}

struct Journal<R> {
    file: BufReader<R>,
    bytes: u64,
}

/// A batch that could not be read.
enum Bad {
    /// The file ends, or is not written from here on.
    Ends,
    /// It is there as a whole, and its bytes are not what they were.
    Changed,
    Io(io::Error),
}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Ends,
            _ => Self::Io(error),
        }
    }
}

impl Journal<File> {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self {
            file: BufReader::with_capacity(1 << 18, file),
            bytes,
        })
    }
}

impl<R: Read + Seek> Journal<R> {
    /// Where the last whole batch ends that has none but whole ones before it.
    fn good_bytes(&mut self) -> io::Result<u64> {
        let mut good = 0;
        loop {
            match self.batch(good) {
                Ok(bytes) => good += bytes,
                Err(Bad::Io(error)) => return Err(error),
                Err(_) => return Ok(good),
            }
        }
    }

    fn is_broken_after(&mut self, good: u64, is_last: bool) -> io::Result<bool> {
        self.file.seek(SeekFrom::Start(good))?;
        let Some(from) = self.next_written(good)? else {
            return Ok(false);
        };
        if !is_last {
            return Ok(true);
        }
        self.file.seek(SeekFrom::Start(good))?;
        match self.batch(good) {
            Err(Bad::Changed) => return Ok(true),
            Err(Bad::Io(error)) => return Err(error),
            _ => {}
        }
        // A torn batch is the last one. Where a whole one follows, this one was whole as well.
        let mut at = from;
        self.file.seek(SeekFrom::Start(at))?;
        while let Some(end) = self.next_magic(at)? {
            match self.batch(end) {
                Ok(_) => return Ok(true),
                Err(Bad::Io(error)) => return Err(error),
                Err(_) => {}
            }
            at = end;
            self.file.seek(SeekFrom::Start(at))?;
        }
        Ok(false)
    }

    /// How many bytes are written behind a place, and how many whole batches are found among them.
    fn behind(&mut self, good: u64) -> io::Result<(u64, u64)> {
        let end = self.last_written(good)?;
        let (mut at, mut batches) = (good, 0);
        self.file.seek(SeekFrom::Start(at))?;
        while let Some(end) = self.next_magic(at)? {
            at = end;
            loop {
                match self.batch(at) {
                    Ok(bytes) => {
                        batches += 1;
                        at += bytes;
                    }
                    Err(Bad::Io(error)) => return Err(error),
                    Err(_) => break,
                }
            }
            self.file.seek(SeekFrom::Start(at))?;
        }
        Ok((end.saturating_sub(good), batches))
    }

    /// Behind the last byte that is no zero.
    fn last_written(&mut self, from: u64) -> io::Result<u64> {
        let (mut at, mut last) = (from, from);
        let mut buffer = vec![0; ZEROS];
        self.file.seek(SeekFrom::Start(from))?;
        loop {
            let read = self.file.read(&mut buffer)?;
            if read == 0 {
                return Ok(last);
            }
            let mut here = buffer.iter().take(read);
            if let Some(found) = here.rposition(|byte| *byte != 0) {
                last = at + found as u64 + 1;
            }
            at += read as u64;
        }
    }

    /// Journals are made long, and most of one is zeros: they are compared by the block.
    fn next_written(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        let (mut buffer, zeros) = (vec![0; ZEROS], vec![0; ZEROS]);
        loop {
            let read = self.file.read(&mut buffer)?;
            if read == 0 {
                return Ok(None);
            }
            let (here, zeros) = (buffer.get(..read), zeros.get(..read));
            if here != zeros {
                let found = buffer.iter().position(|byte| *byte != 0);
                return Ok(found.map(|found| at + found as u64));
            }
            at += read as u64;
        }
    }

    /// Behind the next four bytes that end a batch.
    fn next_magic(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut window = [0; 4];
        let mut at = from;
        let mut buffer = [0; 4096];
        loop {
            let read = self.file.read(&mut buffer)?;
            if read == 0 {
                return Ok(None);
            }
            for byte in buffer.iter().take(read) {
                window.rotate_left(1);
                window[3] = *byte;
                at += 1;
                if window == MAGIC {
                    return Ok(Some(at));
                }
            }
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Bad> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// How many bytes the batch has that starts here.
    fn batch(&mut self, start: u64) -> Result<u64, Bad> {
        let here = self.file.stream_position()?;
        if here != start {
            let offset = start.cast_signed().wrapping_sub(here.cast_signed());
            self.file.seek_relative(offset)?;
        }
        let [tag] = self.array()?;
        if tag != START {
            return Err(Bad::Ends);
        }
        let items = u32::from_le_bytes(self.array()?);
        let _sequence_number: [u8; 8] = self.array()?;
        let mut bytes = 13_u64;
        let mut hasher = Xxh3::new();
        let mut item = Vec::with_capacity(256);
        for _ in 0..items {
            item.clear();
            let [tag] = self.array()?;
            item.push(tag);
            match tag {
                ITEM => {
                    // The value's kind, its compression, the keyspace, the lengths of key and value, twice.
                    let head: [u8; 20] = self.array()?;
                    item.extend(head);
                    let [
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        _,
                        k0,
                        k1,
                        _,
                        _,
                        _,
                        _,
                        v0,
                        v1,
                        v2,
                        v3,
                    ] = head;
                    let key = u64::from(u16::from_le_bytes([k0, k1]));
                    let value = u64::from(u32::from_le_bytes([v0, v1, v2, v3]));
                    if key + value > self.bytes {
                        return Err(Bad::Ends);
                    }
                    let rest = (&mut self.file).take(key + value).read_to_end(&mut item)?;
                    if rest as u64 != key + value {
                        return Err(Bad::Ends);
                    }
                }
                CLEAR => item.extend(self.array::<8>()?),
                _ => return Err(Bad::Ends),
            }
            bytes += item.len() as u64;
            hasher.update(&item);
        }
        let [tag] = self.array()?;
        let checksum = u64::from_le_bytes(self.array()?);
        if tag != END || self.array()? != MAGIC {
            return Err(Bad::Ends);
        }
        if checksum != hasher.digest() {
            return Err(Bad::Changed);
        }
        Ok(bytes + 13)
    }
}

/// Where the whole batches of a journal end, and whether it is broken there: of bytes that are no file.
#[cfg(feature = "testing")]
pub(super) fn scan(bytes: &[u8], is_last: bool) -> io::Result<(u64, bool)> {
    let mut journal = Journal {
        file: BufReader::new(io::Cursor::new(bytes)),
        bytes: bytes.len() as u64,
    };
    let good = journal.good_bytes()?;
    let is_broken = journal.is_broken_after(good, is_last)?;
    journal.behind(good)?;
    Ok((good, is_broken))
}

/// Where the whole batches of each journal end.
pub(super) fn ends(data: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let end = |path: PathBuf| {
        let end = Journal::open(&path)?.good_bytes()?;
        Ok((path, end))
    };
    journals(data)?.into_iter().map(end).collect()
}
