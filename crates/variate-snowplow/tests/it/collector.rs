//! A stand-in of a Snowplow collector on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value;

/// What it was sent.
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) content_type: String,
    pub(crate) body: Value,
}

pub(crate) struct Collector {
    address: SocketAddr,
    requests: Receiver<Request>,
}

impl Collector {
    /// One that answers its requests with these statuses, in order.
    pub(crate) fn answering(statuses: impl IntoIterator<Item = u16> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, requests) = mpsc::channel();
        let statuses: Vec<_> = statuses.into_iter().collect();
        std::thread::spawn(move || {
            for status in statuses {
                let (connection, _) = listener.accept().unwrap();
                let _ = seen.send(answer(connection, status));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request.
    pub(crate) fn request(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(30)).unwrap()
    }
}

fn answer(mut connection: TcpStream, status: u16) -> Request {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let headers = head.iter().filter_map(|line| line.split_once(':'));
        let mut named = headers.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named
            .next()
            .map(|(_, value)| value.trim().to_owned())
            .unwrap()
    };
    let mut body = vec![0; header("content-length").parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    write!(
        connection,
        "HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
    )
    .unwrap();
    Request {
        line: head[0].clone(),
        content_type: header("content-type"),
        body: serde_json::from_slice(&body).unwrap(),
    }
}
