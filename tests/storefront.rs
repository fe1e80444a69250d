//! The example `storefront` as people meet it: a process, its pages over HTTP, and in a browser.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect has failed"
)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "nobody calls into a test from outside"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/shop.rs"]
mod shop;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::browser::Browser;
use crate::shop::{Shop, Visitor, run};

/// The hero's colour by pill.
const COLOURS: [(&str, [u8; 3]); 3] = [
    ("grey", [75, 85, 99]),
    ("red", [194, 24, 58]),
    ("blue", [29, 79, 215]),
];

#[test]
fn a_visitor_keeps_cookie_and_pill() {
    let shop = Shop::open(&[]);
    let mut visitor = Visitor::of(&shop);
    let first = visitor.get("/");
    let set = first.set_cookie.unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=5184000"] {
        assert!(set.contains(attribute), "{set}");
    }
    for _ in 0..5 {
        let again = visitor.get("/");
        assert_eq!(again.set_cookie, None);
        assert_eq!(again.body, first.body);
    }
}

#[test]
fn all_pills_are_shown() {
    let shop = Shop::open(&[]);
    let mut missing = vec!["grey", "red", "blue"];
    eventually("a visitor sees each pill", || {
        let pill = Visitor::of(&shop).get("/").pill();
        missing.retain(|name| *name != pill);
        missing.is_empty().then_some(())
    });
}

#[test]
fn who_asks_not_to_be_tracked_gets_a_page_and_nothing_else() {
    let shop = Shop::open(&[]);
    for header in ["DNT", "Sec-GPC"] {
        let mut visitor = Visitor::of(&shop);
        visitor.headers.push((header, "1".to_owned()));
        let page = visitor.get("/");
        assert_eq!((page.status, page.set_cookie), (200, None));
        let clicked = visitor.post("/click", &[]);
        assert_eq!((clicked.status, clicked.set_cookie), (303, None));
        let bought = visitor.post("/buy", &[("quantity", "1"), ("price", "2")]);
        assert_eq!((bought.status, bought.set_cookie), (303, None));
    }
    let results = shop.results();
    assert_eq!(results["visitors"], 0);
    for row in results["variants"].as_array().unwrap() {
        assert_eq!(row["bought"]["counted"]["events"], 0);
    }

    let mut convert = Visitor::of(&shop);
    convert.get("/");
    convert.headers.push(("DNT", "1".to_owned()));
    let deleted = convert.get("/").set_cookie.unwrap();
    assert!(
        deleted.starts_with("pill_shop=;") && deleted.contains("Max-Age=0"),
        "{deleted}"
    );
}

#[test]
fn a_forged_cookie_is_none() {
    let shop = Shop::open(&[]);
    let mut visitor = Visitor::of(&shop);
    visitor.get("/");
    let genuine = visitor.cookie.clone().unwrap();
    let (signed, id) = genuine.split_at(genuine.len() - 36);
    let forged_id = format!("{signed}00000000-0000-4000-8000-000000000000");
    let unsigned = format!("pill_shop={id}");
    for forged in [forged_id, unsigned, "pill_shop=".to_owned()] {
        visitor.cookie = Some(forged.clone());
        let set = visitor.get("/").set_cookie.unwrap();
        assert!(
            !set.contains(id),
            "{forged} was answered with the genuine id"
        );
    }
    assert_eq!(shop.results()["visitors"], 4);
}

#[test]
fn an_order_that_makes_no_sense_is_refused() {
    let shop = Shop::open(&[]);
    let mut visitor = Visitor::of(&shop);
    visitor.get("/");
    let quantity = "the quantity must be a whole number from 1 to 100";
    let price = "the price must be a number from 0.01 to 1000";
    let orders: [(&[(&str, &str)], &str); 10] = [
        (&[("quantity", "two"), ("price", "4.50")], quantity),
        (&[("quantity", "-1"), ("price", "4.50")], quantity),
        (&[("quantity", "0"), ("price", "4.50")], quantity),
        (&[("quantity", "1.5"), ("price", "4.50")], quantity),
        (&[("price", "4.50")], quantity),
        (&[("quantity", "1"), ("price", "much")], price),
        (&[("quantity", "1"), ("price", "-4.50")], price),
        (&[("quantity", "1"), ("price", "NaN")], price),
        (&[("quantity", "1"), ("price", "inf")], price),
        (&[("quantity", "1")], price),
    ];
    for (order, complaint) in orders {
        let answer = visitor.post("/buy", order);
        assert_eq!(answer.status, 400, "{order:?}");
        assert!(answer.body.contains(complaint), "{order:?}");
    }
    let script = visitor.post("/buy", &[("quantity", "<script>"), ("price", "1")]);
    assert!(script.body.contains("&lt;script&gt;") && !script.body.contains("<script>"));
    let text = visitor.post_as("text/plain", "/buy", "quantity=1&price=4.50");
    assert_eq!(text.status, 400);
    for row in shop.results()["variants"].as_array().unwrap() {
        assert_eq!(row["bought"]["counted"]["events"], 0);
    }
}

