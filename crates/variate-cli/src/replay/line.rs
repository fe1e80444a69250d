//! One line of an access log.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::SystemTime;

/// The fields of a line in the common or the combined format of Apache and nginx.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) ip: &'a str,
    pub(super) user: Option<&'a str>,
    pub(super) at: SystemTime,
    pub(super) method: Cow<'a, str>,
    /// Decoded.
    pub(super) path: String,
    query: String,
    pub(super) status: u16,
    pub(super) referer: Option<Cow<'a, str>>,
    /// `-` where the client says nothing; the common format has none.
    pub(super) user_agent: Option<Cow<'a, str>>,
}

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum LineError {
    #[error("it is not in the common or combined format: no {0}")]
    Format(&'static str),
    #[error("`{0}` is no time as in `21/Nov/2026:12:00:00 +0000`")]
    Time(String),
    #[error("it is longer than {0} bytes")]
    Length(usize),
}

impl<'a> Line<'a> {
    /// `None` where a line has no request of HTTP.
    pub(super) fn parse(line: &'a str) -> Result<Option<Self>, LineError> {
        let none = |what| LineError::Format(what);
        let (ip, rest) = address(line).ok_or(none("address"))?;
        // The user's name may have spaces.
        let (user, rest) = rest.split_once(" [").ok_or(none("time"))?;
        let user = user.split_once(' ').map_or(user, |(_identity, user)| user);
        let (time, rest) = rest.split_once("] \"").ok_or(none("time"))?;
        let (request, rest) = quoted(rest).ok_or(none("request"))?;
        let mut words = rest.trim_start().splitn(3, ' ');
        let status = words.next().and_then(|status| status.parse().ok());
        let status = status.ok_or(none("status"))?;
        let _bytes = words.next().ok_or(none("number of bytes"))?;
        let mut referer = None;
        let mut user_agent = None;
        if let Some(rest) = words.next().and_then(|rest| rest.strip_prefix('"')) {
            let (text, rest) = quoted(rest).ok_or(none("referer"))?;
            referer = Some(text).filter(|text| text != "-");
            if let Some(rest) = rest.trim_start().strip_prefix('"') {
                let (text, _) = quoted(rest).ok_or(none("user agent"))?;
                user_agent = Some(text);
            }
        }
        let at = jiff::Timestamp::strptime("%d/%b/%Y:%H:%M:%S %z", time);
        let at = at.map_err(|_| LineError::Time(time.to_owned()))?.into();
        let mut words = request.split(' ');
        let (Some(method), Some(target), Some(_version)) =
            (words.next(), words.next(), words.next())
        else {
            return Ok(None);
        };
        // Proxies are asked for whole addresses.
        let target = match target.split_once("://") {
            Some((_, rest)) if !target.starts_with('/') => {
                rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
            }
            _ => target,
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Some(Self {
            ip,
            user: Some(user).filter(|user| *user != "-"),
            at,
            method: Cow::Owned(method.to_owned()),
            path: decoded(path, false),
            query: query.to_owned(),
            status,
            referer,
            user_agent,
        }))
    }

    /// The first value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (of, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(of, true) == name).then(|| decoded(value, true))
        })
    }
}

/// The client's address, and what follows it. Apache's `vhost_combined` has the host, mostly with a port, before it.
fn address(line: &str) -> Option<(&str, &str)> {
    let (first, rest) = line.split_once(' ')?;
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    let has_port = first.rsplit_once(':').is_some_and(|(_, port)| {
        !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit())
    });
    let (second, behind) = rest.split_once(' ')?;
    if !is_address(first) && (has_port || is_address(second)) {
        return (second != "-").then_some((second, behind));
    }
    Some((first, rest))
}

/// What stands before the closing quotation mark, and what follows it.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut is_escaped = false;
    let end = text.find(|char| {
        let is_end = char == '"' && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        is_end
    })?;
    let (inside, rest) = text.split_at_checked(end)?;
    let rest = rest.strip_prefix('"')?;
    if !inside.contains('\\') {
        return Some((Cow::Borrowed(inside), rest));
    }
    let mut bytes = Vec::with_capacity(inside.len());
    let mut left = inside.as_bytes();
    while let Some((&byte, after)) = left.split_first() {
        left = after;
        match (byte, after) {
            (b'\\', [b'x', high, low, after @ ..]) if hex(*high, *low).is_some() => {
                bytes.extend(hex(*high, *low));
                left = after;
            }
            (b'\\', [next, after @ ..]) => {
                bytes.push(*next);
                left = after;
            }
            _ => bytes.push(byte),
        }
    }
    Some((
        Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        rest,
    ))
}

