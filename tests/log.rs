//! The default tracker, read by a subscriber.
//!
//! In a binary of its own: whether `tracing` wants an event is decided once for all threads, so
//! that the subscriber of one test could hide the events of another.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};
use variate::{Action, Config, GitlabV0, LogTracker, context};

type Fields = BTreeMap<String, String>;

/// Keeps level, target and fields of every event.
#[derive(Clone)]
struct Capture {
    least: Level,
    events: Arc<Mutex<Vec<(Level, String, Fields)>>>,
}

struct Read<'f>(&'f mut Fields);

impl Visit for Read<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.least
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields::new();
        event.record(&mut Read(&mut fields));
        let metadata = event.metadata();
        let event = (*metadata.level(), metadata.target().to_owned(), fields);
        self.events.lock().unwrap().push(event);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn captured(least: Level, scope: impl FnOnce()) -> Vec<(Level, String, Fields)> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = Capture {
        least,
        events: Arc::default(),
    };
    let events = Arc::clone(&capture.events);
    tracing::subscriber::with_default(capture, scope);
    let events = events.lock().unwrap();
    events.clone()
}

fn config() -> Config {
    Config::builder()
        .key_scheme(GitlabV0)
        .tracker(LogTracker::new())
        .build()
        .unwrap()
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn each_event_is_one_readable_line_with_fields() {
    let config = config();
    let events = captured(Level::INFO, || {
        let exp = config
            .experiment("pill", context! { user_id: 1 })
            .with_variant("candidate");
        exp.use_(|| ()).try_(|| ()).run();
        exp.track(Action::new("bought").value(9.5).property("currency", "EUR"));
    });
    assert_eq!(events.len(), 2);
    for (level, target, _) in &events {
        assert_eq!((*level, target.as_str()), (Level::INFO, "variate"));
    }
    let common = [
        ("experiment", "pill"),
        ("variant", "candidate"),
        ("key", "ea1b60988e3a9b544d5dfb52387ef3bc"),
        ("reason", "pinned"),
    ];
    let exposure = [
        ("message", "pill: assignment by candidate"),
        ("action", "assignment"),
    ];
    assert_eq!(events[0].2, fields(&[&common[..], &exposure].concat()));
    let bought = [
        ("message", "pill: bought by candidate"),
        ("action", "bought"),
        ("value", "9.5"),
        ("properties", r#"{"currency": "EUR"}"#),
    ];
    assert_eq!(events[1].2, fields(&[&common[..], &bought].concat()));
}

#[test]
fn who_listens_to_warnings_alone_hears_of_no_events() {
    let config = config();
    let events = captured(Level::WARN, || {
        config.experiment("pill", context! {}).track("x");
    });
    assert_eq!(events, []);
}

#[test]
fn what_was_survived_is_told_as_a_warning() {
    let config = Config::builder()
        .resolver(|_: &variate::Unit<'_>| Err::<&str, _>("no flag server"))
        .build()
        .unwrap();
    let events = captured(Level::WARN, || {
        config
            .experiment("pill", context! {})
            .use_(|| ())
            .try_(|| ())
            .run();
    });
    assert_eq!(events.len(), 1);
    let (level, target, told) = &events[0];
    assert_eq!((*level, target.as_str()), (Level::WARN, "variate"));
    assert_eq!(
        (told["experiment"].as_str(), told["error"].as_str()),
        ("pill", "no flag server")
    );
    assert_eq!(told["message"], "the resolver failed: the control runs");
}

/// A subscriber that is broken.
struct Broken;

impl Subscriber for Broken {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        panic!("no log")
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn a_subscriber_that_panics_breaks_no_request() {
    let config = Config::builder()
        .resolver(|_: &variate::Unit<'_>| Err::<&str, _>("down"))
        .build()
        .unwrap();
    tracing::subscriber::with_default(Broken, || {
        let exp = config.experiment("pill", context! {});
        exp.track("early");
        assert_eq!(exp.use_(|| 1).try_(|| 2).run(), 1);
        assert_eq!(
            exp.use_(|| 1)
                .variant("", || 2)
                .variant("control", || 3)
                .run(),
            3
        );
    });
    assert_eq!(config.diagnostics().tracker_panics, 1);
}
