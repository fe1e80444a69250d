//! Posteriors of rates and effects.

use crate::values::{close, data, numbers, rows};
use serde_json::Value;
use variate_stats::{
    bayesian::{
        BetaPosterior, Better, NormalPosterior, NormalPrior, RateComparison, best_probabilities,
        expected_losses,
    },
    sequential::Look,
};

const DATA: &str = include_str!("../data/bayesian.json");

fn rate(a: f64, b: f64) -> BetaPosterior {
    BetaPosterior::new(a, b).unwrap()
}

#[test]
fn two_rates_compare_as_the_closed_sum_says() {
    for row in rows(&data(DATA), "rates") {
        let n = numbers(&Value::from(row));
        let found =
            RateComparison::new(rate(n[0], n[1]), rate(n[2], n[3]), Better::Greater).unwrap();
        let what = format!("{n:?}");
        close(found.chance_to_win(), n[4], 1e-10, &what);
        close(found.loss_of_control(), n[5], 1e-10, &what);
        close(found.loss_of_treatment(), n[6], 1e-10, &what);
        // The other direction is the other arm's.
        let less = RateComparison::new(rate(n[0], n[1]), rate(n[2], n[3]), Better::Less).unwrap();
        assert!(
            (less.chance_to_win() - (1.0 - n[4])).abs() < 1e-12,
            "{what}"
        );
        close(less.loss_of_treatment(), n[5], 1e-10, &what);
    }
}

/// From the worked case of a million and more: a normal law is near, and whole numbers are not needed.
#[test]
fn huge_counts_are_no_trouble() {
    let control = rate(2.0e8 + 0.5, 8.0e8 + 0.5);
    let treatment = rate(2.0002e8 + 0.5, 7.9998e8 + 0.5);
    let found = RateComparison::new(control, treatment, Better::Greater).unwrap();
    let sd = control
        .standard_deviation()
        .hypot(treatment.standard_deviation());
    let normal = NormalPosterior::new(treatment.mean() - control.mean(), sd).unwrap();
    close(
        found.chance_to_win(),
        normal.chance_to_win(Better::Greater),
        1e-5,
        "chance",
    );
    close(
        found.loss_of_treatment(),
        normal.loss_of_shipping(Better::Greater),
        1e-3,
        "loss",
    );
    let interval = found.difference(0.05).unwrap();
    let expected = normal.credible_interval(0.05).unwrap();
    close(interval.lower, expected.lower, 1e-4, "lower");
    close(interval.upper, expected.upper, 1e-4, "upper");
}

/// From 1e14 on the normal law is there to the last digit that is asked for.
#[test]
fn the_hugest_counts_are_normal() {
    for share in [0.5, 0.2, 0.001] {
        let control = rate(1e14 * share, 1e14 * (1.0 - share));
        let more = 1e14 * control.standard_deviation();
        let treatment = rate(control.a() + more, control.b() - more);
        let found = RateComparison::new(control, treatment, Better::Greater).unwrap();
        let sd = control
            .standard_deviation()
            .hypot(treatment.standard_deviation());
        let normal = NormalPosterior::new(treatment.mean() - control.mean(), sd).unwrap();
        let what = format!("{share}");
        let chance = normal.chance_to_win(Better::Greater);
        close(found.chance_to_win(), chance, 1e-9, &what);
        let loss = normal.loss_of_shipping(Better::Greater);
        close(found.loss_of_treatment(), loss, 2e-9, &what);
        let interval = found.difference(0.05).unwrap();
        let expected = normal.credible_interval(0.05).unwrap();
        close(interval.lower, expected.lower, 3e-9, &what);
        close(interval.upper, expected.upper, 3e-9, &what);
        let interval = control.credible_interval(0.05).unwrap();
        let width = 2.0 * 1.959_963_984_540_054 * control.standard_deviation();
        close(interval.upper - interval.lower, width, 1e-7, &what);
    }
}

