//! Links that track a click and lead on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use variate::{
    Config, Forcing, LinkError, Links, MemoryTracker, TargetProblem, always_control, context,
};

use crate::support::{always, build};

const SECRET: &str = "sixteen bytes or more";
const TARGET: &str = "https://shop.example/pricing?a=1&b=2#top";

fn links() -> Links {
    Links::new(SECRET)
        .unwrap()
        .allow_host("shop.example")
        .unwrap()
}

/// Where a link to `target` leads under `links`.
fn leads(links: &Links, target: &str) -> Result<String, TargetProblem> {
    let (config, _) = always("candidate");
    let exp = config.experiment("mail", context! {});
    match links.link(&exp, "clicked", target) {
        Ok(token) => Ok(links.follow(&config, &token).unwrap()),
        Err(LinkError::Refused { problem, .. }) => Err(problem),
        Err(other) => panic!("{target}: {other}"),
    }
}

#[test]
fn a_click_counts_for_the_unit_of_the_link() {
    let (config, _) = always("red");
    let exp = config
        .experiment("mail", context! { user_id: 42 })
        .migrated_from(context! { user_id: 0 })
        .with_variants(["red"]);
    let token = links().link(&exp, "clicked", TARGET).unwrap();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    assert!(token.bytes().all(plain), "{token}");

    let (elsewhere, tracker) = build(Config::builder().resolver(always_control()));
    assert_eq!(links().follow(&elsewhere, &token).as_deref(), Ok(TARGET));
    let event = &tracker.events()[0];
    assert_eq!(tracker.actions(), ["clicked"]);
    assert_eq!(
        (&*event.experiment, event.variant.as_str()),
        ("mail", "red")
    );
    assert_eq!(event.key, *exp.key());
    assert_eq!(event.migration_keys, exp.migration_keys());
    assert_eq!(event.reason, "restored");
}

#[test]
fn each_click_is_an_event_of_its_own() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("mail", context! {});
    let token = links().link(&exp, "clicked", TARGET).unwrap();
    assert!(tracker.events().is_empty(), "making a link is no exposure");
    for _ in 0..2 {
        links().follow(&config, &token).unwrap();
    }
    let events = tracker.events();
    assert_eq!(events.len(), 2);
    assert_ne!(events[0].id, events[1].id);
}

#[test]
fn a_link_can_be_followed_without_tracking() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("mail", context! {});
    let token = links().link(&exp, "clicked", TARGET).unwrap();
    assert_eq!(
        links().follow_untracked(&config, &token).as_deref(),
        Ok(TARGET)
    );
    assert!(tracker.events().is_empty());
}

#[test]
fn the_link_of_a_unit_that_takes_no_part_only_leads_on() {
    let forcing = Forcing::new(SECRET).unwrap();
    let (config, tracker) = build(Config::builder().forcing(forcing));
    config.force("forced", None, "candidate").unwrap();
    let exp = |name: &'static str| config.experiment(name, context! { user_id: 42 });
    for exp in [
        exp("a").tracking(false),
        exp("b").excluded(true),
        exp("c").enabled(false),
        exp("forced"),
    ] {
        let key = exp.key().to_string();
        let token = links().link(&exp, "clicked", TARGET).unwrap();
        assert!(!token.contains(&key), "{token}");
        assert_eq!(links().follow(&config, &token).as_deref(), Ok(TARGET));
    }
    assert!(tracker.events().is_empty());
}

#[test]
fn a_token_that_was_changed_leads_nowhere() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("mail", context! {});
    let token = links().link(&exp, "clicked", TARGET).unwrap();
    let follow = |token: &str| links().follow(&config, token).unwrap_err();
    let foreign = Links::new("another sixteen bytes")
        .unwrap()
        .allow_host("shop.example");
    let foreign = foreign.unwrap().link(&exp, "clicked", TARGET).unwrap();
    assert_eq!(follow(&foreign), LinkError::Forged);
    for (part, other) in [
        ("clicked", "checked"),
        ("candidate", "control"),
        ("shop", "chop"),
    ] {
        assert!(token.contains(part));
        assert_eq!(follow(&token.replacen(part, other, 1)), LinkError::Forged);
    }
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(links().follow(&config, &changed).is_err(), "{changed}");
        assert!(links().follow(&config, &token[..place]).is_err());
    }
    for malformed in [
        String::new(),
        "x".repeat(1 << 20),
        "v1..".to_owned(),
        "é.".to_owned(),
    ] {
        assert_eq!(follow(&malformed), LinkError::Malformed);
    }
    assert!(tracker.events().is_empty());
}

