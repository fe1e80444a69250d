//! Means with a fixed number of units.

use crate::values::{close, data, numbers, rows, table};
use proptest::prelude::*;
use serde_json::Value;
use variate_stats::{
    ArgumentError, DoubleDouble, Interval, Moments, Side,
    mean::{self, Fieller, TwoMeans},
};

const DATA: &str = include_str!("../data/classical.json");

/// With this mean and standard deviation, exactly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts"
)]
fn arm(n: f64, mean: f64, deviation: f64) -> Moments {
    let of = DoubleDouble::from;
    let sum = of(n) * of(mean);
    let squares = of(n - 1.0) * of(deviation).squared() + sum * of(mean);
    Moments::from_tallies(n as u64, sum.parts(), squares.parts())
}

fn two(row: &[f64]) -> TwoMeans {
    TwoMeans {
        control: arm(row[0], row[1], row[2]),
        treatment: arm(row[3], row[4], row[5]),
    }
}

#[test]
fn welchs_test_is_that_of_scipy() {
    for row in table(&data(DATA), "welch") {
        let (arms, alpha) = (two(&row), row[6]);
        let what = format!("{row:?}");
        for (side, p) in [Side::Both, Side::Greater, Side::Less]
            .into_iter()
            .zip(&row[7..])
        {
            // scipy takes the difference of the means as they are rounded.
            let tolerance = if row[1] > 1e6 { 1e-3 } else { 1e-9 };
            close(
                arms.welch(alpha, side).unwrap().p_value,
                *p,
                tolerance,
                &what,
            );
        }
        let found = arms.welch(alpha, Side::Both).unwrap();
        close(found.degrees_of_freedom, row[10], 1e-9, &what);
        let width = row[12] - row[11];
        let tolerance = if row[1] > 1e6 { 1e-3 } else { 1e-10 };
        assert!(
            (found.interval.lower - row[11]).abs() < tolerance * width,
            "{what} {found:?}"
        );
        assert!(
            (found.interval.upper - row[12]).abs() < tolerance * width,
            "{what} {found:?}"
        );
    }
}

/// Sums and answers of gbstats (`GrowthBook`, at its head of 2026): its test of the relative difference is Ep-Stats'.
#[test]
fn the_relative_difference_is_that_of_gbstats() {
    let arms = TwoMeans {
        control: Moments::from_tallies(2000, 28_115.745_009_660_153, 490_264.483_835_992_75),
        treatment: Moments::from_tallies(2100, 31_005.344_311_417_08, 561_987.926_096_686_5),
    };
    let found = arms.relative(0.05, Side::Both).unwrap();
    close(found.effect, 0.050_262_026_990_963_646, 1e-13, "effect");
    close(
        found.standard_error,
        0.015_883_417_235_246_795,
        1e-12,
        "error",
    );
    close(
        found.interval.lower,
        0.019_121_897_192_419_367,
        1e-11,
        "lower",
    );
    close(
        found.interval.upper,
        0.081_402_156_789_507_92,
        1e-11,
        "upper",
    );
    // Theirs is 1 less a probability.
    close(found.p_value, 0.001_565_233_222_500_660_8, 1e-8, "p");
    let greater = arms.relative(0.05, Side::Greater).unwrap();
    close(
        greater.interval.lower,
        0.024_130_218_913_518_97,
        1e-11,
        "greater",
    );
    close(
        greater.p_value,
        0.000_782_616_611_750_830_4,
        1e-8,
        "greater",
    );
    let less = arms.relative(0.05, Side::Less).unwrap();
    close(less.interval.upper, 0.076_393_835_068_408_33, 1e-11, "less");
    close(less.p_value, 0.999_217_383_388_249_2, 1e-12, "less");
    let absolute = arms.welch(0.05, Side::Both).unwrap();
    close(
        absolute.interval.lower,
        0.279_700_611_054_671_7,
        1e-11,
        "lower",
    );
    close(
        absolute.interval.upper,
        1.133_453_723_491_918_2,
        1e-11,
        "upper",
    );
    close(absolute.p_value, 0.001_183_358_905_605_391_7, 1e-8, "p");
}

