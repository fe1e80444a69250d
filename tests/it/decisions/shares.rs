//! Traffic, seeds, layers, holdouts: shares, independence, exclusivity, errors.

use variate::{Config, ConfigError, Declaration, Experiment, Holdout, Layer, context};

use crate::support::build;

const UNITS: u32 = 20_000;

fn built(builder: variate::ConfigBuilder) -> Config {
    build(builder).0
}

fn takes_part(exp: &Experiment<'_>) -> bool {
    exp.assignment().is_tracked()
}

/// How often, and that it is within five standard deviations of the expected share.
fn check_share(count: usize, units: u32, share: f64) {
    let (units, count) = (f64::from(units), f64::from(u32::try_from(count).unwrap()));
    let deviation = (units * share * (1.0 - share)).sqrt();
    assert!(
        (count - units * share).abs() <= 5.0 * deviation,
        "{count} of {units}, expected {}",
        units * share
    );
}

#[test]
fn traffic_admits_its_share_independent_of_the_split() {
    let config = built(Config::builder().declare(Declaration::new("pill").traffic(30)));
    let units = || (0..UNITS).map(|id| config.experiment("pill", context! { user_id: id }));
    let admitted: Vec<_> = units().filter(takes_part).collect();
    check_share(admitted.len(), UNITS, 0.3);
    let candidates = admitted.iter().filter(|exp| exp.variant() == "candidate");
    check_share(candidates.count(), admitted.len().try_into().unwrap(), 0.5);
    let outside = units().find(|exp| !takes_part(exp)).unwrap();
    assert_eq!(outside.assignment().reason().code(), "outside_traffic");
    assert!(outside.assignment().is_excluded() && outside.variant().is_control());
}

#[test]
fn no_traffic_is_nobody_and_all_of_it_is_everybody() {
    for (percent, expected) in [(0, 0), (100, 1000)] {
        let config = built(Config::builder().declare(Declaration::new("pill").traffic(percent)));
        let units = (0..1000).map(|id| config.experiment("pill", context! { user_id: id }));
        assert_eq!(units.filter(takes_part).count(), expected);
    }
}

#[test]
fn another_seed_deals_anew_and_the_key_stays() {
    let seeded = |seed: &str| {
        built(Config::builder().declare(Declaration::new("pill").traffic(50).seed(seed)))
    };
    let (one, other, same) = (seeded("1"), seeded("2"), seeded("1"));
    let mut both_in = 0;
    let [mut both_candidate, mut traffic_changed] = [0; 2];
    for id in 0..UNITS {
        let units =
            [&one, &other, &same].map(|config| config.experiment("pill", context! { user_id: id }));
        let [first, second, third] = &units;
        assert_eq!(first.key(), second.key());
        assert_eq!(first.assignment(), third.assignment());
        traffic_changed += usize::from(takes_part(first) != takes_part(second));
        if takes_part(first) && takes_part(second) {
            both_in += 1;
            both_candidate += usize::from(first.variant() == second.variant());
        }
    }
    check_share(traffic_changed, UNITS, 0.5);
    check_share(both_candidate, both_in, 0.5);
}

#[test]
fn experiments_of_a_layer_never_meet_whatever_else_their_contexts_hold() {
    let config = built(
        Config::builder()
            .layer(Layer::new("checkout").unit("user_id"))
            .declare(Declaration::new("a").layer("checkout", 0..30))
            .declare(Declaration::new("b").layer("checkout", 30.0..70.5))
            .declare(Declaration::new("free")),
    );
    let [mut in_a, mut in_b, mut a_and_candidate] = [0; 3];
    for id in 0..UNITS {
        let a = config.experiment("a", context! { user_id: id });
        let b = config.experiment("b", context! { plan: "pro", user_id: id.to_string() });
        assert!(!(takes_part(&a) && takes_part(&b)), "{id}");
        in_a += usize::from(takes_part(&a));
        in_b += usize::from(takes_part(&b));
        let free = config.experiment("free", context! { user_id: id });
        a_and_candidate += usize::from(takes_part(&a) && free.variant() == "candidate");
    }
    check_share(in_a, UNITS, 0.3);
    check_share(in_b, UNITS, 0.405);
    check_share(a_and_candidate, UNITS, 0.15);
}

