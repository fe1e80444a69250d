//! How many units, for how long, and what they can show.

use crate::values::{close, data, rows, table};
use proptest::prelude::*;
use serde_json::Value;
use variate_stats::{
    Moments, Side,
    power::{Design, Effect, Outcome, Traffic, group_sequential_inflation, group_sequential_power},
    ratio::RatioMoments,
    sequential::{AsymptoticSequence, Look, Msprt, WangTsiatis},
};

const DATA: &str = include_str!("../data/classical.json");

fn side(name: &Value) -> Side {
    match name.as_str().unwrap() {
        "two-sided" => Side::Both,
        "larger" => Side::Greater,
        _ => Side::Less,
    }
}

/// The numbers of a row that are some.
fn number(row: &[Value], i: usize) -> f64 {
    row[i].as_f64().unwrap()
}

#[test]
fn the_power_of_a_comparison_of_means_is_that_of_statsmodels() {
    for row in rows(&data(DATA), "power_mean") {
        let [effect, deviation, units, ratio, alpha] = [0, 1, 2, 3, 4].map(|i| number(&row, i));
        let design = Design::new(alpha, side(&row[5]))
            .unwrap()
            .with_allocation(ratio)
            .unwrap();
        let effect = Effect::Absolute(effect);
        let t = Outcome::mean(7.0, deviation).unwrap();
        let found = design.power(&t, effect, units).unwrap();
        // In the far tail scipy's noncentral t loses digits.
        let expected = number(&row, 6);
        if expected > 1e-9 {
            let tolerance = if expected > 1e-4 { 1e-9 } else { 1e-6 };
            close(found, expected, tolerance, &format!("{row:?}"));
        }
        // The same by the normal distribution, as of a ratio.
        let z = Outcome::ratio(7.0, deviation * deviation).unwrap();
        close(
            design.power(&z, effect, units).unwrap(),
            number(&row, 7),
            1e-9,
            &format!("{row:?}"),
        );
    }
}

#[test]
fn the_sample_size_of_a_comparison_of_means_is_that_of_statsmodels() {
    for row in table(&data(DATA), "size_mean") {
        let design = Design::new(row[1], Side::Both)
            .unwrap()
            .with_power(row[2])
            .unwrap()
            .with_allocation(row[3])
            .unwrap();
        for (outcome, expected) in [
            (Outcome::mean(0.0, 1.0).unwrap(), row[4]),
            (Outcome::ratio(0.0, 1.0).unwrap(), row[5]),
        ] {
            let size = design
                .sample_size(&outcome, Effect::Absolute(row[0]))
                .unwrap();
            close(size.exact, expected, 1e-7, &format!("{row:?}"));
            assert!(size.exact.ceil() == f64::from(u32::try_from(size.control).unwrap()));
            assert_eq!(size.total, size.control + size.treatment);
            let least = design.minimum_effect(&outcome, size.exact).unwrap();
            close(least, row[0], 1e-9, &format!("{row:?}"));
        }
    }
}

#[test]
fn the_power_of_a_comparison_of_rates_is_that_of_statsmodels() {
    for row in rows(&data(DATA), "power_rate") {
        let [rate, effect, units, ratio, alpha] = [0, 1, 2, 3, 4].map(|i| number(&row, i));
        let design = Design::new(alpha, side(&row[5]))
            .unwrap()
            .with_allocation(ratio)
            .unwrap();
        let found = design
            .power(
                &Outcome::rate(rate).unwrap(),
                Effect::Absolute(effect),
                units,
            )
            .unwrap();
        close(found, number(&row, 6), 1e-9, &format!("{row:?}"));
    }
}

