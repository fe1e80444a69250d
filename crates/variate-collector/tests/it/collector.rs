use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use variate_collector::{
    Collector, EventStore, MemoryStore, NewEvent, Outcome, Refusal, StoreError, SubmitError,
};

use crate::checked_store::{Call, Checked, down, gated};

const NOON: u64 = 1_795_262_400_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

fn event(id: &str) -> NewEvent<'static> {
    NewEvent::new("n", "e", "red", "participate", id.to_owned()).at(NOON)
}

fn clock(millis: u64) -> impl Fn() -> SystemTime {
    move || SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

#[test]
fn what_comes_while_a_batch_is_written_is_the_next_batch() {
    let (store, arrivals, open) = gated();
    let collector = Collector::builder(store)
        .clock(clock(NOON))
        .build()
        .unwrap();
    let first = collector.submit(vec![event("0")]).unwrap();
    assert_eq!(arrivals.recv().unwrap(), 1);
    let others: Vec<_> = (1..=5)
        .map(|id| {
            collector
                .submit(vec![event(&id.to_string()), event("0")])
                .unwrap()
        })
        .collect();
    open.send(Ok(())).unwrap();
    assert_eq!(arrivals.recv().unwrap(), 10);
    open.send(Ok(())).unwrap();
    assert_eq!(first.wait().unwrap(), [Outcome::Counted]);
    for other in others {
        assert_eq!(
            other.wait().unwrap(),
            [Outcome::Counted, Outcome::Duplicate]
        );
    }
    let stats = collector.stats();
    assert_eq!((stats.counted, stats.duplicates), (6, 5));
    assert_eq!(stats.batches, 2);
}

#[test]
fn a_batch_has_an_end() {
    let (store, arrivals, open) = gated();
    let collector = Collector::builder(store)
        .clock(clock(NOON))
        .batch(3)
        .build()
        .unwrap();
    let submit = |id: &str| collector.submit(vec![event(id)]).unwrap();
    let submissions: Vec<_> = ["a", "b", "c", "d", "e"].map(submit).into_iter().collect();
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < 5 {
        sizes.push(arrivals.recv().unwrap());
        open.send(Ok(())).unwrap();
    }
    assert!(sizes.iter().all(|size| *size <= 3), "{sizes:?}");
    for submission in submissions {
        submission.wait().unwrap();
    }
}

#[test]
fn a_store_that_fails_fails_those_who_wait_and_then_goes_on() {
    let (store, arrivals, open) = gated();
    let collector = Collector::builder(store)
        .clock(clock(NOON))
        .build()
        .unwrap();
    let first = collector.submit(vec![event("a")]).unwrap();
    arrivals.recv().unwrap();
    open.send(Err(down())).unwrap();
    let error = first.wait().unwrap_err();
    assert!(error.to_string().contains("it is down"), "{error}");
    assert_eq!(collector.stats().failed, 1);

    let again = collector.submit(vec![event("a")]).unwrap();
    open.send(Ok(())).unwrap();
    assert_eq!(again.wait().unwrap(), [Outcome::Counted]);
}

#[test]
fn a_full_queue_is_said_at_once() {
    let (store, arrivals, open) = gated();
    let collector = Collector::builder(store)
        .clock(clock(NOON))
        .queue(2)
        .build()
        .unwrap();
    let mut waiting = vec![collector.submit(vec![event("0")]).unwrap()];
    arrivals.recv().unwrap();
    waiting.push(collector.submit(vec![event("1")]).unwrap());
    waiting.push(collector.submit(vec![event("2")]).unwrap());
    let error = collector.submit(vec![event("3")]).unwrap_err();
    assert!(
        matches!(error, SubmitError::Full { capacity: 2 }),
        "{error:?}"
    );
    open.send(Ok(())).unwrap();
    open.send(Ok(())).unwrap();
    for submission in waiting {
        assert_eq!(submission.wait().unwrap(), [Outcome::Counted]);
    }
}

#[test]
fn closing_writes_what_is_queued() {
    let (store, arrivals, open) = gated();
    let collector = Collector::builder(store)
        .clock(clock(NOON))
        .batch(1)
        .build()
        .unwrap();
    let waiting: Vec<_> = ["a", "b", "c"]
        .map(|id| collector.submit(vec![event(id)]).unwrap())
        .into_iter()
        .collect();
    arrivals.recv().unwrap();
    for _ in 0..3 {
        open.send(Ok(())).unwrap();
    }
    collector.close();
    for submission in waiting {
        assert_eq!(submission.wait().unwrap(), [Outcome::Counted]);
    }
    let error = collector.submit(vec![event("d")]).unwrap_err();
    assert!(matches!(error, SubmitError::Closed));
    collector.close();
}

#[test]
fn the_last_handle_writes_what_is_queued() {
    let store = Arc::new(MemoryStore::new());
    let collector = Collector::builder(Arc::clone(&store))
        .clock(clock(NOON))
        .build()
        .unwrap();
    for id in 0..100 {
        drop(collector.submit(vec![event(&id.to_string())]).unwrap());
    }
    drop(collector);
    let tallies = store.tallies("n", "e").unwrap().unwrap();
    assert_eq!(tallies.cells[0].total.counted.units, 100);
}

#[test]
fn events_of_tomorrow_and_of_forgotten_days_are_refused() {
    let now = Arc::new(AtomicU64::new(NOON));
    let reads = Arc::clone(&now);
    let collector = Collector::builder(MemoryStore::new())
        .clock(move || {
            SystemTime::UNIX_EPOCH + Duration::from_millis(reads.load(Ordering::Relaxed))
        })
        .retention_days(7)
        .build()
        .unwrap();
    let events = vec![
        event("today"),
        event("ahead").at(NOON + DAY + 2000),
        event("a little ahead").at(NOON + DAY),
        event("old").at(NOON - 8 * DAY),
        event("not too old").at(NOON - 7 * DAY),
    ];
    let outcomes = collector.submit(events).unwrap().wait().unwrap();
    assert_eq!(outcomes[0], Outcome::Counted);
    let expected = Refusal::InTheFuture {
        at: NOON + DAY + 2000,
        ahead_seconds: 86_402,
    };
    assert_eq!(outcomes[1], Outcome::Refused(expected));
    assert_eq!(outcomes[2], Outcome::Counted);
    assert!(matches!(
        &outcomes[3],
        Outcome::Refused(Refusal::TooOld { .. })
    ));
    assert_eq!(outcomes[4], Outcome::Counted);
    assert_eq!(collector.stats().refused, 2);

    // A clock that goes back refuses nothing that it would not have refused then.
    now.store(NOON - 3600 * 1000, Ordering::Relaxed);
    let again = collector
        .submit(vec![event("today"), event("new")])
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(again, [Outcome::Duplicate, Outcome::Counted]);
    assert_eq!(collector.expire().unwrap(), 0);
}

#[test]
fn a_time_in_seconds_is_refused() {
    let store = Arc::new(MemoryStore::new());
    let collector = Collector::builder(Arc::clone(&store))
        .clock(clock(NOON))
        .build()
        .unwrap();
    let events = vec![event("seconds").at(NOON / 1000), event("none").at(0)];
    let outcomes = collector.submit(events).unwrap().wait().unwrap();
    let at = NOON / 1000;
    assert_eq!(
        outcomes,
        [
            Outcome::Refused(Refusal::NotMillis { at }),
            Outcome::Counted
        ]
    );
    let info = store.tallies("n", "e").unwrap().unwrap().info;
    assert_eq!(
        info.first_event_at,
        Some(NOON),
        "who says no time gets the collector's"
    );
}

#[test]
fn a_store_that_panics_is_an_error() {
    let store = Checked {
        store: MemoryStore::new(),
        check: |_: Call| -> Result<(), StoreError> { panic!("a store of the host's") },
    };
    let collector = Collector::new(store).unwrap();
    for _ in 0..2 {
        let error = collector
            .submit(vec![event("a")])
            .unwrap()
            .wait()
            .unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
    }
}
