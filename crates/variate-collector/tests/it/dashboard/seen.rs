//! The dashboard as people see and use it, in a browser.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::axe::violations;
use variate_collector::{EventStore as _, NewEvent};

use super::site::{ADMIN, NOW, Site};
use crate::browser::Browser;

/// Pictures for people to look at.
fn picture(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dashboard");
    std::fs::create_dir_all(&place).unwrap();
    place.join(format!("{name}.png"))
}

/// Waits until the page is there on which something holds.
fn until(browser: &Browser, holds: &str) {
    let script = format!("return document.readyState === 'complete' && ({holds})");
    for _ in 0..5_000 {
        if browser.run(&script) == json!(true) {
            return;
        }
    }
    panic!(
        "never {holds} on {}: {}",
        browser.path(),
        browser.text("main")
    );
}

fn at(browser: &Browser, path: &str) {
    until(browser, &format!("location.pathname === '{path}'"));
}

fn log_in(site: &Site, browser: &Browser) {
    browser.go(&site.url("/"));
    at(browser, "/dashboard/login");
    browser.fill("#key", ADMIN);
    browser.click("button");
    at(browser, "/dashboard");
}

/// Keys as a keyboard sends them.
fn tab_to(browser: &Browser, selector: &str) {
    for _ in 0..60 {
        let script = format!("return document.activeElement?.matches('{selector}') ?? false");
        if browser.run(&script) == json!(true) {
            return;
        }
        browser.press("\u{e004}");
    }
    panic!("the keyboard does not reach {selector}");
}

#[test]
fn somebody_logs_in_reads_and_archives() {
    let site = Site::open();
    let browser = Browser::open(1200, 1400);
    log_in(&site, &browser);
    browser.picture(&picture("list"));
    assert!(browser.text("main").contains("overdue"));
    browser.run("document.querySelector('a[href*=pill_color]').click()");
    at(&browser, "/dashboard/experiment");
    // The chart took the drawing's place, and says the same.
    let charts = browser.run(
        "return [...document.querySelectorAll('figure.chart')].filter(of => of.clientWidth).map(of => [of.querySelectorAll('canvas').length, getComputedStyle(of.querySelector('svg')).display])",
    );
    let charts = charts.as_array().unwrap().clone();
    assert!(charts.len() >= 3, "{charts:?}");
    assert!(
        charts.iter().all(|chart| *chart == json!([1, "none"])),
        "{charts:?}"
    );
    browser.picture(&picture("experiment"));
    browser.run("document.querySelector('figure.chart').scrollIntoView()");
    browser.picture(&picture("series"));
    browser.run("document.querySelector('#days').scrollIntoView()");
    browser.picture(&picture("experiment-below"));
    browser.run("scrollTo(0, 0)");
    browser.click("a.archive");
    at(&browser, "/dashboard/change");
    browser.picture(&picture("archive"));
    assert!(browser.text("main").contains("no longer counted"));
    assert!(!site.info("pill_color").unwrap().archived);
    browser.click("button.archive");
    at(&browser, "/dashboard/experiment");
    assert_eq!(browser.text(".done"), "The experiment is archived.");
    assert!(site.info("pill_color").unwrap().archived);
    browser.fill("#context", r#"{"user_id": 42}"#);
    browser.click("form.trace button");
    at(&browser, "/dashboard/trace");
    assert!(browser.text(".steps").contains("(decided)"));
    browser.picture(&picture("trace"));
    // Nothing was kept out by the policy, and nothing was missing.
    assert_eq!(browser.complaints(), json!([]));
    browser.click("header button");
    at(&browser, "/dashboard/login");
    browser.go(&site.url("/dashboard"));
    at(&browser, "/dashboard/login");
}

#[test]
fn nothing_keeps_people_out_in_light_or_dark() {
    let site = Site::open();
    let browser = Browser::open(1200, 1400);
    browser.go(&site.url("/dashboard/login"));
    assert_eq!(violations(&browser), [""; 0], "login");
    log_in(&site, &browser);
    for theme in ["light", "dark"] {
        if theme == "dark" {
            browser.prefer_dark();
        }
        for (name, path) in [
            ("list", "/dashboard"),
            ("experiment", "/dashboard/experiment?name=pill_color"),
            ("broken", "/dashboard/experiment?name=checkout"),
            ("delete", "/dashboard/change?name=pill_color&action=delete"),
            ("winner", "/dashboard/change?name=pill_color&action=winner"),
            (
                "control",
                "/dashboard/change?name=pill_color&action=control",
            ),
            ("trace", "/dashboard/trace?name=pill_color"),
            ("missing", "/dashboard/experiment?name=missing"),
        ] {
            browser.go(&site.url(path));
            browser.run("document.querySelectorAll('details').forEach(of => { of.open = true; })");
            browser.picture(&picture(&format!("{theme}-{name}")));
            assert_eq!(violations(&browser), [""; 0], "{name} in {theme}");
        }
    }
}

/// Units on each of four days, the last of which is not over.
fn four_days(site: &Site) {
    for number in 0..400 {
        let variant = ["control", "red"][number % 2];
        let at = NOW - u64::try_from(399 - number).unwrap() * 3 * 24 * 60 * 60 * 1_000 / 400;
        let id = number.to_string();
        let event = NewEvent::new("shop", "short", variant, "assignment", id.clone()).at(at);
        let bought = NewEvent::new("shop", "short", variant, "bought", format!("b{id}")).at(at);
        let mut events = vec![event.of_unit(id.clone())];
        if number % 5 == 0 {
            events.push(bought.of_unit(id));
        }
        site.store.ingest(&events).unwrap();
    }
}

#[test]
fn days_along_a_chart_are_named_once_each_and_in_full() {
    let site = Site::open();
    four_days(&site);
    let browser = Browser::open(1200, 1400);
    log_in(&site, &browser);
    browser.go(&site.url("/dashboard/experiment?name=short"));
    // Told while it is drawn once more: what is written on it, and whether all of it is within.
    browser.run(
        "window.written = [];
        const write = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, ...rest) {
            const half = this.measureText(text).width / 2;
            if (/[A-Z]/.test(text)) window.written.push([text, x + half <= this.canvas.width]);
            return write.call(this, text, x, ...rest);
        };
        dispatchEvent(new Event('resize'));",
    );
    until(&browser, "window.written.length > 0");
    let once = json!([
        ["18 Nov", true],
        ["19 Nov", true],
        ["20 Nov", true],
        ["21 Nov", true]
    ]);
    let charts = browser.run("return document.querySelectorAll('canvas').length");
    let all = vec![once.as_array().unwrap().clone(); charts.as_u64().unwrap().try_into().unwrap()];
    assert_eq!(browser.run("return window.written"), json!(all.concat()));
    browser.run("document.querySelector('#days').scrollIntoView()");
    browser.picture(&picture("four-days"));
}

