mod planning;
mod repair;

use proptest::prelude::*;
use variate_stats::evaluation::{
    Decision, Estimated, Evaluation, EvaluationError, Metric, Observed, ObservedVariant, Plan,
    PlannedLook, Reading, Role, Sample, Verdict, Warning, effects, evaluate,
};
use variate_stats::proportion::{Proportion, TwoProportions};
use variate_stats::{Interval, Moments, Side};

fn rate(successes: u64, trials: u64) -> Sample {
    Sample::Rate(Proportion::new(successes, trials).unwrap())
}

/// Of units with this mean, and a standard deviation of 3.
fn mean(units: u32, mean: f64) -> Sample {
    let n = f64::from(units);
    let squares = 9.0 * (n - 1.0) + n * mean * mean;
    Sample::Mean(Moments::from_tallies(units.into(), n * mean, squares))
}

fn variant(name: &str, units: u64, conversion: Sample) -> ObservedVariant {
    ObservedVariant::new(name, units).with("conversion", conversion)
}

fn plan(units: Option<u64>) -> Plan {
    let mut plan = Plan::new("checkout", "control");
    plan.units = units;
    plan.metrics = vec![Metric::new("conversion").minimum_effect(0.05)];
    plan
}

fn of(plan: &Plan, variants: impl IntoIterator<Item = ObservedVariant>) -> Evaluation {
    evaluate(plan, &Observed::new(variants)).unwrap()
}

fn two(plan: &Plan, control: u64, fast: u64) -> Evaluation {
    of(
        plan,
        [
            variant("control", 10_000, rate(control, 10_000)),
            variant("fast", 10_000, rate(fast, 10_000)),
        ],
    )
}

#[test]
fn at_the_planned_end_the_fixed_test_decides() {
    let evaluation = two(&plan(Some(20_000)), 1_000, 1_100);
    assert_eq!(evaluation.reading, Reading::Fixed);
    let comparison = &evaluation.metrics[0].comparisons[0];
    let wald = TwoProportions {
        control: Proportion::new(1_000, 10_000).unwrap(),
        treatment: Proportion::new(1_100, 10_000).unwrap(),
    }
    .wald(0.05, Side::Both)
    .unwrap();
    assert_eq!(comparison.difference.unwrap().fixed, wald);
    assert_eq!(comparison.p_value, Some(wald.p_value));
    assert!(comparison.always_valid_p_value.unwrap() > 0.05);
    assert_eq!(comparison.verdict, Verdict::Better);
    assert_eq!(evaluation.conclusion.decision, Decision::Ship);
    assert_eq!(evaluation.conclusion.variant.as_deref(), Some("fast"));
    assert_eq!(
        evaluation.conclusion.text,
        "fast is better than control in conversion: 11.0 % against 10.0 %, +10.0 % (+1.44 % to +19.3 %), \
         with 95 % confidence at the planned end. Ship it."
    );
    assert_eq!(evaluation.warnings, []);
}

#[test]
fn before_it_the_same_numbers_are_peeking() {
    for planned in [None, Some(50_000)] {
        let evaluation = two(&plan(planned), 1_000, 1_100);
        assert_eq!(evaluation.reading, Reading::AlwaysValid);
        assert_eq!(evaluation.conclusion.decision, Decision::KeepRunning);
        assert!(
            matches!(&evaluation.warnings[..], [Warning::Peeking { metric, variant, p_value, .. }]
                if metric == "conversion" && variant == "fast" && *p_value < 0.05),
            "{:?}",
            evaluation.warnings
        );
    }
}

#[test]
fn what_is_certain_at_any_time_needs_no_end() {
    let evaluation = two(&plan(None), 1_000, 1_300);
    assert_eq!(evaluation.conclusion.decision, Decision::Ship);
    assert!(evaluation.conclusion.text.contains("whenever one looks"));
}

#[test]
fn a_split_that_is_not_the_planned_one_makes_everything_invalid() {
    let evaluation = of(
        &plan(Some(20_000)),
        [
            variant("control", 10_500, rate(1_000, 10_500)),
            variant("fast", 9_500, rate(1_300, 9_500)),
        ],
    );
    let ratio = evaluation.sample_ratio.as_ref().unwrap();
    // scipy.stats.chisquare([10500, 9500]).pvalue
    assert!((ratio.p_value / 1.537_459_794_428_034e-12 - 1.0).abs() < 1e-9);
    assert!(ratio.is_mismatch);
    assert_eq!(evaluation.conclusion.decision, Decision::Invalid);
    assert!(matches!(
        evaluation.warnings[0],
        Warning::SampleRatioMismatch { .. }
    ));
    // The same units are right where they were planned so.
    let mut planned = plan(Some(20_000));
    planned.shares = [("control".to_owned(), 10.5), ("fast".to_owned(), 9.5)].into();
    let evaluation = of(
        &planned,
        [
            variant("control", 10_500, rate(1_000, 10_500)),
            variant("fast", 9_500, rate(1_300, 9_500)),
        ],
    );
    assert_eq!(evaluation.conclusion.decision, Decision::Ship);
}

