//! What a page gets to know.

use std::task::Poll;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use variate::{
    Config, Declaration, Experiment, Forcing, Published, Publishing, Unit, context, publish,
    publish_async,
};

use crate::support::{always, build};

fn run(exp: &Experiment<'_>) -> &'static str {
    exp.use_(|| "grey").variant("red", || "red").run()
}

fn shown(published: &Published) -> Json {
    serde_json::to_value(published).unwrap()
}

fn names(published: &Published) -> Vec<&str> {
    published.iter().map(|known| &*known.experiment).collect()
}

#[test]
fn the_json_has_the_shape_that_gitlab_has() {
    let (config, _) = always("red");
    let exp = config.experiment("pill", context! { user_id: 42 });
    let (pill, published) = publish(|| run(&exp));
    assert_eq!(pill, "red");
    assert_eq!(
        shown(&published),
        json!({ "pill": {
            "variant": "red",
            "key": exp.key().to_string(),
            "experiment": "pill",
            "excluded": false,
        } })
    );
}

#[test]
fn migration_keys_are_published_where_there_are_some() {
    let (config, _) = always("red");
    let exp = config
        .experiment("pill", context! { user_id: 42 })
        .migrated_from(context! { user_id: 0 });
    let (_, published) = publish(|| run(&exp));
    assert_eq!(
        shown(&published)["pill"]["migration_keys"],
        json!([exp.migration_keys()[0].to_string()])
    );
    assert_eq!(
        serde_json::from_str::<Json>(&published.to_json()).unwrap(),
        shown(&published)
    );
}

#[test]
fn the_order_is_that_of_the_first_use() {
    let (config, _) = always("red");
    let exp = |name: &'static str| config.experiment(name, context! { user_id: 42 });
    let ((), published) = publish(|| {
        for name in ["zebra", "ant", "mole", "zebra"] {
            run(&exp(name));
        }
    });
    assert_eq!(names(&published), ["zebra", "ant", "mole"]);
    assert!(published.to_json().starts_with("{\"zebra\""));
}

#[test]
fn of_two_units_the_later_one_is_published() {
    let (config, _) = always("red");
    let later = config.experiment("pill", context! { user_id: 2 });
    let ((), published) = publish(|| {
        run(&config.experiment("pill", context! { user_id: 1 }));
        run(&later);
    });
    assert_eq!(
        published.get("pill").unwrap().key.as_ref(),
        Some(later.key())
    );
}

#[test]
fn asking_publishes_nothing_and_branching_does() {
    let (config, tracker) = always("red");
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["red"]);
    let ((), published) = publish(|| {
        exp.variant();
        exp.explain();
        exp.track("clicked");
    });
    assert!(published.is_empty());
    let (_, published) = publish(|| exp.expose().clone());
    assert_eq!(names(&published), ["pill"]);
    assert_eq!(tracker.actions(), ["clicked", "assignment"]);
}

#[test]
fn adding_by_hand_tracks_nothing() {
    let (config, tracker) = always("candidate");
    let mut published = Published::new();
    published.add(&config.experiment("pill", context! {}));
    assert_eq!(shown(&published)["pill"]["variant"], "candidate");
    assert!(tracker.events().is_empty());
}

#[test]
fn excluded_units_are_published_as_such() {
    let (config, tracker) = always("red");
    let exp = config.experiment("pill", context! {}).excluded(true);
    let (_, published) = publish(|| run(&exp));
    let known = &shown(&published)["pill"];
    assert_eq!(
        (&known["variant"], &known["excluded"]),
        (&json!("control"), &json!(true))
    );
    assert!(tracker.events().is_empty());
}

#[test]
fn forced_units_are_published_without_a_key() {
    let forcing = Forcing::new("sixteen bytes or more").unwrap();
    let (config, _) = build(Config::builder().forcing(forcing));
    config.force("pill", None, "red").unwrap();
    let (pill, published) = publish(|| run(&config.experiment("pill", context! {})));
    assert_eq!(pill, "red");
    assert_eq!(
        shown(&published),
        json!({ "pill": { "variant": "red", "experiment": "pill", "excluded": false } })
    );
}

#[test]
fn who_is_not_tracked_is_published_without_keys() {
    let (config, _) = always("red");
    let exp = config
        .experiment("pill", context! { user_id: 42 })
        .migrated_from(context! { user_id: 0 })
        .tracking(false);
    let (_, published) = publish(|| run(&exp));
    assert_eq!(
        shown(&published),
        json!({ "pill": { "variant": "red", "experiment": "pill", "excluded": false } })
    );
}

#[test]
fn what_does_not_run_is_not_published() {
    let (config, _) = build(
        Config::builder()
            .declare(Declaration::new("over").variants(["red"]).enabled(false))
            .strict(),
    );
    let off = config.experiment("off", context! {}).enabled(false);
    let ((), published) = publish(|| {
        run(&off);
        run(&config.experiment("over", context! {}));
        run(&config.experiment("not declared", context! {}));
        run(&config.experiment("", context! {}));
    });
    assert!(published.is_empty(), "{published:?}");
    let mut published = Published::new();
    published.add(&off);
    assert!(published.is_empty());
}

#[test]
fn a_variant_that_did_not_run_is_not_published() {
    let (config, _) = always("blue");
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["blue"]);
    let (pill, mut published) = publish(|| run(&exp));
    assert_eq!(pill, "grey");
    published.add(&exp);
    assert!(published.is_empty());
}

