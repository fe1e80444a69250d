//! Runs one experiment for one user: `variate-unleash-example EXPERIMENT USER`.

use std::error::Error;
use std::time::Duration;

use variate::{Config, context};
use variate_unleash_example::{Flags, UnleashResolver};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(user)) = (arguments.next(), arguments.next()) else {
        return Err("usage: variate-unleash-example EXPERIMENT USER".into());
    };
    let url = std::env::var("UNLEASH_API_URL").unwrap_or("http://localhost:4242/api".to_owned());
    let secret = std::env::var("UNLEASH_CLIENT_SECRET").ok();
    let flags = Flags::new(&url, "variate-example", secret, Duration::from_secs(1))?;
    let polling = flags.poll()?;
    for _ in 0..50 {
        if flags.are_known() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }

    let config = Config::builder()
        .resolver(UnleashResolver::new(flags))
        .build()?;
    let exp = config.experiment(name, context! { user_id: user });
    exp.use_(|| ()).try_(|| ()).run();
    println!("{} ({})", exp.variant(), exp.assignment().reason());
    drop(polling);
    Ok(())
}
