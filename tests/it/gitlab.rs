//! Agreement with gitlab-experiment, on values that the originals gave.
//!
//! `tests/data/gitlab.json` was made by running gitlab-experiment 0.2.0 and 2.0.0 under Ruby 3.1.2.

use serde_json::Value as Json;
use variate::{
    Bucketing, Config, Context, GitlabCom, GitlabV0, GitlabV2, KeyScheme, KeySource, Percent,
    ShaBits, Value,
};

fn vectors(part: &str) -> Vec<Json> {
    let all: Json = serde_json::from_str(include_str!("../data/gitlab.json")).unwrap();
    let part = all[part].as_array().unwrap().clone();
    assert!(!part.is_empty());
    part
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

fn value(json: &Json) -> Value<'static> {
    let v = &json["v"];
    match json["t"].as_str().unwrap() {
        "nil" => Value::null(),
        "bool" => v.as_bool().unwrap().into(),
        "int" => text(v).parse::<i128>().unwrap().into(),
        "float" => {
            let bits = u64::from_str_radix(json["bits"].as_str().unwrap(), 16).unwrap();
            f64::from_bits(bits).into()
        }
        "sym" => Value::symbol(text(v)),
        "array" => Value::list(v.as_array().unwrap().iter().map(value)),
        "hash" => Value::map(
            v.as_array()
                .unwrap()
                .iter()
                .map(|e| (value(&e[0]), value(&e[1]))),
        ),
        "gid" => {
            let gid = text(v);
            let (app, rest) = gid.strip_prefix("gid://").unwrap().split_once('/').unwrap();
            let (model, id) = rest.split_once('/').unwrap();
            Value::gid(app, model, id)
        }
        "str" | "other" => text(v).into(),
        other => panic!("unknown type {other}"),
    }
}

fn context(json: &Json) -> Context<'static> {
    json.as_array()
        .unwrap()
        .iter()
        .map(|entry| (value(&entry[0]).to_string(), value(&entry[1])))
        .collect()
}

#[test]
fn keys_of_0_2_0() {
    for vector in vectors("v020_md5") {
        let context = context(&vector["context"]);
        let key = GitlabV0.key(&KeySource::new("any", &context));
        assert_eq!(key.to_string(), text(&vector["key"]), "{vector}");
    }
}

#[test]
fn keys_of_2_0_0() {
    for vector in vectors("v200_sha2") {
        let context = context(&vector["context"]);
        let bits = match vector["bits"].as_u64().unwrap() {
            256 => ShaBits::Sha256,
            384 => ShaBits::Sha384,
            512 => ShaBits::Sha512,
            other => panic!("{other} bits"),
        };
        let secret = vector["secret"].as_str().unwrap_or_default();
        let mut config = Config::builder().key_scheme(GitlabV2::new().secret(secret).bits(bits));
        if let Some(prefix) = vector["name_prefix"].as_str() {
            config = config.name_prefix(prefix);
        }
        let config = config.build().unwrap();
        let exp = config.experiment(text(&vector["experiment"]), &context);
        assert_eq!(exp.name(), text(&vector["name"]));
        assert_eq!(exp.key().to_string(), text(&vector["key"]), "{vector}");
    }
}

#[test]
fn sticky_keys_of_2_0_0() {
    let config = Config::builder()
        .key_scheme(GitlabV2::new())
        .build()
        .unwrap();
    for vector in vectors("v200_sticky_to") {
        let exp = config
            .experiment(text(&vector["experiment"]), [("not", "used")])
            .sticky_to(value(&vector["sticky_to"]));
        assert_eq!(exp.key().to_string(), text(&vector["key"]), "{vector}");
    }
}

#[test]
fn keys_of_gitlab_com() {
    for vector in vectors("gitlab_com_legacy_md5") {
        let context = context(&vector["context"]);
        let name = text(&vector["experiment"]);
        let key = GitlabCom.key(&KeySource::new(&name, &context));
        assert_eq!(key.to_string(), text(&vector["key"]), "{vector}");
    }
}

#[test]
fn migration_keys_of_both() {
    let v0 = Config::builder().key_scheme(GitlabV0).build().unwrap();
    let v2 = Config::builder()
        .key_scheme(GitlabV2::new())
        .build()
        .unwrap();
    for vector in vectors("migrations") {
        for (config, expected) in [(&v0, "signature_v020"), (&v2, "signature_v200")] {
            let mut exp =
                config.experiment(text(&vector["experiment"]), context(&vector["context"]));
            if let Some(former) = vector.get("migrated_from") {
                exp = exp.migrated_from(context(former));
            }
            if let Some(overlay) = vector.get("migrated_with") {
                exp = exp.migrated_with(context(overlay));
            }
            let signature = serde_json::to_value(exp.signature()).unwrap();
            assert_eq!(signature["key"], vector[expected]["key"]);
            assert_eq!(
                signature["migration_keys"],
                vector[expected]["migration_keys"]
            );
        }
    }
}

