//! Forced assignments: tokens, headers, queries, the program itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use variate::{Config, Experiment, Forced, Forcing, MemoryTracker, TokenError, context};

use super::Shelf;
use crate::support::build;

const SECRET: &str = "sixteen bytes or more";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn forcing() -> Forcing {
    Forcing::new(SECRET).unwrap()
}

/// A configuration at second 100 that allows forcing.
fn allowed() -> (Config, MemoryTracker) {
    build(
        Config::builder()
            .clock(|| at(100))
            .resolver(variate::always_control())
            .forcing(forcing()),
    )
}

fn variant(exp: Experiment<'_>, forced: &Forced) -> String {
    exp.with_variants(["red", "blue"])
        .forced_by(forced)
        .variant()
        .to_string()
}

#[test]
fn a_token_forces_its_variant_of_its_experiment_untracked() {
    let (config, tracker) = allowed();
    let forced = config.forced_by_header(&forcing().token("pill", "red", at(200)));
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .forced_by(&forced);
    assert_eq!(exp.use_(|| "grey").variant("red", || "red").run(), "red");
    assert_eq!(exp.assignment().reason().code(), "forced");
    exp.track("clicked");
    assert!(
        tracker.events().is_empty(),
        "forced units are in no analysis"
    );

    let other = config.experiment("bill", context! { user_id: 1 });
    assert_eq!(
        variant(other, &forced),
        "control",
        "replayed for another experiment"
    );
}

#[test]
fn who_forged_the_token_or_comes_too_late_forces_nothing() {
    let (config, _) = allowed();
    let good = forcing().token("pill", "red", at(200));
    let foreign = Forcing::new("another secret, long enough").unwrap();
    let mut last = good.clone();
    let digit = last.pop().unwrap();
    last.push(if digit == '0' { '1' } else { '0' });
    for (token, error) in [
        (foreign.token("pill", "red", at(200)), TokenError::Forged),
        (good.replacen("red", "blue", 1), TokenError::Forged),
        (good.replacen("pill", "bill", 1), TokenError::Forged),
        (good.replacen(".200.", ".900.", 1), TokenError::Forged),
        (last, TokenError::Forged),
        (good[..good.len() - 2].to_owned(), TokenError::Malformed),
        ("x".repeat(1 << 20), TokenError::Malformed),
        (String::new(), TokenError::Malformed),
        (
            forcing().token("pill", "red", at(100)),
            TokenError::Expired {
                experiment: "pill".into(),
            },
        ),
    ] {
        assert_eq!(
            forcing().read(&token, at(100)).unwrap_err(),
            error,
            "{token:.60}"
        );
        let before = config.diagnostics().refused_tokens;
        let forced = config.forced_by_query(&format!("variate_force={token}"));
        assert!(forced.is_empty());
        assert_eq!(config.diagnostics().refused_tokens, before + 1);
    }
}

#[test]
fn a_token_expires_while_the_process_runs() {
    let now = Arc::new(AtomicU64::new(199));
    let clock = now.clone();
    let (config, _) = build(
        Config::builder()
            .clock(move || at(clock.load(Ordering::Relaxed)))
            .forcing(forcing()),
    );
    let token = forcing().token("pill", "red", at(200));
    assert!(!config.forced_by_header(&token).is_empty());
    now.store(200, Ordering::Relaxed);
    assert!(config.forced_by_header(&token).is_empty());
}

#[test]
fn without_forcing_no_token_is_read() {
    let (config, _) = build(Config::builder());
    let forced = config.forced_by_header(&forcing().token(
        "pill",
        "red",
        SystemTime::now() + Duration::from_mins(1),
    ));
    assert!(forced.is_empty());
    assert_eq!(config.diagnostics().refused_tokens, 1);
    assert_eq!(
        config.force("pill", None, "red"),
        Err(TokenError::NotAllowed)
    );
}

#[test]
fn several_tokens_come_in_a_header_or_a_query_and_the_last_counts() {
    let (config, _) = allowed();
    let token = |name, variant| forcing().token(name, variant, at(200));
    let header = format!("{}, {},", token("pill", "red"), token("bill", "blue"));
    let forced = config.forced_by_header(&header);
    assert_eq!(forced.variant("pill").unwrap(), "red");
    assert_eq!(forced.variant("bill").unwrap(), "blue");
    let query = format!(
        "?a=1&variate_force={}&b&variate_force={}",
        token("pill", "red"),
        token("pill", "blue")
    );
    let exp = config.experiment("pill", context! {});
    assert_eq!(variant(exp, &config.forced_by_query(&query)), "blue");
}