#[test]
fn a_forced_assignment_is_no_link() {
    let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    let token = Forcing::new(SECRET)
        .unwrap()
        .token("clicked", TARGET, expires);
    let (config, _) = always("red");
    assert_eq!(links().follow(&config, &token), Err(LinkError::Forged));
}

#[test]
fn links_expire() {
    let now = Arc::new(AtomicU64::new(1_000));
    let clock = Arc::clone(&now);
    let tracker = MemoryTracker::new();
    let config = Config::builder()
        .clock(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst)))
        .tracker(tracker.clone())
        .build()
        .unwrap();
    let exp = config.experiment("mail", context! {});
    let make = |seconds| {
        let links = links().expire_after(Duration::from_secs(seconds));
        links.link(&exp, "clicked", TARGET).unwrap()
    };
    let (minute, never) = (make(60), make(u64::MAX));
    now.store(1_059, Ordering::SeqCst);
    assert_eq!(links().follow(&config, &minute).as_deref(), Ok(TARGET));
    now.store(1_060, Ordering::SeqCst);
    let expired = LinkError::Expired {
        target: TARGET.into(),
    };
    assert_eq!(links().follow(&config, &minute), Err(expired));
    assert_eq!(links().follow(&config, &never).as_deref(), Ok(TARGET));
    assert_eq!(tracker.actions(), ["clicked", "clicked"]);
}

#[test]
fn a_host_that_is_no_longer_allowed_is_no_longer_led_to() {
    let (config, tracker) = always("candidate");
    let exp = config.experiment("mail", context! {});
    let token = links().link(&exp, "clicked", TARGET).unwrap();
    let later = Links::new(SECRET)
        .unwrap()
        .allow_host("other.example")
        .unwrap();
    assert_eq!(
        later.follow(&config, &token),
        Err(LinkError::Refused {
            target: TARGET.into(),
            problem: TargetProblem::Host,
        })
    );
    assert!(tracker.events().is_empty());
}

#[test]
fn actions_that_cannot_be_tracked_are_refused() {
    let (config, _) = always("candidate");
    let exp = config.experiment("mail", context! {});
    for action in ["", "assignment", &"x".repeat(256)] {
        let refused = links().link(&exp, action, TARGET);
        assert!(
            matches!(refused, Err(LinkError::Action { .. })),
            "{refused:?}"
        );
    }
    let long = format!("https://shop.example/{}", "/".repeat(3_000));
    let refused = links().link(&exp, "clicked", &long);
    assert!(matches!(refused, Err(LinkError::TooLong { .. })));
}

#[test]
fn nothing_is_allowed_until_it_is() {
    let none = Links::new(SECRET).unwrap();
    assert_eq!(
        leads(&none, "https://shop.example/"),
        Err(TargetProblem::Host)
    );
    assert_eq!(leads(&none, "/pricing"), Err(TargetProblem::OwnPath));
    assert_eq!(
        leads(&links(), "http://shop.example/"),
        Err(TargetProblem::Scheme)
    );
    let http = links().allow_http();
    assert_eq!(
        leads(&http, "http://shop.example").as_deref(),
        Ok("http://shop.example/")
    );
    assert_eq!(
        leads(&http, "ftp://shop.example/"),
        Err(TargetProblem::Scheme)
    );
    assert!(Links::new("too short").is_err());
}

