//! Quantiles and limits at them.

use proptest::prelude::*;
use serde_json::Value;
use variate_stats::Side;
use variate_stats::adjustment::{Stratum, post_stratify};
use variate_stats::distribution::Normal;
use variate_stats::quantile::{Definition, Quantile, QuantileEstimate};
use variate_stats::winsorise::{Beyond, Limits};

use crate::values::{close, data, numbers};

fn reference() -> Value {
    data(include_str!("../data/adjusted.json"))
}

#[test]
fn quantiles_are_those_of_numpy() {
    let definitions = [
        Definition::InvertedCdf,
        Definition::Hazen,
        Definition::Weibull,
        Definition::Linear,
        Definition::MedianUnbiased,
        Definition::NormalUnbiased,
    ];
    for row in reference()["quantiles"]["rows"].as_array().unwrap() {
        let values = numbers(&row["values"]);
        let quantile = Quantile::new(row["p"].as_f64().unwrap()).unwrap();
        for (definition, expected) in definitions.into_iter().zip(numbers(&row["quantiles"])) {
            let found = quantile.with_definition(definition).of(&values).unwrap();
            close(
                found,
                expected,
                1e-14,
                &format!("{definition:?} {quantile:?}"),
            );
        }
    }
}

#[test]
fn intervals_are_between_the_order_statistics_that_chance_may_reach() {
    for row in reference()["quantile_intervals"].as_array().unwrap() {
        let values = numbers(&row["values"]);
        let units: Vec<u64> = row["units"]
            .as_array()
            .unwrap()
            .iter()
            .map(|u| u.as_u64().unwrap())
            .collect();
        let quantile = Quantile::new(row["p"].as_f64().unwrap()).unwrap();
        let alpha = row["alpha"].as_f64().unwrap();
        let same = |found: QuantileEstimate, expected: &Value| {
            let expected = numbers(expected);
            close(found.value, expected[0], 1e-14, "quantile");
            close(found.standard_error, expected[1], 1e-12, "error");
            assert_eq!([found.interval.lower, found.interval.upper], expected[2..]);
        };
        same(
            quantile.estimate(&values, alpha).unwrap(),
            &row["independent"],
        );
        let clustered = quantile.estimate_clustered(&values, &units, alpha).unwrap();
        same(clustered, &row["clustered"]);
        // The difference to the same values twice as large.
        let larger: Vec<f64> = values.iter().map(|value| 2.0 * value).collect();
        let compared = quantile
            .compare_clustered((&values, &units), (&larger, &units), alpha, Side::Both)
            .unwrap();
        close(compared.effect, clustered.value, 1e-12, "effect");
        close(
            compared.standard_error,
            clustered.standard_error * 5_f64.sqrt(),
            1e-12,
            "error",
        );
    }
}

#[test]
fn a_unit_for_each_value_is_nearly_no_clustering() {
    let values: Vec<f64> = (0..1000).map(|i| f64::from(i * 387 % 1000)).collect();
    let units: Vec<usize> = (0..1000).collect();
    let clustered = Quantile::MEDIAN
        .estimate_clustered(&values, &units, 0.05)
        .unwrap();
    let independent = Quantile::MEDIAN.estimate(&values, 0.05).unwrap();
    assert!((clustered.standard_error - independent.standard_error).abs() < 1.0);
}

#[test]
fn quantiles_that_have_no_interval_are_refused() {
    let values: Vec<f64> = (0..30).map(f64::from).collect();
    let p99 = Quantile::new(0.99).unwrap();
    assert_eq!(
        p99.estimate(&values, 0.05).unwrap_err().to_string(),
        "values is 30: give more: an interval of this quantile at this level reaches beyond them"
    );
    let median = Quantile::MEDIAN;
    assert!(median.estimate(&[], 0.05).is_err() && median.of(&[]).is_err());
    assert!(median.estimate(&[1.0], 0.05).is_err());
    assert_eq!(median.of(&[7.0]).unwrap(), 7.0);
    let error = median.of(&[1.0, 2.0, f64::NAN]).unwrap_err().to_string();
    assert_eq!(error, "values: entry 2 is NaN: give a finite number");
    for p in [0.0, 1.0, f64::NAN, -0.1] {
        assert!(Quantile::new(p).is_err());
    }
    // Ties: a value, and nothing to compare by.
    let tied = [3.0; 30];
    assert_eq!(median.estimate(&tied, 0.05).unwrap().standard_error, 0.0);
    assert!(median.compare(&tied, &tied, 0.05, Side::Both).is_err());
    // All of one unit, or not as many.
    assert!(median.estimate_clustered(&values, &[1; 30], 0.05).is_err());
    assert!(median.estimate_clustered(&values, &[1, 2], 0.05).is_err());
    assert!(median.estimate_clustered::<u8>(&[], &[], 0.05).is_err());
}

