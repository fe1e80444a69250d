//! Always-valid tests and confidence sequences.

use crate::values::{close, data, numbers, rows};
use serde_json::Value;
use variate_stats::{
    Interval, Side,
    sequential::{
        AlwaysValid, AsymptoticSequence, BernoulliMixture, BetaBinomialMixture, Betting,
        EmpiricalBernstein, Look, Msprt, NormalMixture, Running, SequentialSampleRatio,
    },
};

const DATA: &str = include_str!("../data/sequential.json");

fn table(name: &str) -> Vec<Vec<f64>> {
    rows(&data(DATA), name)
        .into_iter()
        .map(|row| numbers(&Value::from(row)))
        .collect()
}

#[test]
fn the_msprt_is_what_mpmath_finds() {
    for n in table("msprt") {
        let test = Msprt::new(n[0], n[1]).unwrap();
        let look = Look::new(n[2], n[3], 1000.0).unwrap();
        let what = format!("{n:?}");
        close(test.ln_ratio(&look), n[4], 1e-12, &what);
        let seen = test.at(&look);
        close(seen.p_value, n[5], 1e-11, &what);
        close(seen.interval.lower, n[6], 1e-12, &what);
        close(seen.interval.upper, n[7], 1e-12, &what);
    }
    for n in table("msprt_best") {
        let best = Msprt::best_at(n[0], 0.25).unwrap();
        close(
            best.tau() * best.tau() / 0.25,
            n[1],
            1e-13,
            "ratio of least width",
        );
        let width = |tau: f64| {
            Msprt::new(n[0], tau)
                .unwrap()
                .at(&Look::new(0.0, 0.25, 9.0).unwrap())
                .interval
                .width()
        };
        assert!(
            width(best.tau()) < width(best.tau() * 1.1)
                && width(best.tau()) < width(best.tau() * 0.9)
        );
    }
}

#[test]
fn the_asymptotic_sequence_is_what_mpmath_finds() {
    for n in table("asymptotic") {
        let look = Look::new(n[2], n[3], n[4]).unwrap();
        let what = format!("{n:?}");
        let both = AsymptoticSequence::new(n[0], n[1], Side::Both)
            .unwrap()
            .at(&look);
        close(both.interval.lower, n[5], 1e-11, &what);
        close(both.interval.upper, n[6], 1e-11, &what);
        close(both.p_value, n[7], 1e-11, &what);
        let greater = AsymptoticSequence::new(n[0], n[1], Side::Greater)
            .unwrap()
            .at(&look);
        close(greater.interval.lower, n[8], 1e-11, &what);
        close(greater.p_value, n[9], 1e-9, &what);
        // The other side is the same seen from the other direction.
        let mirrored = Look::new(-n[2], n[3], n[4]).unwrap();
        let less = AsymptoticSequence::new(n[0], n[1], Side::Less)
            .unwrap()
            .at(&mirrored);
        assert_eq!(
            (less.p_value, less.interval.upper),
            (greater.p_value, -greater.interval.lower)
        );
    }
}

/// `GrowthBook`'s gbstats at its repository's head: mean 14.0578… of 2,000 against 14.7644… of 2,100 units.
#[test]
fn the_asymptotic_sequence_is_growthbooks() {
    let absolute = Look::new(
        0.706_577_167_273_295,
        0.217_733_788_979_988_07_f64.powi(2),
        4100.0,
    )
    .unwrap();
    let relative = Look::new(
        0.050_262_026_990_963_646,
        0.015_883_417_235_246_795_f64.powi(2),
        4100.0,
    )
    .unwrap();
    let both = AsymptoticSequence::new(0.05, 5000.0, Side::Both).unwrap();
    let seen = both.at(&absolute);
    close(
        seen.interval.lower,
        0.044_800_945_002_481_996,
        1e-12,
        "lower",
    );
    close(seen.interval.upper, 1.368_353_389_544_108, 1e-12, "upper");
    close(seen.p_value, 0.028_548_080_654_479_637, 1e-11, "p");
    close(
        both.at(&relative).p_value,
        0.035_722_866_966_876_01,
        1e-11,
        "p, relative",
    );
    let greater = AsymptoticSequence::new(0.05, 5000.0, Side::Greater)
        .unwrap()
        .at(&relative);
    close(
        greater.interval.lower,
        0.006_014_010_800_036_246,
        1e-12,
        "one-sided lower",
    );
    close(
        greater.p_value,
        0.018_976_315_994_262_694,
        1e-4, // gbstats searches for it no further
        "one-sided p",
    );
    let less = AsymptoticSequence::new(0.05, 5000.0, Side::Less)
        .unwrap()
        .at(&relative);
    close(
        less.interval.upper,
        0.094_510_043_181_891_05,
        1e-12,
        "one-sided upper",
    );
}

