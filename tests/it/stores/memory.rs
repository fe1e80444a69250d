use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use variate::{AssignmentStore, Clock, MemoryStore, StoredUnit, Variant};

use super::key;
use crate::support::together;

conforms!(a_memory_store, || MemoryStore::new(100_000));
conforms!(a_memory_store_with_a_time_to_live, || {
    MemoryStore::new(100_000).ttl(Duration::from_hours(1))
});

/// Seconds since the epoch, which a test sets.
#[derive(Clone)]
struct Watch(Arc<AtomicU64>);

impl Watch {
    fn at(seconds: u64) -> Self {
        Self(Arc::new(seconds.into()))
    }

    fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::Relaxed);
    }
}

impl Clock for Watch {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

const NOON: u64 = 1_700_000_000;

fn timed(ttl: u64) -> (MemoryStore, Watch) {
    let watch = Watch::at(NOON);
    let store = MemoryStore::new(1_000)
        .ttl(Duration::from_secs(ttl))
        .clock(watch.clone());
    (store, watch)
}

fn find(store: &MemoryStore, text: &str) -> Option<Variant> {
    store
        .find(&StoredUnit::new("pill", &key(text), &[]))
        .unwrap()
}

fn keep(store: &MemoryStore, text: &str, variant: &'static str) -> Variant {
    let key = key(text);
    let unit = StoredUnit::new("pill", &key, &[]);
    store.keep(&unit, &variant.into()).unwrap()
}

#[test]
fn an_entry_ends_when_it_was_not_used_for_its_time() {
    let (store, watch) = timed(10);
    keep(&store, "a", "red");
    watch.set(NOON + 9);
    assert_eq!(find(&store, "a"), Some("red".into()));
    watch.set(NOON + 18);
    assert_eq!(keep(&store, "a", "blue"), "red");
    watch.set(NOON + 27);
    assert_eq!(find(&store, "a"), Some("red".into()));
    watch.set(NOON + 37);
    assert_eq!(find(&store, "a"), None);
    assert_eq!(keep(&store, "a", "blue"), "blue");
    assert_eq!(find(&store, "a"), Some("blue".into()));
    watch.set(NOON + 46);
    assert_eq!(find(&store, "a"), Some("blue".into()));
}

#[test]
fn an_entry_that_moves_or_is_replaced_begins_anew() {
    let (store, watch) = timed(10);
    keep(&store, "former", "red");
    keep(&store, "late", "red");
    watch.set(NOON + 9);
    let (now, former) = (key("now"), [key("former")]);
    let unit = StoredUnit::new("pill", &now, &former);
    assert_eq!(store.find(&unit).unwrap(), Some("red".into()));
    watch.set(NOON + 18);
    store.replace(&unit, &"blue".into()).unwrap();
    watch.set(NOON + 27);
    assert_eq!(find(&store, "now"), Some("blue".into()));
    // Under a migration key, too, an entry ends.
    let late = [key("late")];
    assert_eq!(
        store
            .find(&StoredUnit::new("pill", &key("new"), &late))
            .unwrap(),
        None
    );
}

#[test]
fn what_has_ended_is_not_counted_by_a_purge() {
    let (store, watch) = timed(10);
    keep(&store, "a", "red");
    watch.set(NOON + 5);
    keep(&store, "b", "red");
    watch.set(NOON + 12);
    assert_eq!(store.purge("pill").unwrap(), 1);
    assert_eq!(store.purge("pill").unwrap(), 0);
}

#[test]
fn a_clock_that_goes_back_neither_ends_an_entry_nor_keeps_it_for_ever() {
    for back in [NOON - 1_000_000, 0] {
        let (store, watch) = timed(10);
        keep(&store, "a", "red");
        watch.set(back);
        assert_eq!(find(&store, "a"), Some("red".into()));
        watch.set(back + 9);
        assert_eq!(find(&store, "a"), Some("red".into()));
        watch.set(back + 19);
        assert_eq!(find(&store, "a"), None);
    }
}

#[test]
fn a_clock_before_the_epoch_breaks_nothing() {
    let store = MemoryStore::new(10)
        .ttl(Duration::from_secs(1))
        .clock(|| SystemTime::UNIX_EPOCH - Duration::from_secs(1));
    assert_eq!(keep(&store, "a", "red"), "red");
    assert_eq!(find(&store, "a"), Some("red".into()));
}

#[test]
fn times_to_live_of_any_length_are_taken() {
    for (ttl, lives) in [(Duration::ZERO, false), (Duration::MAX, true)] {
        let watch = Watch::at(NOON);
        let store = MemoryStore::new(10).ttl(ttl).clock(watch.clone());
        keep(&store, "a", "red");
        watch.set(NOON + 1_000_000_000);
        assert_eq!(find(&store, "a").is_some(), lives);
    }
}

#[test]
fn without_a_time_to_live_the_clock_is_not_asked() {
    let store = MemoryStore::new(10).clock(|| panic!("asked for the time"));
    keep(&store, "a", "red");
    assert_eq!(find(&store, "a"), Some("red".into()));
}

#[test]
fn it_holds_about_as_many_as_its_capacity() {
    for capacity in [0, 1, 10, 1_000] {
        let store = MemoryStore::new(capacity);
        for number in 0..20_000 {
            let text = number.to_string();
            assert_eq!(keep(&store, &text, "red"), "red");
        }
        let held = store.purge("pill").unwrap();
        assert!(
            (1..=capacity.max(1) as u64 + 64).contains(&held),
            "{capacity}: {held}"
        );
    }
}

#[test]
fn room_for_endless_entries_is_not_taken_up_front() {
    let store = MemoryStore::new(usize::MAX);
    keep(&store, "a", "red");
    assert_eq!(find(&store, "a"), Some("red".into()));
}

#[test]
fn clones_share_what_they_hold() {
    let store = MemoryStore::new(10);
    keep(&store.clone(), "a", "red");
    assert_eq!(find(&store, "a"), Some("red".into()));
    assert!(format!("{store:?}").contains("entries: 1"), "{store:?}");
}

/// While one thread moves a unit's entry, another forgets the unit: it must not come back.
#[test]
fn a_move_brings_back_nothing_that_was_forgotten() {
    const ROUNDS: usize = 10_000;
    let store = MemoryStore::new(1_000_000);
    let keys = |round| {
        (
            key(&format!("now {round}")),
            [key(&format!("former {round}"))],
        )
    };
    let units: Vec<_> = (0..ROUNDS).map(keys).collect();
    let units: Vec<_> = units
        .iter()
        .map(|(now, former)| StoredUnit::new("pill", now, former))
        .collect();
    for unit in &units {
        let former = StoredUnit::new("pill", &unit.migration_keys()[0], &[]);
        store.keep(&former, &"red".into()).unwrap();
    }
    together(2, ROUNDS, |thread, round| {
        if thread == 0 {
            drop(store.find(&units[round]).unwrap());
        } else {
            store.forget(&units[round]).unwrap();
        }
    });
    for unit in &units {
        assert_eq!(store.find(unit).unwrap(), None);
    }
}

/// What one thread is moving is nowhere for another that looks at the current key too early and at the
/// migration key too late.
#[test]
fn an_entry_is_found_while_another_thread_moves_it() {
    const ROUNDS: usize = 20_000;
    let store = MemoryStore::new(1_000_000);
    let keys = |round| {
        (
            key(&format!("now {round}")),
            [key(&format!("former {round}"))],
        )
    };
    let units: Vec<_> = (0..ROUNDS).map(keys).collect();
    for (_, [former]) in &units {
        let former = StoredUnit::new("pill", former, &[]);
        store.keep(&former, &"red".into()).unwrap();
    }
    let found = together(2, ROUNDS, |_, round| {
        let (now, former) = &units[round];
        store.find(&StoredUnit::new("pill", now, former)).unwrap()
    });
    for found in found.concat() {
        assert_eq!(found, Some("red".into()));
    }
}