#[test]
fn fiellers_set_is_where_its_roots_are() {
    for row in rows(&data(DATA), "fieller") {
        let arms = two(&numbers(&Value::Array(row[..6].to_vec())));
        let found = arms.fieller(0.05).unwrap();
        let what = format!("{row:?} {found:?}");
        let ends = |i: usize| row[i].as_f64().unwrap();
        let (kind, interval) = match found {
            Fieller::Within(interval) => ("within", Some(interval)),
            Fieller::Outside(gap) => ("outside", Some(gap)),
            Fieller::Anything => ("anything", None),
        };
        assert_eq!(kind, row[6], "{what}");
        if let Some(interval) = interval {
            close(interval.lower, ends(7), 1e-9, &what);
            close(interval.upper, ends(8), 1e-9, &what);
        }
    }
}

#[test]
fn fiellers_set_is_right_without_a_mean_or_an_error() {
    let arms = TwoMeans {
        control: arm(30.0, 0.0, 1.0),
        treatment: arm(30.0, 2.0, 0.0),
    };
    let Fieller::Outside(gap) = arms.fieller(0.05).unwrap() else {
        panic!("{:?}", arms.fieller(0.05));
    };
    assert!((gap.lower + gap.upper).abs() < 1e-12 && gap.upper > 5.0);
    // A denominator that is zero for certain: the ratio is infinite, or there is none.
    let arms = |mean| TwoMeans {
        control: arm(30.0, 0.0, 0.0),
        treatment: arm(30.0, mean, 1.0),
    };
    let infinite = arms(5.0).fieller(0.05).unwrap();
    assert_eq!(infinite, Fieller::Outside(Interval::EVERYTHING));
    assert!(infinite.contains(f64::INFINITY) && !infinite.contains(1e300));
    assert_eq!(arms(0.1).fieller(0.05).unwrap(), Fieller::Anything);
    // A numerator of nothing, for certain.
    let arms = TwoMeans {
        control: arm(30.0, 5.0, 1.0),
        treatment: arm(30.0, 0.0, 0.0),
    };
    let zero = arms.fieller(0.05).unwrap().within().unwrap();
    assert_eq!((zero.lower, zero.upper), (0.0, 0.0));
    assert_eq!(
        arms.fieller(0.05).unwrap().lift().within().unwrap().lower,
        -1.0
    );
}

#[test]
fn sums_that_cannot_be_are_refused_by_name() {
    let good = arm(30.0, 5.0, 1.0);
    let name = |arms: TwoMeans| match arms.welch(0.05, Side::Both) {
        Err(ArgumentError::Range { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    let control = |control| TwoMeans {
        control,
        treatment: good,
    };
    let treatment = |treatment| TwoMeans {
        control: good,
        treatment,
    };
    assert_eq!(name(control(Moments::new())), "units of the control");
    assert_eq!(
        name(treatment([1.0].into_iter().collect())),
        "units of the treatment"
    );
    // Σx² below (Σx)²/n
    assert_eq!(
        name(control(Moments::from_tallies(4, 10.0, 24.0))),
        "variance of the control"
    );
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308] {
        let broken: Moments = [odd, 1.0, -odd].into_iter().collect();
        assert!(treatment(broken).welch(0.05, Side::Both).is_err(), "{odd}");
        assert!(
            treatment(Moments::from_tallies(3, odd, 1.0))
                .fieller(0.05)
                .is_err(),
            "{odd}"
        );
        assert!(
            treatment(Moments::from_tallies(3, 1.0, odd))
                .relative(0.05, Side::Both)
                .is_err()
                || odd == 1e308
        );
    }
    // Nothing varies.
    let still = TwoMeans {
        control: arm(30.0, 5.0, 0.0),
        treatment: arm(30.0, 6.0, 0.0),
    };
    assert_eq!(name(still), "standard error");
    assert!(still.relative(0.05, Side::Both).is_err() && still.fieller(0.05).is_err());
    assert!(mean::one(&arm(3.0, 1.0, 0.0), 0.05, Side::Both).is_err());
    // Nothing to be relative to.
    let zero = control(arm(30.0, 0.0, 1.0));
    assert!(zero.welch(0.05, Side::Both).is_ok() && zero.relative(0.05, Side::Both).is_err());
    for alpha in [0.0, 1.0, f64::NAN] {
        assert!(
            control(good).welch(alpha, Side::Both).is_err()
                && control(good).fieller(alpha).is_err()
        );
    }
    // Huge, and tiny.
    for scale in [1e-140, 1e140] {
        let arms = TwoMeans {
            control: [1.0, 2.0, 3.0].map(|x| x * scale).into_iter().collect(),
            treatment: [3.0, 4.0, 5.5].map(|x| x * scale).into_iter().collect(),
        };
        let found = arms.welch(0.05, Side::Both).unwrap();
        close(
            found.p_value,
            0.083_165_739_667_402_75,
            1e-12,
            &format!("{scale}"),
        );
        assert!(arms.relative(0.05, Side::Both).is_ok() && arms.fieller(0.05).is_ok());
    }
}

fn arms() -> impl Strategy<Value = TwoMeans> {
    let one = || {
        (2..1_000_000_u32, -50.0..50.0, 0.01..40.0)
            .prop_map(|(n, mean, deviation)| arm(f64::from(n), mean, deviation))
    };
    (one(), one()).prop_map(|(control, treatment)| TwoMeans { control, treatment })
}

/// Any number at all.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::num::f64::ANY,
        Just(0.0),
        -1e3..1e3,
        Just(f64::INFINITY),
        Just(f64::NAN)
    ]
}