#[test]
fn the_interval_of_a_difference_is_that_of_its_distribution() {
    // Uniform rates: the difference has the triangular law, the ratio P(B/A ≤ r) = r/2 below 1.
    let uniform = RateComparison::new(rate(1.0, 1.0), rate(1.0, 1.0), Better::Greater).unwrap();
    let difference = uniform.difference(0.1).unwrap();
    close(difference.lower, 0.1_f64.sqrt() - 1.0, 1e-9, "lower");
    close(difference.upper, 1.0 - 0.1_f64.sqrt(), 1e-9, "upper");
    let uplift = uniform.relative_uplift(0.1).unwrap();
    close(uplift.lower, 0.1 - 1.0, 1e-9, "lower");
    close(uplift.upper, 10.0 - 1.0, 1e-9, "upper");
}

#[test]
fn credible_intervals_are_scipys() {
    for row in rows(&data(DATA), "credible") {
        let n = numbers(&Value::from(row));
        let found = rate(n[0], n[1]).credible_interval(n[2]).unwrap();
        close(found.lower, n[3], 1e-9, &format!("{n:?}"));
        close(found.upper, n[4], 1e-9, &format!("{n:?}"));
    }
}

#[test]
fn many_arms_are_what_scipy_finds() {
    let data = data(DATA);
    let arms: Vec<_> = data["rate_arms"]["arms"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let arms: Vec<_> = arms.iter().map(|arm| rate(arm[0], arm[1])).collect();
    compare(
        &best_probabilities(&arms, Better::Greater).unwrap(),
        &data["rate_arms"]["best"],
        "best rate",
    );
    compare(
        &best_probabilities(&arms, Better::Less).unwrap(),
        &data["rate_arms"]["least"],
        "least rate",
    );
    compare(
        &expected_losses(&arms, Better::Greater).unwrap(),
        &data["rate_arms"]["losses"],
        "loss of rate",
    );
    let arms: Vec<_> = data["normal_arms"]["arms"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let arms: Vec<_> = arms
        .iter()
        .map(|arm| NormalPosterior::new(arm[0], arm[1]).unwrap())
        .collect();
    compare(
        &best_probabilities(&arms, Better::Greater).unwrap(),
        &data["normal_arms"]["best"],
        "best mean",
    );
    compare(
        &expected_losses(&arms, Better::Greater).unwrap(),
        &data["normal_arms"]["losses"],
        "loss of mean",
    );
}

fn compare(found: &[f64], expected: &Value, what: &str) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        close(*found, *expected, 1e-10, what);
    }
}

#[test]
fn tiny_chances_keep_their_digits() {
    // P(N(0,1) > N(40,1)) = Φ(−40/√2)
    let arms = [
        NormalPosterior::new(0.0, 1.0).unwrap(),
        NormalPosterior::new(40.0, 1.0).unwrap(),
    ];
    let best = best_probabilities(&arms, Better::Greater).unwrap();
    close(best[0], 2.697_932_805_803_950_5e-176, 1e-10, "tail");
    close(best[1], 1.0, 1e-12, "rest");
    let losses = expected_losses(&arms, Better::Greater).unwrap();
    close(losses[0], 40.0, 1e-12, "loss");
    assert!(losses[1] > 0.0 && losses[1] < 1e-175);
}

#[test]
fn an_effect_is_what_mpmath_finds() {
    for row in rows(&data(DATA), "effect") {
        let n = numbers(&Value::from(row));
        let posterior = NormalPosterior::new(n[0], n[1]).unwrap();
        let what = format!("{n:?}");
        close(posterior.chance_to_win(Better::Greater), n[2], 1e-13, &what);
        close(
            posterior.loss_of_shipping(Better::Greater),
            n[3],
            2e-12,
            &what,
        );
        close(
            posterior.loss_of_keeping(Better::Greater),
            n[4],
            2e-12,
            &what,
        );
        assert_eq!(
            posterior.loss_of_shipping(Better::Less),
            posterior.loss_of_keeping(Better::Greater)
        );
    }
}

