//! What a host's code can do wrong in a shadow run.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use variate::shadow::{Order, Outcome, Stopwatch, Verdict};
use variate::{Config, Diagnostics, Hook, Operation, Raised, context};

use super::{candidates, json};

/// A value whose drop panics.
#[derive(PartialEq)]
struct Bomb(bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.0 || std::thread::panicking(), "dropped");
    }
}

fn failures(config: &Config) -> u64 {
    config.diagnostics().shadow_failures
}

#[test]
fn panics_of_candidates_end_here() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let value = exp
        .use_(|| 1)
        .try_(|| panic!("number {}", 7))
        .variant("plain", || panic!("plain"))
        .variant("bomb", || panic_any(Bomb(true)))
        .shadow()
        .after(|result| {
            let messages: Vec<_> = result.candidates().iter().map(|c| c.panic()).collect();
            assert_eq!(
                messages,
                [Some("number 7"), Some("plain"), Some("no message")]
            );
            assert_eq!(result.having(Verdict::Mismatched).count(), 3);
        })
        .run();
    assert_eq!(value, 1);
    assert_eq!(tracker.actions(), ["mismatch"]);
    assert_eq!(failures(&config), 0, "a mismatch, and no failure");
}

#[test]
fn a_panic_of_the_control_passes_through_once_the_result_is_published() {
    for (order, begun, verdict) in [
        (Order::ControlFirst, 0, Verdict::Unfinished),
        (Order::ControlLast, 1, Verdict::Mismatched),
    ] {
        let (config, tracker) = candidates();
        let exp = config.experiment("pill", context! {});
        let ran = Cell::new(0);
        let seen = Cell::new(None);
        let payload = catch_unwind(AssertUnwindSafe(|| {
            exp.use_(|| -> u8 { panic_any(7_u64) })
                .try_(|| {
                    ran.set(ran.get() + 1);
                    1
                })
                .shadow()
                .order(order)
                .after(|result| seen.set(Some(result.verdict())))
                .raise_on_mismatches(true)
                .run()
        }));
        let payload = payload.unwrap_err();
        assert_eq!(payload.downcast_ref::<u64>(), Some(&7), "its own payload");
        assert_eq!((ran.get(), seen.get()), (begun, Some(verdict)));
        let event = &tracker.events()[0];
        assert_eq!(json(event)["control"]["outcome"], "panicked");
    }
}

#[test]
fn closures_that_panic_are_told_and_the_control_s_value_returns() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let mut after = Vec::new();
    let value = exp
        .use_(|| 1)
        .try_(|| 2)
        .shadow()
        .before(|| panic!("before"))
        .compare(|_, _| panic!("compare"))
        .ignore(|_, _| panic!("ignore"))
        .clean(|_| -> u8 { panic!("clean") })
        .after(|_| panic!("after"))
        .after(|result| after.push(result.verdict()))
        .run();
    assert_eq!(value, 1);
    assert_eq!(
        after,
        [Verdict::Mismatched],
        "one hook's panic is not another's"
    );
    // Before, compare, ignore, clean twice, after.
    assert_eq!(failures(&config), 6);
    let event = &tracker.events()[0];
    assert_eq!(event.action, "mismatch");
    assert!(json(event)["control"].get("value").is_none());
}

#[test]
fn a_comparison_that_panics_may_be_ignored() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    exp.use_(|| 1)
        .try_(|| 1)
        .shadow()
        .compare(|_, _| panic!("compare"))
        .ignore(|_, _| true)
        .run();
    assert_eq!(json(&tracker.events()[0])["verdict"], "ignored");
    assert_eq!(failures(&config), 1);
}

#[test]
fn a_condition_that_panics_is_no() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let value = exp
        .use_(|| 1)
        .try_(|| panic!("ran"))
        .shadow()
        .run_if(|| panic!("condition"))
        .run();
    assert_eq!(
        (value, tracker.actions().len(), failures(&config)),
        (1, 0, 1)
    );
}

#[test]
fn randomness_that_panics_samples_nothing_and_shuffles_nothing() {
    let config = Config::builder()
        .randomness(|| -> u64 { panic!("no dice") })
        .tracker(variate::NoTracker::new())
        .build()
        .unwrap();
    let exp = config.experiment("pill", context! {});
    exp.use_(|| 1)
        .try_(|| panic!("ran"))
        .shadow()
        .sample(50.0)
        .run();
    assert_eq!(failures(&config), 1);
    let ran = Cell::new(false);
    exp.use_(|| ()).try_(|| ran.set(true)).shadow().run();
    assert!(ran.get());
    assert_eq!(failures(&config), 2);
}

struct Broken;

impl Stopwatch for Broken {
    fn wall(&self) -> std::time::Duration {
        panic!("no time")
    }
}

#[test]
fn a_stopwatch_that_panics_costs_the_durations_alone() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let seen = Cell::new(None);
    exp.use_(|| 1)
        .try_(|| 1)
        .shadow()
        .stopwatch(Broken)
        .after(|result| seen.set(Some((result.verdict(), result.control().wall()))))
        .run();
    assert_eq!(
        seen.get(),
        Some((Verdict::Matched, std::time::Duration::ZERO))
    );
    assert!(failures(&config) > 0);
}

