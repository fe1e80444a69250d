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
