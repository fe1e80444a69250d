//! What a catalogue tells of its experiments.

use variate::{Catalogue, Format};

#[test]
fn keys_of_units_layers_and_what_rules_ask_for_are_told() {
    let text = r#"
    [layers.checkout]
    unit = "user_id"
    [layers.whole]
    [holdouts.winter]
    percent = 5
    unit = "account_id"
    [holdouts.summer]
    percent = 5
    unit = "user_id"

    [experiments.express]
    layer = { name = "checkout", range = [0, 50] }
    exclude = [{ key = "plan", equals = "staff" }, { not = { any = [{ key = "country", in = ["DE"] }, { key = "app", present = false }] } }]
    segments = [{ variant = "candidate", when.all = [{ key = "plan", equals = "beta" }, { key = "age", at_least = 18 }] }]
    [experiments.plain]
    "#;
    let catalogue = Catalogue::parse(text, Format::Toml, "catalogue.toml").unwrap();
    assert_eq!(catalogue.units(), ["account_id", "user_id"]);
    let [express, plain] = catalogue.experiments().collect::<Vec<_>>()[..] else {
        panic!("there are two");
    };
    assert_eq!((express.layer(), plain.layer()), (Some("checkout"), None));
    assert_eq!(express.asks_for(), ["age", "app", "country", "plan"]);
    assert!(plain.asks_for().is_empty());
}
