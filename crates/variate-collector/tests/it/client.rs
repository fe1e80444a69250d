//! Batches of events, posted to a collector that is not always there.

#[cfg(feature = "http")]
mod both_ends;
mod server;
mod spool;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use variate::{Config, EventRecord, MemoryTracker, Sink, context};
use variate_collector::{HttpSink, HttpSinkError, Timing};

use self::server::{Answer, Request, Server};

/// Time goes on when somebody waits.
#[derive(Clone)]
struct TestTiming {
    start: Instant,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl TestTiming {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            waits: Arc::default(),
        }
    }

    fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    /// Time goes on all the same.
    fn pass(&self, duration: Duration) {
        self.waits.lock().unwrap().push(duration);
    }
}

impl Timing for TestTiming {
    fn now(&self) -> Instant {
        self.start + self.waits.lock().unwrap().iter().sum::<Duration>()
    }

    fn date(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn wait(&self, duration: Duration) {
        self.pass(duration);
    }
}

/// One event for each action.
fn records(actions: &[&'static str]) -> Vec<EventRecord> {
    let tracker = MemoryTracker::new();
    let config = Config::builder().tracker(tracker.clone()).build().unwrap();
    let exp = config.experiment("pill_color", context! { user_id: 42 });
    for action in actions {
        exp.track(*action);
    }
    tracker.take()
}

/// Answers with these statuses in turn, then counts.
fn failing(statuses: &'static [u16]) -> impl Fn(&Request) -> Answer + Send + 'static {
    let left = Mutex::new(statuses.iter());
    move |request| match left.lock().unwrap().next() {
        Some(status) => Answer::status(*status),
        None => Answer::counted(request),
    }
}

#[test]
fn a_batch_is_posted_with_namespace_and_key_and_its_outcomes_are_counted() {
    for gzip in [false, true] {
        let server = Server::start(|_| {
            let outcomes = [
                "counted",
                "counted",
                "duplicate",
                "archived",
                "refused",
                "unavailable",
            ];
            Answer::outcomes(outcomes.iter().map(|of| json!({ "outcome": of })))
        });
        let mut sink = HttpSink::builder(format!("{}/prod/", server.url))
            .namespace("shop")
            .api_key("s3cret")
            .gzip(gzip)
            .build()
            .unwrap();
        let records = records(&["a", "b", "c", "d", "e", "f"]);
        sink.write(&records).unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].line, "POST /prod/v1/events HTTP/1.1");
        assert_eq!(requests[0].header("x-api-key"), Some("s3cret"));
        assert_eq!(requests[0].header("content-type"), Some("application/json"));
        assert_eq!(requests[0].header("content-encoding").is_some(), gzip);
        for (record, event) in records.iter().zip(&requests[0].events) {
            let mut wanted = serde_json::to_value(record).unwrap();
            wanted["namespace"] = json!("shop");
            assert_eq!(*event, wanted);
        }
        let stats = sink.handle().stats();
        assert_eq!((stats.counted, stats.duplicates, stats.archived), (2, 1, 1));
        assert_eq!((stats.refused, stats.unavailable, stats.retries), (1, 1, 0));
        assert!(sink.flush().is_err(), "one is lost");
        assert!(sink.flush().is_ok(), "none since");
        assert!(!format!("{sink:?}").contains("s3cret"));
    }
}

#[test]
fn a_collector_that_takes_this_client_for_a_bot_is_not_asked_again() {
    let server = Server::start(|_| Answer {
        body: "null".to_owned(),
        ..Answer::status(200)
    });
    let mut sink = HttpSink::builder(&server.url).build().unwrap();
    sink.write(&records(&["a", "b"])).unwrap();
    assert_eq!(server.requests().len(), 1);
    let stats = sink.handle().stats();
    assert_eq!((stats.as_bot, stats.counted, stats.retries), (2, 0, 0));
}

#[test]
fn without_a_namespace_none_is_sent() {
    let server = Server::start(Answer::counted);
    let mut sink = HttpSink::builder(&server.url).build().unwrap();
    sink.write(&records(&["a"])).unwrap();
    assert_eq!(server.requests()[0].events[0]["namespace"], Value::Null);
    assert_eq!(server.requests()[0].header("x-api-key"), None);
}

#[test]
fn what_fails_for_now_is_sent_again_after_growing_waits() {
    let server = Server::start(failing(&[500, 503, 429, 408]));
    let timing = TestTiming::new();
    let builder = HttpSink::builder(&server.url).timing(timing.clone());
    let mut sink = builder.build().unwrap();
    sink.write(&records(&["a"])).unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 5);
    assert!(requests.iter().all(|of| of.events == requests[0].events));
    let waits = timing.waits();
    assert_eq!(waits.len(), 4);
    for (wait, full) in waits.iter().zip([200, 400, 800, 1600]) {
        let full = Duration::from_millis(full);
        assert!(full / 2 <= *wait && *wait <= full, "{waits:?}");
    }
    assert_eq!(sink.handle().stats().retries, 4);
}

