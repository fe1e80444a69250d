//! Addresses of Postgres, with what the crate `postgres` does not read of libpq's. This file stands in variate-goals and in
//! variate-warehouse alike, as does `tls.rs`; a test holds them together.

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use postgres::Config;
use postgres::config::{SslMode, SslNegotiation};

/// How long to wait for the server, where the address does not say.
const CONNECT: Duration = Duration::from_secs(10);

/// What an address says.
pub(crate) struct Address {
    pub(crate) config: Config,
    /// Whether only an encrypted connection will do.
    pub(crate) is_encrypted: bool,
    /// The file with the certificates that are trusted, in place of the system's.
    pub(crate) root_certificates: Option<String>,
}

impl Address {
    /// Reads `postgresql://USER@HOST/DATABASE?NAME=VALUE` or `host=HOST NAME=VALUE`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let own = Own::take_from(text);
        let mut config: Config = own.rest.parse().map_err(|error| told(&error))?;
        // Whatever else became of the address: who asked for TLS never gets a plain connection.
        if own.is_encrypted {
            config.ssl_mode(SslMode::Require);
        }
        let is_encrypted = config.get_ssl_mode() == SslMode::Require;
        if !is_encrypted {
            let direct = config.get_ssl_negotiation() == SslNegotiation::Direct;
            let unused = own.root_certificates.as_ref().map(|_| "sslrootcert");
            if let Some(option) = unused.or(direct.then_some("sslnegotiation")) {
                return Err(format!(
                    "`{option}` is for encrypted connections: add `sslmode=verify-full`"
                ));
            }
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name("variate");
        }
        Ok(Self {
            config,
            is_encrypted,
            // libpq's word for what is so here anyway.
            root_certificates: own.root_certificates.filter(|path| path != "system"),
        })
    }
}

/// What is read here, and the rest of the address.
#[derive(Default)]
struct Own {
    rest: String,
    is_encrypted: bool,
    root_certificates: Option<String>,
}

impl Own {
    fn take_from(text: &str) -> Self {
        let mut own = Self::default();
        if text.starts_with("postgresql://") || text.starts_with("postgres://") {
            own.take_from_url(text);
        } else {
            own.take_from_settings(text);
        }
        own
    }

    fn take_from_url(&mut self, url: &str) {
        // As in libpq, a user ends at an @ before any slash: a password may have a question mark, a parameter an @.
        let scheme = url.find("//").map_or(0, |at| at + 2);
        let user = url.get(scheme..).and_then(|rest| {
            let end = rest.find(['@', '/'])?;
            rest.get(end..)?.starts_with('@').then_some(end)
        });
        let host = scheme + user.unwrap_or(0);
        let begin = url.get(host..).and_then(|rest| rest.find('?'));
        let Some((before, parameters)) = begin.and_then(|at| url.split_at_checked(host + at))
        else {
            url.clone_into(&mut self.rest);
            return;
        };
        before.clone_into(&mut self.rest);
        let mut mark = '?';
        for parameter in parameters.trim_start_matches('?').split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if !self.takes(name, &percent_decode_str(value).decode_utf8_lossy()) {
                self.rest.push(mark);
                self.rest.push_str(parameter);
                mark = '&';
            }
        }
    }

    fn take_from_settings(&mut self, mut text: &str) {
        while let Some((name, behind)) = text.split_once('=') {
            let (value, behind) = value_of(behind.trim_start());
            if !self.takes(name.trim(), &value) {
                let written = text.len() - behind.len();
                self.rest.push_str(text.get(..written).unwrap_or(text));
                self.rest.push(' ');
            }
            text = behind;
        }
        self.rest.push_str(text);
    }

    fn takes(&mut self, name: &str, value: &str) -> bool {
        match (name, value) {
            ("sslmode", "require" | "verify-ca" | "verify-full") => self.is_encrypted = true,
            ("sslmode", _) => {
                // The last one holds.
                self.is_encrypted = false;
                return false;
            }
            ("sslrootcert", path) => self.root_certificates = Some(path.to_owned()),
            _ => return false,
        }
        true
    }
}

/// A value, quoted or not, and what stands behind it.
fn value_of(text: &str) -> (Cow<'_, str>, &str) {
    let quoted = text.strip_prefix('\'');
    let mut value = String::new();
    let mut rest = quoted.unwrap_or(text).chars();
    loop {
        let behind = rest.as_str();
        match rest.next() {
            Some('\\') => value.extend(rest.next()),
            Some('\'') if quoted.is_some() => return (value.into(), rest.as_str()),
            Some(letter) if quoted.is_none() && letter.is_whitespace() => {
                return (value.into(), behind);
            }
            Some(letter) => value.push(letter),
            None => return (value.into(), behind),
        }
    }
}

/// What an error says, with what is behind it: that is the reason.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    // That is all rustls says of the most frequent reasons: nobody known, or another one by the name of somebody known.
    if text.ends_with("certificate: UnknownIssuer") || text.ends_with("certificate: BadSignature") {
        text.push_str(" (none that is trusted: `sslrootcert=FILE` in the address names others)");
    }
    text
}
