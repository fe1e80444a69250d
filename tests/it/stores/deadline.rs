//! Stores that hang. Channels say when they go on: nothing here waits for time to pass but the calls that are given up.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use variate::{AssignmentStore, Deadline, DeadlineError, StoreError, StoredUnit, Variant};

use super::key;
use super::model::Model;

/// Longer than any test takes.
const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(20);

conforms!(a_store_with_a_deadline, || Deadline::new(
    Model::default(),
    LONG
)
.unwrap());
conforms!(a_store_with_a_deadline_and_several_threads, || {
    Deadline::with_workers(Model::default(), LONG, 3).unwrap()
});

/// Says what it is asked for, then waits until it may answer.
struct Gated {
    asked: Mutex<Sender<String>>,
    go: Mutex<Receiver<()>>,
}

impl Gated {
    fn wait(&self, call: &str, unit: &StoredUnit<'_>) {
        let call = format!("{call} {} {}", unit.experiment(), unit.key());
        let _ = self.asked.lock().unwrap().send(call);
        // The end of the channel is a go, too.
        let _ = self.go.lock().unwrap().recv();
    }
}

impl AssignmentStore for Gated {
    fn find(&self, unit: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        self.wait("find", unit);
        Ok(Some("red".into()))
    }

    fn keep(&self, unit: &StoredUnit<'_>, variant: &Variant) -> Result<Variant, StoreError> {
        self.wait("keep", unit);
        Ok(variant.clone())
    }

    fn replace(&self, unit: &StoredUnit<'_>, _: &Variant) -> Result<(), StoreError> {
        self.wait("replace", unit);
        Ok(())
    }

    fn forget(&self, unit: &StoredUnit<'_>) -> Result<(), StoreError> {
        self.wait("forget", unit);
        Ok(())
    }

    fn purge(&self, experiment: &str) -> Result<u64, StoreError> {
        Ok(experiment.len() as u64)
    }
}

fn gated(limit: Duration, workers: usize) -> (Deadline<Gated>, Receiver<String>, Sender<()>) {
    let (asked, calls) = mpsc::channel();
    let (go, wait) = mpsc::channel();
    let store = Gated {
        asked: Mutex::new(asked),
        go: Mutex::new(wait),
    };
    let store = Deadline::with_workers(store, limit, workers).unwrap();
    (store, calls, go)
}

fn find(store: &dyn AssignmentStore, text: &str) -> Result<Option<Variant>, StoreError> {
    store.find(&StoredUnit::new("pill", &key(text), &[]))
}

fn failure<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> DeadlineError {
    *answer.unwrap_err().downcast().unwrap()
}

#[test]
fn a_call_that_hangs_is_given_up_and_further_ones_fail_at_once() {
    let (store, calls, go) = gated(SHORT, 1);
    assert_eq!(failure(find(&store, "a")), DeadlineError::Late(SHORT));
    assert_eq!(calls.recv().unwrap(), "find pill a");
    let (key, red) = (key("b"), Variant::from("red"));
    let unit = StoredUnit::new("pill", &key, &[]);
    assert_eq!(failure(store.find(&unit)), DeadlineError::Hanging);
    assert_eq!(failure(store.keep(&unit, &red)), DeadlineError::Hanging);
    assert_eq!(failure(store.replace(&unit, &red)), DeadlineError::Hanging);
    assert_eq!(failure(store.forget(&unit)), DeadlineError::Hanging);
    assert!(calls.try_recv().is_err(), "none of them was tried");
    drop(go);
    while failure_or_none(find(&store, "c")) == Some(DeadlineError::Hanging) {
        std::thread::yield_now();
    }
    assert_eq!(calls.recv().unwrap(), "find pill c");
}

fn failure_or_none<T>(answer: Result<T, StoreError>) -> Option<DeadlineError> {
    answer.err().map(|error| *error.downcast().unwrap())
}

