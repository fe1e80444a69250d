#![allow(clippy::cast_precision_loss, reason = "small counts")]

use proptest::prelude::*;
use variate_stats::proportion::{Proportion, TwoProportions};
use variate_stats::sequential::TwoRates;

fn rates(control: (u64, u64), treatment: (u64, u64)) -> TwoProportions {
    TwoProportions {
        control: Proportion::new(control.0, control.1).unwrap(),
        treatment: Proportion::new(treatment.0, treatment.1).unwrap(),
    }
}

/// ln of the beta mixture's likelihood, unit by unit: (½ + hits so far)/(1 + units so far).
fn ln_mixture((hits, units): (u64, u64)) -> f64 {
    let part = |count: u64, start: f64| {
        let terms = (0..u32::try_from(count).unwrap()).map(|at| (start + f64::from(at)).ln());
        terms.sum::<f64>()
    };
    part(hits, 0.5) + part(units - hits, 0.5) - part(units, 1.0)
}

fn ln_likelihood((hits, units): (u64, u64), rate: f64) -> f64 {
    let (s, f) = (hits as f64, (units - hits) as f64);
    let part = |count: f64, ln: f64| if count > 0.0 { count * ln } else { 0.0 };
    part(s, rate.ln()) + part(f, (-rate).ln_1p())
}

#[test]
fn its_p_value_is_that_of_the_common_rate_that_fits_best() {
    for (control, treatment) in [((9, 100), (21, 100)), ((0, 50), (30, 70)), ((3, 3), (0, 4))] {
        let pooled = (control.0 + treatment.0) as f64 / (control.1 + treatment.1) as f64;
        let capital = ln_mixture(control) + ln_mixture(treatment)
            - ln_likelihood(control, pooled)
            - ln_likelihood(treatment, pooled);
        let wanted = (-capital).exp().min(1.0);
        let test = TwoRates::new(0.05).unwrap();
        for got in [
            test.difference(&rates(control, treatment)),
            test.relative(&rates(control, treatment)),
        ] {
            assert!(
                (got.p_value / wanted - 1.0).abs() < 1e-10,
                "{} {wanted}",
                got.p_value
            );
        }
    }
}

#[test]
fn nothing_is_known_of_no_successes() {
    let seen = TwoRates::new(0.05)
        .unwrap()
        .relative(&rates((0, 20), (0, 20)));
    assert_eq!(seen.p_value, 1.0);
    assert_eq!(
        (seen.interval.lower, seen.interval.upper),
        (-1.0, f64::INFINITY)
    );
}

proptest! {
    #[test]
    fn its_intervals_leave_out_no_effect_just_where_the_p_value_is_low(
        control in (1..300_u64).prop_flat_map(|n| (0..=n, Just(n))),
        treatment in (1..300_u64).prop_flat_map(|n| (0..=n, Just(n))),
    ) {
        let rates = rates(control, treatment);
        let test = TwoRates::new(0.05).unwrap();
        for seen in [test.difference(&rates), test.relative(&rates)] {
            prop_assert!(seen.interval.lower <= seen.interval.upper, "{:?}", seen);
            if (seen.p_value - 0.05).abs() > 1e-9 {
                prop_assert_eq!(seen.interval.contains(0.0), seen.p_value > 0.05, "{:?}", seen);
            }
        }
        prop_assert!(test.difference(&rates).interval.contains(rates.difference()));
    }
}
