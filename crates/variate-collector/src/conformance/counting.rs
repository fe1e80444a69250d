use super::{Case, DAY, Fixture, NAMESPACE, NOON, act, count, hit, read};
use crate::{EventStore, ExperimentTallies, Limits, NewEvent, Outcome, Refusal, Tally};

pub(super) fn cases<F: Fixture>() -> Vec<Case<F>> {
    vec![
        ("an id counts once", an_id_counts_once),
        (
            "an id counts for each action and variant",
            an_id_counts_for_each_action_and_variant,
        ),
        ("texts are taken as they are", texts_are_taken_as_they_are),
        ("names may hold anything", names_may_hold_anything),
        ("units are summed and squared", units_are_summed_and_squared),
        ("whole numbers are exact", whole_numbers_are_exact),
        (
            "what comes before the exposure is kept apart",
            what_comes_before_the_exposure_is_kept_apart,
        ),
        (
            "an exposure that comes late counts from when it happened",
            a_late_exposure_counts_from_when_it_happened,
        ),
        ("a unit in two variants is a crossover", crossovers),
        (
            "an id exposed in two variants is a crossover",
            crossovers_of_ids,
        ),
        (
            "a crossover leaves on the day it is seen",
            crossovers_leave_on_their_day,
        ),
        ("a day's row holds increments", days_hold_increments),
        ("one id with and without a unit counts once", both_kinds),
        ("one id of several units counts once", several_units),
        ("bad events are refused, the others count", refusals),
        ("nothing is a batch", an_empty_batch),
    ]
}

fn counted(tallies: &ExperimentTallies, action: &str, variant: &str) -> Tally {
    tallies
        .cell(action, variant)
        .map_or_else(Tally::default, |cell| cell.total.counted)
}

fn an_id_counts_once<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let events = [
        hit("red", "participate", "a"),
        hit("red", "participate", "a"),
        hit("red", "participate", "b"),
    ];
    let outcomes = store.ingest(&events).unwrap();
    assert_eq!(
        outcomes,
        [Outcome::Counted, Outcome::Duplicate, Outcome::Counted]
    );
    let again = store.ingest(&events).unwrap();
    assert_eq!(again, vec![Outcome::Duplicate; 3]);

    let store = fixture.reopen(store);
    let again = store.ingest(&events).unwrap();
    assert_eq!(again, vec![Outcome::Duplicate; 3]);
    let tally = counted(&read(&store), "participate", "red");
    assert_eq!((tally.events, tally.units), (2, 2));
}

fn an_id_counts_for_each_action_and_variant<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(
        &store,
        &[
            hit("red", "participate", "a"),
            hit("red", "clicked", "a"),
            hit("blue", "clicked", "a"),
        ],
    );
    let tallies = read(&store);
    for (action, variant) in [
        ("participate", "red"),
        ("clicked", "red"),
        ("clicked", "blue"),
    ] {
        assert_eq!(
            counted(&tallies, action, variant).events,
            1,
            "{action} {variant}"
        );
    }
    assert_eq!(tallies.info.variants, ["blue", "red"]);
    assert_eq!(tallies.info.actions, ["clicked", "participate"]);
}

fn texts_are_taken_as_they_are<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let texts = ["a", "A", " a", "a ", "\u{e4}", "a\u{308}", "01", "1"];
    let mut events: Vec<NewEvent<'_>> = texts.map(|id| hit("red", "participate", id)).to_vec();
    events.extend(texts.map(|action| hit("red", action, "x")));
    events.extend(texts.map(|variant| hit(variant, "clicked", "x")));
    events.extend(texts.map(|unit| {
        let id = format!("of {unit}");
        NewEvent::new(NAMESPACE, "units", "red", "assignment", id)
            .of_unit(unit)
            .at(NOON)
    }));
    count(&store, &events);
    let tallies = read(&store);
    assert_eq!(counted(&tallies, "participate", "red").units, 8);
    assert_eq!(tallies.info.actions.len(), texts.len() + 2);
    assert_eq!(tallies.info.variants.len(), texts.len() + 1);
    let of_units = store.tallies(NAMESPACE, "units").unwrap().unwrap();
    assert_eq!(counted(&of_units, "assignment", "red").units, 8);
}

