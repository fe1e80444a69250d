//! Who gets what, and whether experiments know of each other.

use std::time::{Duration, SystemTime};

use variate::{Config, Context, GitlabV0};
use variate_simulation::{Assumption, Pair, Problem, Relation, Report};

use crate::{report, simulation};

const THREE: &str = r#"
[layers.checkout]
unit = "account_id"

[experiments.one_page]
layer = { name = "checkout", range = [0, 40] }

[experiments.express]
layer = { name = "checkout", range = [40, 100] }
traffic = 50

[experiments.pill_color]
variants = ["control", "red", "blue"]
rollout = { weights = { control = 50, red = 25, blue = 25 } }
exclude = [{ key = "plan", equals = "staff" }]
"#;

fn pair<'r>(report: &'r Report, first: &str, second: &str) -> &'r Pair {
    let mut pairs = report.pairs.pairs.iter();
    pairs
        .find(|of| of.first == first && of.second == second)
        .unwrap()
}

#[test]
fn the_real_assignment_splits_as_planned_and_reasons_are_told() {
    let report = report(simulation(THREE).units(20_000));
    assert_eq!((report.units, report.problems.len()), (20_000, 0));
    let [one_page, express, pill_color] = report.experiments.as_slice() else {
        panic!("{report:?}");
    };
    let near = |found: f64, planned: f64| (found - planned).abs() < 0.02;
    assert!(near(one_page.split.share(), 0.4));
    assert_eq!(one_page.split.left_out[0].reason, "outside_layer");
    assert!(near(express.split.share(), 0.3));
    let reasons = express.split.left_out.iter();
    let reasons: Vec<&str> = reasons.map(|of| of.reason.as_str()).collect();
    assert_eq!(reasons, ["outside_layer", "outside_traffic"]);
    assert_eq!(pill_color.split.taking_part, 20_000);
    for (of, planned) in pill_color.split.variants.iter().zip([0.5, 0.25, 0.25]) {
        assert_eq!(of.planned_share, Some(planned));
        assert!(near(of.share.unwrap(), planned), "{of:?}");
    }
    assert!(pill_color.split.p_value.unwrap() > 0.001);
    assert_eq!(pill_color.reason.as_deref(), Some("it declares no metrics"));
    // Nobody's contexts have a plan.
    assert_eq!(
        report.assumptions,
        [Assumption::Entries {
            experiment: "pill_color".to_owned(),
            keys: vec!["plan".to_owned()],
        }]
    );
}

#[test]
fn experiments_of_one_layer_never_meet_and_others_are_independent() {
    let report = report(simulation(THREE).units(20_000));
    let relation = &pair(&report, "one_page", "express").relation;
    let layer = Some("checkout".to_owned());
    assert_eq!(*relation, Relation::Exclusive { layer });
    let free = pair(&report, "express", "pill_color");
    assert_eq!(free.relation, Relation::Independent);
    assert!(free.both > 5_000 && free.cramers_v.unwrap() < 0.04);
    assert_eq!(
        (
            report.pairs.all,
            report.pairs.tested,
            report.pairs.exclusive
        ),
        (3, 2, 1)
    );
}

#[test]
fn experiments_that_give_the_same_units_a_variant_are_dependent() {
    // A share with a seed is the same in all experiments.
    let twins = r#"
    [experiments.one]
    segments = [{ variant = "candidate", when = { key = "user_id", percent = 50, seed = "beta" } }]
    [experiments.two]
    segments = [{ variant = "candidate", when = { key = "user_id", percent = 50, seed = "beta" } }]
    "#;
    let report = report(simulation(twins).units(1_000));
    let twins = pair(&report, "one", "two");
    assert_eq!(twins.relation, Relation::Dependent);
    // Of the units that are in no segment half get the candidate: 1/3.
    assert!(
        (twins.cramers_v.unwrap() - 1.0 / 3.0).abs() < 0.1,
        "{twins:?}"
    );
    let told = report.problems[0].to_string();
    assert!(
        told.starts_with("one and two are not independent (Cramér's V 0.3"),
        "{told}"
    );
    // Nobody plans how many units a segment has.
    assert_eq!(report.experiments[0].split.p_value, None);
}

#[test]
fn contexts_that_all_are_one_unit_are_no_split() {
    let one = Context::from([("user_id", "42")]);
    let simulation = simulation("[experiments.pill]").contexts(vec![one; 500]);
    let report = report(simulation);
    let split = &report.experiments[0].split;
    assert_eq!(split.units, 500);
    assert!(split.is_mismatch);
    assert!(
        matches!(&report.problems[..], [Problem::Split { experiment, .. }] if experiment == "pill")
    );
}

#[test]
fn rules_look_at_the_contexts_that_are_given() {
    let visitor = |at: usize| {
        let plan = if at.is_multiple_of(4) {
            "staff"
        } else {
            "free"
        };
        Context::new()
            .with("account_id", at as u64)
            .with("plan", plan)
    };
    let simulation = simulation(THREE).contexts((0..4_000).map(visitor));
    let report = report(simulation);
    assert!(report.assumptions.is_empty());
    let split = &report.experiments[2].split;
    assert_eq!(split.left_out.len(), 1);
    assert_eq!(
        (split.left_out[0].reason.as_str(), split.left_out[0].units),
        ("excluded", 1_000)
    );
}

#[test]
fn an_experiment_that_is_still_to_begin_is_simulated_and_one_that_is_over_is_not() {
    let dated = r"
    [experiments.later]
    starts = 2030-01-01
    [experiments.over]
    ends = 2020-01-01
    [experiments.off]
    enabled = false
    ";
    let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 20_000);
    let report = report(simulation(dated).units(1_000).now(now));
    assert_eq!(report.experiments[0].split.taking_part, 1_000);
    let nobody = report.problems.iter().map(ToString::to_string);
    let nobody: Vec<String> = nobody.collect();
    assert_eq!(
        nobody,
        [
            "nobody takes part in over: ended",
            "nobody takes part in off: disabled"
        ]
    );
}

#[test]
fn the_programs_own_keys_are_used() {
    let split = |config| {
        let simulation = simulation("[experiments.pill]").units(2_000).config(config);
        report(simulation).experiments.remove(0).split
    };
    let canonical = split(Config::builder());
    assert_eq!(canonical, split(Config::builder()));
    assert_ne!(canonical, split(Config::builder().key_scheme(GitlabV0)));
    assert_ne!(canonical, split(Config::builder().name_prefix("shop")));
}

#[test]
fn the_same_seed_gives_the_same_report_on_any_number_of_threads() {
    let text = r#"
    [experiments.pill]
    plan.days = 5
    metrics = [{ name = "purchases", kind = "conversion", action = "bought", minimum_effect = 0.5 }]
    [experiments.dice]
    rollout = "random"
    plan.days = 3
    metrics = [{ name = "orders", kind = "count", action = "bought", minimum_effect = 0.5 }]
    "#;
    let run = |seed, threads| {
        let simulation = simulation(text).units(9_000).runs(5).daily(60).seed(seed);
        report(simulation.threads(threads))
    };
    let one = run(7, 1);
    assert_eq!(one, run(7, 3));
    assert_ne!(one.experiments[0].split, run(8, 1).experiments[0].split);
    let json = serde_json::to_value(&one).unwrap();
    assert_eq!((&json["version"], &json["seed"]), (&1.into(), &7.into()));
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), one);
}
