//! Backups, exports and imports.

use std::sync::atomic::{AtomicBool, Ordering};

use variate_collector::{
    Baseline, Change, EmbeddedStore, EventStore, ImportError, NewEvent, Outcome, Pair, StoreError,
    export::{self, ReadError},
};

use super::{NOON, count, events, open, units};

#[test]
fn a_backup_made_while_events_come_is_what_was_counted_at_one_moment() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("store"));
    let copy = directory.path().join("copy");
    for batch in events(0..20_000).chunks(2000) {
        count(&store, batch);
    }
    let is_copied = AtomicBool::new(false);
    let sent = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut sent = 20_000;
            while !is_copied.load(Ordering::Acquire) {
                count(&store, &events(sent..sent + 100));
                sent += 100;
            }
            sent
        });
        let written = store.backup(&copy, |_| {});
        is_copied.store(true, Ordering::Release);
        assert!(written.unwrap() > 20_000);
        sender.join().unwrap()
    });
    let report = EmbeddedStore::verify(&copy, |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
    let copied = open(&copy);
    let there = u32::try_from(units(&copied)).unwrap();
    assert!(
        (20_000..=sent).contains(&there) && there % 100 == 0,
        "{there}"
    );
    // It hashes with the same secret, and has the first ids and no others.
    let outcomes = copied.ingest(&events(0..sent)).unwrap();
    for (id, outcome) in (0..).zip(outcomes) {
        let expected = if id < there {
            Outcome::Duplicate
        } else {
            Outcome::Counted
        };
        assert_eq!(outcome, expected, "{id} of {there}");
    }
    let error = store.backup(&copy, |_| {}).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    drop(copied);
    let error = store.backup(&copy, |_| {}).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    let within = store.directory().join("copies/first");
    let error = store.backup(&within, |_| {}).unwrap_err();
    assert!(error.to_string().contains("own directory"), "{error}");
    assert!(!within.parent().unwrap().exists());
}

fn mixed(store: &EmbeddedStore) {
    let pair = Pair {
        first: "bought".to_owned(),
        second: "assignment".to_owned(),
    };
    store
        .change("shop", "checkout", &Change::Pair(pair))
        .unwrap();
    let event = |unit: u32, variant: &'static str, action: &'static str, at| {
        let id = format!("{unit}/{variant}/{action}/{at}");
        NewEvent::new("shop", "checkout", variant, action, id)
            .of_unit(unit.to_string())
            .at(NOON + at)
    };
    for unit in 0..50 {
        let variant = if unit % 2 == 0 { "red" } else { "a \"b\", c" };
        let value = f64::from(unit) / 3.0 + 1e9;
        let mut batch = vec![
            event(unit, variant, "assignment", 5),
            event(unit, variant, "bought", 90_000_000 * u64::from(unit % 4)).value(value),
        ];
        if unit % 10 == 0 {
            batch.push(event(unit, "green", "assignment", 100));
        }
        count(store, &batch);
    }
    let baseline = Change::Baseline {
        action: "bought".to_owned(),
        variant: "red".to_owned(),
        baseline: Baseline {
            units: 12,
            estimated: true,
        },
    };
    store.change("shop", "checkout", &baseline).unwrap();
    store
        .change("shop", "checkout", &Change::Control(Some("red".to_owned())))
        .unwrap();
    count(store, &events(0..100));
}

#[test]
fn what_is_exported_is_the_same_once_it_is_imported() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("store"));
    mixed(&store);
    let mut lines = Vec::new();
    export::json_lines(&store, &mut lines).unwrap();
    let read = export::read_json_lines(lines.as_slice()).unwrap();
    let other = directory.path().join("other");
    let imported = open(&other);
    for tallies in &read {
        imported.import(tallies).unwrap();
    }
    drop(imported);
    let imported = open(&other);
    for name in ["checkout", "pill_color"] {
        let expected = store.tallies("shop", name).unwrap().unwrap();
        let mut is = imported.tallies("shop", name).unwrap().unwrap();
        assert!(is.info.archived, "which ids were counted is not known");
        is.info.archived = false;
        // With all digits of the sums, which their texts may not have.
        assert_eq!(is, expected);
    }
    let error = imported.import(&read[0]).unwrap_err();
    assert!(matches!(error, ImportError::Exists { .. }), "{error}");
    drop(imported);
    let report = EmbeddedStore::verify(&other, |_| {}).unwrap();
    assert!(
        report.is_good() && report.rows_not_compared > 0,
        "{report:?}"
    );
}

