//! A real listener.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use variate_collector::http::{Routes, Server};
use variate_collector::{EventStore, MemoryStore};

use super::{Mood, TestStore, collector, keys};

struct Running {
    address: SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

async fn run(routes: Routes, settings: impl FnOnce(Server) -> Server) -> Running {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel();
    let server = settings(Server::new(routes.router()));
    let serving = tokio::spawn(server.serve(listener, async { drop(ended.await) }));
    Running {
        address,
        end,
        serving,
    }
}

fn routes(store: impl EventStore + 'static) -> Routes {
    Routes::new(collector(store)).api_keys(keys())
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// All that comes back for some bytes, until the server closes.
    async fn told(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        rest(&mut stream).await
    }

    async fn end(self) {
        drop(self.end);
        self.serving.await.unwrap();
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

fn request(rest: &str) -> String {
    format!("GET /track?experiment=e&variant=v&event=g&{rest} HTTP/1.1\r\nhost: a\r\n")
}

#[tokio::test]
async fn raw_bytes_are_answered() {
    let server = run(routes(MemoryStore::new()), |server| server).await;
    let answer = server
        .told(request("uuid=1") + "connection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.contains("access-control-allow-origin: *\r\n") && answer.ends_with("\r\n\r\nnull"),
        "{answer}"
    );
    // Several on one connection, one behind the other.
    let two = request("uuid=2") + "\r\n" + &request("uuid=3") + "connection: close\r\n\r\n";
    assert_eq!(server.told(two).await.matches("\r\n\r\nnull").count(), 2);
    for nonsense in ["\0\0\0\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"] {
        let answer = server.told(nonsense).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
    server.end().await;
}

#[tokio::test]
async fn who_sends_the_head_too_slowly_is_hung_up_on() {
    let server = run(routes(MemoryStore::new()), |server| {
        server.head_timeout(Duration::from_millis(50))
    })
    .await;
    for begun in [
        "",
        "GET /track?experiment=e HTT",
        "GET /healthz HTTP/1.1\r\nhost: a\r\nx-a: ",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer}"
        );
    }
    server.end().await;
}

#[tokio::test]
async fn who_sends_the_body_too_slowly_is_told() {
    let server = run(
        routes(MemoryStore::new()).timeout(Duration::from_millis(50)),
        |server| server,
    )
    .await;
    let answer = server.told("POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\nconnection: close\r\n\r\n[").await;
    assert!(
        answer.starts_with("HTTP/1.1 408 ")
            && answer.contains("the body did not come within 0.05 s"),
        "{answer}"
    );
    server.end().await;
}

#[tokio::test]
async fn who_hangs_up_in_the_middle_of_a_body_harms_nobody() {
    let server = run(routes(MemoryStore::new()), |server| server).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n[")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    let answer = server
        .told(request("uuid=1") + "connection: close\r\n\r\n")
        .await;
    assert!(answer.ends_with("null"), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn one_connection_too_many_is_told_and_there_is_room_again_when_one_ends() {
    let server = run(routes(MemoryStore::new()), |server| {
        server.most_connections(2)
    })
    .await;
    let (mut first, second) = (server.connect().await, server.connect().await);
    // It is served, not only in the queue.
    first
        .write_all((request("uuid=1") + "\r\n").as_bytes())
        .await
        .unwrap();
    first.readable().await.unwrap();
    let answer = server.told("").await;
    assert!(
        answer.starts_with("HTTP/1.1 503 ")
            && answer.contains("access-control-allow-origin: *\r\n"),
        "{answer}"
    );
    assert!(
        answer.ends_with(r#"{"message":"too many connections; try again later"}"#),
        "{answer}"
    );
    let length = answer
        .split_once("content-length: ")
        .unwrap()
        .1
        .split_once('\r')
        .unwrap()
        .0;
    assert_eq!(
        length.parse::<usize>().unwrap(),
        answer.split_once("\r\n\r\n").unwrap().1.len()
    );
    drop((first, second));
    loop {
        let answer = server
            .told(request("uuid=2") + "connection: close\r\n\r\n")
            .await;
        if answer.starts_with("HTTP/1.1 200 ") {
            break;
        }
    }
    server.end().await;
}

#[tokio::test]
async fn the_end_finishes_what_was_begun_and_loses_nothing() {
    let store = TestStore::default();
    let inner = store.inner.clone();
    let collector = collector(store.store());
    let server = run(Routes::new(collector.clone()), |server| server).await;
    store.becomes(Mood::Hanging);
    // One is counted at the end, one has said nothing yet, one is between two requests.
    let mut begun = server.connect().await;
    begun
        .write_all((request("uuid=1") + "\r\n").as_bytes())
        .await
        .unwrap();
    let mut silent = server.connect().await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut some = [0; 12];
    idle.read_exact(&mut some).await.unwrap();
    assert_eq!(&some, b"HTTP/1.1 200");
    store.hangs().await;
    let Running {
        address,
        end,
        serving,
    } = server;
    drop(end);
    assert_eq!(rest(&mut silent).await, "");
    assert!(rest(&mut idle).await.ends_with(r#"{"status":"ok"}"#));
    assert!(!serving.is_finished());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    store.becomes(Mood::Well);
    let answer = rest(&mut begun).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("null"),
        "{answer}"
    );
    serving.await.unwrap();
    tokio::task::spawn_blocking(move || collector.close())
        .await
        .unwrap();
    assert_eq!(
        inner.tallies("alephbet", "e").unwrap().unwrap().cells[0]
            .total
            .counted
            .units,
        1
    );
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let store = TestStore::default();
    let server = run(routes(store.store()), |server| {
        server.end_timeout(Duration::from_millis(50))
    })
    .await;
    store.becomes(Mood::Hanging);
    let mut begun = server.connect().await;
    begun
        .write_all((request("uuid=1") + "\r\n").as_bytes())
        .await
        .unwrap();
    store.hangs().await;
    server.end().await;
    store.becomes(Mood::Well);
}

/// Who writes all of a request before reading anything still finds the answer there.
#[tokio::test]
async fn who_sends_more_than_allowed_reads_why() {
    let server = run(routes(MemoryStore::new()).body_bytes(1_000), |server| {
        server
    })
    .await;
    let mut stream = server.connect().await;
    let length = 9_000_000;
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; length]).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_body_that_does_not_come() {
    let server = run(routes(MemoryStore::new()), |server| server).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n[")
        .await
        .unwrap();
    // It is being served once the other, which came later, is answered.
    let answer = server
        .told(request("uuid=1") + "connection: close\r\n\r\n")
        .await;
    assert!(answer.ends_with("null"), "{answer}");
    server.end().await;
    let answer = rest(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 503 ") && answer.contains("the collector is shutting down"),
        "{answer}"
    );
}
