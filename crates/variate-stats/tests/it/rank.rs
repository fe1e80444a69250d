//! Ranks.

use proptest::prelude::*;
use serde_json::Value;
use variate_stats::Side;
use variate_stats::rank::{hodges_lehmann, mann_whitney, superiority};

use crate::values::{close, data, numbers};

const SIDES: [Side; 3] = [Side::Both, Side::Greater, Side::Less];

fn reference() -> Value {
    data(include_str!("../data/adjusted.json"))
}

#[test]
fn mann_whitney_is_that_of_scipy_exact_and_with_ties() {
    let mut kinds = [0, 0];
    for row in reference()["ranks"].as_array().unwrap() {
        let (control, treatment) = (numbers(&row["control"]), numbers(&row["treatment"]));
        for (side, p) in SIDES.into_iter().zip(numbers(&row["p"])) {
            let test = mann_whitney(&control, &treatment, side).unwrap();
            assert_eq!(test.u, row["u"].as_f64().unwrap());
            assert_eq!(test.exact, row["exact"].as_bool().unwrap());
            close(test.p_value, p, 1e-11, &format!("{side:?}"));
            kinds[usize::from(test.exact)] += 1;
        }
    }
    assert!(kinds[0] >= 9 && kinds[1] >= 9, "{kinds:?}");
}

#[test]
fn superiority_is_the_test_of_brunner_and_munzel() {
    let mut rows = 0;
    for row in reference()["ranks"].as_array().unwrap() {
        let (control, treatment) = (numbers(&row["control"]), numbers(&row["treatment"]));
        let expected = &row["brunner_munzel"];
        if expected.is_null() {
            continue;
        }
        rows += 1;
        for (side, p) in SIDES.into_iter().zip(numbers(&expected["p"])) {
            let found = superiority(&control, &treatment, 0.05, side).unwrap();
            let statistic = expected["statistic"].as_f64().unwrap();
            close(found.estimate.statistic(), statistic, 1e-11, "statistic");
            close(found.estimate.p_value, p, 1e-9, &format!("{side:?}"));
            assert!(found.interval.contains(found.probability));
            assert!(found.interval.lower >= 0.0 && found.interval.upper <= 1.0);
            assert_eq!(found.interval.lower == 0.0, side == Side::Less);
            assert_eq!(found.interval.upper == 1.0, side == Side::Greater);
        }
    }
    assert!(rows >= 5);
}

#[test]
fn the_shift_is_the_median_of_all_differences() {
    for row in reference()["ranks"].as_array().unwrap() {
        let (control, treatment) = (numbers(&row["control"]), numbers(&row["treatment"]));
        let Ok(shift) = hodges_lehmann(&control, &treatment, 0.05, Side::Both) else {
            // Mostly zeros: every pair within the interval is of two of them.
            assert_eq!(row["shift"].as_f64().unwrap(), 0.0);
            assert_eq!(control.len(), 60);
            continue;
        };
        let expected = row["shift"].as_f64().unwrap();
        assert!(
            (shift.effect - expected).abs() < 1e-12,
            "{} {expected}",
            shift.effect
        );
        assert!(shift.interval.contains(shift.effect));
        close(shift.p_value, numbers(&row["p"])[0], 1e-11, "p-value");
        // The test and the interval are one, where nothing is tied.
        if row["exact"].as_bool().unwrap() {
            assert_eq!(shift.p_value < 0.05, !shift.interval.contains(0.0));
        }
    }
}

#[test]
fn an_exact_interval_ends_where_the_exact_test_rejects() {
    let control = [1.1, 2.7, 3.2, 4.9, 6.3, 7.7, 8.05];
    let treatment = [2.2, 5.6, 6.1, 9.4, 10.8, 11.3];
    let interval = hodges_lehmann(&control, &treatment, 0.1, Side::Both)
        .unwrap()
        .interval;
    let p = |shift: f64| {
        let shifted: Vec<f64> = treatment.iter().map(|value| value - shift).collect();
        mann_whitney(&control, &shifted, Side::Both)
            .unwrap()
            .p_value
    };
    assert!(p(interval.lower - 1e-9) < 0.1 && p(interval.lower + 1e-9) >= 0.1);
    assert!(p(interval.upper + 1e-9) < 0.1 && p(interval.upper - 1e-9) >= 0.1);
}

