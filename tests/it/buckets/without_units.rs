//! Rollouts that look at nothing of the unit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use variate::{Config, Random, RoundRobin, context};

use super::{UNITS, counts, under};

#[test]
fn random_is_uniform_over_the_randomness_it_is_given() {
    let step = u64::MAX / u64::from(UNITS) + 1;
    let drawn = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&drawn);
    let config = Config::builder()
        .resolver(Random::new())
        .randomness(move || count.fetch_add(1, Ordering::Relaxed).wrapping_mul(step))
        .build()
        .unwrap();
    let counts = counts(&config, "pill", &["a", "b", "c"]);
    assert_eq!(drawn.load(Ordering::Relaxed), u64::from(UNITS));
    assert_eq!(counts.len(), 4);
    assert!(
        counts.values().all(|count| count.abs_diff(UNITS / 4) <= 1),
        "{counts:?}"
    );
}

#[test]
fn random_draws_again_for_a_new_handle_and_never_for_one() {
    let extremes = Arc::new(AtomicU64::new(0));
    let flip = Arc::clone(&extremes);
    let config = Config::builder()
        .resolver(Random::new())
        .randomness(move || {
            if flip.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                0
            } else {
                u64::MAX
            }
        })
        .build()
        .unwrap();
    let handle = || config.experiment("pill", context! { user_id: 1 });
    let (first, second) = (handle(), handle());
    assert_eq!(
        (first.variant().as_str(), second.variant().as_str()),
        ("control", "candidate")
    );
    assert_eq!(first.variant(), "control");
}

#[test]
fn turns_are_exact_for_each_experiment() {
    let config = under(RoundRobin::new());
    let next = |name: &'static str| {
        let exp = config
            .experiment(name, context! { user_id: 1 })
            .with_variants(["a", "b"]);
        exp.variant().to_string()
    };
    let turns: Vec<_> = (0..6).map(|_| next("one")).collect();
    assert_eq!(turns, ["control", "a", "b", "control", "a", "b"]);
    assert_eq!(
        [next("two"), next("one"), next("two")],
        ["control", "control", "a"]
    );
}

#[test]
fn turns_are_exact_across_threads() {
    let config = under(RoundRobin::new());
    let take = |_: u32| {
        let exp = config
            .experiment("pill", context! {})
            .with_variants(["a", "b", "c"]);
        exp.variant().to_string()
    };
    let taken: Vec<String> = std::thread::scope(|scope| {
        let threads = [(); 8].map(|()| scope.spawn(|| (0..500).map(take).collect::<Vec<_>>()));
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    for name in ["control", "a", "b", "c"] {
        assert_eq!(taken.iter().filter(|taken| *taken == name).count(), 1000);
    }
}

#[test]
fn more_experiments_than_are_counted_apart_still_take_turns() {
    let config = under(RoundRobin::new());
    let variant = |name: String| config.experiment(name, context! {}).variant().is_control();
    assert!((0..10_000).all(|n| variant(format!("e{n}"))));
    let beyond: Vec<_> = (0..4).map(|n| variant(format!("beyond{n}"))).collect();
    assert_eq!(beyond, [true, false, true, false]);
    assert!(!variant("e0".into()));
}
