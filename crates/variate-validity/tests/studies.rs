//! Each study with few runs: no promise is off by more than chance explains, once in a million, with a fixed seed.

#![allow(clippy::expect_used)]

use variate_validity::{Claim, Promise, Rate, Study, Verdict, studies};

const SEED: u64 = 1;
const ERROR: f64 = 1e-6;

fn study(name: &str) -> Study {
    studies::study(name).expect("a study of that name")
}

/// Runs a study, and says what is off.
fn keeps(name: &str) {
    let study = study(name);
    let rates = study.run(SEED, study.few, 2, |_| ());
    let broken: Vec<String> = study
        .claims
        .iter()
        .zip(&rates)
        .filter(|(claim, rate)| is_off(claim, rate))
        .map(|(claim, rate)| format!("{claim:?}: {:.4} of {}", rate.mean(), rate.runs()))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// What is off on purpose is shown by the full report; few runs need not show it, but must not deny it either.
fn is_off(claim: &Claim, rate: &Rate) -> bool {
    match claim.promise {
        Promise::Exceeds(limit) => rate.below(limit) < ERROR,
        Promise::FallsShort(limit) => rate.above(limit) < ERROR,
        _ => claim.verdict(rate, ERROR) == Verdict::Broken,
    }
}

macro_rules! studies {
    ($($test:ident = $name:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            keeps($name);
        })*

        #[test]
        fn every_study_is_tested() {
            assert_eq!(studies::names(), [$($name),*]);
            let made: Vec<&str> = studies::suite().iter().map(|study| study.name).collect();
            assert_eq!(made, studies::names());
        }
    };
}

studies! {
    means_of_normal_values = "peeking-normal",
    means_of_revenue = "peeking-revenue",
    means_of_heavy_tails = "peeking-heavy",
    early_looks_at_normal_values = "early-normal",
    early_looks_at_revenue = "early-revenue",
    looking_on_and_on = "late",
    rates = "peeking-rate",
    rare_rates = "peeking-rare-rate",
    bounded_values = "bounded",
    centred_sums = "sums",
    ratio_metrics = "peeking-ratio",
    normal_values = "values-normal",
    skewed_values = "values-lognormal",
    right_splits = "split-right",
    wrong_splits = "split-wrong",
    decisions_on_one_metric = "decision",
    two_readings_of_one_experiment = "decision-two-readings",
    decisions_on_many_metrics = "decision-many",
    harmless_variants = "decision-harmless",
    decisions_from_sums = "decision-sums",
    families_of_tests = "family",
    false_discoveries = "discoveries",
    intervals_of_normal_means = "coverage-normal",
    intervals_of_t3_means = "coverage-t3",
    intervals_of_lognormal_means = "coverage-lognormal",
    intervals_of_rare_events = "coverage-rare",
    intervals_of_revenue = "coverage-revenue",
    intervals_of_pareto_means = "coverage-pareto",
    intervals_of_two_rates = "coverage-rates",
    intervals_of_one_rate = "coverage-one-rate",
    power_of_one_look = "power",
    power_of_planned_looks = "power-planned",
    power_at_any_time = "power-always-valid",
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let study = study("discoveries");
    let one = study.run(7, 200, 1, |_| ());
    assert_eq!(one, study.run(7, 200, 3, |_| ()));
    assert_ne!(one, study.run(8, 200, 3, |_| ()));
}

/// Looking daily at a test for one look is seen, even with few runs.
#[test]
fn peeking_is_seen() {
    let study = study("peeking-normal");
    let rates = study.run(SEED, study.few, 2, |_| ());
    let (_, daily) = study
        .claims
        .iter()
        .zip(&rates)
        .find(|(claim, _)| claim.method == "Welch's test" && claim.when == variate_validity::DAILY)
        .expect("a claim");
    assert!(daily.above(0.05) < ERROR, "{}", daily.mean());
}
