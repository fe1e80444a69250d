//! Stored assignments: what is stored, found, moved, refused, and what a broken store does.

use variate::{Config, Declaration, GitlabV0, Percent, Unit, context};

use super::{Mode, Shelf};
use crate::support::build;

fn with_store(shelf: &Shelf) -> variate::ConfigBuilder {
    Config::builder()
        .store(shelf.clone())
        .resolver(variate::always_candidate())
}

#[test]
fn what_is_resolved_is_stored_and_stays_whatever_the_resolver_says_later() {
    let shelf = Shelf::default();
    let (config, _) = build(with_store(&shelf));
    let first = config.experiment("pill", context! { user_id: 1 });
    assert_eq!(first.use_(|| 1).try_(|| 2).run(), 2);
    assert_eq!(first.assignment().reason().code(), "resolved");
    assert_eq!(shelf.calls(), ["find", "keep"]);
    assert_eq!(shelf.get("pill", first.key()).as_deref(), Some("candidate"));

    let (config, tracker) = build(
        Config::builder()
            .store(shelf.clone())
            .resolver(variate::always_control()),
    );
    let again = config.experiment("pill", context! { user_id: 1 });
    assert_eq!(again.use_(|| 1).try_(|| 2).run(), 2);
    assert_eq!(again.assignment().reason().code(), "stored");
    assert_eq!(tracker.events()[0].reason, "stored");
    assert_eq!(shelf.calls(), ["find"]);
}

#[test]
fn the_store_is_asked_once_for_a_handle() {
    let shelf = Shelf::default();
    let (config, _) = build(with_store(&shelf));
    let exp = config.experiment("pill", context! { user_id: 1 });
    for _ in 0..3 {
        exp.use_(|| 1).try_(|| 2).run();
        exp.track("clicked");
        exp.explain();
    }
    assert_eq!(shelf.calls(), ["find", "keep"]);
}

