//! What live evaluation says, beside what statsmodels and scipy say of the same events.

use std::sync::OnceLock;

use serde_json::Value;
use variate::{Metric, MetricKind, MetricRole, Quantity};
use variate_collector::live::{DataProblem, ExperimentPlan, LiveEvaluation, Plans};
use variate_collector::{Change, Day, EventStore, ExperimentTallies, MemoryStore, NewEvent, Pair};
use variate_stats::evaluation::{Comparison, Decision, Effect, Reading, Verdict};

const DAY: u64 = 86_400_000;
const DAYS: u64 = 9;

fn reference() -> &'static Value {
    static REFERENCE: OnceLock<Value> = OnceLock::new();
    REFERENCE
        .get_or_init(|| serde_json::from_str(include_str!("../data/live-evaluation.json")).unwrap())
}

fn first() -> u64 {
    reference()["first_day"].as_u64().unwrap() * DAY
}

fn day(number: u64) -> Day {
    Day::of_millis(first() + number * DAY)
}

/// All events of the reference, the last ones first.
fn tallies() -> ExperimentTallies {
    static TALLIES: OnceLock<ExperimentTallies> = OnceLock::new();
    TALLIES.get_or_init(counted).clone()
}

fn counted() -> ExperimentTallies {
    let store = MemoryStore::new();
    let plans = Plans::new();
    plans.replace([("shop", "pill", plan())]);
    assert!(plans.keep_pairs(&store).unwrap().is_empty());
    let name = |list: &str, at: &Value| {
        let at = usize::try_from(at.as_u64().unwrap()).unwrap();
        reference()[list][at].as_str().unwrap()
    };
    let events = reference()["events"].as_array().unwrap();
    let events: Vec<NewEvent<'_>> = events
        .iter()
        .enumerate()
        .rev()
        .map(|(id, event)| {
            let (variant, action) = (name("variants", &event[1]), name("actions", &event[2]));
            NewEvent::new("shop", "pill", variant, action, id.to_string())
                .of_unit(format!("u{}", event[0]))
                .at(first() + event[3].as_u64().unwrap())
                .value(event[4].as_f64())
        })
        .collect();
    for batch in events.chunks(500) {
        store.ingest(batch).unwrap();
    }
    store.tallies("shop", "pill").unwrap().unwrap()
}

/// As the reference has it.
fn plan() -> ExperimentPlan {
    let mut plan = ExperimentPlan::new(["control", "red", "blue"]);
    let shares = [("control", 50.0), ("red", 25.0), ("blue", 25.0)];
    plan.shares = shares.map(|(name, of)| (name.to_owned(), of)).into();
    let secondary = |name: &str, kind| Metric::new(name, kind).role(MetricRole::Secondary);
    plan.metrics = vec![
        Metric::new("purchases", MetricKind::conversion("bought")).minimum_effect(0.25),
        secondary("views", MetricKind::count("viewed")),
        secondary("revenue", MetricKind::value("bought")),
        secondary(
            "click rate",
            MetricKind::ratio(Quantity::events("clicked"), Quantity::events("viewed")),
        ),
        secondary(
            "order value",
            MetricKind::ratio(Quantity::values("bought"), Quantity::events("bought")),
        ),
    ];
    plan
}

fn evaluated(plan: &ExperimentPlan, now: u64) -> LiveEvaluation {
    LiveEvaluation::of(&tallies(), Some(plan), now).unwrap()
}

#[track_caller]
fn near(found: f64, expected: &Value, what: &str) {
    let expected = expected
        .as_f64()
        .unwrap_or_else(|| panic!("{what}: {expected}"));
    let scale = expected.abs().max(1e-12);
    assert!(
        (found - expected).abs() <= 1e-9 * scale,
        "{what}: {found} is not {expected}"
    );
}

#[track_caller]
fn same_effect(found: &Effect, expected: &Value, what: &str) {
    let (fixed, always) = (&found.fixed, &found.always_valid);
    near(fixed.effect, &expected["effect"], what);
    near(fixed.standard_error, &expected["standard_error"], what);
    near(fixed.interval.lower, &expected["lower"], what);
    near(fixed.interval.upper, &expected["upper"], what);
    near(fixed.p_value, &expected["p"], what);
    let sequence = &expected["sequence"];
    near(always.interval.lower, &sequence["lower"], what);
    near(always.interval.upper, &sequence["upper"], what);
    near(always.p_value, &sequence["p"], what);
}

