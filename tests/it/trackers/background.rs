//! The tracker with a thread of its own. Channels say when what happened: nothing here waits for time to pass.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::time::{Duration, Instant};

use variate::{
    Background, BackgroundBuilder, BackgroundHandle, Config, EventRecord, Sink, SinkError, context,
};

/// Longer than any test takes; what waits this long hangs.
const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(20);

type Batch = Vec<String>;

/// A sink that reports each batch when it comes, then waits until it may go on.
struct Gate {
    come: Receiver<Batch>,
    go: Sender<()>,
}

fn actions(batch: &[EventRecord]) -> Batch {
    batch.iter().map(|event| event.action.clone()).collect()
}

fn gated(builder: BackgroundBuilder) -> (Config, BackgroundHandle, Gate) {
    let (report, come) = mpsc::channel();
    let (go, wait) = mpsc::channel();
    let tracker = builder
        .build(move |batch: &[EventRecord]| {
            report.send(actions(batch))?;
            // The end of the channel is a go, too.
            let _ = wait.recv();
            Ok::<_, mpsc::SendError<Batch>>(())
        })
        .unwrap();
    let handle = tracker.handle();
    (
        Config::builder().tracker(tracker).build().unwrap(),
        handle,
        Gate { come, go },
    )
}

/// A sink that takes everything at once.
fn open(builder: BackgroundBuilder) -> (Config, BackgroundHandle, Receiver<Batch>) {
    let (report, come) = mpsc::channel();
    let tracker = builder
        .build(move |batch: &[EventRecord]| report.send(actions(batch)))
        .unwrap();
    let handle = tracker.handle();
    (
        Config::builder().tracker(tracker).build().unwrap(),
        handle,
        come,
    )
}

fn builder() -> BackgroundBuilder {
    Background::builder().linger(LONG).shutdown_timeout(LONG)
}

fn track(config: &Config, actions: std::ops::Range<u32>) {
    let exp = config.experiment("pill", context! { user_id: 1 });
    actions.for_each(|n| exp.track(n.to_string()));
}

fn names(range: std::ops::Range<u32>) -> Batch {
    range.map(|n| n.to_string()).collect()
}

#[test]
fn what_does_not_fit_is_dropped_and_counted_and_the_caller_goes_on() {
    let (config, handle, gate) = gated(builder().capacity(10).batch(1));
    track(&config, 0..1);
    assert_eq!(gate.come.recv_timeout(LONG).unwrap(), ["0"]);
    // The sink is at work: ten more fit, and three do not.
    track(&config, 1..14);
    let stats = handle.stats();
    assert_eq!((stats.accepted, stats.dropped, stats.written), (11, 3, 0));
    drop(gate.go);
    // Not everything is where it should be, which is told once.
    assert!(!config.flush(LONG));
    assert!(config.flush(LONG));
    let written: Vec<_> = gate.come.try_iter().flatten().collect();
    assert_eq!(written, names(1..11));
    let stats = handle.stats();
    assert_eq!(
        (stats.accepted, stats.dropped, stats.written, stats.failed),
        (11, 3, 11, 0)
    );
}

#[test]
fn below_its_capacity_nothing_is_lost() {
    const THREADS: u32 = 4;
    const EVENTS: u32 = 500;
    let (config, handle, come) = open(builder().capacity((THREADS * EVENTS) as usize).batch(7));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let config = &config;
            scope.spawn(move || track(config, thread * EVENTS..(thread + 1) * EVENTS));
        }
    });
    assert!(config.flush(LONG));
    let mut written: Vec<u32> = come
        .try_iter()
        .flatten()
        .map(|n| n.parse().unwrap())
        .collect();
    written.sort_unstable();
    assert!(written.into_iter().eq(0..THREADS * EVENTS));
    assert_eq!(handle.stats().dropped, 0);
}

#[test]
fn batches_are_full_or_flushed() {
    let (config, _, gate) = gated(builder().batch(4));
    track(&config, 0..10);
    assert_eq!(gate.come.recv_timeout(LONG).unwrap(), names(0..4));
    gate.go.send(()).unwrap();
    assert_eq!(gate.come.recv_timeout(LONG).unwrap(), names(4..8));
    drop(gate.go);
    // The last two linger until somebody asks for them.
    assert!(config.flush(LONG));
    assert_eq!(gate.come.try_recv().unwrap(), names(8..10));
}

#[test]
fn a_batch_goes_out_when_it_lingered_long_enough() {
    let (config, _, come) = open(builder().linger(Duration::ZERO));
    track(&config, 0..1);
    assert_eq!(come.recv_timeout(LONG).unwrap(), ["0"]);
}

#[test]
fn a_flush_returns_when_everything_before_it_is_written() {
    let (config, handle, gate) = gated(builder());
    track(&config, 0..3);
    std::thread::scope(|scope| {
        let flushed = scope.spawn(|| config.flush(LONG));
        assert_eq!(gate.come.recv_timeout(LONG).unwrap(), names(0..3));
        assert!(!flushed.is_finished());
        gate.go.send(()).unwrap();
        assert!(flushed.join().unwrap());
    });
    assert_eq!(handle.stats().written, 3);
    // Without anything to write it is done at once.
    assert!(config.flush(LONG));
}

