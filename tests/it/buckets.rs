//! Rollouts: who gets which variant, and how independently.
//!
//! The units are the same in every run, so that a statistic beyond its bound is a defect and
//! never bad luck.

mod independence;
mod without_units;

use std::collections::HashMap;

use variate::{
    Always, Bucketing, Config, GitlabV0, KeySource, Percent, PercentError, Resolution, Resolver,
    Unit, always_candidate, always_control, context,
};

use crate::support::tracked;

const UNITS: u32 = 20_000;

/// How many units get each variant.
fn counts(
    config: &Config,
    experiment: &'static str,
    variants: &[&'static str],
) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for id in 0..UNITS {
        let exp = config.experiment(experiment, context! { user_id: id });
        let exp = exp.with_variants(variants.iter().copied());
        *counts.entry(exp.variant().to_string()).or_default() += 1;
    }
    counts
}

fn under(resolver: impl Resolver + 'static) -> Config {
    Config::builder().resolver(resolver).build().unwrap()
}

/// `count` of `UNITS` lies within five standard deviations of a share in percent.
fn assert_share(count: u32, percent: f64) {
    let (units, share) = (f64::from(UNITS), percent / 100.0);
    let deviation = (units * share * (1.0 - share)).sqrt();
    let off = (f64::from(count) - units * share).abs();
    assert!(off <= 5.0 * deviation, "{count} of {UNITS} for {percent} %");
}

#[test]
fn shares_are_as_given() {
    for (place, weights) in [
        [50.0, 50.0, 0.0],
        [90.0, 10.0, 0.0],
        [33.34, 33.33, 33.33],
        [1.0, 98.0, 1.0],
        [99.5, 0.25, 0.25],
        [0.0, 0.01, 99.99],
    ]
    .into_iter()
    .enumerate()
    {
        let names = ["control", "red", "blue"];
        let experiment = ["a", "b", "c", "d", "e", "f"][place];
        let in_order = counts(
            &under(Percent::new(weights).unwrap()),
            experiment,
            &names[1..],
        );
        for (name, weight) in names.into_iter().zip(weights) {
            assert_share(in_order.get(name).copied().unwrap_or(0), weight);
        }
        let by_name = Percent::named(names.into_iter().zip(weights)).unwrap();
        assert_eq!(
            counts(&under(by_name), experiment, &["blue", "red"]),
            in_order
        );
    }
}

#[test]
fn an_even_split_is_even_for_any_number_of_variants() {
    for others in 1..10_u32 {
        let names: Vec<&'static str> = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
            .into_iter()
            .take(others as usize)
            .collect();
        let counts = counts(&under(Percent::even()), "pill", &names);
        assert_eq!(counts.len(), names.len() + 1);
        for count in counts.into_values() {
            assert_share(count, 100.0 / f64::from(others + 1));
        }
    }
}

#[test]
fn zero_is_nobody_and_a_hundred_is_everybody() {
    for bucketing in [Bucketing::Native, Bucketing::GitlabCrc32] {
        for place in 0..3 {
            let mut weights = [0; 3];
            weights[place] = 100;
            let name = ["control", "red", "blue"][place];
            let config = under(Percent::new(weights).unwrap().bucketing(bucketing));
            let everybody = HashMap::from([(name.to_owned(), UNITS)]);
            assert_eq!(
                counts(&config, "pill", &["red", "blue"]),
                everybody,
                "{bucketing}"
            );
        }
    }
}

/// The original's mistake, kept for those who share experiences with it.
#[test]
fn zero_is_somebody_in_legacy_bucketing_alone() {
    let percent = Percent::new([0, 100])
        .unwrap()
        .bucketing(Bucketing::GitlabCrc32Legacy);
    assert_share(counts(&under(percent), "pill", &["red"])["control"], 1.0);
}

