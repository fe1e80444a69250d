//! What cannot be compared is named, and nobody ships or waits as if it were not there.

use variate_stats::Moments;
use variate_stats::evaluation::{Decision, Evaluation, Metric, ObservedVariant, Role, Sample};

use super::{mean, of, plan, rate, variant};

/// No units have such sums, nor are they those of a rate.
fn broken() -> Sample {
    Sample::Mean(Moments::from_tallies(10_000, 100_000.0, 1.0))
}

/// A control, one with so many successes, and one whose data are broken.
fn three(units: Option<u64>, fast: u64) -> Evaluation {
    of(
        &plan(units),
        [
            variant("control", 10_000, rate(1_000, 10_000)),
            variant("fast", 10_000, rate(fast, 10_000)),
            variant("new", 10_000, broken()),
        ],
    )
}

const BROKEN: &str = "conversion of new cannot be compared: ";
const REPAIR: &str = "put right what is sent or asked, and evaluate again";

#[test]
fn one_broken_comparison_of_several_is_to_be_repaired() {
    for units in [None, Some(30_000)] {
        let conclusion = three(units, 1_010).conclusion;
        let text = &conclusion.text;
        assert_eq!(conclusion.decision, Decision::Invalid, "{text}");
        assert!(text.contains(BROKEN) && text.contains(REPAIR), "{text}");
        assert!(!text.contains("Keep it running"), "{text}");
    }
    // Nor is a variant that is worse the end of it; of no other is anything said.
    for units in [None, Some(30_000)] {
        let text = three(units, 500).conclusion.text;
        assert!(
            text.starts_with("fast is worse") && text.ends_with(&format!("{REPAIR}.")),
            "{text}"
        );
        assert!(
            !text.contains("difference") && !text.contains("  "),
            "{text}"
        );
    }
}

#[test]
fn another_that_is_broken_stands_beside_the_winner() {
    let conclusion = three(None, 1_500).conclusion;
    let text = &conclusion.text;
    assert_eq!(conclusion.decision, Decision::Ship);
    assert!(
        text.contains(BROKEN)
            && text.ends_with(&format!(
                "Ship it only if that does not matter; else {REPAIR}."
            )),
        "{text}"
    );
}

/// Two metrics that decide, the second as given.
fn two(second: Option<Sample>, role: Role, conversions: u64) -> Evaluation {
    let mut plan = plan(Some(20_000));
    plan.metrics.push(Metric::new("buy").role(role));
    let arm = |name: &str, conversions, second: Option<Sample>| {
        let arm = variant(name, 10_000, rate(conversions, 10_000));
        match second {
            Some(sample) => arm.with("buy", sample),
            None => arm,
        }
    };
    let control = Some(rate(2_000, 10_000));
    of(
        &plan,
        [
            arm("control", 1_000, control),
            arm("fast", conversions, second),
        ],
    )
}

#[test]
fn who_is_better_in_one_is_not_shipped_where_another_is_broken() {
    for role in [Role::Primary, Role::Guardrail] {
        let conclusion = two(Some(broken()), role, 1_500).conclusion;
        let text = &conclusion.text;
        assert_eq!(conclusion.decision, Decision::Invalid, "{text}");
        assert_eq!(conclusion.variant, None);
        assert!(
            text.starts_with("fast is better than control in conversion")
                && text.contains("buy of fast cannot be compared")
                && text.contains(REPAIR)
                && !text.contains("Ship it"),
            "{text}"
        );
    }
    // Of one that was not measured it is said, too.
    let text = two(None, Role::Primary, 1_500).conclusion.text;
    assert!(
        text.contains("Of buy nothing is known: nothing was measured of fast")
            && !text.ends_with("Ship it."),
        "{text}"
    );
    // What decides nothing may be broken.
    let text = two(Some(broken()), Role::Secondary, 1_500).conclusion.text;
    assert!(text.ends_with(" Ship it."), "{text}");
}

#[test]
fn what_is_worse_is_named_beside_what_is_harmed() {
    let mut plan = plan(Some(30_000));
    plan.metrics[0].minimum_effect = Some(0.5);
    plan.metrics.push(
        Metric::new("latency")
            .role(Role::Guardrail)
            .less_is_better(),
    );
    let arm = |name: &str, conversions, latency| {
        variant(name, 10_000, rate(conversions, 10_000)).with("latency", mean(10_000, latency))
    };
    let told = |arms: Vec<ObservedVariant>| of(&plan, arms).conclusion;
    // Worse, and harmful.
    let keep = told(vec![arm("control", 1_000, 12.0), arm("fast", 500, 13.0)]);
    assert_eq!(keep.decision, Decision::KeepControl);
    for part in [
        "fast is worse than control in conversion",
        "harms the guardrail latency",
    ] {
        assert!(keep.text.contains(part), "{}", keep.text);
    }
    // As good, and harmful.
    let alike = told(vec![
        arm("control", 1_000, 12.0),
        arm("fast", 1_000, 13.0),
        arm("new", 1_001, 12.0),
    ]);
    assert_eq!(alike.decision, Decision::NoDifference);
    for part in [
        "differ by less than what matters",
        "fast harms the guardrail latency",
    ] {
        assert!(alike.text.contains(part), "{}", alike.text);
    }
}

#[test]
fn a_few_units_ship_nothing() {
    let arms = |units: u64| {
        let mut plan = plan(Some(2 * units));
        plan.metrics[0].minimum_effect = None;
        of(
            &plan,
            [
                variant("control", units, rate(0, units)),
                variant("fast", units, rate(units, units)),
            ],
        )
        .conclusion
    };
    let few = arms(5);
    assert_eq!(few.decision, Decision::KeepRunning);
    assert!(
        few.text
            .starts_with("fast is better than control in conversion: 100 % against 0 %")
            && few
                .text
                .contains("has 5 units: no decision rests on fewer than 100 of each variant")
            && !few.text.contains("Ship it"),
        "{}",
        few.text
    );
    assert_eq!(arms(99).decision, Decision::KeepRunning);
    assert_eq!(arms(100).decision, Decision::Ship);
}

#[test]
fn a_few_units_of_the_metric_are_few_among_many() {
    let mut plan = plan(Some(2_000));
    plan.metrics[0].minimum_effect = None;
    let arm = |name: &str, units, value| variant(name, 1_000, mean(units, value));
    let few = of(&plan, [arm("control", 40, 10.0), arm("fast", 40, 20.0)]).conclusion;
    assert_eq!(few.decision, Decision::KeepRunning, "{}", few.text);
    assert!(few.text.contains("has 40 units"), "{}", few.text);
}
