//! Summaries of all that is measured.

use variate::component;
use variate::component::{Latency, Outcomes, RoundRobin, Sticky, Summary};

use super::Hand;

#[component]
trait Quote {
    #[measure(total = |total| *total)]
    fn quote(&self, #[key(user)] user: u32, hand: &Hand) -> Result<u32, Closed>;
}

#[derive(Debug)]
struct Closed;

/// Takes so many nanoseconds; closed to every tenth user.
struct Shop(u64);

impl Quote for Shop {
    fn quote(&self, user: u32, hand: &Hand) -> Result<u32, Closed> {
        hand.pass(self.0);
        if user.is_multiple_of(10) {
            Err(Closed)
        } else {
            Ok(user)
        }
    }
}

#[test]
fn latencies_are_counted_by_arm_with_their_outcomes() {
    let (hand, summary) = (Hand::default(), Summary::new());
    let component = QuoteExperiment::builder("quotes")
        .control("slow", Shop(500))
        .arm("fast", Shop(100))
        .selector(RoundRobin::new())
        .collect(Latency::by(&summary, hand.clock()))
        .build()
        .unwrap();
    for user in 0..200 {
        let _ = component.quote(user, &hand);
    }
    let all = summary.read();
    let arms: Vec<_> = all
        .iter()
        .map(|of| (of.arm.as_str(), of.is_control))
        .collect();
    assert_eq!(arms, [("slow", true), ("fast", false)]);
    let slow = summary.of("slow", "quote", "time").unwrap();
    assert_eq!(
        (slow.experiment.as_str(), slow.unit.as_str()),
        ("quotes", "ns")
    );
    assert_eq!(
        (slow.outcomes.ok, slow.outcomes.error, slow.outcomes.calls()),
        (80, 20, 100)
    );
    assert_eq!(slow.distribution.mean(), Some(500.0));
    let fast = summary.of("fast", "quote", "time").unwrap();
    assert_eq!(
        (fast.outcomes.failures(), fast.distribution.max()),
        (0, Some(100.0))
    );
    assert!(summary.of("fast", "quote", "total").is_none());
}

#[test]
fn as_a_recorder_it_has_every_metric() {
    let (hand, summary) = (Hand::default(), Summary::new());
    let component = QuoteExperiment::builder("quotes")
        .control("shop", Shop(5))
        .collect(Outcomes::new())
        .recorder(summary.clone())
        .build()
        .unwrap();
    for user in 1..=20 {
        let _ = component.quote(user, &hand);
    }
    let failures = summary.of("shop", "quote", "failures").unwrap();
    assert_eq!(failures.distribution.mean(), Some(0.1));
    let total = summary.of("shop", "quote", "total").unwrap();
    // The sum of 1 to 20 without 10 and 20, of those that have one.
    assert_eq!(
        (total.distribution.count(), total.distribution.sum()),
        (18, 180.0)
    );
}

#[test]
fn units_are_counted_in_clusters_that_add_up() {
    let hand = Hand::default();
    let (with, without) = (Summary::new(), Summary::without_keys());
    let component = QuoteExperiment::builder("quotes")
        .control("shop", Shop(5))
        .selector(Sticky::new())
        .collect(Latency::by(&with, hand.clock()))
        .collect(Latency::by(&without, hand.clock()))
        .build()
        .unwrap();
    for call in 0..3_000 {
        let _ = component.quote(call % 300, &hand);
    }
    let of = with.of("shop", "quote", "time").unwrap();
    let used: Vec<_> = of
        .clusters
        .iter()
        .filter(|cluster| cluster.calls > 0)
        .collect();
    // Three hundred units share places by chance only.
    assert!((230..=300).contains(&used.len()), "{}", used.len());
    assert!(used.iter().all(|cluster| cluster.calls % 10 == 0));
    assert_eq!(used.iter().map(|cluster| cluster.calls).sum::<u64>(), 3_000);
    assert_eq!(
        used.iter().map(|cluster| cluster.failures).sum::<u64>(),
        300
    );
    assert_eq!(
        used.iter().map(|cluster| cluster.sum).sum::<f64>(),
        15_000.0
    );
    assert!(
        without
            .of("shop", "quote", "time")
            .unwrap()
            .clusters
            .is_empty()
    );
}

#[test]
fn components_of_one_experiment_are_one() {
    let (hand, summary) = (Hand::default(), Summary::new());
    for _ in 0..3 {
        let component = QuoteExperiment::builder("quotes")
            .control("shop", Shop(5))
            .selector(Sticky::new())
            .collect(Latency::by(&summary, hand.clock()))
            .build()
            .unwrap();
        component.quote(1, &hand).unwrap();
    }
    let all = summary.read();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].outcomes.ok, all[0].distribution.count()), (3, 3));
    assert_eq!(
        all[0]
            .clusters
            .iter()
            .map(|cluster| cluster.calls)
            .sum::<u64>(),
        3
    );
}

#[test]
fn threads_lose_nothing() {
    let (hand, summary) = (Hand::default(), Summary::new());
    let component = QuoteExperiment::builder("quotes")
        .control("slow", Shop(0))
        .arm("fast", Shop(0))
        .selector(Sticky::new())
        .collect(Latency::new(&summary))
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for user in 0..2_000 {
                    let _ = component.quote(user, &hand);
                }
            });
        }
    });
    let all = summary.read();
    assert_eq!(all.iter().map(|of| of.outcomes.calls()).sum::<u64>(), 8_000);
    assert_eq!(
        all.iter().map(|of| of.distribution.count()).sum::<u64>(),
        8_000
    );
    assert_eq!(summary.dropped(), 0);
}