#[test]
fn normal_mixtures_are_what_mpmath_finds() {
    for n in table("normal_mixture") {
        let mixture = NormalMixture::new(n[0], n[1]).unwrap();
        let what = format!("{n:?}");
        close(mixture.two_sided(n[2]).unwrap(), n[3], 1e-13, &what);
        close(mixture.one_sided(n[2]).unwrap(), n[4], 1e-13, &what);
        // At the bound the p-value is the level.
        close(
            mixture.p_value(n[3], n[2], Side::Both).unwrap(),
            n[0],
            1e-11,
            &what,
        );
        close(
            mixture.p_value(n[4], n[2], Side::Greater).unwrap(),
            n[0],
            1e-11,
            &what,
        );
        close(
            mixture.p_value(-n[4], n[2], Side::Less).unwrap(),
            n[0],
            1e-11,
            &what,
        );
    }
    // The asymptotic sequence is the two-sided bound divided by the units.
    let (units, variance): (f64, f64) = (8000.0, 0.01);
    let half = NormalMixture::new(0.05, 5000.0)
        .unwrap()
        .two_sided(units)
        .unwrap()
        / units;
    let look = Look::new(0.0, variance, units).unwrap();
    let sequence = AsymptoticSequence::new(0.05, 5000.0, Side::Both)
        .unwrap()
        .at(&look);
    close(
        sequence.interval.upper,
        half * (units * variance).sqrt(),
        1e-13,
        "the same bound",
    );
}

/// The first three are confseq's own values, too.
#[test]
fn beta_binomial_mixtures_are_what_mpmath_finds() {
    for n in table("beta_binomial_mixture") {
        let what = format!("{n:?}");
        let two = BetaBinomialMixture::new(n[0], n[1], n[2], n[3]).unwrap();
        close(two.ln_value(n[4], n[5]).unwrap(), n[6], 1e-11, &what);
        close(two.bound(n[5]).unwrap(), n[8], 1e-11, &what);
        let one = BetaBinomialMixture::one_sided(n[0], n[1], n[2], n[3]).unwrap();
        close(one.ln_value(n[4], n[5]).unwrap(), n[7], 1e-10, &what);
        assert!(two.ln_value(n[5] / n[2] * 1.01, n[5]).is_err());
    }
    let first = BetaBinomialMixture::new(0.05, 25.0, 0.5, 0.5).unwrap();
    close(
        first.ln_value(5.0, 25.0).unwrap(),
        -0.698_537_603_420_451_3,
        1e-12,
        "confseq",
    );
    close(
        first.ln_value(20.0, 100.0).unwrap(),
        0.146_038_423_318_398,
        1e-11,
        "confseq",
    );
}

#[test]
fn rates_from_counts_are_what_mpmath_finds() {
    for n in table("bernoulli_mixture") {
        let what = format!("{n:?}");
        let sequence = BernoulliMixture::with_prior(n[0], n[1], n[2]).unwrap();
        let found = sequence.interval(n[3], n[4]).unwrap();
        close(found.lower, n[5], 1e-11, &what);
        close(found.upper, n[6], 1e-11, &what);
        close(
            sequence.p_value(n[3], n[4], 0.125).unwrap(),
            n[7],
            1e-8,
            &what,
        );
    }
    let sequence = BernoulliMixture::new(0.05).unwrap();
    assert_eq!(
        sequence.interval(0.0, 0.0).unwrap(),
        Interval::new(0.0, 1.0)
    );
    assert!(sequence.interval(2.0, 1.0).is_err() && sequence.interval(f64::NAN, 1.0).is_err());
    assert!(sequence.p_value(1.0, 2.0, 0.0).is_err());
}

