//! The engine's files, read without the engine: it takes a keyspace whose `current` is gone for one that was never made, and
//! deletes the rest of it. So it is not let near files of which one is missing.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::journal;

/// Of the engine's own keyspace, and of the one with the tables: a store has these two from its creation on.
const KEYSPACES: [&str; 2] = ["0", "1"];
/// What `version` holds: the engine's format.
const VERSION: [u8; 4] = [b'F', b'J', b'L', 3];

/// Something wrong with a file, in words.
pub(super) type Damage = (PathBuf, String);

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Whether all files are there: before each opening.
    There,
    /// Whether all bytes of tables are what was written.
    Bytes,
}

/// All that is wrong with the files but journals. `tell` is called for each table.
pub(super) fn damage(data: &Path, depth: Depth, tell: &mut dyn FnMut()) -> io::Result<Vec<Damage>> {
    let mut found = Vec::new();
    let version = data.join("version");
    if let Some(bytes) = read_small(&version, &mut found)?
        && bytes != VERSION
    {
        found.push((version, changed(&bytes)));
    }
    if journal::journals(data)?.is_empty() {
        found.push((
            data.to_owned(),
            "it has no journal (`*.jnl`), and a store always has one".to_owned(),
        ));
    }
    for keyspace in KEYSPACES {
        let keyspace = data.join("keyspaces").join(keyspace);
        if keyspace.is_dir() {
            keyspace_damage(&keyspace, depth, &mut found, tell)?;
        } else {
            found.push((keyspace, MISSING.to_owned()));
        }
    }
    Ok(found)
}

const MISSING: &str = "it is missing";

fn changed(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        "it is empty".to_owned()
    } else {
        "its bytes were changed, or it ends early".to_owned()
    }
}

/// A file of few bytes; `None` if it is gone, which is noted.
fn read_small(path: &Path, found: &mut Vec<Damage>) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            found.push((path.to_owned(), MISSING.to_owned()));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn keyspace_damage(
    keyspace: &Path,
    depth: Depth,
    found: &mut Vec<Damage>,
    tell: &mut dyn FnMut(),
) -> io::Result<()> {
    let current = keyspace.join("current");
    let Some(bytes) = read_small(&current, found)? else {
        return Ok(());
    };
    let Some((number, checksum)) = read_current(&bytes) else {
        found.push((current, changed(&bytes)));
        return Ok(());
    };
    let manifest = keyspace.join(format!("v{number}"));
    let Some(bytes) = read_small(&manifest, found)? else {
        return Ok(());
    };
    if xxh3_128(&bytes) != checksum {
        let what = format!("{}, or those of `current` beside it were", changed(&bytes));
        found.push((manifest, what));
        return Ok(());
    }
    let Some(tables) = read_manifest(&bytes) else {
        found.push((manifest, "it does not list the tables".to_owned()));
        return Ok(());
    };
    for (id, checksum) in tables {
        let table = keyspace.join("tables").join(id.to_string());
        match fs::metadata(&table) {
            Ok(of) if of.len() == 0 => found.push((table, changed(&[]))),
            Ok(_) if depth == Depth::There => {}
            Ok(_) => match file_checksum(&table) {
                Ok(now) if now == checksum => {}
                Ok(_) => found.push((table, changed(&[0]))),
                Err(error) => found.push((table, format!("it cannot be read: {error}"))),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                found.push((table, MISSING.to_owned()));
            }
            Err(error) => return Err(error),
        }
        tell();
    }
    Ok(())
}

/// The manifest's number and its checksum.
fn read_current(mut bytes: &[u8]) -> Option<(u64, u128)> {
    let number = u64::from_le_bytes(take(&mut bytes)?);
    let checksum = u128::from_le_bytes(take(&mut bytes)?);
    // The one kind of checksum that there is.
    (bytes == [0]).then_some((number, checksum))
}

/// The numbers of all tables, and their checksums.
pub(super) fn read_manifest(bytes: &[u8]) -> Option<Vec<(u64, u128)>> {
    let mut tables = section(bytes, b"tables")?;
    let mut found = Vec::new();
    let [levels] = take(&mut tables)?;
    for _ in 0..levels {
        let [runs] = take(&mut tables)?;
        for _ in 0..runs {
            for _ in 0..u32::from_le_bytes(take(&mut tables)?) {
                let id = u64::from_le_bytes(take(&mut tables)?);
                let [_kind] = take(&mut tables)?;
                let checksum = u128::from_le_bytes(take(&mut tables)?);
                let _sequence_number: [u8; 8] = take(&mut tables)?;
                found.push((id, checksum));
            }
        }
    }
    Some(found)
}

/// A part of a file that ends with where its parts are, and with where that is.
fn section<'a>(bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    const TRAILER: usize = 38;
    let mut trailer = bytes.get(bytes.len().checked_sub(TRAILER)?..)?;
    if take(&mut trailer)? != *b"SFA!" {
        return None;
    }
    let _version_and_checksum: [u8; 18] = take(&mut trailer)?;
    let mut parts = bytes.get(index(&mut trailer)?..)?;
    if take(&mut parts)? != *b"TOC!" {
        return None;
    }
    for _ in 0..u32::from_le_bytes(take(&mut parts)?) {
        let start = index(&mut parts)?;
        let length = index(&mut parts)?;
        let of_name = usize::from(u16::from_le_bytes(take(&mut parts)?));
        let (this, rest) = parts.split_at_checked(of_name)?;
        if this == name {
            return bytes.get(start..start.checked_add(length)?);
        }
        parts = rest;
    }
    None
}

fn index(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(take(bytes)?)).ok()
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

/// The checksum that the engine keeps of a table's file.
fn file_checksum(path: &Path) -> io::Result<u128> {
    let mut file = File::open(path)?;
    let mut hasher = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.digest128());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}