#[test]
fn group_sequential_plans_want_more_units_as_by_scipys_multivariate_normal() {
    for row in table(&data(DATA), "inflation") {
        let looks = if row[0] > 3.0 { 5 } else { 2 };
        let times: Vec<f64> = (1..=looks)
            .map(|k| f64::from(k) / f64::from(looks))
            .collect();
        let plan = WangTsiatis::new(0.05, times.len(), row[1]).unwrap();
        let found = group_sequential_inflation(&times, plan.boundaries(), 0.05, row[2]).unwrap();
        assert!((found - row[3]).abs() < 3e-5, "{row:?}: {found}");
    }
    // One look is no plan; looks that nobody can pass neither cost anything.
    let one = WangTsiatis::pocock(0.05, 1).unwrap().boundaries()[0];
    close(
        group_sequential_inflation(&[1.0], &[one], 0.05, 0.8).unwrap(),
        1.0,
        1e-9,
        "one",
    );
    close(
        group_sequential_inflation(&[0.5, 1.0], &[f64::INFINITY, one], 0.05, 0.8).unwrap(),
        1.0,
        1e-9,
        "never",
    );
    for (times, boundaries, alpha, power) in [
        (&[][..], &[][..], 0.05, 0.8),
        (&[0.5][..], &[2.0][..], 0.05, 0.8),
        (&[0.5, 1.0][..], &[2.0][..], 0.05, 0.8),
        (&[0.5, 1.0][..], &[2.0, f64::NAN][..], 0.05, 0.8),
        (&[0.5, 1.0][..], &[2.0, 2.0][..], 1.0, 0.8),
        (&[0.5, 1.0][..], &[2.0, 2.0][..], 0.05, 0.04),
    ] {
        assert!(group_sequential_inflation(times, boundaries, alpha, power).is_err());
    }
}

#[test]
fn a_plan_that_nobody_can_cross_has_no_power() {
    let never = [f64::INFINITY, f64::INFINITY];
    let error = group_sequential_inflation(&[0.5, 1.0], &never, 0.05, 0.8).unwrap_err();
    assert!(error.to_string().contains("boundary is inf"), "{error}");
}

#[test]
fn the_power_of_a_plan_is_the_chance_to_cross_it() {
    let times = [0.2, 0.4, 0.6, 0.8, 1.0];
    let plan = WangTsiatis::obrien_fleming(0.05, 5).unwrap();
    let bounds = plan.boundaries();
    let z = |drift: f64| {
        let normal = variate_stats::distribution::Normal::STANDARD;
        let critical = normal.survival_quantile(0.025);
        normal.survival(critical - drift) + normal.survival(critical + drift)
    };
    // The drift 0.25/(30·√(2/20000)): 12.92 % by an integration of the joint density.
    let power = group_sequential_power(&times, bounds, 0.05, z(0.25 / 0.3)).unwrap();
    assert!((power - 0.1292).abs() < 5e-5, "{power}");
    // With the inflated units the power is the planned one.
    let inflation = group_sequential_inflation(&times, bounds, 0.05, 0.8).unwrap();
    let drift = 2.801_582_165_3 * inflation.sqrt();
    let power = group_sequential_power(&times, bounds, 0.05, z(drift)).unwrap();
    close(power, 0.8, 1e-6, "inflated");
    // Without an effect it is the level.
    let level = group_sequential_power(&times, bounds, 0.05, 0.05).unwrap();
    close(level, 0.05, 1e-6, "level");
    for once in [0.04, 1.1, f64::NAN] {
        assert!(group_sequential_power(&times, bounds, 0.05, once).is_err());
    }
    assert!(group_sequential_power(&times, bounds, 0.05, 1.0).unwrap() > 0.999_999);
}

#[test]
fn an_inflated_design_wants_as_many_more() {
    let design = Design::new(0.05, Side::Both).unwrap();
    let outcome = Outcome::rate(0.1).unwrap();
    let effect = Effect::Relative(0.05);
    let once = design.sample_size(&outcome, effect).unwrap();
    let group = design.with_inflation(1.229).unwrap();
    close(
        group.sample_size(&outcome, effect).unwrap().exact,
        1.229 * once.exact,
        1e-9,
        "inflated",
    );
    close(
        group.power(&outcome, effect, 1.229 * once.exact).unwrap(),
        0.8,
        1e-9,
        "power",
    );
}

