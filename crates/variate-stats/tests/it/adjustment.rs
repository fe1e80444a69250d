//! Variance reduction.

use proptest::prelude::*;
use serde_json::Value;
use variate_stats::adjustment::{
    Adjusted, Cuped, Dropped, PairedMoments, Regression, RobustError, Sample, Stratum, Unusable,
    linearise, post_stratify, strata,
};
use variate_stats::{ArgumentError, Estimate, Moments, Side};

use crate::values::{close, data, numbers};

fn reference() -> Value {
    data(include_str!("../data/adjusted.json"))
}

fn paired(arm: &Value) -> PairedMoments {
    PairedMoments::from_values(&numbers(&arm[0]), &numbers(&arm[1])).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn cuped(arms: [PairedMoments; 2], side: Side) -> Result<Adjusted, ArgumentError> {
    let [control, treatment] = arms;
    Cuped::new(&arms)?.compare(&control, &treatment, 0.05, side)
}

#[test]
fn cuped_is_an_analysis_of_covariance_with_welch_errors() {
    for row in reference()["cuped"].as_array().unwrap() {
        let arms = [paired(&row["control"]), paired(&row["treatment"])];
        close(
            Cuped::new(&arms).unwrap().theta(),
            number(&row["theta"]),
            1e-12,
            "theta",
        );
        let adjusted = cuped(arms, Side::Both).unwrap();
        let Estimate {
            effect,
            standard_error,
            degrees_of_freedom,
            interval,
            p_value,
            ..
        } = adjusted.estimate;
        close(effect, number(&row["effect"]), 1e-11, "effect");
        close(standard_error, number(&row["error"]), 1e-11, "error");
        close(
            degrees_of_freedom,
            number(&row["df"]),
            1e-11,
            "degrees of freedom",
        );
        close(interval.lower, number(&row["low"]), 1e-10, "lower");
        close(interval.upper, number(&row["high"]), 1e-10, "upper");
        close(p_value, number(&row["p"]), 1e-10, "p-value");
        close(
            adjusted.unadjusted.p_value,
            number(&row["plain_p"]),
            1e-10,
            "without",
        );
        assert!(adjusted.variance_reduction() > 0.1);
        let greater = cuped(arms, Side::Greater).unwrap().estimate;
        close(
            greater.p_value,
            number(&row["greater_p"]),
            1e-10,
            "one side",
        );
    }
}

#[test]
fn sums_are_as_good_as_values() {
    for row in reference()["cuped"].as_array().unwrap() {
        let sums = |arm: &Value| {
            let (y, x) = (numbers(&arm[0]), numbers(&arm[1]));
            let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let ones = vec![1.0; y.len()];
            PairedMoments::from_tallies(
                u64::try_from(y.len()).unwrap(),
                [sum(&y, &ones), sum(&y, &y)],
                [sum(&x, &ones), sum(&x, &x)],
                sum(&x, &y),
            )
        };
        let adjusted = cuped([sums(&row["control"]), sums(&row["treatment"])], Side::Both).unwrap();
        close(
            adjusted.estimate.effect,
            number(&row["effect"]),
            1e-10,
            "effect",
        );
        close(
            adjusted.estimate.p_value,
            number(&row["p"]),
            1e-9,
            "p-value",
        );
    }
}

#[test]
fn regression_is_that_of_lin_with_robust_errors() {
    for row in reference()["regression"].as_array().unwrap() {
        let columns = |arm: &Value| -> Vec<Vec<f64>> {
            row[arm.as_str().unwrap()]["x"]
                .as_array()
                .unwrap()
                .iter()
                .map(numbers)
                .collect()
        };
        let (ours, theirs) = (columns(&"control".into()), columns(&"treatment".into()));
        let ours: Vec<&[f64]> = ours.iter().map(Vec::as_slice).collect();
        let theirs: Vec<&[f64]> = theirs.iter().map(Vec::as_slice).collect();
        let (y_ours, y_theirs) = (
            numbers(&row["control"]["y"]),
            numbers(&row["treatment"]["y"]),
        );
        let control = Sample::new(&y_ours, &ours).unwrap();
        let treatment = Sample::new(&y_theirs, &theirs).unwrap();
        for (errors, name) in [(RobustError::Hc2, "HC2"), (RobustError::Hc3, "HC3")] {
            let regressed = Regression::new()
                .with_errors(errors)
                .compare(&control, &treatment, 0.05, Side::Both)
                .unwrap();
            let found = regressed.estimate;
            let expected = numbers(&row[name]);
            close(found.effect, expected[0], 1e-10, "effect");
            close(found.standard_error, expected[1], 1e-10, "error");
            close(
                found.degrees_of_freedom,
                expected[2],
                0.0,
                "degrees of freedom",
            );
            close(found.p_value, expected[3], 1e-8, "p-value");
            close(found.interval.lower, expected[4], 1e-9, "lower");
            close(found.interval.upper, expected[5], 1e-9, "upper");
            assert!(regressed.dropped.is_empty());
        }
    }
}

#[test]
fn strata_have_the_effect_and_error_of_their_saturated_regression() {
    for row in reference()["strata"].as_array().unwrap() {
        let arm = |arm: &Value| -> (Vec<u8>, Vec<f64>) {
            let labels = numbers(&arm[0]);
            (
                labels
                    .iter()
                    .map(|label| u8::from(*label > 0.5) + u8::from(*label > 1.5))
                    .collect(),
                numbers(&arm[1]),
            )
        };
        let (control, treatment) = (arm(&row["control"]), arm(&row["treatment"]));
        let strata = strata((&control.0, &control.1), (&treatment.0, &treatment.1)).unwrap();
        assert_eq!(strata.len(), 3);
        let adjusted = post_stratify(strata.into_values(), 0.05, Side::Both).unwrap();
        close(
            adjusted.estimate.effect,
            number(&row["effect"]),
            1e-11,
            "effect",
        );
        close(
            adjusted.estimate.standard_error,
            number(&row["error"]),
            1e-11,
            "error",
        );
        close(
            adjusted.estimate.degrees_of_freedom,
            number(&row["df"]),
            1e-11,
            "df",
        );
        close(
            adjusted.estimate.p_value,
            number(&row["p"]),
            1e-10,
            "p-value",
        );
    }
}

#[test]
fn a_linearised_ratio_has_its_mean_and_the_variance_of_the_delta_method() {
    let row = &reference()["ratio"];
    let (y, w) = (numbers(&row["values"][0]), numbers(&row["values"][1]));
    let moments: Moments = linearise(&y, &w).unwrap().into_iter().collect();
    close(moments.mean(), number(&row["ratio"]), 1e-13, "ratio");
    let error = moments.standard_deviation() / 60_f64.sqrt();
    close(error, number(&row["error"]), 1e-12, "error");
    for (above, below) in [
        (&[1.0][..], &[1.0, 2.0][..]),
        (&[1.0, 2.0], &[0.0, 0.0]),
        (&[1.0, 2.0], &[1.0, -3.0]),
        (&[1.0, f64::NAN], &[1.0, 2.0]),
        (&[1.0, 2.0], &[1.0, f64::INFINITY]),
        (&[], &[]),
    ] {
        assert!(linearise(above, below).is_err(), "{above:?} {below:?}");
    }
}

#[test]
fn arms_that_cannot_be_adjusted_are_refused() {
    let good = PairedMoments::from_values(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]).unwrap();
    let flat = PairedMoments::from_values(&[1.0, 2.0, 4.0], &[2.0; 3]).unwrap();
    let one = PairedMoments::from_values(&[1.0], &[2.0]).unwrap();
    let error = |arms: [PairedMoments; 2]| cuped(arms, Side::Both).unwrap_err().to_string();
    assert_eq!(
        error([good, one]),
        "units is 1: give at least 2 in each arm"
    );
    assert!(error([PairedMoments::new(), good]).starts_with("units is 0"));
    assert!(error([flat, flat]).starts_with("variance of the covariate is 0"));
    // One arm whose covariate does not vary leaves the other's.
    assert!(cuped([good, flat], Side::Both).is_ok());
    // The outcome is the covariate.
    let itself = PairedMoments::from_values(&[1.1, 2.3, 4.7], &[1.1, 2.3, 4.7]).unwrap();
    assert_eq!(
        error([itself, itself]),
        "standard error is 0: give values that vary, since nothing can be tested where all units are alike"
    );
    // Sums that contradict each other: Σxy, Σy², and none at all.
    let sums = PairedMoments::from_tallies(3, [7.0, 21.0], [6.0, 14.0], 30.0);
    assert!(error([good, sums]).starts_with("covariance is 8"));
    let sums = PairedMoments::from_tallies(3, [7.0, 11.0], [6.0, 14.0], 14.0);
    assert!(error([good, sums]).starts_with("variance of the outcomes is -"));
    let sums = PairedMoments::from_tallies(3, [f64::NAN, 21.0], [6.0, 14.0], 14.0);
    assert!(error([good, sums]).starts_with("mean of the outcomes is NaN"));
    assert!(Cuped::new(&[]).is_err() && Cuped::with_theta(f64::NAN).is_err());
    let error = PairedMoments::from_values(&[1.0, 2.0], &[f64::NAN, 2.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "covariates: entry 0 is NaN: give a finite number"
    );
    assert!(PairedMoments::from_values(&[1.0, 2.0], &[2.0]).is_err());
}

#[test]
fn a_fixed_theta_takes_away_as_much_as_it_says() {
    let arms = [
        PairedMoments::from_values(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]).unwrap(),
        PairedMoments::from_values(&[2.0, 3.0, 7.0], &[2.0, 3.0, 5.0]).unwrap(),
    ];
    let [control, treatment] = arms;
    let none = Cuped::with_theta(0.0)
        .unwrap()
        .compare(&control, &treatment, 0.05, Side::Both)
        .unwrap();
    assert_eq!(none.estimate, none.unadjusted);
    assert_eq!(none.variance_reduction(), 0.0);
    let half = Cuped::with_theta(0.5)
        .unwrap()
        .compare(&control, &treatment, 0.05, Side::Both)
        .unwrap();
    close(
        half.estimate.effect,
        none.estimate.effect - 0.5 * (10.0 - 6.0) / 3.0,
        1e-14,
        "effect",
    );
}

