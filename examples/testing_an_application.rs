//! How an application that embeds experiments is tested: stub the variant, read what was tracked.
//! `cargo run --example testing_an_application`
use variate::{Always, Config, ConfigError, MemoryTracker, context, experiment, with_config};

/// The application's own code; it knows nothing of tests.
fn cancellation_page(user_id: u64) -> &'static str {
    experiment("subscription_cancellation", context! { user_id: user_id })
        .use_(|| "a toggle")
        .try_(|| "a button")
        .run()
}

fn cancel(user_id: u64) {
    experiment("subscription_cancellation", context! { user_id: user_id }).track("cancelled");
}

/// A configuration that gives everybody `variant`, and a tracker that remembers.
fn stub(variant: &'static str) -> Result<(Config, MemoryTracker), ConfigError> {
    let tracker = MemoryTracker::new();
    let config = Config::builder()
        .resolver(Always::new(variant))
        .tracker(tracker.clone())
        .build()?;
    Ok((config, tracker))
}

fn main() -> Result<(), ConfigError> {
    for (variant, page) in [("control", "a toggle"), ("candidate", "a button")] {
        let (config, tracker) = stub(variant)?;
        with_config(&config, || {
            assert_eq!(cancellation_page(42), page);
            cancel(42);
        });
        let seen: Vec<_> = tracker
            .events()
            .into_iter()
            .map(|event| (event.action, event.variant))
            .collect();
        assert_eq!(
            seen,
            [
                ("assignment".to_owned(), variant.into()),
                ("cancelled".to_owned(), variant.into()),
            ]
        );
        println!("{variant}: {page}, and both events are tracked");
    }
    Ok(())
}
