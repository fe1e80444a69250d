//! Panics of a host's code that are worse than usual.

use std::time::Duration;

use variate::{
    Background, Config, Event, EventRecord, FanOut, GitlabV2, MemoryTracker, Tracker, Unit, Value,
    context,
};

use crate::support::tracked;

/// A panic's payload that panics again where it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "the payload was dropped");
    }
}

#[test]
fn payloads_that_panic_do_not_get_through() {
    let (config, _) = tracked(|_: &Unit<'_>| -> &'static str { std::panic::panic_any(Bomb) });
    let exp = config.experiment("pill", context! {});
    assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
    let config = Config::builder()
        .tracker(|_: &Event<'_>| std::panic::panic_any(Bomb))
        .build()
        .unwrap();
    let exp = config.experiment("pill", context! {});
    exp.use_(|| 1).try_(|| 2).run();
    assert_eq!(config.diagnostics().tracker_panics, 1);
}

struct NoFlush;

impl Tracker for NoFlush {
    fn track(&self, _: &Event<'_>) {}

    fn flush(&self, _: Duration) -> bool {
        panic!("no flush")
    }
}

#[test]
fn a_flush_that_panics_is_no() {
    let config = Config::builder().tracker(NoFlush).build().unwrap();
    assert!(!config.flush(Duration::ZERO));
    let fan_out = FanOut::new().and(NoFlush).and(MemoryTracker::new());
    assert!(!fan_out.flush(Duration::ZERO));
}

/// An error that cannot even say what it is.
#[derive(Debug)]
struct Speechless;

impl std::fmt::Display for Speechless {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("no words")
    }
}

impl std::error::Error for Speechless {}

#[test]
fn an_error_without_words_does_not_end_a_background_tracker() {
    let mut batches = 0;
    let tracker = Background::builder()
        .batch(1)
        .build(move |_: &[EventRecord]| {
            batches += 1;
            if batches == 1 {
                Err(Speechless)
            } else {
                Ok(())
            }
        })
        .unwrap();
    let handle = tracker.handle();
    let config = Config::builder().tracker(tracker).build().unwrap();
    for _ in 0..3 {
        config.experiment("pill", context! {}).track("swallowed");
        config.flush(Duration::from_mins(1));
    }
    let stats = handle.stats();
    assert_eq!((stats.failed, stats.written, stats.dropped), (1, 2, 0));
}

#[test]
fn any_capacity_is_one_that_can_be_had() {
    let sink = |_: &[EventRecord]| Ok::<_, std::io::Error>(());
    for capacity in [0, usize::MAX] {
        assert!(Background::builder().capacity(capacity).build(sink).is_ok());
    }
}

/// The tracker is called where the event happens: one that blocks makes the caller wait.
#[test]
fn a_tracker_that_blocks_is_waited_for() {
    let (go, wait) = std::sync::mpsc::sync_channel::<()>(0);
    let wait = std::sync::Mutex::new(wait);
    let config = Config::builder()
        .tracker(move |_: &Event<'_>| wait.lock().unwrap().recv().unwrap())
        .build()
        .unwrap();
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            config.experiment("pill", context! {}).track("swallowed");
            done.send(()).unwrap();
        });
        assert!(ended.try_recv().is_err());
        go.send(()).unwrap();
        ended.recv().unwrap();
    });
}

#[test]
fn lists_and_maps_as_keys_keep_contexts_apart() {
    let keyed = |key: Value<'static>| Value::map([(key, 1)]);
    let keys = [
        Value::list([Value::symbol("a, b")]),
        Value::list([Value::symbol("a"), Value::symbol("b")]),
        Value::list([1]),
        Value::from("[1]"),
        Value::map([("a", 1)]),
        Value::from("{\"a\": 1}"),
    ];
    let distinct: std::collections::HashSet<_> = keys
        .iter()
        .map(|key| {
            Config::default()
                .experiment("pill", context! { v: keyed(key.clone()) })
                .key()
                .clone()
        })
        .collect();
    assert_eq!(distinct.len(), keys.len());
    let both = Value::map([(keys[0].clone(), 1), (keys[1].clone(), 2)]);
    assert_ne!(both, Value::map([(keys[0].clone(), 2)]));
}

#[test]
fn a_uuid_to_stick_to_is_the_text_that_ruby_has() {
    let id = uuid::Uuid::from_u128(7);
    let config = Config::builder()
        .key_scheme(GitlabV2::new())
        .build()
        .unwrap();
    let key = |value: Value<'static>| {
        let exp = config.experiment("pill", context! {}).sticky_to(value);
        exp.key().clone()
    };
    assert_eq!(key(id.into()), key(id.to_string().into()));
}

#[test]
fn trackers_and_key_schemes_that_never_end_do_end() {
    let config = Config::builder()
        .tracker(|_: &Event<'_>| {
            let inner = variate::experiment("send", context! {});
            inner.use_(|| 1).try_(|| 2).run();
        })
        .build()
        .unwrap();
    variate::with_config(&config, || {
        let exp = variate::experiment("pill", context! {});
        assert!((1..=2).contains(&exp.use_(|| 1).try_(|| 2).run()));
    });
    assert_eq!(config.diagnostics().tracker_panics, 1);
    let config = Config::builder()
        .key_scheme(|_: &variate::KeySource<'_>| {
            variate::experiment("other", context! {}).key().clone()
        })
        .build()
        .unwrap();
    variate::with_config(&config, || {
        let exp = variate::experiment("pill", context! {});
        assert_eq!(exp.key().as_bytes().len(), 16);
    });
    assert_eq!(config.diagnostics().key_scheme_panics, 1);
}
