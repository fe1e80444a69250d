//! Rates with a fixed number of units.

use crate::values::{close, data, table};
use proptest::prelude::*;
use variate_stats::{
    ArgumentError, Interval, Side,
    distribution::Binomial,
    proportion::{IntervalMethod, Proportion, TwoProportions, abba},
};

const DATA: &str = include_str!("../data/classical.json");

const METHODS: [IntervalMethod; 5] = [
    IntervalMethod::Wald,
    IntervalMethod::Wilson,
    IntervalMethod::AgrestiCoull,
    IntervalMethod::Jeffreys,
    IntervalMethod::ClopperPearson,
];

fn of(successes: u64, trials: u64) -> Proportion {
    Proportion::new(successes, trials).unwrap()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts"
)]
fn count(number: f64) -> u64 {
    number as u64
}

fn two(row: &[f64]) -> TwoProportions {
    TwoProportions {
        control: of(count(row[0]), count(row[1])),
        treatment: of(count(row[2]), count(row[3])),
    }
}

/// Control n of n, treatment 0 of n: by symmetry the most likely rates are (1 ± δ)/2, so the end is (z² − 2n)/(z² + 2n).
#[test]
fn the_score_interval_of_arms_that_do_not_overlap_reaches_as_far_as_its_test() {
    let z_squared = 1.959_963_984_540_054_f64.powi(2);
    for n in [1, 2, 3, 10, 1_000] {
        let twice = 2.0 * f64::from(u32::try_from(n).unwrap());
        let end = (z_squared - twice) / (z_squared + twice);
        let down = TwoProportions {
            control: of(n, n),
            treatment: of(0, n),
        };
        let found = down.score(0.05, Side::Both).unwrap();
        close(found.interval.upper, end, 1e-9, "upper");
        assert_eq!(found.interval.lower, -1.0);
        assert_eq!(found.p_value > 0.05, found.interval.contains(0.0), "{n}");
        let up = down.swapped().score(0.05, Side::Both).unwrap().interval;
        close(up.lower, -end, 1e-9, "lower");
        assert_eq!(up.upper, 1.0);
    }
}

#[test]
fn score_test_and_interval_agree_in_every_small_table() {
    for (n, m) in (1..8).flat_map(|n| (1..8).map(move |m| (n, m))) {
        for (x, y) in (0..=n).flat_map(|x| (0..=m).map(move |y| (x, y))) {
            let rates = TwoProportions {
                control: of(x, n),
                treatment: of(y, m),
            };
            match rates.score(0.05, Side::Both) {
                Ok(found) => assert_eq!(
                    found.p_value > 0.05,
                    found.interval.contains(0.0),
                    "{rates:?}: {found:?}"
                ),
                Err(_) => assert!(x + y == 0 || x + y == n + m),
            }
        }
    }
}

#[test]
fn rates_without_variation_are_refused_in_words_that_help() {
    let told = |x, y| {
        let rates = TwoProportions {
            control: of(x, 10),
            treatment: of(y, 10),
        };
        let told = |of: Result<_, ArgumentError>| of.map(drop).unwrap_err().to_string();
        (
            rates
                .score(0.05, Side::Both)
                .map(drop)
                .map_err(|error| error.to_string()),
            told(rates.wald(0.05, Side::Both).map(drop)),
        )
    };
    let none = "successes of both arms is 0: give at least 1, since nothing can be tested where all units are alike";
    assert_eq!(told(0, 0), (Err(none.into()), none.into()));
    assert!(told(10, 10).1.starts_with("failures of both arms is 0"));
    let (score, wald) = told(10, 0);
    assert!(
        score.is_ok() && wald.starts_with("variance of both rates is 0"),
        "{wald}"
    );
}

#[test]
fn intervals_of_one_rate_are_those_of_statsmodels() {
    for row in table(&data(DATA), "one") {
        let rate = of(count(row[0]), count(row[1]));
        for (method, ends) in METHODS.into_iter().zip(row[3..].chunks(2)) {
            let found = rate.interval(method, row[2], Side::Both).unwrap();
            let what = format!("{rate:?} {method:?} at {}", row[2]);
            // Where they cancel, what is left of 1.
            let near = |found: f64, expected: f64| {
                if (found - expected).abs() > 2e-16 {
                    close(found, expected, 2e-10, &what);
                }
            };
            near(found.lower, ends[0]);
            near(found.upper, ends[1]);
        }
    }
}