#[test]
fn columns_that_say_nothing_are_left_out_or_refused() {
    let noise = [0.3, -0.1, 0.7, 0.2, -0.5, 0.1, 0.9, -0.3];
    let x: Vec<f64> = (0..8).map(f64::from).collect();
    let twice: Vec<f64> = x.iter().map(|x| 2.0 * x + 5.0).collect();
    let flat = [0.1; 8];
    let odd = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
    let y: Vec<f64> = x.iter().zip(noise).map(|(x, e)| x + e).collect();
    let more: Vec<f64> = x
        .iter()
        .zip(noise)
        .map(|(x, e)| 1.2 * x - e + 1.0)
        .collect();
    let compare = |columns: &[&[f64]], how: Regression| {
        let control = Sample::new(&y, columns).unwrap();
        let treatment = Sample::new(&more, columns).unwrap();
        how.compare(&control, &treatment, 0.05, Side::Both)
    };
    let all = compare(&[&x, &twice, &flat, &odd], Regression::new()).unwrap();
    assert_eq!(
        all.dropped,
        [
            Dropped {
                column: 1,
                reason: Unusable::Dependent
            },
            Dropped {
                column: 2,
                reason: Unusable::Constant
            },
        ]
    );
    let those = compare(&[&x, &odd], Regression::new()).unwrap();
    assert_eq!(all.estimate, those.estimate);
    let error = compare(&[&x, &twice], Regression::new().refuse_unusable()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "covariate 1 follows from the covariates before it: leave it out"
    );
    // Without covariates it is the difference of the means with HC2 errors, which are Welch's.
    let none = compare(&[], Regression::new()).unwrap();
    close(
        none.estimate.effect,
        none.unadjusted.effect,
        1e-14,
        "effect",
    );
    close(
        none.estimate.standard_error,
        none.unadjusted.standard_error,
        1e-14,
        "error",
    );
    // Seven columns for eight units leave one too few.
    let columns: Vec<Vec<f64>> = (0..7_u32)
        .map(|power| {
            x.iter()
                .map(|x| f64::from(power + 1).sin() * (x * f64::from(power + 2)).sin())
                .collect()
        })
        .collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let error = compare(&columns, Regression::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "units of an arm has 8 entries: give more than one above the number of covariates"
    );
    // A column for a single unit.
    let single = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
    let error = compare(&[&single], Regression::new()).unwrap_err();
    assert!(
        error.to_string().starts_with("leverage of a unit is "),
        "{error}"
    );
    // The outcome itself.
    let error = compare(&[&y, &more], Regression::new()).unwrap_err();
    assert!(
        error.to_string().starts_with("standard error is 0"),
        "{error}"
    );
}

