//! Many tests at once.

use crate::values::{close, data, numbers, rows};
use variate_stats::{
    Side,
    multiplicity::{Adjustment, Dunnett, Group, dunnett},
};

const DATA: &str = include_str!("../data/multiplicity.json");

const ALL: [(&str, Adjustment); 8] = [
    ("bonferroni", Adjustment::Bonferroni),
    ("sidak", Adjustment::Sidak),
    ("holm", Adjustment::Holm),
    ("holm_sidak", Adjustment::HolmSidak),
    ("hochberg", Adjustment::Hochberg),
    ("hommel", Adjustment::Hommel),
    ("benjamini_hochberg", Adjustment::BenjaminiHochberg),
    ("benjamini_yekutieli", Adjustment::BenjaminiYekutieli),
];

#[test]
fn adjusted_p_values_are_those_of_statsmodels() {
    for family in data(DATA)["adjusted"].as_array().unwrap() {
        let p = numbers(&family["p"]);
        for (name, adjustment) in ALL {
            let found = adjustment.adjust(&p).unwrap();
            for (found, expected) in found.iter().zip(numbers(&family[name])) {
                // statsmodels forms 1 − (1 − p)^m, which rounds to 0 for a tiny p.
                let rounded = expected == 0.0 && *found < 1e-15;
                assert!(
                    rounded || (found - expected).abs() <= 1e-13 * expected,
                    "{name} {p:?}: {found:e} {expected:e}"
                );
            }
        }
    }
}

#[test]
fn a_test_without_an_answer_does_not_count() {
    for (name, adjustment) in ALL {
        let found = adjustment
            .adjust(&[f64::NAN, 0.02, f64::NAN, 0.01, 0.02])
            .unwrap();
        let without = adjustment.adjust(&[0.02, 0.01, 0.02]).unwrap();
        assert!(found[0].is_nan() && found[2].is_nan(), "{name}");
        assert_eq!([found[1], found[3], found[4]], *without, "{name}");
        assert_eq!(found[1], found[4], "{name}: equal p-values stay equal");
        assert!(adjustment.adjust(&[]).unwrap().is_empty());
        assert!(adjustment.adjust(&[0.5, 1.5]).is_err() && adjustment.adjust(&[-1e-9]).is_err());
    }
}

#[test]
fn a_single_level_rejects_what_its_adjustment_rejects() {
    for adjustment in [Adjustment::Bonferroni, Adjustment::Sidak] {
        let level = adjustment.single_level(0.05, 7).unwrap().unwrap();
        let found = adjustment
            .adjust(&[level, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
            .unwrap();
        close(found[0], 0.05, 1e-14, "level");
    }
    assert_eq!(Adjustment::Holm.single_level(0.05, 7).unwrap(), None);
}

#[test]
fn dunnetts_law_is_what_scipy_integrates() {
    for row in rows(&data(DATA), "dunnett") {
        let degrees = row[2].as_f64().unwrap_or(f64::INFINITY);
        let law = Dunnett::new(row[0].as_f64().unwrap(), &numbers(&row[1]), degrees).unwrap();
        let t = row[3].as_f64().unwrap();
        for (side, expected) in [(Side::Both, &row[4]), (Side::Greater, &row[5])] {
            let p = law.p_value(t, side).unwrap();
            close(
                p,
                expected.as_f64().unwrap(),
                1e-9,
                &format!("{row:?} {side:?}"),
            );
        }
        assert_eq!(
            law.p_value(-t, Side::Less).unwrap(),
            law.p_value(t, Side::Greater).unwrap()
        );
    }
}

#[test]
fn one_treatment_is_students_t() {
    // scipy.stats.t.sf(2.5, 10) = 0.015723422118304388
    let law = Dunnett::new(6.0, &[6.0], 10.0).unwrap();
    close(
        law.p_value(2.5, Side::Greater).unwrap(),
        0.015_723_422_118_304_388,
        1e-10,
        "one side",
    );
    close(
        law.p_value(-2.5, Side::Both).unwrap(),
        2.0 * 0.015_723_422_118_304_388,
        1e-10,
        "both sides",
    );
    close(
        law.p_value(-2.5, Side::Greater).unwrap(),
        1.0 - 0.015_723_422_118_304_388,
        1e-10,
        "the other side",
    );
    // A variance known all but exactly is a known one.
    let nearly = Dunnett::new(10.0, &[10.0, 30.0], 9e11)
        .unwrap()
        .p_value(3.0, Side::Both)
        .unwrap();
    close(
        nearly,
        Dunnett::new(10.0, &[10.0, 30.0], f64::INFINITY)
            .unwrap()
            .p_value(3.0, Side::Both)
            .unwrap(),
        1e-9,
        "limit",
    );
}

#[test]
fn the_critical_value_is_where_the_p_value_is_the_level() {
    let law = Dunnett::new(100.0, &[100.0, 50.0], 247.0).unwrap();
    for side in [Side::Both, Side::Greater] {
        let critical = law.critical(0.05, side).unwrap();
        close(law.p_value(critical, side).unwrap(), 0.05, 1e-9, "level");
    }
}

/// Dunnett's own example (1955), also that of scipy's documentation, whose p-values are Monte Carlo.
#[test]
fn blood_counts_are_dunnetts() {
    let data = data(DATA);
    let expected = &data["scipy"];
    let group = |name: &str| {
        let n = numbers(&expected["groups"][name]);
        Group::new(n[0], n[1], n[2]).unwrap()
    };
    let found = dunnett(
        &group("control"),
        &[group("a"), group("b")],
        0.05,
        Side::Both,
    )
    .unwrap();
    for (place, comparison) in found.iter().enumerate() {
        let value = |column: &str| numbers(&expected[column])[place];
        close(comparison.statistic, value("statistic"), 1e-12, "statistic");
        close(comparison.p_value, value("exact_p"), 1e-9, "p");
        assert!(
            (comparison.p_value - value("p")).abs() < 2e-4,
            "{comparison:?}"
        );
        assert!(
            (comparison.interval.lower - value("lower")).abs() < 2e-2,
            "{comparison:?}"
        );
        assert!(
            (comparison.interval.upper - value("upper")).abs() < 2e-2,
            "{comparison:?}"
        );
    }
}

#[test]
fn what_has_no_answer_is_refused() {
    let group = Group::new(5.0, 1.0, 0.0).unwrap();
    assert!(dunnett(&group, &[group], 0.05, Side::Both).is_err());
    assert!(Group::new(0.0, 1.0, 1.0).is_err() && Group::new(2.0, f64::NAN, 1.0).is_err());
    let one = Group::new(1.0, 1.0, 1.0).unwrap();
    assert!(dunnett(&one, &[one], 0.05, Side::Both).is_err());
    assert!(Dunnett::new(1.0, &[], 5.0).is_err() && Dunnett::new(1.0, &[1.0], f64::NAN).is_err());
    let law = Dunnett::new(1.0, &[1.0, 2.0], 5.0).unwrap();
    assert!(law.p_value(f64::NAN, Side::Both).is_err() && law.critical(0.0, Side::Both).is_err());
    assert_eq!(law.p_value(f64::INFINITY, Side::Both).unwrap(), 0.0);
    assert_eq!(law.p_value(0.0, Side::Both).unwrap(), 1.0);
}
