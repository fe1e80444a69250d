//! Texts that travel through a browser and come back unchanged, or not at all.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Keyed, SecretError};

/// How many bytes of the signature a token carries.
const SIGNATURE: usize = 16;
const VERSION: &str = "v1";

/// Writes and reads tokens `v1.part.part.signature`: parts percent-encoded, signature in hexadecimal.
#[derive(Clone)]
pub(crate) struct SignedText {
    mac: Hmac<Sha256>,
    /// Signed in front of each token, so that no token passes for one of another kind.
    purpose: &'static [u8],
    longest: usize,
}

/// Why a token cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Malformed,
    Forged,
}

impl SignedText {
    pub(crate) fn new(
        secret: &[u8],
        purpose: &'static [u8],
        longest: usize,
    ) -> Result<Self, SecretError> {
        let too_short = SecretError { len: secret.len() };
        if secret.len() < Keyed::SHORTEST_SECRET {
            return Err(too_short);
        }
        let mac = Hmac::new_from_slice(secret).map_err(|_| too_short)?;
        Ok(Self {
            mac,
            purpose,
            longest,
        })
    }

    pub(crate) fn write<'p>(&self, parts: impl IntoIterator<Item = &'p str>) -> String {
        let mut token = VERSION.to_owned();
        for part in parts {
            token.push('.');
            encode(part, &mut token);
        }
        let signature = self.signed(&token).finalize().into_bytes();
        token.push('.');
        token.push_str(&hex::encode(signature.get(..SIGNATURE).unwrap_or_default()));
        token
    }

    /// The parts of a token, once its signature is verified.
    pub(crate) fn read(&self, token: &str) -> Result<Vec<String>, Unreadable> {
        if token.len() > self.longest {
            return Err(Unreadable::Malformed);
        }
        let (text, signature) = token.rsplit_once('.').ok_or(Unreadable::Malformed)?;
        let signature = hex::decode(signature).map_err(|_| Unreadable::Malformed)?;
        if signature.len() != SIGNATURE {
            return Err(Unreadable::Malformed);
        }
        self.signed(text)
            .verify_truncated_left(&signature)
            .map_err(|_| Unreadable::Forged)?;
        let mut parts = text.split('.');
        if parts.next() != Some(VERSION) {
            return Err(Unreadable::Malformed);
        }
        parts.map(decode).collect()
    }

    fn signed(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(self.purpose);
        mac.update(text.as_bytes());
        mac
    }
}

/// Letters, digits and `_` stay; every other byte becomes `-` and two hexadecimal digits, so that
/// neither a URL, nor a form, nor a header changes it.
fn encode(part: &str, text: &mut String) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            text.push(char::from(byte));
        } else {
            // Writing into a `String` cannot fail.
            let _ = write!(text, "-{byte:02x}");
        }
    }
}

fn decode(text: &str) -> Result<String, Unreadable> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        if *first == b'-' {
            let (digits, others) = rest.split_first_chunk::<2>().ok_or(Unreadable::Malformed)?;
            let byte = hex::decode(digits).map_err(|_| Unreadable::Malformed)?;
            bytes.extend(byte);
            rest = others;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).map_err(|_| Unreadable::Malformed)
}