#[test]
fn samples_of_the_wrong_shape_are_refused() {
    assert!(Sample::new(&[1.0], &[]).is_err());
    assert!(Sample::new(&[1.0, f64::INFINITY], &[]).is_err());
    assert!(Sample::new(&[1.0, 2.0], &[&[1.0]]).is_err());
    assert!(Sample::new(&[1.0, 2.0], &[&[1.0, f64::NAN]]).is_err());
    let with = Sample::new(&[1.0, 2.0, 4.0], &[&[1.0, 2.0, 2.5]]).unwrap();
    let without = Sample::new(&[1.0, 2.0, 4.0], &[]).unwrap();
    assert!(
        Regression::new()
            .compare(&with, &without, 0.05, Side::Both)
            .is_err()
    );
}

#[test]
fn strata_without_enough_units_are_named() {
    let both = |control: &[f64], treatment: &[f64]| Stratum {
        control: control.iter().copied().collect(),
        treatment: treatment.iter().copied().collect(),
    };
    let good = both(&[1.0, 2.0], &[2.0, 4.0]);
    let error = post_stratify([good, both(&[1.0, 2.0], &[1.0])], 0.05, Side::Both).unwrap_err();
    assert_eq!(
        error,
        ArgumentError::Stratum {
            stratum: 1,
            arm: "treatment",
            units: 1
        }
    );
    let error = post_stratify([both(&[], &[1.0, 2.0]), good], 0.05, Side::Both).unwrap_err();
    assert_eq!(
        error.to_string(),
        "stratum 0 has 0 units of the control: give at least 2, or put it together with a similar one"
    );
    assert!(post_stratify([], 0.05, Side::Both).is_err());
    assert!(
        post_stratify(
            [both(&[1.0; 3], &[2.0; 3]), both(&[3.0; 3], &[4.0; 3])],
            0.05,
            Side::Both
        )
        .is_err()
    );
    assert!(post_stratify([good], 1.0, Side::Both).is_err());
    let contradicting = Stratum {
        control: Moments::from_tallies(3, 9.0, 2.0),
        ..good
    };
    assert!(post_stratify([contradicting, good], 0.05, Side::Both).is_err());
    assert!(strata((&[1, 2], &[1.0]), (&[], &[])).is_err());
    assert!(strata((&[1], &[f64::NAN]), (&[], &[])).is_err());
    // One stratum is no stratum.
    let alone = post_stratify([good], 0.05, Side::Both).unwrap();
    assert_eq!(alone.estimate, alone.unadjusted);
}

