//! Variants chosen by the host: a closure, and a type with state that may fail.
//! `cargo run --example custom_resolver`
use std::collections::HashMap;
use std::error::Error;

use variate::{Config, Declaration, Resolution, Resolver, ResolverError, Unit, context};

/// A feature-flag service of the host's, which may be down.
struct FlagService {
    variants: HashMap<&'static str, &'static str>,
}

impl Resolver for FlagService {
    fn resolve(&self, unit: &Unit<'_>) -> Result<Resolution, ResolverError> {
        match self.variants.get(unit.experiment()) {
            Some(variant) => Ok(Resolution::variant(*variant)),
            None => Err("the flag service does not answer".into()),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let flags = FlagService {
        variants: HashMap::from([("checkout", "candidate")]),
    };
    let config = Config::builder()
        .resolver(flags)
        .declare(
            // One experiment with rules of its own: staff sees the candidate, nobody else takes part.
            Declaration::new("search").resolver(|unit: &Unit<'_>| {
                let plan = unit.context().get("plan")?.as_str()?;
                (plan == "staff").then_some("candidate")
            }),
        )
        .build()?;

    for (name, plan) in [
        ("checkout", "free"),
        ("search", "staff"),
        ("search", "free"),
        ("profile", "free"),
    ] {
        let exp = config.experiment(name, context! { user_id: 42, plan: plan });
        let page = exp.use_(|| "old page").try_(|| "new page").run();
        println!("{name} for {plan}: {page}, {}", exp.assignment().reason());
    }
    Ok(())
}
