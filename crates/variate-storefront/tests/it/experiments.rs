//! What is counted of visitors, and who sees what came of it.

use std::sync::Arc;

use variate_collector::{
    Change, ChangeError, Day, EventStore, ExperimentInfo, ExperimentTallies, NewEvent, Outcome,
    StoreError,
};
use variate_stats::evaluation::Decision;
use variate_storefront::Crowd;

use crate::site::{KEY, Site, Visitor};

#[test]
fn each_event_counts_once_for_the_pill_that_was_seen() {
    let site = Site::open();
    let mut buyer = Visitor::of(&site);
    let pill = buyer.get("/").pill();
    let variant = if pill == "grey" { "control" } else { &pill };
    buyer.get("/");
    for _ in 0..2 {
        let clicked = buyer.post("/click", &[]);
        assert_eq!(clicked.location.as_deref(), Some("/checkout"));
    }
    buyer.get("/checkout");
    for (quantity, price) in [("13", "4.50"), ("1", "0.25")] {
        let bought = buyer.post("/buy", &[("quantity", quantity), ("price", price)]);
        assert_eq!(bought.status, 303);
        let thanks = buyer.get(&bought.location.unwrap()).body;
        assert!(thanks.contains(" box"), "{thanks}");
    }
    // Who clicks before seeing the pill is a visitor from the first page on, and that click is not the pill's.
    let mut early = Visitor::of(&site);
    early.post("/click", &[]);
    assert_eq!(site.counted("pill_color", "assignment"), (1, 1));
    early.get("/");

    let tallies = site.tallies("pill_color").unwrap();
    assert_eq!(site.counted("pill_color", "assignment"), (2, 2));
    assert_eq!(site.counted("pill_color", "clicked"), (1, 2));
    assert_eq!(site.counted("free_delivery", "bought"), (1, 2));
    let bought = tallies.cell("bought", variant).unwrap().total.counted;
    assert_eq!(
        (bought.units, bought.events, bought.sum),
        (1, 2, 58.75.into())
    );
    // Of the component, units are orders.
    assert_eq!(site.counted("packing", "pack.boxes"), (2, 2));
    let packed = site.tallies("packing").unwrap();
    let boxes = packed
        .cells
        .iter()
        .filter(|cell| cell.action == "pack.boxes");
    let boxes: f64 = boxes.map(|cell| cell.total.counted.sum.parts().0).sum();
    assert!((3.0..=4.0).contains(&boxes), "{boxes}");
}

#[test]
fn a_seed_has_the_same_figures_each_time() {
    let figures = |seed| {
        let site = Site::open();
        let crowd = Crowd {
            shop: site.address,
            visitors: 70,
            seed,
        };
        assert_eq!(crowd.send(site.shop.world()).failed, 0);
        let live = site.shop.evaluation("pill_color").unwrap();
        // Or one more, if midnight came in between.
        assert!((14..=15).contains(&live.exposures.len()), "days");
        live.evaluation
    };
    let one = figures(5);
    assert!(one == figures(5), "the same seed has other figures");
    assert!(one != figures(6), "another seed has the same figures");
}

/// Takes some seconds: fewer visitors leave it open.
#[test]
fn the_best_pill_is_found_and_the_one_that_sells_for_less_is_not_taken_for_it() {
    let site = Site::open();
    let crowd = Crowd {
        shop: site.address,
        visitors: 1_600,
        seed: 4,
    };
    assert_eq!(crowd.send(site.shop.world()).failed, 0);
    let live = site.shop.evaluation("pill_color").unwrap();
    let conclusion = &live.evaluation.conclusion;
    assert_eq!(conclusion.decision, Decision::Ship, "{}", conclusion.text);
    assert_eq!(conclusion.variant.as_deref(), Some("blue"));
    assert_eq!(live.data_problems, [], "the data is sound");
}

#[test]
fn results_are_for_who_has_the_key() {
    let site = Site::open();
    Visitor::of(&site).get("/");
    assert_eq!(site.counted("pill_color", "assignment"), (1, 1));
    let mut manager = Visitor::of(&site);
    let led = manager.get("/experiments");
    assert!(led.location.is_some(), "{}", led.status);
    let led = manager.get("/experiments/dashboard/experiment?name=pill_color");
    assert!(led.location.unwrap().contains("login"));
    let form = manager.get("/experiments/dashboard/login");
    let (_, token) = form.body.split_once("name=\"token\" value=\"").unwrap();
    let token = token.split_once('"').unwrap().0;
    let wrong = manager.post(
        "/experiments/dashboard/login",
        &[("token", token), ("key", "wrong")],
    );
    assert_eq!(wrong.status, 403);
    let right = manager.post(
        "/experiments/dashboard/login",
        &[("token", token), ("key", KEY)],
    );
    assert_eq!(right.status, 303, "{}", right.body);
    let page = manager.get("/experiments/dashboard/experiment?name=pill_color");
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("Which colour sells best"),
        "{}",
        page.body
    );
}

#[test]
fn nobody_sends_events_from_outside() {
    let site = Site::open();
    let sent = Visitor::of(&site)
        .get("/experiments/track?experiment=pill_color&variant=red&event=bought&uuid=1");
    assert_eq!(sent.status, 403, "{}", sent.body);
    assert_eq!(site.tallies("pill_color"), None);
}

/// A store that cannot do anything.
struct Down;

fn down<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable {
        place: "nowhere".to_owned(),
        source: "it is down".into(),
    })
}

impl EventStore for Down {
    fn ingest(&self, _: &[NewEvent<'_>]) -> Result<Vec<Outcome>, StoreError> {
        down()
    }
    fn namespaces(&self) -> Result<Vec<String>, StoreError> {
        down()
    }
    fn experiments(&self, _: &str) -> Result<Vec<ExperimentInfo>, StoreError> {
        down()
    }
    fn tallies(&self, _: &str, _: &str) -> Result<Option<ExperimentTallies>, StoreError> {
        down()
    }
    fn change(&self, _: &str, _: &str, _: &Change) -> Result<ExperimentInfo, ChangeError> {
        Ok(down()?)
    }
    fn delete(&self, _: &str, _: &str) -> Result<bool, StoreError> {
        down()
    }
    fn reset(&self, _: &str, _: &str) -> Result<bool, StoreError> {
        down()
    }
    fn expire(&self, _: Day) -> Result<u64, StoreError> {
        down()
    }
    fn ready(&self) -> Result<(), StoreError> {
        down()
    }
}

#[test]
fn the_shop_sells_whatever_becomes_of_the_collector() {
    let is_open = |site: &Site| {
        let mut visitor = Visitor::of(site);
        let pill = visitor.get("/").pill();
        assert_eq!(visitor.post("/click", &[]).status, 303);
        let bought = visitor.post("/buy", &[("quantity", "1"), ("price", "2")]);
        assert!(bought.location.unwrap().starts_with("/thanks"));
        assert_eq!(visitor.get("/").pill(), pill);
    };
    let site = Site::with(Down, Arc::default());
    is_open(&site);
    assert_eq!(site.shop.evaluation("pill_color"), None);
    let site = Site::open();
    site.shop.close();
    is_open(&site);
    assert_eq!(site.tallies("pill_color"), None);
}