#[test]
fn a_collector_that_asks_for_a_pause_gets_it_unless_it_is_too_long() {
    let server = Server::start(|request| match request.actions()[..] {
        ["short"] if request.events.len() == 1 => Answer::status(503).header("retry-after", "7"),
        _ => Answer::status(429).header("retry-after", "31"),
    });
    let timing = TestTiming::new();
    let builder = HttpSink::builder(&server.url).timing(timing.clone());
    let mut sink = builder.build().unwrap();
    let error = sink.write(&records(&["short"])).unwrap_err().to_string();
    assert_eq!(timing.waits(), [Duration::from_secs(7); 4]);
    assert!(error.contains("in 5 attempts: 503"), "{error}");
    sink.write(&records(&["long"])).unwrap_err();
    assert_eq!(timing.waits().len(), 4, "31 s are more than it tries");
}

#[test]
fn an_answer_that_is_none_of_a_collector_acknowledges_nothing() {
    for body in [
        "<html>welcome to the hotel</html>",
        r#"{"events":[]}"#,
        r#"{"events":[{"outcome":"perhaps"}]}"#,
    ] {
        let server = Server::start(move |_| Answer {
            body: body.to_owned(),
            ..Answer::status(200)
        });
        let builder = HttpSink::builder(&server.url).retry_for(Duration::ZERO);
        let mut sink = builder.build().unwrap();
        assert!(sink.write(&records(&["a"])).is_err(), "{body}");
        assert_eq!(sink.handle().stats().counted, 0);
    }
}

#[test]
fn what_no_attempt_would_mend_is_tried_once() {
    for status in [400, 401, 403, 404, 307, 308] {
        let server = Server::start(move |_| {
            Answer::status(status).header("location", "http://127.0.0.1:1/v1/events")
        });
        let timing = TestTiming::new();
        let builder = HttpSink::builder(&server.url).timing(timing.clone());
        let error = builder.build().unwrap().write(&records(&["a"]));
        let error = error.unwrap_err().to_string();
        assert!(error.contains(&status.to_string()), "{error}");
        assert_eq!((server.requests().len(), timing.waits().len()), (1, 0));
    }
}

#[test]
fn a_batch_that_is_too_large_is_divided_and_an_event_that_is_too_large_is_refused() {
    let server = Server::start(|request| match request.actions()[..] {
        ["a" | "c" | "d"] | ["c", "d"] => Answer::counted(request),
        _ => Answer::status(413),
    });
    let mut sink = HttpSink::builder(&server.url).build().unwrap();
    sink.write(&records(&["a", "b", "c", "d"])).unwrap();
    let stats = sink.handle().stats();
    assert_eq!((stats.counted, stats.refused), (3, 1));
}

#[test]
fn an_address_that_cannot_be_posted_to_is_told_when_the_sink_is_made() {
    for address in [
        "",
        "collector",
        "/v1/events",
        "ftp://collector",
        "http://",
        "http://collector?key=1",
        "http://col lector",
    ] {
        let made = HttpSink::builder(address).build();
        assert!(
            matches!(made, Err(HttpSinkError::Address { .. })),
            "{address}"
        );
    }
    let made = HttpSink::builder("https://collector").build();
    assert_eq!(made.is_ok(), cfg!(feature = "client-tls"));
    let key = HttpSink::builder("http://collector")
        .api_key("a\nb")
        .build();
    assert!(matches!(key, Err(HttpSinkError::ApiKey)));
}
