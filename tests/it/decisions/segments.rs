//! Segments and exclusions: with every rollout, in order, and where a rule panics.

use variate::{
    Always, Bucketing, Config, ConfigError, Declaration, Percent, Random, Resolver, RoundRobin,
    Unit, context,
};

use crate::support::build;

fn has(key: &'static str) -> impl Fn(&Unit<'_>) -> bool {
    move |unit| unit.context().get(key).is_some()
}

/// gitlab-experiment's segments never apply, for its rollouts always choose first.
#[test]
fn segments_apply_with_every_rollout() {
    fn check(resolver: impl Resolver + 'static) {
        let declaration = Declaration::new("pill")
            .variants(["red", "vip"])
            .resolver(resolver)
            .segment("vip", has("vip"));
        let (config, tracker) = build(Config::builder().declare(declaration));
        for id in 0..12 {
            let exp = config.experiment("pill", context! { user_id: id, vip: true });
            assert_eq!(exp.expose(), "vip");
            assert_eq!(exp.assignment().reason().code(), "segment");
        }
        assert_eq!(tracker.events().len(), 12);
    }
    check(Percent::new([50, 50, 0]).unwrap());
    check(Percent::even());
    check(Percent::even().bucketing(Bucketing::GitlabCrc32));
    check(Random::new());
    check(RoundRobin::new());
    check(Always::new("red"));
    check(|_: &Unit<'_>| Err::<&str, _>("no flag server"));
}

#[test]
fn the_first_segment_that_holds_counts() {
    let declaration = Declaration::new("pill")
        .variants(["red", "blue"])
        .segment("red", has("a"))
        .segment("blue", has("b"))
        .segment("control", has("c"));
    let (config, _) = build(Config::builder().declare(declaration));
    let of = |ctx: variate::Context<'static>| {
        let exp = config.experiment("pill", ctx).into_owned();
        (exp.variant().to_string(), exp.assignment().reason().code())
    };
    assert_eq!(of(context! { a: 1, b: 1, c: 1 }).0, "red");
    assert_eq!(of(context! { b: 1, c: 1 }).0, "blue");
    assert_eq!(of(context! { c: 1 }), ("control".into(), "segment"));
    assert_eq!(of(context! { d: 1 }).1, "resolved");
}

#[test]
fn any_exclusion_is_enough_and_the_control_runs_untracked() {
    let declaration = Declaration::new("pill")
        .exclude(has("staff"))
        .exclude(has("robot"));
    let builder = Config::builder()
        .resolver(variate::always_candidate())
        .declare(declaration);
    let (config, tracker) = build(builder);
    for excluded in [context! { staff: 1 }, context! { robot: 1 }] {
        let exp = config.experiment("pill", excluded);
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
        assert_eq!(exp.assignment().reason().code(), "excluded");
        assert!(exp.assignment().is_excluded());
        exp.track("clicked");
    }
    assert!(tracker.events().is_empty());
    let exp = config.experiment("pill", context! { user_id: 1 });
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    assert!(!exp.assignment().is_excluded());
}

#[test]
fn the_code_excludes_a_unit() {
    let (config, tracker) = build(Config::builder().resolver(variate::always_candidate()));
    let exp = config.experiment("pill", context! {}).excluded(true);
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(exp.assignment().reason().code(), "excluded");
    assert!(tracker.events().is_empty());
    assert_eq!(exp.explain().steps.last().unwrap().detail, "by the code");
    let exp = exp.excluded(false);
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
}

#[test]
fn a_rule_that_panics_excludes_and_gives_no_segment() {
    fn broken(_: &Unit<'_>) -> bool {
        panic!("the rule is broken")
    }
    let builder = Config::builder()
        .resolver(variate::always_candidate())
        .declare(Declaration::new("excluding").exclude(broken))
        .declare(Declaration::new("giving").segment("control", broken));
    let (config, _) = build(builder);
    let excluding = config.experiment("excluding", context! {});
    assert_eq!(excluding.assignment().reason().code(), "excluded");
    let giving = config.experiment("giving", context! {});
    assert_eq!(giving.assignment().reason().code(), "resolved");
    assert_eq!(config.diagnostics().rule_failures, 2);
    excluding.explain();
}

#[test]
fn rules_may_ask_experiments_but_not_for_ever() {
    let asks = |unit: &Unit<'_>| {
        let context = unit.context().clone().into_owned();
        variate::experiment("pill", context).variant() == "nothing"
    };
    let builder = Config::builder()
        .resolver(variate::always_candidate())
        .declare(
            Declaration::new("pill")
                .exclude(asks)
                .segment("control", asks),
        );
    let (config, _) = build(builder);
    variate::with_config(&config, || {
        let exp = variate::experiment("pill", context! {});
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    });
    assert!(config.diagnostics().resolver_failures > 0);
}

#[test]
fn a_segment_or_payload_for_a_variant_that_there_is_not_is_an_error() {
    let segment = Declaration::new("pill").segment("red", has("a"));
    let error = Config::builder().declare(segment).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "experiment `pill`: a segment for `red`, which is not one of its variants control, candidate"
    );
    let payload = Declaration::new("pill").payload("red", 1);
    let error = Config::builder().declare(payload).build().unwrap_err();
    assert!(matches!(
        error,
        ConfigError::UnknownVariant {
            part: "a payload",
            ..
        }
    ));
}