#[test]
fn layers_are_independent_and_may_lie_within_each_other() {
    let config = built(
        Config::builder()
            .layer(Layer::new("site").unit("user_id"))
            .layer(Layer::new("mail").unit("user_id"))
            .layer(Layer::new("search").unit("user_id").within("site", 0..40))
            .declare(Declaration::new("whole").layer("site", 40..100))
            .declare(Declaration::new("ranking").layer("search", 0..50))
            .declare(Declaration::new("colours").layer("search", 50..100))
            .declare(Declaration::new("letter").layer("mail", 0..50)),
    );
    let [mut whole, mut ranking, mut colours, mut ranking_and_letter] = [0; 4];
    for id in 0..UNITS {
        let is_in =
            |name: &'static str| takes_part(&config.experiment(name, context! { user_id: id }));
        let [w, r, c, l] = ["whole", "ranking", "colours", "letter"].map(is_in);
        assert_eq!(usize::from(w) + usize::from(r) + usize::from(c), 1, "{id}");
        whole += usize::from(w);
        ranking += usize::from(r);
        colours += usize::from(c);
        ranking_and_letter += usize::from(r && l);
    }
    check_share(whole, UNITS, 0.6);
    check_share(ranking, UNITS, 0.2);
    check_share(colours, UNITS, 0.2);
    check_share(ranking_and_letter, UNITS, 0.1);
}

#[test]
fn a_unit_that_a_layer_does_not_know_is_outside() {
    let config = built(
        Config::builder()
            .layer(Layer::new("site").unit("user_id"))
            .declare(Declaration::new("pill").layer("site", 0..100)),
    );
    for nobody in [context! {}, context! { user_id: () }, context! { id: 1 }] {
        let exp = config.experiment("pill", nobody);
        assert_eq!(exp.assignment().reason().code(), "outside_layer");
    }
}

#[test]
fn a_layer_without_a_unit_goes_by_the_whole_context() {
    let config = built(
        Config::builder()
            .layer(Layer::new("site"))
            .declare(Declaration::new("a").layer("site", 0..50))
            .declare(Declaration::new("b").layer("site", 50..100)),
    );
    for id in 0..1000 {
        let a = config.experiment("a", context! { user_id: id, plan: "pro" });
        let b = config.experiment("b", context! { plan: "pro", user_id: id });
        assert_ne!(takes_part(&a), takes_part(&b));
    }
}

#[test]
fn a_holdout_holds_the_same_units_out_of_all_that_name_it() {
    let config = built(
        Config::builder()
            .holdout(Holdout::new("q4", 10).unit("user_id"))
            .holdout(Holdout::new("global", 5).unit("user_id").all())
            .declare(Declaration::new("a").holdout("q4"))
            .declare(Declaration::new("b").holdout("q4"))
            .declare(Declaration::new("c")),
    );
    let [mut from_a, mut from_c] = [0; 2];
    for id in 0..UNITS {
        let is_out = |name: &'static str| {
            let exp = config.experiment(name, context! { user_id: id });
            let out = !takes_part(&exp);
            assert_eq!(out, exp.assignment().reason().code() == "held_out");
            out
        };
        assert_eq!(is_out("a"), is_out("b"));
        assert!(
            !is_out("c") || is_out("a"),
            "the global one holds out of all"
        );
        from_a += usize::from(is_out("a"));
        from_c += usize::from(is_out("c"));
    }
    check_share(from_c, UNITS, 0.05);
    check_share(from_a, UNITS, 0.145);
}

