use std::error::Error;

/// Why something cannot be written to a warehouse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WarehouseError {
    /// The address makes no sense. It is not told, since it may have a password.
    #[error("the address of Postgres cannot be read: {0}")]
    Address(String),
    /// The server cannot be reached, or refuses.
    #[error("events cannot be written to Postgres: {0}")]
    Refused(String),
}

/// What an error says, with what is behind it: that is the reason.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
