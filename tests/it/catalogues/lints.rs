//! What is allowed and yet looks wrong.

use super::{NOVEMBER_21, at, toml};

fn lints(text: &str) -> Vec<String> {
    let lints = toml(text).lints(at(NOVEMBER_21));
    lints
        .iter()
        .map(|lint| lint.to_string().replacen("catalogue.toml:", "", 1))
        .collect()
}

#[test]
fn a_catalogue_in_order_has_none() {
    assert_eq!(lints(super::TOML), [""; 0]);
}

#[test]
fn each_is_told_with_its_line() {
    for (text, expected) in [
        (
            "owner = \"o\"\nends = 2026-11-21",
            "1:14: experiments.one.ends: it has ended on 2026-11-21: keep one variant in the code, and take the declaration out",
        ),
        (
            "owner = \"o\"\ndue = 2026-11-20",
            "1:14: experiments.one.due: it was due on 2026-11-20: decide, or give it another date",
        ),
        (
            "traffic = 7",
            "1:14: experiments.one.owner: nobody owns it: say who answers for it",
        ),
        (
            "owner = \"o\"\ntraffic = 0",
            "1:14: experiments.one.traffic: a traffic share of 0 lets nobody in: raise it, or set `enabled = false`",
        ),
        (
            "owner = \"o\"\nvariants = [\"a\", \"b\"]\nrollout.weights = [50, 50, 0]",
            "4:1: experiments.one.rollout: `b` gets nobody: give it a weight or a segment, or take it out",
        ),
        (
            "owner = \"o\"\nvariants = [\"a\", \"b\"]\nrollout.always = \"control\"\nsegments = [{ variant = \"a\", when = { key = \"k\", equals = 1 } }]",
            "4:1: experiments.one.rollout: `b` gets nobody: give it a weight or a segment, or take it out",
        ),
        (
            "owner = \"o\"\nvariants = [\"a\", \"b\"]\nrollout.weights = { control = 50, a = 50 }",
            "4:1: experiments.one.rollout: `b` gets nobody: give it a weight or a segment, or take it out",
        ),
        (
            "owner = \"o\"\nrollout.weights = [0, 100]",
            "3:1: experiments.one.rollout: `control` gets nobody: there is nothing to compare with",
        ),
        (
            "owner = \"o\"\nexclude = { key = \"id\", percent = 0 }",
            "3:11: experiments.one.exclude: the condition never holds: take it out",
        ),
        (
            "owner = \"o\"\nexclude = { not = { key = \"id\", percent = 0 } }",
            "3:11: experiments.one.exclude: everybody is excluded: set `enabled = false`, or mend the condition",
        ),
        (
            "owner = \"o\"\nsegments = [{ variant = \"candidate\", when = { not = { key = \"id\", percent = 0 } } },\n{ variant = \"control\", when = { key = \"a\", equals = 1 } }]",
            "4:1: experiments.one.segments: nobody comes here: the segment on line 3 takes everybody",
        ),
        (
            "owner = \"o\"\nsegments = [{ variant = \"candidate\", when = { key = \"a\", equals = 1 } },\n{ variant = \"control\", when = { key = \"a\", equals = \"1\" } }]",
            "4:1: experiments.one.segments: nobody comes here: an exclusion or a segment before it has the same condition",
        ),
        (
            "owner = \"o\"\nrollout = { always = \"candidate\", seed = \"x\" }",
            "3:11: experiments.one.rollout: the seed moves nobody between variants under this rollout: take it out",
        ),
        (
            "owner = \"o\"\nrollout = { bucketing = \"gitlab-crc32\", seed = \"x\" }",
            "3:11: experiments.one.rollout: the seed moves nobody between variants under this bucketing: take it out",
        ),
        (
            "owner = \"o\"\n[layers.l]",
            "3:9: layers.l: no experiment is in this layer: take it out",
        ),
        (
            "owner = \"o\"\nlayer = { name = \"l\", range = [0, 9] }\n[layers.m.within]\nname = \"l\"\nrange = [10, 20]\n[layers.l]\n[experiments.two]\nowner = \"o\"\nlayer = { name = \"m\", range = [0, 9] }",
            "7:9: layers.l.unit: without a unit, experiments with different contexts may meet: name the key of the context that tells units apart",
        ),
        (
            "owner = \"o\"\n[holdouts.q4]\npercent = 5",
            "3:11: holdouts.q4: no experiment names this holdout: take it out, or set `all = true`",
        ),
    ] {
        assert_eq!(
            lints(&format!("[experiments.one]\n{text}")),
            [expected],
            "{text}"
        );
    }
}

#[test]
fn a_variant_without_weight_that_a_segment_gives_is_reached() {
    let text = "[experiments.one]\nowner = \"o\"\nrollout.weights = [100, 0]\n\
                segments = { variant = \"candidate\", when = { key = \"beta\", equals = true } }";
    assert_eq!(lints(text), [""; 0]);
}

#[test]
fn splits_that_go_along_with_each_other_are_told() {
    let experiment = |name: &str, key: &str, bucketing: &str| {
        format!(
            "[experiments.{name}]\nowner = \"o\"\nkey = \"{key}\"\nrollout.bucketing = \"{bucketing}\"\n"
        )
    };
    let correlated = experiment("one", "gitlab-v0", "gitlab-crc32")
        + &experiment("two", "gitlab-v0", "native")
        + &experiment("three", "gitlab-v0", "gitlab-crc32");
    let told = lints(&correlated);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with(
            "12:1: experiments.three.rollout: its split is correlated with that of `one` on line 1"
        ),
        "{told:?}"
    );
    let separate = experiment("one", "gitlab-v2", "gitlab-crc32")
        + &experiment("two", "canonical", "gitlab-crc32");
    assert_eq!(lints(&separate), [""; 0]);
}

#[test]
fn a_conversion_of_the_exposure_itself_is_told() {
    let file = |kind: &str, action: &str| {
        format!(
            "[experiments.one]\nowner = \"me\"\nmetrics = [{{ name = \"came\", kind = \"{kind}\", action = \"{action}\" }}]"
        )
    };
    for action in ["assignment", "participate"] {
        assert_eq!(
            lints(&file("conversion", action)),
            [format!(
                "1:14: experiments.one.metrics: `{action}` is what exposes a unit, so came is 100 % of them for ever: count what they do then"
            )]
        );
        // How often they come again says something.
        assert_eq!(lints(&file("count", action)), [""; 0]);
    }
    assert_eq!(lints(&file("conversion", "bought")), [""; 0]);
}

#[test]
fn metrics_among_which_none_decides_are_told() {
    let file = |role: &str| {
        format!(
            "[experiments.one]\nowner = \"me\"\nmetrics = [{{ name = \"m\", kind = \"count\", action = \"a\", role = \"{role}\" }}]"
        )
    };
    assert_eq!(lints(&file("primary")), [""; 0]);
    assert_eq!(
        lints(&file("guardrail")),
        [
            "1:14: experiments.one.metrics: no metric is primary: nothing says which variant is better"
        ]
    );
}
