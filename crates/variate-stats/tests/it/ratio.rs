//! Ratio metrics by the delta method.

use crate::values::close;
use proptest::prelude::*;
use variate_stats::{
    ArgumentError, Moments, Side,
    mean::TwoMeans,
    ratio::{PairedRatios, RatioMoments, RatioTallies, TwoRatios},
};

fn tallies(units: u64, [y, x, yy, xx, xy]: [f64; 5]) -> RatioMoments {
    RatioMoments::from_tallies(&RatioTallies {
        units,
        numerator: y.into(),
        denominator: x.into(),
        numerator_squares: yy.into(),
        denominator_squares: xx.into(),
        products: xy.into(),
    })
}

/// Sums and answers of gbstats (`GrowthBook`, at its head of 2026).
#[test]
fn ratios_are_compared_as_by_gbstats() {
    let ratios = TwoRatios {
        control: tallies(2000, [1823.0, 8880.0, 3441.0, 46_006.0, 9507.0]),
        treatment: tallies(2100, [1902.0, 9260.0, 3542.0, 47_682.0, 9773.0]),
    };
    let found = ratios.difference(0.05, Side::Both).unwrap();
    close(found.effect, 0.000_106_775_241_764_417_44, 1e-12, "effect");
    close(
        found.standard_error,
        0.006_057_163_487_064_092,
        1e-13,
        "error",
    );
    close(
        found.interval.lower,
        -0.011_768_561_763_946_191,
        1e-12,
        "lower",
    );
    close(
        found.interval.upper,
        0.011_982_112_247_475_026,
        1e-12,
        "upper",
    );
    close(found.p_value, 0.985_936_536_759_991, 1e-13, "p");
    let found = ratios.relative(0.05, Side::Both).unwrap();
    close(found.effect, 0.000_520_111_984_019_762_3, 1e-12, "lift");
    close(
        found.standard_error,
        0.029_512_834_892_718_685,
        1e-13,
        "error of the lift",
    );
    close(
        found.interval.lower,
        -0.057_341_106_570_410_35,
        1e-6,
        "lower lift",
    );
    close(
        found.p_value,
        0.985_940_270_703_812_1,
        1e-6,
        "p of the lift",
    );
    assert!(ratios.fieller(0.05).unwrap().contains(1.0));
}

/// Means, variances and covariances and the answer of tea-tasting 1.14.
#[test]
fn ratios_are_compared_as_by_tea_tasting() {
    let arm = |n: f64, y: f64, x: f64, yy: f64, xx: f64, xy: f64| {
        let units = if n > 2050.0 { 2100 } else { 2000 };
        let sum = |covariance: f64, a: f64, b: f64| covariance * (n - 1.0) + n * a * b;
        tallies(
            units,
            [n * y, n * x, sum(yy, y, y), sum(xx, x, x), sum(xy, y, x)],
        )
    };
    let ratios = TwoRatios {
        control: arm(
            2000.0,
            0.7715,
            3.956,
            0.770_673_086_543_271_6,
            2.884_506_253_126_563_7,
            0.551_221_610_805_402_3,
        ),
        treatment: arm(
            2100.0,
            0.798_095_238_095_238_1,
            4.024_285_714_285_714,
            0.802_473_740_329_862_2,
            3.055_627_169_400_394_5,
            0.668_078_676_920_983_1,
        ),
    };
    let found = ratios.difference(0.05, Side::Both).unwrap();
    close(found.effect, 0.003_299_503_029_358_913_4, 1e-10, "effect");
    close(
        found.interval.lower,
        -0.009_192_137_481_056_36,
        1e-9,
        "lower",
    );
    close(
        found.interval.upper,
        0.015_791_143_539_774_184,
        1e-9,
        "upper",
    );
    close(found.p_value, 0.604_589_268_683_628_3, 1e-9, "p");
    close(found.statistic(), 0.517_852_520_598_867_2, 1e-9, "t");
}

#[test]
fn a_ratio_whose_denominators_are_all_one_is_a_mean() {
    let values: Vec<f64> = (0..100).map(|i| f64::from(i * i % 37)).collect();
    let other: Vec<f64> = (0..120).map(|i| f64::from(i * i % 41)).collect();
    let ratios = TwoRatios {
        control: values.iter().map(|&y| (y, 1.0)).collect(),
        treatment: other.iter().map(|&y| (y, 1.0)).collect(),
    };
    let means = TwoMeans {
        control: values.iter().copied().collect(),
        treatment: other.iter().copied().collect(),
    };
    for (ratio, mean) in [
        (
            ratios.difference(0.05, Side::Both),
            means.welch(0.05, Side::Both),
        ),
        (
            ratios.relative(0.05, Side::Less),
            means.relative(0.05, Side::Less),
        ),
    ] {
        let (ratio, mean) = (ratio.unwrap(), mean.unwrap());
        close(ratio.p_value, mean.p_value, 1e-13, "p");
        close(ratio.standard_error, mean.standard_error, 1e-14, "error");
        close(
            ratio.degrees_of_freedom,
            mean.degrees_of_freedom,
            1e-13,
            "degrees",
        );
    }
}