#[test]
fn the_own_port_of_a_scheme_may_be_listed() {
    let of = |host| Links::new(SECRET).unwrap().allow_host(host).unwrap();
    let http = of("shop.example:80").allow_http();
    for target in ["http://shop.example/", "http://shop.example:80/"] {
        assert_eq!(
            leads(&http, target).as_deref(),
            Ok("http://shop.example/"),
            "{target}"
        );
    }
    // That port alone, and no `http` where it is not allowed.
    for target in ["https://shop.example/", "http://shop.example:81/"] {
        assert_eq!(leads(&http, target), Err(TargetProblem::Host), "{target}");
    }
    let https = of("shop.example:80");
    assert_eq!(
        leads(&https, "http://shop.example/"),
        Err(TargetProblem::Scheme)
    );
    for target in ["https://shop.example/", "https://shop.example:443/"] {
        assert_eq!(
            leads(&of("shop.example:443"), target).as_deref(),
            Ok("https://shop.example/"),
            "{target}"
        );
    }
}

#[test]
fn hosts_are_those_that_are_listed() {
    let links = links()
        .allow_host("*.partner.example")
        .unwrap()
        .allow_host("Shop.Example:8443")
        .unwrap()
        .allow_host("bücher.example")
        .unwrap();
    for (target, leads_to) in [
        ("https://shop.example", "https://shop.example/"),
        ("HTTPS://SHOP.example:443/A", "https://shop.example/A"),
        ("https://shop.example:8443/", "https://shop.example:8443/"),
        ("https://a.partner.example/", "https://a.partner.example/"),
        (
            "https://a.b.partner.example/",
            "https://a.b.partner.example/",
        ),
        (
            "https://xn--bcher-kva.example/",
            "https://xn--bcher-kva.example/",
        ),
        (
            "https://shop.example/größe",
            "https://shop.example/gr%C3%B6%C3%9Fe",
        ),
        (
            "https://shop.example/a?u=https://x@y",
            "https://shop.example/a?u=https://x@y",
        ),
        (
            "https://shop.example?@evil.example",
            "https://shop.example/?@evil.example",
        ),
    ] {
        assert_eq!(leads(&links, target).as_deref(), Ok(leads_to));
    }
    for target in [
        "https://www.shop.example/",
        "https://shop.example.evil.example/",
        "https://evilshop.example/",
        "https://shop.example:444/",
        "https://shop.example./",
        "https://partner.example/",
        "https://evilpartner.example/",
        "https://.partner.example/",
        "https://a..partner.example/",
        "https://a.partner.example:8443/",
    ] {
        assert_eq!(leads(&links, target), Err(TargetProblem::Host), "{target}");
    }
}

#[test]
fn what_is_no_host_cannot_be_allowed() {
    for host in [
        "",
        "*",
        "*.",
        "*.example",
        "*.*.example",
        "a.*.example",
        "https://shop.example",
        "shop.example/",
        "shop.example/path",
        "shop.example?",
        "shop.example#",
        "user@shop.example",
        "shop.example.",
        "*.127.0.0.1",
        "shop example",
        "shop.example:",
        "shop.example:99999",
        "*shop.example",
        "shop\t.example",
        "shop.example\\",
    ] {
        let refused = links().allow_host(host);
        assert!(refused.is_err(), "{host} was taken");
    }
}

#[test]
fn own_paths_stay_on_the_own_site() {
    let links = links().allow_own_paths();
    for (path, leads_to) in [
        ("/", "/"),
        (
            "/pricing?x=//evil.example#//",
            "/pricing?x=//evil.example#//",
        ),
        ("/a/../b", "/b"),
        ("/a//b", "/a//b"),
        ("/@evil.example", "/@evil.example"),
        ("/:80", "/:80"),
        ("/%5cevil.example", "/%5cevil.example"),
        ("/%2fevil.example", "/%2fevil.example"),
    ] {
        assert_eq!(leads(&links, path).as_deref(), Ok(leads_to));
    }
    for path in [
        "//evil.example",
        "///evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/a/..//evil.example",
        "/%2e//evil.example",
        "/%2E%2e//evil.example",
        "pricing",
        "./pricing",
        "?x",
        "#x",
        "",
    ] {
        assert_eq!(leads(&links, path), Err(TargetProblem::NotAUrl), "{path}");
    }
}

