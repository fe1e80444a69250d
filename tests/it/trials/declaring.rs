//! Enums that declare their experiment.

use variate::{Config, Declaration, Layer, NoTracker, Percent, Variants, context};

#[derive(Variants, Debug, PartialEq)]
#[experiment(
    name = "pill_color",
    weights(red = 12.5, control = 50, dark_blue = 37.5),
    traffic = 80.5,
    seed = "2026-11",
    layer("checkout", 0..50),
    owner = "growth",
    issue = "https://example.com/7",
    description = "Which colour?"
)]
enum Pill {
    #[variant(control)]
    Grey,
    Red,
    DarkBlue,
}

#[derive(Variants)]
#[experiment(name = "search")]
enum Search {
    #[variant(control)]
    Keywords,
    Semantic,
}

#[test]
fn an_enum_declares_what_the_builder_would() {
    let by_hand = Declaration::new("pill_color")
        .variants(["red", "dark_blue"])
        .resolver(Percent::new([50.0, 12.5, 37.5]).unwrap())
        .traffic(80.5)
        .seed("2026-11")
        .layer("checkout", 0..50)
        .owner("growth")
        .issue("https://example.com/7")
        .description("Which colour?");
    assert_eq!(format!("{:?}", Pill::declaration()), format!("{by_hand:?}"));
    let config = |declaration| {
        let layer = Layer::new("checkout").unit("id");
        let builder = Config::builder().tracker(NoTracker::new()).layer(layer);
        builder.declare(declaration).build().unwrap()
    };
    let (derived, by_hand) = (config(Pill::declaration()), config(by_hand));
    for id in 0..300 {
        let assignment = |config: &Config| {
            let exp = config.experiment("pill_color", context! { id: id });
            (exp.variant().to_string(), exp.assignment().reason().code())
        };
        assert_eq!(assignment(&derived), assignment(&by_hand));
        let exp = derived.experiment("pill_color", context! { id: id });
        let expected = match exp.variant().as_str() {
            "red" => Pill::Red,
            "dark_blue" => Pill::DarkBlue,
            _ => Pill::Grey,
        };
        assert_eq!(exp.assign::<Pill>(), expected);
    }
}

#[test]
fn a_name_is_enough() {
    let config = Config::builder()
        .tracker(NoTracker::new())
        .declare(Search::declaration())
        .build();
    let exp = config
        .as_ref()
        .unwrap()
        .experiment("search", context! { id: 1 });
    assert_eq!(
        exp.assign::<Search>() as usize,
        usize::from(*exp.variant() == "semantic")
    );
    let _ = (Search::Keywords as u8, Search::Semantic as u8);
}
