//! The process's configuration. One test alone: what is installed stays installed.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

use variate::{Config, config, context, experiment, init, with_config};

fn prefixed(prefix: &str) -> Config {
    Config::builder().name_prefix(prefix).build().unwrap()
}

fn name() -> String {
    experiment("x", context! {}).name().to_owned()
}

#[test]
fn what_is_installed_first_is_in_force_everywhere_and_for_good() {
    init(prefixed("first")).unwrap();
    assert_eq!(name(), "first_x");
    assert_eq!(std::thread::spawn(name).join().unwrap(), "first_x");
    assert_eq!(config().experiment("x", context! {}).name(), "first_x");

    let error = init(prefixed("second")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a configuration is installed already: call `init` once, at the start of the process"
    );
    assert_eq!(
        error.into_config().experiment("x", context! {}).name(),
        "second_x"
    );
    assert_eq!(name(), "first_x");

    with_config(&prefixed("scope"), || {
        assert_eq!(name(), "scope_x");
        // Other threads see what is installed, not the scope.
        assert_eq!(std::thread::spawn(name).join().unwrap(), "first_x");
    });
    assert_eq!(name(), "first_x");
}