fn names_may_hold_anything<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let names = [
        "a:b", "a", "b", ":", "\0", "{a}", "ä ö", "日本", "a\nb", "'\"\\", "%s", "*", "-1", "1e3",
    ];
    let mut events = Vec::new();
    for experiment in names {
        for variant in names {
            for action in names {
                let id = format!("{experiment}{variant}{action}");
                events.push(NewEvent::new(experiment, experiment, variant, action, id).at(NOON));
            }
        }
    }
    // Joined without care, the first and the last two names of these would be one.
    events.push(NewEvent::new("a", "b:a", "b", "c", "x").at(NOON));
    events.push(NewEvent::new("a:b", "a", "b:c", "d", "x").at(NOON));
    count(&store, &events);

    let store = fixture.reopen(store);
    for name in names {
        let tallies = store.tallies(name, name).unwrap().unwrap();
        for variant in names {
            for action in names {
                let tally = counted(&tallies, action, variant);
                assert_eq!(tally.events, 1, "{name:?} {variant:?} {action:?}");
            }
        }
    }
    let mut namespaces: Vec<&str> = names.to_vec();
    namespaces.sort_unstable();
    assert_eq!(store.namespaces().unwrap(), namespaces);
}

fn units_are_summed_and_squared<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(
        &store,
        &[
            act("u", "red", "assignment", NOON),
            act("v", "red", "assignment", NOON),
            act("u", "red", "bought", NOON + 1).value(3.0),
            act("u", "red", "bought", NOON + 2).value(4.5),
            act("v", "red", "bought", NOON + 3).value(2.0),
            act("v", "red", "bought", NOON + 4),
            act("v", "red", "returned", NOON + 5).value(-2.0),
        ],
    );
    let tallies = read(&fixture.reopen(store));
    let bought = counted(&tallies, "bought", "red");
    assert_eq!((bought.events, bought.units), (4, 2));
    // u: two events, 7.5 in all; v: two events, 2 in all.
    assert_eq!(bought.sum.value(), 9.5);
    assert_eq!(bought.sum_of_squares.value(), 7.5 * 7.5 + 4.0);
    assert_eq!(bought.events_squared.value(), 8.0);
    assert_eq!(bought.events_by_total.value(), 2.0 * 7.5 + 2.0 * 2.0);
    let returned = counted(&tallies, "returned", "red");
    assert_eq!(
        (returned.sum.value(), returned.sum_of_squares.value()),
        (-2.0, 4.0)
    );
    assert_eq!(counted(&tallies, "assignment", "red").units, 2);
    assert_eq!(tallies.info.first_event_at, Some(NOON));
    assert_eq!(tallies.info.last_event_at, Some(NOON + 5));
}

fn whole_numbers_are_exact<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(&store, &[act("u", "red", "assignment", NOON)]);
    // Plain doubles would lose the ones: (10^9)^2 is beyond 2^53.
    for at in 1..=100 {
        let value = if at % 2 == 0 { 1.0 } else { 1e9 };
        count(&store, &[act("u", "red", "bought", NOON + at).value(value)]);
    }
    for at in 101..=150 {
        count(&store, &[act("u", "red", "bought", NOON + at).value(-1e9)]);
    }
    let bought = counted(&read(&store), "bought", "red");
    assert_eq!(bought.sum.value(), 50.0);
    assert_eq!(bought.sum_of_squares.value(), 2500.0);
    assert_eq!(bought.events_by_total.value(), 150.0 * 50.0);
}

fn what_comes_before_the_exposure_is_kept_apart<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(
        &store,
        &[
            act("never", "red", "clicked", NOON),
            act("later", "red", "clicked", NOON),
            act("later", "red", "assignment", NOON + 10),
            act("later", "red", "clicked", NOON + 10),
            act("later", "red", "clicked", NOON + 11),
        ],
    );
    let tallies = read(&fixture.reopen(store));
    let cell = tallies.cell("clicked", "red").unwrap();
    assert_eq!(
        (cell.total.counted.events, cell.total.counted.units),
        (2, 1)
    );
    let before = cell.total.before_exposure;
    assert_eq!((before.events, before.units), (2, 2));
}