#[test]
fn two_rates_are_compared_as_by_statsmodels() {
    let sides = [Side::Both, Side::Greater, Side::Less];
    for row in table(&data(DATA), "two") {
        let (rates, alpha, p, ends) = (two(&row), row[4], &row[5..14], &row[14..]);
        let what = format!("{rates:?} at {alpha}");
        for (i, side) in sides.into_iter().enumerate() {
            close(rates.wald(alpha, side).unwrap().p_value, p[i], 1e-9, &what);
            close(
                rates.score(alpha, side).unwrap().p_value,
                p[3 + i],
                1e-9,
                &what,
            );
            close(
                rates.relative(alpha, side).unwrap().p_value,
                p[6 + i],
                1e-9,
                &what,
            );
        }
        let near = |found: Interval, ends: &[f64]| {
            let width = ends[1] - ends[0];
            assert!(
                (found.lower - ends[0]).abs() < 1e-9 * width,
                "{what}: {found:?} {ends:?}"
            );
            assert!(
                (found.upper - ends[1]).abs() < 1e-9 * width,
                "{what}: {found:?} {ends:?}"
            );
        };
        near(rates.wald(alpha, Side::Both).unwrap().interval, &ends[0..2]);
        near(
            rates.score(alpha, Side::Both).unwrap().interval,
            &ends[2..4],
        );
        near(rates.newcombe(alpha, Side::Both).unwrap(), &ends[4..6]);
        // Theirs is of the ratio, ours of the lift.
        near(
            rates.relative(alpha, Side::Both).unwrap().interval,
            &[ends[6] - 1.0, ends[7] - 1.0],
        );
    }
}

#[test]
fn fishers_test_is_that_of_scipy_with_millions_of_units_too() {
    for row in table(&data(DATA), "fisher") {
        let rates = two(&row);
        for (side, expected) in [Side::Both, Side::Greater, Side::Less]
            .into_iter()
            .zip(&row[4..])
        {
            // 20 digits of ln n! are not there with 1e9 units.
            close(
                rates.fisher(side),
                *expected,
                1e-8,
                &format!("{rates:?} {side:?}"),
            );
        }
    }
}

#[test]
fn fishers_test_copes_with_the_largest_counts() {
    let most = 1_000_000_000_000;
    let rates = TwoProportions {
        control: of(most / 10, most),
        treatment: of(most / 10 + 1_000_000, most),
    };
    // Here the normal approximation is as good as any.
    let score = rates.score(0.05, Side::Both).unwrap();
    close(rates.fisher(Side::Both), score.p_value, 1e-4, "1e12");
    let alike = TwoProportions {
        control: of(5, 1_000_000_000_000_000),
        treatment: of(5, 1_000_000_000_000_000),
    };
    assert_eq!(alike.fisher(Side::Both), 1.0);
}

/// The probability of each number of successes.
fn outcomes(trials: u64, rate: f64) -> Vec<(Proportion, f64)> {
    let law = Binomial::new(trials, rate).unwrap();
    (0..=trials)
        .map(|x| {
            let number = f64::from(u32::try_from(x).unwrap());
            (of(x, trials), law.pmf(number))
        })
        .filter(|(_, chance)| *chance > 1e-12)
        .collect()
}

#[test]
fn intervals_hold_their_rate_as_often_as_those_of_statsmodels() {
    for row in table(&data(DATA), "coverage") {
        let rate = row[1] / row[0];
        for (method, expected) in METHODS.into_iter().zip(&row[2..]) {
            let covered: f64 = outcomes(count(row[0]), rate)
                .iter()
                .filter(|(seen, _)| {
                    seen.interval(method, 0.05, Side::Both)
                        .unwrap()
                        .contains(rate)
                })
                .map(|(_, chance)| chance)
                .sum();
            assert!(
                (covered - expected).abs() < 1e-9,
                "{row:?} {method:?}: {covered}"
            );
        }
    }
}

#[test]
fn false_alarms_are_as_many_as_those_of_statsmodels() {
    for row in table(&data(DATA), "false_alarms") {
        let mut alarms = [0.0; 4];
        for (control, at_control) in outcomes(count(row[0]), row[2]) {
            for (treatment, at_treatment) in outcomes(count(row[1]), row[2]) {
                let rates = TwoProportions { control, treatment };
                let p = [
                    rates.score(0.05, Side::Both).map(|e| e.p_value),
                    rates.wald(0.05, Side::Both).map(|e| e.p_value),
                    rates.relative(0.05, Side::Both).map(|e| e.p_value),
                    Ok(rates.fisher(Side::Both)),
                ];
                for (alarm, p) in alarms.iter_mut().zip(p) {
                    if p.is_ok_and(|p| p < 0.05) {
                        *alarm += at_control * at_treatment;
                    }
                }
            }
        }
        for (found, expected) in alarms.iter().zip(&row[3..]) {
            assert!((found - expected).abs() < 1e-5, "{row:?}: {alarms:?}");
        }
        assert!(alarms[0] < 0.056 && alarms[3] < 0.05, "{alarms:?}");
    }
}