#[test]
fn who_harms_a_guardrail_is_not_shipped() {
    let mut plan = plan(Some(20_000));
    plan.metrics.push(
        Metric::new("latency")
            .role(Role::Guardrail)
            .less_is_better()
            .minimum_effect(0.02),
    );
    let with = |fast: u64, latency: f64| {
        let control = variant("control", 10_000, rate(1_000, 10_000));
        let treatment = variant("fast", 10_000, rate(fast, 10_000));
        of(
            &plan,
            [
                control.with("latency", mean(10_000, 12.0)),
                treatment.with("latency", mean(10_000, latency)),
            ],
        )
    };
    let conflict = with(1_300, 12.3);
    assert_eq!(conflict.conclusion.decision, Decision::Conflict);
    assert!(
        conflict
            .conclusion
            .text
            .contains("harms the guardrail latency: 12.30 against 12.00")
    );
    let keep = with(1_000, 12.3);
    assert_eq!(keep.conclusion.decision, Decision::KeepControl);
    let ship = with(1_300, 12.0);
    assert_eq!(ship.conclusion.decision, Decision::Ship);
    assert_eq!(ship.metrics[1].comparisons[0].verdict, Verdict::Equivalent);
    // Faster is no harm.
    let faster = with(1_300, 11.5);
    assert_eq!(faster.metrics[1].comparisons[0].verdict, Verdict::Better);
}

#[test]
fn a_loss_that_would_be_borne_harms_no_guardrail_however_certain() {
    let mut plan = plan(Some(2_000_000));
    let latency = Metric::new("latency")
        .role(Role::Guardrail)
        .less_is_better();
    plan.metrics.push(latency.clone().minimum_effect(0.02));
    let arms = |latency: f64| {
        let arm = |name: &str, hits, latency| {
            let it = variant(name, 1_000_000, rate(hits, 1_000_000));
            it.with("latency", mean(1_000_000, latency))
        };
        [arm("control", 100_000, 12.0), arm("fast", 130_000, latency)]
    };
    // +0.17 % (+0.10 % to +0.24 %).
    for units in [Some(2_000_000), None] {
        plan.units = units;
        let slower = of(&plan, arms(12.02));
        let comparison = &slower.metrics[1].comparisons[0];
        assert!(comparison.p_value < Some(1e-4));
        assert_eq!(comparison.verdict, Verdict::NotWorse, "{units:?}");
        assert_eq!(slower.conclusion.decision, Decision::Ship);
        let text = &slower.conclusion.text;
        assert!(
            text.contains(
                "fast loses in the guardrail latency, but no more than would be borne: 12.02 against 12.00"
            ) && text.ends_with(" Ship it."),
            "{text}"
        );
    }
    // The interval reaches beyond what would be borne; or nothing would be.
    let conflict = |plan: &Plan, latency| of(plan, arms(latency)).conclusion.decision;
    assert_eq!(conflict(&plan, 12.235), Decision::Conflict);
    plan.metrics[1] = latency;
    assert_eq!(conflict(&plan, 12.02), Decision::Conflict);
}

#[test]
fn who_is_better_where_no_exposure_is_counted_is_told_to_count_them() {
    let told = of(
        &plan(None),
        [
            variant("control", 0, rate(1_000, 10_000)),
            variant("fast", 0, rate(1_500, 10_000)),
        ],
    )
    .conclusion;
    assert_eq!(told.decision, Decision::KeepRunning);
    assert!(
        told.text.contains("fast is better than control")
            && told
                .text
                .ends_with("But no unit was exposed to any variant: check that exposures are counted, and of the type of unit that is asked for."),
        "{}",
        told.text
    );
}

#[test]
fn a_control_of_next_to_nothing_has_no_relative_difference() {
    let mean = |value| Sample::Mean(Moments::from_variance(1_000, value, 1.0));
    let evaluation = of(
        &plan(None),
        [
            variant("control", 1_000, mean(1e-300)),
            variant("fast", 1_000, mean(1e9)),
        ],
    );
    let comparison = &evaluation.metrics[0].comparisons[0];
    assert_eq!(comparison.relative, None);
    assert_eq!(comparison.verdict, Verdict::Better);
    let reason = comparison.reason.as_deref().unwrap();
    assert!(
        reason.starts_with("no relative difference: mean of the control is 0.000"),
        "{reason}"
    );
    assert!(!evaluation.conclusion.text.contains("inf"));
}

#[test]
fn no_chance_is_above_one() {
    for (units, control, fast) in [(500, 0, 739), (101, 25, 1_000), (1_000, 404, 1_000)] {
        let arms = [
            variant("control", units, rate(control, units)),
            variant("fast", 1_000, rate(fast, 1_000)),
        ];
        let evaluation = of(&plan(None), arms);
        let chance = evaluation.metrics[0].comparisons[0]
            .posterior
            .unwrap()
            .chance_to_win;
        assert!(chance <= 1.0 && chance > 0.999, "{chance:e}");
    }
}

