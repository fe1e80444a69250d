use super::{EmbeddedStore, StoreError};
use crate::{ExperimentTallies, Refusal};

/// Why an experiment was not imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is there already, and tallies of one experiment from two places could have units in common.
    #[error(
        "experiment `{experiment}` of namespace `{namespace}` is there already; delete it first, or import into another store"
    )]
    Exists {
        /// The namespace.
        namespace: String,
        /// The experiment.
        experiment: String,
    },
    /// It goes beyond the limits.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EmbeddedStore {
    /// Takes over the tallies of an experiment that another store counted, as [`export`](crate::export) reads them.
    ///
    /// It comes in archived: which ids and units it has counted is not known here, so that events sent again would count
    /// again. Who knows that none will may take that back.
    ///
    /// # Errors
    ///
    /// There is an experiment of that name, a limit is exceeded, or the store failed.
    pub fn import(&self, tallies: &ExperimentTallies) -> Result<(), ImportError> {
        self.inner.counting.import(tallies)
    }
}
