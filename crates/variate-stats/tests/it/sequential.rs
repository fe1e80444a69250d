//! Group-sequential designs.

use crate::values::{close, data, numbers, rows};
use variate_stats::sequential::{Spending, WangTsiatis, crossing_probabilities};

#[test]
fn spending_functions_are_what_mpmath_finds() {
    let data = data(include_str!("../data/sequential.json"));
    for row in rows(&data, "spending") {
        let n = numbers(&row.clone().into());
        let kinds = [
            Spending::OBrienFleming,
            Spending::OBrienFlemingPerSide,
            Spending::Pocock,
            Spending::Power(3.0),
            Spending::HwangShihDeCani(-4.0),
            Spending::HwangShihDeCani(1.0),
        ];
        for (kind, expected) in kinds.into_iter().zip(&n[2..]) {
            close(
                kind.spent(n[0], n[1]).unwrap(),
                *expected,
                3e-12,
                &format!("{kind:?} {n:?}"),
            );
        }
    }
}

#[test]
fn everything_is_spent_at_the_end_and_nothing_before_the_start() {
    for kind in [
        Spending::OBrienFleming,
        Spending::Pocock,
        Spending::HwangShihDeCani(-900.0),
        Spending::HwangShihDeCani(0.0),
    ] {
        assert_eq!(kind.spent(0.05, 0.0).unwrap(), 0.0);
        assert_eq!(kind.spent(0.05, 1.0).unwrap(), 0.05);
        assert!(kind.spent(0.05, 0.999_999).unwrap() <= 0.05, "{kind:?}");
        assert!(
            kind.spent(0.05, f64::NAN).is_err()
                && kind.spent(1.0, 0.5).is_err()
                && kind.spent(0.05, -0.1).is_err()
        );
    }
    assert!(Spending::Power(0.0).spent(0.05, 0.5).is_err());
    assert!(
        Spending::HwangShihDeCani(f64::INFINITY)
            .spent(0.05, 0.5)
            .is_err()
    );
}

#[test]
fn two_looks_have_the_constants_of_a_single_integral() {
    let data = data(include_str!("../data/sequential.json"));
    for row in rows(&data, "two_looks") {
        let delta = match row[0].as_str().unwrap() {
            "obrien_fleming" => 0.0,
            "pocock" => 0.5,
            _ => 0.25,
        };
        let alpha = row[1].as_f64().unwrap();
        let design = WangTsiatis::new(alpha, 2, delta).unwrap();
        close(
            design.constant(),
            row[2].as_f64().unwrap(),
            1e-11,
            &format!("{row:?}"),
        );
    }
}

#[test]
fn the_classic_constants_are_the_published_ones() {
    for row in rows(&data(include_str!("../data/classic.json")), "classic") {
        let alpha = row[0].as_f64().unwrap();
        let looks = usize::try_from(row[1].as_u64().unwrap()).unwrap();
        let found = WangTsiatis::obrien_fleming(alpha, looks)
            .unwrap()
            .constant();
        close(
            found,
            row[2].as_f64().unwrap(),
            1e-9,
            &format!("O'Brien and Fleming {row:?}"),
        );
        let found = WangTsiatis::pocock(alpha, looks).unwrap().constant();
        close(
            found,
            row[3].as_f64().unwrap(),
            1e-9,
            &format!("Pocock {row:?}"),
        );
    }
    // Jennison & Turnbull 2000, tables 2.1 and 2.3
    close(
        WangTsiatis::pocock(0.05, 20).unwrap().constant(),
        2.672,
        2e-4,
        "Pocock, 20 looks",
    );
    close(
        WangTsiatis::obrien_fleming(0.05, 20).unwrap().constant(),
        2.126,
        3e-4,
        "O'Brien and Fleming, 20 looks",
    );
}

#[test]
fn a_design_keeps_its_level_and_its_power_is_that_of_the_sum() {
    let times = [0.25, 0.5, 0.75, 1.0];
    let design = WangTsiatis::obrien_fleming(0.05, 4).unwrap();
    let alarms: f64 = crossing_probabilities(&times, design.boundaries(), 0.0)
        .unwrap()
        .iter()
        .sum();
    close(alarms, 0.05, 1e-9, "level");
    // A single look is the plain z-test.
    let single =
        crossing_probabilities(&[1.0], &[1.959_963_984_540_054], 2.801_585_218_112_969).unwrap();
    close(single[0], 0.800_000_9, 1e-6, "power of one look");
    // Jennison & Turnbull 2000, table 2.4: 80 % power takes 1.024 times the information of a fixed sample.
    let power: f64 =
        crossing_probabilities(&times, design.boundaries(), 2.801_585 * 1.024_f64.sqrt())
            .unwrap()
            .iter()
            .sum();
    assert!((power - 0.8).abs() < 5e-4, "{power}");
    // Either direction is as likely to be found.
    let there = crossing_probabilities(&times, design.boundaries(), -2.0).unwrap();
    assert_eq!(
        there,
        crossing_probabilities(&times, design.boundaries(), 2.0).unwrap()
    );
}

#[test]
fn looks_at_odd_times_are_as_good() {
    // Looks close together add little to one look.
    let alarms: f64 = crossing_probabilities(&[0.5, 0.5001, 1.0], &[2.5, 2.5, 2.5], 0.0)
        .unwrap()
        .iter()
        .sum();
    let without: f64 = crossing_probabilities(&[0.5, 1.0], &[2.5, 2.5], 0.0)
        .unwrap()
        .iter()
        .sum();
    assert!(
        alarms > without && alarms < without * 1.03,
        "{alarms} {without}"
    );
    assert!(crossing_probabilities(&[0.5, 0.5], &[2.0, 2.0], 0.0).is_err());
    assert!(crossing_probabilities(&[0.5], &[2.0, 2.0], 0.0).is_err());
    assert!(crossing_probabilities(&[], &[], 0.0).is_err());
    assert!(crossing_probabilities(&[f64::NAN], &[2.0], 0.0).is_err());
    assert!(
        WangTsiatis::new(0.05, 0, 0.5).is_err() && WangTsiatis::new(0.05, 3, f64::NAN).is_err()
    );
    assert_eq!(WangTsiatis::pocock(0.05, 1).unwrap().boundaries().len(), 1);
}