#[test]
fn worse_is_worse_and_the_best_of_the_better_ones_is_shipped() {
    assert_eq!(
        two(&plan(Some(20_000)), 1_100, 1_000).conclusion.decision,
        Decision::KeepControl
    );
    let evaluation = of(
        &plan(Some(30_000)),
        [
            variant("good", 10_000, rate(1_200, 10_000)),
            variant("best", 10_000, rate(1_400, 10_000)),
            variant("control", 10_000, rate(1_000, 10_000)),
        ],
    );
    assert_eq!(evaluation.conclusion.variant.as_deref(), Some("best"));
    assert_eq!(evaluation.variants[0].name, "control");
    // Holm's over two comparisons.
    let [good, best] = &evaluation.metrics[0].comparisons[..] else {
        panic!("two comparisons");
    };
    let p = |of: &variate_stats::evaluation::Comparison| of.difference.unwrap().fixed.p_value;
    assert_eq!(good.p_value, Some(p(good)));
    assert_eq!(best.p_value, Some(2.0 * p(best)));
    assert!(
        evaluation
            .warnings
            .contains(&Warning::ManyComparisons { comparisons: 2 })
    );
}

#[test]
fn a_difference_that_does_not_matter_is_said_to_be_none() {
    let many = |successes| variant("fast", 1_000_000, rate(successes, 1_000_000));
    let control = variant("control", 1_000_000, rate(100_000, 1_000_000));
    let evaluation = of(&plan(None), [control, many(100_100)]);
    assert_eq!(
        evaluation.metrics[0].comparisons[0].verdict,
        Verdict::Equivalent
    );
    assert_eq!(evaluation.conclusion.decision, Decision::NoDifference);

    let unsure = two(&plan(Some(20_000)), 1_000, 1_010);
    assert_eq!(unsure.conclusion.decision, Decision::NoDifference);
    assert!(unsure.conclusion.text.contains("does not prove"));
}

#[test]
fn what_is_missing_has_a_reason() {
    let evaluation = of(
        &plan(Some(20)),
        [
            variant("control", 10_000, rate(1_000, 10_000)),
            ObservedVariant::new("fast", 10_000),
        ],
    );
    let comparison = &evaluation.metrics[0].comparisons[0];
    assert_eq!(comparison.verdict, Verdict::NotMeasured);
    assert_eq!(comparison.difference, None);
    assert!(comparison.reason.as_ref().unwrap().contains("fast"));
    assert!(matches!(
        evaluation.warnings[0],
        Warning::NotMeasured { .. }
    ));

    // Nobody came yet.
    let empty = of(
        &plan(None),
        [
            variant("control", 0, Sample::Mean(Moments::new())),
            variant("fast", 0, Sample::Mean(Moments::new())),
        ],
    );
    assert_eq!(empty.sample_ratio, None);
    assert_eq!(empty.variants[0].share, None);
    assert_eq!(empty.conclusion.decision, Decision::KeepRunning);
    assert_eq!(empty.warnings, [Warning::NoUnits]);

    // No success at all: neither test nor interval.
    let none = two(&plan(Some(20_000)), 0, 0);
    assert!(none.metrics[0].comparisons[0].reason.is_some());
    // One arm alone with none has a difference, and no relative one.
    let one = two(&plan(Some(20_000)), 0, 40);
    let comparison = &one.metrics[0].comparisons[0];
    assert!(comparison.difference.is_some() && comparison.relative.is_none());
    assert_eq!(comparison.verdict, Verdict::Better);
    assert!(one.metrics[0].methods.fixed.contains("Fisher"));

    let mixed = of(
        &plan(None),
        [
            variant("control", 10_000, rate(1_000, 10_000)),
            variant("fast", 10_000, mean(10_000, 0.1)),
        ],
    );
    let reason = mixed.metrics[0].comparisons[0].reason.as_ref().unwrap();
    assert!(reason.contains("measure both alike"), "{reason}");
}

#[test]
fn too_few_say_nothing_before_the_end() {
    let evaluation = of(
        &plan(None),
        [
            variant("control", 50, mean(50, 10.0)),
            variant("fast", 50, mean(50, 20.0)),
        ],
    );
    let effect = evaluation.metrics[0].comparisons[0].difference.unwrap();
    assert!(effect.fixed.p_value < 1e-20);
    let always_valid = effect.always_valid;
    assert_eq!(always_valid.p_value, 1.0);
    assert_eq!(always_valid.interval, Interval::EVERYTHING);
    assert_eq!(evaluation.conclusion.decision, Decision::KeepRunning);
    let few = evaluation
        .warnings
        .iter()
        .filter(|of| matches!(of, Warning::TooFewUnits { .. }));
    assert_eq!(few.count(), 2);
}