#[test]
fn a_phone_shows_plots_whose_letters_can_be_read() {
    let site = Site::open();
    let browser = Browser::open(800, 900);
    browser.become_phone(390, 844);
    log_in(&site, &browser);
    for theme in ["light", "dark"] {
        if theme == "dark" {
            browser.prefer_dark();
        }
        browser.go(&site.url("/dashboard/experiment?name=pill_color"));
        assert_eq!(browser.run("return innerWidth"), json!(390));
        // Of all that is shown: how high letters are, and whether the page itself stays as wide as the phone.
        let heights = browser.run(
            "return [...document.querySelectorAll('svg.plot text')].filter(of => of.getClientRects().length).map(of => of.getBoundingClientRect().height)",
        );
        let heights = heights.as_array().unwrap().clone();
        assert!(!heights.is_empty());
        assert!(
            heights.iter().all(|of| of.as_f64().unwrap() >= 11.0),
            "{heights:?}"
        );
        let wide = "return document.documentElement.scrollWidth";
        assert_eq!(browser.run(wide), json!(390));
        browser.picture(&picture(&format!("phone-{theme}")));
        browser.run("document.querySelector('svg.narrow').scrollIntoView()");
        browser.picture(&picture(&format!("phone-{theme}-intervals")));
        assert_eq!(violations(&browser), [""; 0], "{theme}");
    }
}

#[test]
fn a_keyboard_is_enough() {
    let site = Site::open();
    let browser = Browser::open(1200, 900);
    browser.go(&site.url("/dashboard/login"));
    tab_to(&browser, "#key");
    browser.press(ADMIN);
    browser.press("\u{e007}");
    at(&browser, "/dashboard");
    browser.press("\u{e004}");
    assert_eq!(
        browser.run("return document.activeElement.className"),
        json!("skip")
    );
    tab_to(&browser, "a[href*=pill_color]");
    browser.press("\u{e007}");
    at(&browser, "/dashboard/experiment");
    tab_to(&browser, "a.archive");
    browser.press("\u{e007}");
    at(&browser, "/dashboard/change");
    tab_to(&browser, "button.archive");
    browser.press("\u{e007}");
    at(&browser, "/dashboard/experiment");
    assert!(site.info("pill_color").unwrap().archived);
}

#[test]
fn without_scripts_everything_can_be_read() {
    let site = Site::open();
    let browser = Browser::open(1200, 1400);
    browser.without_scripts();
    log_in_without_scripts(&site, &browser);
    browser.go(&site.url("/dashboard/experiment?name=pill_color"));
    assert!(browser.text("main").contains("Abba"));
    assert_eq!(browser.style("figure.chart svg", "display"), "block");
    browser.picture(&picture("without-scripts"));
    // What is wider than a phone is looked at sideways, with a keyboard too.
    assert!(
        browser
            .source()
            .contains("class=\"scroll drawing\" tabindex=\"0\" role=\"region\"")
    );
}

/// The driver's own scripts do not run either.
fn log_in_without_scripts(site: &Site, browser: &Browser) {
    browser.go(&site.url("/dashboard/login"));
    browser.fill("#key", ADMIN);
    browser.click("main button");
    // No script says when the page is there.
    for _ in 0..5_000 {
        if browser.source().contains("pill_color") {
            return;
        }
    }
    panic!("{}", browser.source());
}

#[test]
fn a_link_on_another_page_leads_to_where_it_points() {
    let site = Site::open();
    let browser = Browser::open(800, 600);
    log_in(&site, &browser);
    // Another site: the same machine by another name.
    let page = format!(
        "data:text/html,<a href='{}'>go</a>",
        site.url("/dashboard/experiment?name=pill_color")
            .replace('&', "%26")
    );
    browser.go(&page);
    browser.click("a");
    at(&browser, "/dashboard/experiment");
}
