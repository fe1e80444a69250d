//! Input that nobody meant: at run time it is survived and told, in a definition it is an error.

use variate::{
    Action, Always, Canonical, Config, Context, Declaration, KeyScheme, KeySource, MemoryTracker,
    Percent, Value, context,
};

use crate::support::{always, build};

const HUGE: usize = 10_000_000;

#[test]
fn names_of_1_to_255_bytes_are_names() {
    for name in ["x", &"x".repeat(255), "é日本😀", "a b\n\0|", "control"] {
        let (config, tracker) = always("candidate");
        let exp = config.experiment(name, context! {});
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
        assert_eq!(tracker.events()[0].experiment, name);
        assert_eq!(config.diagnostics().invalid_names, 0);
    }
}

#[test]
fn other_names_run_the_control_untracked() {
    // Bytes count, not letters.
    for name in ["", &"x".repeat(256), &"é".repeat(128), &"x".repeat(HUGE)] {
        let (config, tracker) = always("candidate");
        let exp = config.experiment(name, context! {});
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
        exp.track("swallowed");
        assert_eq!(exp.assignment().reason().code(), "invalid_name");
        assert_eq!(tracker.actions(), [""; 0]);
        assert_eq!(config.diagnostics().invalid_names, 1);
        assert_eq!(exp.with_variant("candidate").variant(), "control");
    }
}

#[test]
fn a_prefix_counts_as_part_of_the_name() {
    let config = Config::builder().name_prefix("shop").build().unwrap();
    let code = |name: &str| {
        let exp = config.experiment(name, context! {});
        (exp.name().len(), exp.assignment().reason().code())
    };
    assert_eq!(code(&"x".repeat(250)), (255, "assumed"));
    assert_eq!(code(&"x".repeat(251)), (256, "invalid_name"));
    assert_eq!(code(""), (0, "invalid_name"));
}

#[test]
fn an_empty_context_is_one_unit() {
    let config = Config::default();
    let key = |ctx: Context<'static>| config.experiment("pill", ctx).key().clone();
    assert_eq!(key(context! {}), key(Context::new()));
    assert_ne!(key(context! {}), key(context! { a: Value::null() }));
    assert_ne!(key(context! {}), key(context! { (""): Value::null() }));
}

#[test]
fn any_float_is_a_value() {
    let key = |float: f64| {
        let ctx = context! { v: float };
        Canonical.key(&KeySource::new("pill", &ctx))
    };
    assert_eq!(key(f64::NAN), key(-f64::NAN));
    assert_eq!(key(0.0), key(-0.0));
    let all = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        f64::MIN_POSITIVE,
        f64::MAX,
    ];
    let distinct: std::collections::HashSet<_> = all.map(key).into_iter().collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn huge_texts_are_keys_and_values_like_others() {
    let huge = "x".repeat(HUGE);
    let (config, tracker) = always("candidate");
    let ctx = context! { (huge.as_str()): &huge, other: vec![huge.as_str()] };
    let exp = config
        .experiment("pill", &ctx)
        .migrated_from(&ctx)
        .sticky_to(&huge);
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 2);
    exp.track(Action::new("did").property(huge.clone(), huge.clone()));
    assert_eq!(tracker.events()[1].properties.len(), 1);
    assert_eq!(exp.migration_keys().len(), 1);
    let almost = ctx.clone().with("other", vec![&huge[1..]]);
    let key = |ctx: &Context<'_>| config.experiment("pill", ctx).key().clone();
    assert_ne!(key(&ctx), key(&almost));
}

#[test]
fn variants_and_actions_may_have_any_letters() {
    let (config, tracker) = always("日本 \0");
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| 1).variant("日本 \0", || 2).run(), 2);
    exp.track("é\n");
    assert_eq!(tracker.actions(), ["assignment", "é\n"]);
    assert_eq!(tracker.events()[0].variant, "日本 \0");
}

