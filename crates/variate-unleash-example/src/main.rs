//! Runs one experiment for one user: `variate-unleash-example EXPERIMENT USER [--variants red,blue]`.

use std::error::Error;
use std::time::Duration;

use variate::{Config, Declaration, Reason, Variant, context};
use variate_unleash_example::{Flags, UnleashResolver};

const USAGE: &str = "usage: variate-unleash-example EXPERIMENT USER [--variants red,blue]";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, user, variants) = match arguments.as_slice() {
        [name, user] => (name, user, "candidate"),
        [name, user, option, variants] if option == "--variants" => (name, user, variants.as_str()),
        _ => return Err(USAGE.into()),
    };
    // Those of the flag, besides the control.
    let variants = variants.split(',').map(|of| of.trim().to_owned());
    let variants: Vec<String> = variants.filter(|of| of != Variant::CONTROL).collect();

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

    let declared = Declaration::new(name.clone()).variants(variants);
    let config = Config::builder()
        .resolver(UnleashResolver::new(flags))
        .declare(declared)
        .build()?;
    let exp = config.experiment(name.clone(), context! { user_id: user.clone() });
    // Variants that are known at compile time are closures: `exp.use_(..).variant("red", ..).run()`.
    exp.expose();
    println!("{} ({})", exp.variant(), exp.assignment().reason());
    let reason = exp.assignment().reason().clone();
    drop(polling);
    match reason {
        Reason::UnknownVariant(variant) => Err(format!(
            "the flag has a variant `{variant}` that is not declared: give all of them, as in --variants red,blue"
        )
        .into()),
        Reason::ResolverFailed(error) => Err(String::from(error).into()),
        _ => Ok(()),
    }
}