#[test]
fn abba_says_what_its_python_edition_says() {
    for row in table(&data(DATA), "abba") {
        let (rates, k) = (two(&row[1..]), usize::try_from(count(row[0])).unwrap());
        let report = abba(rates.control, &vec![rates.treatment; k], 0.05).unwrap();
        assert_eq!(report.treatments.len(), k);
        for treatment in report.treatments {
            close(treatment.p_value, row[5], 1e-10, &format!("{row:?}"));
        }
    }
}

/// What the calculator showed: its own examples, to the digits shown.
#[test]
fn abbas_report_is_that_of_the_calculator() {
    type Shown = (usize, TwoProportions, [f64; 8]);
    let case = |x0, n0, x1, n1| TwoProportions {
        control: of(x0, n0),
        treatment: of(x1, n1),
    };
    let shown: [Shown; 5] = [
        (
            1,
            case(100, 1000, 130, 1000),
            [
                0.082_847,
                0.120_215,
                0.110_516,
                0.152_316,
                0.3,
                0.018_235,
                0.570_458,
                0.038_268_267_47,
            ],
        ),
        (
            1,
            case(20, 50, 32, 50),
            [
                0.275_904,
                0.538_366,
                0.501_050,
                0.758_972,
                0.6,
                0.095_511,
                0.999_343,
                0.020_337_797_38,
            ],
        ),
        (
            1,
            case(5, 200, 14, 210),
            [
                0.009_090,
                0.058_813,
                0.039_268,
                0.109_634,
                1.666_667,
                -0.076_033,
                2.461_762,
                0.045_453_180_04,
            ],
        ),
        (
            2,
            case(1000, 20_000, 1120, 20_100),
            [
                0.046_656,
                0.053_571,
                0.052_203,
                0.059_462,
                0.114_428,
                0.014_103,
                0.214_157,
                0.019_818_294_30,
            ],
        ),
        (
            3,
            case(4870, 40_210, 5105, 40_180),
            [
                0.117_273,
                0.125_064,
                0.123_129,
                0.131_084,
                0.049_037,
                0.003_059,
                0.094_959,
                0.028_979_763_16,
            ],
        ),
    ];
    for (k, rates, expected) in shown {
        let report = abba(rates.control, &vec![rates.treatment; k], 0.05).unwrap();
        let first = report.treatments[0];
        let improvement = first.improvement_interval.unwrap();
        let found = [
            report.interval.lower,
            report.interval.upper,
            first.interval.lower,
            first.interval.upper,
            first.improvement.unwrap(),
            improvement.lower,
            improvement.upper,
        ];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < 6e-7,
                "{rates:?}: {found} {expected}"
            );
        }
        assert!((first.p_value - expected[7]).abs() < 1e-11, "{rates:?}");
    }
}

#[test]
fn abba_has_an_answer_for_any_rate() {
    let none = abba(of(0, 100), &[of(5, 100), of(0, 100), of(100, 100)], 0.05).unwrap();
    assert!(
        none.treatments
            .iter()
            .all(|t| t.improvement.is_none() && t.p_value <= 1.0)
    );
    assert_eq!(none.treatments[1].p_value, 1.0);
    let many = 1_000_000_000_000_000;
    let large = abba(of(many / 3, many), &[of(many / 3 + 50_000_000, many)], 0.05).unwrap();
    let rates = TwoProportions {
        control: of(many / 3, many),
        treatment: of(many / 3 + 50_000_000, many),
    };
    let p = rates.score(0.05, Side::Both).unwrap().p_value;
    // What the sum leaves out at its ends is about what is added again.
    close(large.treatments[0].p_value, p, 1e-4, "1e15");
    assert!(abba(of(1, 2), &[], 0.05).is_err() && abba(of(1, 2), &[of(1, 2)], 1.0).is_err());
}