#[test]
fn every_call_has_the_limit() {
    type Call = fn(&Deadline<Gated>, &StoredUnit<'_>) -> Option<DeadlineError>;
    let calls: [Call; 4] = [
        |store, unit| failure_or_none(store.find(unit)),
        |store, unit| failure_or_none(store.keep(unit, &"red".into())),
        |store, unit| failure_or_none(store.replace(unit, &"red".into())),
        |store, unit| failure_or_none(store.forget(unit)),
    ];
    for call in calls {
        let (store, asked, _go) = gated(SHORT, 1);
        let key = key("a");
        let given_up = call(&store, &StoredUnit::new("pill", &key, &[]));
        assert_eq!(given_up, Some(DeadlineError::Late(SHORT)));
        asked.recv().unwrap();
    }
}

/// Its caller was told that it failed, so it must not happen after all.
#[test]
fn a_call_that_was_given_up_before_the_store_began_never_reaches_it() {
    let (store, calls, go) = gated(SHORT, 1);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| find(&store, "a"));
        // The worker is at the first one, so the second waits in the queue, and is given up there or
        // refused right away.
        calls.recv().unwrap();
        assert!(find(&store, "b").is_err());
        assert_eq!(failure(first.join().unwrap()), DeadlineError::Late(SHORT));
    });
    drop(go);
    while find(&store, "c").is_err() {
        std::thread::yield_now();
    }
    assert_eq!(calls.recv().unwrap(), "find pill c");
}

#[test]
fn with_several_threads_one_hanging_call_leaves_room_for_others() {
    let (store, calls, go) = gated(LONG, 2);
    std::thread::scope(|scope| {
        let both = ["a", "b"].map(|text| {
            let store = &store;
            scope.spawn(move || find(store, text))
        });
        let mut asked = [calls.recv().unwrap(), calls.recv().unwrap()];
        asked.sort();
        assert_eq!(asked, ["find pill a", "find pill b"]);
        drop(go);
        for one in both {
            assert_eq!(one.join().unwrap().unwrap(), Some("red".into()));
        }
    });
}

#[test]
fn with_several_threads_calls_fail_at_once_when_all_of_them_hang() {
    let (store, calls, _go) = gated(SHORT, 2);
    for text in ["a", "b"] {
        assert_eq!(failure(find(&store, text)), DeadlineError::Late(SHORT));
        calls.recv().unwrap();
    }
    assert_eq!(failure(find(&store, "c")), DeadlineError::Hanging);
    assert!(calls.try_recv().is_err());
}

#[test]
fn dropping_it_waits_for_nothing() {
    let (store, calls, go) = gated(SHORT, 1);
    find(&store, "a").unwrap_err();
    calls.recv().unwrap();
    drop(store);
    drop(go);
}

#[test]
fn a_purge_takes_its_time_on_the_callers_thread() {
    let (store, _calls, _go) = gated(SHORT, 1);
    find(&store, "a").unwrap_err();
    assert_eq!(store.purge("pill").unwrap(), 4);
}

struct Broken;

impl AssignmentStore for Broken {
    fn find(&self, _: &StoredUnit<'_>) -> Result<Option<Variant>, StoreError> {
        panic!("a broken store")
    }

    fn keep(&self, _: &StoredUnit<'_>, _: &Variant) -> Result<Variant, StoreError> {
        Err("no".into())
    }

    fn replace(&self, _: &StoredUnit<'_>, _: &Variant) -> Result<(), StoreError> {
        Ok(())
    }

    fn forget(&self, _: &StoredUnit<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn purge(&self, _: &str) -> Result<u64, StoreError> {
        Err("no".into())
    }
}

#[test]
fn errors_and_panics_of_the_store_come_through_and_break_nothing() {
    let store = Deadline::new(Broken, LONG).unwrap();
    let key = key("a");
    let unit = StoredUnit::new("pill", &key, &[]);
    for _ in 0..3 {
        assert_eq!(failure(store.find(&unit)), DeadlineError::Panicked);
        let refused = store.keep(&unit, &"red".into()).unwrap_err();
        assert_eq!(refused.to_string(), "no");
        store.replace(&unit, &"red".into()).unwrap();
        store.purge("pill").unwrap_err();
    }
}
