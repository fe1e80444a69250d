//! Tables that another program's reader reads.

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use variate_collector::{EmbeddedStore, EventStore, MemoryStore, NewEvent, export};

use super::{NOON, count, events, open};

fn a_table(store: &dyn EventStore) -> Vec<Vec<(String, Field)>> {
    let mut file = tempfile::tempfile().unwrap();
    export::parquet(store, &mut file).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        row.get_column_iter()
            .map(|(name, field)| (name.clone(), field.clone()))
            .collect()
    })
    .collect()
}

fn some_events(store: &EmbeddedStore) {
    count(store, &events(0..3));
    for (unit, variant) in [(0, "red"), (1, "a \"b\", c"), (2, "grün")] {
        let event = |action, id: &str, at| {
            NewEvent::new("shop", "checkout", variant, action, format!("{id}{unit}"))
                .of_unit(unit.to_string())
                .at(NOON + at)
        };
        let before = event("bought", "early", 0).value(1e11 + 0.1);
        let after = event("bought", "late", 90_000_000).value(-2.5);
        count(store, &[before, event("assignment", "", 5), after]);
    }
}

#[test]
fn a_parquet_table_has_the_rows_of_the_csv() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    some_events(&store);
    let table = a_table(&store);
    let mut csv = Vec::new();
    export::csv(&store, &mut csv).unwrap();
    let csv = String::from_utf8(csv)
        .unwrap()
        .replace("\"a \"\"b\"\", c\"", "a \"b\"; c");
    let mut lines = csv.split_terminator("\r\n").map(|line| line.split(','));
    let names: Vec<&str> = lines.next().unwrap().collect();
    let lines: Vec<Vec<&str>> = lines.map(Iterator::collect).collect();
    assert_eq!(table.len(), lines.len());
    for (row, line) in table.iter().zip(lines) {
        assert_eq!(row.len(), line.len());
        for (((name, field), expected), of) in row.iter().zip(line).zip(&names) {
            assert_eq!(name, of);
            match field {
                Field::Str(text) => assert_eq!(text.replace(',', ";"), expected, "{name}"),
                Field::Date(_) => assert_eq!(field.to_string().get(..10), Some(expected)),
                Field::Long(number) => assert_eq!(number.to_string(), expected, "{name}"),
                // With all digits.
                Field::Double(number) => assert_eq!(Ok(*number), expected.parse(), "{name}"),
                other => panic!("{name} is {other:?}"),
            }
        }
    }
    let first = table.first().unwrap();
    let field = |name: &str| first.iter().find(|of| of.0 == name).unwrap().1.clone();
    assert_eq!(field("namespace"), Field::Str("shop".to_owned()));
    // 20,778 days after 1970-01-01: 2026-11-21.
    assert_eq!(field("day"), Field::Date(20_778));
    assert_eq!(field("class"), Field::Str("counted".to_owned()));
    assert_eq!(
        (field("events"), field("units")),
        (Field::Long(1), Field::Long(1))
    );
}

#[test]
fn a_store_without_events_is_a_table_without_rows() {
    assert_eq!(a_table(&MemoryStore::new()).len(), 0);
}

#[test]
fn a_table_of_many_rows_is_read_whole() {
    let store = MemoryStore::new();
    // More than a group of rows has.
    for part in 0..101 {
        let event = |n: u64| {
            let action = format!("a{}", n % 20);
            let at = NOON + 86_400_000 * (n / 20);
            NewEvent::new("shop", format!("e{part}"), "red", action, n.to_string()).at(at)
        };
        let events: Vec<_> = (0..1000).map(event).collect();
        store.ingest(&events).unwrap();
    }
    let table = a_table(&store);
    assert_eq!(table.len(), 101_000);
    let total: i64 = table
        .iter()
        .flatten()
        .filter_map(|(name, field)| match field {
            Field::Long(events) if name == "events" => Some(*events),
            _ => None,
        })
        .sum();
    assert_eq!(total, 101_000);
}