/// The gate of Cookie Cats at level 30 (control) or 40, from the public data set.
#[test]
fn a_gate_at_level_40_keeps_fewer_players_after_seven_days() {
    let day7 = TwoProportions {
        control: of(8_502, 44_700),
        treatment: of(8_279, 45_489),
    };
    let score = day7.score(0.05, Side::Both).unwrap();
    let wald = day7.wald(0.05, Side::Both).unwrap();
    assert!((score.effect + 0.008_201_298).abs() < 1e-9);
    assert!((score.statistic() + 3.164_359).abs() < 1e-6);
    close(score.p_value, 0.001_554_25, 1e-5, "day 7");
    for p in [
        wald.p_value,
        day7.fisher(Side::Both),
        day7.relative(0.05, Side::Both).unwrap().p_value,
    ] {
        close(p, score.p_value, 0.05, "each method agrees");
    }
    for interval in [
        score.interval,
        wald.interval,
        day7.newcombe(0.05, Side::Both).unwrap(),
    ] {
        assert!(interval.upper < 0.0 && (interval.lower + 0.013_28).abs() < 1e-5);
    }

    // On day 1 nothing is certain yet, and no method says so.
    let day1 = TwoProportions {
        control: of(20_034, 44_700),
        treatment: of(20_119, 45_489),
    };
    let score = day1.score(0.05, Side::Both).unwrap();
    close(score.p_value, 0.074_409_65, 1e-6, "day 1");
    assert!(score.interval.contains(0.0) && day1.fisher(Side::Both) > 0.05);
}

#[test]
fn the_largest_difference_has_an_interval_that_ends_at_one() {
    let rates = |treatment| TwoProportions {
        control: of(0, 1000),
        treatment,
    };
    let all = rates(of(1000, 1000)).score(0.05, Side::Both).unwrap();
    assert!(all.interval.upper == 1.0 && all.interval.lower > 0.99);
    let nearly = rates(of(995, 1000)).score(0.05, Side::Both).unwrap();
    assert!(
        nearly.interval.upper > 0.995 && nearly.interval.upper < 0.999,
        "{nearly:?}"
    );
}

