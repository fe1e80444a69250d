//! Every example runs, and says what its reader expects.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::process::Command;

/// What an example prints. The examples are built together with the tests.
fn run(example: &str) -> String {
    let test = std::env::current_exe().unwrap();
    let path = test
        .parent()
        .and_then(|deps| deps.parent())
        .map(|profile| profile.join("examples").join(example))
        .unwrap();
    let output = Command::new(&path).output().unwrap_or_else(|error| {
        panic!(
            "{}: {error}: run `cargo build --examples --all-features`",
            path.display()
        )
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn quickstart() {
    let pills = run("quickstart");
    assert_eq!(pills.lines().count(), 4);
    for pill in ["grey", "red", "blue"] {
        assert!(pills.contains(&format!("gets the {pill} pill")), "{pills}");
    }
    let source = include_str!("../examples/quickstart.rs");
    assert!(source.lines().count() <= 25, "a quick start is short");
}

#[test]
fn custom_resolver() {
    assert_eq!(
        run("custom_resolver").lines().collect::<Vec<_>>(),
        [
            "checkout for free: new page, chosen by the resolver",
            "search for staff: new page, chosen by the resolver",
            "search for free: old page, the resolver left this unit out",
            "profile for free: old page, the resolver failed: the flag service does not answer",
        ]
    );
}

#[test]
fn custom_tracker() {
    let printed = run("custom_tracker");
    assert!(printed.contains("2 events written, 0 dropped"), "{printed}");
    assert!(printed.contains("sold for 19.5"), "{printed}");
    let events: Vec<serde_json::Value> = printed
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["action"], "assignment");
    assert_eq!(events[1]["value"], 19.5);
    assert_eq!(events[1]["properties"]["currency"], "EUR");
}

#[test]
fn migrations() {
    let printed = run("migrations");
    assert!(
        printed.contains("both know the unit by its first key"),
        "{printed}"
    );
}

#[cfg(feature = "derive")]
#[test]
fn asynchronous() {
    let printed = run("asynchronous");
    assert!(printed.contains("finds pages with pills"), "{printed}");
    assert!(printed.contains("finds pages about pills"), "{printed}");
}

#[cfg(feature = "derive")]
#[test]
fn typed() {
    let printed = run("typed");
    assert_eq!(printed.lines().count(), 4);
    assert!(printed.contains(": Red #cc0000"), "{printed}");
}

#[cfg(feature = "links")]
#[test]
fn published() {
    let printed = run("published");
    assert!(
        printed.contains(r#"{"pill_color":{"variant":"red","#),
        "{printed}"
    );
    assert!(!printed.contains(r#""next_pricing""#), "{printed}");
    let last: Vec<_> = printed.lines().rev().take(3).collect();
    assert_eq!(
        last,
        [
            "404 Not Found: the link is not signed with this secret",
            "302 Found, Location: https://partner.example/pills",
            "tracked: pill_color partner_clicked",
        ]
    );
}

#[test]
fn declared() {
    let printed = run("declared");
    for lines in [
        "user 2, free: 900 cents, the unit is outside the range of the layer\n  express: chosen by the resolver\n",
        "user 5, student: 700 cents, given by a segment\n  express: the unit is outside the range of the layer\n",
        "user 6, free: 1100 cents, chosen by the resolver\n",
        "user 7, staff: 900 cents, the unit is excluded\n",
        "user 8, free: 900 cents, the unit is outside the traffic share\n",
        "=> 8. resolver",
    ] {
        assert!(printed.contains(lines), "{lines}: {printed}");
    }
}

#[cfg(feature = "memory-store")]
#[test]
fn sticky() {
    assert_eq!(
        run("sticky").lines().collect::<Vec<_>>(),
        [
            "visitor c7f1: new page, chosen by the resolver",
            "visitor c7f1, candidate at 0 %: new page, stored before",
            "visitor d802, candidate at 0 %: old page, chosen by the resolver",
            "visitor c7f1, now user 42: new page, stored before",
            "user 42 later: new page, stored before",
            "user 42, only who is assigned: new page, stored before",
            "user 43, only who is assigned: old page, the unit was not assigned before",
            "2 assignments purged",
            "user 42 after that: old page, chosen by the resolver",
        ]
    );
}

#[test]
fn hooks() {
    let printed = run("hooks");
    let (one, others) = printed
        .split_once("one inside another, tracked:\n")
        .unwrap();
    assert_eq!(
        one.lines().map(str::trim).collect::<Vec<_>>(),
        [
            "one run:",
            "event: search assignment {}",
            "hook: search begins as candidate",
            "before: candidate",
            "after: [\"new\"]",
            "hook: search ends, Returned",
            "the caller gets [\"new\"]",
        ]
    );
    let (tracked, others) = others.split_once("one inside another, denied:\n").unwrap();
    assert!(
        tracked.contains("event: page nested {\"experiment\": \"button\"}"),
        "{printed}"
    );
    assert!(tracked.contains("the button is red"), "{printed}");
    let (denied, failed) = others.split_once("a resolver that fails:\n").unwrap();
    assert!(
        denied.contains("hook: Nest: experiment `button`"),
        "{printed}"
    );
    assert!(denied.contains("the button is grey"), "{printed}");
    assert!(
        failed.contains("hook: Resolve: experiment `page`"),
        "{printed}"
    );
    assert!(failed.contains("the caller gets the old page"), "{printed}");
}

#[test]
fn forced() {
    assert_eq!(
        run("forced").lines().collect::<Vec<_>>(),
        [
            "with the link: new page, forced",
            "events so far: 0",
            "without it: old page, chosen by the resolver",
            "a forged one: old page, chosen by the resolver",
            "an hour later: old page, chosen by the resolver",
            "tokens refused: 2",
            "forced by the program: new page, forced",
            "cleared: old page, chosen by the resolver",
        ]
    );
}

/// Keys and variants are those of `user_id` in `tests/data/gitlab.json`, which Ruby gave.
#[test]
fn ruby_interop() {
    assert_eq!(
        run("ruby_interop"),
        "user 1: new page, as in Ruby\nuser 42: old page, as in Ruby\n"
    );
}

#[test]
fn testing_an_application() {
    let printed = run("testing_an_application");
    assert_eq!(printed.lines().count(), 2, "{printed}");
}

#[cfg(feature = "shadow")]
#[test]
fn shadow() {
    let printed = run("shadow");
    for line in [
        "order 1: Matched, 0 ignored",
        "order 2: Ignored, 1 ignored",
        "order 3: Matched, 0 ignored",
        "order 1: the customer pays 1125",
        "order 4: the customer paid 898, 0 runs dropped",
        "order 5: control took ",
        "order 5: candidate took ",
        "order 5: the customer pays 898",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let mismatch = printed
        .lines()
        .find_map(|line| line.strip_prefix("mismatch "));
    let mismatch: serde_json::Value = serde_json::from_str(mismatch.unwrap()).unwrap();
    assert_eq!(mismatch["candidates"]["candidate"]["value"], 900);
}

#[cfg(feature = "testing")]
#[test]
fn testing_kit() {
    let printed = run("testing_kit");
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "six tests pass, and one fails:",
            "`cancellation` `cancelled` with value 4 was not tracked",
            "",
        ]
    );
    assert!(lines[5].ends_with("value, not 4"), "{printed}");
}

#[cfg(feature = "component")]
#[test]
fn order_value() {
    assert_eq!(
        run("order_value").lines().collect::<Vec<_>>(),
        [
            "cake is sold out",
            "one_stock: revenue 5 EUR",
            "two_stocks: revenue 5 EUR",
            "one_stock: lost_revenue 20 EUR",
            "two_stocks: revenue 20 EUR",
        ]
    );
}

#[cfg(feature = "component")]
#[test]
fn company_selector() {
    let printed = run("company_selector");
    let greetings = |company: &str| -> Vec<String> {
        let line = printed.lines().find_map(|line| line.strip_prefix(company));
        line.unwrap().split(", ").map(str::to_owned).collect()
    };
    assert_eq!(greetings("Acme: "), ["Good day to you"; 6]);
    assert_eq!(greetings("Initech: "), ["Hi"; 6]);
    // Of no company that a rule knows, each user gets their own.
    let mut others = greetings("Hooli: ");
    others.sort_unstable();
    others.dedup();
    assert_eq!(others, ["Good day to you", "Hi"]);
}
