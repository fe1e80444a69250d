//! The same experiences as a Ruby application that runs gitlab-experiment 2.0.0.
//! `cargo run --example ruby_interop`
//!
//! The Ruby side, with its defaults:
//!
//! ```ruby
//! class ExampleExperiment < Gitlab::Experiment
//!   default_rollout :percent, distribution: [90, 10]
//!   control { "old" }
//!   candidate { "new" }
//! end
//! experiment(:example, user_id: 1).run
//! ```
use std::error::Error;

use variate::{Bucketing, Config, GitlabV2, Percent, context};

fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::builder()
        .key_scheme(GitlabV2::new())
        .resolver(Percent::new([90, 10])?.bucketing(Bucketing::GitlabCrc32))
        .build()?;

    // What gitlab-experiment 2.0.0 answers under Ruby 3.1.
    let ruby = [
        (
            1,
            "5949f92d9ade3c1f24dc805987d6a4c87f98d07bfbc2d8ed276c505bd5a6a472",
            "new",
        ),
        (
            42,
            "743e8233a7e6475f2c9d1e3f5869bda7b11a251c61b32f4c40136045f05d4a21",
            "old",
        ),
    ];
    for (user_id, key, expected) in ruby {
        let exp = config.experiment("example", context! { user_id: user_id });
        let page = exp.use_(|| "old").try_(|| "new").run();
        assert_eq!((exp.key().to_string().as_str(), page), (key, expected));
        println!("user {user_id}: {page} page, as in Ruby");
    }
    Ok(())
}
