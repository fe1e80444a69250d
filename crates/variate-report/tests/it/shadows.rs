//! Shadows: the control runs beside the arm, for the same calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use variate::component;
use variate::component::{Fixed, Measurement, MemoryRecorder, Sticky, Summary, WallTime};
use variate_report::{Analysis, Report};
use variate_stats::Side;
use variate_stats::evaluation::{Decision, Verdict};
use variate_stats::ratio::PairedRatios;

use super::support::{Numbers, call, call_of, near};

/// A call of a unit that the control took beside `fast`, and the call of `fast`.
fn both(unit: Option<u32>, times: [f64; 2]) -> [Measurement; 2] {
    let of = |arm, time| match unit {
        Some(unit) => call_of(unit, arm, "time", time),
        None => call(arm, "time", time),
    };
    let [ours, theirs] = times;
    let mut control = of("control", ours);
    control.selected_arm = Some("fast".to_owned());
    control.reason = "shadow".into();
    [control, of("fast", theirs)]
}

/// Units that differ much more from each other than the control differs from `fast`: 5 %.
fn pairs(units: u32) -> Vec<[f64; 2]> {
    let mut numbers = Numbers::new(3);
    (0..units)
        .map(|_| {
            let own = 100.0 + 10_000.0 * numbers.next();
            let around = |time: f64, noise: f64| time * (0.99 + 0.02 * noise);
            let [one, other] = [numbers.next(), numbers.next()];
            [around(own, one), around(0.95 * own, other)]
        })
        .collect()
}

#[test]
fn arms_of_a_shadow_are_compared_within_each_key() {
    let times = pairs(200);
    let mut calls = Vec::new();
    for (unit, times) in (0..).zip(&times) {
        calls.extend(both(Some(unit), *times));
    }
    let report = Report::builder().read_once().measurements(&calls).unwrap();
    let method = &report.methods[0];
    assert!(method.is_shadow);
    let keys: Vec<_> = method
        .arms
        .iter()
        .map(|arm| (arm.calls, arm.keys))
        .collect();
    assert_eq!(keys, [(200, Some(200)); 2]);
    let evaluation = method.evaluation.as_ref().unwrap();
    assert_eq!(evaluation.units, 200);
    assert!(evaluation.variants.iter().all(|of| of.crossovers == 0));
    let comparison = &evaluation.metrics[0].comparisons[0];
    let units: Vec<_> = times
        .iter()
        .map(|times| times.map(|time| (time, 1.0)))
        .collect();
    let expected = PairedRatios::of(&units);
    assert_eq!(
        comparison.difference.unwrap().fixed,
        expected.difference(0.05, Side::Both).unwrap()
    );
    near(comparison.relative.unwrap().fixed.effect, -0.05, 0.05);
    assert_eq!(comparison.verdict, Verdict::Better);
    assert_eq!(evaluation.conclusion.decision, Decision::Ship);
    let text = report.to_string();
    assert!(text.contains("within the calls of each key"), "{text}");
    assert!(
        !text.contains("stable") && !text.contains("left out"),
        "{text}"
    );

    // As if these were calls of different units, nothing would be seen.
    let mut apart = calls.clone();
    for (unit, of) in (0..).zip(&mut apart) {
        (of.selected_arm, of.reason) = (None, "sticky".into());
        of.key = call_of(unit, "", "time", 0.0).key;
    }
    let report = Report::builder().read_once().measurements(&apart).unwrap();
    let evaluation = report.methods[0].evaluation.as_ref().unwrap();
    assert!(evaluation.metrics[0].comparisons[0].p_value.unwrap() > 0.05);
}

#[test]
fn a_shadow_that_is_read_at_any_time_sees_as_much() {
    let mut calls = Vec::new();
    for (unit, times) in (0..).zip(pairs(400)) {
        calls.extend(both(Some(unit), times));
    }
    let report = Report::of(&calls).unwrap();
    let evaluation = report.methods[0].evaluation.as_ref().unwrap();
    let comparison = &evaluation.metrics[0].comparisons[0];
    assert_eq!(comparison.verdict, Verdict::Better);
    let interval = comparison.relative.unwrap().always_valid.interval;
    assert!(
        interval.contains(-0.05) && interval.width() < 0.02,
        "{interval:?}"
    );
}