#[test]
fn an_order_is_not_repeated_at_length() {
    let shop = Shop::open(&[]);
    let mut visitor = Visitor::of(&shop);
    let long = "9".repeat(10_000);
    for order in [
        [("quantity", &*long), ("price", "1")],
        [("quantity", "1"), ("price", &*long)],
    ] {
        let answer = visitor.post("/buy", &order);
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains(&format!("`{}…`", "9".repeat(60))));
        assert!(!answer.body.contains(&"9".repeat(61)));
    }
    let form = "application/x-www-form-urlencoded";
    // A byte more than axum reads into memory.
    let answer = visitor.post_as(form, "/buy", &"9".repeat((2 << 20) + 1));
    assert_eq!(answer.status, 413);
    assert!(answer.body.contains("the order is too large"));
}

#[test]
fn a_wrong_address_gets_a_page() {
    let shop = Shop::open(&[]);
    let mut visitor = Visitor::of(&shop);
    for (answer, status, told) in [
        (
            visitor.get("/nowhere"),
            404,
            "There is nothing at this address.",
        ),
        (
            visitor.get("/buy"),
            405,
            "does not take this kind of request",
        ),
        (
            visitor.post("/", &[]),
            405,
            "does not take this kind of request",
        ),
    ] {
        assert_eq!((answer.status, answer.set_cookie), (status, None));
        assert!(answer.body.contains(told), "{}", answer.body);
        assert!(answer.body.contains("<a href=\"/\">"));
    }
    assert_eq!(shop.results()["visitors"], 0);
}

#[test]
fn what_is_counted_is_exact() {
    let shop = Shop::open(&[]);
    let mut buyer = Visitor::of(&shop);
    let pill = buyer.get("/").pill();
    let variant = if pill == "grey" { "control" } else { &pill };
    // Others until somebody shares the buyer's variant: a mean has no interval before.
    let mut others = 0;
    eventually("a second visitor has the buyer's pill", || {
        others += 1;
        (Visitor::of(&shop).get("/").pill() == pill).then_some(())
    });
    buyer.get("/");
    for _ in 0..2 {
        assert_eq!(
            buyer.post("/click", &[]).location.as_deref(),
            Some("/checkout")
        );
    }
    for (quantity, price) in [("2", "4.50"), ("1", "0.25")] {
        let bought = buyer.post("/buy", &[("quantity", quantity), ("price", price)]);
        assert_eq!(
            (bought.status, bought.location.as_deref()),
            (303, Some("/thanks"))
        );
    }
    // Who clicks before seeing the pill is a visitor from the first page on, and that click is not the pill's.
    let mut early = Visitor::of(&shop);
    early.post("/click", &[]);
    assert_eq!(shop.results()["visitors"], others + 1);
    early.get("/");

    let page = early.get("/results").body;
    let results = shop.results();
    assert_eq!(results["visitors"], others + 2);
    let rows = results["variants"].as_array().unwrap();
    let names: Vec<_> = rows.iter().map(|row| &row["variant"]).collect();
    assert_eq!(names, ["control", "red", "blue"]);
    for row in rows {
        let bought = &row["bought"]["counted"];
        let clicked = &row["clicked"]["counted"];
        if row["variant"] != variant {
            assert_eq!(
                (&clicked["events"], &bought["events"]),
                (&0.into(), &0.into())
            );
            // Nobody spent anything, which is no interval from 0 to 0.
            assert_eq!(row["value"]["estimate"], Value::Null);
            assert_eq!(row["value"]["note"], "no purchases yet");
            assert!(page.contains("no purchases yet"));
            continue;
        }
        assert_eq!(
            (&clicked["visitors"], &clicked["events"]),
            (&1.into(), &2.into())
        );
        assert_eq!(
            (&bought["visitors"], &bought["events"]),
            (&1.into(), &2.into())
        );
        assert_eq!(bought["sum"], 9.25);
        let n = row["visitors"].as_f64().unwrap();
        let spread = (9.25_f64.powi(2) - 9.25_f64.powi(2) / n) / (n - 1.0);
        let value = &row["value"]["estimate"];
        close(&value["at"], 9.25 / n);
        close(
            &value["high"],
            9.25 / n + 1.959_963_984_540_054 * (spread / n).sqrt(),
        );
        assert_eq!(value["low"], 0.0);
    }
}

