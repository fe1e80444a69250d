//! The reader of what is in a spool, for fuzz targets and for tests with arbitrary bytes.

/// A file: its events, each the JSON of one, or what is wrong with it.
pub fn spool(bytes: &[u8]) -> Result<Vec<String>, String> {
    super::spool::read(bytes)
}
