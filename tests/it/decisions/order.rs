//! Every combination of what can be said of a unit, against the order written down as a list.

use std::time::{Duration, SystemTime};

use variate::{Config, Declaration, Forcing, Unit, context};

use super::Shelf;
use crate::support::build;

/// The steps by name, first to last, and the variant and reason of each.
const ORDER: [(&str, &str, &str); 8] = [
    ("enabled", "control", "disabled"),
    ("forced", "forced", "forced"),
    ("pinned", "pinned", "pinned"),
    ("stored", "stored", "stored"),
    ("excluded", "control", "excluded"),
    ("only_assigned", "control", "not_assigned"),
    ("segment", "segment", "segment"),
    ("resolver", "resolver", "resolved"),
];

/// Which steps have something to say.
fn speaks(combination: u32, step: &str) -> bool {
    let place = ORDER.iter().position(|(name, ..)| *name == step).unwrap();
    combination & (1 << place) != 0
}

#[test]
fn the_first_step_that_has_a_say_decides() {
    let clock = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for combination in 0..1 << ORDER.len() {
        let says = |step| speaks(combination, step);
        let shelf = Shelf::default();
        let forcing = Forcing::new("sixteen bytes or more").unwrap();
        let token = forcing.token("pill", "forced", clock + Duration::from_secs(1));
        let mut declaration = Declaration::new("pill")
            .variants(["forced", "pinned", "stored", "segment", "resolver"])
            .enabled(!says("enabled"))
            .only_assigned(says("only_assigned"));
        if says("excluded") {
            declaration = declaration.exclude(|_: &Unit<'_>| true);
        }
        if says("segment") {
            declaration = declaration.segment("segment", |_: &Unit<'_>| true);
        }
        let resolves = says("resolver");
        let builder = Config::builder()
            .clock(move || clock)
            .store(shelf.clone())
            .forcing(forcing)
            .resolver(move |_: &Unit<'_>| resolves.then_some("resolver"))
            .declare(declaration);
        let (config, tracker) = build(builder);

        let mut exp = config.experiment("pill", context! { user_id: 42 });
        if says("forced") {
            let header = config.forced_by_header(&token);
            exp = exp.forced_by(&header);
        }
        if says("pinned") {
            exp = exp.with_variant("pinned");
        }
        if says("stored") {
            shelf.put("pill", exp.key(), "stored");
        }
        exp.expose();

        let (step, variant, reason) = ORDER.into_iter().find(|(step, ..)| says(step)).unwrap_or((
            "fallback",
            "control",
            "abstained",
        ));
        let names: Vec<_> = ORDER.iter().filter(|(step, ..)| says(step)).collect();
        assert_eq!(exp.variant(), variant, "{names:?}");
        assert_eq!(exp.assignment().reason().code(), reason, "{names:?}");

        let counts = !["disabled", "forced", "excluded", "not_assigned"].contains(&reason);
        assert_eq!(tracker.actions().len(), usize::from(counts), "{names:?}");

        let explanation = exp.explain();
        let last = explanation.steps.last().unwrap();
        assert!(last.decided, "{names:?}");
        assert_eq!(last.name, step, "{names:?}");
        let decided = explanation.steps.iter().filter(|step| step.decided);
        assert_eq!(decided.count(), 1, "{names:?}");
        let order: Vec<_> = explanation.steps.iter().map(|step| step.name).collect();
        let expected = ORDER.iter().map(|(step, ..)| *step).chain(["fallback"]);
        let expected: Vec<_> = expected.take(order.len()).collect();
        assert_eq!(order, expected, "{names:?}");
    }
}

#[test]
fn the_steps_show_their_inputs() {
    let builder = Config::builder()
        .layer(variate::Layer::new("checkout").unit("user_id"))
        .holdout(variate::Holdout::new("q4", 0).unit("user_id"))
        .declare(
            Declaration::new("pill")
                .exclude(|_: &Unit<'_>| false)
                .segment("candidate", |_: &Unit<'_>| false)
                .holdout("q4")
                .layer("checkout", 0..100)
                .traffic(100),
        );
    let (config, _) = build(builder);
    let exp = config.experiment("pill", context! { user_id: 42 });
    let explanation = exp.explain();
    let detail = |name| {
        let mut steps = explanation.steps.iter();
        steps.find(|step| step.name == name).unwrap().detail.clone()
    };
    let excluded = detail("excluded");
    let parts: Vec<_> = excluded.split("; ").collect();
    assert_eq!(parts[0], "its rule does not hold");
    assert!(parts[1].starts_with("holdout `q4`: place "), "{excluded}");
    assert!(parts[1].ends_with(" of 10000, held below 0"), "{excluded}");
    assert!(
        parts[2].starts_with("layer `checkout`: place "),
        "{excluded}"
    );
    assert!(parts[2].ends_with(", range 0 to 10000"), "{excluded}");
    assert!(parts[3].starts_with("traffic: place "), "{excluded}");
    assert_eq!(detail("segment"), "in none of 1");

    let nameless = config.experiment("pill", context! {});
    assert_eq!(nameless.assignment().reason().code(), "held_out");
    let explanation = nameless.explain();
    let last = explanation.steps.last().unwrap();
    assert!(
        last.detail
            .ends_with("holdout `q4`: the context has no `user_id`"),
        "{}",
        last.detail
    );
}
