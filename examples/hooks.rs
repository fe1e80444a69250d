//! What can be done around a run: for every experiment, for one run, and for one inside another.
//! `cargo run --example hooks`

use variate::{
    Config, ConfigError, Event, Experiment, Hook, Nesting, Outcome, Raised, Unit, always_candidate,
    context,
};

/// Around every run of every experiment: spans, gauges, and the one place that hears of errors.
struct Watch;

impl Hook for Watch {
    fn before(&self, exp: &Experiment<'_>) {
        println!("  hook: {} begins as {}", exp.name(), exp.variant());
    }

    fn after(&self, exp: &Experiment<'_>, outcome: Outcome) {
        println!("  hook: {} ends, {outcome:?}", exp.name());
    }

    fn raised(&self, raised: &Raised<'_>) {
        println!("  hook: {:?}: {raised}", raised.operation());
    }
}

fn main() -> Result<(), ConfigError> {
    let config = Config::builder()
        .resolver(always_candidate())
        .tracker(|event: &Event<'_>| {
            println!(
                "  event: {} {} {:?}",
                event.experiment(),
                event.action(),
                event.properties()
            );
        })
        .hook(Watch)
        .nesting(Nesting::Track)
        .build()?;

    println!("one run:");
    let exp = config.experiment("search", context! { user_id: 42 });
    let hits = exp
        .use_(|| vec!["old"])
        .try_(|| vec!["new", "old"])
        .before(|exp| println!("  before: {}", exp.variant()))
        .after(|hits| println!("  after: {hits:?}")) // outside of what follows: its result
        .around(|next| {
            let mut hits = next.run(); // within a lock, a span, a transaction; once
            hits.truncate(1);
            hits
        })
        .run();
    println!("  the caller gets {hits:?}");

    println!("one inside another, tracked:");
    nested(&config);

    println!("one inside another, denied:");
    let strict = Config::builder()
        .nesting(Nesting::Deny)
        .hook(Watch)
        .resolver(always_candidate());
    nested(&strict.build()?);

    println!("a resolver that fails:");
    let broken = Config::builder()
        .hook(Watch)
        .resolver(|_: &Unit<'_>| Err::<&str, _>("the flag service does not answer"));
    let config = broken.build()?;
    let page = config
        .experiment("page", context! {})
        .use_(|| "old")
        .try_(|| "new")
        .run();
    println!("  the caller gets the {page} page");
    Ok(())
}

fn nested(config: &Config) {
    let button = || {
        config
            .experiment("button", context! { user_id: 42 })
            .use_(|| "grey")
            .try_(|| "red")
            .run()
    };
    let page = config.experiment("page", context! { user_id: 42 });
    let button = page.use_(button).try_(button).run();
    println!("  the button is {button}");
}
