//! The readers of what is on a disk, for fuzz targets and for tests with arbitrary bytes.

use super::{files, journal};
use crate::store::counting::rows::{self, Row};
use crate::unit::Unit;

/// What is kept of a unit: as it is written when it was read.
pub fn unit(bytes: &[u8]) -> Option<Vec<u8>> {
    let unit = Unit::read(bytes).ok()?;
    let _ = Unit::bytes_have(bytes, 0, 0);
    let mut out = Vec::new();
    unit.write(&mut out);
    Some(out)
}

/// A row, its key first: as it is written when it was read.
pub fn row(bytes: &[u8]) -> Option<Vec<u8>> {
    let (key, value) = bytes.split_at_checked(KEY)?;
    let at = rows::read_key(key)?;
    let row = Row::read(at.0, value)?;
    let mut out = Vec::new();
    rows::write_key(at, &mut out);
    row.write(&mut out);
    Some(out)
}

/// How many bytes the key of a row has behind the experiment's number.
pub const KEY: usize = 9;

/// What is imported: how many experiments it has.
pub fn import(bytes: &[u8]) -> Option<usize> {
    crate::export::read_json_lines(bytes)
        .ok()
        .map(|of| of.len())
}

/// A journal: up to where it is whole, and whether what follows is more than a torn end.
pub fn journal(bytes: &[u8], is_last: bool) -> Option<(u64, bool)> {
    journal::scan(bytes, is_last).ok()
}

/// The list of tables: how many there are.
pub fn manifest(bytes: &[u8]) -> Option<usize> {
    files::read_manifest(bytes).map(|of| of.len())
}
