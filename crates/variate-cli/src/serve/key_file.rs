use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use variate_collector::http::{ApiKeys, KeyRing};

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The file of API keys, which may change while the collector serves: a key that was added is known a little later, and one
/// that was taken out no more.
pub(super) struct KeyFile {
    path: PathBuf,
    read: Option<Watched>,
    /// As it was when it was looked at before: what is being written is left alone until it stays as it is.
    seen: Option<Watched>,
}

/// What tells that a file is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Watched {
    modified: Option<SystemTime>,
    length: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Watched {
    /// `None` if there is no such file; what is no file, such as a pipe, cannot be read again.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
        })
    }
}

impl KeyFile {
    pub(super) fn new(path: &Path, read: Option<Watched>) -> Self {
        Self {
            path: path.to_owned(),
            read,
            seen: read,
        }
    }

    /// For as long as the collector serves.
    pub(super) async fn watch(mut self, ring: KeyRing) {
        // A pipe was read once, and that is all there is.
        if self.read.is_none() {
            return;
        }
        loop {
            tokio::time::sleep(LOOK).await;
            self.look(&ring);
        }
    }

    fn look(&mut self, ring: &KeyRing) {
        let now = Watched::of(&self.path);
        let was_seen = std::mem::replace(&mut self.seen, now) == now;
        if !was_seen || now == self.read {
            return;
        }
        self.read = now;
        let file = self.path.display();
        match ApiKeys::from_file(&self.path) {
            Ok(keys) => {
                tracing::warn!(%file, keys = keys.len(), "the file of API keys changed: from now on its keys are known, and no others");
                ring.replace(keys);
            }
            Err(error) => {
                tracing::warn!(%error, "the file of API keys changed and cannot be used: the keys from before stay");
            }
        }
    }
}