#[test]
fn many_may_flush_at_once() {
    let (config, handle, _come) = open(builder().capacity(2));
    std::thread::scope(|scope| {
        let threads = [(); 8].map(|()| {
            scope.spawn(|| {
                track(&config, 0..1);
                config.flush(LONG)
            })
        });
        let answers = threads.into_iter().map(|thread| thread.join().unwrap());
        // Each dropped event is told by one of them at the most.
        let failed = answers.filter(|is_all| !is_all).count();
        assert!(failed as u64 <= handle.stats().dropped);
    });
}

#[test]
fn dropping_the_tracker_writes_what_is_queued() {
    let (config, handle, come) = open(builder().batch(4));
    track(&config, 0..10);
    drop(config);
    let batches: Vec<_> = come.try_iter().collect();
    assert_eq!(batches.concat(), names(0..10));
    assert_eq!(handle.stats().written, 10);
}

#[test]
fn a_sink_that_fails_or_panics_loses_its_batch_and_no_other() {
    let (done, come) = mpsc::channel();
    let tracker = builder()
        .batch(2)
        .build(move |batch: &[EventRecord]| {
            done.send(actions(batch)).unwrap();
            match batch[0].action.as_str() {
                "0" => Err("no network"),
                "2" => panic!("broken"),
                _ => Ok(()),
            }
        })
        .unwrap();
    let handle = tracker.handle();
    let config = Config::builder().tracker(tracker).build().unwrap();
    track(&config, 0..6);
    let batches = [(); 3].map(|()| come.recv_timeout(LONG).unwrap());
    assert_eq!(batches, [names(0..2), names(2..4), names(4..6)]);
    drop(config);
    let stats = handle.stats();
    assert_eq!((stats.accepted, stats.failed, stats.written), (6, 4, 2));
}

/// What the sink lost is not where it should be.
#[test]
fn a_flush_says_so_when_its_batch_is_lost() {
    let tracker = builder()
        .build(|_: &[EventRecord]| Err("no network"))
        .unwrap();
    let config = Config::builder().tracker(tracker).build().unwrap();
    track(&config, 0..1);
    assert!(!config.flush(LONG));
    // That batch is gone, and nothing has come since.
    assert!(config.flush(LONG));
}

/// A sink that hangs in its first batch until its channel ends.
fn hanging(builder: BackgroundBuilder) -> (Background, Receiver<()>, SyncSender<()>) {
    let (report, come) = mpsc::channel();
    let (go, wait) = mpsc::sync_channel::<()>(0);
    let tracker = builder
        .build(move |_: &[EventRecord]| {
            report.send(())?;
            let _ = wait.recv();
            Ok::<_, mpsc::SendError<()>>(())
        })
        .unwrap();
    (tracker, come, go)
}

#[test]
fn a_sink_that_hangs_holds_up_neither_flush_nor_drop() {
    let (tracker, come, go) = hanging(builder().capacity(1).batch(1).shutdown_timeout(SHORT));
    let config = Config::builder().tracker(tracker).build().unwrap();
    track(&config, 0..1);
    come.recv_timeout(LONG).unwrap();
    let start = Instant::now();
    // Once with room in the queue for the request, once without.
    assert!(!config.flush(SHORT));
    assert!(!config.flush(SHORT));
    drop(config);
    let took = start.elapsed();
    assert!(took >= SHORT * 3 && took < LONG, "{took:?}");
    drop(go);
}

#[test]
fn the_default_knobs_work() {
    let (report, come) = mpsc::channel();
    let tracker =
        Background::new(move |batch: &[EventRecord]| report.send(actions(batch))).unwrap();
    let shared = Arc::new(Config::builder().tracker(tracker).build().unwrap());
    track(&shared, 0..3);
    assert!(shared.flush(LONG));
    assert_eq!(come.try_iter().flatten().collect::<Vec<_>>(), names(0..3));
}

#[test]
fn capacity_and_batch_are_at_least_one() {
    let (config, handle, come) = open(builder().capacity(0).batch(0));
    track(&config, 0..1);
    assert_eq!(come.recv_timeout(LONG).unwrap(), ["0"]);
    assert_eq!(handle.stats().accepted, 1);
}

#[test]
fn a_sink_hears_of_what_never_came_to_it() {
    struct Hears(Sender<u64>, Sender<()>, Receiver<()>);
    impl Sink for Hears {
        fn write(&mut self, _: &[EventRecord]) -> Result<(), SinkError> {
            self.1.send(())?;
            Ok(self.2.recv()?)
        }
        fn dropped(&mut self, events: u64) -> Result<(), SinkError> {
            Ok(self.0.send(events)?)
        }
    }
    let (tell, told) = mpsc::channel();
    let (begin, at_work) = mpsc::channel();
    let (go, may_go) = mpsc::channel();
    let tracker = builder().capacity(1).batch(1);
    let tracker = tracker.build(Hears(tell, begin, may_go)).unwrap();
    let config = Config::builder().tracker(tracker).build().unwrap();
    track(&config, 0..1);
    at_work.recv_timeout(LONG).unwrap();
    // One waits, and three do not fit.
    track(&config, 1..5);
    go.send(()).unwrap();
    at_work.recv_timeout(LONG).unwrap();
    track(&config, 5..8);
    drop(go);
    assert!(!config.flush(LONG));
    assert_eq!(told.try_iter().sum::<u64>(), 5);
    drop(config);
    assert_eq!(told.try_iter().sum::<u64>(), 0);
}