#[test]
fn units_of_the_control_alone_are_no_part_of_the_pairs() {
    let mut calls = Vec::new();
    for (unit, times) in (0..).zip(pairs(200)) {
        calls.extend(both(Some(unit), times));
    }
    for unit in 1_000..1_200 {
        calls.push(call_of(unit, "control", "time", 1e6));
    }
    let report = Report::builder().read_once().measurements(&calls).unwrap();
    let method = &report.methods[0];
    assert_eq!(method.arms[0].keys, Some(400));
    assert_eq!(method.evaluation.as_ref().unwrap().units, 400);
    let comparison = &method.evaluation.as_ref().unwrap().metrics[0].comparisons[0];
    near(comparison.relative.unwrap().fixed.effect, -0.05, 0.05);
    // What is said is said of the pairs.
    let text = &method.evaluation.as_ref().unwrap().conclusion.text;
    assert!(!text.contains("50") || !text.contains("e5"), "{text}");
}

#[test]
fn without_keys_a_shadow_is_compared_by_calls_and_says_so() {
    let calls: Vec<_> = pairs(200)
        .into_iter()
        .flat_map(|times| both(None, times))
        .collect();
    let report = Report::builder().read_once().measurements(&calls).unwrap();
    let method = &report.methods[0];
    assert_eq!(method.analysis, Analysis::Calls);
    assert_eq!(method.evaluation.as_ref().unwrap().units, 200);
    let text = report.to_string();
    assert!(text.contains("rather too wide"), "{text}");
}

#[component]
trait Sum {
    #[component(shadow)]
    fn sum(&self, #[key(user)] user: u64, numbers: u64) -> u64;
}

/// Takes so many nanoseconds for each user's own time.
struct Arm(u64, Arc<AtomicU64>);

impl Sum for Arm {
    fn sum(&self, user: u64, numbers: u64) -> u64 {
        let time = self.0 * (100 + user) + numbers * self.0 % 7;
        self.1.fetch_add(time, Ordering::Relaxed);
        numbers
    }
}

macro_rules! shadow {
    ($selector:expr, $recorder:expr, $summary:expr) => {{
        let now = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&now);
        SumExperiment::builder("sums")
            .control("control", Arm(20, Arc::clone(&now)))
            .arm("fast", Arm(19, Arc::clone(&now)))
            .arm("slow", Arm(22, now))
            .selector($selector)
            .collect(WallTime::by(move || {
                Duration::from_nanos(clock.load(Ordering::Relaxed))
            }))
            .recorder($recorder.clone())
            .recorder($summary.clone())
            .build()
            .unwrap()
    }};
}

#[test]
fn a_summary_of_a_shadow_says_what_its_measurements_say() {
    let (recorder, summary) = (MemoryRecorder::new(), Summary::new());
    let sums = shadow!(Sticky::new(), recorder, summary);
    for user in 0..600 {
        for call in 0..=user % 3 {
            assert_eq!(sums.sum(user, call), call);
        }
    }
    let measured = Report::of(&recorder.measurements()).unwrap();
    let counted = Report::of_summary(&summary).unwrap();
    let (measured, counted) = (&measured.methods[0], &counted.methods[0]);
    assert!(measured.is_shadow && counted.is_shadow);
    assert_eq!(
        (measured.analysis, counted.analysis),
        (Analysis::Keys, Analysis::Keys)
    );
    for (measured, counted) in measured.arms.iter().zip(&counted.arms) {
        assert_eq!(measured.name, counted.name);
        assert_eq!(measured.outcomes, counted.outcomes);
        let [of_measured, of_counted] = [measured, counted].map(|arm| arm.metric("time").unwrap());
        assert_eq!(of_measured.count, of_counted.count);
        near(
            of_counted.mean.unwrap().value,
            of_measured.mean.unwrap().value,
            1e-9,
        );
    }
    // The control ran for every call.
    assert_eq!(measured.arms[0].calls, 1_200);
    let effects = |of: &variate_report::MethodReport| -> Vec<_> {
        let metrics = of.evaluation.as_ref().unwrap().metrics.iter();
        let time = metrics
            .clone()
            .find(|metric| metric.name == "time")
            .unwrap();
        let relative = time.comparisons.iter().map(|of| of.relative.unwrap().fixed);
        relative.collect()
    };
    for (measured, counted) in effects(measured).iter().zip(effects(counted)) {
        near(counted.effect, measured.effect, 1e-9);
        // Clusters of several keys are a little less exact.
        near(counted.standard_error, measured.standard_error, 0.3);
    }
    near(effects(measured)[0].effect, -0.05, 0.05);
    near(effects(measured)[1].effect, 0.1, 0.05);
}

