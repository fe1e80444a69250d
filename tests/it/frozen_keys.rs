//! Keys, exposure ids and buckets that nobody may change, for any reason.
//!
//! Each of them stands in the stores and cookies of whoever uses the library. A change here
//! reassigns every user of every running experiment and counts each of them twice. If one of these
//! tests fails, the code is wrong. The values are from `tests/data/canonical_keys.py --frozen`,
//! which makes them with Python's own hashes.

use uuid::Uuid;
use variate::{Context, Key, KeyScheme, KeySource, Keyed, Resolution, Unit, Value};

use crate::support::build;

struct Frozen {
    name: &'static str,
    context: fn() -> Context<'static>,
    canonical: &'static str,
    keyed: &'static str,
    variant: &'static str,
    exposure: &'static str,
    /// Among 2, 3 and 10,000; once by the key's own bits, once by a hash of name and foreign key.
    buckets: [u64; 3],
    hashed_buckets: [u64; 3],
}

const FROZEN: [Frozen; 5] = [
    Frozen {
        name: "pill_color",
        context: || [("user_id", 42)].into(),
        canonical: "c991b97cadb2d6c5097fcf5540ddc7c7",
        keyed: "b6abe5d63609fd99c6517e1dbf6e5042",
        variant: "control",
        exposure: "1b41e804-024c-37e1-804e-c7940e6226d9",
        buckets: [1, 2, 7873],
        hashed_buckets: [1, 1, 6591],
    },
    Frozen {
        name: "pill_color",
        context: || [("user_id", 43)].into(),
        canonical: "ade10e0ed0e86f4aa194a58daac42841",
        keyed: "76fffc7cd8ce87eddde8012970e22aa7",
        variant: "red",
        exposure: "420bbdd2-c474-37da-9477-08cc83147768",
        buckets: [1, 2, 6792],
        hashed_buckets: [1, 1, 6591],
    },
    Frozen {
        name: "checkout",
        context: || {
            Context::new()
                .with("user_id", "ann")
                .with("plan", Value::null())
                .with("tags", Value::list([Value::from("a"), 0.1.into()]))
        },
        canonical: "956e3d8d1df576a0e223e3cd9263c907",
        keyed: "a60c4575ebccb2181ed8553dad939d0f",
        variant: "candidate",
        exposure: "c78adf1a-8a7c-397f-a9b0-bb527c8d4c32",
        buckets: [1, 1, 5837],
        hashed_buckets: [0, 0, 423],
    },
    Frozen {
        name: "shop_é",
        context: || {
            Context::new()
                .with("a", true)
                .with(
                    "b",
                    Uuid::from_u128(0x6f1d_64f2_8d8a_4c5e_9a53_7661_7269_6174),
                )
                .with("c", Value::map([("k", -1)]))
        },
        canonical: "b5137582cf9796f28380427613841841",
        keyed: "6ca46bf3a00eab2622a69976c19134c9",
        variant: "blue",
        exposure: "3b4f6033-647d-3b43-ac75-3016042762a8",
        buckets: [1, 2, 7073],
        hashed_buckets: [1, 1, 5101],
    },
    Frozen {
        name: "everybody",
        context: Context::new,
        canonical: "7c65dd2df71734c6b7dc359a8903d788",
        keyed: "31b346c2aec9b27d49731c45b601ca92",
        variant: "candidate",
        exposure: "872bf55e-c8a1-3ec4-995b-63d1b187c751",
        buckets: [0, 1, 4859],
        hashed_buckets: [1, 2, 7037],
    },
];

#[test]
fn never_change_a_canonical_key() {
    for frozen in FROZEN {
        let context = (frozen.context)();
        let key = variate::Canonical.key(&KeySource::new(frozen.name, &context));
        assert_eq!(key.to_string(), frozen.canonical);
    }
}

#[test]
fn never_change_a_keyed_key() {
    let keyed = Keyed::new("sixteen bytes or more").unwrap();
    for frozen in FROZEN {
        let context = (frozen.context)();
        let key = keyed.key(&KeySource::new(frozen.name, &context));
        assert_eq!(key.to_string(), frozen.keyed);
    }
}

#[test]
fn never_change_an_exposure_id() {
    for frozen in FROZEN {
        let (config, tracker) = build(variate::Config::builder());
        let exp = config.experiment(frozen.name, (frozen.context)());
        exp.with_variant(frozen.variant).expose();
        assert_eq!(tracker.events()[0].id.to_string(), frozen.exposure);
    }
}

fn buckets(unit: &Unit<'_>) -> [u64; 3] {
    [2, 3, 10_000].map(|count| unit.bucket(count))
}

#[test]
fn never_change_a_bucket() {
    for frozen in FROZEN {
        let (config, _) = build(variate::Config::builder().resolver(move |unit: &Unit<'_>| {
            assert_eq!(buckets(unit), frozen.buckets);
            Resolution::index(1)
        }));
        let exp = config.experiment(frozen.name, (frozen.context)());
        assert_eq!(exp.variant(), "candidate", "{}", frozen.name);
    }
}

#[test]
fn never_change_a_bucket_of_a_foreign_key() {
    for frozen in FROZEN {
        let builder = variate::Config::builder()
            .key_scheme(|source: &KeySource<'_>| Key::from(format!("host/{}", source.experiment())))
            .resolver(move |unit: &Unit<'_>| {
                assert_eq!(buckets(unit), frozen.hashed_buckets);
                Resolution::index(1)
            });
        let exp = build(builder)
            .0
            .experiment(frozen.name, (frozen.context)())
            .into_owned();
        assert_eq!(exp.variant(), "candidate", "{}", frozen.name);
    }
}

#[test]
fn never_change_where_a_range_lies() {
    // The bucket is 7873; the last variant fills the upper half from its top.
    for (weights, expected) in [
        ([78.73, 0.01, 21.26], "control"),
        ([78.72, 0.01, 21.27], "other"),
        ([21.25, 78.74, 0.01], "candidate"),
    ] {
        let percent = variate::Percent::new(weights).unwrap();
        let (config, _) = build(variate::Config::builder().resolver(percent));
        let exp = config.experiment("pill_color", [("user_id", 42)]);
        assert_eq!(
            exp.with_variants(["candidate", "other"]).variant(),
            expected
        );
    }
}

#[test]
fn never_change_the_name_of_an_exposure() {
    let (config, tracker) = build(variate::Config::builder());
    config.experiment("pill", Context::new()).expose();
    assert_eq!(tracker.actions(), ["assignment"]);
}
