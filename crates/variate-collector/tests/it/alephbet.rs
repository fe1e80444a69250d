//! The npm package alephbet, as it is, in a browser: its pages are of one origin, the collector of another.

mod package;
mod shop;

use serde_json::{Value, json};

use self::shop::Shop;

const ADAPTERS: [&str; 3] = ["Alephbet", "Gimel", "Lamed"];

/// How many of them have each variant, as the collector writes it.
fn tallied(variants: &Value) -> Vec<(String, i64)> {
    let variants = variants.as_array().unwrap().iter();
    let mut counts = std::collections::BTreeMap::new();
    for variant in variants {
        *counts
            .entry(variant.as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    counts.into_iter().collect()
}

#[test]
fn every_visitor_and_every_goal_counts_exactly() {
    let shop = Shop::open();
    for adapter in ADAPTERS {
        let variants = shop.browser.run(&format!(
            "return (async () => {{
                const variants = [];
                for (let i = 0; i < 40; i++) {{
                    localStorage.clear();
                    const visitor = visit('{adapter}');
                    // Both may be done again: the unique one counts once.
                    for (let j = 0; j < 3; j++) {{
                        visitor.complete('bought', {{}});
                        visitor.complete('clicked: a+b', {{ unique: false }});
                    }}
                    await visitor.sent();
                    variants.push(visitor.variant());
                }}
                return variants;
            }})()"
        ));
        let wanted = tallied(&variants);
        assert_eq!(shop.units(adapter, "participate"), (40, wanted.clone()));
        assert_eq!(shop.units(adapter, "bought"), (40, wanted.clone()));
        let thrice = wanted
            .into_iter()
            .map(|(variant, units)| (variant, 3 * units));
        assert_eq!(
            shop.units(adapter, "clicked: a+b"),
            (120, thrice.collect::<Vec<_>>())
        );
    }
    assert_eq!(shop.browser.complaints(), json!([]));
}

#[test]
fn a_user_counts_once_on_however_many_devices() {
    let shop = Shop::open();
    for adapter in ADAPTERS {
        let variants = shop.browser.run(&format!(
            "return (async () => {{
                const variants = [];
                for (const user_id of ['yuzu', 'lemon', 'yuzu', 'lime', 'yuzu']) {{
                    localStorage.clear();
                    const visitor = visit('{adapter}', {{ user_id }});
                    visitor.complete('bought', {{}});
                    visitor.complete('clicked', {{ unique: false }});
                    await visitor.sent();
                    variants.push(visitor.variant());
                }}
                return variants;
            }})()"
        ));
        assert_eq!(variants[0], variants[2]);
        assert_eq!(variants[0], variants[4]);
        let users = tallied(&json!([variants[0], variants[1], variants[3]]));
        assert_eq!(shop.units(adapter, "participate"), (3, users.clone()));
        assert_eq!(shop.units(adapter, "bought"), (3, users));
        assert_eq!(shop.units(adapter, "clicked"), (5, tallied(&variants)));
    }
    assert_eq!(shop.browser.complaints(), json!([]));
}

#[test]
fn a_burst_sends_its_queue_again_and_again_and_each_event_counts_once() {
    let shop = Shop::open();
    let mut before = 0;
    for adapter in ADAPTERS {
        // With the visit that is 20 events, and 20 + 19 + 18 ... requests.
        shop.browser.run(&format!(
            "localStorage.clear();
            const visitor = visit('{adapter}');
            for (let i = 0; i < 19; i++) visitor.complete('clicked', {{ unique: false }});
            return visitor.sent();"
        ));
        assert_eq!(shop.units(adapter, "participate").0, 1);
        assert_eq!(shop.units(adapter, "clicked").0, 19);
        let stats = shop.collector.stats();
        assert_eq!(stats.counted + stats.duplicates - before, 210);
        before = stats.counted + stats.duplicates;
    }
    assert_eq!(shop.browser.complaints(), json!([]));
}

#[test]
fn what_could_not_be_sent_is_sent_once_the_collector_is_back() {
    let mut shop = Shop::open();
    for adapter in ADAPTERS {
        // First nobody listens, then the store fails: either way the client keeps its events.
        for (round, down) in [
            (1, Shop::go_down as fn(&mut Shop)),
            (2, |shop| shop.fail(true)),
        ] {
            down(&mut shop);
            let kept = shop.browser.run(&format!(
                "localStorage.clear();
                window.visitor = visit('{adapter}');
                visitor.complete('bought', {{}});
                visitor.complete('clicked', {{ unique: false }});
                return until(() => settled === started).then(() => visitor.queue().length);"
            ));
            assert_eq!(kept, 3, "{adapter}");
            if round == 1 {
                shop.come_back();
            } else {
                shop.fail(false);
            }
            if adapter == "Alephbet" {
                // The only one that reads its queue when a page is opened again.
                shop.reload();
                shop.browser
                    .run(&format!("window.visitor = visit('{adapter}')"));
            } else {
                shop.browser
                    .run("visitor.complete('clicked', { unique: false })");
            }
            shop.browser.run("return visitor.sent()");
            assert_eq!(shop.units(adapter, "participate").0, round);
            assert_eq!(shop.units(adapter, "bought").0, round);
            let clicks = if adapter == "Alephbet" { 1 } else { 2 };
            assert_eq!(shop.units(adapter, "clicked").0, clicks * round);
        }
    }
}
