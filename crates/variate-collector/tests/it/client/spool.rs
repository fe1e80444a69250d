//! What could not be sent waits on disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use variate::{Background, Sink, Tracker as _};
use variate_collector::{HttpSink, HttpSinkBuilder, SpoolError};

use super::{HttpSinkError, TestTiming, records};
use crate::client::server::{Answer, Server};

/// A collector that may be away.
struct Collector {
    server: Server,
    is_there: Arc<AtomicBool>,
    spool: TempDir,
    timing: TestTiming,
}

impl Collector {
    fn new(is_there: bool) -> Self {
        let is_there = Arc::new(AtomicBool::new(is_there));
        let there = Arc::clone(&is_there);
        Self {
            server: Server::start(move |request| {
                if there.load(Ordering::SeqCst) {
                    Answer::counted(request)
                } else {
                    Answer::status(503)
                }
            }),
            is_there,
            spool: tempfile::tempdir().unwrap(),
            timing: TestTiming::new(),
        }
    }

    fn builder(&self, most_bytes: u64) -> HttpSinkBuilder {
        HttpSink::builder(&self.server.url)
            .timing(self.timing.clone())
            .retry_for(Duration::ZERO)
            .spool(self.spool.path(), most_bytes)
    }

    fn sink(&self) -> HttpSink {
        self.builder(1 << 20).build().unwrap()
    }

    fn come_back(&self) {
        self.is_there.store(true, Ordering::SeqCst);
        self.timing.pass(Duration::from_mins(1));
    }

    /// The actions of every request, in order.
    fn sent(&self) -> Vec<String> {
        let requests = self.server.requests();
        requests.iter().map(|of| of.actions().concat()).collect()
    }

    fn files(&self, extension: &str) -> Vec<std::path::PathBuf> {
        let files = std::fs::read_dir(self.spool.path()).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|of| of == extension));
        files.sort();
        files
    }
}

fn size(file: &Path) -> u64 {
    file.metadata().unwrap().len()
}

#[test]
fn events_that_cannot_be_counted_keep_no_others_in_the_spool() {
    let is_there = Arc::new(AtomicBool::new(false));
    let there = Arc::clone(&is_there);
    let server = Server::start(move |request| {
        if !there.load(Ordering::SeqCst) {
            return Answer::status(503);
        }
        Answer::outcomes(request.actions().iter().map(|action| {
            let outcome = if *action == "damaged" {
                "unavailable"
            } else {
                "counted"
            };
            serde_json::json!({ "outcome": outcome })
        }))
    });
    let (spool, timing) = (tempfile::tempdir().unwrap(), TestTiming::new());
    let builder = HttpSink::builder(&server.url).timing(timing.clone());
    let builder = builder.retry_for(Duration::ZERO);
    let mut sink = builder.spool(spool.path(), 1 << 20).build().unwrap();
    sink.write(&records(&["a", "damaged", "b"])).unwrap();
    is_there.store(true, Ordering::SeqCst);
    timing.pass(Duration::from_mins(1));
    sink.write(&records(&["c"])).unwrap();
    let stats = sink.handle().stats();
    assert_eq!((stats.counted, stats.unavailable), (3, 1));
    assert_eq!(stats.spool_bytes, 0);
}

#[test]
fn what_is_spooled_is_sent_first_once_the_collector_is_back() {
    let collector = Collector::new(false);
    let mut sink = collector.sink();
    for action in ["a", "b", "c"] {
        sink.write(&records(&[action])).unwrap();
    }
    // Only the first one tried: it is too early for another attempt.
    assert_eq!(collector.sent(), ["a"]);
    assert_eq!(collector.files("batch").len(), 3);
    assert_eq!(sink.handle().stats().spooled, 3);
    assert!(sink.handle().stats().spool_bytes > 0);
    collector.come_back();
    sink.write(&records(&["d", "e"])).unwrap();
    assert_eq!(collector.sent(), ["a", "a", "b", "c", "de"]);
    let stats = sink.handle().stats();
    assert_eq!((stats.counted, stats.spool_bytes), (5, 0));
    assert_eq!(collector.files("batch").len(), 0);
    // Nothing goes over the disk any more.
    sink.write(&records(&["f"])).unwrap();
    assert_eq!(sink.handle().stats().spooled, 5);
}

