use std::time::{Duration, SystemTime};

use crate::Variant;
use crate::signed_text::{SignedText, Unreadable};

pub(super) const PURPOSE: &[u8] = b"variate forced assignment\0";
/// Longer than any token: two names of 255 bytes, each byte as three.
pub(super) const LONGEST: usize = 2_048;

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

impl From<Unreadable> for TokenError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Malformed => Self::Malformed,
            Unreadable::Forged => Self::Forged,
        }
    }
}

/// `v1.experiment.variant.seconds.signature`.
pub(super) fn write(
    signed: &SignedText,
    experiment: &str,
    variant: &str,
    expires: SystemTime,
) -> String {
    let seconds = expires
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    signed.write([experiment, variant, &seconds.to_string()])
}

pub(super) fn read(
    signed: &SignedText,
    token: &str,
    now: SystemTime,
) -> Result<(Box<str>, Variant), TokenError> {
    let parts: [String; 3] = signed
        .read(token)?
        .try_into()
        .map_err(|_| TokenError::Malformed)?;
    let [experiment, variant, seconds] = parts;
    let expires = seconds
        .parse()
        .ok()
        .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
        .ok_or(TokenError::Malformed)?;
    let experiment = experiment.into_boxed_str();
    if now >= expires {
        return Err(TokenError::Expired { experiment });
    }
    Ok((experiment, variant.into()))
}
