//! Calls that the control took in the place of another arm.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use variate::component;
use variate::component::{CircuitBreaker, MemoryRecorder, Sticky, Summary, WallTime};
use variate_report::{Analysis, Diverted, MethodReport, Report};

#[component]
trait Quote {
    fn quote(&self, #[key(user)] user: u32) -> Result<u32, u32>;
}

/// Takes so many nanoseconds, and fails as long as that is set.
struct Arm(u64, Arc<AtomicU64>, Arc<AtomicU64>);

impl Quote for Arm {
    fn quote(&self, user: u32) -> Result<u32, u32> {
        self.1.fetch_add(self.0, Ordering::Relaxed);
        match self.2.load(Ordering::Relaxed) {
            0 => Ok(user),
            _ => Err(user),
        }
    }
}

/// A hundred calls of each of two hundred users, during which the arm's breaker opens for a while, and the arm is off for a while.
fn reports() -> [Report; 2] {
    let (recorder, summary) = (MemoryRecorder::new(), Summary::new());
    let (now, fails) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let [clock, breakers] = [Arc::clone(&now), Arc::clone(&now)];
    let quotes = QuoteExperiment::builder("quotes")
        .control("old", Arm(100, Arc::clone(&now), Arc::default()))
        .arm("new", Arm(1_000, now, Arc::clone(&fails)))
        .selector(Sticky::new())
        .breaker(
            CircuitBreaker::new()
                .failures(0.01)
                .calls(1)
                .open_for(Duration::from_hours(1))
                .clock(move || Duration::from_nanos(breakers.load(Ordering::Relaxed))),
        )
        .collect(WallTime::by(move || {
            Duration::from_nanos(clock.load(Ordering::Relaxed))
        }))
        .recorder(recorder.clone())
        .recorder(summary.clone())
        .build()
        .unwrap();
    let all = || {
        for user in 0..200 {
            let _ = quotes.quote(user);
        }
    };
    for _ in 0..5 {
        all();
    }
    quotes.switches().set_arm_enabled("new", false).unwrap();
    all();
    quotes.switches().set_arm_enabled("new", true).unwrap();
    fails.store(1, Ordering::Relaxed);
    all();
    all();
    [
        Report::of(&recorder.measurements()).unwrap(),
        Report::of_summary(&summary).unwrap(),
    ]
}

#[test]
fn calls_that_the_control_took_in_an_arms_place_count_for_neither() {
    for report in reports() {
        let method: &MethodReport = &report.methods[0];
        assert_eq!(method.analysis, Analysis::Keys, "{report}");
        let [old, new] = ["old", "new"].map(|name| method.arm(name).unwrap());
        // Of eight rounds of two hundred, the users of `new` had five and one call in it.
        let users_of_old = old.calls / 8;
        let users_of_new = 200 - users_of_old;
        assert_eq!(
            (old.calls, new.calls),
            (8 * users_of_old, 5 * users_of_new + 1)
        );
        assert_eq!(
            new.diverted,
            [
                Diverted {
                    reason: "arm_off".into(),
                    calls: users_of_new
                },
                Diverted {
                    reason: "breaker_open".into(),
                    calls: 2 * users_of_new - 1
                },
            ]
        );
        assert_eq!(old.diverted, []);
        // None of their times is among the control's.
        let mean =
            |arm: &variate_report::ArmReport| arm.metric("time").unwrap().mean.unwrap().value;
        assert_eq!((mean(old), mean(new)), (100.0, 1_000.0));
        assert_eq!(new.outcomes.failures(), 1);
        let text = report.to_string();
        assert!(
            text.contains("with its breaker open") && text.contains("while it was off"),
            "{text}"
        );
        assert!(text.contains("more diverted to the control"), "{text}");
    }
}

#[test]
fn units_whose_calls_were_diverted_stay_in_their_arm() {
    let [report, _] = reports();
    let method = &report.methods[0];
    let keys: Vec<_> = method.arms.iter().map(|arm| arm.keys.unwrap()).collect();
    assert_eq!(keys.iter().sum::<u64>(), 200);
    let evaluation = method.evaluation.as_ref().unwrap();
    assert_eq!(evaluation.units, 200);
    assert!(evaluation.variants.iter().all(|of| of.crossovers == 0));
    assert!(!report.to_string().contains("met several arms"), "{report}");
}

#[component]
trait Greet {
    fn greet(&self, #[key(user)] user: Option<u32>) -> u32;
}

impl Greet for u32 {
    fn greet(&self, _: Option<u32>) -> u32 {
        *self
    }
}

#[test]
fn calls_of_nobody_count_for_no_arm_and_leave_the_others_their_keys() {
    let (recorder, summary) = (MemoryRecorder::new(), Summary::new());
    let greet = GreetExperiment::builder("greet")
        .control("old", 1)
        .arm("new", 2)
        .selector(Sticky::new())
        .collect(WallTime::new())
        .recorder(recorder.clone())
        .recorder(summary.clone())
        .build()
        .unwrap();
    for user in 0..60 {
        greet.greet(Some(user % 20));
        greet.greet(None);
    }
    for report in [
        Report::of(&recorder.measurements()).unwrap(),
        Report::of_summary(&summary).unwrap(),
    ] {
        let [method] = report.methods.as_slice() else {
            panic!("{report:?}")
        };
        assert_eq!(method.analysis, Analysis::Keys);
        let calls: u64 = method.arms.iter().map(|arm| arm.calls).sum();
        assert_eq!(calls, 60);
        let [nobodys] = method.arms[0].diverted.as_slice() else {
            panic!("{:?}", method.arms[0].diverted)
        };
        assert_eq!((nobodys.reason.as_str(), nobodys.calls), ("no_key", 60));
        assert!(method.arms[1].diverted.is_empty());
        let text = report.to_string();
        assert!(text.contains("60 more that nobody split"), "{text}");
        assert!(text.contains("(60 without a key)"), "{text}");
    }
}
