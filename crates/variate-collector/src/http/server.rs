use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tower::ServiceExt;

/// Serves a router over HTTP/1.1 to the open network: with limits on how many connect and how slow they may be, and an
/// end that finishes what was begun.
///
/// [`serve`](Self::serve) shows how.
#[derive(Debug, Clone)]
#[must_use]
pub struct Server {
    router: Router,
    most_connections: usize,
    head_timeout: Duration,
    end_timeout: Duration,
}

/// Whether the server of a request is to end.
#[derive(Clone)]
pub(super) struct Ending(pub(super) watch::Receiver<bool>);

/// How many of those who are too many are told so at once; the others are only hung up on.
const MOST_TURNED_AWAY: usize = 64;

const TURNED_AWAY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/json\r\n\
    access-control-allow-origin: *\r\n\
    cache-control: no-cache, no-store, must-revalidate\r\n\
    retry-after: 1\r\n\
    content-length: 51\r\n\
    connection: close\r\n\r\n\
    {\"message\":\"too many connections; try again later\"}";

impl Server {
    /// Of this router.
    pub fn new(router: Router) -> Self {
        Self {
            router,
            most_connections: 20_000,
            head_timeout: Duration::from_secs(20),
            end_timeout: Duration::from_secs(30),
        }
    }

    /// How many may be connected at once: 20,000. Who comes then gets 503.
    pub fn most_connections(mut self, count: usize) -> Self {
        self.most_connections = count.max(1);
        self
    }

    /// How long the head of a request may take, and how long a connection may be idle: 20 seconds.
    pub fn head_timeout(mut self, longest: Duration) -> Self {
        self.head_timeout = longest;
        self
    }

    /// How long requests that were begun may take once the end has come: 30 seconds. A body of which nothing more comes is waited
    /// for a second.
    pub fn end_timeout(mut self, longest: Duration) -> Self {
        self.end_timeout = longest;
        self
    }

    /// Serves until `end` is there, then takes no more connections and returns when all requests are answered.
    ///
    /// ```
    /// use std::net::Ipv4Addr;
    /// use variate_collector::http::{Routes, Server};
    /// use variate_collector::{Collector, MemoryStore};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let collector = Collector::new(MemoryStore::new())?;
    /// let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    /// let (end, ended) = tokio::sync::oneshot::channel::<()>();
    /// let server = Server::new(Routes::new(collector).router());
    /// let serving = tokio::spawn(server.serve(listener, async { drop(ended.await) }));
    /// // ...
    /// drop(end);
    /// serving.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve(self, listener: TcpListener, end: impl Future<Output = ()>) {
        let connections = Arc::new(Semaphore::new(
            self.most_connections.min(Semaphore::MAX_PERMITS),
        ));
        let turned_away = Arc::new(Semaphore::new(MOST_TURNED_AWAY));
        let (is_ending, ending) = watch::channel(false);
        // Closed when the last connection has dropped its sender.
        let (open, mut all_closed) = mpsc::channel::<Infallible>(1);
        let mut end = std::pin::pin!(end);
        loop {
            let accepted = tokio::select! {
                () = &mut end => break,
                accepted = listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    wait_after(&error).await;
                    continue;
                }
            };
            if let Ok(connection) = Arc::clone(&connections).try_acquire_owned() {
                let (served, open) = (
                    self.clone().connection(stream, peer, ending.clone()),
                    open.clone(),
                );
                tokio::spawn(async move {
                    served.await;
                    drop((connection, open));
                });
            } else if let Ok(place) = Arc::clone(&turned_away).try_acquire_owned() {
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(Duration::from_secs(2), turn_away(stream)).await;
                    drop(place);
                });
            }
        }
        drop((listener, open));
        is_ending.send_replace(true);
        if tokio::time::timeout(self.end_timeout, all_closed.recv())
            .await
            .is_err()
        {
            tracing::warn!(
                "requests were cut off: they took longer than {:?} after the end",
                self.end_timeout
            );
        }
    }

    async fn connection(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        mut ending: watch::Receiver<bool>,
    ) {
        // Where it cannot be set, answers are late and no worse.
        let _ = stream.set_nodelay(true);
        let router = self.router;
        let of_request = Ending(ending.clone());
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(of_request.clone());
            router.clone().oneshot(request)
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.head_timeout);
        let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
        // What goes wrong with a connection is its client's affair.
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = ending.wait_for(|is_ending| *is_ending) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// A connection that failed before it was taken is none; without a file descriptor more, there will be one a little later.
async fn wait_after(error: &io::Error) {
    let is_of_connection = matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    );
    if !is_of_connection {
        tracing::error!(%error, "a connection could not be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn turn_away(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(TURNED_AWAY).await?;
    stream.shutdown().await?;
    // Closing on what was not read would take the answer back.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