#[test]
fn a_total_failure_is_found_at_once() {
    for planned in [None, Some(200_000)] {
        for lost in [0, 3] {
            let evaluation = of(
                &plan(planned),
                [
                    variant("control", 100_000, rate(10_000, 100_000)),
                    variant("fast", 100_000, rate(lost, 100_000)),
                ],
            );
            let comparison = &evaluation.metrics[0].comparisons[0];
            assert!(comparison.p_value.unwrap() < 1e-300);
            assert!(comparison.always_valid_p_value.unwrap() < 1e-300);
            assert_eq!(comparison.reason, None);
            let relative = comparison.relative.unwrap();
            for interval in [relative.fixed.interval, relative.always_valid.interval] {
                assert!((-1.0..-0.99).contains(&interval.lower), "{interval:?}");
                assert!(interval.upper < -0.99 && interval.upper > interval.lower);
            }
            assert_eq!(evaluation.conclusion.decision, Decision::KeepControl);
        }
    }
    // Even where nothing varies in either arm.
    let evaluation = of(
        &plan(Some(200)),
        [
            variant("control", 100, rate(100, 100)),
            variant("fast", 100, rate(0, 100)),
        ],
    );
    assert_eq!(evaluation.conclusion.decision, Decision::KeepControl);
}

#[test]
fn an_estimate_with_its_own_error_is_read_at_the_end_only() {
    let p90 = |value| Sample::Estimated(Estimated::new(600, value, 0.1, "bootstrap"));
    let arms = || {
        [
            variant("control", 600, p90(3.0)),
            variant("fast", 600, p90(3.5)),
        ]
    };
    let end = of(&plan(Some(1_200)), arms());
    let comparison = &end.metrics[0].comparisons[0];
    // scipy.stats.t.sf(0.5/np.hypot(0.1, 0.1), 1198)*2
    assert!((comparison.p_value.unwrap() - 0.000_422_48).abs() < 1e-8);
    assert_eq!(end.metrics[0].methods.fixed, "bootstrap");
    assert_eq!(end.conclusion.decision, Decision::Ship);
    let any = of(&plan(None), arms());
    let comparison = &any.metrics[0].comparisons[0];
    assert_eq!(comparison.always_valid_p_value, None);
    assert_eq!(
        comparison.difference.unwrap().always_valid.interval,
        Interval::EVERYTHING
    );
    assert!(
        comparison
            .reason
            .as_deref()
            .unwrap()
            .contains("at any time")
    );
    assert_eq!(comparison.verdict, Verdict::Undecided);
    assert_eq!(any.conclusion.decision, Decision::KeepRunning);
    assert!(
        any.conclusion
            .text
            .contains("can only be read at a planned end")
    );
}

#[test]
fn a_planned_look_is_read_at_its_own_level() {
    let at = |level, is_last| {
        let mut plan = plan(None);
        plan.look = Some(PlannedLook { level, is_last });
        two(&plan, 1_000, 1_100)
    };
    // p = 0.021
    let early = at(0.02, false);
    assert_eq!(early.reading, Reading::GroupSequential);
    assert_eq!((early.alpha, early.level), (0.05, 0.02));
    assert_eq!(early.conclusion.decision, Decision::KeepRunning);
    let relative = |of: &Evaluation| {
        of.metrics[0].comparisons[0]
            .relative
            .unwrap()
            .fixed
            .interval
    };
    assert!(relative(&early).contains(0.0));
    let later = at(0.025, false);
    assert_eq!(later.conclusion.decision, Decision::Ship);
    assert!(!relative(&later).contains(0.0));
    assert!(
        later
            .conclusion
            .text
            .contains("with 95 % confidence over all planned looks"),
        "{}",
        later.conclusion.text
    );
    let end = at(0.02, true);
    assert_eq!(end.reading, Reading::Fixed);
    assert_eq!(end.conclusion.decision, Decision::NoDifference);
}

#[test]
fn who_is_worse_is_named_even_where_another_is_not() {
    let arms = |b| {
        [
            variant("control", 1_000, rate(100, 1_000)),
            variant("b", 1_000, rate(b, 1_000)),
            variant("c", 1_000, rate(101, 1_000)),
        ]
    };
    let end = of(&plan(Some(3_000)), arms(50));
    assert_eq!(end.conclusion.decision, Decision::NoDifference);
    let text = &end.conclusion.text;
    assert!(
        text.starts_with("b is worse than control in conversion: 5.00 % against 10.0 %"),
        "{text}"
    );
    assert!(
        text.contains("No other difference was found") && text.contains("conversion of c"),
        "{text}"
    );
    assert!(!text.contains("conversion of b"), "{text}");
    let early = of(&plan(None), arms(20));
    assert!(
        early.conclusion.text.starts_with("b is worse"),
        "{:?}",
        early.conclusion
    );
    assert!(
        early
            .conclusion
            .text
            .contains("no other difference is certain")
    );

    // Without a primary metric, too.
    let mut guarded = plan(Some(2_000));
    guarded.metrics[0].role = Role::Guardrail;
    let [control, b, _] = arms(50);
    let harmed = of(&guarded, [control, b]);
    assert_eq!(harmed.conclusion.decision, Decision::KeepControl);
    let [control, b, c] = arms(50);
    let harmed = of(&guarded, [control, b, c]);
    assert_eq!(harmed.conclusion.decision, Decision::KeepRunning);
    assert!(
        harmed
            .conclusion
            .text
            .contains("b harms the guardrail conversion")
    );
}

