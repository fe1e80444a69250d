//! What live evaluation says of an experiment that ended, is decided or archived, or of which nothing came.

use variate::{Metric, MetricKind, MetricRole};
use variate_collector::live::{DataProblem, ExperimentPlan, LiveEvaluation, State};
use variate_collector::{
    Change, Day, EventStore, ExperimentInfo, ExperimentTallies, MemoryStore, NewEvent,
};
use variate_stats::evaluation::Decision;

const DAY: u64 = 86_400_000;
/// 2026-11-01T00:00:00Z.
const FIRST: u64 = 1_793_491_200_000;

/// 300 units a day for 20 days; of `red`, more buy where it is better.
fn store(is_better: bool) -> MemoryStore {
    let store = MemoryStore::new();
    let rate = if is_better { 20 } else { 11 };
    for day in 0..20 {
        let mut events = Vec::new();
        for number in 0..300 {
            let (variant, rate) = [("control", 10), ("red", rate)][number % 2];
            let event = |action: &'static str| {
                let id = format!("{action}{day}-{number}");
                let event = NewEvent::new("shop", "pill", variant, action, id);
                event
                    .of_unit(format!("u{day}-{number}"))
                    .at(FIRST + day * DAY)
            };
            events.push(event("assignment"));
            if number / 2 % 100 < rate {
                events.push(event("bought"));
            }
            if number / 2 % 50 == 0 {
                events.push(event("refunded"));
            }
        }
        store.ingest(&events).unwrap();
    }
    store
}

fn tallies(store: &MemoryStore) -> ExperimentTallies {
    store.tallies("shop", "pill").unwrap().unwrap()
}

fn plan() -> ExperimentPlan {
    let mut plan = ExperimentPlan::new(["control", "red"]);
    plan.metrics = vec![
        Metric::new("purchases", MetricKind::conversion("bought")).minimum_effect(0.1),
        Metric::new("refunds", MetricKind::conversion("refunded"))
            .role(MetricRole::Guardrail)
            .minimum_effect(0.05),
    ];
    plan
}

fn at(tallies: &ExperimentTallies, plan: &ExperimentPlan, day: u64) -> LiveEvaluation {
    LiveEvaluation::of(tallies, Some(plan), FIRST + day * DAY).unwrap()
}