#[test]
fn limits_come_from_all_arms_and_hold_for_each() {
    let control: Vec<f64> = (0..100).map(f64::from).collect();
    let treatment: Vec<f64> = (0..100).map(|i| f64::from(i) * 10.0).collect();
    let limits = Limits::at_quantiles(&[&control, &treatment], 0.02, 0.9).unwrap();
    // The 4th smallest of 0, 0, 1, 2, …, and the 180th of 200: twenty values are larger.
    assert_eq!(
        (limits.interval().lower, limits.interval().upper),
        (2.0, 790.0)
    );
    let (mut ours, mut theirs) = (control.clone(), treatment.clone());
    assert_eq!(
        limits.winsorise(&mut ours).unwrap(),
        Beyond { below: 2, above: 0 }
    );
    assert_eq!(
        limits.winsorise(&mut theirs).unwrap(),
        Beyond {
            below: 1,
            above: 20
        }
    );
    assert_eq!((ours[0], ours[2], ours[99]), (2.0, 2.0, 99.0));
    assert_eq!((theirs[0], theirs[79], theirs[99]), (2.0, 790.0, 790.0));
    let mut trimmed = treatment.clone();
    assert_eq!(
        limits.trim(&mut trimmed).unwrap(),
        Beyond {
            below: 1,
            above: 20
        }
    );
    assert_eq!(trimmed, treatment[1..80]);
}

#[test]
fn limits_of_each_arm_find_effects_that_are_not_there() {
    // Lognormal values without any effect, from a small generator of its own.
    let mut state = 20_261_121_u64;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (f64::from(u32::try_from(state >> 32).unwrap()) + 0.5) / 4_294_967_296.0
    };
    let mut arm = || -> Vec<f64> {
        (0..500)
            .map(|_| (2.0 * Normal::STANDARD.quantile(uniform())).exp())
            .collect()
    };
    let found = |control: &[f64], treatment: &[f64]| {
        let arms = Stratum {
            control: control.iter().copied().collect(),
            treatment: treatment.iter().copied().collect(),
        };
        let welch = post_stratify([arms], 0.05, Side::Both).unwrap();
        u32::from(welch.unadjusted.p_value < 0.05)
    };
    let (mut own, mut common) = (0, 0);
    for _ in 0..400 {
        let (control, treatment) = (arm(), arm());
        let limited = |values: &[f64], arms: &[&[f64]]| {
            let mut values = values.to_vec();
            Limits::at_quantiles(arms, 0.0, 0.95)
                .unwrap()
                .winsorise(&mut values)
                .unwrap();
            values
        };
        own += found(
            &limited(&control, &[&control]),
            &limited(&treatment, &[&treatment]),
        );
        let both: [&[f64]; 2] = [&control, &treatment];
        common += found(&limited(&control, &both), &limited(&treatment, &both));
    }
    // 20 are expected.
    assert!(own > 70 && (8..33).contains(&common), "{own} {common}");
}

#[test]
fn limits_that_limit_nothing_or_everything() {
    let zeros = [0.0, 0.0, 0.0, 0.0, 0.0, 5.0];
    let error = Limits::at_quantiles(&[&zeros], 0.1, 0.5)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "lower limit is 0: give less than the upper limit: nothing would vary"
    );
    let none = Limits::at_quantiles(&[&zeros], 0.0, 1.0).unwrap();
    assert_eq!(
        none,
        Limits::fixed(f64::NEG_INFINITY, f64::INFINITY).unwrap()
    );
    for (lower, upper) in [
        (0.5, 0.5),
        (-0.1, 0.5),
        (0.2, 1.1),
        (f64::NAN, 0.5),
        (0.1, f64::NAN),
    ] {
        assert!(Limits::at_quantiles(&[&zeros], lower, upper).is_err());
    }
    assert!(Limits::at_quantiles(&[], 0.1, 0.9).is_err());
    assert!(Limits::at_quantiles(&[&zeros, &[f64::NAN]], 0.1, 0.9).is_err());
    assert!(Limits::fixed(1.0, 1.0).is_err() && Limits::fixed(f64::NAN, 1.0).is_err());
    let limits = Limits::fixed(0.0, 2.0).unwrap();
    let mut values = vec![-1.0, f64::NAN, 5.0];
    assert!(limits.winsorise(&mut values).is_err() && limits.trim(&mut values).is_err());
    assert_eq!((values[0], values[2]), (-1.0, 5.0));
    assert!(limits.clamp(f64::NAN).is_nan());
    let text = serde_json::to_string(&limits).unwrap();
    assert_eq!(text, r#"{"lower":0.0,"upper":2.0}"#);
}

proptest! {
    #[test]
    fn a_quantile_is_that_of_the_sorted_list(values in prop::collection::vec(-1e6..1e6_f64, 1..200), p in 0.001..0.999_f64) {
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let quantile = Quantile::new(p).unwrap();
        prop_assert_eq!(quantile.of(&values).unwrap(), quantile.of(&sorted).unwrap());
        let found = quantile.of(&values).unwrap();
        prop_assert!(sorted[0] <= found && found <= sorted[sorted.len() - 1]);
        let below = values.iter().filter(|value| **value < found).count();
        let [below, all] = [below, values.len()].map(|count| f64::from(u32::try_from(count).unwrap()));
        prop_assert!(below <= p * all + 1.0 + 1e-9);
        if let Ok(estimate) = quantile.estimate(&values, 0.05) {
            prop_assert!(estimate.interval.contains(found) && estimate.standard_error >= 0.0);
        }
    }

    #[test]
    fn definitions_keep_the_interval_around_the_quantile(count in 1..200_u32, p in 0.001..0.999_f64, alpha in 0.001..0.9_f64) {
        let values: Vec<f64> = (0..count).map(|i| f64::from(i * 7919 % count)).collect();
        for definition in [Definition::InvertedCdf, Definition::Hazen, Definition::Weibull, Definition::MedianUnbiased] {
            let quantile = Quantile::new(p).unwrap().with_definition(definition);
            if let Ok(estimate) = quantile.estimate(&values, alpha) {
                prop_assert!(estimate.interval.contains(estimate.value));
            }
        }
    }
}
