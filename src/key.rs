//! The experience key: who is treated alike, and the schemes that make it.

pub(crate) mod canonical;
mod gitlab;
mod keyed;
pub(crate) mod preimage;
mod ruby;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

pub use self::canonical::Canonical;
pub use self::gitlab::{GitlabCom, GitlabV0, GitlabV2, ShaBits};
pub use self::keyed::{Keyed, SecretError};
use crate::context::{Context, Value};

/// The experience key: equal keys get the same experience.
///
/// Shows and serialises as text: lower-case hexadecimal for the digests of the built-in schemes,
/// or whatever a host's own scheme made.
///
/// ```
/// use variate::{Key, context, experiment};
///
/// let exp = experiment("pill_color", context! { user_id: 42 });
/// assert_eq!(exp.key().to_string().len(), 32);
/// assert_eq!(*exp.key(), Key::from(exp.key().to_string()));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Digest128([u8; 16]),
    Digest(Box<[u8]>),
    Text(Box<str>),
}

/// The longest digest a key holds, in hexadecimal digits.
const HEX: usize = 128;

impl Key {
    /// The digest, or the bytes of the text where the key is not a digest.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Digest128(digest) => digest,
            Repr::Digest(digest) => digest,
            Repr::Text(text) => text.as_bytes(),
        }
    }

    /// Calls `read` with the key's text, without an allocation.
    pub fn with_text<R>(&self, read: impl FnOnce(&str) -> R) -> R {
        let digest: &[u8] = match &self.0 {
            Repr::Text(text) => return read(text),
            Repr::Digest128(digest) => digest,
            Repr::Digest(digest) => digest,
        };
        let mut text = [0; HEX];
        let text = text.get_mut(..digest.len() * 2).unwrap_or_default();
        // The slice is exactly twice the digest, so encoding and reading back cannot fail.
        let _ = hex::encode_to_slice(digest, text);
        read(std::str::from_utf8(text).unwrap_or_default())
    }

    pub(crate) fn from_digest(digest: &[u8]) -> Self {
        Self(match digest.try_into() {
            Ok(digest) => Repr::Digest128(digest),
            Err(_) => Repr::Digest(digest.into()),
        })
    }
}

impl From<[u8; 16]> for Key {
    #[inline]
    fn from(digest: [u8; 16]) -> Self {
        Self(Repr::Digest128(digest))
    }
}

impl From<[u8; 32]> for Key {
    fn from(digest: [u8; 32]) -> Self {
        Self::from_digest(&digest)
    }
}

impl From<&str> for Key {
    /// Takes the text of a key, as [`Display`](fmt::Display) writes it, or any text of the host's.
    fn from(text: &str) -> Self {
        let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if matches!(text.len(), 32 | 64 | 96 | 128)
            && text.bytes().all(lower_hex)
            && let Ok(digest) = hex::decode(text)
        {
            return Self::from_digest(&digest);
        }
        Self(Repr::Text(text.into()))
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<Uuid> for Key {
    fn from(id: Uuid) -> Self {
        id.to_string().into()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| out.pad(text))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| write!(out, "Key({text})"))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// What a [`KeyScheme`] makes a key of.
#[derive(Debug, Clone, Copy)]
pub struct KeySource<'a> {
    experiment: &'a str,
    context: &'a Context<'a>,
    sticky_to: Option<&'a Value<'a>>,
}

impl<'a> KeySource<'a> {
    /// The context of an experiment, under the experiment's full name.
    #[inline]
    pub const fn new(experiment: &'a str, context: &'a Context<'a>) -> Self {
        Self {
            experiment,
            context,
            sticky_to: None,
        }
    }

    /// A value that stands in for the whole context; null leaves the context in charge.
    #[inline]
    #[must_use]
    pub fn sticky_to(mut self, value: &'a Value<'a>) -> Self {
        self.sticky_to = (!value.is_null()).then_some(value);
        self
    }

    /// The experiment's full name, prefix included.
    #[inline]
    pub const fn experiment(&self) -> &'a str {
        self.experiment
    }

    /// The context.
    #[inline]
    pub const fn context(&self) -> &'a Context<'a> {
        self.context
    }

    /// The value that stands in for the context, if there is one.
    #[inline]
    pub const fn sticky_value(&self) -> Option<&'a Value<'a>> {
        self.sticky_to
    }
}

/// Makes the experience key: [`Canonical`] by default, [`Keyed`], one of the GitLab schemes, or a closure.
///
/// A closure gets the [`KeySource`] and answers with anything that converts into a [`Key`]:
///
/// ```
/// use variate::{Config, KeySource, context};
///
/// let config = Config::builder()
///     .key_scheme(|source: &KeySource<'_>| format!("{}/{:?}", source.experiment(), source.context()))
///     .build()?;
/// let exp = config.experiment("pill", context! { user_id: 42 });
/// assert_eq!(exp.key().to_string(), "pill/{\"user_id\": 42}");
/// # Ok::<(), variate::ConfigError>(())
/// ```
///
/// It must not use the handle whose key it makes: that would wait for itself.
///
/// A scheme that panics breaks no request: the [`Canonical`] key is used, and it is told.
pub trait KeyScheme: Send + Sync {
    /// The key of a source. The same source must always give the same key.
    fn key(&self, source: &KeySource<'_>) -> Key;

    /// Whether a unit's keys in two experiments are independent uniform digests, so that
    /// a rollout may take its bucket straight from the key's bits.
    ///
    /// Where they are not (the default), rollouts hash key and experiment together first.
    fn separates_experiments(&self) -> bool {
        false
    }
}

impl<F, K> KeyScheme for F
where
    F: Fn(&KeySource<'_>) -> K + Send + Sync,
    K: Into<Key>,
{
    fn key(&self, source: &KeySource<'_>) -> Key {
        self(source).into()
    }
}
