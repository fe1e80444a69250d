//! Where a collector keeps what it counts, as the command line names it.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use variate_collector::{
    EmbeddedStore, EventStore, Limits, MemoryStore, RedisStore, RedisStoreError, StoreError,
};

/// 32 hexadecimal digits: what a store on Redis hashes ids with.
const SECRET: &str = "VARIATE_STORE_SECRET";

const REDIS: [&str; 5] = ["redis", "rediss", "redis+unix", "valkey", "valkeys"];

/// Why there is no such store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreUrlError {
    #[error(
        "`{0}` names no store of events: it must be `dir:PATH`, `redis://HOST:PORT` or `memory:`"
    )]
    Unknown(String),
    #[error(
        "`{0}` of a redis store is not understood: there are shards=NUMBER, prefix=NAME, cluster[=false] and node=HOST:PORT"
    )]
    Option(String),
    #[error("this is for directories, `dir:PATH` or a path alone, and not for `{0}:`")]
    NoDirectory(String),
    #[error("this is for directories and redis://…, and not for `{0}:`")]
    NotRedis(String),
    #[error("{SECRET} must be 32 hexadecimal digits")]
    Secret,
    #[error(transparent)]
    Redis(#[from] RedisStoreError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreUrlError {
    /// Whether the option is wrong, and not what it names.
    pub(crate) const fn is_of_options(&self) -> bool {
        !matches!(self, Self::Store(_))
    }
}

/// Where a store is, as somebody named it: `dir:PATH`, a path alone, or an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Directory(PathBuf),
    Url(String),
}

impl Place {
    /// What has the form of an address is never taken for the name of a directory.
    pub(crate) fn parse(text: OsString) -> Result<Self, StoreUrlError> {
        let Some(name) = text.to_str() else {
            return Ok(Self::Directory(text.into()));
        };
        match name.split_once(':') {
            Some(("dir", "")) | None if name.is_empty() || name == "dir:" => {
                Err(StoreUrlError::Unknown(name.to_owned()))
            }
            Some(("dir", path)) => Ok(Self::Directory(path.into())),
            Some((_, rest)) if rest.is_empty() || rest.starts_with("//") => {
                Ok(Self::Url(name.to_owned()))
            }
            _ => Ok(Self::Directory(text.into())),
        }
    }

    /// For what is done to files.
    pub(crate) fn directory(text: OsString) -> Result<PathBuf, StoreUrlError> {
        match Self::parse(text)? {
            Self::Directory(path) => Ok(path),
            Self::Url(url) => Err(StoreUrlError::NoDirectory(scheme_of(&url).to_owned())),
        }
    }
}

fn scheme_of(url: &str) -> &str {
    url.split(':').next().unwrap_or(url)
}

/// An address for showing.
pub(crate) fn without_password(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, place)) => format!("{scheme}://…@{place}"),
            None => url.to_owned(),
        },
        None => url.to_owned(),
    }
}

/// Opens the store that `dir:PATH`, `redis://…` or `memory:` names, with the usual limits.
pub(crate) fn open_store(url: &str) -> Result<Arc<dyn EventStore>, StoreUrlError> {
    open_store_with(url, Limits::default())
}

/// With these limits.
pub(crate) fn open_store_with(
    url: &str,
    limits: Limits,
) -> Result<Arc<dyn EventStore>, StoreUrlError> {
    let scheme = scheme_of(url).to_ascii_lowercase();
    match url.split_once(':').map(|(_, rest)| (&*scheme, rest)) {
        Some(("memory", "")) => Ok(Arc::new(MemoryStore::with_limits(limits))),
        Some(("dir", path)) if !path.is_empty() => {
            let builder = EmbeddedStore::builder(path).limits(limits);
            Ok(Arc::new(builder.open()?))
        }
        Some((scheme, rest)) if REDIS.contains(&scheme) && !rest.is_empty() => {
            Ok(Arc::new(open_redis_with(url, limits)?))
        }
        _ => Err(StoreUrlError::Unknown(url.to_owned())),
    }
}

/// Opens one on Redis.
pub(crate) fn open_redis_store(url: &str) -> Result<RedisStore, StoreUrlError> {
    let scheme = scheme_of(url).to_ascii_lowercase();
    if !REDIS.contains(&&*scheme) {
        return Err(StoreUrlError::NotRedis(scheme));
    }
    open_redis_with(url, Limits::default())
}

fn open_redis_with(url: &str, limits: Limits) -> Result<RedisStore, StoreUrlError> {
    let url = as_redis(url);
    let secret = std::env::var(SECRET)
        .ok()
        .filter(|secret| !secret.is_empty());
    open_redis(&url, secret, limits)
}

