use std::fmt::Write;
use std::time::{Duration, SystemTime};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::Variant;

/// How many bytes of the signature a token carries.
const SIGNATURE: usize = 16;
const VERSION: &str = "v1";
/// Longer than any token: two names of 255 bytes, each byte as three.
const LONGEST: usize = 2_048;

/// Why a token forces nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not of the form that [`Forcing::token`](crate::Forcing::token) writes.
    #[error("the token is malformed: make one with `Forcing::token`")]
    Malformed,
    /// Its signature is not that of this secret.
    #[error("the token is not signed with this secret")]
    Forged,
    /// Its time is over.
    #[error("the token for `{experiment}` has expired: make a new one")]
    Expired {
        /// The experiment.
        experiment: Box<str>,
    },
    /// The configuration has no [`Forcing`](crate::Forcing).
    #[error("this configuration does not allow forced assignments: give it a `Forcing`")]
    NotAllowed,
}

/// `v1.experiment.variant.seconds.signature`, names percent-encoded, signature in hexadecimal.
pub(super) fn write(
    mac: &Hmac<Sha256>,
    experiment: &str,
    variant: &str,
    expires: SystemTime,
) -> String {
    let seconds = expires
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut token = format!(
        "{VERSION}.{}.{}.{seconds}",
        encode(experiment),
        encode(variant)
    );
    let signature = signed(mac, &token).finalize().into_bytes();
    token.push('.');
    token.push_str(&hex::encode(signature.get(..SIGNATURE).unwrap_or_default()));
    token
}

pub(super) fn read(
    mac: &Hmac<Sha256>,
    token: &str,
    now: SystemTime,
) -> Result<(Box<str>, Variant), TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::Malformed);
    }
    let (text, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let signature = hex::decode(signature).map_err(|_| TokenError::Malformed)?;
    if signature.len() != SIGNATURE {
        return Err(TokenError::Malformed);
    }
    signed(mac, text)
        .verify_truncated_left(&signature)
        .map_err(|_| TokenError::Forged)?;
    let mut parts = text.split('.');
    let (Some(VERSION), Some(experiment), Some(variant), Some(seconds), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return Err(TokenError::Malformed);
    };
    let experiment = decode(experiment)?;
    let expires = seconds
        .parse()
        .ok()
        .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
        .ok_or(TokenError::Malformed)?;
    if now >= expires {
        return Err(TokenError::Expired {
            experiment: experiment.into(),
        });
    }
    Ok((experiment.into(), decode(variant)?.into()))
}

fn signed(mac: &Hmac<Sha256>, text: &str) -> Hmac<Sha256> {
    let mut mac = mac.clone();
    mac.update(b"variate forced assignment\0");
    mac.update(text.as_bytes());
    mac
}

/// Letters, digits, `-` and `_` stay; every other byte becomes `~` and two hexadecimal digits, so
/// that neither a URL nor a header changes it.
fn encode(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            text.push(char::from(byte));
        } else {
            // Writing into a `String` cannot fail.
            let _ = write!(text, "~{byte:02x}");
        }
    }
    text
}

fn decode(text: &str) -> Result<String, TokenError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        if *first == b'~' {
            let (digits, others) = rest.split_first_chunk::<2>().ok_or(TokenError::Malformed)?;
            let byte = hex::decode(digits).map_err(|_| TokenError::Malformed)?;
            bytes.extend(byte);
            rest = others;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).map_err(|_| TokenError::Malformed)
}