#[test]
fn an_end_without_anything_to_compare_says_why() {
    let none = two(&plan(Some(20_000)), 0, 0);
    assert_eq!(none.conclusion.decision, Decision::KeepRunning);
    let text = &none.conclusion.text;
    assert!(
        text.starts_with(
            "The planned end is there, and nothing could be compared. conversion of fast: "
        ),
        "{text}"
    );
}

#[test]
fn the_split_is_judged_by_one_look_where_there_is_one() {
    let arms = |control: u64| {
        [
            variant("control", control, rate(1_000, control)),
            variant("fast", 20_000 - control, rate(1_000, 20_000 - control)),
        ]
    };
    // scipy.stats.chisquare: 10,250 of 20,000 has p = 0.000407, 10,190 has 0.00721.
    let end = of(&plan(Some(20_000)), arms(10_250));
    assert_eq!(end.conclusion.decision, Decision::Invalid);
    let unusual = of(&plan(Some(20_000)), arms(10_190));
    assert!(
        matches!(unusual.warnings[0], Warning::UnusualSplit { p_value } if (p_value - 0.0072).abs() < 1e-4)
    );
    assert_ne!(unusual.conclusion.decision, Decision::Invalid);
    let early = of(&plan(None), arms(10_250));
    assert!(!early.sample_ratio.unwrap().is_mismatch);
    // A variant that was planned and never came.
    let mut three = plan(Some(20_000));
    three.shares = ["control", "fast", "slow"]
        .map(|of| (of.to_owned(), 1.0))
        .into();
    let absent = of(&three, arms(10_000));
    assert_eq!(absent.conclusion.decision, Decision::Invalid);
    assert_eq!(
        (absent.variants[2].name.as_str(), absent.variants[2].units),
        ("slow", 0)
    );
}

#[test]
fn the_exact_test_and_its_intervals_agree() {
    let evaluation = of(
        &plan(Some(2_000)),
        [
            variant("control", 1_000, rate(3, 1_000)),
            variant("fast", 1_000, rate(11, 1_000)),
        ],
    );
    let comparison = &evaluation.metrics[0].comparisons[0];
    // scipy.stats.fisher_exact([[3, 997], [11, 989]]).pvalue
    assert!((comparison.p_value.unwrap() - 0.056_6).abs() < 1e-3);
    for effect in [comparison.difference, comparison.relative] {
        assert_eq!(effect.unwrap().fixed.interval.lower, 0.0);
    }
    assert_eq!(evaluation.metrics[0].methods.adjustment, "Holm");
}

#[test]
fn how_many_it_takes_is_said() {
    let evaluation = two(&plan(None), 1_000, 1_010);
    let comparison = &evaluation.metrics[0].comparisons[0];
    // statsmodels: NormalIndPower().solve_power(proportion_effectsize(..)) is another test's; by the score test,
    // n = (1.959964·√(2·p̄q̄) + 0.841621·√(p₀q₀ + p₁q₁))²/(p₁ − p₀)² = 57,763 for 10 % against 10.5 %.
    let needed = comparison.units_needed.unwrap();
    assert!((115_000..116_000).contains(&needed), "{needed}");
    assert!(comparison.power.unwrap() > 0.2 && comparison.power.unwrap() < 0.23);
    // The least N of both with Δ − z(0.8)·s > s·√(2(1 + 1/(Nρ²))·ln(√(Nρ²+1)/α)), s² = p₀q₀/n + p₁q₁/n and ρ for 5,000 units, as
    // Python's statistics.NormalDist has it, for 100 and 100 · 1.05 of 1,000.
    let any_time = comparison.units_needed_at_any_time.unwrap();
    assert!((274_671..=274_674).contains(&any_time), "{any_time}");
    let text = &evaluation.conclusion.text;
    let thousands = |of: u64| format!("{},{:03}", of / 1_000, of % 1_000);
    let (once, any_time) = (thousands(needed), thousands(any_time));
    assert!(text.contains(&format!("Read once, a comparison takes {once} units")));
    assert!(
        text.contains(&format!("matters, and read at any time {any_time};")),
        "{text}"
    );
}

