use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{HeaderValue, Uri};

use super::HttpSink;
use super::backoff::Backoff;
use super::post::Post;
use super::spool::{Spool, SpoolError};
use super::stats::Counters;
use super::timing::{MachineTiming, Timing};

/// The knobs of an [`HttpSink`].
#[must_use]
pub struct HttpSinkBuilder {
    address: String,
    namespace: Option<String>,
    api_key: Option<String>,
    is_compressed: bool,
    timeout: Duration,
    retry_for: Duration,
    spool: Option<(PathBuf, u64)>,
    timing: Box<dyn Timing>,
}

/// Why there can be no sink.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpSinkError {
    /// The address cannot be posted to.
    #[error(
        "`{address}` is no address of a collector; it must be as in `http://collector.internal:8080`"
    )]
    Address {
        /// The address.
        address: String,
    },
    /// The address needs a feature that is off.
    #[error("`{address}` needs the feature `client-tls` of variate-collector")]
    Tls {
        /// The address.
        address: String,
    },
    /// The key cannot be in a header.
    #[error("the API key has characters that no header may have")]
    ApiKey,
    /// The directory cannot be a spool.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

impl HttpSinkBuilder {
    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            namespace: None,
            api_key: None,
            is_compressed: false,
            timeout: Duration::from_secs(10),
            retry_for: Duration::from_secs(30),
            spool: None,
            timing: Box::new(MachineTiming),
        }
    }

    /// Into this namespace; without it, into the collector's default one.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// With this API key, which must be allowed to write.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Compress what is sent: a tenth of the bytes, for a few milliseconds of the tracker's thread. Off unless set.
    pub const fn gzip(mut self, is_compressed: bool) -> Self {
        self.is_compressed = is_compressed;
        self
    }

    /// How long one attempt may take; 10 s unless set.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a batch is tried; 30 s unless set. Then it is lost. New events gather in the tracker's queue meanwhile. With a spool,
    /// where a batch is before it is tried again, that is 2 s at the most: the rest is tried with later batches.
    pub const fn retry_for(mut self, limit: Duration) -> Self {
        self.retry_for = limit;
        self
    }

    /// Keep what cannot be sent in this directory, which is made if need be and is for this sink alone. Where its files would have more
    /// than `most_bytes`, the oldest are dropped and counted.
    pub fn spool(mut self, directory: impl Into<PathBuf>, most_bytes: u64) -> Self {
        self.spool = Some((directory.into(), most_bytes));
        self
    }

    /// Where time comes from, and who waits.
    pub fn timing(mut self, timing: impl Timing + 'static) -> Self {
        self.timing = Box::new(timing);
        self
    }

    /// Makes the sink, and opens its spool. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The address or the key cannot be used, or the directory of the spool cannot.
    pub fn build(self) -> Result<HttpSink, HttpSinkError> {
        let url = url(&self.address)?;
        if let Some(key) = &self.api_key {
            HeaderValue::from_str(key).map_err(|_| HttpSinkError::ApiKey)?;
        }
        let spool = self
            .spool
            .map(|(directory, most_bytes)| Spool::open(directory, most_bytes))
            .transpose()?;
        let counters = Arc::new(Counters::default());
        if let Some(spool) = &spool {
            counters.spool_bytes.store(spool.bytes(), Ordering::Relaxed);
            counters.set_aside.store(spool.strays, Ordering::Relaxed);
        }
        // A redirect would take the key along to somebody else.
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(self.timeout))
            .user_agent(concat!("variate/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Ok(HttpSink {
            post: Post {
                agent,
                url,
                api_key: self.api_key,
                is_compressed: self.is_compressed,
            },
            namespace: self.namespace,
            retry_for: self.retry_for,
            timing: self.timing,
            spool,
            backoff: Backoff::new(),
            next_try: None,
            counters,
            unavailable: 0,
        })
    }
}

fn url(address: &str) -> Result<String, HttpSinkError> {
    let error = || HttpSinkError::Address {
        address: address.to_owned(),
    };
    let uri: Uri = address.parse().map_err(|_| error())?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") if cfg!(feature = "client-tls") => {}
        Some("https") => {
            return Err(HttpSinkError::Tls {
                address: address.to_owned(),
            });
        }
        _ => return Err(error()),
    }
    if uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
        return Err(error());
    }
    Ok(format!("{}/v1/events", address.trim_end_matches('/')))
}

impl fmt::Debug for HttpSinkBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the key.
        out.debug_struct("HttpSinkBuilder")
            .field("address", &self.address)
            .field("namespace", &self.namespace)
            .field("gzip", &self.is_compressed)
            .field("timeout", &self.timeout)
            .field("retry_for", &self.retry_for)
            .field("spool", &self.spool)
            .finish_non_exhaustive()
    }
}
