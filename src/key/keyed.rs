use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::preimage::{BUFFER, Hash, Preimage};
use super::{Key, KeyScheme, KeySource};

/// HMAC-SHA-256 of the [`Canonical`](crate::Canonical) bytes under a secret, cut to 128 bits.
///
/// The scheme to use when ids can be enumerated: without the secret, a key tells nothing about the
/// unit behind it. A new secret is a new key for everybody, and so a new assignment.
///
/// ```
/// use variate::{Config, Keyed};
///
/// let config = Config::builder().key_scheme(Keyed::new("at least sixteen bytes")?).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Keyed {
    mac: Hmac<Sha256>,
}

impl Keyed {
    /// The shortest secret that is taken, in bytes.
    pub const SHORTEST_SECRET: usize = 16;

    /// A scheme under `secret`.
    ///
    /// # Errors
    ///
    /// When the secret is shorter than [`SHORTEST_SECRET`](Self::SHORTEST_SECRET).
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, SecretError> {
        let secret = secret.as_ref();
        let too_short = SecretError { len: secret.len() };
        if secret.len() < Self::SHORTEST_SECRET {
            return Err(too_short);
        }
        Hmac::new_from_slice(secret)
            .map(|mac| Self { mac })
            .map_err(|_| too_short)
    }
}

/// A secret that is too short to protect anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret has {len} bytes: use at least {} random ones",
    Keyed::SHORTEST_SECRET
)]
#[non_exhaustive]
pub struct SecretError {
    /// How many bytes it has.
    pub len: usize,
}

impl KeyScheme for Keyed {
    fn key(&self, source: &KeySource<'_>) -> Key {
        let mut preimage = Preimage::new(self.mac.clone());
        preimage.source(source);
        Key::from_digest(preimage.finish().first_chunk::<16>().unwrap_or(&[0; 16]))
    }

    fn separates_experiments(&self) -> bool {
        true
    }
}

impl Hash for Hmac<Sha256> {
    type Output = [u8; 32];

    fn absorb(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }

    fn finish(mut self, buffer: &mut [u8; BUFFER], len: usize) -> Self::Output {
        self.absorb(buffer.get(..len).unwrap_or_default());
        self.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Keyed").finish_non_exhaustive()
    }
}
