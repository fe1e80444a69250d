//! Catalogues: what a file may say, and what becomes of it.

mod broken;
mod entries;
mod formats;
mod guide;
mod lints;
mod metrics;
mod reload;
mod schema;
mod wrong;

use std::time::{Duration, SystemTime};

use variate::{
    Bucketing, Catalogue, Condition, Config, ConfigBuilder, Context, Declaration, Format,
    GitlabCom, GitlabV2, Holdout, Layer, NoTracker, Percent, always_candidate, context,
};

pub(crate) const TOML: &str = include_str!("../data/catalogues/full.toml");
pub(crate) const JSON: &str = include_str!("../data/catalogues/full.json");
pub(crate) const YAML: &str = include_str!("../data/catalogues/full.yaml");

/// Seconds since the epoch, as `date --date=.. +%s` has them.
pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

const NOVEMBER_21: u64 = 1_795_219_200;

/// Builds as of 21 November 2026.
pub(crate) fn build(builder: ConfigBuilder) -> Config {
    let clock = || at(NOVEMBER_21);
    builder
        .tracker(NoTracker::new())
        .clock(clock)
        .build()
        .unwrap()
}

pub(crate) fn toml(text: &str) -> Catalogue {
    match Catalogue::parse(text, Format::Toml, "catalogue.toml") {
        Ok(catalogue) => catalogue,
        Err(error) => panic!("{error}"),
    }
}

/// Units of all kinds.
fn units() -> Vec<Context<'static>> {
    let mut units = Vec::new();
    for id in 0..400 {
        let plan = ["pro", "staff", "free"][id % 3];
        let country = ["DE", "FR", "AT", "US"][id % 4];
        units.push(context! {
            user_id: id,
            plan: plan,
            country: country,
            age: id % 90,
            app: format!("{}.{}", id % 4, id % 7),
            company_id: id / 5,
            email: format!("someone@example.{}", if id % 5 == 0 { "com" } else { "org" }),
        });
    }
    units.push(context! {});
    units
}

/// What each unit gets of each experiment, and why.
pub(crate) fn outcomes(config: &Config) -> Vec<String> {
    let mut outcomes = Vec::new();
    for name in ["pill_color", "express", "shipped", "batch", "not_declared"] {
        for unit in units() {
            let exp = config.experiment(name, &unit);
            let payload = exp.variant().payload::<serde_json::Value>().ok();
            outcomes.push(format!(
                "{name} {} {:?} {} {} {payload:?}",
                exp.key(),
                exp.migration_keys(),
                exp.variant(),
                exp.assignment().reason().code(),
            ));
        }
    }
    outcomes
}

#[test]
fn a_file_says_the_same_as_code_whatever_its_format() {
    let pill_color = Declaration::new("pill_color")
        .variants(["red", "blue"])
        .payload(
            "red",
            variate::Value::map([
                ("hex", variate::Value::from("#ff0000")),
                (
                    "shades",
                    variate::Value::list([1.into(), variate::Value::from(2.5), true.into()]),
                ),
            ]),
        )
        .payload("blue", "#0000ff")
        .resolver(Percent::new([50, 25, 25]).unwrap())
        .seed("2026-11")
        .traffic(80.5)
        .layer("checkout", 0..50)
        .holdout("q4")
        .exclude(Condition::equals("plan", "staff"))
        .exclude(Condition::matches("email", r"@example\.com$").unwrap())
        .segment(
            "red",
            Condition::version("app", ">=2, <3").unwrap()
                & !Condition::is_in("country", ["DE", "AT"])
                & ((Condition::at_least("age", 18) & Condition::less("age", 65))
                    | Condition::present("beta")),
        )
        .segment(
            "blue",
            Condition::seeded_percent_of("company_id", 10, "companies").unwrap(),
        )
        .former_key_scheme(GitlabV2::new())
        .starts(at(1_793_491_200))
        .ends(at(1_796_122_800));
    let code = build(
        Config::builder()
            .layer(Layer::new("checkout").unit("user_id"))
            .layer(
                Layer::new("payment")
                    .unit("user_id")
                    .within("checkout", 50..100),
            )
            .holdout(Holdout::new("q4", 5).unit("user_id"))
            .holdout(Holdout::new("never", 0.5).all())
            .declare(pill_color)
            .declare(Declaration::new("express").layer("payment", 0..100))
            .declare(
                Declaration::new("shipped")
                    .resolver(always_candidate())
                    .holdout("q4"),
            )
            .declare(
                Declaration::new("batch")
                    .resolver(
                        Percent::new([90, 10])
                            .unwrap()
                            .bucketing(Bucketing::GitlabCrc32),
                    )
                    .key_scheme(GitlabCom),
            ),
    );
    let expected = outcomes(&code);
    for (text, format) in [
        (TOML, Format::Toml),
        (JSON, Format::Json),
        (YAML, Format::Yaml),
    ] {
        let catalogue = Catalogue::parse(text, format, "full").unwrap();
        let config = build(Config::builder().catalogue(catalogue));
        assert!(outcomes(&config) == expected, "{format:?}");
    }
    // The units meet everything that there is to meet.
    for reason in [
        "excluded",
        "held_out",
        "outside_layer",
        "outside_traffic",
        "segment",
        "resolved",
    ] {
        let reason = format!(" {reason} ");
        assert!(
            expected.iter().any(|outcome| outcome.contains(&reason)),
            "{reason}"
        );
    }
}

