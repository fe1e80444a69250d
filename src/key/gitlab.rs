use std::fmt::{self, Write};

use md5::{Digest, Md5};
use sha2::{Sha256, Sha384, Sha512};

use super::{Key, KeyScheme, KeySource, ruby};
use crate::context::{Repr, Value};

/// The key of gitlab-experiment 0.2.0, byte for byte: MD5 over keys and values joined by `|`.
///
/// For sharing experiences with a Ruby application. The order of entries counts, the experiment's
/// name does not, and different contexts can share a key (`{a: 1, b: 2}` and `{a: "b|1|2"}`);
/// that is the original's behaviour. Nested maps read as Ruby up to 3.3 writes them.
///
/// ```
/// use variate::{GitlabV0, KeyScheme, KeySource, context};
///
/// let ctx = context! { user_id: 1 };
/// let key = GitlabV0.key(&KeySource::new("any", &ctx));
/// assert_eq!(key.to_string(), "ea1b60988e3a9b544d5dfb52387ef3bc");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct GitlabV0;

impl KeyScheme for GitlabV0 {
    fn key(&self, source: &KeySource<'_>) -> Key {
        digest::<Md5>(&[], source)
    }
}

/// The key that GitLab's own application makes: MD5 with the experiment's name first.
///
/// ```
/// use variate::{GitlabCom, KeyScheme, KeySource, context};
///
/// let ctx = context! { user_id: 42 };
/// let key = GitlabCom.key(&KeySource::new("example", &ctx));
/// assert_eq!(key.to_string(), "8ce91d30c0b4df470b02de7b4ef52021");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct GitlabCom;

impl KeyScheme for GitlabCom {
    fn key(&self, source: &KeySource<'_>) -> Key {
        digest::<Md5>(&[source.experiment()], source)
    }
}

/// The key of gitlab-experiment 2.0.0, byte for byte: SHA-2 over secret, name, keys and values joined by `|`.
///
/// A text in `sticky_to` is the key itself, unhashed: that is the original's behaviour.
///
/// ```
/// use variate::{GitlabV2, KeyScheme, KeySource, context};
///
/// let ctx = context! { version: 1 };
/// let key = GitlabV2::new().key(&KeySource::new("example", &ctx));
/// assert!(key.to_string().starts_with("20d69a37e7d3"));
/// ```
#[derive(Clone, Default)]
pub struct GitlabV2 {
    secret: String,
    bits: ShaBits,
}

/// How many bits a [`GitlabV2`] key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ShaBits {
    /// SHA-256, the original's default.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl GitlabV2 {
    /// The original's defaults: no secret, 256 bits.
    pub fn new() -> Self {
        Self::default()
    }

    /// The Ruby application's `context_key_secret`.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = secret.into();
        self
    }

    /// The Ruby application's `context_key_bit_length`.
    #[must_use]
    pub const fn bits(mut self, bits: ShaBits) -> Self {
        self.bits = bits;
        self
    }
}

impl KeyScheme for GitlabV2 {
    fn key(&self, source: &KeySource<'_>) -> Key {
        match source.sticky_value().map(|value| &value.0) {
            Some(Repr::Text(text)) => return (*text).into(),
            Some(Repr::OwnedText(text)) => return text.as_ref().into(),
            // In Ruby it is a string.
            Some(Repr::Uuid(id)) => return (*id).into(),
            _ => {}
        }
        let lead = [self.secret.as_str(), source.experiment()];
        match self.bits {
            ShaBits::Sha256 => digest::<Sha256>(&lead, source),
            ShaBits::Sha384 => digest::<Sha384>(&lead, source),
            ShaBits::Sha512 => digest::<Sha512>(&lead, source),
        }
    }
}

impl fmt::Debug for GitlabV2 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("GitlabV2")
            .field("bits", &self.bits)
            .finish_non_exhaustive()
    }
}

fn digest<D: Digest>(lead: &[&str], source: &KeySource<'_>) -> Key {
    let mut tokens = Tokens {
        digest: D::new(),
        first: true,
    };
    // Writing into a digest cannot fail.
    let _ = tokens.all(lead, source);
    Key::from_digest(&tokens.digest.finalize())
}

/// Texts joined by `|`, straight into a digest.
struct Tokens<D> {
    digest: D,
    first: bool,
}

impl<D: Digest> Tokens<D> {
    fn all(&mut self, lead: &[&str], source: &KeySource<'_>) -> fmt::Result {
        for text in lead {
            self.separate();
            self.write_str(text)?;
        }
        match source.sticky_value() {
            None => {
                let entries = source.context().entries();
                for entry in entries {
                    self.separate();
                    self.write_str(&entry.key)?;
                }
                entries
                    .iter()
                    .try_for_each(|entry| self.value(&entry.value))
            }
            Some(Value(Repr::List(list))) => {
                list.items.iter().try_for_each(|item| self.value(item))
            }
            Some(Value(Repr::Map(map))) => {
                map.entries
                    .iter()
                    .try_for_each(|(key, _)| self.value(key))?;
                map.entries
                    .iter()
                    .try_for_each(|(_, value)| self.value(value))
            }
            Some(scalar) => self.value(scalar),
        }
    }

    fn value(&mut self, value: &Value<'_>) -> fmt::Result {
        self.separate();
        ruby::to_s(value, self)
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.digest.update(b"|");
        }
    }
}

impl<D: Digest> Write for Tokens<D> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.digest.update(text.as_bytes());
        Ok(())
    }
}
