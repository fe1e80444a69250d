//! Quality assurance looks at a variant of its choice, and no analysis is the wiser.
//! `cargo run --example forced`

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use variate::{Config, Forcing, Key, MemoryTracker, Percent, context};

/// The time in this example, in hours.
static HOURS: AtomicU64 = AtomicU64::new(0);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(HOURS.load(Ordering::Relaxed))
}

/// What the application does with a request, for the sake of which nothing else changes.
fn page(config: &Config, query: &str) -> String {
    let forced = config.forced_by_query(query); // or `forced_by_header`; once for a request
    let exp = config
        .experiment("checkout", context! { user_id: 42 })
        .forced_by(&forced);
    let page = exp.use_(|| "old page").try_(|| "new page").run();
    format!("{page}, {}", exp.assignment().reason())
}

fn main() -> Result<(), Box<dyn Error>> {
    let forcing = Forcing::new("a secret of sixteen bytes or more")?;
    let tracker = MemoryTracker::new();
    let config = Config::builder()
        .resolver(Percent::new([100, 0])?)
        .tracker(tracker.clone())
        .clock(now)
        .forcing(forcing.clone())
        .build()?;

    // A link that is good for an hour, made by whoever knows the secret.
    let token = forcing.token("checkout", "candidate", now() + Duration::from_hours(1));
    let query = format!("step=2&{}={token}", Forcing::QUERY_PARAMETER);
    println!("with the link: {}", page(&config, &query));
    println!("events so far: {}", tracker.events().len());
    println!("without it: {}", page(&config, "step=2"));

    let forged = query.replace("checkout", "signup");
    println!("a forged one: {}", page(&config, &forged));
    HOURS.store(1, Ordering::Relaxed);
    println!("an hour later: {}", page(&config, &query));
    println!("tokens refused: {}", config.diagnostics().refused_tokens);

    // The program itself, as a console or an admin page would: one unit, or everybody.
    let unit: Key = config
        .experiment("checkout", context! { user_id: 42 })
        .key()
        .clone();
    config.force("checkout", Some(unit), "candidate")?;
    println!("forced by the program: {}", page(&config, ""));
    config.clear_forced("checkout");
    println!("cleared: {}", page(&config, ""));
    Ok(())
}