fn units() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 4..60)
}

fn any_units() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(
        prop_oneof![
            prop::num::f64::ANY,
            -10.0..10.0_f64,
            Just(0.0),
            Just(1e300),
            Just(-1e300),
            Just(1e-300)
        ],
        0..20,
    )
}

proptest! {
    #[test]
    fn an_effect_and_a_shift_of_the_covariate_are_found_as_such(ours in units(), theirs in units(), by in -100.0..100.0_f64) {
        let arms = |shift: f64, effect: f64| {
            let arm = |units: &[(f64, f64)], effect: f64| {
                let mut arm = PairedMoments::new();
                for (y, x) in units {
                    arm.push(y + effect, 3.0 * (x + shift));
                }
                arm
            };
            cuped([arm(&ours, 0.0), arm(&theirs, effect)], Side::Both).unwrap().estimate
        };
        let (plain, moved) = (arms(0.0, 0.0), arms(by, by));
        prop_assert!((moved.effect - plain.effect - by).abs() < 1e-8);
        prop_assert!((moved.standard_error - plain.standard_error).abs() < 1e-8 * plain.standard_error);
    }

    #[test]
    fn merged_moments_are_those_of_all_units(ours in units(), theirs in units()) {
        let of = |units: &[(f64, f64)]| {
            let mut arm = PairedMoments::new();
            for (y, x) in units {
                arm.push(*y, *x);
            }
            arm
        };
        let mut merged = of(&ours);
        merged.merge(&of(&theirs));
        let whole = of(&[ours, theirs].concat());
        prop_assert_eq!(merged.count(), whole.count());
        prop_assert!((merged.covariance() - whole.covariance()).abs() <= 1e-12 * whole.covariance().abs().max(1.0));
    }

    #[test]
    fn one_covariate_in_both_ways_is_nearly_the_same(theirs in units(), by in 0.5..2.0_f64) {
        // Arms with the same slope: Lin's regression has CUPED's effect.
        let (y, x): (Vec<f64>, Vec<f64>) = theirs.iter().copied().unzip();
        let more: Vec<f64> = y.iter().map(|y| y + by).collect();
        let shifted: Vec<f64> = x.iter().map(|x| x + 1.0).collect();
        let columns = [&x[..]];
        let others = [&shifted[..]];
        let regressed = Regression::new()
            .compare(&Sample::new(&y, &columns).unwrap(), &Sample::new(&more, &others).unwrap(), 0.05, Side::Both);
        let arms = [PairedMoments::from_values(&y, &x).unwrap(), PairedMoments::from_values(&more, &shifted).unwrap()];
        if let (Ok(regressed), Ok(adjusted)) = (regressed, cuped(arms, Side::Both)) {
            prop_assert!((regressed.estimate.effect - adjusted.estimate.effect).abs() < 1e-7);
        }
    }

    #[test]
    fn nothing_panics_or_is_nan(y in any_units(), x in any_units(), z in any_units()) {
        let good = |estimate: &Estimate| {
            estimate.effect.is_finite() && estimate.standard_error > 0.0 && (0.0..=1.0).contains(&estimate.p_value)
                && estimate.interval.contains(estimate.effect)
        };
        let half = |values: &[f64]| values.get(..y.len() / 2).map(<[f64]>::to_vec).unwrap_or_default();
        let (first, second) = (half(&y), y.get(y.len() / 2..).unwrap_or_default());
        if let (Ok(a), Ok(b)) = (
            PairedMoments::from_values(&first, &half(&x)),
            PairedMoments::from_values(second, &z),
        ) && let Ok(adjusted) = cuped([a, b], Side::Both) {
            prop_assert!(good(&adjusted.estimate) && good(&adjusted.unadjusted), "{adjusted:?}");
        }
        let (xs, zs) = (half(&x), half(&z));
        let columns = [&xs[..], &zs];
        if let Ok(sample) = Sample::new(&first, &columns)
            && let Ok(regressed) = Regression::new().compare(&sample, &sample, 0.05, Side::Both) {
            prop_assert!(good(&regressed.estimate), "{regressed:?}");
        }
        let labels: Vec<bool> = x.iter().map(|x| *x > 0.0).collect();
        if let Ok(strata) = strata((&labels, &y), (&labels, &z))
            && let Ok(adjusted) = post_stratify(strata.into_values(), 0.05, Side::Less) {
            prop_assert!(good(&adjusted.estimate), "{adjusted:?}");
        }
        if let Ok(values) = linearise(&y, &x) {
            prop_assert_eq!(values.len(), y.len());
        }
    }
}