fn message(builder: variate::ConfigBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn a_wrong_prefix_says_so() {
    assert_eq!(
        message(Config::builder().name_prefix("")),
        "`` cannot be a name prefix: use 1 to 253 bytes, or none"
    );
    let long = "x".repeat(256);
    assert_eq!(
        message(Config::builder().name_prefix(&long)),
        format!("`{long}` cannot be a name prefix: use 1 to 253 bytes, or none")
    );
    assert!(Config::builder().name_prefix(&long[..254]).build().is_err());
    let config = Config::builder().name_prefix(&long[..253]).build().unwrap();
    let exp = config.experiment("x", context! {});
    assert!(exp.assignment().is_tracked());
}

#[test]
fn a_wrong_declaration_says_so() {
    let declare = |declaration| message(Config::builder().declare(declaration));
    let long = "x".repeat(256);
    assert_eq!(
        declare(Declaration::new("")),
        "`` cannot name an experiment: use 1 to 255 bytes, prefix included"
    );
    assert_eq!(
        declare(Declaration::new(&long)),
        format!("`{long}` cannot name an experiment: use 1 to 255 bytes, prefix included")
    );
    let prefixed = Config::builder().name_prefix("shop");
    assert_eq!(
        message(prefixed.declare(Declaration::new(&long[..251]))),
        format!(
            "`{}` cannot name an experiment: use 1 to 255 bytes, prefix included",
            &long[..251]
        )
    );
    assert_eq!(
        message(
            Config::builder()
                .name_prefix("shop")
                .declare(Declaration::new(""))
        ),
        "`` cannot name an experiment: use 1 to 255 bytes, prefix included"
    );
    let twice = Config::builder().name_prefix("shop");
    let twice = twice
        .declare(Declaration::new("pill"))
        .declare(Declaration::new("pill"));
    assert_eq!(
        message(twice),
        "the experiment `shop_pill` is declared twice: keep one declaration"
    );
    assert_eq!(
        declare(Declaration::new("pill").variants(["red", ""])),
        "experiment `pill`: `` cannot name a variant: use 1 to 255 bytes"
    );
    assert_eq!(
        declare(Declaration::new("pill").variants([long.clone()])),
        format!("experiment `pill`: `{long}` cannot name a variant: use 1 to 255 bytes")
    );
    assert_eq!(
        declare(Declaration::new("pill").variants(["red", "blue", "red"])),
        "experiment `pill`: the variant `red` is declared twice: keep one"
    );
    assert_eq!(
        declare(Declaration::new("pill").variants(["red", "control"])),
        "experiment `pill`: `control` must be declared first, or left out"
    );
    assert_eq!(
        declare(Declaration::new("pill").variants(["control", "red", "control"])),
        "experiment `pill`: the variant `control` is declared twice: keep one"
    );
    assert_eq!(
        declare(Declaration::new("pill").variants(["control"])),
        "experiment `pill`: `control` is the only variant: declare another, or none for `candidate`"
    );
}

#[test]
fn a_resolver_that_does_not_fit_its_experiment_says_so() {
    let declare = |resolver: Percent| {
        let declaration = Declaration::new("pill")
            .variants(["red", "blue"])
            .resolver(resolver);
        message(Config::builder().declare(declaration))
    };
    assert_eq!(
        declare(Percent::new([50, 50]).unwrap()),
        "experiment `pill`: 2 percentages for 3 variants: give one for each, the control's first"
    );
    assert_eq!(
        declare(Percent::named([("control", 50), ("green", 50)]).unwrap()),
        "experiment `pill`: `green` is not one of the variants control, red, blue"
    );
    let always = Declaration::new("pill").resolver(Always::new("red"));
    assert_eq!(
        message(Config::builder().declare(always)),
        "experiment `pill`: `red` is not one of the variants control, candidate"
    );
    // The configuration's own resolver has to fit where the declaration has none.
    let shared = Config::builder().resolver(Percent::new([50, 30, 20]).unwrap());
    assert_eq!(
        message(shared.declare(Declaration::new("pill"))),
        "experiment `pill`: 3 percentages for 2 variants: give one for each, the control's first"
    );
}

#[test]
fn what_fits_builds() {
    let tracker = MemoryTracker::new();
    let config = Config::builder()
        .name_prefix("shop")
        .resolver(Percent::new([50, 50]).unwrap())
        .tracker(tracker)
        .declare(Declaration::new("two"))
        .declare(Declaration::new("also two").variants(["control", "red"]))
        .declare(
            Declaration::new("three")
                .variants(["red", "blue"])
                .resolver(Percent::named([("blue", 50), ("control", 50)]).unwrap()),
        )
        .declare(Declaration::new("closure").resolver(|_: &variate::Unit<'_>| "candidate"))
        .build()
        .unwrap();
    assert_eq!(
        config.experiment("closure", context! {}).variant(),
        "candidate"
    );
    assert!(format!("{config:?}").contains("shop_three"));
}

#[test]
fn without_a_declaration_a_misfit_runs_the_control_and_is_told() {
    let (config, _) = build(Config::builder().resolver(Percent::new([50, 50]).unwrap()));
    let exp = config.experiment("pill", context! {});
    assert_eq!(
        exp.use_(|| 1)
            .variant("red", || 2)
            .variant("blue", || 3)
            .run(),
        1
    );
    assert_eq!(
        exp.assignment().reason().to_string(),
        "the resolver failed: 2 percentages for 3 variants: give one for each, the control's first"
    );
    assert_eq!(config.diagnostics().resolver_failures, 1);
    let (config, _) = build(Config::builder().resolver(Percent::named([("green", 100)]).unwrap()));
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    assert_eq!(exp.assignment().reason().code(), "unknown_variant");
    assert_eq!(config.diagnostics().unknown_variants, 1);
}