/// Of the evaluation of a look, everything that the reference has.
#[track_caller]
fn same(live: &LiveEvaluation, look: &Value) {
    let evaluation = &live.evaluation;
    let units: Vec<u64> = evaluation.variants.iter().map(|of| of.units).collect();
    assert_eq!(serde_json::to_value(&units).unwrap(), look["units"]);
    let split = evaluation.sample_ratio.as_ref().unwrap();
    near(split.p_value, &look["split"], "split");
    for (at, expected) in look["comparisons"].as_array().unwrap().iter().enumerate() {
        for metric in &evaluation.metrics {
            let comparison = &metric.comparisons[at];
            let what = format!("{} of {}", metric.name, comparison.variant);
            same_effect(
                &comparison.difference.unwrap(),
                &expected[&metric.name],
                &what,
            );
        }
        let values = |metric: usize| {
            let of = |at: usize| evaluation.metrics[metric].variants[at].value.unwrap();
            [of(0), of(at + 1)]
        };
        for (metric, name) in [(0, "rates"), (3, "click rates"), (4, "order values")] {
            for (value, expected) in values(metric)
                .iter()
                .zip(expected[name].as_array().unwrap())
            {
                near(*value, expected, name);
            }
        }
        let purchases: &Comparison = &evaluation.metrics[0].comparisons[at];
        let (lift, relative) = (purchases.relative.unwrap(), &expected["purchases_relative"]);
        near(lift.fixed.effect, &relative["effect"], "lift");
        near(lift.fixed.interval.lower, &relative["lower"], "lift");
        near(lift.fixed.interval.upper, &relative["upper"], "lift");
        // One hypothesis, one p-value.
        let difference = purchases.difference.unwrap();
        assert!((lift.fixed.p_value - difference.fixed.p_value).abs() < 1e-15);
        near(purchases.p_value.unwrap(), &look["holm"][at], "Holm");
        let always = purchases.always_valid_p_value.unwrap();
        near(always, &look["holm_always_valid"][at], "Holm");
        near(purchases.power.unwrap(), &expected["power"], "power");
    }
}

#[test]
fn an_evaluation_says_what_statsmodels_and_scipy_say() {
    let live = evaluated(&plan(), first() + (DAYS - 1) * DAY);
    same(&live, &reference()["looks"][1]);
    assert_eq!(live.evaluation.reading, Reading::AlwaysValid);
    assert_eq!(live.read_on, None);
    assert!(live.has_declared_metrics);
    assert_eq!(
        (live.first_day, live.last_day),
        (Some(day(0)), Some(day(8)))
    );
}

#[test]
fn once_the_planned_end_is_there_it_is_read_as_it_was_then() {
    let look = &reference()["looks"][0];
    let mut plan = plan();
    plan.plan.days = Some(5);
    let before = evaluated(&plan, first() + 5 * DAY - 1);
    assert_eq!(before.read_on, None);
    assert_eq!(before.evaluation.reading, Reading::AlwaysValid);
    assert_eq!(before.progress.planned_last_day, Some(day(4)));
    assert_eq!(before.progress.days_left, Some(1));
    for now in [first() + 5 * DAY, first() + 30 * DAY] {
        let live = evaluated(&plan, now);
        assert_eq!(live.read_on, Some(day(4)));
        assert_eq!(live.evaluation.reading, Reading::Fixed);
        assert_eq!(live.progress.days_left, Some(0));
        same(&live, look);
        let units: i64 = live.exposures[5..].iter().flat_map(|of| &of.units).sum();
        let later = DataProblem::AfterEnd {
            read_on: day(4),
            units: u64::try_from(units).unwrap(),
        };
        assert!(
            live.data_problems.contains(&later),
            "{:?}",
            live.data_problems
        );
    }
    // The same by the number of units that were there on that day.
    plan.plan.days = None;
    plan.plan.units = Some(
        look["units"]
            .as_array()
            .unwrap()
            .iter()
            .map(|of| of.as_u64().unwrap())
            .sum(),
    );
    let live = evaluated(&plan, first() + 30 * DAY);
    assert_eq!(live.read_on, Some(day(4)));
    assert_eq!(live.evaluation.reading, Reading::Fixed);
    let units: u64 = live.evaluation.variants.iter().map(|of| of.units).sum();
    assert_eq!(Some(units), plan.plan.units);
    plan.plan.units = Some(1_000_000);
    let live = evaluated(&plan, first() + 30 * DAY);
    assert_eq!(live.read_on, None);
    assert_eq!(live.progress.planned_units, Some(1_000_000));
}