/// Every success-and-failure path of twelve units: the chance to exclude the true rate at any time is at most α.
#[test]
fn rates_from_counts_hold_over_all_paths() {
    let (alpha, rate, units) = (0.2, 0.3_f64, 12);
    let sequence = BernoulliMixture::new(alpha).unwrap();
    // alive[s]: the probability of s successes so far with the rate never excluded
    let mut alive = vec![1.0];
    for n in 1..=units {
        let mut next = vec![0.0; n + 1];
        for (s, mass) in alive.iter().enumerate() {
            next[s] += mass * (1.0 - rate);
            next[s + 1] += mass * rate;
        }
        for (s, mass) in next.iter_mut().enumerate() {
            #[allow(clippy::cast_precision_loss)]
            let found = sequence.interval(s as f64, n as f64).unwrap();
            if !found.contains(rate) {
                *mass = 0.0;
            }
        }
        alive = next;
    }
    let excluded = 1.0 - alive.iter().sum::<f64>();
    assert!(excluded > 0.02 && excluded <= alpha, "{excluded}");
}

fn value(series: &str, unit: u32) -> f64 {
    let place = (unit * 7919) % 1009;
    if series == "spread" {
        f64::from(place) / 1009.0
    } else {
        f64::from(u8::from(place < 90))
    }
}

#[test]
fn bounded_values_are_what_mpmath_finds() {
    for row in rows(&data(DATA), "bounded") {
        let (series, units) = (
            row[0].as_str().unwrap(),
            u32::try_from(row[1].as_u64().unwrap()).unwrap(),
        );
        let expected = numbers(&Value::from(row[2..].to_vec()));
        // The scale does not matter.
        for (low, high) in [(0.0, 1.0), (-3.0, 7.0)] {
            let mut bernstein = EmpiricalBernstein::new(0.05, low, high).unwrap();
            let mut betting = Betting::new(0.05, low, high).unwrap();
            for unit in 1..=units {
                let scaled = low + (high - low) * value(series, unit);
                bernstein.push(scaled).unwrap();
                betting.push(scaled).unwrap();
            }
            let found = [bernstein.interval(), betting.interval()];
            let ends = found
                .map(|interval| [interval.lower, interval.upper])
                .concat();
            for (end, expected) in ends.iter().zip(&expected) {
                close(
                    1.0 + (end - low) / (high - low),
                    1.0 + expected,
                    1e-12,
                    &format!("{series} {units}"),
                );
            }
            let p = betting.p_value(low + (high - low) * 0.3).unwrap();
            close(p, expected[4], 1e-10, &format!("p of {series} {units}"));
        }
    }
}

#[test]
fn values_outside_of_the_bounds_change_nothing() {
    let mut bernstein = EmpiricalBernstein::new(0.05, 0.0, 1.0).unwrap();
    let mut betting = Betting::new(0.05, 0.0, 1.0).unwrap();
    assert_eq!(bernstein.interval(), Interval::new(0.0, 1.0));
    assert_eq!(betting.interval(), Interval::new(0.0, 1.0));
    assert_eq!(betting.p_value(0.0).unwrap(), 1.0);
    for unit in 1..30 {
        bernstein.push(value("spread", unit)).unwrap();
        betting.push(value("spread", unit)).unwrap();
    }
    let before = (bernstein, betting.clone());
    for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert!(bernstein.push(bad).is_err() && betting.push(bad).is_err());
    }
    assert_eq!((bernstein, betting), before);
    assert!(
        EmpiricalBernstein::new(0.05, 1.0, 1.0).is_err()
            && Betting::new(0.05, 0.0, f64::INFINITY).is_err()
    );
}

