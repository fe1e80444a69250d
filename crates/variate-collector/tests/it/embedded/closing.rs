use std::sync::atomic::{AtomicBool, Ordering};

use variate_collector::{Day, EmbeddedStore, EventStore, Outcome, StoreError};

use super::{count, event, events, files, open, units};

#[test]
fn a_directory_is_for_one_opener_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let error = EmbeddedStore::open(directory.path()).unwrap_err();
    assert!(matches!(&error, StoreError::InUse { directory: of } if of == directory.path()));
    assert!(error.to_string().contains("in use by another process"));
    let error = EmbeddedStore::verify(directory.path(), |_| {}).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }));
    drop(store);
    open(directory.path());
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    count(&open(directory.path()), &[event("a")]);
    let file = directory.path().join("variate.json");
    let format = std::fs::read_to_string(&file).unwrap();
    assert!(format.contains(r#""format":1"#), "{format}");
    std::fs::write(&file, format.replace(r#""format":1"#, r#""format":2"#)).unwrap();
    let error = EmbeddedStore::open(directory.path()).unwrap_err();
    let is_newer = matches!(
        &error,
        StoreError::Newer {
            found: 2,
            supported: 1,
            ..
        }
    );
    assert!(is_newer, "{error}");
    std::fs::write(&file, format).unwrap();
    assert_eq!(units(&open(directory.path())), 1);
}

#[test]
fn a_newer_format_may_have_nothing_else_that_is_known() {
    for text in [
        r#"{"format":99}"#,
        r#"{"format":99,"what":7,"secret_check":[]}"#,
    ] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("variate.json"), text).unwrap();
        for error in [
            EmbeddedStore::open(directory.path()).unwrap_err(),
            EmbeddedStore::verify(directory.path(), |_| {}).unwrap_err(),
            EmbeddedStore::repair(directory.path()).unwrap_err(),
        ] {
            let is_newer = matches!(
                &error,
                StoreError::Newer {
                    found: 99,
                    supported: 1,
                    ..
                }
            );
            assert!(is_newer, "{error}");
        }
        assert_eq!(files(directory.path()).len(), 1);
    }
}

#[test]
fn somebody_elses_directory_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("thesis.txt"), "years of work").unwrap();
    let error = EmbeddedStore::open(directory.path()).unwrap_err();
    assert!(matches!(&error, StoreError::Foreign { found, .. } if found == "thesis.txt"));
    let names: Vec<_> = directory.path().read_dir().unwrap().collect();
    assert_eq!(names.len(), 1);

    let file = directory.path().join("thesis.txt");
    let error = EmbeddedStore::open(&file).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}

#[test]
fn none_is_made_where_none_is_wanted() {
    let directory = tempfile::tempdir().unwrap();
    let new = directory.path().join("new");
    for place in [&new, &directory.path().to_owned()] {
        let error = EmbeddedStore::builder(place)
            .create(false)
            .open()
            .unwrap_err();
        assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    }
    assert!(!new.exists());
    drop(open(&new));
    EmbeddedStore::builder(&new).create(false).open().unwrap();
}

#[test]
fn a_creation_that_was_interrupted_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    let half = directory.path().join("data.new");
    std::fs::create_dir(&half).unwrap();
    std::fs::write(half.join("0.jnl"), "half").unwrap();
    std::fs::write(directory.path().join("secret.new"), "ab").unwrap();
    count(&open(directory.path()), &[event("a")]);
    assert!(!half.exists());
    assert_eq!(units(&open(directory.path())), 1);
}

#[test]
fn data_without_what_says_what_it_is_is_not_taken_for_new() {
    for lost in [&["variate.json", "secret"][..], &["variate.json"]] {
        let directory = tempfile::tempdir().unwrap();
        count(&open(directory.path()), &[event("a")]);
        for name in lost {
            std::fs::remove_file(directory.path().join(name)).unwrap();
        }
        let before = files(directory.path());
        let errors = [
            EmbeddedStore::open(directory.path()).unwrap_err(),
            EmbeddedStore::verify(directory.path(), |_| {}).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains("from a backup"), "{error}");
        }
        assert_eq!(files(directory.path()), before);
    }
}

/// The last step of its creation.
#[test]
fn a_store_that_was_only_not_yet_named_one_opens() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let name = |name| directory.path().join(name);
    std::fs::rename(name("variate.json"), name("variate.json.new")).unwrap();
    count(&open(directory.path()), &[event("a")]);
    assert_eq!(units(&open(directory.path())), 1);
    // What it says is asked for.
    std::fs::rename(name("variate.json"), name("variate.json.new")).unwrap();
    std::fs::write(name("secret"), format!("{:032x}\n", 7)).unwrap();
    let error = EmbeddedStore::open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_secret() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let secret = directory.path().join("secret");
    let mode = std::fs::metadata(&secret).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&secret).unwrap();
    drop(open(directory.path()));
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), text);

    std::fs::remove_file(&secret).unwrap();
    let error = EmbeddedStore::open(directory.path()).unwrap_err();
    assert!(error.to_string().contains("`secret` is missing"), "{error}");
}

#[test]
fn ids_are_known_before_and_after_the_filter_is_filled() {
    let directory = tempfile::tempdir().unwrap();
    let all = events(0..30_000);
    let store = open(directory.path());
    for batch in all.chunks(1000) {
        count(&store, batch);
    }
    drop(store);
    let store = open(directory.path());
    let again = store.ingest(&all).unwrap();
    assert!(again.iter().all(|of| *of == Outcome::Duplicate));
    while !store.usage().unwrap().is_filtered {
        std::thread::yield_now();
    }
    let again = store.ingest(&all).unwrap();
    assert!(again.iter().all(|of| *of == Outcome::Duplicate));
    assert!(store.usage().unwrap().filter_keys >= 29_500);
}

#[test]
fn what_deleted_experiments_left_behind_goes_away() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for batch in events(0..25_000).chunks(5000) {
        count(&store, batch);
    }
    assert!(store.delete("shop", "pill_color").unwrap());
    count(&store, &events(0..10));
    drop(store);
    // Whether the first process came to it or not, the next one ends it.
    let store = open(directory.path());
    while !store.usage().unwrap().is_filtered {
        std::thread::yield_now();
    }
    count(&store, &events(10..20));
    drop(store);
    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
    assert_eq!((report.experiments, report.units), (1, 20));
}

#[test]
fn days_whose_ids_were_forgotten_are_no_mismatch() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let random = "8d0f36b9-9313-46f7-b2b4-3988461f7221";
    count(&store, &[event(random), event("of a user")]);
    let tomorrow = Day::from_days(Day::of_millis(super::NOON).days() + 1);
    assert_eq!(store.expire(tomorrow).unwrap(), 1);
    count(&store, &[event("later").at(tomorrow.start_millis())]);
    drop(store);
    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
    assert_eq!((report.units, report.rows_not_compared), (2, 1));
}

#[test]
fn reading_does_not_wait_for_writing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for batch in events(0..20_000).chunks(200) {
                count(&store, batch);
            }
            is_done.store(true, Ordering::Release);
        });
        let mut last = 0;
        while !is_done.load(Ordering::Acquire) {
            let now = units(&store);
            assert!(now >= last && now % 200 == 0, "{now} after {last}");
            last = now;
        }
    });
    assert_eq!(units(&store), 20_000);
}