#[test]
fn bucketings_have_names() {
    for bucketing in [
        Bucketing::Native,
        Bucketing::GitlabCrc32,
        Bucketing::GitlabCrc32Legacy,
    ] {
        assert_eq!(bucketing.to_string().parse(), Ok(bucketing));
    }
    assert_eq!(
        "md5".parse::<Bucketing>().unwrap_err().to_string(),
        "`md5` is no bucketing: expected native, gitlab-crc32 or gitlab-crc32-legacy"
    );
}

/// What a unit gets whose bucket is `bucket` of 10,000.
fn at_bucket(percent: &Percent, bucket: u64) -> String {
    struct Exactly(u64);
    impl variate::KeyScheme for Exactly {
        fn key(&self, _: &KeySource<'_>) -> variate::Key {
            // The least bits that scale to this bucket.
            let bits = (u128::from(self.0) << 64).div_ceil(10_000) << 64;
            bits.to_be_bytes().into()
        }

        fn separates_experiments(&self) -> bool {
            true
        }
    }
    let config = Config::builder()
        .key_scheme(Exactly(bucket))
        .resolver(percent.clone())
        .build()
        .unwrap();
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["red", "blue"]);
    exp.variant().to_string()
}

#[test]
fn ranges_include_where_they_begin_and_exclude_where_they_end() {
    let percent = Percent::new([0.01, 50.0, 49.99]).unwrap();
    for (bucket, expected) in [
        (0, "red"),
        (4999, "red"),
        (5000, "control"),
        (5001, "blue"),
        (9999, "blue"),
    ] {
        assert_eq!(at_bucket(&percent, bucket), expected, "bucket {bucket}");
    }
    let named = Percent::named([("blue", 10), ("control", 80), ("red", 10)]).unwrap();
    for (bucket, expected) in [
        (3999, "control"),
        (4000, "blue"),
        (4999, "blue"),
        (5000, "control"),
        (8999, "control"),
        (9000, "red"),
        (9999, "red"),
    ] {
        assert_eq!(at_bucket(&named, bucket), expected, "bucket {bucket}");
    }
}

#[test]
fn a_hundredth_of_a_percent_is_one_bucket() {
    let percent = Percent::named([("red", 0.01), ("control", 99.99)]).unwrap();
    let red: Vec<_> = (0..10_000)
        .filter(|bucket| at_bucket(&percent, *bucket) == "red")
        .collect();
    assert_eq!(red, [9999]);
}

