//! Reasons, and how an assignment explains itself.

use serde_json::json;
use variate::{Config, Experiment, GitlabV0, Unit, always_candidate, context};

use crate::support::{always, build, tracked};

/// A handle with this reason, under a configuration that fits it.
fn with_reason(reason: &str) -> Experiment<'static> {
    let under = |config: Config, name: &'static str| {
        config
            .experiment(name, context! { user_id: 1 })
            .with_variants(["candidate"])
            .into_owned()
    };
    let unaware = |config: Config| {
        config
            .experiment("pill", context! { user_id: 1 })
            .into_owned()
    };
    match reason {
        "resolved" => under(always("candidate").0, "pill"),
        "assumed" => unaware(always("candidate").0),
        "undeclared" => unaware(tracked(|_: &Unit<'_>| Err::<&str, _>("no flag server")).0),
        "pinned" => under(always("control").0, "pill").with_variant("candidate"),
        "invalid_name" => under(always("candidate").0, ""),
        "only_control" => under(always("control").0, "pill").with_variants([""; 0]),
        "abstained" => under(tracked(|_: &Unit<'_>| None::<&str>).0, "pill"),
        "unknown_variant" => under(always("green").0, "pill").with_variants(["red", "blue"]),
        "resolver_failed" => under(
            tracked(|_: &Unit<'_>| Err::<&str, _>("no flag server")).0,
            "pill",
        ),
        "resolver_panicked" => under(
            tracked(|_: &Unit<'_>| -> &'static str { panic!("down") }).0,
            "pill",
        ),
        other => panic!("{other}"),
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn every_reason_explains_itself() {
    let enabled = "enabled  yes";
    let unforced = "forced   not allowed here";
    let not_pinned = "pinned   no";
    // What an undeclared experiment passes on its way to the resolver.
    let passed = |last: &[&'static str]| {
        let mut steps = vec![
            enabled,
            unforced,
            not_pinned,
            "stored   no store",
            "excluded no",
            "only_assigned no",
            "segment  no",
        ];
        steps.extend(last);
        steps
    };
    let guess = "resolver none of 2 variants";
    let choice = "=>resolver one of 2 variants, by a resolver of the host's";
    for (reason, in_words, steps) in [
        ("resolved", "chosen by the resolver", passed(&[choice])),
        (
            "assumed",
            "chosen by the resolver among control and candidate, which were assumed",
            passed(&[choice]),
        ),
        (
            "undeclared",
            "the variants are not known here, and without them the resolver failed: no flag server",
            passed(&[
                guess,
                "=>fallback the variants are not known here, and without them the resolver failed: no flag server",
            ]),
        ),
        (
            "pinned",
            "pinned in code",
            vec![enabled, unforced, "=>pinned   `candidate` in code"],
        ),
        (
            "invalid_name",
            "the experiment's name is empty or longer than 255 bytes",
            vec!["=>enabled  the experiment's name is empty or longer than 255 bytes"],
        ),
        (
            "only_control",
            "there is no variant besides the control",
            vec![
                enabled,
                unforced,
                not_pinned,
                "=>fallback there is no variant besides the control",
            ],
        ),
        (
            "abstained",
            "the resolver left this unit out",
            passed(&[
                "resolver it leaves this unit out",
                "=>fallback the resolver left this unit out",
            ]),
        ),
        (
            "unknown_variant",
            "`green` is not a variant of this experiment",
            passed(&[
                "resolver none of 3 variants",
                "=>fallback `green` is not a variant of this experiment",
            ]),
        ),
        (
            "resolver_failed",
            "the resolver failed: no flag server",
            passed(&[guess, "=>fallback the resolver failed: no flag server"]),
        ),
        (
            "resolver_panicked",
            "the resolver panicked",
            passed(&[guess, "=>fallback the resolver panicked"]),
        ),
    ] {
        let exp = with_reason(reason);
        assert_eq!(exp.assignment().reason().code(), reason);
        assert_eq!(exp.assignment().reason().to_string(), in_words);
        let tracked = !["invalid_name", "only_control", "undeclared"].contains(&reason);
        assert_eq!(exp.assignment().is_tracked(), tracked, "{reason}");
        let chosen = ["resolved", "assumed", "pinned"].contains(&reason);
        assert_eq!(exp.variant().is_control(), !chosen, "{reason}");

        let explanation = exp.explain();
        let found: Vec<_> = explanation
            .steps
            .iter()
            .map(|step| {
                let mark = if step.decided { "=>" } else { "" };
                format!("{mark}{:<8} {}", step.name, step.detail)
            })
            .collect();
        assert_eq!(found, steps, "{reason}");
        assert_eq!((explanation.reason, explanation.tracked), (reason, tracked));
    }
}

#[test]
fn an_explanation_prints_for_people() {
    let (config, _) = always("control");
    let exp = config
        .experiment("pill", context! { user_id: 1, plan: "pro" })
        .migrated_from(context! { user_id: 0 })
        .with_variant("candidate");
    let printed = exp.explain().to_string();
    let expected = format!(
        "experiment  pill\n\
         context     {{\"user_id\": 1, \"plan\": \"pro\"}}\n\
         key         {}\n  \
           formerly  {}\n   \
           1. enabled        yes\n   \
           2. forced         not allowed here\n\
         => 3. pinned         `candidate` in code\n\
         variant     candidate",
        exp.key(),
        exp.migration_keys()[0],
    );
    assert_eq!(printed, expected);
    let untracked = with_reason("only_control").explain().to_string();
    assert!(
        untracked.ends_with("variant     control, not tracked"),
        "{untracked}"
    );
}

#[test]
fn an_explanation_serialises_for_machines() {
    let (config, _) = build(Config::builder().key_scheme(GitlabV0));
    let exp = config
        .experiment("pill", context! { user_id: 1 })
        .with_variant("red");
    assert_eq!(
        serde_json::to_value(exp.explain()).unwrap(),
        json!({
            "experiment": "pill",
            "variant": "red",
            "key": "ea1b60988e3a9b544d5dfb52387ef3bc",
            "context": { "user_id": 1 },
            "steps": [
                { "name": "enabled", "decided": false, "detail": "yes" },
                { "name": "forced", "decided": false, "detail": "not allowed here" },
                { "name": "pinned", "decided": true, "detail": "`red` in code" },
            ],
            "reason": "pinned",
            "tracked": true,
        })
    );
}

#[test]
fn rollouts_describe_their_choice() {
    let split = |builder: variate::ConfigBuilder| {
        let config = build(builder.key_scheme(GitlabV0)).0;
        let exp = config.experiment("pill", context! { user_id: 1 });
        let steps = exp.explain().steps;
        steps.last().unwrap().detail.clone()
    };
    let percent = |bucketing| {
        variate::Percent::new([50, 50])
            .unwrap()
            .bucketing(bucketing)
    };
    let with = |rollout| split(Config::builder().resolver(rollout));
    assert_eq!(with(percent(variate::Bucketing::Native)), NATIVE);
    assert_eq!(with(percent(variate::Bucketing::GitlabCrc32)), CRC);
    let even = split(Config::builder());
    assert!(
        even.starts_with("even split, bucket ") && even.ends_with(" of 2 (native)"),
        "{even}"
    );
    let always = split(Config::builder().resolver(always_candidate()));
    assert_eq!(always, "always `candidate`");
    let random = split(Config::builder().resolver(variate::Random::new()));
    assert_eq!(random, "drawn at random from 2");
    let turn = split(Config::builder().resolver(variate::RoundRobin::new()));
    assert_eq!(turn, "one of 2 in turn");
}

const NATIVE: &str = "percent, bucket 5597 of 10000 (native)";
const CRC: &str = "percent, bucket 8800 of 10000 (gitlab-crc32)";

#[test]
fn explaining_tracks_nothing_and_tells_nothing_twice() {
    let (config, tracker) = always("red");
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["red", "red", ""]);
    assert_eq!(exp.variant(), "red");
    let before = config.diagnostics();
    assert_eq!((before.duplicate_variants, before.invalid_variants), (1, 1));
    exp.explain();
    exp.explain();
    assert_eq!(config.diagnostics(), before);
    assert_eq!(tracker.actions(), [""; 0]);
}

#[test]
fn an_explanation_shows_what_the_unit_sticks_to_and_leaves_quotes_alone() {
    let (config, _) = always("candidate");
    let exp = config
        .experiment("pill's", context! { user_id: 1 })
        .sticky_to("account 7");
    let printed = exp.explain().to_string();
    assert!(printed.starts_with("experiment  pill's\n"), "{printed}");
    assert!(
        printed.contains("\nsticky to   \"account 7\"\n"),
        "{printed}"
    );
    assert!(
        printed.contains("by a resolver of the host's\n"),
        "{printed}"
    );
    let hostile = config.experiment("a\u{1b}[31m\nb", context! {});
    let printed = hostile.explain().to_string();
    assert!(
        printed.starts_with("experiment  a\\u{1b}[31m\\nb\n"),
        "{printed}"
    );
}

#[test]
fn declared_experiments_are_listed_for_operators() {
    let at = std::time::SystemTime::UNIX_EPOCH;
    let builder = Config::builder()
        .name_prefix("shop")
        .declare(
            variate::Declaration::new("pill")
                .owner("growth")
                .issue("https://x")
                .description("y")
                .due(at),
        )
        .declare(
            variate::Declaration::new("bill")
                .enabled(false)
                .variants(["a", "b"]),
        );
    let (config, _) = build(builder);
    let declared = config.declared();
    let names: Vec<_> = declared.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["shop_bill", "shop_pill"]);
    assert_eq!(
        (declared[0].enabled, declared[0].variants.len()),
        (false, 3)
    );
    let pill = &declared[1];
    assert_eq!(
        (
            pill.owner.as_deref(),
            pill.issue.as_deref(),
            pill.description.as_deref(),
            pill.due
        ),
        (Some("growth"), Some("https://x"), Some("y"), Some(at))
    );
    assert!(config.is_declared("pill") && !config.is_declared("shop_pill"));
}
