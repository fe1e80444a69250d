//! `variate store`, on directories that a collector left.

use std::fs;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;
use variate_collector::{EmbeddedStore, EventStore, ExperimentTallies, NewEvent};

use super::{Answered, variate};

/// 2026-11-21, 12:00 UTC.
const NOON: u64 = 1_795_262_400_000;

/// A directory with a store in `events`, which nobody has open.
fn a_store() -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = text(&directory.path().join("events"));
    let store = EmbeddedStore::open(&path).unwrap();
    for id in 0..100 {
        let variant = if id % 2 == 0 { "red" } else { "a \"b\", c" };
        let event = |action| {
            NewEvent::new(
                "shop",
                "checkout",
                variant,
                action,
                format!("{action}-{id}"),
            )
            .of_unit(id.to_string())
            .at(NOON)
        };
        let events = [event("assignment"), event("bought").value(0.1).at(NOON + 1)];
        store.ingest(&events).unwrap();
    }
    (directory, path)
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn store(arguments: &[&str], input: &str) -> Answered {
    variate(&[&["store"], arguments].concat(), input)
}

/// What a command that succeeds writes.
fn done(arguments: &[&str]) -> String {
    let answered = store(arguments, "");
    assert_eq!(
        (answered.code, answered.err.as_str()),
        (0, ""),
        "{arguments:?}"
    );
    answered.out
}

/// The code and the message of one that does not, which writes nothing else.
fn failed(arguments: &[&str], input: &str) -> (i32, String) {
    let answered = store(arguments, input);
    assert_eq!(answered.out, "", "{arguments:?}");
    (answered.code, answered.err)
}

fn tallies(path: &str) -> ExperimentTallies {
    let store = EmbeddedStore::open(path).unwrap();
    store.tallies("shop", "checkout").unwrap().unwrap()
}

#[test]
fn an_export_that_is_imported_has_the_same_tallies() {
    let (directory, path) = a_store();
    let lines = done(&["export", &path]);
    let other = text(&directory.path().join("other"));
    let imported = store(&["import", &other], &lines);
    assert_eq!((imported.code, imported.err.as_str()), (0, ""));
    assert!(
        imported.out.starts_with("imported: 1 experiment,"),
        "{}",
        imported.out
    );
    let mut is = tallies(&other);
    assert!(is.info.archived);
    is.info.archived = false;
    assert_eq!(is, tallies(&path));
    assert!(done(&["verify", &other]).contains("having no units to compare with"));

    let file = text(&directory.path().join("tallies.jsonl"));
    assert_eq!(done(&["export", &path, "--output", &file]), "");
    assert_eq!(fs::read_to_string(&file).unwrap(), lines);
    let third = text(&directory.path().join("third"));
    let answer = done(&["import", &third, &file, "--json"]);
    assert_eq!(answer, "{\"experiments\":1}\n");
    // They are there already.
    let (code, told) = failed(&["import", &third, &file], "");
    assert_eq!(code, 1);
    assert!(told.contains("checkout"), "{told}");
}

#[test]
fn tables_are_written_as_csv_and_as_parquet() {
    let (directory, path) = a_store();
    let csv = done(&["export", &path, "--format", "csv"]);
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert!(lines[0].starts_with("namespace,experiment,action,variant,day,class,events,units,"));
    let start = "shop,checkout,assignment,\"a \"\"b\"\", c\",2026-11-21,counted,50,50,0,0,50,0";
    assert_eq!(lines[1], start);
    assert_eq!(lines.len(), 6, "{csv}");

    let file = text(&directory.path().join("tallies.parquet"));
    done(&["export", &path, "--format", "parquet", "-o", &file]);
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[test]
fn a_backup_is_a_store_with_the_same_tallies() {
    let (directory, path) = a_store();
    let copy = text(&directory.path().join("copies/first"));
    assert!(done(&["backup", &path, &copy]).contains("entries copied into"));
    assert_eq!(tallies(&copy), tallies(&path));
    let verified = done(&["verify", &copy, "--json"]);
    let verified: serde_json::Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["ids"], json!(200));
    assert_eq!(verified["units"], json!(100));
    assert_eq!(verified["mismatches"], json!([]));

    let (code, told) = failed(&["backup", &path, &copy], "");
    assert_eq!(code, 2);
    assert!(told.contains("writes over nothing"), "{told}");
}

