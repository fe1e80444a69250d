use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

type Hash = [u8; 32];

/// The keys that a collector's callers show, of which only hashes are kept.
///
/// A file has one key a line, or `sha256:` and the hexadecimal SHA-256 of one. What a key may do follows on its line;
/// without a role it may do everything, without a namespace it may do so in all of them:
///
/// ```
/// use variate_collector::http::ApiKeys;
///
/// let keys = ApiKeys::parse("
///     ## the dashboard
///     4mJrSfUtqPzW0bXN8yAg2c   role=read
///     ## the shop's servers; nobody else sends events to `shop` then
///     sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  role=write namespace=shop,shop-test
/// ")?;
/// assert_eq!(keys.len(), 2);
/// # Ok::<(), variate_collector::http::ApiKeysError>(())
/// ```
#[derive(Clone, Default)]
pub struct ApiKeys {
    grants: Vec<Grant>,
}

#[derive(Clone)]
struct Grant {
    hash: Hash,
    role: Role,
    /// All where it is empty.
    namespaces: Vec<String>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// To read tallies.
    Read,
    /// To send events. Where a namespace has such a key, nobody sends events to it without one.
    Write,
    /// Everything: besides reading and sending, to change and to delete experiments.
    Admin,
}

/// Why a file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeysError {
    /// It cannot be read.
    #[error("the file of API keys {path} cannot be read: {source}", path = .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A line of a file makes no sense.
    #[error("the file of API keys {path} makes no sense: {source}", path = .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Which line, and why.
        source: Box<ApiKeysError>,
    },
    /// A line makes no sense.
    #[error("line {line}: {problem}")]
    Line {
        /// Which one, from 1 on.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

impl ApiKeys {
    /// No keys: nobody reads or changes anything, anybody sends events.
    pub fn new() -> Self {
        Self::default()
    }

    /// From a file with one key a line.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a line makes no sense.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ApiKeysError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| ApiKeysError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|source| ApiKeysError::File {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// From the text of such a file.
    ///
    /// # Errors
    ///
    /// A line makes no sense.
    pub fn parse(text: &str) -> Result<Self, ApiKeysError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut grants = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let grant =
                Grant::parse(text).map_err(|problem| ApiKeysError::Line { line, problem })?;
            grants.extend(grant);
        }
        Ok(Self { grants })
    }

    /// With one more key, for these namespaces or, where there are none, for all.
    pub fn with(mut self, key: &str, role: Role, namespaces: &[&str]) -> Self {
        self.grants.push(Grant {
            hash: hash(key.as_bytes()),
            role,
            namespaces: namespaces.iter().map(|&name| name.to_owned()).collect(),
        });
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.grants.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    /// What the key of a request, if it shows one, is for.
    pub(super) fn shown_in(self: Arc<Self>, headers: &HeaderMap) -> Shown {
        let key = headers.get("x-api-key").map(HeaderValue::as_bytes);
        let key = key.or_else(|| bearer(headers.get(AUTHORIZATION)?.as_bytes()));
        let hash = key.map(|key| hash(key.trim_ascii()));
        self.of(|of| hash.is_some_and(|hash| of.ct_eq(&hash).into()))
    }

    /// What the keys are for whose hashes are these.
    pub(super) fn of(self: Arc<Self>, is_it: impl Fn(&Hash) -> bool) -> Shown {
        let mut places = Vec::new();
        // All are compared: how long it takes tells nothing about which one it was.
        for (place, grant) in self.grants.iter().enumerate() {
            if is_it(&grant.hash) {
                places.push(place);
            }
        }
        Shown { all: self, places }
    }
}

/// The key that a request shows, and what it is for.
pub(super) struct Shown {
    all: Arc<ApiKeys>,
    places: Vec<usize>,
}

