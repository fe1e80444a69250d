use std::path::PathBuf;

/// Why a store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The server does not answer, or the disk does not take anything. Trying again later may help.
    #[error("the store of events at {place} is unavailable: {source}")]
    Unavailable {
        /// Which store.
        place: String,
        /// What happened.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What is kept cannot be read.
    #[error("the store of events at {place} is damaged: {what}")]
    Damaged {
        /// Which store.
        place: String,
        /// What was found, and where.
        what: String,
    },
    /// What is kept of one experiment cannot be read; that of others can. It counts again once it is restored from a backup, or reset,
    /// which is possible, as it is to delete it.
    #[error("the store of events at {place} is damaged: {what}")]
    DamagedExperiment {
        /// Which store.
        place: String,
        /// Which experiment, what was found, and where.
        what: String,
    },
    /// Which experiments a namespace has cannot be read; those of others can. It counts again once it is restored from a backup, or what it had
    /// is forgotten.
    #[error("the store of events at {place} is damaged: {what}")]
    DamagedNamespace {
        /// Which store.
        place: String,
        /// Which namespace, what was found, where, and what to do.
        what: String,
    },
    /// A later version wrote it.
    #[error(
        "the store of events at {place} has format {found}; this version reads formats up to {supported}"
    )]
    Newer {
        /// Which store.
        place: String,
        /// Its format.
        found: u64,
        /// The latest format that this version reads.
        supported: u64,
    },
    /// There is no store.
    #[error("there is no store of events in {directory}", directory = .directory.display())]
    Missing {
        /// Which directory.
        directory: PathBuf,
    },
    /// The directory is somebody else's.
    #[error(
        "{directory} is not a store of events: it has `{found}` and no `variate.json`; name an empty directory or a new one",
        directory = .directory.display()
    )]
    Foreign {
        /// Which directory.
        directory: PathBuf,
        /// Something that no store has.
        found: String,
    },
    /// Another process has it open.
    #[error("the store of events in {directory} is in use by another process; a directory is for one process at a time", directory = .directory.display())]
    InUse {
        /// Which directory.
        directory: PathBuf,
    },
    /// The directory can be read only.
    #[error("the directory {directory} cannot be written, and to open a store is to write in its directory: copy the directory to a place that can be written, and use the copy", directory = .directory.display())]
    ReadOnly {
        /// Which directory.
        directory: PathBuf,
    },
    /// It is not for this kind of store.
    #[error("the store of events at {place} cannot {what}")]
    Unsupported {
        /// Which store.
        place: String,
        /// What it cannot do, and what to do instead.
        what: String,
    },
}

#[cfg(feature = "redis")]
impl StoreError {
    /// What is damaged, or the error if it says something else.
    pub(crate) fn into_damage(self) -> Result<String, Self> {
        match self {
            Self::Damaged { what, .. }
            | Self::DamagedNamespace { what, .. }
            | Self::DamagedExperiment { what, .. } => Ok(what),
            other => Err(other),
        }
    }
}

/// Why an experiment could not be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A name is empty or too long, or there are too many.
    #[error(transparent)]
    Refused(#[from] crate::Refusal),
    /// The control or winner is none of the experiment's variants.
    #[error("experiment `{experiment}` has no variant `{variant}`; it has {variants:?}")]
    UnknownVariant {
        /// Which experiment.
        experiment: String,
        /// The variant that it does not have.
        variant: String,
        /// Those that it has.
        variants: Vec<String>,
    },
    /// This store cannot add a pair of actions to an experiment that has events.
    #[error(
        "experiment `{experiment}` has events; on this store a pair of actions is declared before the first one, or after a reset"
    )]
    PairAfterEvents {
        /// Which experiment.
        experiment: String,
    },
}