#[test]
fn each_error_of_percentages_says_what_is_wrong() {
    let message = |error: PercentError| error.to_string();
    let new = |weights: &[f64]| message(Percent::new(weights.iter().copied()).unwrap_err());
    assert_eq!(
        new(&[]),
        "there are no percentages: give one for each variant"
    );
    assert_eq!(
        new(&[50.0, 49.0]),
        "the percentages add up to 99: they must add up to 100"
    );
    assert_eq!(
        new(&[50.0, 50.01]),
        "the percentages add up to 100.01: they must add up to 100"
    );
    assert_eq!(
        new(&[100.0; 1000]),
        "the percentages add up to 100000: they must add up to 100"
    );
    assert_eq!(
        new(&[0.0]),
        "the percentages add up to 0: they must add up to 100"
    );
    assert_eq!(
        new(&[101.0]),
        "101 is no percentage: expected a number from 0 to 100"
    );
    assert_eq!(
        new(&[-1.0, 101.0]),
        "-1 is no percentage: expected a number from 0 to 100"
    );
    assert_eq!(
        new(&[f64::NAN]),
        "NaN is no percentage: expected a number from 0 to 100"
    );
    assert_eq!(
        new(&[f64::INFINITY]),
        "inf is no percentage: expected a number from 0 to 100"
    );
    assert_eq!(
        new(&[33.333, 66.667]),
        "33.333 % is too fine: use hundredths of a percent at the finest"
    );
    let named = |weights: &[(&'static str, i32)]| {
        message(Percent::named(weights.iter().copied()).unwrap_err())
    };
    assert_eq!(
        named(&[]),
        "there are no percentages: give one for each variant"
    );
    assert_eq!(
        named(&[("a", 99)]),
        "the percentages add up to 99: they must add up to 100"
    );
    assert_eq!(
        named(&[("", 100)]),
        "`` cannot name a variant: use 1 to 255 bytes"
    );
    assert_eq!(
        named(&[("a", 50), ("a", 50)]),
        "`a` has two percentages: keep one"
    );
    let long = "x".repeat(256);
    assert_eq!(
        message(Percent::named([(long.clone(), 100)]).unwrap_err()),
        format!("`{long}` cannot name a variant: use 1 to 255 bytes")
    );
}

#[test]
fn whole_and_decimal_percentages_are_taken() {
    assert!(Percent::new([100_u8]).is_ok());
    assert!(Percent::new([-0.0, 100.0]).is_ok());
    assert!(Percent::new([14.28, 14.28, 14.28, 14.29, 14.29, 14.29, 14.29]).is_ok());
    assert_eq!(Percent::default(), Percent::even());
}

#[test]
fn one_unit_has_one_variant() {
    for resolver in [
        Percent::even(),
        Percent::new([20, 30, 50]).unwrap(),
        Percent::even().bucketing(Bucketing::GitlabCrc32),
    ] {
        let (one, other) = (under(resolver.clone()), under(resolver));
        for id in 0..500 {
            let variant = |config: &Config, ctx| {
                config
                    .experiment("pill", ctx)
                    .with_variants(["a", "b"])
                    .variant()
                    .clone()
            };
            let by_number = variant(&one, context! { id: id, plan: "pro" });
            let by_text = variant(&other, context! { plan: "pro", id: id.to_string() });
            assert_eq!(by_number, by_text);
        }
    }
}

/// With the candidate's range first, it only grows at its end.
#[test]
fn who_is_in_stays_in_while_a_share_that_lies_first_is_raised() {
    let stages = [1, 10, 20, 50, 100].map(|share| {
        under(Percent::named([("candidate", share), ("control", 100 - share)]).unwrap())
    });
    for id in 0..UNITS {
        let inside = stages.each_ref().map(|config| {
            config
                .experiment("pill", context! { user_id: id })
                .variant()
                == "candidate"
        });
        assert!(inside.is_sorted(), "{id}: {inside:?}");
    }
}

#[test]
fn a_closure_sees_the_units_own_bits() {
    let (config, _) = tracked(|unit: &Unit<'_>| {
        assert_eq!(unit.bucket(0), 0);
        assert_eq!(unit.bucket(1), 0);
        assert_eq!(unit.bucket(2), unit.uniform() >> 63);
        assert_eq!(
            unit.bucket(u64::MAX),
            ((u128::from(unit.uniform()) * u128::from(u64::MAX)) >> 64) as u64
        );
        let key = u64::from_be_bytes(*unit.key().as_bytes().first_chunk().unwrap());
        assert_eq!(unit.uniform(), key);
        assert_eq!((unit.experiment(), unit.context().len()), ("pill", 1));
        Resolution::index(1)
    });
    assert_eq!(
        config.experiment("pill", context! { a: 1 }).variant(),
        "candidate"
    );
}

#[test]
fn always_is_one_variant_for_everybody() {
    let variant = |always: Always| {
        let config = Config::builder()
            .key_scheme(GitlabV0)
            .resolver(always)
            .build()
            .unwrap();
        counts(&config, "pill", &["candidate", "red"])
    };
    assert_eq!(
        variant(always_control()),
        HashMap::from([("control".into(), UNITS)])
    );
    assert_eq!(
        variant(always_candidate()),
        HashMap::from([("candidate".into(), UNITS)])
    );
    assert_eq!(
        variant(Always::new("red")),
        HashMap::from([("red".into(), UNITS)])
    );
}