#[test]
fn what_is_spooled_survives_a_restart() {
    let collector = Collector::new(false);
    let events = records(&["a"]);
    collector.sink().write(&events).unwrap();
    let mut sink = collector.sink();
    assert!(!sink.send_spooled());
    collector.come_back();
    assert!(sink.send_spooled());
    let requests = collector.server.requests();
    assert_eq!(collector.sent(), ["a", "a", "a"]);
    assert_eq!(
        requests[2].events,
        [serde_json::to_value(&events[0]).unwrap()]
    );
    assert!(collector.files("batch").is_empty());
}

#[test]
fn a_short_failure_is_over_before_the_sink_goes_on() {
    let collector = Collector::new(true);
    let server = Server::start(super::failing(&[503, 503]));
    let builder = HttpSink::builder(&server.url).timing(collector.timing.clone());
    let builder = builder.spool(collector.spool.path(), 1 << 20);
    let mut sink = builder.build().unwrap();
    sink.write(&records(&["a"])).unwrap();
    assert_eq!(server.requests().len(), 3);
    assert_eq!(collector.timing.waits().len(), 2);
    assert!(collector.files("batch").is_empty());
}

#[test]
fn a_long_failure_is_not_waited_for_again_with_each_batch() {
    let collector = Collector::new(false);
    let builder = collector.builder(1 << 20).retry_for(Duration::from_secs(5));
    let mut sink = builder.build().unwrap();
    sink.write(&records(&["a"])).unwrap();
    let waits = collector.timing.waits().len();
    assert!(waits > 2);
    sink.write(&records(&["b"])).unwrap();
    assert_eq!(collector.timing.waits().len(), waits);
}

/// A flush waits behind the batch before it, which is on disk.
#[test]
fn what_is_in_the_spool_is_not_waited_for_long() {
    let collector = Collector::new(false);
    let builder = HttpSink::builder(&collector.server.url).timing(collector.timing.clone());
    let builder = builder.spool(collector.spool.path(), 1 << 20);
    let mut sink = builder.build().unwrap();
    sink.write(&records(&["a"])).unwrap();
    sink.flush().unwrap();
    assert_eq!(collector.files("batch").len(), 1);
    let waited: Duration = collector.timing.waits().iter().sum();
    assert!(waited <= Duration::from_secs(2), "{waited:?}");
}

#[test]
fn a_full_spool_drops_its_oldest_batches_and_counts_their_events() {
    let collector = Collector::new(false);
    collector.sink().write(&records(&["a", "a"])).unwrap();
    let one = size(&collector.files("batch")[0]);
    let mut sink = collector.builder(3 * one).build().unwrap();
    for action in ["b", "c", "d"] {
        sink.write(&records(&[action, action])).unwrap();
    }
    let stats = sink.handle().stats();
    assert_eq!((stats.spool_dropped, stats.spool_bytes), (2, 3 * one));
    collector.come_back();
    assert!(sink.send_spooled());
    assert_eq!(collector.sent()[2..], ["bb", "cc", "dd"]);
    // One that has no room even alone is lost, and the tracker is told.
    drop(sink);
    let collector = Collector::new(false);
    let mut sink = collector.builder(one - 1).build().unwrap();
    let error = sink.write(&records(&["a", "a"])).unwrap_err().to_string();
    assert!(error.contains("neither be sent nor spooled"), "{error}");
}

#[test]
fn torn_and_corrupt_files_are_set_aside_and_the_others_sent() {
    type Harm = fn(&[u8]) -> Vec<u8>;
    let harms: [Harm; 6] = [
        |_| Vec::new(),
        |whole| whole[..whole.len() / 2].to_vec(),
        |whole| whole[..whole.len() - 1].to_vec(),
        |whole| [whole, b"{}\n"].concat(),
        |whole| {
            let mut flipped = whole.to_vec();
            flipped[whole.len() / 2] ^= 1;
            flipped
        },
        |whole| whole.iter().map(|_| 0xFF).collect(),
    ];
    for (index, harm) in harms.into_iter().enumerate() {
        let collector = Collector::new(false);
        let mut sink = collector.sink();
        for action in ["a", "b", "c"] {
            sink.write(&records(&[action])).unwrap();
        }
        drop(sink);
        let file = &collector.files("batch")[1];
        std::fs::write(file, harm(&std::fs::read(file).unwrap())).unwrap();
        std::fs::write(collector.spool.path().join("9.unfinished"), "{").unwrap();
        collector.come_back();
        let mut sink = collector.sink();
        assert!(sink.send_spooled());
        assert_eq!(collector.sent()[1..], ["a", "c"], "harm {index}");
        assert_eq!(sink.handle().stats().set_aside, 1);
        assert_eq!(collector.files("set-aside").len(), 1);
        assert!(collector.files("unfinished").is_empty());
    }
}

