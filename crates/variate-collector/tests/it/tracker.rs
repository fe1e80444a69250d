//! Events of the library, straight into a collector of the same process.

use std::time::{Duration, SystemTime};

use variate::{Action, Config, Unit, context};
use variate_collector::{
    Change, Collector, CollectorTracker, CollectorTrackerHandle, EventStore, MemoryStore,
};

use crate::checked_store::{down, gated};

const LONG: Duration = Duration::from_mins(1);

/// Everybody gets red.
fn config(tracker: CollectorTracker) -> (Config, CollectorTrackerHandle) {
    let handle = tracker.handle();
    let builder = Config::builder().tracker(tracker);
    let config = builder.resolver(|_: &Unit<'_>| "red").build().unwrap();
    (config, handle)
}

fn visit(config: &Config, user: u64, price: f64) {
    let exp = config.experiment("pill_color", context! { user_id: user });
    exp.use_(|| "grey").variant("red", || "red").run();
    exp.track(Action::new("bought").value(price));
}

#[test]
fn what_is_tracked_is_tallied_when_the_flush_is_over() {
    let collector = Collector::new(MemoryStore::new()).unwrap();
    let tracker = CollectorTracker::new(collector.clone()).namespace("shop");
    let (config, handle) = config(tracker);
    for user in 0..100 {
        visit(&config, user, 2.0);
        visit(&config, user, 3.0);
    }
    assert!(config.flush(LONG));
    let stats = handle.stats();
    assert_eq!((stats.accepted, stats.dropped, stats.failed), (400, 0, 0));
    // The exposure of a unit is one event, however often it happens.
    assert_eq!((stats.counted, stats.duplicates), (300, 100));
    let tallies = collector.store().tallies("shop", "pill_color").unwrap();
    let tallies = tallies.unwrap();
    let exposed = tallies.cell("assignment", "red").unwrap().total.counted;
    assert_eq!((exposed.events, exposed.units), (100, 100));
    let bought = tallies.cell("bought", "red").unwrap().total.counted;
    assert_eq!((bought.events, bought.units), (200, 100));
    assert_eq!(bought.sum, 500.0.into());
    assert_eq!(bought.sum_of_squares, 2_500.0.into());
}

#[test]
fn without_a_namespace_events_go_where_alephbet_goes() {
    let collector = Collector::new(MemoryStore::new()).unwrap();
    let (config, _) = config(CollectorTracker::new(collector.clone()));
    visit(&config, 1, 1.0);
    assert!(config.flush(LONG));
    assert_eq!(collector.store().namespaces().unwrap(), ["alephbet"]);
}

#[test]
fn what_cannot_be_counted_is_told_apart() {
    let now = || SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 20_000);
    let collector = Collector::builder(MemoryStore::new())
        .clock(now)
        .build()
        .unwrap();
    let tracker = CollectorTracker::new(collector.clone());
    let handle = tracker.handle();
    let config = Config::builder()
        .tracker(tracker)
        .clock(move || now() + Duration::from_hours(48))
        .build()
        .unwrap();
    config
        .experiment("early", context! { user_id: 1 })
        .track("came");
    assert!(config.flush(LONG));
    assert_eq!((handle.stats().refused, handle.stats().failed), (1, 0));

    let collector = Collector::new(MemoryStore::new()).unwrap();
    let (config, handle) = self::config(CollectorTracker::new(collector.clone()));
    let store = collector.store();
    let change = Change::Archived(true);
    store.change("alephbet", "pill_color", &change).unwrap();
    visit(&config, 1, 1.0);
    assert!(config.flush(LONG));
    assert_eq!((handle.stats().archived, handle.stats().counted), (2, 0));
}

#[test]
fn a_store_that_hangs_holds_nobody_up_and_what_finds_no_room_is_counted() {
    let (store, asked, answer) = gated();
    let collector = Collector::builder(store)
        .queue(10)
        .batch(1)
        .build()
        .unwrap();
    let (config, handle) = config(CollectorTracker::new(collector));
    let exp = config.experiment("pill_color", context! { user_id: 1 });
    exp.track("came");
    // It has the first one and hangs; ten more find room.
    assert_eq!(asked.recv_timeout(LONG).unwrap(), 1);
    for _ in 0..25 {
        exp.track("came");
    }
    let stats = handle.stats();
    assert_eq!((stats.accepted, stats.dropped), (11, 15));
    assert!(!config.flush(Duration::ZERO));
    for _ in 0..11 {
        answer.send(Ok(())).unwrap();
    }
    assert!(config.flush(LONG));
    assert_eq!(handle.stats().counted, 11);
}

#[test]
fn a_flush_waits_for_what_is_not_durable_yet_and_says_what_was_lost() {
    let (store, asked, answer) = gated();
    let collector = Collector::new(store).unwrap();
    let (config, handle) = config(CollectorTracker::new(collector.clone()));
    let exp = config.experiment("pill_color", context! { user_id: 1 });
    exp.track("came");
    asked.recv_timeout(LONG).unwrap();
    assert!(!config.flush(Duration::ZERO), "the store has not answered");
    answer.send(Err(down())).unwrap();
    assert!(!config.flush(LONG), "the store failed");
    assert!(config.flush(LONG), "nothing was lost since");
    assert_eq!((handle.stats().counted, handle.stats().failed), (0, 1));
    exp.track("came");
    answer.send(Ok(())).unwrap();
    assert!(config.flush(LONG));
    assert_eq!(handle.stats().counted, 1);
    collector.close();
    exp.track("came");
    assert_eq!(handle.stats().dropped, 1);
}
