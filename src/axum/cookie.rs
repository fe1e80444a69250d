//! Cookies: read from a request, signed, and written for a response.

use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::SecretError;
use crate::signed_text::SignedText;

const PURPOSE: &[u8] = b"variate identity cookie\0";
/// Longer than any cookie of ours.
const LONGEST: usize = 512;

/// The values of the cookies of this name, in the order in which the client sent them.
pub(super) fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .filter(move |(found, _)| found.trim() == name)
        .map(|(_, value)| value.trim())
}

/// Whether a browser takes it as the name of a cookie: a token of RFC 6265.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(fits)
}

/// Whether it is a host name, as the attribute `Domain` takes it.
pub(super) fn is_domain(domain: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(fits);
    domain.split('.').all(is_label)
}

/// Signs ids, and knows those that it signed, or that a former secret did.
#[derive(Clone)]
pub(super) struct Signer {
    current: SignedText,
    former: Vec<SignedText>,
}

/// An id out of a cookie.
pub(super) struct SignedId {
    pub(super) id: String,
    /// Whether it is signed with a former secret.
    pub(super) is_former: bool,
}

impl Signer {
    pub(super) fn new(secret: &[u8]) -> Result<Self, SecretError> {
        Ok(Self {
            current: SignedText::new(secret, PURPOSE, LONGEST)?,
            former: Vec::new(),
        })
    }

    pub(super) fn add_former(&mut self, secret: &[u8]) -> Result<(), SecretError> {
        self.former.push(SignedText::new(secret, PURPOSE, LONGEST)?);
        Ok(())
    }

    pub(super) fn sign(&self, id: &str) -> String {
        self.current.write([id])
    }

    pub(super) fn read(&self, value: &str) -> Option<SignedId> {
        let one = |signed: &SignedText| {
            let [id] = <[String; 1]>::try_from(signed.read(value).ok()?).ok()?;
            Some(id)
        };
        if let Some(id) = one(&self.current) {
            return Some(SignedId {
                id,
                is_former: false,
            });
        }
        let id = self.former.iter().find_map(one)?;
        Some(SignedId {
            id,
            is_former: true,
        })
    }
}

/// How cookies are set: for the whole site, out of reach of its scripts.
#[derive(Debug, Clone)]
pub(super) struct Attributes {
    pub(super) lifetime: Duration,
    pub(super) domain: Option<Box<str>>,
    pub(super) secure: bool,
}

impl Attributes {
    /// A header `Set-Cookie` for a cookie that stays.
    pub(super) fn set(&self, name: &str, value: &str) -> Option<HeaderValue> {
        self.write(name, value, Some(self.lifetime))
    }

    /// A header `Set-Cookie` for a cookie that the browser forgets when it is closed.
    pub(super) fn set_for_session(&self, name: &str, value: &str) -> Option<HeaderValue> {
        self.write(name, value, None)
    }

    /// A header `Set-Cookie` that deletes.
    pub(super) fn delete(&self, name: &str) -> Option<HeaderValue> {
        self.write(name, "", Some(Duration::ZERO))
    }

    fn write(&self, name: &str, value: &str, lifetime: Option<Duration>) -> Option<HeaderValue> {
        let mut cookie = format!("{name}={value}; Path=/");
        if let Some(domain) = &self.domain {
            cookie.push_str("; Domain=");
            cookie.push_str(domain);
        }
        if let Some(lifetime) = lifetime {
            cookie.push_str("; Max-Age=");
            cookie.push_str(&lifetime.as_secs().to_string());
        }
        cookie.push_str("; HttpOnly");
        if self.secure {
            cookie.push_str("; Secure");
        }
        cookie.push_str("; SameSite=Lax");
        HeaderValue::try_from(cookie).ok()
    }
}