/// gbstats at its repository's head: relative effect, flat prior and N(0, 0.3²).
#[test]
fn an_effect_is_growthbooks() {
    let look = Look::new(
        0.050_262_026_990_963_646,
        0.015_883_417_235_246_795_f64.powi(2),
        4100.0,
    )
    .unwrap();
    let flat = NormalPosterior::of_effect(&look, &NormalPrior::flat()).unwrap();
    close(
        flat.chance_to_win(Better::Greater),
        0.999_223_075_746_993_9,
        1e-12,
        "chance",
    );
    close(
        flat.loss_of_keeping(Better::Greater),
        0.050_265_382_395_267_28,
        1e-12,
        "loss of keeping",
    );
    close(
        flat.loss_of_shipping(Better::Greater),
        3.355_404_303_636_280_3e-6,
        1e-11,
        "loss of shipping",
    );
    close(
        flat.credible_interval(0.05).unwrap().lower,
        0.019_131_101_258_457_163,
        1e-12,
        "lower",
    );
    let proper = NormalPosterior::of_effect(&look, &NormalPrior::new(0.0, 0.3).unwrap()).unwrap();
    close(proper.mean(), 0.050_121_529_136_722_23, 1e-12, "mean");
    close(
        proper.standard_deviation(),
        0.015_861_202_176_987_32,
        1e-12,
        "deviation",
    );
    close(
        proper.chance_to_win(Better::Greater),
        0.999_211_176_540_023,
        1e-12,
        "chance",
    );
    close(
        proper.loss_of_shipping(Better::Greater),
        3.405_667_914_967_075e-6,
        1e-11,
        "loss",
    );
    // The same belief about the absolute effect.
    let mean = 14.0;
    let absolute = Look::new(look.effect() * mean, look.variance() * mean * mean, 4100.0).unwrap();
    let prior = NormalPrior::new(0.0, 0.3).unwrap().times(mean).unwrap();
    let absolute = NormalPosterior::of_effect(&absolute, &prior).unwrap();
    close(absolute.mean(), proper.mean() * mean, 1e-14, "scaled");
    close(
        absolute.chance_to_win(Better::Greater),
        proper.chance_to_win(Better::Greater),
        1e-14,
        "scaled",
    );
}

#[test]
fn impossible_posteriors_are_refused() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert!(BetaPosterior::new(bad, 1.0).is_err() && BetaPosterior::new(1.0, bad).is_err());
        assert!(NormalPosterior::new(0.0, bad).is_err() && NormalPrior::new(0.0, bad).is_err());
    }
    assert!(BetaPosterior::from_counts(2.0, 1.0).is_err());
    assert!(rate(1.0, 1.0).credible_interval(0.0).is_err());
    assert!(best_probabilities(&[rate(1.0, 1.0)], Better::Greater).is_err());
    assert!(serde_json::from_str::<BetaPosterior>(r#"{"a":-1,"b":1}"#).is_err());
}

#[test]
fn extreme_posteriors_have_answers() {
    for (a, b, c, d) in [
        (1e-6, 1e-6, 1.0, 1.0),
        (1e-6, 1e6, 1e6, 1e-6),
        (1e8, 1.0, 1.0, 1e8),
        (1e7, 1e7, 1e7, 1e7),
        (1e-3, 5.0, 1e7, 1e3),
        (1e-6, 1e15, 1e15, 1e-6),
        (1e15, 1e15, 1e15, 1e15),
        (1e15, 1.0, 1e-6, 1e-6),
    ] {
        let found = RateComparison::new(rate(a, b), rate(c, d), Better::Greater).unwrap();
        let what = format!("{a} {b} {c} {d} {found:?}");
        assert!(
            (0.0..=1.0 + 1e-9).contains(&found.chance_to_win()),
            "{what}"
        );
        let difference = rate(c, d).mean() - rate(a, b).mean();
        let losses = found.loss_of_control() - found.loss_of_treatment();
        assert!((losses - difference).abs() < 1e-9, "{what}");
        for posterior in [rate(a, b), rate(c, d)] {
            let interval = posterior.credible_interval(0.05).unwrap();
            assert!(
                0.0 <= interval.lower && interval.lower <= interval.upper && interval.upper <= 1.0,
                "{what} {interval:?}"
            );
        }
    }
}