#[test]
fn lines_that_are_none_of_an_export_are_named() {
    let read = |text: &str| {
        export::read_json_lines(text.as_bytes())
            .unwrap_err()
            .to_string()
    };
    assert!(read("{\"variate_tallies\":{\"version\":2}}").contains("version 2"));
    assert!(read("{\"crossovers\":{\"day\":\"2026-11-21\",\"units\":1}}").contains("line 1"));
    let text = "{\"variate_tallies\":{\"version\":1}}\n\n{\"thesis\":1}";
    assert!(read(text).starts_with("line 3 is none of an export"));
}

/// An experiment with two rows of one action, in the lines 3 and 4.
const TWO_DAYS: &str = concat!(
    r#"{"variate_tallies":{"version":1}}"#,
    "\n",
    r#"{"experiment":{"namespace":"n","name":"e","first_event_at":5,"last_event_at":6}}"#,
    "\n",
    r#"{"tally":{"action":"a","variant":"v","day":"2026-11-22","class":"counted","events":-1,"units":-1,"sum":-2,"sum_of_squares":-4,"events_squared":-1,"events_by_total":-2}}"#,
    "\n",
    r#"{"tally":{"action":"a","variant":"v","day":"2026-11-21","class":"counted","events":4,"units":3,"sum":[6,0],"sum_of_squares":14,"events_squared":6,"events_by_total":9}}"#,
    "\n",
    r#"{"baseline":{"action":"a","variant":"v","units":7,"estimated":false}}"#,
    "\n",
    r#"{"products":{"first":"a","second":"b","variant":"v","day":"2026-11-21","class":"counted","events_by_events":1,"events_by_total":0,"total_by_events":0,"total_by_total":0}}"#,
    "\n",
    r#"{"crossovers":{"day":"2026-11-21","units":1}}"#,
    "\n",
    r#"{"end":{"experiments":1,"lines":7}}"#,
);

/// A line of it, what stands there, what does instead, and what is said of it.
const WRONG: [(usize, &str, &str, &str); 24] = [
    (
        2,
        r#""first_event_at":5"#,
        r#""first_event_at":7"#,
        "`first_event_at`",
    ),
    (2, r#","last_event_at":6"#, "", "`last_event_at`"),
    // Three units are gone of two, and as many events.
    (
        3,
        r#""events":-1,"units":-1"#,
        r#""events":-5,"units":-1"#,
        "`events` comes to -1",
    ),
    (
        3,
        r#""events":-1,"units":-1"#,
        r#""events":-1,"units":-4"#,
        "`units` comes to -1",
    ),
    (
        3,
        r#""units":-1"#,
        r#""units":1"#,
        "`units` comes to 4, more than `events`, which comes to 3",
    ),
    (
        3,
        r#""units":-1"#,
        r#""units":-3"#,
        "`units` comes to 0, and `events` to 3",
    ),
    (
        4,
        r#""events":4,"units":3"#,
        r#""events":4,"units":5"#,
        "`units` comes to 5, more than",
    ),
    (
        4,
        r#""events":4"#,
        r#""events":9000000000000000"#,
        "`events` is 9000000000000000, more than",
    ),
    (
        4,
        r#""events":4"#,
        r#""events":9e99"#,
        "`events` must be a whole number, and not floating point",
    ),
    (
        4,
        r#""events":4"#,
        r#""events":null"#,
        "`events` must be a whole number, and not null",
    ),
    (
        4,
        r#""units":3"#,
        r#""units":"3""#,
        r#"`units` must be a whole number, and not string "3""#,
    ),
    (
        4,
        r#""events_squared":6"#,
        r#""events_squared":5"#,
        "`events_squared` comes to 5",
    ),
    (
        4,
        r#""events_squared":6"#,
        r#""events_squared":7"#,
        "`events_squared` comes to 7",
    ),
    (
        4,
        r#""sum_of_squares":14"#,
        r#""sum_of_squares":-1"#,
        "`sum_of_squares` comes to -1",
    ),
    (
        4,
        r#""sum_of_squares":14"#,
        r#""sum_of_squares":11.9"#,
        "too little for a `sum` of 6",
    ),
    (
        4,
        r#""sum":[6,0]"#,
        r#""sum":"6""#,
        "`sum` must be a number",
    ),
    (
        4,
        r#""sum":[6,0]"#,
        r#""sum":null"#,
        "`sum` must be a number",
    ),
    (
        4,
        r#""events_by_total":9"#,
        r#""events_by_total":99"#,
        "`events_by_total` comes to 99",
    ),
    (
        5,
        r#""units":7"#,
        r#""units":-7"#,
        "`units` is -7, and cannot be negative",
    ),
    (
        5,
        r#""units":7"#,
        r#""units":0.5"#,
        "`units` must be a whole number",
    ),
    (
        5,
        r#""units":7"#,
        r#""units":9223372036854775807"#,
        "more than any store counts",
    ),
    (
        6,
        r#""events_by_events":1"#,
        r#""events_by_events":-1"#,
        "`events_by_events` comes to -1",
    ),
    (
        6,
        r#""events_by_events":1"#,
        r#""events_by_events":{}"#,
        "`events_by_events` must be a number",
    ),
    (7, r#""units":1"#, r#""units":-1"#, "`units` is -1"),
];

#[test]
fn numbers_that_no_store_has_are_named_with_their_line() {
    let read = |text: &str| export::read_json_lines(text.as_bytes());
    // In any order of days: what is taken away was there.
    let experiments = read(TWO_DAYS).unwrap();
    let total = experiments[0].cell("a", "v").unwrap().total.counted;
    assert_eq!((total.events, total.units), (3, 2));
    for (line, number, with, told) in WRONG {
        let mut lines: Vec<String> = TWO_DAYS.lines().map(str::to_owned).collect();
        let changed = lines[line - 1].replacen(number, with, 1);
        assert_ne!(changed, lines[line - 1], "{number}");
        lines[line - 1] = changed;
        let error = read(&lines.join("\n")).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("line {line} is none of an export")) && error.contains(told),
            "{with}: {error}"
        );
        assert!(
            !error.contains("i64") && !error.contains("at line"),
            "{error}"
        );
    }
}