#[test]
fn a_sequence_leaves_out_nothing_from_the_size_named_on() {
    let design = Design::new(0.05, Side::Both)
        .unwrap()
        .with_power(0.9)
        .unwrap()
        .with_allocation(0.5)
        .unwrap();
    let revenue = Outcome::mean(12.0, 3.0).unwrap();
    let sequence = AsymptoticSequence::new(0.05, 1000.0, Side::Both).unwrap();
    let size = design
        .excluded_in_expectation(&revenue, Effect::Absolute(0.6), |look| sequence.at(look))
        .unwrap();
    let at = |units: f64| {
        let variance = 9.0 / units + 9.0 / (0.5 * units);
        sequence
            .at(&Look::new(0.6, variance, 1.5 * units).unwrap())
            .interval
            .lower
    };
    assert!(at(size.exact * (1.0 + 1e-9)) > 0.0 && at(size.exact * (1.0 - 1e-9)) < 0.0);
    // A bad sample is as likely as the power says: the effect less 1.28 errors.
    let sure = design
        .sample_size_of_sequence(&revenue, Effect::Absolute(0.6), |look| sequence.at(look))
        .unwrap();
    let variance = 27.0 / sure.exact;
    let seen = 0.6 - 1.281_551_565_544_600_4 * variance.sqrt();
    let interval = sequence
        .at(&Look::new(seen, variance, 1.5 * sure.exact).unwrap())
        .interval;
    assert!(interval.lower.abs() < 1e-9, "{interval:?}");
    for sign in [1.0, -1.0] {
        let effect = Effect::Absolute(sign * 0.6);
        let at = |look: &Look| sequence.at(look);
        let power = design.power_of_sequence(&revenue, effect, sure.exact, at);
        close(power.unwrap(), 0.9, 1e-9, "power");
        let half = design.power_of_sequence(&revenue, effect, size.exact, at);
        close(half.unwrap(), 0.5, 1e-9, "power");
    }
    // It costs more than a test that is read once, and the other way round it is as much.
    assert!(
        sure.exact
            > design
                .sample_size(&revenue, Effect::Absolute(0.6))
                .unwrap()
                .exact
    );
    let down = design
        .sample_size_of_sequence(&revenue, Effect::Absolute(-0.6), |look| sequence.at(look))
        .unwrap();
    assert_eq!(down.total, sure.total);

    let test = Msprt::new(0.05, 0.5).unwrap();
    let found = design
        .excluded_in_expectation(&revenue, Effect::Relative(0.05), |look| test.at(look))
        .unwrap();
    let width = |units: f64| {
        test.at(&Look::new(0.6, 27.0 / units, 1.5 * units).unwrap())
            .interval
            .width()
    };
    close(0.5 * width(found.exact), 0.6, 1e-9, "half width");
    // One side does not show an effect on the other.
    let greater = AsymptoticSequence::new(0.05, 1000.0, Side::Greater).unwrap();
    assert!(
        design
            .excluded_in_expectation(&revenue, Effect::Absolute(-0.6), |look| greater.at(look))
            .is_err()
    );
}

#[test]
fn bad_luck_that_leaves_out_zero_on_the_other_side_shows_nothing() {
    let design = Design::new(0.4, Side::Both)
        .unwrap()
        .with_power(0.9999)
        .unwrap();
    let sequence = AsymptoticSequence::new(0.4, 4.0, Side::Both).unwrap();
    let outcome = Outcome::mean(12.0, 3.0).unwrap();
    let size = design
        .sample_size_of_sequence(&outcome, Effect::Absolute(0.01), |look| sequence.at(look))
        .unwrap();
    assert!(size.total > 1_000_000, "{size:?}");
}

#[test]
fn treatments_share_the_level_and_the_units_add_up() {
    let one = Design::new(0.05, Side::Both).unwrap();
    let four = Design::new(0.05, Side::Both)
        .unwrap()
        .with_treatments(4)
        .unwrap()
        .with_allocation(0.5)
        .unwrap();
    assert!((four.level() - 0.0125).abs() < 1e-18);
    let outcome = Outcome::ratio(2.0, 9.0).unwrap();
    let size = four.sample_size(&outcome, Effect::Relative(-0.1)).unwrap();
    assert_eq!(size.total, size.control + 4 * size.treatment);
    let alone = Design::new(0.0125, Side::Both)
        .unwrap()
        .with_allocation(0.5)
        .unwrap();
    assert_eq!(
        alone
            .sample_size(&outcome, Effect::Absolute(-0.2))
            .unwrap()
            .control,
        size.control
    );
    assert!(
        size.control
            > one
                .sample_size(&outcome, Effect::Absolute(-0.2))
                .unwrap()
                .control
    );
}