#[test]
fn a_simulation_prints_the_table() {
    let output = run(&[
        "--listen",
        "127.0.0.1:0",
        "--visitors",
        "300",
        "--seed",
        "7",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let row = |variant: &str| {
        let line = text.lines().find(|line| line.starts_with(variant));
        let figures = line.unwrap_or_else(|| panic!("no row of {variant} in {text}"));
        let visitors = figures.split_whitespace().nth(1).unwrap();
        assert_eq!(figures.matches('%').count(), 4, "{figures}");
        let value = figures.contains('€') || figures.contains("no purchases yet");
        assert!(value, "{figures}");
        visitors.parse::<u64>().unwrap()
    };
    let counted: u64 = ["control ", "red ", "blue "].into_iter().map(row).sum();
    let summary = text.lines().last().unwrap();
    let private: u64 = word_before(summary, "asked not to be tracked");
    assert!(summary.starts_with("300 visitors, ") && summary.ends_with(", 0 failed"));
    assert_eq!(counted, 300 - private, "{text}");
    // Nobody watches, so that there is no bar.
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn intervals_are_those_of_wilson() {
    let shop = Shop::open(&["--visitors", "300", "--stay"]);
    shop.await_line("serving until interrupted");
    for row in shop.results()["variants"].as_array().unwrap() {
        let n = row["visitors"].as_f64().unwrap();
        for action in ["clicked", "bought"] {
            let rate = &row[action]["estimate"];
            let hits = row[action]["counted"]["visitors"].as_f64().unwrap();
            let p = hits / n;
            close(&rate["at"], p);
            // The bounds are the rates that the sample just does not contradict: the score test's zeros.
            for bound in ["low", "high"] {
                let bound = rate[bound].as_f64().unwrap();
                let distance = (p - bound).powi(2);
                let allowed = 1.959_963_984_540_054_f64.powi(2) * bound * (1.0 - bound) / n;
                assert!((distance - allowed).abs() < 1e-12, "{row}");
            }
        }
    }
}

#[test]
fn a_port_in_use_is_told_in_a_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["--listen", &address]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.starts_with(&format!("Error: cannot listen on {address}: ")),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[cfg(unix)]
#[test]
fn signals_end_the_shop_in_good_order() {
    for signal in ["INT", "TERM"] {
        let mut shop = Shop::open(&[]);
        Visitor::of(&shop).get("/");
        end(&mut shop, signal);
    }
}

#[cfg(unix)]
#[test]
fn a_request_half_sent_does_not_keep_the_shop_open() {
    let mut shop = Shop::open(&[]);
    Visitor::of(&shop).get("/");
    let mut half = TcpStream::connect(shop.address()).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let head = "POST /buy HTTP/1.1\r\nhost: shop\r\nexpect: 100-continue\r\n\
        content-type: application/x-www-form-urlencoded\r\ncontent-length: 22\r\n\r\n";
    half.write_all(head.as_bytes()).unwrap();
    // Said once the order is being read: from here on the request is at hand.
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut said = [0; 25];
    half.read_exact(&mut said).unwrap();
    assert_eq!(&said, expected);
    half.write_all(b"quantity=1").unwrap();
    end(&mut shop, "TERM");
}

/// Sends a signal, and waits until the shop has ended well.
#[cfg(unix)]
fn end(shop: &mut Shop, signal: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{signal} {}", shop.process.id())])
        .status()
        .unwrap();
    assert!(sent.success());
    let status = eventually("the shop ends", || shop.process.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_person_shops_in_a_browser() {
    let shop = Shop::open(&[]);
    let browser = Browser::open(1280, 900);
    let mut missing = COLOURS.to_vec();
    // One person after the other, until each pill was on the screen.
    eventually("the browser shows each pill", || {
        browser.forget();
        browser.go(&shop.url("/"));
        let pill = browser.run("return document.documentElement.dataset.pill");
        let pill = pill.as_str().unwrap().to_owned();
        if missing.iter().any(|(name, _)| *name == pill) {
            let (_, [red, green, blue]) =
                COLOURS.into_iter().find(|(name, _)| *name == pill).unwrap();
            let ground = browser.style(".hero", "background-color");
            assert_eq!(ground, format!("rgba({red}, {green}, {blue}, 1)"));
            assert_eq!(browser.text("#take"), format!("Take the {pill} pill"));
            let picture = browser.picture(&shot(&format!("product-{pill}")));
            let share = picture.share(picture.area(), [red, green, blue]);
            assert!(share > 0.3, "only {share} of the page is {pill}");
            for text in ["h1", ".story", "#take", ".reasons h2"] {
                let contrast = picture.contrast(browser.area(text));
                assert!(contrast >= 4.5, "{text} has a contrast of {contrast}");
            }
            missing.retain(|(name, _)| *name != pill);
        }
        missing.is_empty().then_some(())
    });

    let visitors = shop.results()["visitors"].as_u64().unwrap();
    browser.click("#take");
    eventually("the checkout opens", || {
        (browser.path() == "/checkout").then_some(())
    });
    browser.picture(&shot("checkout"));
    browser.fill("#quantity", "3");
    browser.fill("#price", "2.50");
    browser.click("#buy");
    eventually("the shop says thanks", || {
        (browser.path() == "/thanks").then_some(())
    });
    assert_eq!(browser.text("h1"), "Thank you.");
    browser.picture(&shot("thanks"));
    let results = shop.results();
    assert_eq!(results["visitors"], visitors);
    let sums = results["variants"].as_array().unwrap().iter();
    let sums = sums.map(|row| row["bought"]["counted"]["sum"].as_f64().unwrap());
    assert!((sums.sum::<f64>() - 7.5).abs() < 1e-12);

    browser.go(&shop.url("/results"));
    browser.run("window.sameWindow = true");
    assert_eq!(browser.text("#visitors"), visitors.to_string());
    Visitor::of(&shop).get("/");
    eventually("the results show the next visitor", || {
        (browser.text("#visitors") == (visitors + 1).to_string()).then_some(())
    });
    assert_eq!(browser.run("return window.sameWindow"), true);
    assert_eq!(browser.text("#live"), "live");
    assert_eq!(browser.complaints(), Value::Array(Vec::new()));
}

#[test]
fn a_person_reads_the_results_in_a_browser() {
    let shop = Shop::open(&["--visitors", "3000", "--seed", "3", "--stay"]);
    shop.await_line("serving until interrupted");
    let results = shop.results();
    let browser = Browser::open(1440, 1000);
    for (mode, marks) in [
        ("light", [[107, 118, 134], [215, 38, 75], [47, 102, 240]]),
        ("dark", [[152, 162, 179], [244, 88, 122], [109, 155, 255]]),
    ] {
        if mode == "dark" {
            browser.prefer_dark();
        }
        browser.go(&shop.url("/results"));
        eventually("the page is live", || {
            (browser.text("#live") == "live").then_some(())
        });
        let picture = browser.picture(&shot(&format!("results-{mode}")));
        for text in ["h1", "table", "#sentences", ".fine"] {
            let contrast = picture.contrast(browser.area(text));
            assert!(
                contrast >= 4.5,
                "{mode}: {text} has a contrast of {contrast}"
            );
        }
        let rows = results["variants"].as_array().unwrap();
        for (row, mark) in rows.iter().zip(marks) {
            let line = format!("tr[data-variant={}]", row["variant"].as_str().unwrap());
            for column in ["visitors", "clicked", "bought", "value"] {
                let plot = format!("{line} [data-column={column}] .plot");
                let share = picture.share(browser.area(&plot), mark);
                assert!(share > 0.05, "{mode}: only {share} of {plot} is drawn");
            }
            assert_eq!(
                browser.text(&format!("{line} [data-column=visitors] strong")),
                row["visitors"].to_string()
            );
            let rate = &row["clicked"]["estimate"];
            let shown = browser.text(&format!("{line} [data-column=clicked] strong"));
            assert_eq!(shown, rate["text"].as_str().unwrap());
        }
    }
    let page = Visitor::of(&shop).get("/results").body;
    for row in results["variants"].as_array().unwrap() {
        let interval = row["bought"]["estimate"]["interval"].as_str().unwrap();
        assert!(
            page.contains(interval),
            "without a script, {interval} is missing"
        );
    }
}

/// Where a picture goes for people to look at.
fn shot(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("storefront-{name}.png"))
}

/// Asks again and again until there is an answer.
fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(answer) = check() {
            return answer;
        }
        assert!(Instant::now() < deadline, "still waiting: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn word_before(text: &str, what: &str) -> u64 {
    let (before, _) = text.split_once(what).unwrap();
    before.split_whitespace().last().unwrap().parse().unwrap()
}

fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!(
        (value - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "{value} is not {expected}"
    );
}