#[test]
fn keys_and_experiments_can_be_kept_back() {
    let (config, _) = always("red");
    let ((), mut published) = publish(|| {
        for name in ["pill", "secret"] {
            let exp = config.experiment(name, context! { user_id: 42 });
            run(&exp.migrated_from(context! { user_id: 0 }));
        }
    });
    published.retain(|known| known.experiment != "secret");
    assert_eq!(
        shown(&published.without_keys()),
        json!({ "pill": { "variant": "red", "experiment": "pill", "excluded": false } })
    );
}

#[test]
fn the_innermost_scope_collects() {
    let (config, _) = always("red");
    let (inner, outer) = publish(|| {
        run(&config.experiment("before", context! {}));
        let (_, inner) = publish(|| run(&config.experiment("inside", context! {})));
        run(&config.experiment("after", context! {}));
        inner
    });
    assert_eq!(names(&inner), ["inside"]);
    assert_eq!(names(&outer), ["before", "after"]);
}

#[test]
fn a_panic_ends_the_scope() {
    let (config, _) = always("red");
    let ((), outer) = publish(|| {
        let panicked = std::panic::catch_unwind(|| publish(|| panic!("inside")));
        assert!(panicked.is_err());
        run(&config.experiment("after", context! {}));
    });
    assert_eq!(names(&outer), ["after"]);
    assert!(Publishing::current().is_none());
}

#[test]
fn another_thread_publishes_only_if_it_joins() {
    let (config, _) = always("red");
    let ((), published) = publish(|| {
        let page = Publishing::current().unwrap();
        std::thread::scope(|threads| {
            threads.spawn(|| run(&config.experiment("elsewhere", context! {})));
            threads.spawn(|| page.join(|| run(&config.experiment("joined", context! {}))));
        });
    });
    assert_eq!(names(&published), ["joined"]);
}

#[test]
fn a_future_publishes_wherever_it_is_polled() {
    let (config, _) = always("red");
    let page = async |name: &'static str| {
        let mut polls = 0;
        std::future::poll_fn(|polled| {
            polls += 1;
            polled.waker().wake_by_ref();
            if polls == 1 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        run(&config.experiment(name, context! {}));
    };
    // Both take turns on one thread.
    let (((), first), ((), second)) = pollster::block_on(async {
        let mut first = std::pin::pin!(publish_async(page("first")));
        let mut second = std::pin::pin!(publish_async(page("second")));
        std::future::poll_fn(|polled| {
            assert!(first.as_mut().poll(polled).is_pending());
            assert!(second.as_mut().poll(polled).is_pending());
            Poll::Ready(())
        })
        .await;
        (first.await, second.await)
    });
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["first"], vec!["second"])
    );
}

#[test]
fn the_helper_is_no_longer_than_2_kilobytes() {
    assert!(variate::JAVASCRIPT.len() <= 2_048);
}

#[test]
fn the_script_is_data_that_browsers_do_not_run() {
    assert_eq!(
        Published::new().to_script(),
        r#"<script type="application/json" id="variate-experiments">{}</script>"#
    );
    let script = Published::new().to_window_script(Some(r#"a"><script>"#));
    assert!(
        script.starts_with(r#"<script nonce="a&quot;&gt;&lt;script&gt;">"#),
        "{script}"
    );
}

/// One experiment of this name, in this variant.
fn page(name: &str, variant: &str) -> Published {
    let variant = variant.to_owned();
    let resolver = move |_: &Unit<'_>| variant.clone();
    let (config, _) = build(Config::builder().resolver(resolver));
    let mut published = Published::new();
    published.add(&config.experiment(name.to_owned(), context! {}));
    published
}

/// Texts that are made to leave a script or an attribute.
fn hostile() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        Just("</script>".to_owned()),
        Just("</SCRIPT\t>".to_owned()),
        Just("<!--<script".to_owned()),
        Just("-->".to_owned()),
        Just("]]>".to_owned()),
        Just("'\"`\\".to_owned()),
        Just("\\u003c".to_owned()),
        Just("&lt;&quot;".to_owned()),
        Just("\u{2028}\u{2029}\u{feff}\u{0}\u{7f}".to_owned()),
        Just("__proto__".to_owned()),
        "\\PC{0,8}",
        any::<String>(),
    ];
    prop::collection::vec(parts, 1..5)
        .prop_map(|parts| parts.concat())
        .prop_filter("a usable name", |text| (1..=255).contains(&text.len()))
}

proptest! {
    #[test]
    fn no_name_breaks_out_of_the_page(name in hostile(), variant in hostile()) {
        let published = page(&name, &variant);
        let json = published.to_json();
        let bad = ['<', '>', '&', '\'', '\u{2028}', '\u{2029}'];
        prop_assert!(!json.contains(bad) && !json.contains(char::is_control), "{json}");

        let script = published.to_script();
        let tag = "<script type=\"application/json\" id=\"variate-experiments\">";
        let inside = script.strip_prefix(tag).unwrap();
        let inside = inside.split_once('<').unwrap();
        prop_assert_eq!(inside.1, "/script>");
        let read: Json = serde_json::from_str(inside.0).unwrap();
        prop_assert_eq!(&read, &shown(&published));
        prop_assert_eq!(read[&*name]["variant"].as_str(), Some(&*variant));
        prop_assert_eq!(read[&*name]["experiment"].as_str(), Some(&*name));

        let attribute = published.to_attribute();
        prop_assert!(!attribute.contains(['"', '\'', '<', '>']));
        prop_assert_eq!(attribute.replace("&quot;", "\""), json);

        let window = published.to_window_script(None);
        prop_assert_eq!(window.matches('<').count(), 2);
        let (_, literal) = window.split_once("JSON.parse('").unwrap();
        let (literal, _) = literal.split_once('\'').unwrap();
        let read: Json = serde_json::from_str(&literal.replace("\\\\", "\\")).unwrap();
        prop_assert_eq!(read, shown(&published));
    }
}
