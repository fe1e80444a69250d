//! A small shop, its experiments, and the page where somebody decides: `cargo run --release --example storefront`.
//!
//! Visitors of two weeks are sent to it over real HTTP first, so that there is something to decide. `--visitors 0` opens an empty shop.

use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use variate_collector::http::{NewApiKey, Server};
use variate_collector::{EmbeddedStore, MemoryStore, StoreError};
use variate_storefront::{Crowd, OpenError, Shop};

/// Opens `/experiments` to who can reach a loopback address; elsewhere the key is random.
const DEMO_KEY: &str = "the-pill-shop-demo";
/// How long the requests at hand may take once the shop closes.
const DRAINING: Duration = Duration::from_secs(1);

/// A small shop, its experiments, and the page where somebody decides.
#[derive(Debug, Parser)]
#[command(name = "storefront")]
struct Arguments {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Sends this many simulated visitors, prints what came of it, and ends; 0 opens a shop that nobody came to. Without it, 7000 come, or
    /// none where --data has some, and the shop stays open
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=10_000_000))]
    visitors: Option<u64>,

    /// What simulated visitors are, see and do
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Stays open after the simulation
    #[arg(long)]
    stay: bool,

    /// Keeps what is counted in this directory; without it, it is gone at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let arguments = Arguments::parse();
    let shop = match &arguments.data {
        Some(directory) => Shop::open(EmbeddedStore::open(directory)?)?,
        None => Shop::open(MemoryStore::new())?,
    };
    let visitors = match arguments.visitors {
        Some(visitors) => visitors,
        None if shop.evaluation("pill_color").is_some() => 0,
        None => 7_000,
    };
    let stays = arguments.stay || arguments.visitors.is_none() || visitors == 0;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(|cause| Problem::Listen(arguments.listen, cause))?;
    let address = reachable(listener.local_addr()?);
    let key = if arguments.listen.ip().is_loopback() {
        DEMO_KEY.to_owned()
    } else {
        NewApiKey::random().text().to_owned()
    };
    let (close, closed) = oneshot::channel::<()>();
    let server = Server::new(shop.routes(&key)?).end_timeout(DRAINING);
    let serving = tokio::spawn(server.serve(listener, async {
        // An error means that the sender is gone, which closes the shop as well.
        let _ = closed.await;
    }));
    say(&format!("storefront: open at http://{address}/\n"))?;

    let mut failed = 0;
    if visitors > 0 {
        say(&format!("{visitors} simulated visitors of two weeks ...\n"))?;
        let seed = arguments.seed;
        let shop = shop.clone();
        let simulated = tokio::task::spawn_blocking(move || {
            let crowd = Crowd {
                shop: address,
                visitors,
                seed,
            };
            let outcome = crowd.send(shop.world());
            (outcome, shop.evaluation("pill_color"))
        });
        let (outcome, evaluation) = simulated.await?;
        let report = evaluation.map_or_else(String::new, |live| live.to_text());
        say(&format!("\n{report}\n{outcome}\n"))?;
        failed = outcome.failed;
    }
    if stays {
        let interrupted = interrupted()?;
        say(&format!(
            "\nShop         http://{address}/\nExperiments  http://{address}/experiments   log in with the API key {key}\n\
             Ctrl-C closes both.\n"
        ))?;
        interrupted.await;
    }
    let _ = close.send(());
    serving.await?;
    tokio::task::spawn_blocking(move || shop.close()).await?;
    match failed {
        0 => Ok(()),
        failed => Err(Problem::Visitors(failed)),
    }
}

/// Waits for Ctrl-C, or for the signal by which a service is stopped.
fn interrupted() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Where a client on this machine reaches the shop: one does not connect to "all addresses".
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// Writes to standard output at once: whoever started the shop may wait for the address.
fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Why the shop cannot go on.
#[derive(thiserror::Error)]
enum Problem {
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    #[error("{0} of the simulated visitors failed")]
    Visitors(u64),
    #[error(transparent)]
    Shop(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Connection(#[from] io::Error),
    #[error("a task ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// `main` shows an error by its `Debug`: people read the sentence instead.
impl fmt::Debug for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
