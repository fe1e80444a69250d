//! Variants that a test puts in place of a decision.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use variate::testing::{self, Stub};
use variate::{
    Always, Config, ConfigBuilder, Declaration, Nesting, Unit, assert_exposed, context, experiment,
    with_config,
};

use super::message;
use crate::support::{Pill, always, build};

fn declared(declaration: Declaration) -> Config {
    let declaration = declaration.variants(["red", "blue"]);
    build(Config::builder().declare(declaration)).0
}

fn pill(config: &Config) -> &'static str {
    config
        .experiment("pill", context! { user_id: 42 })
        .use_(|| "grey")
        .variant("red", || "red")
        .variant("blue", || "blue")
        .run()
}

fn reason(config: &Config) -> &'static str {
    config
        .experiment("pill", context! { user_id: 42 })
        .assignment()
        .reason()
        .code()
}

#[test]
fn a_stub_holds_under_any_configuration_until_it_is_dropped() {
    let (config, _) = always("blue");
    {
        let _stub = testing::stub("pill", "red");
        assert_eq!(pill(&config), "red");
        assert_eq!(with_config(&config, || pill(&variate::config())), "red");
        assert_eq!(pill(&Config::default()), "red");
        assert_eq!(
            config.experiment("pill", context! {}).assign::<Pill>(),
            Pill::Red
        );
    }
    assert_eq!(pill(&config), "blue");
}

#[test]
fn a_stub_is_of_one_experiment() {
    let (config, _) = always("blue");
    let _stub = testing::stub("pil", "red");
    assert_eq!(pill(&config), "blue");
}

#[test]
fn stubbed_units_are_tracked_and_say_so() {
    let (config, tracker) = always("blue");
    let _stub = testing::stub("pill", "red");
    pill(&config);
    let event = &tracker.events()[0];
    assert_eq!((event.variant.as_str(), &*event.reason), ("red", "stubbed"));
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.explain().steps[0].name, "stubbed");
    assert_eq!(exp.assignment().reason().to_string(), "stubbed by a test");
}

#[test]
fn a_name_fits_with_and_without_the_prefix_and_no_other() {
    let builder = || {
        Config::builder()
            .resolver(Always::new("blue"))
            .name_prefix("shop")
    };
    let (config, _) = build(builder());
    for name in ["pill", "shop_pill"] {
        let _stub = testing::stub(name, "red");
        assert_eq!(pill(&config), "red", "{name}");
    }
    for name in ["_pill", "shop", "ill", "shop_shop_pill"] {
        let _stub = testing::stub(name, "red");
        assert_eq!(pill(&config), "blue", "{name}");
    }
}

