//! A unit stays in its variant: weights change, it signs in, and nothing changes for it.
//! `cargo run --example sticky --features memory-store`

use std::error::Error;

use variate::{Config, Declaration, Experiment, MemoryStore, Percent, context};

/// The configuration as it is deployed, with more or less of the candidate. The store outlives it,
/// as Redis (`RedisStore`) outlives the processes of an application.
fn deployed(store: &MemoryStore, candidate: u32) -> Result<Config, Box<dyn Error + Send + Sync>> {
    let split = Percent::new([100 - candidate, candidate])?;
    let checkout = Declaration::new("checkout").resolver(split);
    let config = Config::builder()
        .store(store.clone())
        .declare(checkout)
        .build()?;
    Ok(config)
}

fn show(when: &str, exp: &Experiment<'_>) {
    let page = exp.use_(|| "old page").try_(|| "new page").run();
    println!("{when}: {page}, {}", exp.assignment().reason());
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let store = MemoryStore::new(100_000);

    // Everybody gets the new page; the store remembers who did.
    let config = deployed(&store, 100)?;
    show(
        "visitor c7f1",
        &config.experiment("checkout", context! { user: "c7f1" }),
    );

    // It is turned down to nobody: that is for those who come from now on.
    let config = deployed(&store, 0)?;
    let visitor = config.experiment("checkout", context! { user: "c7f1" });
    show("visitor c7f1, candidate at 0 %", &visitor);
    let newcomer = config.experiment("checkout", context! { user: "d802" });
    show("visitor d802, candidate at 0 %", &newcomer);

    // At sign-in the context changes. The former key goes along, and what is stored moves.
    let user = config
        .experiment("checkout", context! { user: 42 })
        .migrated_with(context! { user: "c7f1" });
    show("visitor c7f1, now user 42", &user);
    show(
        "user 42 later",
        &config.experiment("checkout", context! { user: 42 }),
    );

    // Nobody new is let in, and those who are in stay.
    let only = |user: u32| {
        config
            .experiment("checkout", context! { user: user })
            .only_assigned()
    };
    show("user 42, only who is assigned", &only(42));
    show("user 43, only who is assigned", &only(43));

    // It is over: who is forgotten is decided anew.
    println!("{} assignments purged", config.purge("checkout")?);
    show(
        "user 42 after that",
        &config.experiment("checkout", context! { user: 42 }),
    );
    Ok(())
}
