use super::{Case, DAY, EXPERIMENT, Fixture, NAMESPACE, NOON, act, count, hit, read};
use crate::{Baseline, Change, ChangeError, Day, EventStore, NewEvent, Outcome, Pair};

pub(super) fn cases<F: Fixture>() -> Vec<Case<F>> {
    vec![
        ("an archived experiment takes no events", archive),
        ("a deleted experiment begins anew", delete),
        ("a reset experiment begins anew", reset),
        ("control and winner are variants", control_and_winner),
        ("a baseline stands beside the tallies", baselines),
        ("a pair's products are kept", pairs),
        ("a pair may be declared later", pairs_later),
        ("experiments are listed by name", lists),
        ("old random ids are forgotten, others are not", expiry),
    ]
}

fn change(store: &impl EventStore, change: &Change) -> crate::ExperimentInfo {
    store.change(NAMESPACE, EXPERIMENT, change).unwrap()
}

fn archive<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(&store, &[hit("red", "participate", "a")]);
    assert!(change(&store, &Change::Archived(true)).archived);
    let store = fixture.reopen(store);
    let late = [hit("red", "participate", "b")];
    assert_eq!(store.ingest(&late).unwrap(), [Outcome::Archived]);
    assert_eq!(read(&store).cells[0].total.counted.units, 1);
    assert!(read(&store).info.archived);

    change(&store, &Change::Archived(false));
    count(&store, &late);
    assert_eq!(read(&store).cells[0].total.counted.units, 2);
}

fn delete<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let events = [
        hit("red", "participate", "a"),
        act("u", "red", "assignment", NOON),
    ];
    count(&store, &events);
    let other = NewEvent::new(NAMESPACE, "other", "red", "participate", "a");
    count(&store, std::slice::from_ref(&other));
    assert!(store.delete(NAMESPACE, EXPERIMENT).unwrap());
    assert!(!store.delete(NAMESPACE, EXPERIMENT).unwrap());
    assert_eq!(store.tallies(NAMESPACE, EXPERIMENT).unwrap(), None);

    let store = fixture.reopen(store);
    assert_eq!(store.tallies(NAMESPACE, EXPERIMENT).unwrap(), None);
    count(&store, &events);
    assert_eq!(read(&store).cells.len(), 2);
    assert_eq!(store.ingest(&[other]).unwrap(), [Outcome::Duplicate]);
}

fn reset<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let events = [
        hit("red", "participate", "a"),
        hit("blue", "participate", "b"),
    ];
    let pair = Pair {
        first: "bought".to_owned(),
        second: "visited".to_owned(),
    };
    change(&store, &Change::Pair(pair.clone()));
    count(&store, &events);
    change(&store, &Change::Control(Some("red".to_owned())));
    change(&store, &Change::Winner(Some("blue".to_owned())));
    change(&store, &Change::Archived(true));
    assert!(store.reset(NAMESPACE, EXPERIMENT).unwrap());
    assert!(!store.reset(NAMESPACE, "unknown").unwrap());

    let store = fixture.reopen(store);
    let tallies = read(&store);
    assert!(tallies.cells.is_empty());
    assert_eq!(tallies.info.control.as_deref(), Some("red"));
    assert_eq!(tallies.info.pairs, [pair]);
    assert_eq!((tallies.info.winner, tallies.info.archived), (None, false));
    assert_eq!(tallies.info.first_event_at, None);
    count(&store, &events);
    assert_eq!(read(&store).cells.len(), 2);
}

fn control_and_winner<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(
        &store,
        &[
            hit("red", "participate", "a"),
            hit("blue", "participate", "b"),
        ],
    );
    let unknown = Change::Control(Some("green".to_owned()));
    let error = store.change(NAMESPACE, EXPERIMENT, &unknown).unwrap_err();
    assert!(
        matches!(&error, ChangeError::UnknownVariant { variant, variants, .. }
            if variant == "green" && variants == &["blue", "red"]),
        "{error:?}"
    );
    change(&store, &Change::Control(Some("red".to_owned())));
    change(&store, &Change::Winner(Some("blue".to_owned())));
    let store = fixture.reopen(store);
    let info = read(&store).info;
    assert_eq!(info.control.as_deref(), Some("red"));
    assert_eq!(info.winner.as_deref(), Some("blue"));
    let info = change(&store, &Change::Winner(None));
    assert_eq!(info.winner, None);
}

fn baselines<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let baseline = |units, estimated| Change::Baseline {
        action: "participate".to_owned(),
        variant: "red".to_owned(),
        baseline: Baseline { units, estimated },
    };
    change(&store, &baseline(10, false));
    change(&store, &baseline(1000, true));
    count(&store, &[hit("red", "participate", "a")]);
    let store = fixture.reopen(store);
    let tallies = read(&store);
    let cell = tallies.cell("participate", "red").unwrap();
    assert_eq!(cell.total.counted.units, 1);
    let expected = Baseline {
        units: 1000,
        estimated: true,
    };
    assert_eq!(cell.baseline, Some(expected));
}

fn a_pair() -> Change {
    Change::Pair(Pair {
        first: "bought".to_owned(),
        second: "visited".to_owned(),
    })
}

