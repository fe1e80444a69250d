use proptest::prelude::*;
use variate_collector::conformance::{assert_same, recompute};
use variate_collector::{
    Change, Day, DayError, EventStore, ExperimentInfo, MemoryStore, NewEvent, Pair, export,
};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Few of everything, so that units, variants and days meet, and what fails is small.
fn event() -> impl Strategy<Value = NewEvent<'static>> {
    let names = (
        prop::sample::select(vec!["control", "red", "blue"]),
        prop::sample::select(vec!["assignment", "bought", "visited"]),
        prop::option::weighted(0.9, 0..4_u8),
    );
    let numbers = (
        any::<u16>(),
        0..4 * DAY,
        prop::option::of((-40..=40_i8).prop_map(|value| f64::from(value) / 4.0)),
    );
    (names, numbers).prop_map(|((variant, action, unit), (id, at, value))| {
        let event = NewEvent::new("n", "e", variant, action, format!("{unit:?} {id}"));
        let event = event.value(value).at(at);
        match unit {
            Some(unit) => event.of_unit(unit.to_string()),
            None => event,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn tallies_are_those_of_the_whole_log(
        events in prop::collection::vec(event(), 0..40),
        batch in 1..10_usize,
    ) {
        let store = MemoryStore::new();
        let mut info = ExperimentInfo::new("n", "e");
        for (first, second) in [("bought", "visited"), ("visited", "visited")] {
            let (first, second) = (first.to_owned(), second.to_owned());
            info = store.change("n", "e", &Change::Pair(Pair { first, second })).unwrap();
        }
        for events in events.chunks(batch) {
            store.ingest(events).unwrap();
        }
        let found = store.tallies("n", "e").unwrap().unwrap();
        assert_same(&found, &recompute(info, &events));
        // What is counted is never refused where it is imported.
        let mut lines = Vec::new();
        export::json_lines(&store, &mut lines).unwrap();
        let read = export::read_json_lines(lines.as_slice()).unwrap();
        prop_assert_eq!(read, vec![found]);
    }

    #[test]
    fn the_order_does_not_matter(
        (events, shuffled) in prop::collection::vec(event(), 0..40)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        // An id that two events share goes to whichever comes first.
        let mut ids = std::collections::HashSet::new();
        let once: Vec<NewEvent<'static>> =
            events.into_iter().filter(|event| ids.insert(event.id.clone())).collect();
        let is_kept = |event: &NewEvent<'static>| once.contains(event);
        let shuffled: Vec<NewEvent<'static>> = shuffled.into_iter().filter(is_kept).collect();
        let tallies = |events: &[NewEvent<'static>]| {
            let store = MemoryStore::new();
            store.ingest(events).unwrap();
            store.tallies("n", "e").unwrap()
        };
        match (tallies(&once), tallies(&shuffled)) {
            (Some(found), Some(expected)) => assert_same(&found, &expected),
            (found, expected) => prop_assert_eq!(found, expected),
        }
    }

    #[test]
    fn a_pair_declared_later_is_the_pair_declared_before(
        events in prop::collection::vec(event(), 1..40),
    ) {
        let pair = Change::Pair(Pair { first: "bought".to_owned(), second: "visited".to_owned() });
        let (before, later) = (MemoryStore::new(), MemoryStore::new());
        before.change("n", "e", &pair).unwrap();
        before.ingest(&events).unwrap();
        later.ingest(&events).unwrap();
        later.change("n", "e", &pair).unwrap();
        let read = |store: &MemoryStore| store.tallies("n", "e").unwrap().unwrap();
        assert_same(&read(&later), &read(&before));
    }

    #[test]
    fn a_day_is_its_text(days in 0..=Day::MAX.days()) {
        let day = Day::from_days(days);
        prop_assert_eq!(day.to_string().parse::<Day>().unwrap(), day);
        prop_assert_eq!(Day::of_millis(day.start_millis() + DAY - 1), day);
    }

    #[test]
    fn no_text_breaks_the_reading_of_days(text in ".*") {
        let parsed: Result<Day, DayError> = text.parse();
        if let Ok(day) = parsed {
            prop_assert!(day <= Day::MAX);
        }
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    // `date -u -d 2000-02-29 +%s` and so on.
    for (text, seconds) in [
        ("1970-01-01", 0),
        ("2000-02-29", 951_782_400),
        ("2026-11-21", 1_795_219_200),
        ("9999-12-31", 253_402_214_400),
    ] {
        let day = Day::of_millis(seconds * 1000);
        assert_eq!(day.to_string(), text);
        assert_eq!(text.parse::<Day>().unwrap(), day);
    }
    for bad in [
        "",
        "1969-12-31",
        "2026-02-30",
        "10000-01-01",
        "2026-11-21T",
        "yesterday",
    ] {
        let error = bad.parse::<Day>().unwrap_err();
        assert!(error.to_string().contains(bad), "{error}");
    }
    assert_eq!(Day::of_millis(u64::MAX), Day::MAX);
}