#[test]
fn series_are_of_all_days_before_and_end_with_the_evaluation() {
    let live = evaluated(&plan(), first() + (DAYS - 1) * DAY);
    let fifth = &reference()["looks"][0];
    for (metric, evaluated) in live.metrics.iter().zip(&live.evaluation.metrics) {
        for (at, series) in metric.effects.iter().enumerate() {
            assert_eq!(series.days.len(), 9);
            let seen = series.days[4].difference.unwrap();
            let expected = &fifth["comparisons"][at][&metric.metric.name];
            near(seen.effect, &expected["effect"], "effect");
            near(seen.interval.lower, &expected["lower"], "interval");
            near(
                seen.sequence.lower,
                &expected["sequence"]["lower"],
                "sequence",
            );
            near(
                seen.sequence.upper,
                &expected["sequence"]["upper"],
                "sequence",
            );
            near(seen.always_valid_p_value, &expected["sequence"]["p"], "p");
            let (last, whole) = (series.days[8], &evaluated.comparisons[at]);
            assert_eq!(
                last.relative.map(|of| of.effect),
                whole.relative.map(|of| of.fixed.effect)
            );
        }
        for (at, series) in metric.values.iter().enumerate() {
            assert_eq!(series.variant, live.evaluation.variants[at].name);
            assert_eq!(series.days[8].value, evaluated.variants[at].value);
            assert_eq!(fifth["units"][at], series.days[4].units);
        }
    }
    let new_units: Vec<&Vec<i64>> = live.exposures.iter().map(|of| &of.units).collect();
    // Nobody came on the last day.
    let mut expected = reference()["new_units"].as_array().unwrap().clone();
    assert_eq!(expected.pop(), Some(serde_json::json!([0, 0, 0])));
    assert_eq!(
        serde_json::to_value(new_units).unwrap(),
        Value::from(expected)
    );
    let crossovers: i64 = live.exposures.iter().map(|of| of.crossovers).sum();
    assert_eq!(reference()["looks"][1]["crossovers"], crossovers);
}

#[test]
fn it_tells_how_much_more_it_takes() {
    // On the morning of the seventh day.
    let live = evaluated(&plan(), first() + 6 * DAY + 1);
    let units = |of: &[usize]| -> i64 {
        let days = reference()["new_units"].as_array().unwrap()[..6].iter();
        days.flat_map(|day| of.iter().map(|at| day[*at].as_i64().unwrap()))
            .sum()
    };
    #[allow(clippy::cast_precision_loss)]
    let pace = |of: &[usize]| units(of) as f64 / 6.0;
    assert_eq!(live.progress.days, 7);
    assert_eq!(live.progress.units_a_day, Some(pace(&[0, 1, 2])));
    let [red, blue] = live.metrics[0].forecasts.as_slice() else {
        panic!("{:?}", live.metrics[0].forecasts);
    };
    assert_eq!(red.units_a_day, Some(pace(&[0, 1])));
    assert_eq!(blue.units_a_day, Some(pace(&[0, 2])));
    let whole = &live.evaluation;
    assert_eq!(red.units, whole.variants[0].units + whole.variants[1].units);
    let needed = red.units_needed.unwrap();
    assert!(needed > red.units);
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    let days = ((needed - red.units) as f64 / pace(&[0, 1])).ceil() as u64;
    assert_eq!(red.days_left, Some(days));
    // Without a planned end, the test that holds at any time decides, and takes longer.
    let needed = red.units_needed_at_any_time.unwrap();
    assert!(needed > red.units_needed.unwrap());
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    let days = ((needed - red.units) as f64 / pace(&[0, 1])).ceil() as u64;
    assert_eq!(red.days_left_at_any_time, Some(days));
    let longest = red.days_left_at_any_time.max(blue.days_left_at_any_time);
    assert_eq!(live.progress.days_left, longest);
    let told = format!(
        "{} more days to see the least effect that matters",
        longest.unwrap()
    );
    for text in [live.to_text(), live.to_html()] {
        assert!(text.contains(&told), "{text}");
        assert!(!text.contains(": enough") && !text.contains(", enough"));
    }
    // With the least effect that is seen, the units that are there are those that are needed.
    let mut plan = plan();
    plan.metrics[0].minimum_effect = Some(red.detectable_effect.unwrap() * 1.001);
    let enough = evaluated(&plan, first() + 6 * DAY + 1);
    let red = &enough.metrics[0].forecasts[0];
    assert!(
        red.power.unwrap() > 0.8 && red.power.unwrap() < 0.803,
        "{red:?}"
    );
    assert_eq!(red.days_left, Some(0));
}

