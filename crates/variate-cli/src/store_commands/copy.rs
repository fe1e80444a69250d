use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreCommandError;
use crate::lines;

/// A store's directory, copied to where it can be opened. It is removed when this is dropped.
pub(super) struct Copied(PathBuf);

impl Copied {
    pub(super) fn of(from: &Path) -> Result<Self, StoreCommandError> {
        let name = format!("variate-store-{}", std::process::id());
        let to = std::env::temp_dir().join(name);
        lines::tell(&format_args!(
            "{} cannot be written: working on a copy in {}, which is removed then",
            from.display(),
            to.display()
        ));
        let failed = |error| StoreCommandError::Copy {
            from: from.to_owned(),
            to: to.clone(),
            error,
        };
        // One that is there is somebody else's.
        make(&to).map_err(failed)?;
        let copied = Self(to.clone());
        copy(from, &to).map_err(failed)?;
        Ok(copied)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            lines::tell(&format_args!(
                "cannot remove the copy in {}: {error}",
                self.0.display()
            ));
        }
    }
}

/// For nobody else to read: what ids are hashed with is in it.
fn make(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Contents without modes, which may say that nobody writes.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in from.read_dir()? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            make(&to)?;
            copy(&entry.path(), &to)?;
        } else {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            io::copy(&mut File::open(entry.path())?, &mut options.open(&to)?)?;
        }
    }
    Ok(())
}