#[test]
fn sums_that_cannot_be_are_refused_by_name() {
    let good = tallies(2000, [1823.0, 8880.0, 3441.0, 46_006.0, 9507.0]);
    let name = |treatment: RatioMoments| {
        let ratios = TwoRatios {
            control: good,
            treatment,
        };
        match ratios.difference(0.05, Side::Both) {
            Err(ArgumentError::Range { name, .. }) => name,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(name(RatioMoments::new()), "units of the treatment");
    assert_eq!(
        name([(1.0, 1.0)].into_iter().collect()),
        "units of the treatment"
    );
    assert_eq!(
        name([(1.0, 0.0), (2.0, 0.0)].into_iter().collect()),
        "sum of the denominator"
    );
    assert_eq!(
        name([(1.0, 1.0), (2.0, -1.0)].into_iter().collect()),
        "sum of the denominator"
    );
    assert_eq!(
        name([(f64::INFINITY, 1.0), (2.0, 1.0)].into_iter().collect()),
        "sum of the numerator"
    );
    assert_eq!(
        name([(1.0, f64::NAN), (2.0, 1.0)].into_iter().collect()),
        "sum of the denominator"
    );
    assert_eq!(
        name(tallies(100, [100.0, 100.0, 50.0, 200.0, 100.0])),
        "squared deviations of the numerator"
    );
    assert_eq!(
        name(tallies(100, [100.0, 100.0, 200.0, 50.0, 100.0])),
        "squared deviations of the denominator"
    );
    assert_eq!(
        name(tallies(100, [100.0, 100.0, 200.0, 200.0, 300.0])),
        "products of the deviations"
    );
    assert!(RatioMoments::new().value().is_nan() && RatioMoments::new().variance().is_err());

    // Each clicks on every second page: there is no chance in it.
    let even: RatioMoments = (1..50)
        .map(|x| (f64::from(x), 2.0 * f64::from(x)))
        .collect();
    assert!(even.variance().unwrap() < 1e-25);
    let still = TwoRatios {
        control: even,
        treatment: even,
    };
    assert!(good.estimate(0.05, Side::Both).is_ok());
    assert!(
        TwoRatios {
            control: good,
            treatment: even
        }
        .difference(0.05, Side::Both)
        .is_ok()
    );
    assert!(
        still
            .relative(0.05, Side::Both)
            .map_or(true, |e| e.standard_error < 1e-12)
    );
    let zero: RatioMoments = (1..50).map(|x| (0.0, f64::from(x))).collect();
    let of_nothing = TwoRatios {
        control: zero,
        treatment: good,
    };
    assert!(
        of_nothing.difference(0.05, Side::Both).is_ok()
            && of_nothing.relative(0.05, Side::Both).is_err()
    );
}

/// Forty views by visitor, and a visitor clicks either often or hardly ever: as if views were independent, the error would be
/// less than half of what it is.
#[test]
fn what_a_unit_does_counts_once() {
    let visitors = (0..400).map(|i| (if i % 2 == 0 { 30.0 } else { 2.0 }, 40.0));
    let clustered: RatioMoments = visitors.collect();
    let naive: Moments = (0..400)
        .flat_map(|i| {
            (0..40).map(move |view| f64::from(u8::from(view < if i % 2 == 0 { 30 } else { 2 })))
        })
        .collect();
    let error = clustered.estimate(0.05, Side::Both).unwrap().standard_error;
    let view_by_view = naive.standard_deviation() / 16_000_f64.sqrt();
    assert_eq!(clustered.value(), naive.mean());
    assert!(error > 4.0 * view_by_view, "{error} {view_by_view}");
}

fn units() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((-20.0..100.0, 0.5..30.0), 2..60)
}

proptest! {
    #[test]
    fn any_sums_have_an_answer_or_an_error(
        n in 0..40_u64,
        sums in prop::array::uniform5(prop_oneof![prop::num::f64::ANY, Just(0.0), -1e3..1e3, 0.0..1e4]),
        good in units(),
        alpha in 1e-12..0.49,
    ) {
        let ratios = TwoRatios { control: tallies(n, sums), treatment: good.into_iter().collect() };
        for ratios in [ratios, ratios.swapped()] {
            for found in [ratios.difference(alpha, Side::Both), ratios.relative(alpha, Side::Greater)].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&found.p_value) && found.interval.contains(found.effect), "{:?}", found);
                prop_assert!(found.standard_error > 0.0);
            }
            let _ = ratios.fieller(alpha);
        }
    }

    #[test]
    fn units_may_come_one_by_one_in_parts_or_as_sums(first in units(), second in units()) {
        let all: RatioMoments = first.iter().chain(&second).copied().collect();
        let mut merged: RatioMoments = first.iter().copied().collect();
        merged.merge(&second.iter().copied().collect());
        let sum = |f: fn(&(f64, f64)) -> f64| first.iter().chain(&second).map(f).sum::<f64>();
        let summed = tallies(all.count(), [sum(|u| u.0), sum(|u| u.1), sum(|u| u.0 * u.0), sum(|u| u.1 * u.1), sum(|u| u.0 * u.1)]);
        for other in [merged, summed] {
            prop_assert_eq!(all.count(), other.count());
            prop_assert!((all.value() - other.value()).abs() <= 1e-12 * all.value().abs().max(1.0));
            let (one, two) = (all.variance().unwrap(), other.variance().unwrap());
            prop_assert!((one - two).abs() <= 1e-9 * one.max(1e-3), "{} {}", one, two);
        }
    }

    #[test]
    fn tests_and_intervals_agree(control in units(), treatment in units(), alpha in 1e-4..0.4) {
        let ratios = TwoRatios { control: control.into_iter().collect(), treatment: treatment.into_iter().collect() };
        let back = ratios.swapped();
        for side in [Side::Both, Side::Greater, Side::Less] {
            for found in [ratios.difference(alpha, side), ratios.relative(alpha, side)].into_iter().flatten() {
                prop_assert!(found.interval.contains(found.effect));
                if (found.p_value - alpha).abs() > 1e-9 * alpha {
                    prop_assert_eq!(found.p_value < alpha, !found.interval.contains(0.0), "{:?}", found);
                }
            }
        }
        if let (Ok(one), Ok(other)) = (ratios.difference(alpha, Side::Greater), back.difference(alpha, Side::Less)) {
            prop_assert!((one.p_value - other.p_value).abs() <= 1e-12 * one.p_value && one.effect == -other.effect);
        }
        if let Ok(set) = ratios.fieller(alpha) {
            prop_assert!(set.contains(ratios.treatment.value() / ratios.control.value()));
        }
    }
}

