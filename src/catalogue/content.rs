use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use super::{Catalogue, CatalogueError, Format, read};

/// What a file says at one moment, or that it could not be read.
pub(crate) struct Content {
    path: PathBuf,
    bytes: Result<Vec<u8>, CatalogueError>,
    mark: Mark,
}

/// What tells contents apart. Times of modification do not: they may be coarse, and be put back.
#[derive(Clone, PartialEq)]
enum Mark {
    Bytes { length: usize, hash: u64 },
    Unreadable(io::ErrorKind),
    Refused,
}

impl Content {
    pub(crate) fn of(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let bytes = read(path);
        let mark = match &bytes {
            Ok(bytes) => {
                let mut hasher = DefaultHasher::new();
                bytes.hash(&mut hasher);
                Mark::Bytes {
                    length: bytes.len(),
                    hash: hasher.finish(),
                }
            }
            Err(CatalogueError::Read { error, .. }) => Mark::Unreadable(error.kind()),
            Err(_) => Mark::Refused,
        };
        Self {
            path: path.to_owned(),
            bytes,
            mark,
        }
    }

    /// The catalogue that it is.
    pub(crate) fn catalogue(self) -> Result<Catalogue, CatalogueError> {
        let format = Format::of_path(&self.path)?;
        Catalogue::from_bytes(&self.bytes?, format, &self.path.to_string_lossy())
    }

    pub(crate) fn marks(contents: &[Self]) -> Marks {
        Marks(
            contents
                .iter()
                .map(|content| content.mark.clone())
                .collect(),
        )
    }
}

/// What was last read of several files.
#[derive(PartialEq)]
pub(crate) struct Marks(Vec<Mark>);
