//! Who is logged in: a signed cookie, and in each form a token that only a page of the same session has.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::ended::Ended;

const NAME: &str = "variate_session";

/// How long somebody stays logged in, in milliseconds: a working day.
const LASTS: u64 = 12 * 60 * 60 * 1_000;

pub(super) type Short = [u8; 16];

/// Signs sessions: who has no part in the secret can neither make nor change one.
pub(in crate::http) struct Sessions {
    signing: Hmac<Sha256>,
    ended: Ended,
}

/// A session, as its cookie says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session {
    nonce: Short,
    /// When it ends, in milliseconds since the Unix epoch.
    expires: u64,
    /// Stands for an API key, which it does not tell; nobody is logged in without.
    pub(super) ticket: Option<Short>,
}

impl Sessions {
    pub(in crate::http) fn new(secret: &[u8]) -> Self {
        let mut key = [0; 64];
        for (to, from) in key.iter_mut().zip(Sha256::digest(secret)) {
            *to = from;
        }
        Self {
            signing: Hmac::new(&key.into()),
            ended: Ended::default(),
        }
    }

    /// The signature of a text for a purpose.
    fn sign(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        let mut mac = self.signing.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// What stands for an API key with this hash.
    pub(super) fn ticket(&self, hash: &[u8; 32]) -> Short {
        let signed = self.sign("key", hash);
        signed.first_chunk().copied().unwrap_or_default()
    }

    /// A new one.
    pub(super) fn begin(now: u64, ticket: Option<Short>) -> Session {
        Session {
            nonce: rand::random(),
            expires: now.saturating_add(LASTS),
            ticket,
        }
    }

    /// What forms of a session bring along.
    pub(super) fn token(&self, session: &Session) -> String {
        hex::encode(self.sign("form", &session.nonce))
    }

    /// Whether a form comes from a page of this session.
    pub(super) fn is_token(&self, session: &Session, text: &str) -> bool {
        self.token(session).as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// Nobody gets in by this one any more, as far as this process is asked.
    pub(super) fn end(&self, session: &Session, now: u64) {
        self.ended.add(session.nonce, session.expires, now);
    }

    /// The session that a request's cookie is of, if it is a valid one.
    pub(super) fn read(&self, headers: &HeaderMap, now: u64) -> Option<Session> {
        let cookies = headers.get_all(COOKIE).iter();
        let pairs = cookies
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'));
        let mut values = pairs.filter_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='));
        // Another page of this host may have set one by this name.
        values.find_map(|value| self.open(value, now))
    }

    fn open(&self, value: &str, now: u64) -> Option<Session> {
        let (text, signature) = value.rsplit_once('.')?;
        let signed = hex::encode(self.sign("session", text.as_bytes()));
        if !bool::from(signed.as_bytes().ct_eq(signature.as_bytes())) {
            return None;
        }
        let mut parts = text.split('.');
        let expires = u64::from_str_radix(parts.next()?, 16).ok()?;
        let nonce = short(parts.next()?)?;
        let ticket = match parts.next()? {
            "" => None,
            text => Some(short(text)?),
        };
        let lasts = now < expires && !self.ended.has(nonce, expires);
        lasts.then_some(Session {
            nonce,
            expires,
            ticket,
        })
    }

    /// The header that keeps a session in a browser.
    pub(super) fn cookie(&self, session: &Session, is_secure: bool) -> HeaderValue {
        let nonce = hex::encode(session.nonce);
        let ticket = session.ticket.map(hex::encode).unwrap_or_default();
        let text = format!("{:x}.{nonce}.{ticket}", session.expires);
        let signature = hex::encode(self.sign("session", text.as_bytes()));
        header(&format!("{text}.{signature}"), LASTS / 1_000, is_secure)
    }

    /// The header that makes a browser forget it.
    pub(super) fn no_cookie(is_secure: bool) -> HeaderValue {
        header("", 0, is_secure)
    }
}

fn header(value: &str, seconds: u64, is_secure: bool) -> HeaderValue {
    let secure = if is_secure { "; Secure" } else { "" };
    let text =
        format!("{NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

fn short(text: &str) -> Option<Short> {
    let mut bytes = Short::default();
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]
mod tests {
    use super::*;

    fn sent(cookie: &HeaderValue) -> HeaderMap {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("a=b; {pair}; c=d").parse().unwrap());
        headers
    }

    #[test]
    fn a_session_is_read_as_it_was_begun_until_it_ends() {
        let sessions = Sessions::new(b"secret");
        for ticket in [None, Some([7; 16])] {
            let session = Sessions::begin(1_000, ticket);
            let headers = sent(&sessions.cookie(&session, false));
            assert_eq!(sessions.read(&headers, 1_000), Some(session));
            assert_eq!(sessions.read(&headers, 999 + LASTS), Some(session));
            assert_eq!(sessions.read(&headers, 1_000 + LASTS), None);
            assert_eq!(Sessions::new(b"other").read(&headers, 1_000), None);
        }
    }

    #[test]
    fn who_ended_a_session_is_out_and_nobody_else() {
        let sessions = Sessions::new(b"secret");
        let [mine, other] = [(); 2].map(|()| Sessions::begin(1_000, Some([7; 16])));
        sessions.end(&mine, 1_000);
        let read = |session| sessions.read(&sent(&sessions.cookie(session, false)), 1_000);
        assert_eq!(read(&mine), None);
        assert_eq!(read(&other), Some(other));
    }

    #[test]
    fn no_byte_of_a_cookie_can_be_changed() {
        let sessions = Sessions::new(b"secret");
        let session = Sessions::begin(1_000, Some([7; 16]));
        let cookie = sessions.cookie(&session, true);
        let text = cookie.to_str().unwrap();
        assert!(text.ends_with("; HttpOnly; SameSite=Strict; Secure"));
        let value = text.split(['=', ';']).nth(1).unwrap();
        for at in 0..value.len() {
            let mut changed = value.as_bytes().to_vec();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(sessions.open(&changed, 1_000), None, "{changed}");
        }
        assert_eq!(sessions.open("", 1_000), None);
    }

    #[test]
    fn a_token_is_of_one_session() {
        let sessions = Sessions::new(b"secret");
        let (one, other) = (Sessions::begin(0, None), Sessions::begin(0, None));
        assert!(sessions.is_token(&one, &sessions.token(&one)));
        assert!(!sessions.is_token(&one, &sessions.token(&other)));
        assert!(!sessions.is_token(&one, ""));
    }
}