#[test]
fn wrong_shares_are_errors_that_say_where() {
    let message = |builder: variate::ConfigBuilder| builder.build().unwrap_err().to_string();
    let layered = |declaration| {
        Config::builder()
            .layer(Layer::new("site"))
            .layer(Layer::new("mail").within("site", 50..100))
            .declare(declaration)
    };
    let pill = || Declaration::new("pill");
    for (builder, expected) in [
        (
            layered(pill().layer("sight", 0..10)),
            "experiment `pill`: there is no layer `sight`: declare it, or use one of mail, site",
        ),
        (
            layered(pill().layer("site", 10..10)),
            "experiment `pill`: the range 10 to 10 is empty: give percentages from a lower to a higher one",
        ),
        (
            layered(pill().layer("site", 0..101)),
            "experiment `pill`, its range of the layer `site`: 101 is no percentage: expected a number from 0 to 100",
        ),
        (
            layered(pill().layer("site", 0..60)),
            "layer `site`: the ranges of experiment `pill` and layer `mail` overlap: no unit may be in both",
        ),
        (
            layered(pill().layer("site", 0..30))
                .declare(Declaration::new("bill").layer("site", 29.99..40.0)),
            "layer `site`: the ranges of experiment `pill` and experiment `bill` overlap: no unit may be in both",
        ),
        (
            layered(pill()).layer(Layer::new("site")),
            "the layer `site` is declared twice: keep one",
        ),
        (
            layered(pill()).layer(Layer::new("")),
            "`` cannot name a layer or holdout: use 1 to 255 bytes",
        ),
        (
            Config::builder().declare(pill().traffic(-1)),
            "experiment `pill`, its traffic: -1 is no percentage: expected a number from 0 to 100",
        ),
        (
            Config::builder().declare(pill().traffic(f64::NAN)),
            "experiment `pill`, its traffic: NaN is no percentage: expected a number from 0 to 100",
        ),
        (
            Config::builder().holdout(Holdout::new("q4", 0.001)),
            "holdout `q4`: 0.001 % is too fine: use hundredths of a percent at the finest",
        ),
        (
            Config::builder()
                .declare(pill().holdout("q5"))
                .holdout(Holdout::new("q4", 5)),
            "experiment `pill`: there is no holdout `q5`: declare it, or use one of q4",
        ),
        (
            Config::builder()
                .holdout(Holdout::new("q4", 5))
                .holdout(Holdout::new("q4", 5)),
            "the holdout `q4` is declared twice: keep one",
        ),
        (
            Config::builder().declare(
                pill()
                    .seed("1")
                    .resolver(variate::Percent::even().bucketing(variate::Bucketing::GitlabCrc32)),
            ),
            "experiment `pill`: its rollout takes no seed, since other programs share its assignments: \
             leave the seed out, or use the native bucketing",
        ),
        (
            Config::builder().declare(pill().sticky(false).only_assigned(true)),
            "experiment `pill`: `only_assigned` takes in who is stored, and with `sticky` off nobody is: \
             leave one of them out",
        ),
        (
            Config::builder().declare(pill().sticky(true)),
            "experiment `pill`: `sticky` needs a store: set one with `ConfigBuilder::store`",
        ),
    ] {
        assert_eq!(message(builder), expected);
    }
}

#[test]
fn layers_in_a_circle_are_an_error() {
    for circle in [
        vec![Layer::new("a").within("a", 0..50)],
        vec![
            Layer::new("a").within("b", 0..50),
            Layer::new("b").within("a", 0..50),
        ],
        vec![
            Layer::new("free"),
            Layer::new("a").within("b", 0..50),
            Layer::new("b").within("c", 0..50),
            Layer::new("c").within("b", 50..60),
        ],
    ] {
        let builder = circle
            .into_iter()
            .fold(Config::builder(), variate::ConfigBuilder::layer);
        let error = builder.build().unwrap_err();
        assert!(matches!(error, ConfigError::CyclicLayers(_)), "{error}");
    }
    let chain = (0..50)
        .map(|depth| Layer::new(format!("l{depth}")).within(format!("l{}", depth + 1), 0..50));
    let builder = chain.fold(Config::builder(), variate::ConfigBuilder::layer);
    assert!(builder.layer(Layer::new("l50")).build().is_ok());
}
