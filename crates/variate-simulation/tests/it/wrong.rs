//! What makes no sense is told, with what would.

use variate_simulation::{Simulation, SimulationError};

use crate::simulation;

const PILL: &str = r#"
[experiments.pill]
plan.units = 1000000
metrics = [
    { name = "purchases", kind = "conversion", action = "bought", minimum_effect = 0.5 },
    { name = "revenue", kind = "value", action = "bought", minimum_effect = 0.5 },
    { name = "orders", kind = "count", action = "bought" },
]
"#;

fn error(change: impl FnOnce(Simulation) -> Simulation) -> SimulationError {
    let simulation = change(simulation(PILL).units(1_000).runs(1).days(1));
    simulation.run(|_| {}).unwrap_err()
}

fn of_baseline(metric: &str, baseline: &str) -> String {
    error(|of| of.baseline(metric, baseline.parse().unwrap())).to_string()
}

#[test]
fn numbers_of_nothing_are_refused() {
    let told = |change: fn(Simulation) -> Simulation| error(change).to_string();
    assert_eq!(
        told(|of| of.units(0)),
        "the number of units is 0: give at least 1, and at most 4294967296"
    );
    assert!(told(|of| of.runs(0)).starts_with("the number of runs is 0: "));
    assert!(told(|of| of.daily(0)).starts_with("the number of units a day is 0: "));
    assert!(told(|of| of.days(1_001)).starts_with("the number of days is 1001: "));
    assert!(told(|of| of.effect(0.0)).starts_with("an effect of 0 makes no sense: "));
    assert!(matches!(
        error(|of| of.effect(f64::NAN)),
        SimulationError::Effect(_)
    ));
}

#[test]
fn names_that_there_are_not_are_told_with_those_that_there_are() {
    assert_eq!(
        error(|of| of.only("pil")).to_string(),
        "no catalogue declares the experiment `pil`; there are pill"
    );
    assert_eq!(
        of_baseline("purchase", "0.1"),
        "a baseline is given for `purchase`, but no simulated experiment has a metric of that name; there are orders, purchases, revenue"
    );
    let told = error(|of| of.effect_on("other/purchases", 0.1)).to_string();
    assert!(
        told.starts_with("an effect is given for `other/purchases`"),
        "{told}"
    );
    let nothing = Simulation::of([]).run(|_| {});
    assert!(matches!(nothing, Err(SimulationError::NoExperiments)));
}

#[test]
fn a_baseline_has_to_fit_its_metric() {
    assert_eq!(
        of_baseline("purchases", "4"),
        "`purchases` of `pill` cannot have the baseline 4: a rate lies between 0 and 1: 0.04 is 4 %"
    );
    let told = [
        (
            "purchases",
            "0.1:0.2",
            "a rate has no standard deviation of its own",
        ),
        (
            "purchases",
            "0.8",
            "with an effect of 0.5 the rate would be 1.2000000000000002, which is none",
        ),
        (
            "revenue",
            "20",
            "values need a standard deviation, too, as 20:35",
        ),
        ("revenue", "20:-1", "the standard deviation must be above 0"),
        (
            "revenue",
            "0:1",
            "the mean must not be 0: effects are relative to it",
        ),
        ("revenue", "20:1:3", "only a ratio has a third number"),
        (
            "orders",
            "0",
            "the mean number of events must be above 0, and at most 10000",
        ),
        ("orders", "4:1", "counts vary at least as much as Poisson's"),
    ];
    for (metric, baseline, why) in told {
        let error = of_baseline(metric, baseline);
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_plan_that_takes_years_is_told_before_it_is_simulated() {
    let simulation = simulation(PILL).units(1_000).runs(1).daily(10);
    let told = simulation.run(|_| {}).unwrap_err().to_string();
    assert_eq!(
        told,
        "the 1000000 planned units of `pill` take more than 1000 days with 10 units a day: give more units a day, or fewer days"
    );
}