impl Shown {
    fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.places
            .iter()
            .filter_map(|&place| self.all.grants.get(place))
    }

    /// Whether the request comes with the right to send events, and not just because anybody may.
    pub(super) fn is_sender(&self) -> bool {
        self.grants()
            .any(|grant| matches!(grant.role, Role::Write | Role::Admin))
    }

    /// Whether the request comes with the right to read, wherever that is.
    pub(super) fn is_reader(&self) -> bool {
        self.grants()
            .any(|grant| matches!(grant.role, Role::Read | Role::Admin))
    }

    /// Whether the request may do everything, in all namespaces.
    pub(super) fn may_everything(&self) -> bool {
        self.grants()
            .any(|grant| grant.role == Role::Admin && grant.namespaces.is_empty())
    }

    /// Whether the request's own key is for this.
    pub(super) fn is_for(&self, role: Role, namespace: &str) -> bool {
        self.grants().any(|grant| {
            grant.covers(namespace) && (grant.role == role || grant.role == Role::Admin)
        })
    }

    /// The namespaces that the request's own key names, in its order.
    #[cfg(feature = "dashboard")]
    pub(super) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.grants()
            .flat_map(|grant| grant.namespaces.iter().map(String::as_str))
    }

    /// Whether there is a key to send events to this namespace, so that nobody sends any without one.
    pub(super) fn is_closed(&self, namespace: &str) -> bool {
        let closes = |grant: &Grant| grant.role == Role::Write && grant.covers(namespace);
        self.all.grants.iter().any(closes)
    }

    /// Whether there is one for all of them.
    pub(super) fn are_all_closed(&self) -> bool {
        let closes = |grant: &Grant| grant.role == Role::Write && grant.namespaces.is_empty();
        self.all.grants.iter().any(closes)
    }
}

impl Grant {
    /// Of a line; `None` if it is blank or a comment.
    fn parse(line: &str) -> Result<Option<Self>, String> {
        let mut words = line
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'));
        let Some(key) = words.next() else {
            return Ok(None);
        };
        let hash = match key.strip_prefix("sha256:") {
            Some(digits) => {
                let mut hash = Hash::default();
                hex::decode_to_slice(digits, &mut hash)
                    .map_err(|_| "`sha256:` must be followed by 64 hexadecimal digits".to_owned())?;
                hash
            }
            None if key.bytes().all(|byte| byte.is_ascii_graphic()) => {
                if key.len() < FEWEST_BYTES {
                    tracing::warn!("an API key in the file has {} characters and can be guessed; `variate api-key` makes one that cannot", key.len());
                }
                hash(key.as_bytes())
            }
            None => return Err("a key must consist of ASCII letters, digits and signs, since it goes into a header".to_owned()),
        };
        let mut role = None;
        let mut namespaces = Vec::new();
        for word in words {
            match word.split_once('=') {
                Some(("role", name)) if role.is_none() => {
                    role = Some(match name {
                        "read" => Role::Read,
                        "write" => Role::Write,
                        "admin" => Role::Admin,
                        _ => return Err(format!("there is no role `{name}`; there are read, write and admin")),
                    });
                }
                Some(("namespace", names)) if namespaces.is_empty() => {
                    if names.split(',').any(str::is_empty) {
                        return Err("`namespace=` must be followed by names, as in `namespace=shop,blog`".to_owned());
                    }
                    namespaces.extend(names.split(',').map(str::to_owned));
                }
                // The word may be a key on the wrong line: it is not repeated.
                _ => return Err("a key may be followed by one `role=read|write|admin` and one `namespace=NAME,NAME` only".to_owned()),
            }
        }
        let role = role.unwrap_or(Role::Admin);
        Ok(Some(Self {
            hash,
            role,
            namespaces,
        }))
    }

    fn covers(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|name| name == namespace)
    }
}

pub(super) fn hash(key: &[u8]) -> Hash {
    Sha256::digest(key).into()
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(key)
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles = self
            .grants
            .iter()
            .map(|grant| (grant.role, &grant.namespaces));
        out.debug_list().entries(roles).finish()
    }
}

/// A key that somebody thought of ought to have this many characters.
const FEWEST_BYTES: usize = 16;

/// A new key, made of 128 random bits.
///
/// ```
/// use variate_collector::http::{ApiKeys, NewApiKey};
///
/// let key = NewApiKey::random();
/// println!("show this to the collector, it is kept nowhere: {}", key.text());
/// // The file needs only the hash.
/// let keys = ApiKeys::parse(&format!("{} role=read", key.hash_line()))?;
/// # Ok::<(), variate_collector::http::ApiKeysError>(())
/// ```
pub struct NewApiKey(String);

impl NewApiKey {
    /// From the operating system's random bits, by way of the thread's generator.
    pub fn random() -> Self {
        Self(hex::encode(rand::random::<[u8; 16]>()))
    }

    /// The key itself: 32 hexadecimal digits.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What a file of keys needs of it: `sha256:` and its hash.
    pub fn hash_line(&self) -> String {
        format!("sha256:{}", hex::encode(hash(self.0.as_bytes())))
    }
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("NewApiKey")
            .field(&self.hash_line())
            .finish()
    }
}