#[test]
fn an_export_that_was_cut_off_is_refused_wherever() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    mixed(&store);
    let mut lines = Vec::new();
    export::json_lines(&store, &mut lines).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let read = |lines: &[&str]| export::read_json_lines(lines.join("\n").as_bytes());
    assert_eq!(read(&lines).unwrap().len(), 2);
    for kept in 1..lines.len() {
        let error = read(&lines[..kept]).unwrap_err();
        assert!(
            matches!(error, ReadError::NotWhole { .. }),
            "{kept}: {error}"
        );
        // Nor may one be gone from the middle.
        let without = [&lines[..kept - 1], &lines[kept..]].concat();
        assert!(read(&without).is_err(), "{kept}");
        // Nor stand there twice, next to itself or at the end.
        let twice = [&lines[..kept], &lines[kept - 1..]].concat();
        assert!(read(&twice).is_err(), "{kept}");
        let (head, end) = lines.split_at(lines.len() - 1);
        let (_, of_experiment) = head.split_at(lines.len() - 2);
        let again = [head, of_experiment, end].concat();
        let error = read(&again).unwrap_err().to_string();
        assert!(
            error.contains(&format!("line {}", lines.len())) && error.contains("twice"),
            "{error}"
        );
    }
    let behind = [&lines[..], &lines[1..2]].concat();
    assert!(read(&behind).is_err());
    assert!(read(&[]).unwrap().is_empty());
}

#[test]
fn a_table_has_a_row_for_each_action_variant_day_and_class() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    count(&store, &events(0..3));
    let quoted = NewEvent::new("shop", "a \"b\", c", "red", "bought", "x");
    count(&store, &[quoted.at(NOON).value(2.5)]);
    let before = Baseline {
        units: 120,
        estimated: true,
    };
    let before = Change::Baseline {
        action: "bought".to_owned(),
        variant: "blue".to_owned(),
        baseline: before,
    };
    store.change("shop", "pill_color", &before).unwrap();
    // The same unit in another variant.
    let seen = |variant, id| NewEvent::new("shop", "pill", variant, "assignment", id);
    count(
        &store,
        &[
            seen("red", "1").of_unit("u").at(NOON),
            seen("blue", "2").of_unit("u").at(NOON),
        ],
    );
    let mut csv = Vec::new();
    export::csv(&store, &mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(
        lines[1..],
        [
            "shop,\"a \"\"b\"\", c\",bought,red,2026-11-21,counted,1,1,2.5,6.25,1,2.5",
            "shop,pill,assignment,blue,2026-11-21,crossover,1,1,0,0,1,0",
            "shop,pill,assignment,red,2026-11-21,crossover,1,1,0,0,1,0",
            "shop,pill,,,2026-11-21,crossovers,0,1,0,0,0,0",
            "shop,pill_color,bought,blue,,baseline,0,120,0,0,0,0",
            "shop,pill_color,participate,red,2026-11-21,counted,3,3,0,0,3,0",
            "",
        ]
    );
}