fn a_late_exposure_counts_from_when_it_happened<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let bought = |at| act("u", "red", "bought", at).value(2.0);
    count(
        &store,
        &[bought(NOON), bought(NOON + 5), bought(NOON + DAY)],
    );
    assert_eq!(counted(&read(&store), "bought", "red").events, 0);

    count(&store, &[act("u", "red", "assignment", NOON + DAY)]);
    assert_eq!(counted(&read(&store), "bought", "red").events, 1);

    let store = fixture.reopen(store);
    let earlier = act("u", "red", "assignment", NOON + 3);
    count(&store, &[earlier]);
    let tallies = read(&store);
    let tally = counted(&tallies, "bought", "red");
    assert_eq!((tally.events, tally.units), (2, 1));
    assert_eq!(tally.sum_of_squares.value(), 16.0);
    let cell = tallies.cell("bought", "red").unwrap();
    assert_eq!(cell.total.before_exposure.events, 1);
    // On the first day 2^2, on the second 4^2 - 2^2.
    let squares: Vec<f64> = cell
        .days
        .iter()
        .map(|of| of.tallies.counted.sum_of_squares.value())
        .collect();
    assert_eq!(squares, [4.0, 12.0]);
    assert_eq!(counted(&tallies, "assignment", "red").units, 1);
    assert_eq!(counted(&tallies, "assignment", "red").events, 2);
}

fn crossovers<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(
        &store,
        &[
            act("u", "red", "assignment", NOON),
            act("u", "red", "bought", NOON + 1).value(5.0),
            act("v", "red", "assignment", NOON),
            act("u", "blue", "bought", NOON + 2).value(7.0),
            act("u", "blue", "bought", NOON + 3).value(7.0),
        ],
    );
    let tallies = read(&fixture.reopen(store));
    assert_eq!(tallies.crossovers, 1);
    assert_eq!(counted(&tallies, "assignment", "red").units, 1);
    assert_eq!(counted(&tallies, "bought", "red").units, 0);
    assert_eq!(counted(&tallies, "bought", "blue").units, 0);
    let crossed = |action, variant| tallies.cell(action, variant).unwrap().total.crossover;
    assert_eq!(crossed("assignment", "red").units, 1);
    assert_eq!(crossed("bought", "red").sum.value(), 5.0);
    assert_eq!(crossed("bought", "blue").sum_of_squares.value(), 196.0);
}

fn crossovers_of_ids<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(
        &store,
        &[
            hit("red", "participate", "a"),
            hit("red", "clicked", "a"),
            hit("red", "paid", "a").value(3.0),
            hit("red", "participate", "b"),
            // An action alone says nothing of a crossover: ids of actions may be made from less than the variant.
            hit("blue", "clicked", "b"),
        ],
    );
    assert_eq!(read(&store).crossovers, 0);
    count(
        &store,
        &[
            hit("blue", "participate", "a"),
            hit("blue", "paid", "a").value(4.0),
            hit("blue", "participate", "c"),
        ],
    );
    let tallies = read(&fixture.reopen(store));
    assert_eq!(tallies.crossovers, 1);
    assert_eq!(counted(&tallies, "participate", "red").units, 1);
    assert_eq!(counted(&tallies, "participate", "blue").units, 1);
    assert_eq!(counted(&tallies, "clicked", "red").units, 0);
    assert_eq!(counted(&tallies, "clicked", "blue").units, 1);
    assert_eq!(counted(&tallies, "paid", "red"), Tally::default());
    let crossed = |action, variant| tallies.cell(action, variant).unwrap().total.crossover;
    assert_eq!(crossed("participate", "red").units, 1);
    assert_eq!(crossed("participate", "blue").units, 1);
    assert_eq!(crossed("paid", "red").sum.value(), 3.0);
    assert_eq!(crossed("paid", "blue").sum.value(), 4.0);
}

fn crossovers_leave_on_their_day<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(
        &store,
        &[
            act("u", "red", "assignment", NOON),
            act("u", "red", "bought", NOON + DAY).value(5.0),
            act("u", "blue", "assignment", NOON + 3 * DAY),
        ],
    );
    let tallies = read(&store);
    let cell = tallies.cell("bought", "red").unwrap();
    let by_day: Vec<(i64, i64)> = cell
        .days
        .iter()
        .map(|of| (of.tallies.counted.units, of.tallies.crossover.units))
        .collect();
    assert_eq!(by_day, [(1, 0), (-1, 1)]);
    assert_eq!(
        tallies
            .crossover_days
            .iter()
            .map(|of| of.1)
            .collect::<Vec<_>>(),
        [1]
    );
}