#[test]
fn it_is_json_and_back() {
    let evaluation = of(
        &plan(None),
        [
            variant("control", 50, rate(3, 50)),
            variant("fast", 50, rate(9, 50)),
        ],
    );
    let json = serde_json::to_value(&evaluation).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["conclusion"]["decision"], "keep_running");
    let difference = &json["metrics"][0]["comparisons"][0]["difference"];
    assert!(difference["effect"].is_number());
    assert!(difference["degrees_of_freedom"].is_null());
    assert!(difference["always_valid"]["interval"]["lower"].is_number());
    assert!(
        json["metrics"][0]["comparisons"][0]["relative"]["always_valid"]["interval"]["upper"]
            .is_number()
    );
    assert_eq!(json["warnings"][0]["code"], "too_few_units");
    let back: Evaluation = serde_json::from_value(json).unwrap();
    assert_eq!(back, evaluation);
}

#[test]
fn a_plan_that_contradicts_itself_is_refused() {
    let units = || {
        [
            variant("control", 100, rate(10, 100)),
            variant("fast", 100, rate(10, 100)),
        ]
    };
    let error = |plan: &Plan| evaluate(plan, &Observed::new(units())).unwrap_err();
    let mut bad = plan(None);
    bad.control = "old".into();
    assert!(matches!(error(&bad), EvaluationError::NoControl { .. }));
    assert!(error(&bad).to_string().contains("control, fast"));
    let mut bad = plan(None);
    bad.alpha = 1.0;
    assert!(
        error(&bad).to_string().contains("alpha is 1"),
        "{}",
        error(&bad)
    );
    bad.metrics.clear();
    assert!(error(&bad).to_string().contains("alpha is 1"));
    let mut bad = plan(None);
    bad.power = f64::NAN;
    assert!(matches!(error(&bad), EvaluationError::Plan { .. }));
    let mut bad = plan(None);
    bad.shares = [("control".to_owned(), 1.0)].into();
    assert!(matches!(error(&bad), EvaluationError::NoShare { .. }));
    bad.shares = [("control".to_owned(), 1.0), ("fast".to_owned(), 0.0)].into();
    assert!(matches!(error(&bad), EvaluationError::Plan { .. }));
    let mut bad = plan(None);
    bad.metrics.push(Metric::new("conversion"));
    assert!(matches!(
        error(&bad),
        EvaluationError::Twice {
            what: "metrics",
            ..
        }
    ));
    let mut bad = plan(None);
    bad.metrics = vec![Metric::new("conversion").minimum_effect(-0.1)];
    assert!(matches!(error(&bad), EvaluationError::MinimumEffect { .. }));
    let twice = Observed::new([units(), units()].concat());
    assert!(matches!(
        evaluate(&plan(None), &twice),
        Err(EvaluationError::Twice {
            what: "variants",
            ..
        })
    ));
}

fn sample() -> impl Strategy<Value = Sample> {
    let number = || {
        prop_oneof![
            Just(0.0),
            -1e300..1e300,
            -10.0..10.0,
            Just(f64::INFINITY),
            Just(f64::NAN)
        ]
    };
    prop_oneof![
        (0..1_000_u64, 0..2_000_u64)
            .prop_map(|(successes, more)| rate(successes, successes + more)),
        (0..10_000_u64, number(), number())
            .prop_map(|(n, sum, squares)| Sample::Mean(Moments::from_tallies(n, sum, squares))),
    ]
}

proptest! {
    #[test]
    fn nothing_makes_it_panic_and_all_of_it_is_json(
        samples in proptest::collection::vec((0..10_000_u64, sample()), 1..5),
        planned in proptest::option::of(0..10_000_u64),
    ) {
        let variants = samples.into_iter().enumerate().map(|(at, (units, sample))| {
            let name = if at == 0 { "control".to_owned() } else { format!("v{at}") };
            variant(&name, units, sample)
        });
        let evaluation = of(&plan(planned), variants);
        let json = serde_json::to_string(&evaluation).unwrap();
        let back: Evaluation = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(back.conclusion, evaluation.conclusion);
        for comparison in &evaluation.metrics[0].comparisons {
            prop_assert!(comparison.difference.is_some() || comparison.reason.is_some());
        }
    }

    #[test]
    fn what_is_better_one_way_is_worse_the_other(control in 100..900_u64, fast in 100..900_u64) {
        let mut less = plan(Some(1));
        less.metrics = vec![Metric::new("conversion").less_is_better()];
        let mut greater = plan(Some(1));
        greater.metrics = vec![Metric::new("conversion")];
        let verdict = |plan: &Plan| two(plan, control, fast).metrics[0].comparisons[0].verdict;
        let mirrored = match verdict(&greater) {
            Verdict::Better => Verdict::Worse,
            Verdict::Worse => Verdict::Better,
            other => other,
        };
        prop_assert_eq!(verdict(&less), mirrored);
    }

    #[test]
    fn intervals_leave_out_no_effect_just_where_the_test_finds_one(
        (control, fast) in (1..400_u64, 0..400_u64),
        (n, more) in (400..4_000_u64, 0..4_000_u64),
        is_mean in any::<bool>(),
    ) {
        let sample = |successes: u64, n: u64| {
            if is_mean {
                let n = u32::try_from(n).unwrap();
                let sum = f64::from(u32::try_from(successes).unwrap());
                Sample::Mean(Moments::from_tallies(n.into(), sum, 3.0 * sum))
            } else {
                rate(successes, n)
            }
        };
        let arms = [variant("control", n, sample(control, n)), variant("fast", n + more, sample(fast, n + more))];
        let evaluation = of(&plan(None), arms);
        let comparison = &evaluation.metrics[0].comparisons[0];
        for effect in [comparison.difference, comparison.relative] {
            let effect = effect.unwrap();
            prop_assert_eq!(effect.fixed.interval.contains(0.0), comparison.p_value.unwrap() > 0.05);
            let always_valid = effect.always_valid;
            prop_assert_eq!(Some(always_valid.p_value), comparison.always_valid_p_value);
            let is_in = always_valid.interval.contains(0.0);
            prop_assert!(is_in == (always_valid.p_value > 0.05) || (always_valid.p_value - 0.05).abs() < 1e-9);
            prop_assert!(always_valid.interval.contains(effect.fixed.effect));
        }
    }
}