proptest! {
    #[test]
    fn any_sums_have_an_answer_or_an_error(
        first in (0..50_u64, any_number(), any_number()),
        second in (any::<u64>(), any_number(), any_number()),
        alpha in 1e-12..0.49,
    ) {
        let of = |(n, sum, squares): (u64, f64, f64)| Moments::from_tallies(n, sum, squares);
        let arms = TwoMeans { control: of(first), treatment: of(second) };
        for side in [Side::Both, Side::Greater, Side::Less] {
            for found in [arms.welch(alpha, side), arms.relative(alpha, side), mean::one(&arms.treatment, alpha, side)].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&found.p_value), "{:?}", found);
                prop_assert!(found.effect.is_finite() && found.standard_error > 0.0 && found.degrees_of_freedom > 0.0);
                prop_assert!(found.interval.contains(found.effect), "{:?}", found);
            }
        }
        if let Ok(set) = arms.fieller(alpha) {
            let (Fieller::Within(ends) | Fieller::Outside(ends)) = set else { return Ok(()) };
            prop_assert!(ends.lower <= ends.upper, "{:?}", set);
        }
    }

    #[test]
    fn tests_and_intervals_agree(arms in arms(), alpha in 1e-6..0.4) {
        for side in [Side::Both, Side::Greater, Side::Less] {
            for found in [arms.welch(alpha, side), arms.relative(alpha, side)].into_iter().flatten() {
                prop_assert!(found.interval.contains(found.effect));
                if (found.p_value - alpha).abs() > 1e-9 * alpha {
                    prop_assert_eq!(found.p_value < alpha, !found.interval.contains(0.0), "{:?}", found);
                }
            }
        }
        // Fieller's set leaves out 1 just when Welch's test rejects, and holds the ratio.
        let (set, welch) = (arms.fieller(alpha).unwrap(), arms.welch(alpha, Side::Both).unwrap());
        prop_assert!(set.contains(arms.treatment.mean() / arms.control.mean()));
        if (welch.p_value - alpha).abs() > 1e-6 * alpha {
            prop_assert_eq!(welch.p_value < alpha, !set.contains(1.0), "{:?} {:?}", set, welch);
        }
    }

    #[test]
    fn swapping_and_scaling_change_what_they_should(arms in arms(), alpha in 1e-6..0.4, by in 1e-3..1e3) {
        let (one, other) = (arms.welch(alpha, Side::Both).unwrap(), arms.swapped().welch(alpha, Side::Both).unwrap());
        prop_assert!(one.effect == -other.effect && one.p_value == other.p_value && one.interval.lower == -other.interval.upper);
        prop_assert_eq!(arms.welch(alpha, Side::Greater).unwrap().p_value, arms.swapped().welch(alpha, Side::Less).unwrap().p_value);
        let scaled = |of: &Moments| {
            let n = f64::from(u32::try_from(of.count()).unwrap());
            arm(n, of.mean() * by, of.standard_deviation() * by)
        };
        let scaled = TwoMeans { control: scaled(&arms.control), treatment: scaled(&arms.treatment) };
        let (before, after) = (arms.relative(alpha, Side::Both).unwrap(), scaled.relative(alpha, Side::Both).unwrap());
        prop_assert!((before.effect - after.effect).abs() <= 1e-9 * before.effect.abs() + 1e-12);
        prop_assert!((before.standard_error - after.standard_error).abs() <= 1e-9 * before.standard_error);
    }
}
