//! Rows without a date among others that have one.

use serde_json::Value;
use variate_stats::ep_stats::{GoalError, Mode};

use super::{answer, clicks, evaluated};

/// Exposures and clicks of a, then of b, of which only some rows have a day; with a period.
fn dated(days: [Option<&str>; 4]) -> Value {
    let mut body = clicks(&[("a", 1000.0, 100.0), ("b", 1000.0, 130.0)]);
    for (row, day) in body["goals"].as_array_mut().unwrap().iter_mut().zip(days) {
        row["date"] = day.into();
    }
    for (name, day) in [
        ("date_from", "2026-01-01"),
        ("date_to", "2026-01-05"),
        ("date_for", "2026-01-05"),
    ] {
        body[name] = day.into();
    }
    body
}

const DAY: Option<&str> = Some("2026-01-02");

#[test]
fn a_row_without_a_date_is_refused_where_others_have_one() {
    for (days, row) in [
        (
            [DAY, DAY, DAY, None],
            "row 4 of the goals (\"click\" of variant \"b\")",
        ),
        // Not for want of goals of the control.
        (
            [None, None, DAY, DAY],
            "row 1 of the goals (\"exposure\" of variant \"a\")",
        ),
    ] {
        let refused = answer(&dated(days), Mode::Corrected);
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.message.contains(row), "{}", refused.message);
        assert!(
            refused.message.contains("date all rows, or none"),
            "{}",
            refused.message
        );
    }
}

#[test]
fn rows_that_are_all_dated_or_all_not_are_taken() {
    for days in [[DAY; 4], [None; 4]] {
        let body = evaluated(&dated(days), Mode::Corrected);
        assert_eq!(body["metrics"][0]["stats"][1]["sum_value"], 130.0);
    }
    // Nobody asks for days.
    let mut body = dated([DAY, DAY, DAY, None]);
    for name in ["date_from", "date_to", "date_for"] {
        body[name] = Value::Null;
    }
    let body = evaluated(&body, Mode::Corrected);
    assert_eq!(body["metrics"][0]["stats"][1]["sum_value"], 130.0);
}

#[test]
fn days_of_another_experiment_ask_for_none() {
    let mut body = dated([None; 4]);
    let mut other = body["goals"][0].clone();
    other["exp_id"] = "other".into();
    other["date"] = "2026-01-02".into();
    body["goals"].as_array_mut().unwrap().push(other);
    let body = evaluated(&body, Mode::Corrected);
    assert_eq!(body["metrics"][0]["stats"][1]["sum_value"], 130.0);
}

#[test]
fn the_original_leaves_it_out() {
    let body = evaluated(&dated([DAY, DAY, DAY, None]), Mode::Compat);
    assert_eq!(body["metrics"][0]["stats"][1]["sum_value"], 0.0);
}

#[test]
fn units_are_dated_alike_too() {
    let mut body = dated([DAY, DAY, DAY, None]);
    body["by_unit"] = true.into();
    for row in body["goals"].as_array_mut().unwrap() {
        row["unit_id"] = "one".into();
    }
    let refused = answer(&body, Mode::Corrected);
    assert_eq!(refused.status, 422);
    assert!(refused.message.contains("row 4"), "{}", refused.message);
}

#[test]
fn it_is_an_error_of_its_own() {
    let error = GoalError::Undated {
        row: 4,
        goal: "click".into(),
        variant: "b".into(),
    };
    assert_eq!(
        error.to_string(),
        "row 4 of the goals (\"click\" of variant \"b\") has no date, and others have one; date all rows, or none"
    );
}