#[test]
fn a_last_day_may_say_which_p_value_decides() {
    let mut plan = plan(None);
    plan.reading = Some(Reading::Fixed);
    let at_the_end = two(&plan, 1_000, 1_100);
    assert_eq!(at_the_end.reading, Reading::Fixed);
    assert_eq!(at_the_end.planned_units, None);
    assert_eq!(at_the_end.conclusion.decision, Decision::Ship);
    plan.units = Some(20_000);
    plan.reading = Some(Reading::AlwaysValid);
    assert_eq!(two(&plan, 1_000, 1_100).reading, Reading::AlwaysValid);
}

#[test]
fn a_split_that_nobody_planned_is_not_tested() {
    let observed = || {
        [
            variant("control", 10_000, rate(1_000, 10_000)),
            variant("fast", 2_000, rate(200, 2_000)),
        ]
    };
    let mut plan = plan(None);
    assert_eq!(of(&plan, observed()).conclusion.decision, Decision::Invalid);
    plan.checks_split = false;
    let evaluation = of(&plan, observed());
    assert_eq!(evaluation.sample_ratio, None);
    assert_ne!(evaluation.conclusion.decision, Decision::Invalid);
}

#[test]
fn a_unit_that_crossed_counts_once_where_that_is_known() {
    let share = |known| {
        let mut variants = [
            variant("control", 1_000, rate(100, 1_000)),
            variant("fast", 1_000, rate(100, 1_000)),
        ];
        for variant in &mut variants {
            variant.crossovers = 50;
        }
        let mut observed = Observed::new(variants);
        observed.crossovers = known;
        let evaluation = evaluate(&plan(None), &observed).unwrap();
        evaluation.warnings.into_iter().find_map(|of| match of {
            Warning::Crossovers { share } => Some(share),
            _ => None,
        })
    };
    assert_eq!(share(Some(50)), Some(50.0 / 2_050.0));
    assert_eq!(share(None), Some(100.0 / 2_100.0));
    assert_eq!(share(Some(0)), None);
}

#[test]
fn effects_alone_are_those_of_the_evaluation() {
    let plan = plan(Some(40_000));
    for kind in [
        (rate(1_000, 10_000), rate(1_100, 10_000)),
        (rate(3, 10_000), rate(9, 10_000)),
        (mean(50, 4.0), mean(50, 5.0)),
        (mean(5_000, 4.0), mean(5_000, 5.0)),
    ] {
        let variants = [
            variant("control", kind.0.units(), kind.0),
            variant("fast", kind.1.units(), kind.1),
            ObservedVariant::new("late", 10),
        ];
        let observed = Observed::new(variants);
        let evaluation = evaluate(&plan, &observed).unwrap();
        let alone = effects(&plan, &observed).unwrap();
        for (of, whole) in alone[0]
            .comparisons
            .iter()
            .zip(&evaluation.metrics[0].comparisons)
        {
            assert_eq!(of.variant, whole.variant);
            assert_eq!(of.difference, whole.difference);
            assert_eq!(of.relative, whole.relative);
        }
        assert!(alone[0].comparisons[0].difference.is_some());
        assert!(alone[0].comparisons[1].difference.is_none());
    }
    let mut bad = plan;
    bad.alpha = 1.0;
    assert!(effects(&bad, &Observed::new([])).is_err());
}

