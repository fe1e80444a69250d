//! A simulated unit is counted as the collector counts a real one.

use std::cell::Cell;

use variate_collector::live::{ExperimentPlan, LiveEvaluation};
use variate_collector::{Change, EventStore, MemoryStore, NewEvent, Pair, Products, Tally};

#[test]
fn tallies_of_one_unit_add_up_to_those_of_a_store() {
    let store = MemoryStore::new();
    let pair = Pair {
        first: "clicked".to_owned(),
        second: "viewed".to_owned(),
    };
    store.change("shop", "pill", &Change::Pair(pair)).unwrap();
    let (mut clicks, mut views, mut products) =
        (Tally::default(), Tally::default(), Products::default());
    let id = Cell::new(0);
    for unit in 0..7_u64 {
        let send = |action: &'static str, value: Option<f64>| {
            id.set(id.get() + 1);
            let event = NewEvent::new("shop", "pill", "control", action, id.get().to_string());
            let event = event.of_unit(unit.to_string()).at(1_795_219_200_000);
            let event = match value {
                Some(value) => event.value(value),
                None => event,
            };
            store.ingest(&[event]).unwrap();
        };
        send("assignment", None);
        let (clicked, viewed) = (unit % 3, unit % 4);
        let mut total = 0.0;
        for click in 0..clicked {
            let value = 1.5 + f64::from(u32::try_from(click + unit).unwrap());
            send("clicked", Some(value));
            total += value;
        }
        for _ in 0..viewed {
            send("viewed", Some(1.0));
        }
        let seen = f64::from(u32::try_from(viewed).unwrap());
        if clicked > 0 {
            clicks += Tally::of_one(clicked, total);
        }
        if viewed > 0 {
            views += Tally::of_one(viewed, seen);
        }
        products += Products::of_one((clicked, total), (viewed, seen));
    }
    let tallies = store.tallies("shop", "pill").unwrap().unwrap();
    let total = |action| tallies.cell(action, "control").unwrap().total.counted;
    assert_eq!(total("clicked"), clicks);
    assert_eq!(total("viewed"), views);
    assert_eq!(tallies.pair_tallies[0].total.counted, products);
}

#[test]
fn a_bare_decision_is_that_of_the_whole_evaluation() {
    let store = MemoryStore::new();
    for unit in 0..2_000 {
        let variant = ["control", "red"][unit % 2];
        let send = |action: &'static str| {
            let event = NewEvent::new("shop", "pill", variant, action, format!("{action}-{unit}"));
            let event = event.of_unit(unit.to_string()).at(1_795_219_200_000);
            store.ingest(&[event]).unwrap();
        };
        send("assignment");
        if unit % 10 < 1 + 3 * (unit % 2) {
            send("bought");
        }
    }
    let tallies = store.tallies("shop", "pill").unwrap().unwrap();
    let mut plan = ExperimentPlan::new(["control", "red"]);
    plan.metrics = vec![
        variate::Metric::new("purchases", variate::MetricKind::conversion("bought"))
            .minimum_effect(0.1),
    ];
    for units in [None, Some(2_000), Some(5_000)] {
        plan.plan.units = units;
        let whole = LiveEvaluation::of(&tallies, Some(&plan), 1_795_262_400_000).unwrap();
        let bare = LiveEvaluation::decide(&tallies, Some(&plan), 1_795_262_400_000).unwrap();
        let (whole, bare) = (&whole.evaluation, &bare);
        assert_eq!(whole.reading, bare.reading);
        assert_eq!(whole.conclusion.decision, bare.conclusion.decision);
        let (whole, bare) = (
            &whole.metrics[0].comparisons[0],
            &bare.metrics[0].comparisons[0],
        );
        assert_eq!(whole.verdict, bare.verdict);
        assert_eq!(whole.p_value, bare.p_value);
        assert_eq!(whole.always_valid_p_value, bare.always_valid_p_value);
        assert!(bare.posterior.is_none() && bare.power.is_none() && whole.posterior.is_some());
    }
}
