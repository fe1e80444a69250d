//! What switches experiments off: globally, one, by a host's flag, by dates, by the handle, under `strict`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use variate::{Config, ConfigError, Declaration, Experiment, context};

use crate::support::build;

fn ran(exp: &Experiment<'_>) -> (&'static str, &'static str) {
    let value = exp.use_(|| "old").try_(|| "new").run();
    (value, exp.assignment().reason().code())
}

fn candidate(builder: variate::ConfigBuilder) -> (Config, variate::MemoryTracker) {
    build(builder.resolver(variate::always_candidate()))
}

#[test]
fn a_configuration_is_switched_off_and_on_again() {
    let (config, tracker) = candidate(Config::builder());
    let clone = config.clone();
    clone.set_enabled(false);
    let off = config.experiment("pill", context! {});
    assert_eq!(ran(&off), ("old", "disabled"));
    off.track("clicked");
    assert!(tracker.events().is_empty());

    clone.set_enabled(true);
    assert_eq!(
        ran(&off),
        ("old", "disabled"),
        "a handle keeps its assignment"
    );
    assert_eq!(
        ran(&config.experiment("pill", context! {})),
        ("new", "resolved")
    );
}

#[test]
fn one_experiment_is_switched_off_by_its_name_without_the_prefix() {
    let (config, _) = candidate(Config::builder().name_prefix("shop"));
    config.set_experiment_enabled("pill", false);
    assert_eq!(ran(&config.experiment("pill", context! {})).1, "disabled");
    assert_eq!(ran(&config.experiment("bill", context! {})).1, "resolved");
    config.set_enabled(false);
    config.set_enabled(true);
    assert_eq!(ran(&config.experiment("pill", context! {})).1, "disabled");
    config.set_experiment_enabled("pill", true);
    assert_eq!(ran(&config.experiment("pill", context! {})).1, "resolved");
}

#[test]
fn a_hosts_flag_switches_and_counts_as_off_where_it_panics() {
    let (config, _) = candidate(Config::builder().enabled_if(|name| match name {
        "broken" => panic!("the flag server is down"),
        name => name == "on",
    }));
    assert_eq!(ran(&config.experiment("on", context! {})).1, "resolved");
    assert_eq!(ran(&config.experiment("off", context! {})).1, "disabled");
    assert_eq!(ran(&config.experiment("broken", context! {})).1, "disabled");
}

#[test]
fn a_handle_opts_out_before_anything_is_asked() {
    let asked = Arc::new(AtomicU64::new(0));
    let counted = asked.clone();
    let (config, tracker) = build(Config::builder().resolver(move |_: &variate::Unit<'_>| {
        counted.fetch_add(1, Ordering::Relaxed);
        "candidate"
    }));
    let exp = config.experiment("pill", context! {}).enabled(false);
    assert_eq!(ran(&exp), ("old", "disabled"));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert!(tracker.events().is_empty());
    let exp = config
        .experiment("pill", context! {})
        .enabled(false)
        .enabled(true);
    assert_eq!(ran(&exp), ("new", "resolved"));
}

#[test]
fn an_experiment_runs_between_its_dates_only_and_a_clock_that_goes_back_is_no_trouble() {
    let now = Arc::new(AtomicU64::new(0));
    let clock = now.clone();
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let (config, _) = candidate(
        Config::builder()
            .clock(move || at(clock.load(Ordering::Relaxed)))
            .declare(Declaration::new("pill").starts(at(10)).ends(at(20))),
    );
    for (seconds, expected) in [
        (0, "not_started"),
        (9, "not_started"),
        (10, "resolved"),
        (19, "resolved"),
        (20, "ended"),
        (10, "resolved"),
        (9, "not_started"),
    ] {
        now.store(seconds, Ordering::Relaxed);
        let exp = config.experiment("pill", context! {});
        assert_eq!(ran(&exp).1, expected, "at {seconds}");
    }
}

#[test]
fn a_time_before_1970_is_a_time() {
    let long_ago = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let (config, _) = candidate(
        Config::builder()
            .clock(move || long_ago)
            .declare(Declaration::new("pill").starts(SystemTime::UNIX_EPOCH)),
    );
    assert_eq!(
        ran(&config.experiment("pill", context! {})).1,
        "not_started"
    );
}

#[test]
fn dates_that_no_time_is_between_are_an_error() {
    let at = SystemTime::UNIX_EPOCH;
    let error = Config::builder()
        .declare(Declaration::new("pill").starts(at).ends(at))
        .build()
        .unwrap_err();
    assert!(matches!(error, ConfigError::Dates(name) if name == "pill"));
}

#[test]
fn an_unknown_experiment_works_ad_hoc_and_not_under_strict() {
    let declared = || Declaration::new("pill");
    let (config, _) = candidate(Config::builder().declare(declared()));
    assert_eq!(
        ran(&config.experiment("other", context! {})),
        ("new", "resolved")
    );

    let (config, tracker) = candidate(Config::builder().declare(declared()).strict());
    assert_eq!(
        ran(&config.experiment("pill", context! {})),
        ("new", "resolved")
    );
    assert_eq!(
        ran(&config.experiment("other", context! {})),
        ("old", "not_declared")
    );
    assert_eq!(tracker.events().len(), 1);
    assert_eq!(config.diagnostics().undeclared_experiments, 1);
    assert!(config.is_declared("pill") && !config.is_declared("other"));
}