#[test]
fn a_migration_moves_the_entry() {
    let shelf = Shelf::default();
    let (config, _) = build(with_store(&shelf));
    let anonymous = config.experiment("pill", context! { user_id: "cookie" });
    shelf.put("pill", anonymous.key(), "control");
    let user = config
        .experiment("pill", context! { user_id: 1 })
        .migrated_with(context! { user_id: "cookie" });
    assert_eq!(user.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(user.assignment().reason().code(), "stored");
    assert_eq!(shelf.get("pill", user.key()).as_deref(), Some("control"));
    assert_eq!(shelf.get("pill", anonymous.key()), None);
}

#[test]
fn a_former_key_scheme_is_a_migration_too() {
    let shelf = Shelf::default();
    let (config, _) =
        build(with_store(&shelf).declare(Declaration::new("pill").former_key_scheme(GitlabV0)));
    let exp = config.experiment("pill", context! { user_id: 1 });
    let former = variate::Key::from("ea1b60988e3a9b544d5dfb52387ef3bc");
    assert_eq!(exp.migration_keys(), std::slice::from_ref(&former));
    shelf.put("pill", &former, "control");
    assert_eq!(exp.expose(), "control");
    assert_eq!(shelf.get("pill", exp.key()).as_deref(), Some("control"));
}

/// In gitlab-experiment a stored variant that was removed raises on every run.
#[test]
fn a_stored_variant_that_is_gone_is_decided_anew_and_told() {
    let shelf = Shelf::default();
    let (config, _) = build(with_store(&shelf).declare(Declaration::new("pill")));
    let exp = config.experiment("pill", context! { user_id: 1 });
    shelf.put("pill", exp.key(), "removed");
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    assert_eq!(exp.assignment().reason().code(), "resolved");
    assert_eq!(config.diagnostics().stale_assignments, 1);
    assert_eq!(shelf.get("pill", exp.key()).as_deref(), Some("candidate"));
    assert_eq!(shelf.calls(), ["find", "replace"]);
}

#[test]
fn a_store_that_fails_or_panics_is_told_and_the_rollout_answers() {
    for mode in [Mode::Fails, Mode::Panics] {
        let shelf = Shelf::in_mode(mode);
        let (config, tracker) = build(with_store(&shelf));
        let exp = config.experiment("pill", context! { user_id: 1 });
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
        assert_eq!(exp.assignment().reason().code(), "resolved");
        assert_eq!(config.diagnostics().store_failures, 1);
        assert_eq!(shelf.calls(), ["find"], "who is down is not asked twice");
        assert_eq!(tracker.events().len(), 1);
        let pinned = config
            .experiment("pill", context! {})
            .with_variant("candidate");
        assert_eq!(pinned.expose(), "candidate");
    }
}

#[test]
fn of_two_processes_the_first_decides_for_both() {
    let shelf = Shelf::in_mode(Mode::Raced("control"));
    let (config, _) = build(with_store(&shelf));
    let exp = config.experiment("pill", context! { user_id: 1 });
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(exp.assignment().reason().code(), "stored");
}

#[test]
fn segments_and_pins_are_stored_and_exclusions_and_fallbacks_are_not() {
    let shelf = Shelf::default();
    let flagged = |flag: &'static str| move |unit: &Unit<'_>| unit.context().get(flag).is_some();
    let declaration = Declaration::new("pill")
        .variants(["red", "blue"])
        .resolver(|_: &Unit<'_>| None::<&str>)
        .exclude(flagged("staff"))
        .segment("red", flagged("vip"));
    let (config, _) = build(with_store(&shelf).declare(declaration));
    let stored = |exp: &variate::Experiment<'_>| {
        exp.expose();
        shelf.get("pill", exp.key())
    };
    assert_eq!(
        stored(&config.experiment("pill", context! { vip: 1 })).as_deref(),
        Some("red")
    );
    let pinned = config
        .experiment("pill", context! { vip: 1 })
        .with_variant("blue");
    assert_eq!(stored(&pinned).as_deref(), Some("blue"), "a pin replaces");
    assert_eq!(
        stored(&config.experiment("pill", context! { staff: 1 })),
        None
    );
    assert_eq!(
        stored(&config.experiment("pill", context! { user_id: 1 })),
        None
    );
}

#[test]
fn what_was_only_assumed_is_not_stored() {
    let shelf = Shelf::default();
    let (config, _) = build(with_store(&shelf));
    let exp = config.experiment("pill", context! { user_id: 1 });
    exp.track("clicked");
    assert_eq!(exp.assignment().reason().code(), "assumed");
    assert_eq!(shelf.get("pill", exp.key()), None);
    shelf.put("pill", exp.key(), "red");
    let elsewhere = config.experiment("pill", context! { user_id: 1 });
    assert_eq!(
        elsewhere.variant(),
        "red",
        "the store knows what the handle does not"
    );
}

#[test]
fn stickiness_is_switched_off_for_an_experiment() {
    let shelf = Shelf::default();
    let (config, _) = build(with_store(&shelf).declare(Declaration::new("pill").sticky(false)));
    config.experiment("pill", context! {}).expose();
    assert!(shelf.calls().is_empty());
}

#[test]
fn only_assigned_takes_in_who_is_stored_under_any_key() {
    let shelf = Shelf::default();
    let (config, tracker) = build(with_store(&shelf));
    let new = config
        .experiment("pill", context! { user_id: 1 })
        .only_assigned();
    assert_eq!(new.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(new.assignment().reason().code(), "not_assigned");
    assert!(tracker.events().is_empty());
    assert_eq!(shelf.get("pill", new.key()), None);

    let before = config.experiment("pill", context! { user_id: "cookie" });
    shelf.put("pill", before.key(), "candidate");
    let known = config
        .experiment("pill", context! { user_id: 1 })
        .migrated_with(context! { user_id: "cookie" })
        .only_assigned();
    assert_eq!(known.use_(|| 1).try_(|| 2).run(), 2);
}

#[test]
fn only_assigned_outlives_more_context_and_needs_no_store() {
    let (config, _) = build(Config::builder());
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .only_assigned()
        .context(context! { plan: "pro" });
    assert_eq!(exp.expose(), "control");
    assert_eq!(exp.assignment().reason().code(), "not_assigned");
}

#[test]
fn an_experiment_is_purged_and_a_unit_forgotten() {
    let shelf = Shelf::default();
    let (config, _) = build(with_store(&shelf).name_prefix("shop"));
    for id in 0..3 {
        config
            .experiment("pill", context! { user_id: id })
            .use_(|| 1)
            .try_(|| 2)
            .run();
    }
    let one = config.experiment("pill", context! { user_id: 1 });
    config.forget(&one).unwrap();
    assert_eq!(shelf.get("shop_pill", one.key()), None);
    assert_eq!(config.purge("pill").unwrap(), 2);
    let (bare, _) = build(Config::builder());
    assert_eq!(
        bare.purge("pill").unwrap_err().to_string(),
        "the configuration has no store"
    );
}

#[test]
fn stickiness_keeps_units_through_weights_that_no_ramp_could() {
    let shelf = Shelf::default();
    let weights = |weights: [u8; 4]| {
        let declaration = Declaration::new("pill")
            .variants(["a", "b", "c"])
            .resolver(Percent::new(weights).unwrap());
        build(Config::builder().store(shelf.clone()).declare(declaration)).0
    };
    let variants = |config: &Config| -> Vec<String> {
        let units = (0..300).map(|id| config.experiment("pill", context! { user_id: id }));
        units.map(|exp| exp.expose().to_string()).collect()
    };
    let before = variants(&weights([10, 60, 20, 10]));
    let after = variants(&weights([10, 10, 20, 60]));
    assert_eq!(before, after);
}

#[test]
fn who_asked_not_to_be_tracked_leaves_nothing_behind() {
    let shelf = Shelf::default();
    let (config, _) = build(with_store(&shelf));
    let unit = || {
        config
            .experiment("pill", context! { user_id: 1 })
            .tracking(false)
    };
    assert_eq!(unit().use_(|| 1).try_(|| 2).run(), 2);
    assert_eq!(
        unit().with_variant("control").use_(|| 1).try_(|| 2).run(),
        1
    );
    assert_eq!(shelf.get("pill", unit().key()), None);
}