fn days_hold_increments<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(
        &store,
        &[
            act("u", "red", "assignment", NOON),
            act("u", "red", "bought", NOON).value(3.0),
            act("u", "red", "bought", NOON + 2 * DAY).value(5.0),
            // Comes last, happened in between.
            act("u", "red", "bought", NOON + DAY).value(1.0),
        ],
    );
    let tallies = read(&fixture.reopen(store));
    let cell = tallies.cell("bought", "red").unwrap();
    let days: Vec<(i64, i64, f64, f64)> = cell
        .days
        .iter()
        .map(|of| {
            let tally = of.tallies.counted;
            let squares = tally.sum_of_squares.value();
            (tally.events, tally.units, tally.sum.value(), squares)
        })
        .collect();
    // Up to each day: 3, 4, 9 and their squares.
    assert_eq!(
        days,
        [(1, 1, 3.0, 9.0), (1, 0, 1.0, 7.0), (1, 0, 5.0, 65.0)]
    );
}

fn both_kinds<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let without = hit("red", "participate", "a");
    let with = without.clone().of_unit("u");
    let other = hit("red", "participate", "b").of_unit("u");
    count(&store, std::slice::from_ref(&without));
    count(&store, std::slice::from_ref(&other));
    let again = [with, hit("red", "participate", "b")];
    if !fixture.knows_ids_of_all_units() {
        return;
    }
    assert_eq!(store.ingest(&again).unwrap(), vec![Outcome::Duplicate; 2]);
}

fn several_units<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let of_unit = |unit: &'static str| hit("red", "participate", "a").of_unit(unit);
    count(&store, &[of_unit("0")]);
    // Some of them are in other shards, where there are any.
    let units = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let outcomes = store.ingest(&units.map(of_unit)).unwrap();
    if fixture.knows_ids_of_all_units() {
        assert_eq!(outcomes, vec![Outcome::Duplicate; units.len()]);
    } else {
        // The exception that a store may make; what it answers is what it tallies.
        assert!(outcomes.contains(&Outcome::Counted));
    }
    let counted = outcomes.iter().filter(|of| **of == Outcome::Counted);
    let tally = counted_of(&store);
    assert_eq!(usize::try_from(tally).unwrap(), counted.count() + 1);
}

fn counted_of(store: &impl EventStore) -> i64 {
    counted(&read(store), "participate", "red").events
}

fn refusals<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let limits = Limits::default();
    let good = |id: &'static str| hit("red", "participate", id);
    let long = "x".repeat(limits.name_bytes + 1);
    let bad = [
        NewEvent::new(NAMESPACE, "", "red", "participate", "1"),
        NewEvent::new(NAMESPACE, long.as_str(), "red", "participate", "1"),
        NewEvent::new("", "e", "red", "participate", "1"),
        NewEvent::new(NAMESPACE, "e", "", "participate", "1"),
        NewEvent::new(NAMESPACE, "e", "red", "", "1"),
        NewEvent::new(NAMESPACE, "e", "red", "participate", ""),
        NewEvent::new(NAMESPACE, "e", "red", "participate", "i".repeat(10_240)),
        good("1").of_unit(""),
        good("1").value(f64::NAN),
        good("1").value(f64::INFINITY),
        good("1").value(-1.1e15),
    ];
    let mut batch = vec![good("first")];
    batch.extend(bad.iter().cloned());
    batch.push(good("last"));
    let outcomes = store.ingest(&batch).unwrap();
    for (event, outcome) in bad.iter().zip(&outcomes[1..]) {
        assert!(
            matches!(
                outcome,
                Outcome::Refused(Refusal::Length { .. } | Refusal::Value { .. })
            ),
            "{outcome:?} of {event:?}"
        );
    }
    assert_eq!(outcomes[0], Outcome::Counted);
    assert_eq!(outcomes[batch.len() - 1], Outcome::Counted);
    assert_eq!(counted(&read(&store), "participate", "red").events, 2);
    assert_eq!(store.experiments(NAMESPACE).unwrap().len(), 1);
}

fn an_empty_batch<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    assert_eq!(store.ingest(&[]).unwrap(), []);
    assert_eq!(store.namespaces().unwrap(), Vec::<String>::new());
    assert_eq!(store.experiments("none").unwrap(), []);
    assert_eq!(store.tallies("none", "none").unwrap(), None);
    store.ready().unwrap();
}