#[test]
fn an_outcome_may_be_what_was_seen_before() {
    let moments = Moments::from_tallies(500, 6_000.0, 76_500.0);
    let seen = Outcome::of_moments(&moments).unwrap();
    assert_eq!(
        seen,
        Outcome::mean(12.0, moments.standard_deviation()).unwrap()
    );
    assert!(Outcome::of_moments(&Moments::from_tallies(1, 1.0, 1.0)).is_err());
    let ratio: RatioMoments = [(1.0, 4.0), (0.0, 2.0), (3.0, 9.0)].into_iter().collect();
    let seen = Outcome::of_ratio_moments(&ratio).unwrap();
    assert_eq!(
        seen,
        Outcome::ratio(4.0 / 15.0, ratio.variance().unwrap()).unwrap()
    );
    // An arm that varies more wants more units.
    let design = Design::new(0.05, Side::Both).unwrap();
    let wild = Outcome::mean(12.0, 3.0)
        .unwrap()
        .with_treatment_deviation(6.0)
        .unwrap();
    let size = |outcome: &Outcome| {
        design
            .sample_size(outcome, Effect::Absolute(0.1))
            .unwrap()
            .exact
    };
    close(
        size(&wild) / size(&Outcome::mean(12.0, 3.0).unwrap()),
        2.5,
        1e-3,
        "variances add up",
    );
    // Wald's test of rates takes them as they are.
    let (pooled, own) = (
        Outcome::rate(0.1).unwrap(),
        Outcome::rate_unpooled(0.1).unwrap(),
    );
    let power = |outcome: &Outcome| {
        design
            .power(outcome, Effect::Absolute(0.05), 600.0)
            .unwrap()
    };
    assert!((power(&pooled) - power(&own)).abs() < 0.01 && power(&pooled) != power(&own));
}

#[test]
fn days_are_counted_through_the_stages() {
    let plain = Traffic::new(250.0).unwrap();
    assert_eq!(
        [0, 1, 250, 251, 1750, 1751].map(|n| plain.days(n).unwrap()),
        [0, 1, 1, 2, 7, 8]
    );
    assert_eq!(
        [0, 1, 1750, 1751].map(|n| plain.weeks(n).unwrap()),
        [0, 1, 1, 2]
    );
    // Nobody for two days, a tenth for three.
    let slow = plain
        .with_stage(2, 0.0)
        .unwrap()
        .with_stage(3, 0.1)
        .unwrap();
    assert_eq!(
        [0, 1, 25, 26, 75, 76, 325, 326].map(|n| slow.days(n).unwrap()),
        [0, 3, 3, 4, 5, 6, 6, 7]
    );
    assert!(Traffic::new(0.0).is_err() && Traffic::new(f64::INFINITY).is_err());
    assert!(Traffic::new(1.0).unwrap().with_stage(1, 1.1).is_err());
    assert!(Traffic::new(1e-300).unwrap().days(u64::MAX).is_err());
    assert!(Traffic::new(1e300).unwrap().days(u64::MAX).is_ok());
}

