//! Where records go.

use std::sync::mpsc;
use std::time::Duration;

use variate::component;
use variate::component::{
    JsonLines, Measurement, MemoryRecorder, Outcomes, RoundRobin, Sticky, Tracked, WallTime,
};
use variate::{Background, Config, MemoryTracker};

#[component]
trait Find {
    fn find(&self, #[key(user)] user: u32) -> u32;
}

struct Same;

impl Find for Same {
    fn find(&self, user: u32) -> u32 {
        user
    }
}

const SOON: Duration = Duration::from_secs(20);

#[test]
fn the_last_records_are_kept_and_others_are_counted() {
    let recorder = MemoryRecorder::with_capacity(3);
    let component = FindExperiment::builder("search")
        .control("old", Same)
        .arm("new", Same)
        .selector(RoundRobin::new())
        .collect(Outcomes::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    for user in 0..5 {
        component.find(user);
    }
    let arms: Vec<_> = recorder
        .measurements()
        .into_iter()
        .map(|of| of.arm)
        .collect();
    assert_eq!(arms, ["old", "new", "old"]);
    assert_eq!(recorder.dropped(), 2);
    assert_eq!(recorder.take().len(), 3);
    assert_eq!(recorder.measurements(), []);
}

#[test]
fn lines_of_json_are_the_same_measurements() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let recorder = MemoryRecorder::new();
    let background = Background::new(JsonLines::append(&path).unwrap()).unwrap();
    let handle = background.handle();
    let component = FindExperiment::builder("search \"new\" \\")
        .control("old", Same)
        .arm("new", Same)
        .selector(Sticky::new())
        .collect(WallTime::new())
        .recorder(recorder.clone())
        .recorder(background)
        .build()
        .unwrap();
    for user in 0..100 {
        component.find(user);
    }
    assert!(component.switches().flush(SOON));
    let stats = handle.stats();
    assert_eq!(
        (stats.accepted, stats.dropped, stats.written),
        (100, 0, 100)
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Measurement> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut kept = recorder.measurements();
    for (kept, line) in kept.iter_mut().zip(&lines) {
        // Written in whole milliseconds.
        let apart = kept.at.duration_since(line.at).unwrap();
        assert!(apart < Duration::from_millis(1));
        kept.at = line.at;
    }
    assert_eq!(lines, kept);
    assert!(
        lines
            .iter()
            .all(|of| of.key.is_some() && of.reason == "sticky")
    );
}

#[test]
fn a_full_queue_drops_and_counts_and_never_blocks() {
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let (written, was_written) = mpsc::channel();
    let background = Background::builder()
        .capacity(2)
        .batch(1)
        .build(move |batch: &[Measurement]| {
            written.send(batch.len()).unwrap();
            may_go_on.recv()
        })
        .unwrap();
    let handle = background.handle();
    let component = FindExperiment::builder("search")
        .control("old", Same)
        .collect(Outcomes::new())
        .recorder(background)
        .build()
        .unwrap();
    component.find(1);
    was_written.recv_timeout(SOON).unwrap();
    // One is being written, two wait, and seven find no room.
    for user in 0..9 {
        component.find(user);
    }
    assert_eq!((handle.stats().accepted, handle.stats().dropped), (3, 7));
    for _ in 0..4 {
        go_on.send(()).unwrap();
    }
    // What is there is written, but it is not all; told once.
    let switches = component.switches();
    assert!(!switches.flush(SOON));
    assert_eq!((handle.stats().written, switches.dropped()), (3, 7));
    component.find(1);
    assert!(switches.flush(SOON));
    assert_eq!((handle.stats().written, switches.dropped()), (4, 7));
}

#[test]
fn what_could_not_be_written_or_kept_is_dropped_too() {
    let failing = Background::new(|_: &[Measurement]| Err::<(), _>("as told")).unwrap();
    let kept = MemoryRecorder::with_capacity(3);
    let component = FindExperiment::builder("search")
        .control("old", Same)
        .collect(Outcomes::new())
        .recorder(failing)
        .recorder(kept)
        .build()
        .unwrap();
    let switches = component.switches();
    assert_eq!(switches.dropped(), 0);
    for user in 0..5 {
        component.find(user);
    }
    assert!(!switches.flush(SOON));
    assert_eq!(switches.dropped(), 5 + 2);
}

#[test]
fn a_tracker_gets_events_of_the_unit() {
    let tracker = MemoryTracker::new();
    let config = Config::builder().tracker(tracker.clone()).build().unwrap();
    let component = FindExperiment::builder("search")
        .control("old", Same)
        .arm("new", Same)
        .selector(Sticky::new())
        .collect(Outcomes::new())
        .recorder(Tracked::new(&config))
        .build()
        .unwrap();
    for user in 0..20 {
        component.find(user);
    }
    let events = tracker.events();
    assert_eq!(events.len(), 40);
    for pair in events.chunks(2) {
        let [exposure, measured] = pair else {
            unreachable!()
        };
        assert_eq!(
            (exposure.action.as_str(), measured.action.as_str()),
            ("assignment", "find.failures")
        );
        assert_eq!(
            (&exposure.key, &exposure.variant),
            (&measured.key, &measured.variant)
        );
        assert_eq!(
            (measured.value, measured.experiment.as_str()),
            (Some(0.0), "search")
        );
        assert_eq!(
            measured.properties.get("outcome").unwrap().to_string(),
            "ok"
        );
    }
    // The control is called what it is called everywhere.
    let mut variants: Vec<_> = events.iter().map(|of| of.variant.to_string()).collect();
    variants.sort_unstable();
    variants.dedup();
    assert_eq!(variants, ["control", "new"]);
    // Whom a switch forces into an arm is none of its units.
    tracker.take();
    component.switches().force("new").unwrap();
    component.find(1);
    assert_eq!(tracker.take().len(), 0);
}

#[test]
fn a_record_without_a_key_is_no_event() {
    let tracker = MemoryTracker::new();
    let config = Config::builder().tracker(tracker.clone()).build().unwrap();
    let recorder = Tracked::new(&config);
    #[component]
    trait Count {
        fn count(&self) -> u32;
    }
    impl Count for Same {
        fn count(&self) -> u32 {
            1
        }
    }
    let component = CountExperiment::builder("search")
        .control("old", Same)
        .collect(Outcomes::new())
        .recorder(recorder.clone())
        .build()
        .unwrap();
    component.count();
    assert_eq!((tracker.events().len(), recorder.skipped()), (0, 1));
}

#[test]
fn what_the_control_does_in_an_arms_place_is_no_event_of_the_control() {
    let memory = MemoryTracker::new();
    let config = Config::builder().tracker(memory.clone()).build().unwrap();
    let (tracked, measured) = (Tracked::new(&config), MemoryRecorder::new());
    let component = FindExperiment::builder("search")
        .control("old", Same)
        .arm("new", Same)
        .selector(Sticky::new())
        .collect(Outcomes::new())
        .recorder(tracked.clone())
        .recorder(measured.clone())
        .build()
        .unwrap();
    component.switches().set_arm_enabled("new", false).unwrap();
    for user in 0..20 {
        component.find(user);
    }
    let measurements = measured.measurements();
    assert!(
        measurements
            .iter()
            .all(|of| of.arm == "old" && of.is_control)
    );
    let (diverted, own): (Vec<_>, Vec<_>) = measurements
        .iter()
        .partition(|of| of.selected_arm.as_deref() == Some("new"));
    assert!(diverted.iter().all(|of| of.reason == "arm_off"));
    assert!(
        own.iter()
            .all(|of| of.selected_arm.is_none() && of.reason == "sticky")
    );
    assert!(!diverted.is_empty() && !own.is_empty());
    assert_eq!(tracked.skipped(), diverted.len() as u64);
    assert_eq!(memory.events().len(), 2 * own.len());
}
