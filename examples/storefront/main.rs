//! A small shop with one experiment in it: `cargo run --release --example storefront`.
//!
//! Visitors are known by a signed cookie, the colour of the pill is the experiment `pill_color`, and
//! `/results` shows live what came of it. `--visitors 20000` sends that many over real HTTP.

mod page;
mod pill;
mod results;
mod shop;
mod simulation;
mod table;
mod tally;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::results::Results;
use crate::shop::Shop;
use crate::simulation::{Crowd, Outcome};

/// How long the requests at hand may take once the shop closes.
const DRAINING: Duration = Duration::from_secs(3);

/// A small shop with an experiment in it.
#[derive(Debug, Parser)]
#[command(name = "storefront")]
struct Arguments {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Sends this many simulated visitors to the shop, prints the results and ends
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    visitors: Option<u64>,

    /// What simulated visitors do on seeing a page; what they see is drawn anew each time
    #[arg(long, default_value_t = 1, requires = "visitors")]
    seed: u64,

    /// Keeps serving after the simulation
    #[arg(long, requires = "visitors")]
    stay: bool,
}

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let arguments = Arguments::parse();
    let shop = Shop::new()?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(|cause| Problem::Listen(arguments.listen, cause))?;
    let address = reachable(listener.local_addr()?);
    say(&format!(
        "storefront: open http://{address}/ and http://{address}/results\n"
    ))?;
    match arguments.visitors {
        None => serve(listener, shop, interrupted()).await,
        Some(visitors) => {
            let crowd = Crowd {
                shop: address,
                visitors,
                seed: arguments.seed,
            };
            simulate(listener, shop, crowd, arguments.stay).await
        }
    }
}

/// Serves the shop, and lets it finish the requests at hand once `end` comes: those that finish soon,
/// for a request half sent would keep it open forever.
async fn serve(
    listener: TcpListener,
    shop: Shop,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Problem> {
    let (closing, closed) = oneshot::channel::<()>();
    let serving = axum::serve(listener, shop.routes())
        .with_graceful_shutdown(async {
            end.await;
            // An error means that nobody waits any more.
            let _ = closing.send(());
        })
        .into_future();
    let too_late = async {
        let _ = closed.await;
        tokio::time::sleep(DRAINING).await;
    };
    tokio::select! {
        served = serving => served?,
        () = too_late => {}
    }
    Ok(())
}

async fn simulate(
    listener: TcpListener,
    shop: Shop,
    crowd: Crowd,
    stay: bool,
) -> Result<(), Problem> {
    let (close, closed) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, shop.clone(), async {
        // An error means that the sender is gone, which closes the shop as well.
        let _ = closed.await;
    }));
    let outcome = tokio::task::spawn_blocking(move || simulation::send(&crowd)).await?;
    say(&format!(
        "\n{}\n{outcome}\n",
        table::text(&Results::of(&shop.tally()))
    ))?;
    if stay {
        say("serving until interrupted\n")?;
        interrupted().await;
    }
    let _ = close.send(());
    serving.await??;
    match outcome {
        Outcome { failed: 0, .. } => Ok(()),
        Outcome { failed, .. } => Err(Problem::Visitors(failed)),
    }
}

/// Ends with Ctrl-C, or with the signal by which a service is stopped.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
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
    Configuration(#[from] variate::ConfigError),
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