#[test]
fn a_candidate_s_value_that_cannot_be_dropped_is_survived() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let value = exp.use_(|| Bomb(false)).try_(|| Bomb(true)).shadow().run();
    assert!(!value.0);
    assert_eq!(
        (tracker.actions(), failures(&config)),
        (vec!["mismatch".to_owned()], 1)
    );
}

fn message(run: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    payload.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn a_test_may_ask_for_a_panic_on_mismatches() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let mut seen = 0;
    let text = message(|| {
        exp.use_(|| "a")
            .try_(|| "b")
            .variant("panics", || panic!("broken"))
            .variant("same", || "a")
            .shadow()
            .clean(|text| text.to_uppercase())
            .raise_on_mismatches(true)
            .after(|_| seen += 1)
            .run();
    });
    assert_eq!(
        text,
        "the shadow run of `pill` mismatched:\n  control: returned \"A\"\n  \
         candidate: returned \"B\" (mismatched)\n  panics: panicked: \"broken\" (mismatched)\n  \
         same: returned (matched)"
    );
    assert_eq!((seen, tracker.actions()), (1, vec!["mismatch".to_owned()]));
    let text = message(|| {
        exp.use_(|| 1)
            .try_(|| 2)
            .shadow()
            .raise_on_mismatches(true)
            .run();
    });
    assert!(text.contains(".clean(..)"), "{text}");
    for (candidate, ignored, raises) in [(1, false, true), (2, true, true), (2, false, false)] {
        let value = exp
            .use_(|| 1)
            .try_(|| candidate)
            .shadow()
            .ignore(|_, _| ignored)
            .raise_on_mismatches(raises)
            .run();
        assert_eq!(value, 1);
    }
}

#[test]
fn outcomes_of_panics_compare_and_print() {
    let outcome = Outcome::<u8>::Panicked("x".to_owned());
    assert_eq!(outcome.clone(), outcome);
    assert_eq!(format!("{outcome:?}"), "panicked: \"x\"");
    assert_eq!(Outcome::Returned(1).code(), "returned");
    assert_eq!(Diagnostics::default().shadow_failures, 0);
}

struct Heard(std::sync::mpsc::SyncSender<(Operation, Option<String>)>);

impl Hook for Heard {
    fn raised(&self, raised: &Raised<'_>) {
        let name = raised.experiment().map(ToOwned::to_owned);
        self.0.send((raised.operation(), name)).unwrap();
    }
}

#[test]
fn a_configuration_s_hook_hears_what_failed() {
    let (say, heard) = std::sync::mpsc::sync_channel(9);
    let config = Config::builder().hook(Heard(say)).build().unwrap();
    let exp = config.experiment("pill", context! {});
    exp.use_(|| 1)
        .try_(|| 1)
        .shadow()
        .compare(|_, _| panic!("compare"))
        .run();
    let all: Vec<_> = heard.try_iter().collect();
    assert_eq!(all, [(Operation::Shadow, Some("pill".to_owned()))]);
}

#[test]
fn one_rule_s_or_hook_s_panic_is_not_another_s() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let before = Cell::new(false);
    exp.use_(|| 1)
        .try_(|| 2)
        .shadow()
        .before(|| panic!("before"))
        .before(|| before.set(true))
        .ignore(|_, _| panic!("ignore"))
        .ignore(|_, _| true)
        .run();
    assert!(before.get());
    assert_eq!(json(&tracker.events()[0])["verdict"], "ignored");
    assert_eq!(failures(&config), 2);
}

#[test]
fn panics_without_a_text_are_told_apart_by_their_type() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! {});
    let seen = Cell::new(None);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        exp.use_(|| -> u8 { panic_any(7_u64) })
            .variant("same", || panic_any(7_u64))
            .variant("other", || panic_any(7_u32))
            .variant("text", || panic!("no message"))
            .shadow()
            .order(Order::ControlLast)
            .after(|result| {
                let verdicts = result.candidates().iter().map(|c| c.verdict().unwrap());
                seen.set(Some(verdicts.collect::<Vec<_>>()));
            })
            .run()
    }));
    assert!(caught.is_err());
    let expected = [Verdict::Matched, Verdict::Mismatched, Verdict::Mismatched];
    assert_eq!(seen.take().unwrap(), expected);
}

/// What a behaviour or closure holds, and whose drop panics.
struct Held;

impl Drop for Held {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

#[test]
fn drops_of_what_has_not_run_and_of_closures_end_here() {
    for (sample, told) in [(0.0, 3), (100.0, 3)] {
        let (config, _) = candidates();
        let exp = config.experiment("pill", context! {});
        let held = [Held, Held, Held];
        let [first, second, third] = held;
        let value = exp
            .use_(|| 1)
            .variant("first", move || {
                let _held = &first;
                1
            })
            .variant("second", move || {
                let _held = &second;
                1
            })
            .shadow()
            .compare(move |_, _| {
                let _held = &third;
                true
            })
            .deadline(std::time::Duration::ZERO)
            .sample(sample)
            .run();
        assert_eq!((value, failures(&config)), (1, told), "{sample}");
    }
}
