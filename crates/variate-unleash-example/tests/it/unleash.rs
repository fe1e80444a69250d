//! A stand-in of Unleash's client API on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Seen {
    features: usize,
    metrics: Vec<Value>,
    secrets: Vec<String>,
}

pub(crate) struct Unleash {
    address: SocketAddr,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Unleash {
    pub(crate) fn start(features: &Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new((Mutex::default(), Condvar::new()));
        let shared = Arc::clone(&seen);
        let features = features.to_string();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                answer(connection.unwrap(), &features, &shared);
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// Waits until the flags were asked for this often: at the second time the first answer is in use.
    pub(crate) fn await_features(&self, times: usize) {
        self.wait(|seen| (seen.features >= times).then_some(()));
    }

    /// Waits for metrics like these.
    pub(crate) fn await_metrics(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait(|seen| seen.metrics.iter().find(|metrics| wanted(metrics)).cloned())
    }

    /// What requests came with as authorization.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.seen.0.lock().unwrap().secrets.clone()
    }

    fn wait<R>(&self, ready: impl Fn(&Seen) -> Option<R>) -> R {
        let (seen, changed) = &*self.seen;
        let (seen, _) = changed
            .wait_timeout_while(seen.lock().unwrap(), PATIENCE, |seen| ready(seen).is_none())
            .unwrap();
        ready(&seen).unwrap()
    }
}

fn answer(mut connection: TcpStream, features: &str, seen: &(Mutex<Seen>, Condvar)) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let mut headers = head.iter().filter_map(|line| line.split_once(':'));
        let found = headers.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (status, answer) = {
        let mut seen = seen.0.lock().unwrap();
        seen.secrets.extend(header("authorization"));
        let path = head[0].split(' ').nth(1).unwrap();
        match path.split('?').next().unwrap() {
            "/api/client/register" => (202, "{}"),
            "/api/client/features" => {
                seen.features += 1;
                (200, features)
            }
            "/api/client/metrics" => {
                seen.metrics.push(serde_json::from_slice(&body).unwrap());
                (202, "{}")
            }
            _ => (404, "{}"),
        }
    };
    seen.1.notify_all();
    let length = answer.len();
    let _ = write!(
        connection,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
    );
}