#[test]
fn an_experiment_that_nobody_declares_has_a_conversion_for_each_action() {
    let live = LiveEvaluation::of(&tallies(), None, first() + 9 * DAY).unwrap();
    let names: Vec<&str> = live
        .metrics
        .iter()
        .map(|of| of.metric.name.as_str())
        .collect();
    assert_eq!(names, ["bought", "clicked", "refunded", "viewed"]);
    assert!(live.declared.is_none() && !live.has_declared_metrics);
    assert_eq!(live.data_problems[0], DataProblem::NotDeclared);
    assert_eq!(live.evaluation.control, "control");
    // Which assumes equal shares; these were not.
    assert_eq!(live.evaluation.conclusion.decision, Decision::Invalid);
    let expected = &reference()["looks"][1]["comparisons"][0]["purchases"];
    // The other treatment comes first here.
    let bought = &live.evaluation.metrics[0].comparisons[1];
    assert_eq!(bought.variant, "red");
    same_effect(&bought.difference.unwrap(), expected, "bought");
}

/// More refunds are no success, and nobody has said so.
#[test]
fn what_nobody_declares_is_no_reason_to_ship() {
    let store = MemoryStore::new();
    let mut events = Vec::new();
    for unit in 0..4_000 {
        let (variant, every) = [("control", 20), ("red", 7)][unit % 2];
        let event = |action: &'static str| {
            let id = format!("{action}{unit}");
            NewEvent::new("shop", "refunds", variant, action, id)
                .of_unit(format!("u{unit}"))
                .at(first())
        };
        events.push(event("assignment"));
        if unit / 2 % every == 0 {
            events.push(event("refunded"));
        }
    }
    store.ingest(&events).unwrap();
    let tallies = store.tallies("shop", "refunds").unwrap().unwrap();
    let live = LiveEvaluation::of(&tallies, None, first()).unwrap();
    let conclusion = &live.evaluation.conclusion;
    assert_eq!(conclusion.decision, Decision::Undeclared);
    assert!(
        conclusion
            .text
            .starts_with("refunded: 14.3 % of the units with red, 5 % with control. "),
        "{}",
        conclusion.text
    );
    assert!(!conclusion.text.contains("Ship"));
}

#[test]
fn what_is_wrong_with_the_data_is_told() {
    let mut plan = plan();
    plan.variants.pop();
    plan.shares.remove("blue");
    plan.metrics
        .push(Metric::new("returns", MetricKind::count("returned")));
    plan.metrics.push(Metric::new(
        "refund rate",
        MetricKind::ratio(Quantity::events("refunded"), Quantity::events("bought")),
    ));
    let live = evaluated(&plan, first() + 20 * DAY);
    let problems = &live.data_problems;
    let has =
        |problem: &DataProblem| assert!(problems.contains(problem), "{problem:?} {problems:?}");
    has(&DataProblem::UnplannedVariant {
        variant: "blue".to_owned(),
        units: reference()["looks"][1]["units"][2].as_u64().unwrap(),
    });
    has(&DataProblem::UnseenAction {
        metric: "returns".to_owned(),
        action: "returned".to_owned(),
    });
    has(&DataProblem::NoProducts {
        metric: "refund rate".to_owned(),
        first: "refunded".to_owned(),
        second: "bought".to_owned(),
    });
    has(&DataProblem::Silent {
        since: day(8),
        days: 12,
    });
    let before = problems.iter().find_map(|problem| match problem {
        DataProblem::BeforeExposure {
            action,
            events,
            share,
        } if action == "viewed" => Some((*events, *share)),
        _ => None,
    });
    let (events, share) = before.unwrap();
    assert_eq!(reference()["views_before_exposure"], events);
    assert!(share > 0.01 && share < 0.05, "{share}");
    let ratio = &live.evaluation.metrics[6].comparisons[0];
    assert_eq!(ratio.verdict, Verdict::NotMeasured);
    for problem in problems {
        let text = problem.to_string();
        assert!(text.len() > 30 && !text.ends_with('.'), "{text}");
    }
}

#[test]
fn units_that_act_without_exposure_make_no_rate() {
    let store = MemoryStore::new();
    // Clients that know no units: nothing is asked of the exposure.
    for (id, action) in [("1", "participate"), ("2", "bought"), ("3", "bought")] {
        let event = NewEvent::new("n", "e", "a", action, id).at(first());
        store.ingest(&[event]).unwrap();
    }
    let tallies = store.tallies("n", "e").unwrap().unwrap();
    let live = LiveEvaluation::of(&tallies, None, first()).unwrap();
    let problem = DataProblem::MoreThanExposed {
        metric: "bought".to_owned(),
        variant: "a".to_owned(),
        units: 2,
        exposed: 1,
    };
    assert!(
        live.data_problems.contains(&problem),
        "{:?}",
        live.data_problems
    );
    assert_eq!(live.evaluation.control, "a");
    assert_eq!(live.evaluation.metrics[0].variants[0].value, None);
}

