//! Power and units needed, in the direction that is wanted.

use variate_stats::evaluation::{Comparison, Evaluation, Metric};

use super::{of, plan, rate, variant};

/// Of two arms with as many units and this rate each, in percent.
fn arms(percent: u64, metric: Metric) -> Comparison {
    let mut plan = plan(None);
    plan.metrics = vec![metric];
    let units = 300;
    let arm = |name: &str| variant(name, units, rate(units * percent / 100, units));
    let mut evaluation: Evaluation = of(&plan, [arm("control"), arm("fast")]);
    evaluation.metrics[0].comparisons.remove(0)
}

fn conversion(least: f64) -> Metric {
    Metric::new("conversion").minimum_effect(least)
}

#[test]
fn a_fall_takes_fewer_units_than_a_rise() {
    let rise = arms(10, conversion(0.5));
    let fall = arms(10, conversion(0.5).less_is_better());
    // By the formula of Fleiss, Levin and Paik in Python: 685.6 and 434.4 of each.
    assert_eq!(rise.units_needed, Some(1_372));
    assert_eq!(fall.units_needed, Some(870));
    // statsmodels.stats.proportion.power_proportions_2indep(±0.05, 0.1, 300).power
    assert!((rise.power.unwrap() - 0.456_812).abs() < 1e-3, "{rise:?}");
    assert!((fall.power.unwrap() - 0.643_066).abs() < 1e-3, "{fall:?}");
}

#[test]
fn an_effect_that_no_rate_can_have_is_told() {
    let rise = arms(95, conversion(0.1));
    assert_eq!((rise.power, rise.units_needed), (None, None));
    let reason = rise.reason.unwrap();
    assert!(
        reason.starts_with(
            "no plan for the least effect that matters: rate of the treatment is 1.045"
        ),
        "{reason}"
    );
    assert!(rise.p_value.is_some());
    let fall = arms(95, conversion(0.1).less_is_better());
    assert!(fall.power.is_some() && fall.units_needed.is_some());
    assert_eq!(fall.reason, None);
    let fall = arms(10, conversion(1.1).less_is_better());
    assert!(
        fall.reason
            .unwrap()
            .contains("rate of the treatment is -0.01")
    );
}
