//! The provider as the clients of `open-feature` ask it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]

use std::time::SystemTime;

use open_feature::{
    Client, EvaluationContext, EvaluationContextFieldValue, EvaluationErrorCode, EvaluationReason,
    FlagMetadataValue, OpenFeature, StructValue, Value,
};
use variate::{
    Condition, Config, ConfigBuilder, Declaration, MemoryTracker, Percent, Resolution, Unit,
    always_candidate, context,
};
use variate_openfeature::VariateProvider;

/// A client of a provider of its own, under a name that no other test has.
async fn client(name: &str, provider: VariateProvider) -> Client {
    let mut api = OpenFeature::singleton_mut().await;
    api.set_named_provider(name, provider).await;
    api.create_named_client(name)
}

fn build(builder: ConfigBuilder) -> (Config, MemoryTracker) {
    let tracker = MemoryTracker::new();
    (builder.tracker(tracker.clone()).build().unwrap(), tracker)
}

fn user(key: &str) -> EvaluationContext {
    EvaluationContext::default().with_targeting_key(key)
}

/// The second variant for everybody.
fn second(name: &str) -> Declaration {
    Declaration::new(name).resolver(|_: &Unit<'_>| Resolution::index(1))
}

#[test]
fn payloads_are_values_of_each_type() {
    pollster::block_on(async {
        let payload = context! {
            title: "Buy", size: 3, scale: 1.5, bold: true, none: None::<u64>,
            tags: vec!["a", "b"], deep: variate::Value::map([("inner", 1)]),
        };
        let map = variate::Value::map(
            payload
                .iter()
                .map(|(name, value)| (name.to_owned(), value.clone())),
        );
        let (config, tracker) = build(
            Config::builder()
                .declare(second("bool").payload("candidate", false))
                .declare(second("int").payload("candidate", 42))
                .declare(second("float").payload("candidate", 0.5))
                .declare(second("text").payload("candidate", "red"))
                .declare(second("map").payload("candidate", map.into_owned()))
                .declare(second("bare")),
        );
        let client = client("payloads", VariateProvider::new(config)).await;
        let user = Some(user("42"));
        let user = user.as_ref();
        assert_eq!(client.get_bool_value("bool", user, None).await, Ok(false));
        assert_eq!(client.get_int_value("int", user, None).await, Ok(42));
        assert_eq!(client.get_float_value("float", user, None).await, Ok(0.5));
        assert_eq!(client.get_float_value("int", user, None).await, Ok(42.0));
        assert_eq!(
            client.get_string_value("text", user, None).await.as_deref(),
            Ok("red")
        );
        assert_eq!(client.get_bool_value("bare", user, None).await, Ok(true));
        assert_eq!(
            client.get_string_value("bare", user, None).await.as_deref(),
            Ok("candidate")
        );
        let details = client
            .get_struct_details::<Fields>("map", user, None)
            .await
            .unwrap();
        let expected = StructValue::default()
            .with_field("title", "Buy")
            .with_field("size", 3)
            .with_field("scale", 1.5)
            .with_field("bold", true)
            .with_field("tags", vec!["a", "b"])
            .with_field("deep", StructValue::default().with_field("inner", 1));
        assert_eq!(details.value.0, expected);
        let before = tracker.events().len();

        for (flag, asked) in [
            (
                "text",
                client.get_bool_value("text", user, None).await.map(drop),
            ),
            (
                "bool",
                client.get_string_value("bool", user, None).await.map(drop),
            ),
            (
                "bare",
                client.get_int_value("bare", user, None).await.map(drop),
            ),
            (
                "text",
                client.get_float_value("text", user, None).await.map(drop),
            ),
            (
                "int",
                client
                    .get_struct_value::<Fields>("int", user, None)
                    .await
                    .map(drop),
            ),
        ] {
            assert_eq!(
                asked.unwrap_err().code,
                EvaluationErrorCode::TypeMismatch,
                "{flag}"
            );
        }
        assert_eq!(
            tracker.events().len(),
            before,
            "what is not shown is no exposure"
        );
    });
}

/// What a client asks for as a structure.
#[derive(Debug, Clone, PartialEq)]
struct Fields(StructValue);

impl TryFrom<StructValue> for Fields {
    type Error = String;

    fn try_from(value: StructValue) -> Result<Self, String> {
        Ok(Self(value))
    }
}

#[test]
fn a_flag_that_is_not_declared_and_a_unit_that_is_not_named_are_errors() {
    pollster::block_on(async {
        let (config, tracker) = build(
            Config::builder()
                .name_prefix("shop")
                .declare(second("pill")),
        );
        let client = client("errors", VariateProvider::new(config)).await;
        let missing = client
            .get_bool_value("other", Some(&user("42")), None)
            .await;
        assert_eq!(missing.unwrap_err().code, EvaluationErrorCode::FlagNotFound);
        let nobody = client.get_bool_value("pill", None, None).await.unwrap_err();
        assert_eq!(nobody.code, EvaluationErrorCode::TargetingKeyMissing);
        assert!(nobody.message.unwrap().contains("`pill`"));
        assert!(tracker.events().is_empty());
        assert_eq!(
            client.get_bool_value("pill", Some(&user("42")), None).await,
            Ok(true)
        );
        assert_eq!(tracker.events()[0].experiment, "shop_pill");
    });
}

#[test]
fn reasons_are_those_of_the_specification() {
    pollster::block_on(async {
        let past = SystemTime::UNIX_EPOCH;
        let (config, tracker) = build(
            Config::builder()
                .resolver(always_candidate())
                .declare(Declaration::new("split"))
                .declare(
                    Declaration::new("segment")
                        .segment("candidate", Condition::equals("plan", "pro")),
                )
                .declare(Declaration::new("excluded").exclude(Condition::equals("plan", "pro")))
                .declare(Declaration::new("over").ends(past))
                .declare(Declaration::new("off").enabled(false))
                .declare(Declaration::new("unknown").resolver(|_: &Unit<'_>| "purple"))
                .declare(
                    Declaration::new("abstains").resolver(|_: &Unit<'_>| None::<&'static str>),
                ),
        );
        let client = client(
            "reasons",
            VariateProvider::new(config.clone()).unit("user_id"),
        )
        .await;
        let user = user("42").with_custom_field("plan", "pro");
        let ask = async |flag: &str| {
            client
                .get_string_details(flag, Some(&user), None)
                .await
                .unwrap()
        };
        for (flag, variant, reason, code) in [
            ("split", "candidate", EvaluationReason::Split, "resolved"),
            (
                "segment",
                "candidate",
                EvaluationReason::TargetingMatch,
                "segment",
            ),
            ("excluded", "control", EvaluationReason::Default, "excluded"),
            ("over", "control", EvaluationReason::Disabled, "ended"),
            ("off", "control", EvaluationReason::Disabled, "disabled"),
            (
                "unknown",
                "control",
                EvaluationReason::Error,
                "unknown_variant",
            ),
            (
                "abstains",
                "control",
                EvaluationReason::Default,
                "abstained",
            ),
        ] {
            let details = ask(flag).await;
            assert_eq!(details.variant.as_deref(), Some(variant), "{flag}");
            assert_eq!(details.reason, Some(reason), "{flag}");
            assert_eq!(
                details.flag_metadata.values["reason"],
                FlagMetadataValue::String(code.to_owned()),
                "{flag}"
            );
        }
        let key = config
            .experiment("split", context! {})
            .sticky_to(42)
            .key()
            .to_string();
        let told = ask("split").await.flag_metadata.values["contextId"].clone();
        assert_eq!(told, FlagMetadataValue::String(key));
        assert_eq!(
            tracker
                .events()
                .iter()
                .filter(|event| event.experiment == "off")
                .count(),
            0
        );
    });
}

#[test]
fn the_targeting_key_alone_makes_the_experience() {
    pollster::block_on(async {
        let (config, tracker) =
            build(Config::builder().declare(Declaration::new("pill").resolver(Percent::even())));
        let client = client("unit", VariateProvider::new(config.clone()).unit("user_id")).await;
        for n in 0..50 {
            let plain = user(&n.to_string());
            let rich = plain
                .clone()
                .with_custom_field("visits", n)
                .with_custom_field("user_id", "other");
            let of_plain = client
                .get_string_value("pill", Some(&plain), None)
                .await
                .unwrap();
            let of_rich = client
                .get_string_value("pill", Some(&rich), None)
                .await
                .unwrap();
            let exp = config
                .experiment("pill", context! { user_id: n })
                .sticky_to(n);
            assert_eq!(
                (of_plain.as_str(), of_rich.as_str()),
                (exp.expose().as_str(), exp.variant().as_str())
            );
        }
        let events = tracker.events();
        let of_one: Vec<_> = events
            .iter()
            .filter(|event| event.id == events[0].id)
            .collect();
        assert_eq!(of_one.len(), 3, "one exposure, three times");
        assert!(
            events
                .iter()
                .any(|event| event.variant != events[0].variant)
        );
    });
}

#[test]
fn rules_see_the_fields_of_the_evaluation_context() {
    pollster::block_on(async {
        let seen = |unit: &Unit<'_>| {
            let context = unit.context();
            let text = |name: &str| context.get(name).map(ToString::to_string);
            let wanted = [
                ("user_id", "42"),
                ("bool", "true"),
                ("int", "-7"),
                ("float", "1.5"),
                ("text", "x"),
            ];
            let is_seen = wanted
                .iter()
                .all(|(name, value)| text(name).as_deref() == Some(*value));
            let is_map = context.get("map").is_some_and(|map| {
                *map == variate::Value::map([("inner", variate::Value::list([1, 2]))])
            });
            let has_no_other = context.len() == wanted.len() + 1;
            if is_seen && is_map && has_no_other {
                "candidate"
            } else {
                "control"
            }
        };
        let (config, _) = build(Config::builder().declare(Declaration::new("pill").resolver(seen)));
        let client = client("fields", VariateProvider::new(config).unit("user_id")).await;
        let map = StructValue::default()
            .with_field("inner", Value::Array(vec![Value::Int(1), Value::Int(2)]));
        let user = user("42")
            .with_custom_field("user_id", "somebody else")
            .with_custom_field("bool", true)
            .with_custom_field("int", -7)
            .with_custom_field("float", 1.5)
            .with_custom_field("text", "x")
            .with_custom_field("map", EvaluationContextFieldValue::new_struct(map))
            .with_custom_field(
                "opaque",
                EvaluationContextFieldValue::new_struct(SystemTime::UNIX_EPOCH),
            );
        assert_eq!(
            client.get_bool_value("pill", Some(&user), None).await,
            Ok(true)
        );
    });
}

#[test]
fn exposure_can_be_left_to_the_application() {
    pollster::block_on(async {
        let (config, tracker) = build(Config::builder().declare(second("pill")));
        let client = client("silent", VariateProvider::new(config).expose(false)).await;
        assert_eq!(
            client.get_bool_value("pill", Some(&user("42")), None).await,
            Ok(true)
        );
        assert!(tracker.events().is_empty());
        assert_eq!(client.metadata().name, "silent");
    });
}