/// Valkey's addresses are those of Redis by another name.
pub(crate) fn as_redis(url: &str) -> Cow<'_, str> {
    let scheme = scheme_of(url).to_ascii_lowercase();
    let redis = match &*scheme {
        "valkey" => "redis",
        "valkeys" => "rediss",
        other => other,
    };
    match url.split_once("://") {
        Some((written, rest)) if written != redis => format!("{redis}://{rest}").into(),
        _ => url.into(),
    }
}

/// Our own options are taken out of the URL's query; the others are Redis's.
fn open_redis(
    url: &str,
    secret: Option<String>,
    limits: Limits,
) -> Result<RedisStore, StoreUrlError> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let scheme = address.split(':').next().unwrap_or(address);
    let mut others = Vec::new();
    let mut shards = None;
    let mut prefix = None;
    let mut nodes = Vec::new();
    let mut is_cluster = false;
    for option in query.split('&').filter(|option| !option.is_empty()) {
        match option.split_once('=').unwrap_or((option, "")) {
            ("shards", number) => {
                let number = number.parse();
                shards = Some(number.map_err(|_| StoreUrlError::Option(option.to_owned()))?);
            }
            ("prefix", name) if !name.is_empty() => prefix = Some(name),
            ("cluster", "" | "true") => is_cluster = true,
            ("cluster", "false") => is_cluster = false,
            ("node", address) if !address.is_empty() => nodes.push(format!("{scheme}://{address}")),
            ("db" | "pass" | "user" | "protocol", _) => others.push(option),
            _ => return Err(StoreUrlError::Option(option.to_owned())),
        }
    }
    let url = match others.as_slice() {
        [] => address.to_owned(),
        others => format!("{address}?{}", others.join("&")),
    };
    let mut builder = RedisStore::builder(url).limits(limits);
    if is_cluster {
        builder = builder.cluster();
    }
    if let Some(shards) = shards {
        builder = builder.shards(shards);
    }
    if let Some(prefix) = prefix {
        builder = builder.prefix(prefix);
    }
    if let Some(secret) = secret {
        builder = builder.secret(read_secret(&secret).ok_or(StoreUrlError::Secret)?);
    }
    for node in nodes {
        builder = builder.node(node);
    }
    Ok(builder.build()?)
}

fn read_secret(digits: &str) -> Option<[u8; 16]> {
    if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    #[test]
    fn options_of_redis_are_checked() {
        let open = |url: &str| {
            open_redis(url, None, Limits::default())
                .map(drop)
                .map_err(|error| error.to_string())
        };
        assert_eq!(open("redis://localhost"), Ok(()));
        assert_eq!(
            open("redis://localhost:6380/2?shards=4&prefix=shop&protocol=resp3"),
            Ok(())
        );
        assert_eq!(
            open("redis://localhost?cluster&node=localhost:7001"),
            Ok(())
        );
        assert_eq!(open("redis://localhost?cluster=false"), Ok(()));
        assert_eq!(
            as_redis("valkeys://u:p@a?shards=4"),
            "rediss://u:p@a?shards=4"
        );
        assert!(open_store("valkey://localhost?shards=4").is_ok());
        assert_eq!(as_redis("ValKey://A/0"), "redis://A/0");
        assert!(open_store("REDIS://localhost?shards=4").is_ok());
        for bad in [
            "cluster=perhaps",
            "shards=many",
            "shards=0",
            "prefix=",
            "shard=4",
            "prefix={a}",
        ] {
            let error = open(&format!("redis://localhost?{bad}")).unwrap_err();
            assert!(error.contains("redis store"), "{error}");
        }
    }

    #[test]
    fn an_address_is_no_directory() {
        let directory = |text: &str| Place::directory(text.into()).ok();
        assert_eq!(directory("dir:/a"), Some("/a".into()));
        assert_eq!(directory("a/b:c"), Some("a/b:c".into()));
        assert_eq!(directory(r"C:\events"), Some(r"C:\events".into()));
        for address in ["redis://a", "memory:", "dir:", "", "redis+unix:///a"] {
            assert_eq!(directory(address), None, "{address}");
        }
        let url = Place::Url("redis://a".to_owned());
        assert_eq!(Place::parse("redis://a".into()).unwrap(), url);
    }

    #[test]
    fn secrets_are_32_digits() {
        assert_eq!(
            read_secret("000102030405060708090a0b0c0d0e0F").map(|secret| secret[15]),
            Some(15)
        );
        for bad in [
            "",
            "0001",
            "+0102030405060708090a0b0c0d0e0f0",
            "zz0102030405060708090a0b0c0d0e0f",
        ] {
            assert_eq!(read_secret(bad), None, "{bad}");
        }
    }
}
