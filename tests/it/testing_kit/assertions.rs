//! Assertions of events, and what they say when they fail.

use variate::testing::{self, Pattern, Recording};
use variate::{Action, Config, context, experiment};

use super::message;
use crate::support::build;

type Change = fn(Pattern) -> Pattern;

/// A purchase and what went before.
fn purchase() -> Recording {
    let events = testing::record();
    let (config, _) = build(Config::builder().name_prefix("shop"));
    let _stub = testing::stub("pill", "red");
    let exp = config.experiment("pill", context! { user_id: 42, plan: "pro" });
    exp.use_(|| "grey").variant("red", || "red").run();
    exp.track("looked at");
    exp.track("looked at");
    exp.track(
        Action::new("bought")
            .value(9.99)
            .property("currency", "EUR")
            .property("count", 1),
    );
    events
}

#[test]
fn what_was_tracked_is_found_by_any_of_its_parts() {
    let events = purchase();
    let key = events.all()[0].record.key.clone();
    let found = variate::assert_tracked!(events, "pill", "bought");
    assert_eq!(found.len(), 1);
    let at = found[0].record.at;
    variate::assert_tracked!(events, "shop_pill", "bought", once,);
    variate::assert_tracked!(events, "pill", "looked at", times = 2);
    variate::assert_tracked!(events, "pill", "refused", times = 0);
    variate::assert_tracked!(
        events,
        "pill",
        "bought",
        variant = "red",
        value = 9.99,
        key = key,
        reason = "stubbed",
        at = at,
        context = context! { user_id: 42 },
        exact_context = context! { plan: "pro", user_id: 42 },
        properties = context! { currency: "EUR" },
    );
    variate::assert_exposed!(events, "pill", variant = "red", once);
    variate::assert_not_tracked!(events, "button");
    variate::assert_not_tracked!(events, "pill", "refused");
    variate::assert_not_tracked!(events, "pill", "bought", variant = "blue");
    variate::assert_not_exposed!(events, "pill", variant = "blue");
    variate::assert_not_exposed!(events, "button");
}

#[test]
fn events_are_given_by_value_or_by_reference() {
    fn check(events: &testing::Events) {
        variate::assert_tracked!(events, String::from("pill"), "bought");
    }
    let events = purchase();
    let by_reference = &events;
    variate::assert_tracked!(by_reference, "pill", "bought");
    variate::assert_tracked!((*events).clone(), "pill", "bought");
    check(&events);
}

#[test]
fn each_part_that_differs_is_named() {
    let events = purchase();
    let cases: [(Change, &str); 9] = [
        (|bought| bought.variant("blue"), "variant, not `blue`"),
        (|bought| bought.value(10), "value, not 10"),
        (|bought| bought.key("k"), ", not k"),
        (|bought| bought.reason("resolved"), "reason, not `resolved`"),
        (
            |bought| bought.at(std::time::SystemTime::UNIX_EPOCH),
            "later than expected",
        ),
        (
            |bought| bought.context(context! { user_id: "42" }),
            "context `user_id`, not \"42\"",
        ),
        (
            |bought| bought.context(context! { country: "DE" }),
            "context `country`, not \"DE\"",
        ),
        (
            |bought| bought.properties(context! { currency: "USD" }),
            "property `currency`, not \"USD\"",
        ),
        (
            |bought| bought.exact_context(context! { user_id: 42 }),
            "context `plan`, not expected",
        ),
    ];
    for (change, expected) in cases {
        let pattern = change(Pattern::new("pill", "bought"));
        let told = message(|| drop(events.assert_tracked(&pattern)));
        let nearest = told.lines().nth(4).unwrap();
        assert!(
            nearest.contains("bought") && nearest.ends_with(expected),
            "{told}"
        );
        events.assert_not_tracked(&pattern);
    }
}

#[test]
fn a_failure_lists_what_was_tracked_the_nearest_first() {
    let events = purchase();
    let told = message(|| {
        variate::assert_tracked!(events, "pill", "bought", value = 19.99, variant = "red");
    });
    let expected = r#"
`pill` `bought` with variant `red`, value 19.99 was not tracked

tracked, the nearest first:
      experiment  action      variant  value  properties                      context                       reason   differs in
  4.  shop_pill   bought      red      9.99   {"currency": "EUR", "count": 1}  {"user_id": 42, "plan": "pro"}  stubbed  value, not 19.99
  1.  shop_pill   assignment  red                                              {"user_id": 42, "plan": "pro"}  stubbed  action; value, not 19.99
  2.  shop_pill   looked at   red                                              {"user_id": 42, "plan": "pro"}  stubbed  action; value, not 19.99
  3.  shop_pill   looked at   red                                              {"user_id": 42, "plan": "pro"}  stubbed  action; value, not 19.99"#;
    let words = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    };
    assert_eq!(words(&told), words(expected.trim_start()), "{told}");
    // Columns are aligned.
    let columns: Vec<_> = told
        .lines()
        .skip(3)
        .map(|line| line.find("stubbed"))
        .collect();
    assert!(
        columns[1].is_some() && columns[1..].iter().all(|column| *column == columns[1]),
        "{told}"
    );
}

#[test]
fn another_number_of_times_is_told() {
    let events = purchase();
    let told = message(|| drop(variate::assert_tracked!(events, "pill", "looked at", once)));
    assert!(
        told.starts_with("`pill` `looked at` was tracked twice, and not once\n"),
        "{told}"
    );
    let told = message(|| {
        drop(variate::assert_tracked!(
            events,
            "pill",
            "refused",
            times = 3
        ));
    });
    assert!(
        told.starts_with("`pill` `refused` was tracked never, and not 3 times\n"),
        "{told}"
    );
}

