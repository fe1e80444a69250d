//! Moments keep what cancels in Σx² − (Σx)²/n.
#![expect(clippy::float_cmp, reason = "these are exact")]

use proptest::prelude::*;
use variate_stats::{DoubleDouble, Moments};

/// Deviations from the mean in units of 2^-20 (about 1e-6), in a pattern whose moments are known exactly.
fn deviations(count: i32) -> impl Iterator<Item = f64> + Clone {
    (0..count).map(move |i| f64::from(2 * i - (count - 1)) / 1_048_576.0)
}

/// Σ of the squares of the above: n(n² − 1)/3 in those units.
fn squares(count: f64) -> f64 {
    count * (count * count - 1.0) / 3.0 / 1_048_576.0 / 1_048_576.0
}

fn assert_close(got: f64, wanted: f64) {
    assert!((got / wanted - 1.0).abs() < 1e-15, "{got:e} {wanted:e}");
}

#[test]
fn a_deviation_of_a_thousandth_survives_a_mean_of_a_billion() {
    // Exact as `f64`: 30 bits before the point, 20 after it. The standard deviation is 1.1e-3.
    let values = deviations(2_000).map(|deviation| 1e9 + deviation);
    let moments: Moments = values.clone().collect();
    assert_eq!(moments.count(), 2_000);
    assert_eq!(moments.mean(), 1e9);
    assert_close(moments.squared_deviations(), squares(2_000.0));
    assert_close(moments.variance(), squares(2_000.0) / 1_999.0);
    assert!(moments.standard_deviation() < 1.2e-3);

    let sum: DoubleDouble = values.clone().map(DoubleDouble::from).sum();
    let sum_of_squares: DoubleDouble = values.map(|x| DoubleDouble::from(x).squared()).sum();
    let tallied = Moments::from_tallies(2_000, sum.parts(), sum_of_squares.parts());
    assert_eq!(tallied.mean(), 1e9);
    // The sum of squares, 2e21, is itself rounded at 1e-11 or so.
    let off = tallied.variance() / moments.variance() - 1.0;
    assert!(off.abs() < 1e-6, "{off:e}");
}

#[test]
fn a_million_values_lose_nothing() {
    let moments: Moments = deviations(1_000_000).map(|x| 1e6 + x).collect();
    assert_eq!(moments.mean(), 1e6);
    assert_close(moments.squared_deviations(), squares(1e6));
}

#[test]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "split without loss"
)]
fn integers_of_106_bits_are_added_without_loss() {
    let split = |n: i128| {
        let high = n as f64;
        DoubleDouble::from_parts(high, (n - high as i128) as f64)
    };
    // Both low parts and the error of the high ones are as large as they can be: together they have 54 bits.
    let a = (3_i128 << 104) + (1 << 52) - 1;
    for b in [(1_i128 << 99) + (1 << 52) + (1 << 45), 1 << 99, 1] {
        for (a, b) in [(a, b), (b, a), (-a, -b), (a + b, -b)] {
            let (high, low) = (split(a) + split(b)).parts();
            assert_eq!(high as i128 + low as i128, a + b);
        }
    }
}

#[test]
fn values_in_a_row_lose_nothing_either() {
    for count in [1, 2, 4_095, 4_096, 4_097, 1_000_000] {
        for mean in [0.0, 1e6, 1e9] {
            let values: Vec<f64> = deviations(count).map(|x| mean + x).collect();
            let moments = Moments::from_values(&values);
            assert_eq!(moments.count(), values.len() as u64);
            let scale = mean + f64::from(count) / 1_048_576.0;
            assert!((moments.mean() - mean).abs() <= f64::EPSILON * scale);
            if count > 1 {
                assert_close(moments.squared_deviations(), squares(f64::from(count)));
            }
        }
    }
    assert_eq!(Moments::from_values(&[]), Moments::new());
}

proptest! {
    #[test]
    fn a_row_is_as_good_as_one_after_the_other(values in proptest::collection::vec(-1e6..1e6_f64, 2..10_000)) {
        let row = Moments::from_values(&values);
        let each: Moments = values.iter().copied().collect();
        let scale = each.standard_deviation();
        prop_assert!((row.mean() - each.mean()).abs() <= 1e-14 * scale.max(each.mean().abs()));
        prop_assert!((row.variance() / each.variance() - 1.0).abs() < 1e-13);
    }
}

#[test]
fn few_values_have_no_variance_and_none_no_mean() {
    let mut moments = Moments::new();
    assert!(moments.mean().is_nan() && moments.variance().is_nan());
    moments.push(7.0);
    assert_eq!(moments.mean(), 7.0);
    assert!(moments.variance().is_nan() && moments.standard_deviation().is_nan());
    moments.push(7.0);
    assert_eq!(moments.variance(), 0.0);
    let none = Moments::from_tallies(0, 5.0, 5.0);
    assert_eq!(none, Moments::new());
}

#[test]
fn tallies_that_contradict_each_other_show_it() {
    let moments = Moments::from_tallies(10, 100.0, 999.0);
    assert_eq!(moments.squared_deviations(), -1.0);
    assert!(moments.variance() < 0.0 && moments.standard_deviation().is_nan());
}

#[test]
fn what_is_infinite_is_not_hidden() {
    let moments: Moments = [1.0, f64::INFINITY].into_iter().collect();
    assert!(!moments.mean().is_finite() && moments.variance().is_nan());
    let moments: Moments = [1.0, f64::NAN].into_iter().collect();
    assert!(moments.mean().is_nan() && moments.variance().is_nan());
}

#[test]
fn double_doubles_are_whole_to_a_hundred_bits() {
    let third = DoubleDouble::from(1.0) / DoubleDouble::from(3.0);
    let (high, low) = (third * DoubleDouble::from(3.0) - DoubleDouble::from(1.0)).parts();
    assert!(high.abs() < 1e-31 && low.abs() < 1e-47);
    let count = u64::MAX - 2;
    let one_less = DoubleDouble::from(count) - DoubleDouble::from(count - 1);
    assert_eq!(one_less.parts(), (1.0, 0.0));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merged_parts_are_the_whole(
        mean in -1e9..1e9_f64,
        values in prop::collection::vec(-1e-3..1e-3_f64, 2..60),
        cut in 0..60_usize,
    ) {
        let values: Vec<f64> = values.iter().map(|x| mean + x).collect();
        let (left, right) = values.split_at(cut.min(values.len()));
        let mut merged: Moments = left.iter().copied().collect();
        merged.merge(&right.iter().copied().collect());
        let whole: Moments = values.iter().copied().collect();
        prop_assert_eq!(merged.count(), whole.count());
        prop_assert!((merged.mean() - whole.mean()).abs() <= whole.mean().abs() * 1e-15);
        let (merged, whole) = (merged.squared_deviations(), whole.squared_deviations());
        prop_assert!((merged - whole).abs() <= whole * 1e-13, "{merged:e} {whole:e}");
    }

    #[test]
    fn nothing_panics(values in prop::collection::vec(prop::num::f64::ANY, 0..9), count in any::<u64>(), sum in prop::num::f64::ANY) {
        let mut moments: Moments = values.into_iter().collect();
        moments.merge(&Moments::from_tallies(count, sum, (sum, 1.0)));
        let same = moments;
        moments.merge(&same);
        let _ = (moments.mean(), moments.variance(), moments.standard_deviation());
    }
}