/// Of one call of each unit, the paired t test: numbers worked out with its formula, the p-value by Simpson's rule.
#[test]
fn ratios_of_the_same_units_are_compared_as_by_the_paired_t_test() {
    let values = [
        (4.0, 5.5),
        (7.0, 6.0),
        (3.5, 4.5),
        (9.0, 11.0),
        (6.0, 6.5),
        (2.0, 3.5),
    ];
    let units = values.map(|(control, treatment)| [(control, 1.0), (treatment, 1.0)]);
    let found = PairedRatios::of(&units)
        .difference(0.05, Side::Both)
        .unwrap();
    close(found.effect, 0.916_666_666_666_666_6, 1e-14, "effect");
    close(
        found.standard_error,
        0.436_208_410_943_413_34,
        1e-14,
        "error",
    );
    close(found.p_value, 0.089_589_173_929_355_06, 1e-9, "p");
}

/// Numerator and denominator of a unit, in the control and in the treatment.
type Both = [(f64, f64); 2];

/// Where both have the same denominators, differences and relative ones are ratios of their own.
#[test]
fn ratios_of_the_same_units_are_compared_as_the_ratio_of_their_differences() {
    let units: Vec<Both> = (1..=60_u32)
        .map(|at| {
            let calls = f64::from(1 + at % 4);
            let own = f64::from(50 + at * 37 % 41) * calls;
            [(own, calls), (0.9 * own + f64::from(at * 5 % 9), calls)]
        })
        .collect();
    let paired = PairedRatios::of(&units);
    let of = |ratio: fn(&Both) -> (f64, f64)| -> RatioMoments { units.iter().map(ratio).collect() };
    let differences = of(|[ours, theirs]| (theirs.0 - ours.0, ours.1));
    let expected = differences.estimate(0.05, Side::Both).unwrap();
    let found = paired.difference(0.05, Side::Both).unwrap();
    close(found.effect, expected.effect, 1e-10, "effect");
    close(found.standard_error, expected.standard_error, 1e-9, "error");
    close(found.p_value, expected.p_value, 1e-8, "p");
    let shares = of(|[ours, theirs]| (theirs.0 - ours.0, ours.0));
    let expected = shares.estimate(0.05, Side::Both).unwrap();
    let found = paired.relative(0.05, Side::Both).unwrap();
    close(found.effect, expected.effect, 1e-10, "lift");
    close(
        found.standard_error,
        expected.standard_error,
        1e-9,
        "error of the lift",
    );
}

#[test]
fn ratios_of_the_same_units_that_differ_alike_have_no_error() {
    let units: Vec<_> = (1..=9_u32)
        .map(|at| [(f64::from(at), 1.0), (f64::from(at) + 1.0, 1.0)])
        .collect();
    let refused = PairedRatios::of(&units).difference(0.05, Side::Both);
    assert!(
        matches!(refused, Err(ArgumentError::Range { .. })),
        "{refused:?}"
    );
    assert!(PairedRatios::of(&[]).difference(0.05, Side::Both).is_err());
}
