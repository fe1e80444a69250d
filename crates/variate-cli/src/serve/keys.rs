use std::fs;
use std::path::{Path, PathBuf};

use variate_collector::http::{ApiKeys, NewApiKey};

use super::error::ServeError;
use super::key_file::Watched;
use crate::api_key;

/// The keys that open the collector, and where they are kept.
pub(super) struct Keys {
    pub(super) known: ApiKeys,
    pub(super) path: PathBuf,
    /// The file before it was read.
    pub(super) watched: Option<Watched>,
    /// One that is in no file yet.
    pub(super) new: Option<NewApiKey>,
}

impl Keys {
    pub(super) fn read(path: PathBuf) -> Result<Self, ServeError> {
        let watched = Watched::of(&path);
        Ok(Self {
            known: ApiKeys::from_file(&path)?,
            path,
            watched,
            new: None,
        })
    }

    /// Of what is allowed, but hardly meant.
    pub(super) fn warn(&self) {
        let file = self.path.display();
        if self.known.is_empty() {
            tracing::warn!(%file, "the file of API keys has no key: nobody can read tallies or change experiments; `variate api-key --file FILE` adds one");
        }
        #[cfg(unix)]
        if self.new.is_none()
            && let Ok(metadata) = fs::metadata(&self.path)
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&metadata);
            if metadata.is_file() && mode & 0o004 != 0 {
                tracing::warn!(%file, "everybody on this machine can read the file of API keys; `chmod 600` keeps it to its owner");
            }
        }
    }

    /// Not before it can be shown to somebody, since it is shown only once.
    pub(super) fn keep_new(&self) -> Result<(), ServeError> {
        if let Some(key) = &self.new {
            if let Some(directory) = self.path.parent() {
                make_directory(directory)?;
            }
            let about = "# One key a line, or its hash; `variate api-key` makes more.";
            api_key::append(
                &self.path,
                &format!("{about}\n{} role=admin", key.hash_line()),
            )?;
        }
        Ok(())
    }
}

/// For this user only.
pub(super) fn make_directory(path: &Path) -> Result<(), ServeError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|source| ServeError::Directory {
            path: path.to_owned(),
            source,
        })
}