#[test]
fn what_must_not_be_tracked_is_told() {
    let events = purchase();
    let told = message(|| variate::assert_not_tracked!(events, "pill", "looked at"));
    assert!(
        told.starts_with("`pill` `looked at` was tracked twice\n"),
        "{told}"
    );
    assert!(told.lines().nth(4).unwrap().ends_with("nothing"), "{told}");
    let told = message(|| variate::assert_not_tracked!(events, "pill"));
    assert!(told.starts_with("`pill` was tracked 4 times\n"), "{told}");
    let told = message(|| variate::assert_not_tracked!(events));
    assert!(
        told.starts_with("something was tracked 4 times\n"),
        "{told}"
    );
    let told = message(|| variate::assert_not_exposed!(events, "pill"));
    assert!(
        told.starts_with("`pill` `assignment` was tracked once\n"),
        "{told}"
    );
    let told = message(|| variate::assert_not_tracked!(events, "pill", "bought", once));
    assert!(
        told.contains("use `assert_tracked!` with `times`"),
        "{told}"
    );
}

#[test]
fn an_order_has_room_for_others() {
    let events = purchase();
    variate::assert_tracked_in_order!(events, []);
    variate::assert_tracked_in_order!(
        events,
        [
            ("pill", "assignment", variant = "red"),
            ("pill", "looked at"),
            ("shop_pill", "bought", value = 9.99,),
        ],
    );
    variate::assert_tracked_in_order!(events, [("pill", "looked at"), ("pill", "looked at")]);
}

#[test]
fn what_does_not_follow_is_told() {
    let events = purchase();
    let told = message(|| {
        variate::assert_tracked_in_order!(
            events,
            [
                ("pill", "assignment"),
                ("pill", "bought"),
                ("pill", "looked at")
            ]
        );
    });
    assert!(
        told.starts_with("`pill` `looked at` was not tracked after `pill` `bought`\n"),
        "{told}"
    );
    let lines: Vec<_> = told.lines().skip(4).map(str::trim_end).collect();
    assert!(lines[0].ends_with("nothing from 1"), "{told}");
    assert!(
        lines[1].ends_with("stubbed") && lines[2].ends_with("stubbed"),
        "{told}"
    );
    assert!(lines[3].ends_with("nothing from 2"), "{told}");
    let told = message(|| variate::assert_tracked_in_order!(events, [("pill", "refused")]));
    assert!(
        told.starts_with("`pill` `refused` was not tracked\n"),
        "{told}"
    );
    let told = message(|| variate::assert_tracked_in_order!(events, [("pill", "bought", once)]));
    assert!(told.contains("no number of times"), "{told}");
}

#[test]
fn a_failure_without_events_says_so_and_why() {
    let events = testing::record();
    let _never = testing::stub("pil", "red");
    let _stub = testing::excluded("pill");
    for _ in 0..2 {
        experiment("pill", context! {}).use_(|| 1).try_(|| 2).run();
    }
    experiment("button", context! {})
        .tracking(false)
        .track("clicked");
    let told = message(|| drop(variate::assert_exposed!(events, "pill")));
    assert!(told.contains("\n\nnothing was tracked\n"), "{told}");
    assert!(
        told.contains("\n  `pill` `assignment` as `control`: the unit is excluded (twice)\n"),
        "{told}"
    );
    assert!(
        told.contains("`clicked` as `") && told.contains("tracking is off for this unit"),
        "{told}"
    );
    assert!(
        told.contains("`pil` is stubbed as `red` (tests/it/testing_kit/"),
        "{told}"
    );
    assert!(told.contains("), and was never asked"), "{told}");
    assert!(!told.contains("`pill` is stubbed"), "{told}");
}

#[test]
fn a_stub_that_does_not_fit_is_told_with_the_assertion() {
    let told = message(|| {
        let events = testing::record();
        let _stub = testing::stub("pill", "rde");
        experiment("pill", context! {})
            .use_(|| 1)
            .variant("red", || 2)
            .run();
        variate::assert_exposed!(events, "pill", variant = "red");
    });
    assert!(told.contains("`pill` is stubbed as `rde`"), "{told}");
    assert!(
        told.contains("the experiment has only `control`, `red`"),
        "{told}"
    );
}

#[test]
fn a_long_list_is_cut() {
    let events = testing::record();
    let exp = experiment("pill", context! {});
    for count in 0..40 {
        exp.track(Action::new("counted").value(f64::from(count)));
    }
    let told = message(|| {
        drop(variate::assert_tracked!(
            events,
            "pill",
            "counted",
            value = 50
        ));
    });
    assert!(told.ends_with("\n  and 15 more"), "{told}");
    assert!(!told.contains("\n  26."), "{told}");
}

#[test]
fn a_failure_points_to_the_assertion() {
    let place = std::sync::Arc::new(std::sync::Mutex::new(None));
    let seen = place.clone();
    let thread = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == thread {
            let location = panic.location().unwrap();
            *seen.lock().unwrap() = Some((location.file().to_owned(), location.line()));
        }
        before(panic);
    }));
    let events = testing::record();
    let line = line!() + 1;
    message(|| drop(variate::assert_tracked!(events, "pill", "bought")));
    let found = place.lock().unwrap().take();
    assert_eq!(found, Some((file!().to_owned(), line)));
}
