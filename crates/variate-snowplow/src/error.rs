/// Why events do not reach a collector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnowplowError {
    /// The address is none of a collector's.
    #[error(
        "`{url}` is no address of a collector: it begins with `http://`, or `https://` with the feature `tls`"
    )]
    Address {
        /// The address.
        url: String,
    },
    /// This is no schema of Iglu's.
    #[error("`{schema}` is no schema: it is written `iglu:vendor/name/jsonschema/1-0-0`")]
    Schema {
        /// The schema.
        schema: String,
    },
    /// The collector cannot be reached, or does not take them.
    #[error("events do not reach the collector at {url}: {problem}")]
    Refused {
        /// The address that events go to.
        url: String,
        /// What is wrong.
        problem: String,
    },
}
