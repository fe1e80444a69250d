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
//! experiment(:example, version: 1).run
//! ```
use std::error::Error;

use variate::{Bucketing, Config, GitlabV2, Percent, context};

fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::builder()
        .key_scheme(GitlabV2::new())
        .resolver(Percent::new([90, 10])?.bucketing(Bucketing::GitlabCrc32))
        .build()?;

    let exp = config.experiment("example", context! { version: 1 });
    let page = exp.use_(|| "old").try_(|| "new").run();
    println!("{}: {page}", exp.key());

    // What gitlab-experiment 2.0.0 answers under Ruby 3.1.
    assert_eq!(
        exp.key().to_string(),
        "20d69a37e7d3f93df3e509d9744c56088fd45e144d74423c20dad1cf3a18d638"
    );
    Ok(())
}