#[test]
fn dates_are_midnight_in_utc_or_as_their_offset_says() {
    let config = |now: u64| {
        let builder = Config::builder()
            .catalogue(toml(TOML))
            .tracker(NoTracker::new());
        builder.clock(move || at(now)).build().unwrap()
    };
    let reason = |now| {
        let config = config(now);
        let exp = config.experiment("pill_color", context! { user_id: 1 });
        exp.assignment().reason().code()
    };
    assert_eq!(reason(1_793_491_199), "not_started");
    assert_ne!(reason(1_793_491_200), "not_started");
    assert_ne!(reason(1_796_122_799), "ended");
    assert_eq!(reason(1_796_122_800), "ended");
}

#[test]
fn a_catalogue_can_switch_everything_off_what_it_does_not_declare_included() {
    let config = build(Config::builder().catalogue(toml("enabled = false\n[experiments.one]\n")));
    for name in ["one", "another"] {
        let exp = config.experiment(name, context! { user_id: 1 });
        assert_eq!(exp.assignment().reason().code(), "disabled");
        assert!(!exp.assignment().is_tracked());
    }
}

#[test]
fn weights_divide_in_the_order_of_the_variants_and_not_of_the_file() {
    let config = |weights: &str| {
        let file = format!(
            "[experiments.pill]\nvariants = [\"b\", \"a\"]\nrollout = {{ weights = {weights} }}"
        );
        build(Config::builder().catalogue(toml(&file)))
    };
    let one = config("{ a = 30, b = 30, control = 40 }");
    let other = config("{ control = 40, b = 30, a = 30 }");
    let listed = config("[40, 30, 30]");
    for id in 0..200 {
        let variant = |config: &Config| {
            config
                .experiment("pill", context! { id: id })
                .variant()
                .to_string()
        };
        assert_eq!(variant(&one), variant(&other));
        assert_eq!(variant(&one), variant(&listed));
    }
}

#[test]
fn a_named_key_scheme_comes_from_code() {
    let file = "[experiments.pill]\nkey = \"tenant\"\nformer_keys = [\"canonical\"]";
    let config = Config::builder()
        .catalogue(toml(file))
        .named_key_scheme("tenant", |source: &variate::KeySource<'_>| {
            format!("tenant/{}", source.context().len())
        })
        .build()
        .unwrap();
    let exp = config.experiment("pill", context! { a: 1, b: 2 });
    assert_eq!(exp.key().to_string(), "tenant/2");
    let plain = Config::default();
    let canonical = plain
        .experiment("pill", context! { a: 1, b: 2 })
        .key()
        .clone();
    assert_eq!(exp.migration_keys(), [canonical]);

    let error = Config::builder()
        .catalogue(toml(file))
        .build()
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(
            "catalogue.toml:2:7: experiments.pill.key: there is no key scheme `tenant`"
        ),
        "{error}"
    );
    assert!(error.contains("ConfigBuilder::named_key_scheme"), "{error}");
}

#[test]
fn a_holdout_of_a_catalogue_holds_out_of_what_code_declares_too() {
    let builder = || {
        Config::builder()
            .catalogue(toml("[holdouts.q4]\npercent = 100\nall = true"))
            .declare(Declaration::new("in_code"))
    };
    let config = build(builder());
    let exp = config.experiment("in_code", context! { id: 1 });
    assert_eq!(exp.assignment().reason().code(), "held_out");

    let twice = builder()
        .catalogue(toml("\n[experiments.in_code]\n"))
        .build()
        .unwrap_err();
    assert_eq!(
        twice.to_string(),
        "catalogue.toml:2:14: experiments.in_code: the experiment `in_code` is declared twice: keep one declaration"
    );
}

#[test]
fn what_does_not_fit_the_configuration_is_told_with_its_line() {
    let sticky = "[experiments.one]\n[experiments.two]\nsticky = true";
    let error = Config::builder()
        .name_prefix("shop")
        .catalogue(toml(sticky))
        .build()
        .unwrap_err();
    assert!(
        error.to_string().starts_with(
            "catalogue.toml:2:14: experiments.two: experiment `two`: `sticky` needs a store"
        ),
        "{error}"
    );
    let long = format!("[experiments.{}]", "x".repeat(250));
    let error = Config::builder()
        .name_prefix("long_prefix")
        .catalogue(toml(&long))
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("catalogue.toml:1:14: experiments.xxx"),
        "{error}"
    );
}

#[test]
fn an_entry_says_what_people_ask_for() {
    let catalogue = toml(TOML);
    let pill_color = catalogue.experiments().next().unwrap();
    assert_eq!(pill_color.name(), "pill_color");
    assert_eq!(pill_color.line(), 19);
    assert_eq!(pill_color.owner(), Some("growth"));
    assert_eq!(
        pill_color.variants().collect::<Vec<_>>(),
        ["control", "red", "blue"]
    );
    assert_eq!(pill_color.ends(), Some(at(1_796_122_800)));
    assert_eq!(pill_color.due(), Some(at(1_795_824_000)));
    assert_eq!(catalogue.experiments().len(), 4);
}
