//! Before a configuration is installed. One test alone: what is installed stays installed.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

use variate::{Canonical, Config, KeyScheme, KeySource, config, context, experiment, init};

#[test]
fn the_default_is_in_force_until_one_is_installed() {
    let ctx = context! { user_id: 1 };
    let before = experiment("x", &ctx);
    assert_eq!(before.name(), "x");
    assert_eq!(before.key(), &Canonical.key(&KeySource::new("x", &ctx)));
    let pill = experiment("pill", &ctx).use_(|| 1).try_(|| 2).run();
    assert_eq!(
        config()
            .experiment("pill", &ctx)
            .use_(|| 1)
            .try_(|| 2)
            .run(),
        pill
    );
    experiment("", &ctx).track("x");
    assert_eq!(config().diagnostics().invalid_names, 1);

    init(Config::builder().name_prefix("shop").build().unwrap()).unwrap();
    assert_eq!(experiment("x", &ctx).name(), "shop_x");
    // What was made before keeps what it was made under.
    assert_eq!(before.name(), "x");
    assert!(before.variant() == "control" || before.variant() == "candidate");
    assert_eq!(config().diagnostics().invalid_names, 0);
}
