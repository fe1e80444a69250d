use std::io;
use std::path::PathBuf;

use variate_collector::http::{AddressError, AliasError, ApiKeysError, OriginError};

use crate::api_key::ApiKeyError;
use crate::goal_options::GoalOptionsError;
use crate::store_url::StoreUrlError;

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Store(#[from] StoreUrlError),
    #[error(transparent)]
    Keys(#[from] ApiKeysError),
    #[error(transparent)]
    Origin(#[from] OriginError),
    #[error(transparent)]
    Alias(#[from] AliasError),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Goals(#[from] GoalOptionsError),
    #[error(transparent)]
    Catalogue(#[from] variate::CatalogueError),
    #[error("{0}")]
    Keying(String),
    #[error(
        "there is no data directory, since neither HOME nor XDG_DATA_HOME is set: name a place with {0}"
    )]
    NoDataDirectory(&'static str),
    #[error("cannot make the directory `{}`: {source}", path.display())]
    Directory { path: PathBuf, source: io::Error },
    #[error(transparent)]
    NewKey(#[from] ApiKeyError),
    #[error("cannot listen on {address}: {reason}")]
    Listen { address: String, reason: String },
    #[error("cannot start: {0}")]
    Start(io::Error),
}

impl ServeError {
    pub(crate) const fn is_of_options(&self) -> bool {
        match self {
            Self::Store(error) => error.is_of_options(),
            Self::Keys(_)
            | Self::Origin(_)
            | Self::Alias(_)
            | Self::Address(_)
            | Self::Goals(_)
            | Self::Catalogue(_)
            | Self::Keying(_)
            | Self::NoDataDirectory(_) => true,
            _ => false,
        }
    }
}