#[test]
fn counts_that_cannot_be_are_refused() {
    let range = |found: Result<Proportion, ArgumentError>| match found {
        Err(ArgumentError::Range { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(range(Proportion::new(0, 0)), "trials");
    assert_eq!(range(Proportion::new(0, u64::MAX)), "trials");
    assert_eq!(range(Proportion::new(31, 30)), "successes");
    assert!(serde_json::from_str::<Proportion>(r#"{"successes":31,"trials":30}"#).is_err());
    assert_eq!(
        serde_json::from_str::<Proportion>(r#"{"successes":3,"trials":30}"#).unwrap(),
        of(3, 30)
    );

    let same = |x| TwoProportions {
        control: of(x, 30),
        treatment: of(x, 30),
    };
    for nothing in [same(0), same(30)] {
        assert!(
            nothing.wald(0.05, Side::Both).is_err() && nothing.score(0.05, Side::Both).is_err()
        );
        assert!(nothing.relative(0.05, Side::Both).is_err());
        assert_eq!(nothing.fisher(Side::Both), 1.0);
        assert!(nothing.newcombe(0.05, Side::Both).unwrap().contains(0.0));
    }
    let rare = TwoProportions {
        control: of(0, 30),
        treatment: of(4, 30),
    };
    let refused = rare.relative(0.05, Side::Both).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("successes of the control is 0:"),
        "{refused}"
    );
    for alpha in [0.0, 1.0, f64::NAN, -0.1, f64::INFINITY] {
        assert!(
            rare.score(alpha, Side::Both).is_err() && rare.newcombe(alpha, Side::Both).is_err()
        );
        assert!(
            rare.control
                .interval(IntervalMethod::Wilson, alpha, Side::Both)
                .is_err()
        );
    }
    assert!(rare.score(0.5, Side::Less).is_err());
}

fn proportions() -> impl Strategy<Value = Proportion> {
    let trials = prop_oneof![1..60_u64, 1..20_000_u64, 1..1_000_000_000_000_000_u64];
    trials.prop_flat_map(|n| (0..=n).prop_map(move |x| of(x, n)))
}

fn pairs() -> impl Strategy<Value = TwoProportions> {
    (proportions(), proportions())
        .prop_map(|(control, treatment)| TwoProportions { control, treatment })
}

/// No more than thousands, so that thousands of cases take no time.
fn small_pairs() -> impl Strategy<Value = TwoProportions> {
    let one = || (1..3_000_u64).prop_flat_map(|n| (0..=n).prop_map(move |x| of(x, n)));
    (one(), one()).prop_map(|(control, treatment)| TwoProportions { control, treatment })
}

proptest! {
    #[test]
    fn an_interval_holds_its_rate_and_mirrors_that_of_the_failures(rate in proportions(), alpha in 1e-9..0.4) {
        for method in METHODS {
            let found = rate.interval(method, alpha, Side::Both).unwrap();
            let mirror = rate.complement().interval(method, alpha, Side::Both).unwrap();
            let slack = 1e-14;
            prop_assert!(found.lower <= rate.rate() + slack && rate.rate() <= found.upper + slack, "{:?} {:?}", method, found);
            prop_assert!(found.lower >= 0.0 && found.upper <= 1.0);
            prop_assert!((found.lower - (1.0 - mirror.upper)).abs() < 1e-12 && (found.upper - (1.0 - mirror.lower)).abs() < 1e-12, "{:?}", method);
            let lower = rate.interval(method, alpha, Side::Greater).unwrap();
            prop_assert!(lower.upper == 1.0 && lower.lower >= found.lower);
        }
        let wide = rate.interval(IntervalMethod::AgrestiCoull, alpha, Side::Both).unwrap();
        let wilson = rate.interval(IntervalMethod::Wilson, alpha, Side::Both).unwrap();
        prop_assert!(wide.lower <= wilson.lower + 1e-14 && wilson.upper <= wide.upper + 1e-14);
    }

    #[test]
    fn a_test_rejects_just_when_its_interval_leaves_out_nothing(rates in pairs(), alpha in 1e-6..0.4) {
        for side in [Side::Both, Side::Greater, Side::Less] {
            for found in [rates.wald(alpha, side), rates.score(alpha, side), rates.relative(alpha, side)].into_iter().flatten() {
                prop_assert!(found.interval.contains(found.effect), "{:?}", found);
                prop_assert!((0.0..=1.0).contains(&found.p_value));
                // At the edge itself rounding decides.
                if (found.p_value - alpha).abs() > 1e-7 * alpha {
                    prop_assert_eq!(found.p_value < alpha, !found.interval.contains(0.0), "{:?} {:?}", side, found);
                }
            }
        }
    }

    #[test]
    fn swapped_arms_have_the_opposite_effect(rates in pairs(), alpha in 1e-6..0.4) {
        let back = rates.swapped();
        prop_assert_eq!(rates.difference(), -back.difference());
        if let (Ok(one), Ok(other)) = (rates.score(alpha, Side::Both), back.score(alpha, Side::Both)) {
            prop_assert!((one.p_value - other.p_value).abs() <= 1e-12 * one.p_value);
            prop_assert!((one.interval.lower + other.interval.upper).abs() <= 1e-9 * one.interval.width());
        }
        if let (Ok(one), Ok(other)) = (rates.score(alpha, Side::Greater), back.score(alpha, Side::Less)) {
            prop_assert!((one.p_value - other.p_value).abs() <= 1e-12 * one.p_value);
        }
        let (one, other) = (rates.newcombe(alpha, Side::Both).unwrap(), back.newcombe(alpha, Side::Both).unwrap());
        prop_assert!((one.lower + other.upper).abs() < 1e-12 && (one.upper + other.lower).abs() < 1e-12);
        prop_assert!(one.lower >= -1.0 - 1e-15 && one.upper <= 1.0 + 1e-15 && one.contains(rates.difference()));
        if let (Ok(one), Ok(other)) = (rates.relative(alpha, Side::Both), back.relative(alpha, Side::Both)) {
            // 1/(1 + lift)
            prop_assert!(((1.0 + one.interval.upper) * (1.0 + other.interval.lower) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_tails_of_fishers_test_fit_together(rates in small_pairs()) {
        let (up, down, both) = (rates.fisher(Side::Greater), rates.fisher(Side::Less), rates.fisher(Side::Both));
        for p in [up, down, both] {
            prop_assert!((0.0..=1.0).contains(&p));
        }
        // The table itself is in both.
        prop_assert!(up + down > 1.0 - 1e-12);
        prop_assert!(both >= f64::min(up, down) * (1.0 - 1e-9));
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs();
        let back = rates.swapped();
        prop_assert!(near(both, back.fisher(Side::Both)) && near(up, back.fisher(Side::Less)));
        // Failures are successes of the other kind, and the table may stand on its side.
        let failures = TwoProportions { control: rates.control.complement(), treatment: rates.treatment.complement() };
        prop_assert!(near(both, failures.fisher(Side::Both)) && near(up, failures.fisher(Side::Less)));
    }
}
