//! A report as a table, as JSON, as a picture.

use variate_report::Report;

use super::support::{Numbers, call, call_of};

fn report() -> Report {
    let mut numbers = Numbers::new(6);
    let mut calls = Vec::new();
    for at in 0..3_000 {
        let (arm, times) = [("control", 1.0), ("<fast>", 0.5), ("\"slow\" & old", 3.0)][at % 3];
        let mut of = call(arm, "time", times * 1_500.0 * (1.0 + numbers.next()));
        if at % 30 == 1 {
            of.outcome = "panicked".into();
        }
        calls.push(of);
    }
    Report::builder().read_once().measurements(&calls).unwrap()
}

#[test]
fn the_table_has_a_line_for_each_arm() {
    let table = report().to_string();
    assert!(table.contains("shop · order"), "{table}");
    let fast = table.lines().find(|line| line.contains("<fast>")).unwrap();
    assert!(fast.contains("1,000") && fast.contains("10 % ["), "{table}");
    assert!(fast.contains("100 panicked"), "{table}");
    assert!(
        table.contains("time (mean)") && table.contains("time (p99)"),
        "{table}"
    );
    // The conclusion's values are as readable as those of the table.
    let conclusion = table.lines().find(|line| line.contains(" against "));
    assert!(
        conclusion.is_some_and(|line| line.contains(" µs against ")),
        "{table}"
    );
    assert!(
        table.contains("µs") && table.contains("p < 0.0001"),
        "{table}"
    );
}

#[test]
fn a_metric_that_the_control_lacks_has_its_name() {
    let mut calls = vec![call("control", "time", 5.0), call("fast", "time", 4.0)];
    calls.push(call("fast", "mismatch", 1.0));
    let table = Report::of(&calls).unwrap().to_string();
    let line = table.lines().find(|line| line.contains("mismatch"));
    assert!(line.is_some_and(|line| line.contains("fast")), "{table}");
}

#[test]
fn it_speaks_of_calls_and_keys() {
    let mut numbers = Numbers::new(8);
    let mut calls = Vec::new();
    for unit in 0..90 {
        let arm = if unit % 3 == 0 { "control" } else { "fast" };
        for _ in 0..3 {
            calls.push(call_of(unit, arm, "time", 1_000.0 + numbers.next()));
        }
    }
    for arm in ["control", "fast"] {
        calls.push(call_of(1_000, arm, "time", 1_000.0));
    }
    let by_keys = Report::of(&calls).unwrap();
    for call in &mut calls {
        call.key = None;
    }
    let by_calls = Report::of(&calls).unwrap();
    for (report, word) in [(&by_keys, "90 keys"), (&by_calls, "272 calls")] {
        let text = report.to_string();
        assert!(text.contains(word), "{text}");
        for jargon in [
            "unit",
            "visitor",
            "exposed",
            "event",
            "variant",
            "conversion",
            "assignment",
        ] {
            assert!(!text.contains(jargon), "{jargon}: {text}");
        }
    }
    let text = by_keys.to_string();
    assert!(text.contains("1 of 91 keys met several arms"), "{text}");
}

#[test]
fn json_reads_back_as_the_same_report() {
    let report = report();
    let back: Report = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(back.methods[0].arms, report.methods[0].arms);
    assert_eq!(back.version, 1);
}

#[test]
fn the_picture_is_whole_and_says_nothing_that_is_not_escaped() {
    let picture = report().svg();
    assert!(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(picture.contains("&lt;fast&gt;") && picture.contains("&quot;slow&quot; &amp; old"));
    assert!(!picture.contains("<fast>") && !picture.contains("NaN") && !picture.contains("inf"));
    // Every element that begins ends.
    let begun = picture.matches('<').count() - picture.matches("</").count();
    let ended = picture.matches("</").count() + picture.matches("/>").count();
    assert_eq!(begun, ended);
    assert_eq!(picture.matches("<polygon").count(), 3);
    // What stands in the table for each arm stands beside its plot.
    for name in ["mean", "median", "p95", "p99"] {
        let marks = picture.matches(&format!("{name}: ")).count();
        assert!(marks >= 3, "{name}: {marks}");
    }
    assert!(picture.contains("1,000 calls") && picture.contains("10 % failed ["));
    assert!(picture.contains(">mean −") && picture.contains(">mean +"));
    // It needs nothing from elsewhere.
    assert!(!picture.contains("href") && !picture.contains("url("));
}

#[test]
fn a_single_value_and_values_below_zero_have_a_picture_too() {
    for values in [vec![5.0], vec![0.0], vec![-3.0, 2.0, 0.0], vec![7.0; 100]] {
        let calls: Vec<_> = values
            .iter()
            .map(|value| call("control", "total", *value))
            .collect();
        let picture = Report::of(&calls).unwrap().svg();
        assert!(
            !picture.contains("NaN") && !picture.contains("inf"),
            "{picture}"
        );
    }
}