#[test]
fn nothing_but_ones_leaves_only_a_lower_end() {
    let mut betting = Betting::new(0.05, 0.0, 1.0).unwrap();
    for _ in 0..100 {
        betting.push(1.0).unwrap();
    }
    let found = betting.interval();
    assert!(found.upper == 1.0 && found.lower > 0.85, "{found:?}");
    assert_eq!(betting.p_value(1.0).unwrap(), 1.0);
    assert!(betting.p_value(0.0).unwrap() < 1e-50);
}

/// The first four are savvi's values, too.
#[test]
fn the_sample_ratio_is_what_mpmath_finds() {
    for row in rows(&data(DATA), "sample_ratio") {
        let (weights, counts) = (numbers(&row[0]), numbers(&row[1]));
        let split =
            SequentialSampleRatio::with_concentration(&weights, row[2].as_f64().unwrap()).unwrap();
        let what = format!("{row:?}");
        let ln_odds = split.ln_odds(&counts).unwrap();
        assert!(
            (ln_odds - row[3].as_f64().unwrap()).abs() < 1e-9 * (1.0 + ln_odds.abs()),
            "{ln_odds} {what}"
        );
        close(
            split.p_value(&counts).unwrap(),
            row[4].as_f64().unwrap(),
            1e-9,
            &what,
        );
    }
    assert!(
        SequentialSampleRatio::new(&[1.0]).is_err()
            && SequentialSampleRatio::new(&[1.0, 0.0]).is_err()
    );
    let split = SequentialSampleRatio::new(&[1.0, 1.0]).unwrap();
    assert!(split.p_value(&[1.0]).is_err() && split.p_value(&[1.0, -1.0]).is_err());
    assert!(split.p_value(&[f64::MAX, f64::MAX]).is_err());
}

#[test]
fn what_was_seen_is_never_taken_back() {
    let look = |p_value, lower, upper| AlwaysValid {
        p_value,
        interval: Interval::new(lower, upper),
    };
    let mut seen = Running::new();
    seen.see(&look(0.03, 0.1, 2.0))
        .see(&look(0.4, -1.0, 1.5))
        .see(&look(0.2, -0.5, f64::INFINITY));
    assert_eq!(
        (seen.p_value(), seen.interval(), seen.looks()),
        (0.03, Some(Interval::new(0.1, 1.5)), 3)
    );
    let text = serde_json::to_string(&Running::new()).unwrap();
    assert_eq!(
        text,
        r#"{"looks":0,"p_value":1.0,"interval":{"lower":null,"upper":null}}"#
    );
    assert_eq!(
        serde_json::from_str::<Running>(&text).unwrap(),
        Running::new()
    );
    let text = serde_json::to_string(&seen).unwrap();
    assert_eq!(serde_json::from_str::<Running>(&text).unwrap(), seen);
    seen.see(&look(0.9, 3.0, 4.0));
    assert_eq!((seen.p_value(), seen.interval()), (0.03, None));
}

#[test]
fn any_number_gives_an_answer_or_an_error() {
    let odd = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        1e-320,
        1e-300,
        1e-200,
        1e-160,
        1e160,
        1e200,
        1e300,
        f64::MAX,
        f64::MIN,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::EPSILON,
    ];
    for a in odd {
        for b in odd {
            let Ok(look) = Look::new(a, b, 100.0) else {
                continue;
            };
            for c in odd {
                let seen = [
                    Msprt::new(0.05, c).map(|test| test.at(&look)),
                    AsymptoticSequence::new(0.05, c, Side::Both).map(|test| test.at(&look)),
                    AsymptoticSequence::new(0.05, c, Side::Less).map(|test| test.at(&look)),
                ];
                for seen in seen.into_iter().flatten() {
                    assert!(
                        (0.0..=1.0).contains(&seen.p_value),
                        "{a:e} {b:e} {c:e} {seen:?}"
                    );
                    assert!(
                        seen.interval.lower <= seen.interval.upper,
                        "{a:e} {b:e} {c:e} {seen:?}"
                    );
                }
            }
        }
    }
}