#[test]
fn a_shadow_that_is_always_asked_for_has_all_calls_of_both() {
    let (recorder, summary) = (MemoryRecorder::new(), Summary::new());
    let sums = shadow!(Fixed::to("fast"), recorder, summary);
    for user in 0..100 {
        sums.sum(user, 1);
    }
    let arms = |report: &Report| -> Vec<_> {
        let arms = report.methods[0].arms.iter();
        arms.map(|arm| (arm.name.clone(), arm.calls)).collect()
    };
    let expected = [("control".to_owned(), 100), ("fast".to_owned(), 100)];
    assert_eq!(
        arms(&Report::of(&recorder.measurements()).unwrap()),
        expected
    );
    assert_eq!(arms(&Report::of_summary(&summary).unwrap()), expected);
    let control = summary.of("control", "sum", "time").unwrap();
    assert_eq!((control.outcomes.calls(), control.is_control), (100, true));
    let fast = summary.of("fast", "sum", "time").unwrap();
    assert_eq!(fast.beside.unwrap().outcomes.calls(), 100);
}

#[component]
trait Look {
    #[component(shadow)]
    async fn look(&self, #[key] user: u64) -> u64;
}

/// Slower for every other user.
struct Looks {
    is_slow: bool,
}

impl Look for Looks {
    async fn look(&self, user: u64) -> u64 {
        if self.is_slow && user.is_multiple_of(2) {
            std::future::pending::<()>().await;
        }
        user
    }
}

#[test]
fn calls_that_were_cut_short_are_counted_and_not_compared() {
    let (recorder, summary) = (MemoryRecorder::new(), Summary::new());
    let look = LookExperiment::builder("looks")
        .control("control", Looks { is_slow: false })
        .arm("slow", Looks { is_slow: true })
        .selector(Fixed::to("slow"))
        .collect(WallTime::new())
        .recorder(recorder.clone())
        .recorder(summary.clone())
        .build()
        .unwrap();
    for user in 0..100 {
        let mut polled = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(std::pin::pin!(look.look(user)).poll(&mut polled).is_ready());
    }
    for report in [
        Report::of(&recorder.measurements()).unwrap(),
        Report::of_summary(&summary).unwrap(),
    ] {
        let method = &report.methods[0];
        let slow = method.arm("slow").unwrap();
        assert_eq!((slow.calls, slow.outcomes.cut_short), (100, 50));
        assert_eq!(slow.error_rate.unwrap().value, 0.0);
        for metric in ["time", "mismatch"] {
            let metric = slow.metric(metric).unwrap();
            assert_eq!((metric.count, metric.unavailable), (50, 0));
        }
        // What is left are its faster calls: they say nothing of how it compares.
        assert!(method.quantiles.is_empty());
        let evaluation = method.evaluation.as_ref().unwrap();
        let comparisons = evaluation.metrics.iter().flat_map(|of| &of.comparisons);
        assert!(comparisons.clone().count() > 0);
        for comparison in comparisons {
            assert_eq!(comparison.difference, None);
        }
        assert_ne!(evaluation.conclusion.decision, Decision::Ship);
        let text = report.to_string();
        assert!(text.contains("50 cut short"), "{text}");
        assert!(
            text.contains("the control was done before slow in 50 calls"),
            "{text}"
        );
        assert!(!text.contains("cannot be measured here"), "{text}");
    }
}
