//! The shop and its results in a browser.

use std::path::{Path, PathBuf};

use serde_json::json;
use variate_storefront::Crowd;

use crate::browser::Browser;
use crate::site::{KEY, Site};

/// The hero's colour by pill.
const COLOURS: [(&str, [u8; 3]); 3] = [
    ("grey", [75, 85, 99]),
    ("red", [194, 24, 58]),
    ("blue", [29, 79, 215]),
];

/// Where a picture goes for people to look at.
fn shot(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("storefront-{name}.png"))
}

/// Waits until the page is there on which something holds.
fn until(browser: &Browser, holds: &str) {
    let script = format!("return document.readyState === 'complete' && ({holds})");
    for _ in 0..5_000 {
        if browser.run(&script) == json!(true) {
            return;
        }
    }
    panic!("never {holds} on {}", browser.path());
}

#[test]
fn people_shop_and_read_what_came_of_it() {
    let site = Site::open();
    let crowd = Crowd {
        shop: site.address,
        visitors: 140,
        seed: 3,
    };
    assert_eq!(crowd.send(site.shop.world()).failed, 0);
    let (visitors, _) = site.counted("pill_color", "assignment");
    let browser = Browser::open(1280, 900);
    // Each look, by the links at the foot of the page.
    for (pill, colour) in COLOURS {
        browser.go(&site.url("/"));
        let link = format!(
            "[...document.querySelectorAll('.looks a')].find(a => a.textContent === '{pill}').click()"
        );
        browser.run(&link);
        until(
            &browser,
            &format!(
                "document.documentElement.dataset.pill === '{pill}' && location.search !== ''"
            ),
        );
        assert_eq!(browser.text("#take"), format!("Take the {pill} pill"));
        let picture = browser.picture(&shot(&format!("product-{pill}")));
        let share = picture.share(picture.area(), colour);
        assert!(share > 0.3, "only {share} of the page is {pill}");
        for text in ["h1", ".story", "#take", ".reasons h2"] {
            let contrast = picture.contrast(browser.area(text));
            assert!(contrast >= 4.5, "{text} has a contrast of {contrast}");
        }
    }
    // A person.
    browser.forget();
    browser.go(&site.url("/"));
    browser.click("#take");
    until(&browser, "location.pathname === '/checkout'");
    browser.picture(&shot("checkout"));
    browser.fill("#quantity", "3");
    browser.fill("#price", "2.50");
    let (_, before) = site.counted("pill_color", "bought");
    browser.click("#buy");
    until(&browser, "location.pathname === '/thanks'");
    assert_eq!(browser.text("h1"), "Thank you.");
    browser.picture(&shot("thanks"));
    assert_eq!(site.counted("pill_color", "bought").1, before + 1);

    // And who decides.
    browser.click("nav a[href='/experiments']");
    until(
        &browser,
        "location.pathname === '/experiments/dashboard/login'",
    );
    browser.fill("#key", KEY);
    browser.click("button");
    until(&browser, "location.pathname === '/experiments/dashboard'");
    browser.picture(&shot("experiments"));
    for name in ["pill_color", "free_delivery", "packing"] {
        assert!(browser.text("main").contains(name));
    }
    browser.run("document.querySelector('a[href*=pill_color]').click()");
    until(
        &browser,
        "location.pathname === '/experiments/dashboard/experiment' && document.querySelector('figure canvas') !== null",
    );
    browser.picture(&shot("experiment"));
    // The browser came twice: it forgot the first time.
    let table = browser.text("#variants + div");
    let of = |variant: &str| {
        let row = table
            .lines()
            .find(|line| line.starts_with(variant))
            .unwrap();
        let units = row.split_whitespace().nth(1).unwrap();
        units.replace(',', "").parse::<i64>().unwrap()
    };
    assert_eq!(
        of("control") + of("red") + of("blue"),
        visitors + 2,
        "{table}"
    );
    assert_eq!(browser.complaints(), json!([]));
}