#[test]
fn the_originals_collisions_are_theirs_and_not_canonical() {
    let collide = |a: Context<'static>, b: Context<'static>, expected: &Json| {
        let key = |scheme: &dyn KeyScheme, context| {
            scheme.key(&KeySource::new("example", context)).to_string()
        };
        let v2 = GitlabV2::new();
        assert_eq!(key(&GitlabV0, &a), text(&expected["md5_v020"]));
        assert_eq!(key(&GitlabV0, &b), text(&expected["md5_v020"]));
        assert_eq!(key(&v2, &a), text(&expected["sha2_v200_example"]));
        assert_eq!(key(&v2, &b), text(&expected["sha2_v200_example"]));
        assert_ne!(
            key(&variate::Canonical, &a),
            key(&variate::Canonical, &b),
            "{a:?} {b:?}"
        );
    };
    let vectors = vectors("known_collisions");
    let two = Context::from([("a", 1), ("b", 2)]);
    collide(two.clone(), [("a", "b|1|2")].into(), &vectors[0]);
    collide(two, [("a|b", "1|2")].into(), &vectors[1]);
    collide([("a", None::<u8>)].into(), [("a", "")].into(), &vectors[3]);
    collide(
        [("a", [1, 2])].into(),
        [("a", "[1, 2]")].into(),
        &vectors[7],
    );
}

fn with_variants(rollout: Percent, names: &[String], key: &str, experiment: &str) -> String {
    let key = key.to_owned();
    let config = Config::builder()
        .key_scheme(move |_: &KeySource<'_>| key.clone())
        .resolver(rollout)
        .build()
        .unwrap();
    let exp = config.experiment(experiment, Context::new());
    exp.with_variants(names[1..].to_vec()).variant().to_string()
}

fn names(json: &Json) -> Vec<String> {
    json.as_array().unwrap().iter().map(text).collect()
}

#[test]
fn buckets_of_both_rules() {
    let distributions = vectors("distributions");
    let mut compared = 0;
    for vector in vectors("bucketing") {
        let key = text(&vector["key"]);
        let experiment = text(&vector["experiment"]);
        for (rule, bucketing) in [
            ("variant_v200", Bucketing::GitlabCrc32),
            ("variant_v091_legacy_le", Bucketing::GitlabCrc32Legacy),
        ] {
            for distribution in &distributions {
                let name = text(&distribution["name"]);
                let Some(expected) = vector[rule][&name].as_str() else {
                    continue;
                };
                let rules = &distribution["distribution"]["rules"];
                let rollout = match distribution["distribution"]["type"].as_str() {
                    None => Percent::even(),
                    Some("array") => Percent::new(
                        rules
                            .as_array()
                            .unwrap()
                            .iter()
                            .map(|r| r.as_f64().unwrap()),
                    )
                    .unwrap(),
                    _ => Percent::named(
                        rules
                            .as_array()
                            .unwrap()
                            .iter()
                            .map(|r| (text(&r[0]), r[1].as_f64().unwrap())),
                    )
                    .unwrap(),
                }
                .bucketing(bucketing);
                let behaviors = names(&distribution["behaviors"]);
                let got = with_variants(rollout, &behaviors, &key, &experiment);
                if behaviors.contains(&expected.to_owned()) {
                    assert_eq!(got, expected, "{name} of {vector}");
                } else {
                    // The original goes on with a variant that there is not, and fails later.
                    assert_eq!(got, "control", "{name} of {vector}");
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 3000, "{compared}");
}

#[test]
fn distributions_over_unknown_names_choose_as_the_original_did() {
    let xyz = ["control".to_owned(), "x".into(), "y".into(), "z".into()];
    for vector in vectors("bucketing") {
        let rollout = Percent::named([("x", 25), ("y", 30), ("z", 45)])
            .unwrap()
            .bucketing(Bucketing::GitlabCrc32);
        let got = with_variants(
            rollout,
            &xyz,
            &text(&vector["key"]),
            &text(&vector["experiment"]),
        );
        assert_eq!(got, text(&vector["variant_v200"]["hash unknown names"]));
    }
}

/// From Ruby 3.1.2: `p value` for each, by `tests/data/ruby_texts.rb`.
#[test]
fn texts_inside_lists_and_hashes_are_rubys() {
    let texts: Json = serde_json::from_str(include_str!("../data/ruby_texts.json")).unwrap();
    let texts = texts.as_array().unwrap();
    assert!(texts.len() > 60);
    for vector in texts {
        // The key of a list is the key of its text: compare through a context that holds that text.
        let list = Value::list([value(&vector["value"])]);
        let as_list = Context::new().with("v", list);
        let as_text = Context::new().with("v", text(&vector["list"]));
        assert_eq!(
            GitlabV0.key(&KeySource::new("", &as_list)),
            GitlabV0.key(&KeySource::new("", &as_text)),
            "{vector}"
        );
    }
}