#[test]
fn directories_without_a_store_are_left_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let none = text(&directory.path().join("none"));
    let to = text(&directory.path().join("to"));
    let photos = directory.path().join("photos");
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("cat.jpeg"), "cat").unwrap();
    let photos = text(&photos);
    for at in [&none, &photos] {
        for command in [
            vec!["verify", at],
            vec!["repair", at],
            vec!["export", at],
            vec!["backup", at, &to],
        ] {
            let (code, told) = failed(&command, "");
            assert_eq!(code, 2, "{command:?}: {told}");
            assert!(told.contains(at.as_str()), "{command:?}: {told}");
        }
    }
    let (_source, path) = a_store();
    let lines = done(&["export", &path]);
    let (code, told) = failed(&["import", &photos], &lines);
    assert_eq!(code, 2);
    assert!(told.contains("cat.jpeg"), "{told}");
    assert_eq!(fs::read_dir(&photos).unwrap().count(), 1);
    assert!(!Path::new(&none).exists() && !Path::new(&to).exists());
}

#[test]
fn a_broken_line_is_named_and_nothing_is_imported() {
    let (directory, path) = a_store();
    let mut lines: Vec<String> = done(&["export", &path])
        .lines()
        .map(str::to_owned)
        .collect();
    lines[2].truncate(30);
    let other = text(&directory.path().join("other"));
    let (code, told) = failed(&["import", &other], &lines.join("\n"));
    assert_eq!(code, 1);
    assert!(
        told.starts_with("variate: line 3 is none of an export of tallies"),
        "{told}"
    );
    assert!(!Path::new(&other).exists());
    let (code, told) = failed(&["import", &other, "/nowhere/tallies.jsonl"], "");
    assert_eq!(code, 1);
    assert!(
        told.contains("cannot open `/nowhere/tallies.jsonl`"),
        "{told}"
    );
}

#[test]
fn a_damaged_journal_is_found_and_cut() {
    let (_directory, path) = a_store();
    assert!(done(&["verify", &path]).contains(": good"));
    assert_eq!(
        done(&["repair", &path]),
        "no journal is damaged\nthe store is good\n"
    );

    let data = Path::new(&path).join("data");
    let entries = fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut journals = entries.filter(|path| path.extension().is_some_and(|of| of == "jnl"));
    let journal = journals.next().unwrap();
    let mut bytes = fs::read(&journal).unwrap();
    bytes[4000] ^= 1;
    fs::write(&journal, &bytes).unwrap();
    let found = store(&["verify", &path], "");
    assert_eq!(found.code, 1);
    assert!(
        found.out.contains(journal.to_str().unwrap()),
        "{}",
        found.out
    );
    let (code, told) = failed(&["export", &path], "");
    assert_eq!(code, 1);
    assert!(told.contains("variate store"), "{told}");

    let cut = done(&["repair", &path]);
    assert!(
        cut.contains(".damaged\n") && cut.ends_with("the store is good\n"),
        "{cut}"
    );
    assert!(done(&["verify", &path]).contains(": good"));
    let units = |of: &ExperimentTallies| {
        of.cell("assignment", "red")
            .map_or(0, |cell| cell.total.counted.units)
    };
    assert!((1..50).contains(&units(&tallies(&path))));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let (_directory, path) = a_store();
    for format in ["json-lines", "csv", "parquet"] {
        let (code, told) = failed(
            &["export", &path, "--format", format, "-o", "/dev/full"],
            "",
        );
        assert_eq!(code, 1, "{format}");
        assert!(told.contains("cannot write"), "{format}: {told}");
    }
}
