//! What a catalogue says of metrics and plans, for whoever evaluates.

use variate::{Better, Catalogue, Format, Metric, MetricKind, MetricRole, Plan, Quantity};

fn of(text: &str) -> Catalogue {
    Catalogue::parse(text, Format::Toml, "file").unwrap()
}

fn shares(experiment: &str) -> Option<Vec<(String, f64)>> {
    let catalogue = of(&format!("[experiments.one]\n{experiment}"));
    let shares = catalogue.experiments().next().unwrap().shares()?;
    Some(
        shares
            .into_iter()
            .map(|(name, of)| (name.to_owned(), of))
            .collect(),
    )
}

#[test]
fn metrics_come_in_their_order_with_all_that_is_said_of_them() {
    let catalogue = of(r#"
        [experiments.one.plan]
        alpha = 0.01
        adjustment = "benjamini_hochberg"
        units = 5000
        [[experiments.one.metrics]]
        name = "sales"
        kind = "conversion"
        action = "bought"
        minimum_effect = 0.02
        [[experiments.one.metrics]]
        name = "refunds"
        kind = "count"
        action = "refunded"
        role = "guardrail"
        better = "less"
        [[experiments.one.metrics]]
        name = "revenue"
        kind = "value"
        action = "bought"
        better = "greater"
        [[experiments.one.metrics]]
        name = "revenue by view"
        kind = "ratio"
        numerator = { values = "bought" }
        denominator = "viewed"
        "#);
    let one = catalogue.experiments().next().unwrap();
    let mut refunds =
        Metric::new("refunds", MetricKind::count("refunded")).role(MetricRole::Guardrail);
    refunds.better = Better::Less;
    let by_view = MetricKind::ratio(Quantity::values("bought"), Quantity::events("viewed"));
    assert_eq!(
        one.metrics(),
        [
            Metric::new("sales", MetricKind::conversion("bought")).minimum_effect(0.02),
            refunds,
            Metric::new("revenue", MetricKind::value("bought")).role(MetricRole::Secondary),
            Metric::new("revenue by view", by_view).role(MetricRole::Secondary),
        ]
    );
    let mut plan = Plan::default();
    plan.alpha = 0.01;
    plan.adjustment = "benjamini_hochberg".to_owned();
    plan.units = Some(5_000);
    assert_eq!(one.plan(), &plan);
    let json = serde_json::to_value(&one.metrics()[3]).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "name": "revenue by view",
            "kind": "ratio",
            "numerator": {"values": "bought"},
            "denominator": {"events": "viewed"},
            "role": "secondary",
            "better": "greater",
        })
    );
    assert_eq!(
        serde_json::from_value::<Metric>(json).unwrap(),
        one.metrics()[3]
    );
}

#[test]
fn the_first_metric_without_a_role_decides_where_no_other_one_is_said_to() {
    use MetricRole::{Guardrail, Primary, Secondary};

    let roles = |roles: &[&str]| {
        let metrics = roles.iter().enumerate().map(|(at, role)| {
            let role = match *role {
                "" => String::new(),
                role => format!(", role = \"{role}\""),
            };
            format!("{{ name = \"{at}\", kind = \"count\", action = \"a\"{role} }}")
        });
        let metrics: Vec<_> = metrics.collect();
        let text = format!("[experiments.one]\nmetrics = [{}]", metrics.join(", "));
        let catalogue = of(&text);
        let one = catalogue.experiments().next().unwrap();
        one.metrics().iter().map(|of| of.role).collect::<Vec<_>>()
    };
    assert_eq!(roles(&["", "", ""]), [Primary, Secondary, Secondary]);
    assert_eq!(
        roles(&["guardrail", "", ""]),
        [Guardrail, Primary, Secondary]
    );
    assert_eq!(roles(&["", "primary", ""]), [Secondary, Primary, Secondary]);
    assert_eq!(roles(&["primary", "primary"]), [Primary, Primary]);
}

#[test]
fn shares_are_those_of_the_rollout_where_there_is_one_for_all() {
    let named = |of: &[(&str, f64)]| {
        let named = of.iter().map(|(name, share)| ((*name).to_owned(), *share));
        Some(named.collect::<Vec<_>>())
    };
    let halves = named(&[("control", 50.0), ("candidate", 50.0)]);
    assert_eq!(shares(""), halves);
    assert_eq!(shares("rollout = \"random\""), halves);
    assert_eq!(
        shares(
            "variants = [\"red\", \"blue\"]\nrollout = { weights = { red = 30, control = 70 } }"
        ),
        named(&[("control", 70.0), ("red", 30.0), ("blue", 0.0)])
    );
    assert_eq!(shares("rollout = { always = \"candidate\" }"), None);
    let segment = "{ variant = \"candidate\", when = { key = \"k\", equals = 1 } }";
    assert_eq!(shares(&format!("segments = [{segment}]")), None);
}

#[test]
fn they_are_the_same_in_every_format() {
    let express = |text, format| {
        let catalogue = Catalogue::parse(text, format, "full").unwrap();
        let one = catalogue
            .experiments()
            .find(|of| of.name() == "express")
            .unwrap();
        (one.metrics().to_vec(), one.plan().clone())
    };
    let (metrics, plan) = express(super::TOML, Format::Toml);
    assert_eq!(metrics.len(), 3);
    assert_eq!(metrics[2].role, MetricRole::Guardrail);
    assert_eq!(plan.units, Some(20_000));
    for (text, format) in [(super::JSON, Format::Json), (super::YAML, Format::Yaml)] {
        assert_eq!(express(text, format), (metrics.clone(), plan.clone()));
    }
}