#[test]
fn arms_that_cannot_be_ranked_are_refused() {
    let good = [1.0, 2.0, 3.0];
    assert!(mann_whitney(&good, &[1.0], Side::Both).is_err());
    assert!(mann_whitney(&[], &good, Side::Both).is_err());
    let error = mann_whitney(&good, &[1.0, f64::NAN], Side::Both)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "values of the treatment: entry 1 is NaN: give a finite number"
    );
    let error = mann_whitney(&[5.0; 4], &[5.0; 6], Side::Both)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "variance of the ranks is 0: give a finite number above 0"
    );
    // Arms that do not overlap: the test holds, the probability has no standard error.
    let above = [11.0, 12.0, 13.0];
    let test = mann_whitney(&good, &above, Side::Greater).unwrap();
    close(test.p_value, 0.05, 1e-14, "1 of 20 orders");
    assert_eq!(test.superiority, 1.0);
    let error = superiority(&good, &above, 0.05, Side::Both).unwrap_err();
    assert!(error.to_string().contains("arms that overlap"), "{error}");
    let error = hodges_lehmann(&good, &above, 0.05, Side::Both)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "pairs of units is 9: give more: an interval at this level reaches beyond their differences"
    );
    assert!(
        hodges_lehmann(
            &[-1e308, -1.1e308, 0.0, 1.0, 2.0, 3.0],
            &[1e308, 1.2e308, 4.0, 5.0, 6.0],
            0.05,
            Side::Both
        )
        .is_err()
    );
    // −0 is 0.
    let test = mann_whitney(&[0.0, 1.0, -0.0], &[-0.0, 0.0, 1.0], Side::Both).unwrap();
    assert_eq!(test.u, 4.5);
}

fn arm() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        prop::collection::vec((-20..20_i8).prop_map(f64::from), 2..70),
        prop::collection::vec(-1e3..1e3_f64, 2..70),
    ]
}

proptest! {
    #[test]
    fn pairs_are_counted_as_by_hand(control in arm(), treatment in arm()) {
        let mut u = 0.0;
        let mut differences = Vec::new();
        for theirs in &treatment {
            for ours in &control {
                u += if theirs > ours { 1.0 } else if theirs < ours { 0.0 } else { 0.5 };
                differences.push(theirs - ours);
            }
        }
        differences.sort_by(f64::total_cmp);
        if let Ok(test) = mann_whitney(&control, &treatment, Side::Both) {
            prop_assert_eq!(test.u, u);
            prop_assert!((0.0..=1.0).contains(&test.p_value));
            let back = mann_whitney(&treatment, &control, Side::Both).unwrap();
            prop_assert!((back.p_value - test.p_value).abs() < 1e-12);
        }
        if let Ok(shift) = hodges_lehmann(&control, &treatment, 0.05, Side::Both) {
            let middle = differences.len() / 2;
            let median = if differences.len() % 2 == 1 {
                differences[middle]
            } else {
                0.5 * differences[middle - 1] + 0.5 * differences[middle]
            };
            prop_assert_eq!(shift.effect, median);
            prop_assert!(differences.contains(&shift.interval.lower));
            let below = differences.iter().filter(|difference| **difference < shift.interval.lower).count();
            let above = differences.iter().filter(|difference| **difference > shift.interval.upper).count();
            prop_assert!(below.max(above) < middle);
        }
        if let Ok(found) = superiority(&control, &treatment, 0.05, Side::Both) {
            prop_assert!(found.interval.contains(found.probability));
        }
    }
}
