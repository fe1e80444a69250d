//! Experiments from a file, which changes while the program runs; each exposure counted once.
//! `cargo run --example catalogue --features catalogue`

use std::error::Error;
use std::fs;

use serde::Deserialize;
use variate::{Config, Context, Deduplicate, MemoryTracker, context};

/// What the variants of the experiment stand for.
#[derive(Deserialize)]
struct Timeout {
    seconds: u32,
}

fn show(config: &Config, who: &str, visitor: Context<'_>) -> Result<(), Box<dyn Error>> {
    let exp = config.experiment("checkout_timeout", visitor);
    let timeout: Timeout = exp.expose().payload()?;
    let reason = exp.assignment().reason();
    println!("{who}: {} s, {reason}", timeout.seconds);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // A copy, since it is going to be changed. A program names its file here, and keeps what
    // `config.watch(..)` gives as long as it runs.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("catalogue.toml");
    fs::write(&path, include_str!("catalogue.toml"))?;

    let events = MemoryTracker::new();
    let config = Config::builder()
        .catalogue_file(&path)
        .tracker(Deduplicate::new(events.clone(), 100_000))
        .build()?;

    show(&config, "staff", context! { user_id: 1, plan: "staff" })?;
    show(&config, "a new app", context! { user_id: 4, app: "2.1.0" })?;
    show(
        &config,
        "the same again",
        context! { user_id: 4, app: "2.1.0" },
    )?;
    println!("exposures: {}", events.events().len());

    // Somebody makes a mistake: what was there stays, and it is told.
    fs::write(&path, "[experiments.checkout_timeout]\ntrafic = 100\n")?;
    if let Err(error) = config.reload() {
        let error = error.to_string();
        println!(
            "refused: {}",
            error.split('/').next_back().unwrap_or(&error)
        );
    }
    show(&config, "still", context! { user_id: 4, app: "2.1.0" })?;

    // And mends it: from the next decision on, the experiment is off.
    let off = include_str!("catalogue.toml").replace("traffic = 40", "enabled = false");
    fs::write(&path, off)?;
    config.reload()?;
    show(
        &config,
        "switched off",
        context! { user_id: 4, app: "2.1.0" },
    )?;
    Ok(())
}