/// The text of an address' part.
fn decoded(text: &str, is_query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    while let Some((&byte, after)) = left.split_first() {
        left = after;
        match (byte, after) {
            (b'%', [high, low, after @ ..]) if hex(*high, *low).is_some() => {
                bytes.extend(hex(*high, *low));
                left = after;
            }
            (b'+', _) if is_query => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    const COMBINED: &str = r#"203.0.113.9 - ann lee [21/Nov/2026:13:00:00 +0100] "GET /pills/gr%C3%B6%C3%9Fe?pill=light+red&pill=blue HTTP/1.1" 200 512 "https://shop.example/?a=\"b\"" "Mozilla/5.0 (X\x2d\\)""#;

    #[test]
    fn the_fields_of_a_combined_line_are_read() {
        let line = Line::parse(COMBINED).unwrap().unwrap();
        assert_eq!((line.ip, line.user), ("203.0.113.9", Some("ann lee")));
        let noon: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        assert_eq!(line.at, SystemTime::from(noon));
        assert_eq!((&*line.method, line.status), ("GET", 200));
        assert_eq!(line.path, "/pills/größe");
        assert_eq!(line.parameter("pill").as_deref(), Some("light red"));
        assert_eq!(line.parameter("other"), None);
        let referer = line.referer.unwrap();
        assert_eq!(referer, r#"https://shop.example/?a="b""#);
        assert_eq!(line.user_agent.unwrap(), r"Mozilla/5.0 (X-\)");
    }

    #[test]
    fn the_host_of_vhost_combined_is_no_address() {
        let rest = r#"[21/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-""#;
        for (start, ip) in [
            ("shop.example:443 10.1.1.9 - -", "10.1.1.9"),
            ("shop.example 2001:db8::9 - ann", "2001:db8::9"),
            ("10.0.0.1:443 client.example - -", "client.example"),
            ("client.example - -", "client.example"),
            ("2001:db8::443 - -", "2001:db8::443"),
        ] {
            let line = format!("{start} {rest}");
            assert_eq!(Line::parse(&line).unwrap().unwrap().ip, ip);
        }
        let error = Line::parse(&format!("shop.example:443 - - {rest}")).unwrap_err();
        assert_eq!(error, LineError::Format("address"));
    }

    #[test]
    fn a_line_of_the_common_format_has_no_user_agent() {
        let line = r#"::1 - - [21/Nov/2026:12:00:00 +0000] "GET http://shop.example/a?b=c HTTP/1.0" 304 -"#;
        let line = Line::parse(line).unwrap().unwrap();
        assert_eq!((line.user, &*line.path), (None, "/a"));
        assert_eq!(line.parameter("b").as_deref(), Some("c"));
        assert!(line.user_agent.is_none() && line.referer.is_none());
    }

    #[test]
    fn what_is_no_request_is_none_and_what_is_no_line_is_told() {
        for request in ["-", "", r"\x16\x03\x01", "GET /"] {
            let line = format!(r#"::1 - - [21/Nov/2026:12:00:00 +0000] "{request}" 400 0 "-" "-""#);
            assert!(Line::parse(&line).unwrap().is_none(), "{request}");
        }
        let error = |line: &str| Line::parse(line).unwrap_err().to_string();
        assert!(error("nothing").contains("no address"));
        assert!(error("::1 - - nothing").contains("no time"));
        let line = r#"::1 - - [31/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 1"#;
        assert!(error(line).contains("`31/Nov/2026:12:00:00 +0000` is no time"));
        let line = r#"::1 - - [30/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1"#;
        assert!(error(line).contains("no request"));
        let line = r#"::1 - - [30/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" x 1"#;
        assert!(error(line).contains("no status"));
    }
}