/// In all that people read, the descriptions of data apart.
#[track_caller]
fn says(live: &LiveEvaluation, wanted: &[&str], unwanted: &[&str]) {
    for text in [live.to_text(), live.to_html()] {
        for wanted in wanted {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        for unwanted in unwanted {
            assert!(!text.contains(unwanted), "{unwanted}: {text}");
        }
    }
}

const STILL: [&str; 4] = [" yet", "more day", "Keep it running", "too early"];

#[test]
fn after_the_planned_end_nothing_is_said_of_more_days() {
    let store = store(true);
    // Something is certain: no day is missing.
    let decided = at(&tallies(&store), &plan(), 20);
    assert!(decided.progress.days_left > Some(0));
    let text = decided.to_text();
    assert!(!text.contains("days to see"), "{text}");
    // Of what is certain no more is needed, only of the guardrail.
    assert_eq!(text.matches("more days").count(), 1, "{text}");
    let mut by_days = plan();
    by_days.plan.days = Some(14);
    let running = at(&tallies(&store), &by_days, 13);
    assert_eq!(running.state, State::Running);
    says(&running, &["running", "one more day to go"], &[]);
    let mut by_units = plan();
    by_units.plan.units = Some(4_200);
    for plan in [by_days, by_units] {
        let live = at(&tallies(&store), &plan, 21);
        assert_eq!(live.state, State::Ended);
        assert_eq!((live.progress.units, live.progress.days), (4_200, 14));
        let conclusion = &live.evaluation.conclusion;
        assert_eq!(conclusion.decision, Decision::Ship);
        assert!(
            conclusion
                .text
                .contains("Nothing certain can be said of the guardrail refunds"),
            "{}",
            conclusion.text
        );
        let forecasts = live.metrics.iter().flat_map(|of| &of.forecasts);
        assert!(
            forecasts
                .into_iter()
                .all(|of| of.days_left.is_none() && of.days_left_at_any_time.is_none())
        );
        says(
            &live,
            &[
                "ended",
                "4,200 units in 14 days",
                "read at the end of 2026-11-14",
            ],
            &STILL,
        );
        let json = serde_json::to_value(&live).unwrap();
        assert_eq!(json["state"], "ended");
    }
}

#[test]
fn people_who_are_done_with_it_are_not_told_to_wait() {
    for is_better in [true, false] {
        for (change, state, record) in [
            (
                Change::Archived(true),
                State::Archived,
                "No winner was declared; it is archived",
            ),
            (
                Change::Winner(Some("red".to_owned())),
                State::Decided,
                "red is the declared winner.",
            ),
        ] {
            let store = store(is_better);
            let open = at(&tallies(&store), &plan(), 20);
            assert!(open.evaluation.conclusion.text.contains(if is_better {
                "before you ship"
            } else {
                "Keep it running"
            }));
            store.change("shop", "pill", &change).unwrap();
            let live = at(&tallies(&store), &plan(), 25);
            assert_eq!(live.state, state);
            assert_eq!(live.progress.days_left, None);
            let conclusion = &live.evaluation.conclusion;
            assert!(conclusion.text.starts_with(record), "{}", conclusion.text);
            if is_better {
                assert_eq!(conclusion.decision, Decision::Ship);
                assert!(
                    conclusion
                        .text
                        .contains("Its data say until 2026-11-20: red is better"),
                    "{}",
                    conclusion.text
                );
            } else {
                assert_eq!(conclusion.decision, Decision::Over);
                says(
                    &live,
                    &["Its data alone prove no difference: 6,000 units until 2026-11-20."],
                    &STILL,
                );
            }
        }
    }
    // What is archived counts no more days.
    let store = store(false);
    store
        .change("shop", "pill", &Change::Archived(true))
        .unwrap();
    assert_eq!(at(&tallies(&store), &plan(), 40).progress.days, 20);
}

#[test]
fn what_began_and_sends_nothing_is_not_planned() {
    let tallies = ExperimentTallies {
        info: ExperimentInfo::new("shop", "pill"),
        crossovers: 0,
        crossover_days: Vec::new(),
        cells: Vec::new(),
        pair_tallies: Vec::new(),
    };
    let problem = |plan: &ExperimentPlan, day| {
        let live = at(&tallies, plan, day);
        let found = live.data_problems.iter();
        let mut found = found.filter(|of| matches!(of, DataProblem::NoEvents { .. }));
        (live.state, found.next().cloned())
    };
    let mut dated = plan();
    dated.about.starts = Some(FIRST + DAY);
    assert_eq!(problem(&dated, 0), (State::Planned, None));
    assert_eq!(problem(&dated, 3), (State::NoEvents, None));
    let (state, found) = problem(&dated, 22);
    let found = found.unwrap();
    assert_eq!(state, State::NoEvents);
    assert_eq!(
        found,
        DataProblem::NoEvents {
            since: Some(Day::of_millis(FIRST + DAY)),
            days: Some(21)
        }
    );
    assert_eq!(
        found.to_string(),
        "nothing is counted of it, and it began 21 days ago, on 2026-11-02: is it tracked, by this name and in this namespace?"
    );
    // Since when it is there, nobody says.
    let undated = problem(&plan(), 0);
    assert_eq!(
        undated,
        (
            State::NoEvents,
            Some(DataProblem::NoEvents {
                since: None,
                days: None
            })
        )
    );
    let mut off = plan();
    off.about.enabled = false;
    assert_eq!(problem(&off, 9), (State::Planned, None));
}

#[test]
fn the_end_that_comes_first_is_the_end() {
    let tallies = tallies(&store(true));
    let mut plan = plan();
    plan.about.ends = Some(FIRST + 14 * DAY);
    for (units, days) in [(Some(100_000), None), (None, Some(40))] {
        (plan.plan.units, plan.plan.days) = (units, days);
        // What is planned would take longer than it is assigned.
        let before = at(&tallies, &plan, 13);
        assert_eq!(before.state, State::Running);
        assert_eq!(before.progress.days_left, Some(1));
        assert!(before.to_text().contains("at the end of 2026-11-14"));
        let live = at(&tallies, &plan, 20);
        assert_eq!(live.state, State::Ended);
        assert_eq!(live.read_on, Some(Day::of_millis(FIRST + 13 * DAY)));
        assert_eq!(live.progress.days_left, Some(0));
        assert_eq!(live.evaluation.conclusion.decision, Decision::Ship);
        says(&live, &["at the planned end"], &STILL);
    }
    // Units that came before.
    (plan.plan.units, plan.plan.days) = (Some(900), None);
    let read_on = at(&tallies, &plan, 20).read_on;
    assert_eq!(read_on, Some(Day::of_millis(FIRST + 2 * DAY)));
}

#[test]
fn what_ended_today_is_not_told_to_run() {
    let tallies = tallies(&store(false));
    let mut plan = plan();
    plan.about.ends = Some(FIRST + 19 * DAY + 5);
    let live = at(&tallies, &plan, 19);
    assert_eq!(live.state, State::Running);
    let live = LiveEvaluation::of(&tallies, Some(&plan), FIRST + 19 * DAY + 6).unwrap();
    assert_eq!((live.state, live.read_on), (State::Ended, None));
    let text = &live.evaluation.conclusion.text;
    assert!(
        text.starts_with("It ended today, and is read when the day is over. "),
        "{text}"
    );
    says(&live, &[], &["Keep it running"]);
}

#[test]
fn what_is_switched_off_waits_for_nothing() {
    let tallies = tallies(&store(false));
    let mut off = plan();
    off.about.enabled = false;
    let live = at(&tallies, &off, 20);
    assert_eq!(live.state, State::Off);
    assert_eq!(live.evaluation.conclusion.decision, Decision::KeepRunning);
    assert_eq!(live.progress.days_left, None);
    let text = &live.evaluation.conclusion.text;
    assert!(
        text.starts_with("It is switched off, and nobody gets into it. "),
        "{text}"
    );
    says(
        &live,
        &[],
        &["more day", "Keep it running", "new ones a day"],
    );
    off.plan.units = Some(9_000);
    let live = at(&tallies, &off, 20);
    assert_eq!(live.progress.days_left, None);
    says(
        &live,
        &[],
        &["more day", "Keep it running", "new ones a day"],
    );
}

#[test]
fn what_ended_and_never_sent_anything_is_told() {
    let tallies = ExperimentTallies {
        info: ExperimentInfo::new("shop", "pill"),
        crossovers: 0,
        crossover_days: Vec::new(),
        cells: Vec::new(),
        pair_tallies: Vec::new(),
    };
    let mut ended = plan();
    ended.about.starts = Some(FIRST);
    ended.about.ends = Some(FIRST + 7 * DAY);
    let live = at(&tallies, &ended, 20);
    assert_eq!(live.state, State::Ended);
    let since = Some(Day::of_millis(FIRST));
    let told = DataProblem::NoEvents {
        since,
        days: Some(20),
    };
    assert_eq!(live.data_problems, [told]);
}
