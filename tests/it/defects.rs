//! What gitlab-experiment 2.0.0 was seen to do wrong when it was run, one test each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use variate::{
    Config, ConfigError, Declaration, GitlabV2, Identity, Nesting, Percent, Privacy, StoreError,
    StoredUnit, Unit, Variant, context,
};

use crate::support::{always, build, tracked};

/// A store that holds one variant for everybody.
#[derive(Debug, Clone)]
struct Holds(Arc<Mutex<Option<Variant>>>);

impl Holds {
    fn new(variant: Option<&'static str>) -> Self {
        Self(Arc::new(Mutex::new(variant.map(Variant::from))))
    }
}

impl variate::AssignmentStore for Holds {
    fn find(&self, _: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn keep(&self, _: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        Ok(self
            .0
            .lock()
            .unwrap()
            .get_or_insert(variant.clone())
            .clone())
    }

    fn replace(&self, _: &StoredUnit<'_>, variant: &Variant) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Some(variant.clone());
        Ok(())
    }

    fn forget(&self, _: &StoredUnit<'_>) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }

    fn purge(&self, _: &str) -> Result<u64, StoreError> {
        Ok(self.0.lock().unwrap().take().map_or(0, |_| 1))
    }
}

#[test]
fn segments_are_not_dead_where_the_rollout_answers_everybody() {
    let declaration = Declaration::new("pill")
        .variants(["vip", "other"])
        .resolver(Percent::new([50, 0, 50]).unwrap())
        .segment("vip", |_: &Unit<'_>| true);
    let (config, _) = build(Config::builder().declare(declaration));
    for id in 0..12 {
        let exp = config.experiment("pill", context! { user_id: id });
        assert_eq!(exp.variant(), "vip");
    }
}

/// There, a text to stick to is the key itself, and its CRC-32 makes any two experiments agree on
/// every unit, or on none.
#[test]
fn sticking_to_a_text_does_not_correlate_experiments() {
    let names = ["exp_a", "exp_b", "exp_c"];
    let schemes = [
        Config::builder(),
        Config::builder().key_scheme(GitlabV2::new().secret("secret")),
    ];
    for builder in schemes {
        let (config, _) = build(builder);
        let mut agree = [0_u32; 2];
        for id in 0..4_000 {
            let of = |name: &'static str| {
                config
                    .experiment(name, context! {})
                    .sticky_to(format!("user-{id:06}"))
                    .variant()
                    .clone()
            };
            let [a, b, c] = names.map(of);
            agree[0] += u32::from(a == b);
            agree[1] += u32::from(a == c);
        }
        for agree in agree {
            // Half of 4,000, within five standard deviations.
            assert!((1_842..=2_158).contains(&agree), "{agree}");
        }
    }
}

#[test]
fn a_run_after_one_that_failed_runs_again() {
    let (config, _) = always("candidate");
    let exp = config.experiment("pill", context! {});
    let first = catch_unwind(AssertUnwindSafe(|| {
        exp.use_(|| 1).try_(|| panic!("once")).run()
    }));
    assert!(first.is_err());
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
}

#[test]
fn the_control_is_called_control_everywhere() {
    let (config, tracker) = always("control");
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    assert!(exp.variant().is_control());
    assert_eq!(exp.signature().variant, "control");
    assert_eq!(tracker.events()[0].variant, "control");
}

#[test]
fn a_stored_variant_that_was_removed_poisons_nothing() {
    let store = Holds::new(Some("removed"));
    let (config, _) = build(
        Config::builder()
            .store(store.clone())
            .resolver(variate::always_candidate()),
    );
    for _ in 0..2 {
        let exp = config.experiment("pill", context! {});
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    }
    assert_eq!(config.diagnostics().stale_assignments, 1);
}

#[test]
fn only_assigned_stays_set_counts_migrations_and_needs_no_store() {
    let (bare, _) = build(Config::builder());
    let exp = bare
        .experiment("pill", context! { user_id: 1 })
        .only_assigned()
        .context(context! { plan: "pro" });
    assert_eq!(exp.assignment().reason().code(), "not_assigned");

    // Migrations: `decisions::stickiness::only_assigned_takes_in_who_is_stored_under_any_key`.
    let (config, _) = build(Config::builder().store(Holds::new(Some("candidate"))));
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .only_assigned();
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
}

#[test]
fn a_visitor_who_signs_in_migrates_whatever_else_the_context_holds() {
    let identity = Identity::new("user_id");
    let cookie = "6f1d64f2-8d8a-4c5e-9a53-766172696174";
    let cookies = |_: &str| Some(cookie.to_owned());
    let visitor = identity.visitor(&cookies, Privacy::Unrestricted);
    let (config, _) = build(Config::builder());
    let at = |user: Option<u64>| {
        let context = context! { project: 7, user_id: user, plan: "pro" };
        visitor.identify(config.experiment("pill", context))
    };
    let (anonymous, user) = (at(None), at(Some(42)));
    assert_eq!(user.migration_keys(), std::slice::from_ref(anonymous.key()));
}

#[test]
fn nesting_is_seen_after_an_error_that_was_caught() {
    let (config, _) = build(Config::builder().nesting(Nesting::Warn));
    let outer = config.experiment("outer", context! {});
    let behaviour = || {
        for name in ["broken", "fine"] {
            let _ = catch_unwind(AssertUnwindSafe(|| {
                let inner = config.experiment(name, context! {});
                inner
                    .use_(|| assert_eq!(name, "fine"))
                    .try_(|| assert_eq!(name, "fine"))
                    .run();
            }));
        }
    };
    outer.use_(behaviour).try_(behaviour).run();
    assert_eq!(config.diagnostics().nested_runs, 2);
}

#[test]
fn variant_and_key_never_part() {
    let (config, tracker) = tracked(|unit: &Unit<'_>| match unit.context().get("plan") {
        Some(_) => "candidate",
        None => "control",
    });
    let exp = config.experiment("pill", context! { user_id: 1 });
    exp.use_(|| 1).try_(|| 2).run();
    let (variant, key) = (exp.variant().clone(), exp.key().clone());
    let more = exp.context(context! { plan: "pro" });
    more.use_(|| 1).try_(|| 2).run();
    assert_ne!(*more.key(), key);
    assert_ne!(*more.variant(), variant);
    let events = tracker.events();
    assert_eq!((&events[0].key, &events[0].variant), (&key, &variant));
    assert_eq!(
        (&events[1].key, &events[1].variant),
        (more.key(), more.variant())
    );
}

#[test]
fn a_signature_is_of_the_context_as_it_is() {
    let (config, _) = always("candidate");
    let exp = config.experiment("pill", context! { user_id: 1 });
    let first = exp.signature();
    let more = exp.sticky_to("account 7");
    assert_ne!(more.signature().key, first.key);
    assert_eq!(more.signature().key, *more.key());
}

#[test]
fn who_is_excluded_is_not_stored() {
    let store = Holds::new(None);
    let (config, _) = build(Config::builder().store(store.clone()));
    config
        .experiment("pill", context! {})
        .excluded(true)
        .expose();
    assert_eq!(*store.0.lock().unwrap(), None);
}

#[test]
fn percentages_for_names_that_there_are_not_are_an_error_at_once() {
    let percent = Percent::named([("control", 50), ("candidat", 50)]).unwrap();
    let declaration = Declaration::new("pill").resolver(percent);
    let error = Config::builder().declare(declaration).build().unwrap_err();
    assert!(matches!(error, ConfigError::Resolver { .. }));
    assert_eq!(
        error.to_string(),
        "experiment `pill`: `candidat` is not one of the variants control, candidate"
    );
}