#[test]
fn segments_make_a_split_that_nobody_planned() {
    let mut plan = plan();
    plan.shares.clear();
    plan.checks_split = false;
    let live = evaluated(&plan, first() + 9 * DAY);
    assert_eq!(live.evaluation.sample_ratio, None);
    assert_ne!(live.evaluation.conclusion.decision, Decision::Invalid);
}

#[test]
fn nothing_was_counted_of_an_experiment_that_is_only_declared() {
    let store = MemoryStore::new();
    let pair = Pair {
        first: "clicked".to_owned(),
        second: "viewed".to_owned(),
    };
    store.change("shop", "pill", &Change::Pair(pair)).unwrap();
    let tallies = store.tallies("shop", "pill").unwrap().unwrap();
    let live = LiveEvaluation::of(&tallies, Some(&plan()), first()).unwrap();
    assert_eq!(live.evaluation.conclusion.decision, Decision::KeepRunning);
    assert_eq!(live.progress.units, 0);
    assert_eq!((live.first_day, live.progress.units_a_day), (None, None));
    assert_eq!(
        live.data_problems,
        [DataProblem::NoEvents {
            since: None,
            days: None
        }]
    );
    // One thing is told, and not that thing of every metric.
    assert_eq!(
        live.to_text().matches("Beware").count(),
        1,
        "{}",
        live.to_text()
    );
    assert_eq!(live.metrics.len(), 5);
}

#[test]
fn an_evaluation_survives_json() {
    let live = evaluated(&plan(), first() + 9 * DAY);
    let text = serde_json::to_string(&live).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(value["metrics"][3]["metric"]["kind"], "ratio");
    assert_eq!(
        value["metrics"][3]["metric"]["numerator"]["events"],
        "clicked"
    );
    let again: LiveEvaluation = serde_json::from_str(&text).unwrap();
    assert_eq!(again, live);
}

#[test]
fn a_page_has_plots_and_needs_nothing_else() {
    let mut tallies = tallies();
    tallies.info.name = "<pill> & \"co\"".to_owned();
    let page = LiveEvaluation::of(&tallies, Some(&plan()), first() + 9 * DAY)
        .unwrap()
        .to_html();
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    // Two for each metric, of which the screen's width shows one, and one for each treatment of the primary one.
    assert_eq!(page.matches("<svg class=\"plot wide\"").count(), 5);
    assert_eq!(page.matches("<svg class=\"plot narrow\"").count(), 5);
    let drawing = "<div class=\"scroll drawing\" tabindex=\"0\" role=\"region\" aria-label=\"";
    assert_eq!(page.matches(drawing).count(), 2);
    assert_eq!(page.matches("<svg ").count(), 10 + 2);
    assert_eq!(
        page.matches("<svg ").count(),
        page.matches("</svg>").count()
    );
    assert!(page.contains("<title>&lt;pill&gt; &amp; &quot;co&quot;</title>"));
    for outside in [
        "<script", "<link", "http://", "https://", "url(", "<pill>", "NaN", "inf",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn of_very_many_actions_those_are_told_that_most_units_did() {
    let store = MemoryStore::new();
    for unit in 0..60_u64 {
        let variant = ["control", "red"][usize::try_from(unit % 2).unwrap()];
        let event = |action: String| {
            let id = format!("{action} {unit}");
            NewEvent::new("n", "e", variant, action, id).of_unit(unit.to_string())
        };
        let mut events = vec![event("assignment".to_owned()).at(first())];
        // The action `a10` is of one unit, `a69` of sixty.
        let actions = (10 + (59 - unit)..70).map(|number| format!("a{number}"));
        events.extend(actions.map(|action| event(action).at(first() + 1)));
        store.ingest(&events).unwrap();
    }
    let tallies = store.tallies("n", "e").unwrap().unwrap();
    let live = LiveEvaluation::of(&tallies, None, first()).unwrap();
    assert_eq!(live.metrics.len(), LiveEvaluation::MOST_CONVERSIONS);
    assert_eq!(live.metrics[0].metric.name, "a20");
    assert_eq!(live.metrics[49].metric.name, "a69");
    let problem = DataProblem::ManyActions { left_out: 10 };
    assert!(live.data_problems.contains(&problem));
}
