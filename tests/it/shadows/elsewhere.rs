//! Candidates off the caller's thread.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use variate::shadow::{Job, Order, ShadowThread, Spawner, Verdict};
use variate::{Config, MemoryTracker, context, experiment, with_config};

use super::{Time, candidates, json};

/// Keeps jobs until a test runs them.
#[derive(Default)]
struct ByHand(Mutex<Vec<Job>>);

impl Spawner for ByHand {
    fn spawn(&self, job: Job) -> bool {
        self.0.lock().unwrap().push(job);
        true
    }
}

impl ByHand {
    fn run_all(&self) -> usize {
        let jobs = std::mem::take(&mut *self.0.lock().unwrap());
        let count = jobs.len();
        for job in jobs {
            job();
        }
        count
    }
}

struct Full;

impl Spawner for Full {
    fn spawn(&self, _: Job) -> bool {
        false
    }
}

fn log() -> (Arc<Mutex<Vec<&'static str>>>, impl Fn(&'static str) + Clone) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&log);
    (log, move |word| kept.lock().unwrap().push(word))
}

#[test]
fn the_caller_has_the_control_s_value_before_any_candidate_runs() {
    let (config, tracker) = candidates();
    let jobs = ByHand::default();
    let (log, say) = log();
    let [first, second, third] = [say.clone(), say.clone(), say];
    let value = config
        .experiment("pill", context! { user_id: 1 })
        .use_(move || {
            first("control");
            vec![1]
        })
        .try_(move || {
            second("candidate");
            vec![2]
        })
        .shadow()
        .order(Order::ControlLast)
        .clean(Clone::clone)
        .after(move |_| third("after"))
        .off_thread(&jobs)
        .run();
    assert_eq!(value, [1]);
    assert_eq!(*log.lock().unwrap(), ["control"]);
    assert_eq!(tracker.actions().len(), 0);
    assert_eq!(jobs.run_all(), 1);
    assert_eq!(*log.lock().unwrap(), ["control", "candidate", "after"]);
    let event = &tracker.events()[0];
    assert_eq!(
        (event.action.as_str(), event.variant.as_str()),
        ("mismatch", "control")
    );
    assert_eq!(
        json(event)["order"],
        serde_json::json!(["control", "candidate"])
    );
    assert_eq!(json(event)["control"]["value"], serde_json::json!([1]));
    assert_eq!(
        json(event)["candidates"]["candidate"]["value"],
        serde_json::json!([2])
    );
    let exp = config.experiment("pill", context! { user_id: 1 });
    assert_eq!(&event.key, exp.key());
}

#[test]
fn a_control_that_panics_skips_the_candidates() {
    let (config, tracker) = candidates();
    let jobs = ByHand::default();
    let exp = config.experiment("pill", context! {});
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        exp.use_(|| -> u8 { panic!("broken") })
            .try_(|| 1)
            .shadow()
            .off_thread(&jobs)
            .run()
    }));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"broken"));
    jobs.run_all();
    let event = json(&tracker.events()[0]);
    assert_eq!(event["control"]["outcome"], "panicked");
    assert_eq!(event["candidates"]["candidate"]["outcome"], "skipped");
}

#[test]
fn a_job_that_waited_too_long_skips_its_candidates() {
    for (waited, verdict) in [(4, Verdict::Matched), (5, Verdict::Unfinished)] {
        let (config, _) = candidates();
        let jobs = ByHand::default();
        let time = Time::default();
        let (seen, said) = mpsc::channel();
        config
            .experiment("pill", context! {})
            .use_(|| 1)
            .try_(|| 1)
            .shadow()
            .stopwatch(time.stopwatch())
            .after(move |result| seen.send(result.verdict()).unwrap())
            .off_thread(&jobs)
            .deadline(Duration::from_millis(5))
            .run();
        time.pass(waited);
        jobs.run_all();
        assert_eq!(said.recv().unwrap(), verdict);
    }
}

#[test]
fn where_there_is_no_room_only_the_control_runs_and_that_is_counted() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    for _ in 0..3 {
        let value = exp
            .use_(|| 1)
            .try_(|| panic!("ran"))
            .shadow()
            .off_thread(&Full)
            .run();
        assert_eq!(value, 1);
    }
    assert_eq!(tracker.actions().len(), 0);
    assert_eq!(config.diagnostics().shadow_drops, 3);
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

#[test]
fn what_is_not_sampled_is_not_spawned() {
    let (config, _) = candidates();
    let jobs = ByHand::default();
    let exp = config.experiment("pill", context! {});
    exp.use_(|| 1)
        .try_(|| 1)
        .shadow()
        .sample(0.0)
        .off_thread(&jobs)
        .run();
    assert_eq!(jobs.run_all(), 0);
}

/// A value that cannot be cloned, though it says so.
#[derive(PartialEq, Debug)]
struct Unique;

impl Clone for Unique {
    fn clone(&self) -> Self {
        panic!("unique")
    }
}

#[test]
fn spawners_and_clones_that_panic_cost_the_candidates_alone() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let broken = |_: Job| panic!("no executor");
    assert_eq!(
        exp.use_(|| 1).try_(|| 1).shadow().off_thread(&broken).run(),
        1
    );
    assert_eq!(config.diagnostics().shadow_failures, 1);
    let jobs = ByHand::default();
    let value = exp
        .use_(|| Unique)
        .try_(|| Unique)
        .shadow()
        .off_thread(&jobs)
        .run();
    assert_eq!((value, jobs.run_all()), (Unique, 0));
    assert_eq!(config.diagnostics().shadow_failures, 2);
}

