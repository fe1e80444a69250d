//! The readers of what is on a server, for fuzz targets and for tests with arbitrary bytes.

use super::{import, reading};

/// A row, its key first: whether it can be read.
pub fn row(key: &str, value: &[u8]) -> bool {
    reading::read_row(key, value).is_some()
}

/// The name of a counter of Gimel's or Lámed's: its action and its variant.
pub fn counter<'a>(
    counter: &'a str,
    namespace: &str,
    experiment: &str,
) -> Option<(&'a str, &'a str)> {
    import::names(counter, namespace, experiment)
}