/// Two units with (total, visits) of (5, 2) and (3, 1) in red, over two days; one more that only visits.
fn pair_events() -> Vec<NewEvent<'static>> {
    vec![
        act("u", "red", "assignment", NOON),
        act("v", "red", "assignment", NOON),
        act("w", "red", "assignment", NOON),
        act("u", "red", "visited", NOON),
        act("u", "red", "bought", NOON + 1).value(1.0),
        act("u", "red", "visited", NOON + DAY),
        act("u", "red", "bought", NOON + DAY).value(4.0),
        act("v", "red", "bought", NOON).value(3.0),
        act("v", "red", "visited", NOON + 1),
        act("w", "red", "visited", NOON + 1),
    ]
}

fn check_pairs(store: &impl EventStore) {
    let tallies = read(store);
    assert_eq!(tallies.pair_tallies.len(), 1);
    let of = &tallies.pair_tallies[0];
    assert_eq!(of.variant, "red");
    assert_eq!(of.total.counted.total_by_events.value(), 5.0 * 2.0 + 3.0);
    assert_eq!(of.total.counted.events_by_events.value(), 2.0 * 2.0 + 1.0);
    assert_eq!(of.total.counted.total_by_total.value(), 0.0);
    let by_day: Vec<f64> = of
        .days
        .iter()
        .map(|of| of.tallies.counted.total_by_events.value())
        .collect();
    assert_eq!(by_day, [1.0 + 3.0, 10.0 - 1.0]);
}

fn pairs<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    let info = change(&store, &a_pair());
    assert_eq!(info.pairs.len(), 1);
    // To say it again changes nothing.
    change(&store, &a_pair());
    let (first, second) = pair_events()
        .into_iter()
        .partition::<Vec<_>, _>(|event| event.at <= NOON);
    count(&store, &first);
    let store = fixture.reopen(store);
    count(&store, &second);
    check_pairs(&store);
}

fn pairs_later<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    count(&store, &pair_events());
    let answer = store.change(NAMESPACE, EXPERIMENT, &a_pair());
    if fixture.adds_pairs_later() {
        answer.unwrap();
        check_pairs(&fixture.reopen(store));
    } else {
        assert!(matches!(answer, Err(ChangeError::PairAfterEvents { .. })));
    }
}

fn lists<F: Fixture>(fixture: &F) {
    let store = fixture.fresh();
    for name in ["b", "a", "c", "B"] {
        count(
            &store,
            &[NewEvent::new("n", name, "red", "participate", "1").at(NOON)],
        );
    }
    count(
        &store,
        &[NewEvent::new("m", "z", "red", "participate", "1").at(NOON)],
    );
    let store = fixture.reopen(store);
    let archived = Change::Archived(true);
    store.change("n", "c", &archived).unwrap();
    let later = NewEvent::new("n", "a", "blue", "clicked", "2").at(NOON + DAY);
    count(&store, std::slice::from_ref(&later));
    for info in store.experiments("n").unwrap() {
        let of = store.tallies("n", &info.name).unwrap().unwrap();
        assert_eq!(info, of.info, "the list says what the experiment says");
        let last = if info.name == "a" { NOON + DAY } else { NOON };
        assert_eq!(
            (info.first_event_at, info.last_event_at),
            (Some(NOON), Some(last))
        );
        assert_eq!(info.archived, info.name == "c");
    }
    let names = |namespace| -> Vec<String> {
        let infos = store.experiments(namespace).unwrap();
        infos.into_iter().map(|info| info.name).collect()
    };
    assert_eq!(names("n"), ["B", "a", "b", "c"]);
    assert_eq!(names("m"), ["z"]);
    assert_eq!(store.namespaces().unwrap(), ["m", "n"]);
    assert!(store.delete("m", "z").unwrap());
    assert_eq!(store.namespaces().unwrap(), ["n"]);
}

fn expiry<F: Fixture>(fixture: &F) {
    if !fixture.expires() {
        return;
    }
    let store = fixture.fresh();
    let random = "8d0f36b9-9313-46f7-b2b4-3988461f7221";
    let of_user = "464edeb5ba5fc24fc012784e676f22a1da1f9953";
    let events = [
        hit("red", "participate", random),
        hit("red", "participate", of_user),
        hit("red", "clicked", random).of_unit("u"),
        hit("red", "clicked", of_user).of_unit("u"),
        hit("red", "participate", "0a1fe2ab-9313-46f7-b2b4-3988461f7221").at(NOON + DAY),
    ];
    count(&store, &events);
    assert_eq!(store.expire(Day::of_millis(NOON)).unwrap(), 0);
    assert_eq!(store.expire(Day::of_millis(NOON + DAY)).unwrap(), 2);
    let store = fixture.reopen(store);
    let counted = |action: &str| {
        read(&store)
            .cell(action, "red")
            .unwrap()
            .total
            .counted
            .events
    };
    assert_eq!(counted("participate"), 3);
    let again = store.ingest(&events).unwrap();
    let expected = [0, 2].map(|at| again[at].clone());
    assert_eq!(expected, [Outcome::Counted, Outcome::Counted]);
    for at in [1, 3, 4] {
        assert_eq!(again[at], Outcome::Duplicate, "{:?}", events[at]);
    }
    assert_eq!(counted("participate"), 4);
}
