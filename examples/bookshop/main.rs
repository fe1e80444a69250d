//! An axum application with experiments: `cargo run --example bookshop --features axum`.
//!
//! Visitors are known by a signed cookie, and by their account once they sign in. `/qa` has links that force a variant;
//! the page's own script branches on what the server published, and sends what happens.

mod app;

use std::error::Error;

use tokio::net::TcpListener;
use variate::{Config, Event, Keyed};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config: Config = app::config(
        // The page is public: nobody may find a user by trying all numbers.
        Keyed::new("the secret of all keys")?,
        |event: &Event<'_>| {
            println!(
                "{} {}: {}",
                event.experiment(),
                event.variant(),
                event.action()
            );
        },
    )?;
    let listener = TcpListener::bind("127.0.0.1:8081").await?;
    println!(
        "bookshop: open http://{}/ and http://{0}/qa",
        listener.local_addr()?
    );
    // On a developer's machine there is no HTTPS.
    let layer = app::layer(config)?.allow_http();
    axum::serve(listener, app::routes().layer(layer)).await?;
    Ok(())
}
