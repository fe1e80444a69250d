//! Histograms beside the values themselves.

#![allow(clippy::cast_precision_loss, reason = "small numbers")]

use variate::component::{Distribution, Histogram};

fn counted(values: impl IntoIterator<Item = f64>) -> Distribution {
    let histogram = Histogram::new();
    values.into_iter().for_each(|value| histogram.add(value));
    histogram.distribution()
}

#[test]
fn quantiles_are_known_to_less_than_a_hundredth() {
    // From nanoseconds to days, each quantile by definition 7.
    let values: Vec<f64> = (0..20_000).map(|at| 1.001_5_f64.powi(at) * 3.7).collect();
    let distribution = counted(values.iter().rev().copied());
    for permille in [0, 1, 100, 500, 900, 950, 990, 999, 1_000] {
        let exact = values[permille * 19_999 / 1_000];
        let found = distribution.quantile(permille as f64 / 1_000.0).unwrap();
        assert!(
            (found / exact - 1.0).abs() < 0.01,
            "{permille}: {found} {exact}"
        );
    }
    assert_eq!(distribution.min(), Some(values[0]));
    assert_eq!(distribution.max(), Some(values[19_999]));
    assert_eq!(distribution.count(), 20_000);
}

#[test]
fn mean_and_variance_are_those_of_the_values() {
    let values: Vec<f64> = (0..1_000)
        .map(|at| f64::from(at * 7_919 % 1_000) - 300.0)
        .collect();
    let distribution = counted(values.iter().copied());
    let mean = values.iter().sum::<f64>() / 1_000.0;
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / 999.0;
    assert!((distribution.mean().unwrap() - mean).abs() < 1e-9);
    assert!((distribution.variance().unwrap() / variance - 1.0).abs() < 0.01);
}

#[test]
fn values_below_zero_zeros_and_what_is_no_number_have_their_places() {
    let distribution = counted([
        -5.0,
        0.0,
        5.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e-300,
    ]);
    assert_eq!(distribution.count(), 4);
    assert_eq!(
        (distribution.min(), distribution.max()),
        (Some(-5.0), Some(5.0))
    );
    let places: Vec<_> = distribution
        .buckets()
        .map(|of| (of.lower, of.upper, of.count))
        .collect();
    let [below, zero, above] = places.as_slice() else {
        panic!("{places:?}")
    };
    assert!(
        below.0 <= -5.0 && below.1 > -5.05 && below.2 == 1,
        "{below:?}"
    );
    assert_eq!(*zero, (0.0, 0.0, 2));
    assert!(
        above.0 <= 5.0 && above.1 >= 5.0 && above.2 == 1,
        "{above:?}"
    );
}

#[test]
fn buckets_lie_beside_each_other_and_hold_their_values() {
    let values: Vec<f64> = (1..5_000).map(|at| f64::from(at).powi(3) * 1e-4).collect();
    let distribution = counted(values.iter().copied());
    let buckets: Vec<_> = distribution.buckets().collect();
    for pair in buckets.windows(2) {
        assert!(pair[0].upper <= pair[1].lower);
    }
    for bucket in &buckets {
        let within = values
            .iter()
            .filter(|value| (bucket.lower..bucket.upper).contains(value));
        let is_last = bucket.upper >= *values.last().unwrap();
        assert_eq!(
            within.count() as u64 + u64::from(is_last),
            bucket.count,
            "{bucket:?}"
        );
    }
}

#[test]
fn of_nothing_nothing_is_said() {
    let nothing = counted([]);
    assert_eq!(
        (nothing.mean(), nothing.min(), nothing.quantile(0.5)),
        (None, None, None)
    );
    assert_eq!(nothing.variance(), None);
    let mut one = counted([2.0]);
    one.merge(&nothing);
    assert_eq!((one.quantile(0.5), one.variance()), (Some(2.0), None));
}

#[test]
fn merging_is_as_if_one_had_seen_all() {
    let (mut one, other) = (counted([1.0, 3.0, 1e9]), counted([-7.0, 3.0]));
    one.merge(&other);
    assert_eq!(one, counted([1.0, 3.0, 1e9, -7.0, 3.0]));
    let json = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Distribution>(&json).unwrap(), one);
}

#[test]
fn threads_lose_nothing() {
    let histogram = Histogram::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let histogram = &histogram;
            scope.spawn(move || {
                for at in 0..20_000 {
                    histogram.add(f64::from(thread * 20_000 + at));
                }
            });
        }
    });
    let distribution = histogram.distribution();
    assert_eq!(distribution.count(), 160_000);
    assert_eq!(distribution.sum(), 159_999.0 * 80_000.0);
    assert_eq!(
        (distribution.min(), distribution.max()),
        (Some(0.0), Some(159_999.0))
    );
}
