//! What matches, what does not, and what is ignored.

use std::cell::{Cell, RefCell};

use variate::context;
use variate::shadow::{Observation, Outcome, Verdict};

use super::{candidates, json};

#[test]
fn values_are_compared_by_equality() {
    for (candidate, verdict) in [(1, "matched"), (2, "mismatched")] {
        let (config, tracker) = candidates();
        let exp = config.experiment("pill", context! {});
        exp.use_(|| 1).try_(|| candidate).shadow().run();
        let event = &tracker.events()[0];
        assert_eq!(json(event)["verdict"], verdict);
        assert_eq!(json(event)["candidates"]["candidate"]["verdict"], verdict);
    }
}

#[test]
fn a_comparison_needs_nothing_of_the_values() {
    struct Page {
        words: usize,
    }
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let sides = RefCell::new(Vec::new());
    let page = exp
        .use_(|| Page { words: 1 })
        .try_(|| Page { words: 2 })
        .shadow()
        .compare(|control, candidate| {
            sides.borrow_mut().push((control.words, candidate.words));
            control.words + 1 == candidate.words
        })
        .run();
    assert_eq!(page.words, 1);
    assert_eq!(sides.into_inner(), [(1, 2)]);
    assert_eq!(tracker.actions(), ["shadow"]);
}

#[test]
fn what_is_ignored_has_not_matched() {
    let (config, tracker) = candidates();
    let exp = config.experiment("pill", context! {});
    let asked = Cell::new(0);
    exp.use_(|| 1)
        .try_(|| 2)
        .variant("equal", || 1)
        .variant("far", || 9)
        .shadow()
        .ignore(|_, candidate| *candidate == 7)
        .ignore(|control, candidate| {
            asked.set(asked.get() + 1);
            control + 1 == *candidate
        })
        .after(|result| {
            let verdicts: Vec<_> = result
                .candidates()
                .iter()
                .map(Observation::verdict)
                .collect();
            let expected = [Verdict::Ignored, Verdict::Matched, Verdict::Mismatched];
            assert_eq!(verdicts, expected.map(Some));
            assert!(result.is_mismatch() && !result.is_match());
            let far: Vec<_> = result.having(Verdict::Mismatched).collect();
            assert_eq!(far[0].variant(), "far");
        })
        .run();
    assert_eq!(asked.get(), 2, "rules are asked about mismatches alone");
    exp.use_(|| 1)
        .try_(|| 2)
        .shadow()
        .ignore(|_, _| true)
        .after(|result| assert_eq!(result.verdict(), Verdict::Ignored))
        .run();
    assert_eq!(tracker.actions(), ["mismatch", "shadow"]);
    assert_eq!(json(&tracker.events()[1])["verdict"], "ignored");
    assert_eq!(config.diagnostics().shadow_failures, 0);
}

/// An error without equality.
#[derive(Debug)]
struct Failure(&'static str, u8);

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0)
    }
}

#[test]
fn results_are_compared_value_with_value_and_error_with_error() {
    let cases = [
        (Ok(1), Ok(1), "shadow", "shadow", "shadow"),
        (Ok(1), Ok(2), "mismatch", "mismatch", "shadow"),
        (Ok(1), Err(("a", 1)), "mismatch", "mismatch", "mismatch"),
        (Err(("a", 1)), Ok(1), "mismatch", "mismatch", "mismatch"),
        (
            Err(("a", 1)),
            Err(("b", 1)),
            "mismatch",
            "shadow",
            "mismatch",
        ),
        (Err(("a", 1)), Err(("a", 2)), "shadow", "mismatch", "shadow"),
    ];
    for (control, candidate, by_text, by_closure, by_both) in cases {
        let (config, tracker) = candidates();
        let exp = config.experiment("pill", context! {});
        let run = |result: Result<i32, (&'static str, u8)>| {
            move || result.map_err(|(text, code)| Failure(text, code))
        };
        let shadow = || exp.use_(run(control)).try_(run(candidate)).shadow();
        let _ = shadow().compare_errors_by_text().run();
        let _ = shadow().compare_errors(|c, d| c.1 == d.1).run();
        let _ = shadow()
            .compare_results(|_, _| true, |c, d| c.0 == d.0)
            .run();
        assert_eq!(
            tracker.actions(),
            [by_text, by_closure, by_both],
            "{control:?} {candidate:?}"
        );
    }
}

#[test]
fn panics_are_equal_if_they_say_the_same() {
    for (message, action) in [("broken", "shadow"), ("broken otherwise", "mismatch")] {
        let (config, tracker) = candidates();
        let exp = config.experiment("pill", context! {});
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            exp.use_(|| -> u8 { panic!("broken") })
                .try_(|| panic!("{message}"))
                .shadow()
                .order(variate::shadow::Order::ControlLast)
                .run()
        }));
        assert!(caught.is_err());
        assert_eq!(tracker.actions(), [action]);
    }
}

#[test]
fn a_result_knows_all_of_the_run() {
    let (config, _) = candidates();
    let exp = config.experiment("pill", context! { user_id: 7 });
    let seen = Cell::new(false);
    exp.use_(|| "a")
        .try_(|| "b")
        .shadow()
        .order(variate::shadow::Order::ControlLast)
        .clean(|text| text.to_uppercase())
        .label("eu-west")
        .after(|result| {
            assert_eq!(result.experiment().name(), "pill");
            assert_eq!(result.experiment().key(), exp.key());
            assert_eq!(result.order(), ["candidate", "control"]);
            assert_eq!(
                result.label().and_then(variate::Value::as_str),
                Some("eu-west")
            );
            assert_eq!(result.control().verdict(), None);
            assert_eq!(result.control().variant(), "control");
            let candidate = result.candidate("candidate").unwrap();
            assert_eq!(*candidate.outcome(), Outcome::Returned("b"));
            assert_eq!(
                candidate.cleaned().and_then(|value| value.as_str()),
                Some("B")
            );
            assert!(result.candidate("red").is_none());
            seen.set(true);
        })
        .run();
    assert!(seen.get());
    assert_eq!(config.diagnostics().shadow_failures, 0);
}
