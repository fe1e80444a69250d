/// Why something cannot be written to a warehouse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WarehouseError {
    /// The address makes no sense. It is not told, since it may have a password.
    #[error("the address of Postgres cannot be read: {0}")]
    Address(String),
    /// The address asks for an encrypted connection, which needs the feature `tls`.
    #[error(
        "the address of Postgres asks for TLS (`sslmode`), which this program is built without: turn on the feature `tls` of variate-warehouse"
    )]
    WithoutTls,
    /// The certificates that an encrypted connection is verified by cannot be read.
    #[error(
        "the certificates to trust cannot be read: {0}; `sslrootcert=FILE` in the address of Postgres names others"
    )]
    Certificates(String),
    /// The server cannot be reached, or refuses.
    #[error("events cannot be written to Postgres: {0}")]
    Refused(String),
}