#[test]
fn a_forced_variant_that_there_is_not_forces_nothing() {
    let (config, _) = allowed();
    let forced = config.forced_by_header(&forcing().token("pill", "green", at(200)));
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["red"])
        .forced_by(&forced);
    assert_eq!(exp.assignment().reason().code(), "resolved");
    assert_eq!(config.diagnostics().unknown_variants, 1);
    let explanation = exp.explain();
    assert_eq!(explanation.steps[1].detail, "`green` cannot be used");
}

#[test]
fn the_program_forces_a_unit_or_everybody_until_it_is_cleared() {
    let (config, _) = allowed();
    let none = Forced::default();
    let unit = |id: u64| config.experiment("pill", context! { user_id: id });
    config
        .force("pill", Some(unit(1).key().clone()), "red")
        .unwrap();
    assert_eq!(variant(unit(1), &none), "red");
    assert_eq!(variant(unit(2), &none), "control");
    config.force("pill", None, "blue").unwrap();
    assert_eq!(variant(unit(1), &none), "red");
    assert_eq!(variant(unit(2), &none), "blue");
    config.clear_forced("pill");
    assert_eq!(variant(unit(1), &none), "control");
    assert_eq!(variant(unit(2), &none), "control");
}

#[test]
fn what_is_forced_is_not_stored() {
    let shelf = Shelf::default();
    let (config, _) = build(
        Config::builder()
            .clock(|| at(100))
            .resolver(variate::always_control())
            .forcing(forcing())
            .store(shelf.clone()),
    );
    let forced = config.forced_by_header(&forcing().token("pill", "red", at(200)));
    let exp = config.experiment("pill", context! {});
    assert_eq!(variant(exp, &forced), "red");
    assert!(shelf.calls().is_empty());
}

#[test]
fn a_secret_that_protects_nothing_is_an_error() {
    assert_eq!(Forcing::new("fifteen bytes..").unwrap_err().len, 15);
}

#[test]
fn what_the_program_forces_wrongly_does_not_hide_a_token() {
    let (config, _) = allowed();
    config.force("pill", None, "typo").unwrap();
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["red"]);
    assert_eq!(exp.explain().steps[1].detail, "`typo` cannot be used");
    let token = config
        .forcing_token("pill", "red", Duration::from_secs(1))
        .unwrap();
    let exp = exp.forced_by(&config.forced_by_header(&token));
    assert_eq!(exp.variant(), "red");
}

#[test]
fn a_configuration_makes_tokens_for_its_own_names() {
    let (config, _) = build(
        Config::builder()
            .clock(|| at(100))
            .name_prefix("shop")
            .forcing(forcing()),
    );
    let token = config
        .forcing_token("pill", "red", Duration::from_secs(10))
        .unwrap();
    let forced = config.forced_by_header(&token);
    assert_eq!(forced.variant("shop_pill").unwrap(), "red");
    assert!(forcing().read(&token, at(109)).is_ok() && forcing().read(&token, at(110)).is_err());
    let for_ever = config.forcing_token("pill", "red", Duration::MAX).unwrap();
    assert!(forcing().read(&for_ever, at(1_000_000_000)).is_ok());
    let (bare, _) = build(Config::builder());
    let refused = bare.forcing_token("pill", "red", Duration::MAX);
    assert_eq!(refused, Err(TokenError::NotAllowed));
}

#[test]
fn who_is_forced_sees_what_the_hooks_make_of_it() {
    let (config, _) = allowed();
    config.force("pill", None, "candidate").unwrap();
    let exp = config.experiment("pill", context! {});
    let value = exp
        .use_(|| 1)
        .try_(|| 2)
        .around(|next| next.run() + 100)
        .run();
    assert_eq!(value, 102);
}

proptest! {
    #[test]
    fn any_name_comes_back_out_of_its_token(name in "\\PC{1,40}", variant in "\\PC{1,40}") {
        let token = forcing().token(&name, variant.clone(), at(200));
        prop_assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        let forced = forcing().read(&token, at(199)).unwrap();
        prop_assert_eq!(forced.variant(&name).unwrap().as_str(), variant.as_str());
    }

    #[test]
    fn any_text_is_an_error_and_no_panic(text in "\\PC{0,80}") {
        prop_assert!(forcing().read(&text, at(0)).is_err());
        let (config, _) = allowed();
        prop_assert!(config.forced_by_header(&text).is_empty());
        prop_assert!(config.forced_by_query(&text).is_empty());
    }
}
