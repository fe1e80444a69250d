use proptest::prelude::*;
use variate_collector::Sum;

proptest! {
    /// Against integers of 128 bits, where plain doubles would have lost digits.
    #[test]
    fn integers_are_exact(values in prop::collection::vec(-1_000_000_000_000_000_i64..=1_000_000_000_000_000, 0..200)) {
        let mut sum = Sum::ZERO;
        let mut squares = Sum::ZERO;
        let (mut exact, mut exact_squares) = (0_i128, 0_i128);
        for &value in &values {
            #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
            let of = Sum::from(value as f64);
            sum += of;
            squares += of.squared();
            exact += i128::from(value);
            exact_squares += i128::from(value) * i128::from(value);
        }
        prop_assert_eq!(integer(sum), exact);
        prop_assert_eq!(integer(squares), exact_squares);
    }

    #[test]
    fn what_was_added_can_be_taken_away(values in prop::collection::vec(-1_000_000_i32..=1_000_000, 1..50)) {
        let cents = |value: i32| Sum::from(f64::from(value) * 0.01);
        let mut sum = Sum::ZERO;
        for &value in &values {
            sum += cents(value) * cents(value);
        }
        for &value in values.iter().rev() {
            sum = sum - cents(value).squared();
        }
        prop_assert!(sum.value().abs() < 1e-20, "{:?}", sum);
    }

    #[test]
    fn parts_are_the_whole(high in -1e15..1e15_f64, low in -1.0..1.0_f64) {
        let sum = Sum::from(high) + Sum::from(low);
        let (high, low) = sum.parts();
        prop_assert_eq!(Sum::from_parts(high, low), sum);
        prop_assert!(low.abs() <= high.abs() * f64::EPSILON / 2.0);
    }

    /// (a + b)² = a² + 2ab + b², where b is too small for the same double as a.
    #[test]
    fn products_keep_the_second_part(a in 1_u32..1 << 20, b in 1_u32..1 << 20) {
        let (a, b) = (f64::from(a), f64::from(b) * 2_f64.powi(-72));
        let rest = Sum::from_parts(a, b).squared() - Sum::from(a).squared();
        prop_assert!((rest.value() / (2.0 * a * b) - 1.0).abs() < 1e-9, "{:?}", rest);
    }

    #[test]
    fn counts_are_exact(count: u64) {
        prop_assert_eq!(integer(Sum::from(count)), i128::from(count));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "both parts are integers below 2^126"
)]
fn integer(sum: Sum) -> i128 {
    let (high, low) = sum.parts();
    high as i128 + low as i128
}

/// What decision 26 says of taking away.
#[test]
fn what_is_taken_away_leaves_little_of_the_largest_sum_there_was() {
    for (large, left) in [(1e10, 3e-12), (1e15, 0.03)] {
        let mut sum = Sum::from(large).squared();
        sum += Sum::from(0.1).squared();
        sum += -Sum::from(large).squared();
        let off = (sum.value() - 0.01).abs();
        assert!(off < left, "{large:e}: {off:e}");
    }
    let mut whole = Sum::from(1e15).squared();
    whole += Sum::from(7.0).squared();
    assert_eq!(whole - Sum::from(1e15).squared(), Sum::from(49.0));
}