/// Two metrics of 1,000 units an arm, the second with this role.
fn pair(role: Role, units: Option<u64>, primary: u64, other: u64) -> Evaluation {
    let mut plan = plan(units);
    plan.metrics[0].minimum_effect = None;
    plan.metrics.push(Metric::new("buy").role(role));
    let arm = |name: &str, conversion, buy| {
        variant(name, 1_000, rate(conversion, 1_000)).with("buy", rate(buy, 1_000))
    };
    of(
        &plan,
        [arm("control", 100, 200), arm("fast", primary, other)],
    )
}

#[test]
fn a_loss_in_what_does_not_decide_is_said_beside_every_conclusion() {
    let shipped = pair(Role::Secondary, None, 200, 100);
    assert_eq!(shipped.conclusion.decision, Decision::Ship);
    let text = &shipped.conclusion.text;
    assert!(
        text.contains(
            "fast is worse in buy, which does not decide: 10.0 % against 20.0 %, -50.0 %"
        ),
        "{text}"
    );
    assert!(
        text.ends_with("Ship it only if that can be borne."),
        "{text}"
    );

    let early = pair(Role::Secondary, None, 102, 100).conclusion;
    assert_eq!(early.decision, Decision::KeepRunning);
    for part in [
        "It is too early: no difference in conversion is certain",
        "fast is worse in buy, which does not decide: 10.0 % against 20.0 %",
        "Keep it running only if that can be borne.",
    ] {
        assert!(early.text.contains(part), "{}", early.text);
    }
    let end = pair(Role::Secondary, Some(2_000), 102, 100).conclusion;
    assert_eq!(end.decision, Decision::NoDifference);
    for part in [
        "No difference was found in conversion",
        "fast is worse in buy",
    ] {
        assert!(end.text.contains(part), "{}", end.text);
    }
    // A gain is said, and is no condition.
    let gained = pair(Role::Secondary, None, 200, 400).conclusion;
    assert!(
        gained
            .text
            .ends_with("fast is better in buy, which does not decide. Ship it."),
        "{}",
        gained.text
    );
    let lost = pair(Role::Secondary, None, 20, 100).conclusion;
    assert_eq!(lost.decision, Decision::KeepControl);
    assert!(
        lost.text
            .contains("It is worse in buy, too, which does not decide")
            && !lost.text.contains("But"),
        "{}",
        lost.text
    );
    // What is not certain is not said.
    let quiet = pair(Role::Secondary, None, 200, 201).conclusion;
    assert!(!quiet.text.contains("buy"), "{}", quiet.text);
    assert!(quiet.text.ends_with(" Ship it."), "{}", quiet.text);
}

#[test]
fn two_metrics_that_decide_and_disagree_are_both_said() {
    let evaluation = pair(Role::Primary, Some(2_000), 200, 100);
    assert_eq!(evaluation.conclusion.decision, Decision::KeepControl);
    let text = &evaluation.conclusion.text;
    assert!(
        text.starts_with("fast is worse than control in buy: 10.0 % against 20.0 %")
            && text.contains("But it is better in conversion: 20.0 % against 10.0 %")
            && text.ends_with("Keep control."),
        "{text}"
    );
    let both = pair(Role::Primary, Some(2_000), 200, 400).conclusion.text;
    assert!(
        both.contains("It is better in buy, too. Ship it."),
        "{both}"
    );
}

#[test]
fn where_waiting_does_not_help_nobody_is_told_to_wait() {
    let contradiction = Sample::Mean(Moments::from_tallies(10_000, 100_000.0, 1.0));
    for wrong in [contradiction, rate(1_000, 10_000)] {
        let evaluation = of(
            &plan(None),
            [
                variant("control", 10_000, mean(10_000, 10.0)),
                variant("fast", 10_000, wrong),
            ],
        );
        let text = &evaluation.conclusion.text;
        assert_eq!(evaluation.conclusion.decision, Decision::Invalid, "{text}");
        assert!(
            text.starts_with("conversion of fast cannot be compared: ")
                && text.contains("put right what is sent or asked")
                && !text.contains("Keep it running"),
            "{text}"
        );
    }
}

#[test]
fn one_of_something_and_next_to_nothing_are_written_as_people_do() {
    let mut plan = plan(None);
    plan.checks_split = false;
    let arms = |a: u64, b: u64| {
        [
            variant("control", a, rate(a / 10, a)),
            variant("fast", b, rate(b - 1, b)),
        ]
    };
    let told = |evaluation: &Evaluation| -> Vec<String> {
        evaluation
            .warnings
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let few = told(&of(&plan, arms(1_000, 1)));
    assert!(few[0].starts_with("fast has 1 unit: wait"), "{few:?}");
    let one = told(&of(&plan, arms(1_000, 1_000)));
    assert!(
        one[0].starts_with("conversion of fast has 1 failure:"),
        "{one:?}"
    );
    plan.checks_split = true;
    let split = told(&of(&plan, arms(1_000, 10_000_000)));
    assert!(split[0].contains("(p < 1e-300)"), "{split:?}");
}
