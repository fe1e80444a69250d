use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// For each of connecting, asking and being answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `redis://user:password@host:6379/0` says.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    is_encrypted: bool,
    user: Option<String>,
    password: Option<String>,
    /// With its port.
    host: String,
}

/// Asks the server; the answer is for people and has no password in it.
pub(super) fn ping(address: &str) -> Result<String, String> {
    let address = Address::parse(&crate::store_url::as_redis(address))?;
    let host = &address.host;
    let place = |error: std::io::Error| format!("{host}: {error}");
    let mut found = host.to_socket_addrs().map_err(place)?;
    let socket = found
        .next()
        .ok_or_else(|| format!("{host} has no address"))?;
    let connection = TcpStream::connect_timeout(&socket, PATIENCE).map_err(place)?;
    if address.is_encrypted {
        return Ok(format!(
            "{host} takes connections; what is said over TLS is not tried from here"
        ));
    }
    let ask = || {
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        let mut input = BufReader::new(&connection);
        let mut answer = String::new();
        for command in address.commands() {
            (&connection).write_all(command.as_bytes())?;
            answer.clear();
            input.read_line(&mut answer)?;
            if answer.starts_with('-') {
                break;
            }
        }
        Ok(answer)
    };
    let answer: String = ask().map_err(place)?;
    match answer.trim_end() {
        "+PONG" => Ok(format!("{host} answers PING")),
        "" => Err(format!("{host} closes the connection")),
        other => Err(format!("{host}: {}", other.trim_start_matches('-'))),
    }
}

impl Address {
    fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("the address has no scheme")?;
        let is_encrypted = match scheme {
            "redis" => false,
            "rediss" => true,
            // The rest may have a password.
            other => return Err(format!("`{other}://` is no store that a function can use")),
        };
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (credentials, host) = match rest.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, rest),
        };
        let (user, password) =
            match credentials.map(|pair| pair.split_once(':').unwrap_or((pair, ""))) {
                Some((user, password)) => (Some(decoded(user)), Some(decoded(password))),
                None => (None, None),
            };
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
        Ok(Self {
            is_encrypted,
            user: user.filter(|user| !user.is_empty()),
            password: password.filter(|password| !password.is_empty()),
            host: if has_port {
                host.to_owned()
            } else {
                format!("{host}:6379")
            },
        })
    }

    /// What is sent, in turn.
    fn commands(&self) -> Vec<String> {
        let mut commands = Vec::new();
        if let Some(password) = &self.password {
            let mut words = vec!["AUTH"];
            words.extend(self.user.as_deref());
            words.push(password);
            commands.push(command(&words));
        }
        commands.push(command(&["PING"]));
        commands
    }
}

fn command(words: &[&str]) -> String {
    let mut text = format!("*{}\r\n", words.len());
    for word in words {
        // Writing into a `String` cannot fail.
        let _ = write!(text, "${}\r\n{word}\r\n", word.len());
    }
    text
}

/// Without percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex
            .filter(|_| byte == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            Some(meant) => {
                bytes.push(meant);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_all_that_they_may_have() {
        let parsed = Address::parse("rediss://ann:p%40ss%3A@[::1]:7000/2?x=1");
        let expected = Address {
            is_encrypted: true,
            user: Some("ann".to_owned()),
            password: Some("p@ss:".to_owned()),
            host: "[::1]:7000".to_owned(),
        };
        assert_eq!(parsed, Ok(expected));
        let parsed = Address::parse("redis://:secret@cache");
        let expected = Address {
            is_encrypted: false,
            user: None,
            password: Some("secret".to_owned()),
            host: "cache:6379".to_owned(),
        };
        let commands = expected.commands();
        assert_eq!(parsed, Ok(expected));
        let sent = "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n";
        assert_eq!(commands.first().map(String::as_str), Some(sent));
        assert!(Address::parse("dir:/var/lib/variate").is_err());
    }
}