/// A run whose candidate waits until it may go on.
fn run_gated(config: &Config, thread: &ShadowThread) -> (mpsc::Receiver<()>, mpsc::SyncSender<()>) {
    let (begun, begins) = mpsc::sync_channel(1);
    let (go, gate) = mpsc::sync_channel(1);
    config
        .experiment("pill", context! {})
        .use_(|| ())
        .try_(move || {
            begun.send(()).unwrap();
            gate.recv().unwrap();
        })
        .shadow()
        .off_thread(thread)
        .run();
    (begins, go)
}

fn run(config: &Config, thread: &ShadowThread) {
    let exp = config.experiment("pill", context! {});
    exp.use_(|| ())
        .try_(|| ())
        .shadow()
        .off_thread(thread)
        .run();
}

const LONG: Duration = Duration::from_mins(1);

#[test]
fn a_full_thread_drops_runs_and_counts_them() {
    let (config, tracker) = candidates();
    let thread = ShadowThread::new(2).unwrap();
    let (begins, go) = run_gated(&config, &thread);
    begins.recv().unwrap();
    assert!(!thread.flush(Duration::ZERO), "one is running");
    for _ in 0..5 {
        run(&config, &thread);
    }
    assert_eq!(
        (thread.dropped(), config.diagnostics().shadow_drops),
        (3, 3)
    );
    assert!(!thread.flush(Duration::ZERO));
    go.send(()).unwrap();
    assert!(thread.flush(LONG));
    assert_eq!(tracker.actions().len(), 3);
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

#[test]
fn a_thread_survives_a_job_that_panics() {
    let (config, tracker) = candidates();
    let thread = ShadowThread::new(0).unwrap();
    assert!(thread.spawn(Box::new(|| panic!("job"))));
    assert!(thread.flush(LONG));
    run(&config, &thread);
    assert!(thread.flush(LONG));
    assert_eq!(tracker.actions(), ["shadow"]);
}

#[test]
fn a_thread_that_is_dropped_drops_what_is_queued() {
    let (config, tracker) = candidates();
    let thread = ShadowThread::new(9).unwrap();
    let (begins, go) = run_gated(&config, &thread);
    begins.recv().unwrap();
    let (held, released) = mpsc::channel::<()>();
    assert!(thread.spawn(Box::new(move || drop(held))));
    run(&config, &thread);
    drop(thread);
    assert!(released.recv().is_err(), "what the queue held is gone");
    assert_eq!(tracker.actions().len(), 0);
    go.send(()).unwrap();
}

#[test]
fn a_handle_and_its_tracker_outlive_the_caller() {
    let jobs = ByHand::default();
    let tracker = MemoryTracker::new();
    {
        let config = Config::builder().tracker(tracker.clone()).build().unwrap();
        let name = String::from("pill");
        let exp = config.experiment(&*name, context! { name: &name });
        exp.use_(|| 1).try_(|| 1).shadow().off_thread(&jobs).run();
    }
    jobs.run_all();
    assert_eq!(tracker.events()[0].experiment, "pill");
}

/// A job after which another one waits already, for as long as there is a thread.
fn endless(thread: Weak<ShadowThread>) -> Job {
    Box::new(move || {
        if let Some(here) = thread.upgrade() {
            here.spawn(endless(thread));
        }
    })
}

#[test]
fn a_flush_waits_for_no_run_that_comes_later() {
    let thread = Arc::new(ShadowThread::new(9).unwrap());
    assert!(thread.spawn(endless(Arc::downgrade(&thread))));
    assert!(thread.flush(LONG));
}

#[test]
fn the_configuration_of_a_scope_holds_where_candidates_run() {
    let (config, tracker) = candidates();
    let jobs = ByHand::default();
    with_config(&config, || {
        experiment("pill", context! {})
            .use_(|| 2)
            .try_(|| experiment("inner", context! {}).use_(|| 1).try_(|| 2).run())
            .shadow()
            .off_thread(&jobs)
            .run()
    });
    jobs.run_all();
    let events = tracker.events();
    let seen: Vec<_> = events
        .iter()
        .map(|event| (event.experiment.as_str(), event.action.as_str()))
        .collect();
    assert_eq!(seen, [("inner", "assignment"), ("pill", "shadow")]);
}

#[cfg(feature = "testing")]
#[test]
fn stubs_and_recordings_of_a_test_hold_where_candidates_run() {
    use variate::{assert_tracked, testing};

    let (config, _) = candidates();
    let events = testing::record();
    let _stub = testing::stub("inner", "red");
    let thread = ShadowThread::new(9).unwrap();
    let inner = config.clone();
    config
        .experiment("pill", context! {})
        .use_(|| "red")
        .try_(move || {
            let exp = inner.experiment("inner", context! {});
            exp.use_(|| "grey").variant("red", || "red").run()
        })
        .shadow()
        .off_thread(&thread)
        .run();
    assert!(thread.flush(LONG));
    assert_tracked!(events, "pill", "shadow");
    assert_tracked!(events, "inner", "assignment", variant = "red");
}
