//! Key schemes in a configuration, and the keys that a unit had before.

use std::sync::atomic::{AtomicUsize, Ordering};

use variate::{
    Canonical, Config, Context, GitlabV2, Key, KeyScheme, KeySource, Keyed, SecretError, Value,
    context,
};

fn with_scheme(scheme: impl KeyScheme + 'static) -> Config {
    Config::builder().key_scheme(scheme).build().unwrap()
}

#[test]
fn the_default_is_canonical() {
    let ctx = context! { user_id: 1 };
    let key = Config::default().experiment("pill", &ctx).key().clone();
    assert_eq!(key, Canonical.key(&KeySource::new("pill", &ctx)));
}

#[test]
fn the_prefix_is_part_of_the_key() {
    let config = Config::builder().name_prefix("shop").build().unwrap();
    let ctx = context! { user_id: 1 };
    let key = config.experiment("pill", &ctx).key().clone();
    assert_eq!(key, Canonical.key(&KeySource::new("shop_pill", &ctx)));
}

#[test]
fn a_closure_is_a_scheme_and_may_give_anything_that_is_a_key() {
    let ctx = context! { user_id: 1 };
    let text = with_scheme(|source: &KeySource<'_>| format!("{}!", source.experiment()));
    assert_eq!(text.experiment("pill", &ctx).key(), &Key::from("pill!"));
    let digest = with_scheme(|_: &KeySource<'_>| [7; 16]);
    assert_eq!(digest.experiment("pill", &ctx).key(), &Key::from([7; 16]));
    let id = uuid::Uuid::from_u128(1);
    assert_eq!(
        with_scheme(move |_: &KeySource<'_>| id)
            .experiment("a", &ctx)
            .key(),
        &id.into()
    );
}

#[test]
fn a_scheme_sees_the_context_or_what_stands_in_for_it() {
    let config = with_scheme(|source: &KeySource<'_>| {
        let sticky = source.sticky_value().map(ToString::to_string);
        format!("{} {:?} {sticky:?}", source.experiment(), source.context())
    });
    let exp = config.experiment("pill", context! { a: 1 });
    assert_eq!(exp.key().to_string(), r#"pill {"a": 1} None"#);
    let exp = exp.sticky_to("ann");
    assert_eq!(exp.key().to_string(), r#"pill {"a": 1} Some("ann")"#);
    let exp = exp.sticky_to(Value::null());
    assert_eq!(exp.key().to_string(), r#"pill {"a": 1} None"#);
}

#[test]
fn what_an_experiment_sticks_to_replaces_the_whole_context() {
    let config = Config::default();
    let key = |ctx: Context<'static>, sticky: Value<'static>| {
        config
            .experiment("pill", ctx)
            .sticky_to(sticky)
            .key()
            .clone()
    };
    let one = key(context! { user_id: 1 }, "ann".into());
    assert_eq!(one, key(context! { user_id: 2 }, "ann".into()));
    assert_ne!(one, key(context! { user_id: 1 }, "bob".into()));
    assert_ne!(
        one,
        config
            .experiment("pill", context! { user_id: 1 })
            .key()
            .clone()
    );
    assert_ne!(
        one,
        config
            .experiment("other", context! {})
            .sticky_to("ann")
            .key()
            .clone()
    );
    let by_context = config
        .experiment("pill", context! { user_id: 1 })
        .key()
        .clone();
    assert_eq!(key(context! { user_id: 1 }, Value::null()), by_context);
    assert_ne!(key(context! { user_id: 1 }, "".into()), by_context);
}

#[test]
fn a_sticky_text_of_the_second_gitlab_scheme_is_the_key_itself() {
    let config = with_scheme(GitlabV2::new());
    let exp = config.experiment("pill", context! {}).sticky_to("ann");
    assert_eq!(exp.key().to_string(), "ann");
    assert_ne!(exp.sticky_to(1).key().to_string(), "1");
}

#[test]
fn migration_keys_are_the_keys_of_former_contexts_in_the_order_given() {
    for scheme in [0, 1] {
        let config = match scheme {
            0 => Config::default(),
            _ => with_scheme(Keyed::new([1; 32]).unwrap()),
        };
        let key = |ctx: Context<'static>| config.experiment("pill", ctx).key().clone();
        let exp = config
            .experiment("pill", context! { user_id: 1, plan: "pro" })
            .migrated_with(context! { plan: "free" })
            .migrated_from(context! { cookie: "x" })
            .migrated_with(context! { user_id: 0, extra: true })
            // Overlays go over the final context.
            .context(context! { plan: "team" });
        let expected = [
            key(context! { user_id: 1, plan: "free" }),
            key(context! { cookie: "x" }),
            key(context! { user_id: 0, plan: "team", extra: true }),
        ];
        assert_eq!(exp.migration_keys(), expected);
        assert_eq!(exp.key(), &key(context! { user_id: 1, plan: "team" }));
        assert_eq!(exp.signature().migration_keys, expected);
    }
}

#[test]
fn there_may_be_any_number_of_migrations() {
    let config = Config::default();
    let none = config.experiment("pill", context! {});
    assert_eq!(none.migration_keys(), []);
    let exp = (0..500).fold(none, |exp, n| exp.migrated_from(context! { n: n }));
    assert_eq!(exp.migration_keys().len(), 500);
    for (n, key) in exp.migration_keys().iter().enumerate() {
        assert_eq!(key, config.experiment("pill", context! { n: n }).key());
    }
}

#[test]
fn former_contexts_are_not_replaced_by_what_an_experiment_sticks_to() {
    let config = Config::default();
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .sticky_to("ann")
        .migrated_from(context! { user_id: 1 });
    let by_context = config
        .experiment("pill", context! { user_id: 1 })
        .key()
        .clone();
    assert_eq!(exp.migration_keys(), [by_context]);
}

#[test]
fn a_scheme_that_panics_gives_way_to_canonical() {
    let config = with_scheme(|_: &KeySource<'_>| -> Key { panic!("no") });
    let ctx = context! { user_id: 1 };
    let canonical = |ctx: &Context<'_>| Canonical.key(&KeySource::new("pill", ctx));

    let exp = config.experiment("pill", &ctx);
    assert_eq!(exp.key(), &canonical(&ctx));
    assert_eq!(exp.key(), &canonical(&ctx));
    assert_eq!(config.diagnostics().key_scheme_panics, 1);

    let exp = config
        .experiment("pill", &ctx)
        .migrated_from(context! { user_id: 2 });
    assert_eq!(exp.use_(|| 1).try_(|| 1).run(), 1);
    assert_eq!(exp.assignment().reason().code(), "resolved");
    assert_eq!(exp.key(), &canonical(&ctx));
    assert_eq!(config.diagnostics().key_scheme_panics, 2);
    assert_eq!(exp.migration_keys(), [canonical(&context! { user_id: 2 })]);
    assert_eq!(config.diagnostics().key_scheme_panics, 3);
}

#[test]
fn a_key_is_made_once_for_each_handle() {
    let made = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&made);
    let config = with_scheme(move |source: &KeySource<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
        Canonical.key(source)
    });
    let exp = config.experiment("pill", context! { user_id: 1 });
    exp.key();
    exp.use_(|| 1).try_(|| 2).run();
    exp.track("swallowed");
    exp.explain();
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[test]
fn a_secret_is_long_enough_and_never_shown() {
    let error = Keyed::new("fifteen bytes..").unwrap_err();
    assert_eq!(error.len, 15);
    assert_eq!(
        error.to_string(),
        "the secret has 15 bytes: use at least 16 random ones"
    );
    let keyed = Keyed::new("sixteen bytes ok").unwrap();
    assert_eq!(format!("{keyed:?}"), "Keyed { .. }");
    let gitlab = GitlabV2::new().secret("very secret");
    assert!(!format!("{gitlab:?}").contains("secret"));
    let _: SecretError = Keyed::new("").unwrap_err();
}

#[test]
fn another_secret_is_another_key() {
    let ctx = context! { user_id: 1 };
    let source = KeySource::new("pill", &ctx);
    let key = |secret: &str| Keyed::new(secret).unwrap().key(&source);
    let long = "x".repeat(100);
    let keys = [
        key("sixteen bytes ok"),
        key("sixteen bytes oK"),
        key(&long),
        Canonical.key(&source),
    ];
    let distinct: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), 4);
    assert!(keys.iter().all(|key| key.as_bytes().len() == 16));
}