/// Payloads by which redirects are known to be opened.
const PAYLOADS: &[&str] = &[
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n//evil.example",
    "\t//evil.example",
    " //evil.example",
    "//evil.example/%2f..",
    "//evil.example\\@shop.example",
    "/.//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "https://evil.example",
    "https://evil.example#shop.example",
    "https://evil.example?shop.example",
    "https://evil.example/shop.example",
    "https://evil.example#@shop.example/",
    "https://evil.example?@shop.example/",
    "https://evil.example\\@shop.example/",
    "https://shop.example@evil.example",
    "https://shop.example:443@evil.example",
    "https://shop.example%40evil.example",
    "https://shop.example%2f@evil.example",
    "https://shop.example\\evil.example",
    "https://shop.example\\.evil.example",
    "https://shop.example&evil.example",
    "https://shop.example;evil.example",
    "https://shop.example%00.evil.example",
    "https://shop.example\0.evil.example",
    "https://shop.example%0d%0aevil.example",
    "https://shop.example\r\nLocation:https://evil.example",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://shop.examplee",
    "https://shop.example。evil.example",
    "https://evil。example",
    "https://shop。example/",
    "https://ⓢhop.example/",
    "https://shоp.example/",
    "https://ѕhop.example/",
    "https://shop\u{ad}.example/",
    "https://shop.example\u{200b}/",
    "https://%73hop.example/",
    "https://shop%2eexample/",
    "https://shop.example\u{2044}@evil.example",
    "https://shop.example／evil.example",
    "https://user@shop.example/",
    "https://user:pass@shop.example/",
    "https://@shop.example/",
    "https://:@shop.example/",
    "https://shop.example:/",
    "https://shop.example:0443/",
    "https://shop.example:80/",
    "https://shop.example:443:443/",
    "https://[shop.example]/",
    "https://3232235777/",
    "https://0x7f.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "http://shop.example/",
    "ftp://shop.example/",
    "ws://shop.example/",
    "blob:https://shop.example/",
    "view-source:https://shop.example/",
    "filesystem:https://shop.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\u{1}javascript:alert(1)",
    "javascript://shop.example/%0aalert(1)",
    "javascript:https://shop.example/",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "mailto:a@shop.example",
    "about:blank",
    "shop.example",
    "shop.example/pricing",
    "@evil.example",
    "https://",
    "https:",
    "",
    ".",
    "..",
    "?x",
    "#x",
    "/ /evil.example",
    "/\u{3000}/evil.example",
    "https://shop.example/a\\b",
    "https://shop.example/a b",
    "https://shop.example/\u{85}",
];

#[test]
fn known_payloads_lead_nowhere() {
    let links = links().allow_own_paths();
    for payload in PAYLOADS {
        let refused = leads(&links, payload);
        assert!(refused.is_err(), "{payload:?} leads to {refused:?}");
    }
}

/// What a browser on the own site opens for a `Location`.
fn opened(location: &str) -> url::Url {
    let own = url::Url::parse("https://own.test/go/token").unwrap();
    own.join(location).unwrap()
}

fn target() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => prop::sample::select(vec![
            "https", "http", "javascript", ":", "/", "//", "\\", "@", "?", "#", "%2f", "%2e", "%5c",
            "%40", ".", "..", "[", "]", "\t", "\n", "。", "\u{200b}", "shop.example", "evil.example",
            "shop", "example", "443", "8443", "*", "xn--", "-", "https://shop.example", "https://evil.example",
        ]).prop_map(str::to_owned),
        1 => "\\PC{1,3}",
        1 => prop::sample::select(PAYLOADS).prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn whatever_is_followed_stays_where_it_may_lead(target in target()) {
        let links = links().allow_own_paths();
        if let Ok(location) = leads(&links, &target) {
            let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
            prop_assert!(location.bytes().all(visible), "{location}");
            let url = opened(&location);
            prop_assert_eq!(url.scheme(), "https");
            prop_assert!(["own.test", "shop.example"].contains(&url.host_str().unwrap()), "{url}");
            prop_assert_eq!((url.port(), url.username(), url.password()), (None, "", None));
            // What comes out may go in again.
            let again = leads(&links, &location);
            prop_assert_eq!(again.as_deref(), Ok(&*location));
        }
    }
}