#[test]
fn plans_that_cannot_be_are_refused() {
    for alpha in [0.0, 1.0, f64::NAN, f64::NEG_INFINITY] {
        assert!(Design::new(alpha, Side::Both).is_err());
    }
    assert!(Design::new(0.5, Side::Greater).is_err());
    let design = Design::new(0.05, Side::Both).unwrap();
    for odd in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(design.with_allocation(odd).is_err() && design.with_inflation(odd).is_err());
        assert!(design.with_power(odd).is_err() && Outcome::rate(odd).is_err());
        assert!(Outcome::mean(1.0, odd).is_err() && Outcome::ratio(1.0, odd).is_err());
    }
    assert!(design.with_treatments(0).is_err() && design.with_power(1.0).is_err());
    let rate = Outcome::rate(0.1).unwrap();
    for effect in [
        Effect::Absolute(0.0),
        Effect::Absolute(0.9),
        Effect::Relative(-1.0),
        Effect::Relative(f64::NAN),
        Effect::Absolute(1e-300),
    ] {
        assert!(design.sample_size(&rate, effect).is_err(), "{effect:?}");
    }
    let nothing = Outcome::mean(0.0, 1.0).unwrap();
    assert!(design.sample_size(&nothing, Effect::Relative(0.1)).is_err());
    let greater = Design::new(0.05, Side::Greater).unwrap();
    assert!(greater.sample_size(&rate, Effect::Absolute(-0.01)).is_err());
    for units in [0.0, 1.0, f64::NAN, f64::INFINITY, -5.0] {
        assert!(design.power(&rate, Effect::Absolute(0.01), units).is_err());
        assert!(design.minimum_effect(&rate, units).is_err());
    }
    // With ten units nothing can be seen upwards of 99 %, and the largest effect does not need more than two.
    assert!(
        design
            .minimum_effect(&Outcome::rate(0.99).unwrap(), 10.0)
            .is_err()
    );
    assert_eq!(
        design
            .sample_size(&nothing, Effect::Absolute(1e9))
            .unwrap()
            .total,
        4
    );
}

proptest! {
    // Each takes hundreds of integrals.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_plan_has_an_answer_or_an_error(
        numbers in prop::array::uniform6(prop_oneof![prop::num::f64::ANY, 0.0..1.0, -1e3..1e3, Just(1e300), Just(1e-300)]),
        which in 0..3_u8, treatments in 0..20_u32, relative in any::<bool>(),
    ) {
        let [alpha, power, ratio, baseline, spread, effect] = numbers;
        let side = [Side::Both, Side::Greater, Side::Less][usize::from(which)];
        let design = Design::new(alpha, side)
            .and_then(|d| d.with_power(power))
            .and_then(|d| d.with_treatments(treatments))
            .map(|d| d.with_allocation(ratio).unwrap_or(d));
        let effect = if relative { Effect::Relative(effect) } else { Effect::Absolute(effect) };
        if let Ok(design) = design {
            for outcome in [Outcome::rate(baseline), Outcome::mean(baseline, spread), Outcome::ratio(baseline, spread)].into_iter().flatten() {
                if let Ok(size) = design.sample_size(&outcome, effect) {
                    prop_assert!(size.exact >= 2.0 && size.control >= 2 && size.treatment >= 2 && size.total > size.control);
                }
                for units in [2.0, 1e4, 1e15, spread] {
                    if let Ok(found) = design.power(&outcome, effect, units) {
                        prop_assert!((0.0..=1.0 + 1e-12).contains(&found), "{}", found);
                    }
                    if let Ok(found) = design.minimum_effect(&outcome, units) {
                        prop_assert!(found.is_finite(), "{}", found);
                    }
                }
            }
        }
    }

    #[test]
    fn size_power_and_least_effect_fit_together(
        rate in 0.001..0.66, by in prop_oneof![-0.5..-0.001, 0.001..0.5], alpha in 1e-6..0.2, power in 0.3..0.99, ratio in 0.05..20.0, mean in any::<bool>(),
    ) {
        let side = if by > 0.0 { Side::Greater } else { Side::Less };
        let outcome = if mean { Outcome::mean(rate, 1.0) } else { Outcome::rate(rate) }.unwrap();
        let design = Design::new(alpha, side).unwrap().with_power(power).unwrap().with_allocation(ratio).unwrap();
        let size = design.sample_size(&outcome, Effect::Relative(by)).unwrap();
        prop_assume!(size.exact > 2.1 * f64::max(1.0, 1.0 / ratio));
        let found = design.power(&outcome, Effect::Relative(by), size.exact).unwrap();
        prop_assert!((found - power).abs() < 1e-9, "{} {}", found, power);
        let least = design.minimum_effect(&outcome, size.exact).unwrap();
        prop_assert!((least - rate * by).abs() < 1e-7 * f64::abs(rate * by), "{} {}", least, rate * by);
        let more = design.power(&outcome, Effect::Relative(by), 1.1 * size.exact).unwrap();
        prop_assert!(more > found);
    }
}
