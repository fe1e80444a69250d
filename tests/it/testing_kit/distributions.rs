//! Whether a rollout divides as it should.

use variate::testing::{self, SeededRandomness};
use variate::{Always, Config, Declaration, Percent, Random, Unit, context};

use super::message;
use crate::support::build;

const EXPECTED: [(&str, f64); 3] = [("control", 50.0), ("red", 25.0), ("blue", 25.0)];

fn percent(percentages: [f64; 3]) -> Config {
    build(Config::builder().resolver(Percent::new(percentages).unwrap())).0
}

#[test]
fn a_rollout_that_is_right_passes() {
    testing::assert_distribution(&percent([50.0, 25.0, 25.0]), "pill", 100_000, &EXPECTED);
    let (random, _) = build(
        Config::builder()
            .resolver(Random::new())
            .randomness(SeededRandomness::new(1)),
    );
    testing::assert_distribution(
        &random,
        "pill",
        100_000,
        &[("control", 50.0), ("red", 50.0)],
    );
    let rare = [("control", 99.99), ("red", 0.01), ("blue", 0.0)];
    testing::assert_distribution(&percent([99.99, 0.01, 0.0]), "pill", 100_000, &rare);
    let (all, _) = build(Config::builder().resolver(Always::new("red")));
    testing::assert_distribution(&all, "pill", 1_000, &[("control", 0.0), ("red", 100.0)]);
}

#[test]
fn a_share_that_is_off_by_a_little_fails() {
    let told = message(|| {
        testing::assert_distribution(&percent([48.5, 26.5, 25.0]), "pill", 100_000, &EXPECTED);
    });
    assert!(
        told.starts_with("`pill` does not divide units as expected\n"),
        "{told}"
    );
    let line = |name: &str| {
        told.lines()
            .find(|line| line.trim_start().starts_with(name))
            .unwrap()
    };
    assert!(
        line("control").contains("50.00 %")
            && line("control").contains("48.")
            && line("control").ends_with("off"),
        "{told}"
    );
    assert!(line("red").ends_with("off"), "{told}");
    assert!(!line("blue").ends_with("off"), "{told}");
    assert!(told.contains("resolved: 100000"), "{told}");
}

#[test]
fn the_edges_are_those_of_the_bound() {
    // Made with mpmath: where 100000·KL(x, 1/4) is ln(6·10^9), below and above 1/4.
    let told = message(|| {
        testing::assert_distribution(&percent([0.0, 50.0, 50.0]), "pill", 100_000, &EXPECTED);
    });
    assert!(told.contains("25.00 %   24.08 % to 25.92 %"), "{told}");
}

#[test]
fn a_variant_that_nobody_expects_fails() {
    let (config, _) = build(
        Config::builder().declare(
            Declaration::new("pill")
                .variants(["red", "blue"])
                .resolver(Percent::new([50, 49, 1]).unwrap()),
        ),
    );
    let told = message(|| {
        testing::assert_distribution(&config, "pill", 10_000, &[("control", 50.0), ("red", 50.0)]);
    });
    let blue = told.lines().find(|line| line.contains("blue")).unwrap();
    assert!(
        blue.contains("0.00 % to 0.00 %") && blue.ends_with("off"),
        "{told}"
    );
}

#[test]
fn units_that_are_left_out_do_not_count() {
    let declare = |traffic: u8| {
        let declaration = Declaration::new("pill").variants(["red", "blue"]);
        let declaration = declaration.resolver(Percent::new([50, 25, 25]).unwrap());
        build(Config::builder().declare(declaration.traffic(traffic))).0
    };
    testing::assert_distribution(&declare(50), "pill", 50_000, &EXPECTED);
    let told = message(|| testing::assert_distribution(&declare(0), "pill", 50_000, &EXPECTED));
    assert!(told.starts_with("no unit takes part in `pill`\n"), "{told}");
    assert!(told.contains("outside_traffic: 50000"), "{told}");
}

#[test]
fn too_few_units_fail() {
    let told = message(|| {
        testing::assert_distribution(&percent([50.0, 25.0, 25.0]), "pill", 100, &EXPECTED);
    });
    assert!(told.starts_with("100 units are too few"), "{told}");
}

#[test]
fn percentages_that_are_none_fail() {
    let config = Config::default();
    for expected in [
        &[("control", 50.0), ("red", 49.0)][..],
        &[("control", 150.0), ("red", -50.0)],
        &[("control", f64::NAN)],
        &[],
    ] {
        let told = message(|| testing::assert_distribution(&config, "pill", 1, expected));
        assert!(told.contains("not 100 together"), "{told}");
    }
    let twice = [("red", 50.0), ("red", 50.0)];
    let told = message(|| testing::assert_distribution(&config, "pill", 1, &twice));
    assert!(told.contains("`red` is expected twice"), "{told}");
}

#[test]
fn contexts_may_be_the_hosts_own_and_nothing_is_tracked() {
    let (config, tracker) = build(Config::builder().resolver(|unit: &Unit<'_>| {
        let account = unit.context().get("account")?.to_string();
        account.ends_with(['0', '1']).then_some("red")
    }));
    let contexts = (0..20_000).map(|id| context! { account: id });
    testing::assert_distribution_of(
        &config,
        "pill",
        contexts,
        &[("control", 80.0), ("red", 20.0)],
    );
    assert!(tracker.events().is_empty());
}