#[test]
fn a_file_of_somebody_else_holds_nothing_up() {
    let collector = Collector::new(false);
    let mut sink = collector.sink();
    for action in ["a", "b"] {
        sink.write(&records(&[action])).unwrap();
    }
    drop(sink);
    let stray = collector.spool.path().join("99999999.batch");
    std::fs::write(&stray, "variate-spool 1 0 0 0\n").unwrap();
    let mut sink = collector.sink();
    assert_eq!(sink.handle().stats().set_aside, 1);
    assert!(!stray.exists() && stray.with_extension("set-aside").exists());
    collector.come_back();
    sink.write(&records(&["c"])).unwrap();
    assert_eq!(collector.sent()[1..], ["a", "b", "c"]);
    assert_eq!(collector.files("batch").len(), 0);
}

#[test]
fn a_flush_sends_all_that_can_be_sent() {
    let collector = Collector::new(false);
    let mut sink = collector.sink();
    for _ in 0..20 {
        sink.write(&records(&["a"])).unwrap();
    }
    drop(sink);
    // On disk is enough while the collector is away.
    let tracker = Background::new(collector.sink()).unwrap();
    assert!(tracker.flush(Duration::from_mins(1)));
    assert_eq!(collector.files("batch").len(), 20);
    drop(tracker);
    collector.come_back();
    let tracker = Background::new(collector.sink()).unwrap();
    assert!(tracker.flush(Duration::from_mins(1)));
    assert_eq!(collector.files("batch").len(), 0);
}

#[test]
fn a_spool_of_a_later_version_is_not_sent() {
    let collector = Collector::new(true);
    let file = collector.spool.path().join("00000000000000000000.batch");
    std::fs::write(file, "variate-spool 2 0 0 0\n").unwrap();
    assert!(collector.sink().send_spooled());
    assert_eq!(collector.files("set-aside").len(), 1);
    assert!(collector.sent().is_empty());
}

#[test]
fn a_batch_that_no_collector_takes_does_not_hold_up_the_others() {
    let collector = Collector::new(false);
    let mut sink = collector.sink();
    sink.write(&records(&["bad"])).unwrap();
    sink.write(&records(&["good"])).unwrap();
    drop(sink);
    let server = Server::start(|request| match request.actions()[..] {
        ["bad"] => Answer::status(400),
        _ => Answer::counted(request),
    });
    let builder = HttpSink::builder(&server.url).spool(collector.spool.path(), 1 << 20);
    let mut sink = builder.build().unwrap();
    assert!(sink.send_spooled());
    assert_eq!(
        (
            sink.handle().stats().counted,
            sink.handle().stats().set_aside
        ),
        (1, 1)
    );
}

#[test]
fn who_is_not_let_in_keeps_the_events() {
    let collector = Collector::new(true);
    let server = Server::start(super::failing(&[403, 403]));
    let builder = HttpSink::builder(&server.url).timing(collector.timing.clone());
    let builder = builder.spool(collector.spool.path(), 1 << 20);
    let mut sink = builder.build().unwrap();
    sink.write(&records(&["a"])).unwrap();
    assert_eq!(collector.files("batch").len(), 1);
    collector.timing.pass(Duration::from_mins(1));
    assert!(!sink.send_spooled());
    collector.timing.pass(Duration::from_mins(1));
    assert!(sink.send_spooled());
}

#[test]
fn a_directory_is_for_one_sink_at_a_time() {
    let collector = Collector::new(true);
    let sink = collector.sink();
    let second = collector.builder(1).build();
    assert!(matches!(
        second,
        Err(HttpSinkError::Spool(SpoolError::InUse { .. }))
    ));
    drop(sink);
    drop(collector.sink());
    let file = collector.spool.path().join("file");
    std::fs::write(&file, "").unwrap();
    let made = HttpSink::builder("http://collector").spool(file, 1).build();
    assert!(matches!(
        made,
        Err(HttpSinkError::Spool(SpoolError::Io { .. }))
    ));
}