#[test]
fn a_stub_is_past_everything_else() {
    let now = SystemTime::now();
    let soon = now + Duration::from_mins(1);
    let builders: [fn(ConfigBuilder) -> ConfigBuilder; 3] = [
        |builder| builder.enabled_if(|_: &str| false),
        ConfigBuilder::strict,
        |builder| builder,
    ];
    for change in builders {
        let (config, _) = build(change(Config::builder()));
        let _stub = testing::stub("pill", "red");
        config.set_enabled(false);
        assert_eq!(pill(&config), "red");
    }
    let _stub = testing::stub("pill", "red");
    for declaration in [
        Declaration::new("pill").starts(soon),
        Declaration::new("pill").enabled(false),
        Declaration::new("pill").traffic(0),
        Declaration::new("pill").exclude(|_: &Unit<'_>| true),
        Declaration::new("pill").segment("blue", |_: &Unit<'_>| true),
    ] {
        assert_eq!(pill(&declared(declaration)), "red");
    }
    let (config, _) = always("blue");
    let exp = config.experiment("pill", context! {});
    let exp = exp
        .excluded(true)
        .only_assigned()
        .with_variant("blue")
        .enabled(false);
    assert_eq!(exp.use_(|| 1).variant("red", || 2).run(), 2);
}

#[test]
fn an_enabled_experiment_is_decided_by_its_rollout() {
    let soon = SystemTime::now() + Duration::from_mins(1);
    let blue = || Declaration::new("pill").resolver(Always::new("blue"));
    for (declaration, without) in [
        (blue().starts(soon), "not_started"),
        (blue().enabled(false), "disabled"),
        (blue().traffic(0), "outside_traffic"),
        (blue().exclude(|_: &Unit<'_>| true), "excluded"),
    ] {
        let config = declared(declaration);
        assert_eq!((reason(&config), pill(&config)), (without, "grey"));
        let _stub = testing::enabled("pill");
        assert_eq!((reason(&config), pill(&config)), ("resolved", "blue"));
    }
    let config = declared(Declaration::new("pill").segment("red", |_: &Unit<'_>| true));
    let _stub = testing::enabled("pill");
    assert_eq!((reason(&config), pill(&config)), ("segment", "red"));
}

#[test]
fn disabled_and_excluded_units_get_the_control_untracked() {
    let (config, tracker) = always("blue");
    for (stub, expected) in [
        (testing::disabled as fn(&'static str) -> Stub, "disabled"),
        (testing::excluded, "excluded"),
    ] {
        let _stub = stub("pill");
        assert_eq!((pill(&config), reason(&config)), ("grey", expected));
        assert_eq!(
            config
                .experiment("pill", context! {})
                .assignment()
                .is_excluded(),
            expected == "excluded"
        );
    }
    assert!(tracker.events().is_empty());
}

#[test]
fn an_assigned_unit_is_as_if_it_were_stored() {
    let excluding = || {
        Declaration::new("pill")
            .exclude(|_: &Unit<'_>| true)
            .only_assigned(true)
    };
    let (config, tracker) = build(
        Config::builder()
            .store(variate_test_store())
            .declare(excluding().variants(["red", "blue"])),
    );
    assert_eq!(pill(&config), "grey");
    let _stub = testing::assigned("pill", "red");
    assert_eq!((reason(&config), pill(&config)), ("stored", "red"));
    assert_eq!(tracker.events()[0].reason, "stored");
    config.set_enabled(false);
    assert_eq!((reason(&config), pill(&config)), ("disabled", "grey"));
    let (config, _) = always("blue");
    let pinned = config.experiment("pill", context! {}).with_variant("blue");
    assert_eq!(pinned.assignment().reason().code(), "pinned");
}

fn variate_test_store() -> impl variate::AssignmentStore {
    struct Empty;
    impl variate::AssignmentStore for Empty {
        fn find(
            &self,
            _: &variate::StoredUnit<'_>,
        ) -> Result<Option<variate::Variant>, variate::StoreError> {
            Ok(None)
        }
        fn keep(
            &self,
            _: &variate::StoredUnit<'_>,
            variant: &variate::Variant,
        ) -> Result<variate::Variant, variate::StoreError> {
            Ok(variant.clone())
        }
        fn replace(
            &self,
            _: &variate::StoredUnit<'_>,
            _: &variate::Variant,
        ) -> Result<(), variate::StoreError> {
            Ok(())
        }
        fn forget(&self, _: &variate::StoredUnit<'_>) -> Result<(), variate::StoreError> {
            Ok(())
        }
        fn purge(&self, _: &str) -> Result<u64, variate::StoreError> {
            Ok(0)
        }
    }
    Empty
}

#[test]
fn the_innermost_stub_wins_and_guards_go_in_any_order() {
    let (config, _) = always("blue");
    let outer = testing::stub("pill", "red");
    let inner = testing::stub("pill", "control");
    assert_eq!(pill(&config), "grey");
    drop(outer);
    assert_eq!(pill(&config), "grey");
    let another = testing::stub("pill", "red");
    assert_eq!(pill(&config), "red");
    assert_eq!((inner.uses(), another.uses()), (2, 1));
    drop(another);
    assert_eq!(pill(&config), "grey");
    drop(inner);
    assert_eq!(pill(&config), "blue");
}

#[test]
fn a_panic_ends_its_stubs() {
    let (config, _) = always("blue");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _stub = testing::stub("pill", "red");
        panic!("{}", pill(&config));
    }));
    assert_eq!(
        panicked.unwrap_err().downcast_ref::<String>().unwrap(),
        "red"
    );
    assert_eq!(pill(&config), "blue");
}

#[test]
fn a_variant_that_a_trial_does_not_have_fails_the_test() {
    let (config, _) = always("blue");
    for is_stored in [false, true] {
        let stub = if is_stored {
            testing::assigned("pill", "rde")
        } else {
            testing::stub("pill", "rde")
        };
        assert!(["grey", "blue"].contains(&pill(&config)));
        let told = message(|| drop(stub));
        assert!(told.contains("`pill` is stubbed as "), "{told}");
        assert!(told.contains("stubs.rs:"), "{told}");
        let only = "`rde` (";
        assert!(told.contains(only), "{told}");
        let has = "and the experiment has only `control`, `red`, `blue`";
        assert!(told.contains(has), "{told}");
    }
}

#[test]
fn a_variant_that_a_declaration_does_not_have_fails_the_test() {
    let config = declared(Declaration::new("pill"));
    let stub = testing::stub("pill", "rde");
    config.experiment("pill", context! {}).track("swallowed");
    let told = message(|| drop(stub));
    assert!(told.contains("has only `control`, `red`, `blue`"), "{told}");
}

#[test]
fn a_variant_that_has_no_behaviour_fails_the_test() {
    let config = declared(Declaration::new("pill"));
    let stub = testing::stub("pill", "blue");
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| "grey").variant("red", || "red").run(), "grey");
    let told = message(|| drop(stub));
    assert!(told.contains("has no behaviour for it"), "{told}");
}

#[test]
fn a_variant_stored_for_an_experiment_with_nothing_but_a_control_fails_the_test() {
    let stub = testing::assigned("pill", "red");
    let (config, _) = always("blue");
    config.experiment("pill", context! {}).use_(|| 1).run();
    assert!(message(|| drop(stub)).contains("has only `control`"));
}

#[test]
fn a_stub_that_does_not_fit_does_not_panic_twice() {
    let (config, _) = always("blue");
    let told = message(|| {
        let _stub = testing::stub("pill", "rde");
        pill(&config);
        panic!("the first");
    });
    assert_eq!(told, "the first");
}

#[test]
fn a_variant_that_nothing_can_have_is_refused_at_once() {
    let told = message(|| drop(testing::stub("pill", "")));
    assert!(told.contains("cannot name a variant"), "{told}");
    assert!(!message(|| drop(testing::assigned("pill", "x".repeat(256)))).is_empty());
}

#[test]
fn a_handle_that_does_not_know_its_variants_takes_the_stub_at_its_word() {
    let events = testing::record();
    let _stub = testing::stub("pill", "red");
    let exp = experiment("pill", context! {});
    assert_eq!(exp.expose(), "red");
    assert_exposed!(events, "pill", variant = "red", reason = "stubbed");
}

#[test]
fn a_handle_keeps_what_it_was_assigned() {
    let (config, _) = always("blue");
    let before = config
        .experiment("pill", context! {})
        .with_variants(["red", "blue"]);
    assert_eq!(*before.variant(), "blue");
    let _stub = testing::stub("pill", "red");
    assert_eq!(*before.variant(), "blue");
    let signature = before.signature();
    assert_eq!(*config.restore(&signature).variant(), "blue");
}

#[test]
fn denied_nesting_stays_denied() {
    let (config, _) = build(Config::builder().nesting(Nesting::Deny));
    let _stub = testing::stub("pill", "red");
    let outer = config.experiment("page", context! {});
    let behaviour = || pill(&config);
    assert_eq!(outer.use_(behaviour).try_(behaviour).run(), "grey");
    assert_eq!(pill(&config), "red");
}
