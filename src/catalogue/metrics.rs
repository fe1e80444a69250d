//! Metrics and plans of evaluation, as a catalogue has them.

use super::node::{Data, Node};
use super::reader::Reader;
use crate::{Better, Metric, MetricKind, MetricRole, Plan, Quantity};

const KINDS: [&str; 4] = ["conversion", "count", "value", "ratio"];
const ROLES: [&str; 3] = ["primary", "secondary", "guardrail"];
const DIRECTIONS: [&str; 2] = ["greater", "less"];
const EXAMPLE: &str =
    "{ name = \"purchases\", kind = \"conversion\", action = \"bought\", minimum_effect = 0.02 }";

/// More than anybody reads.
const MOST_METRICS: usize = 200;

/// The metrics, the most important first. Without roles the first one is primary.
pub(super) fn read<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Vec<Metric> {
    if let Data::List(items) = &node.data
        && items.len() > MOST_METRICS
    {
        let message = format!("there are more than {MOST_METRICS} metrics: use fewer");
        reader.wrong(node.place, message);
        return Vec::new();
    }
    let mut names: Vec<&str> = Vec::new();
    let read = reader.list(node, |reader, node| {
        let (metric, role) = read_one(reader, node)?;
        if let Some(name) = name_of(node) {
            if names.contains(&name) {
                let message = format!("the metric `{name}` comes twice: rename one");
                reader.wrong(node.place, message);
            }
            names.push(name);
        }
        Some((metric, role))
    });
    let mut has_primary = read
        .iter()
        .any(|(_, role)| *role == Some(MetricRole::Primary));
    let with_role = |(metric, role): (Metric, Option<MetricRole>)| {
        let role = role.unwrap_or_else(|| {
            if std::mem::replace(&mut has_primary, true) {
                MetricRole::Secondary
            } else {
                MetricRole::Primary
            }
        });
        metric.role(role)
    };
    read.into_iter().map(with_role).collect()
}

fn name_of(node: &Node) -> Option<&str> {
    let Data::Map(entries) = &node.data else {
        return None;
    };
    let entry = entries.iter().find(|entry| entry.key == "name")?;
    match &entry.value.data {
        Data::Text(name) => Some(name),
        _ => None,
    }
}

fn read_one<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<(Metric, Option<MetricRole>)> {
    let known = [
        "name",
        "kind",
        "action",
        "numerator",
        "denominator",
        "role",
        "better",
        "minimum_effect",
    ];
    let before = reader.count();
    let (mut name, mut kind, mut action) = (None, None, None);
    let (mut numerator, mut denominator) = (None, None);
    let (mut role, mut better, mut least) = (None, Better::Greater, None);
    let is_table = reader.table(node, &known, |reader, entry| {
        let value = &entry.value;
        match entry.key.as_str() {
            "name" => name = reader.name(value),
            "kind" => kind = choice(reader, value, "kind", &KINDS),
            "action" => action = reader.name(value),
            "numerator" => numerator = quantity(reader, value),
            "denominator" => denominator = quantity(reader, value),
            "role" => {
                role = choice(reader, value, "role", &ROLES).map(|role| match role {
                    "primary" => MetricRole::Primary,
                    "guardrail" => MetricRole::Guardrail,
                    _ => MetricRole::Secondary,
                });
            }
            "better" => {
                if choice(reader, value, "direction", &DIRECTIONS) == Some("less") {
                    better = Better::Less;
                }
            }
            _ => least = share(reader, value, 1.0, "a share, as 0.02 for 2 %"),
        }
    });
    if !is_table || reader.count() > before {
        return None;
    }
    let mut lack = |key: &str| {
        reader.wrong(node.place, format!("`{key}` is missing, as in {EXAMPLE}"));
    };
    let (Some(name), Some(kind)) = (name, kind) else {
        lack(if name.is_none() { "name" } else { "kind" });
        return None;
    };
    let is_ratio = kind == "ratio";
    let parts = (action, numerator, denominator);
    let kind = match (kind, parts) {
        ("ratio", (None, Some(numerator), Some(denominator))) if numerator == denominator => {
            let message = "both quantities are the same: the ratio is always 1";
            reader.wrong(node.place, message);
            return None;
        }
        ("ratio", (None, Some(numerator), Some(denominator))) => {
            MetricKind::ratio(numerator, denominator)
        }
        ("count", (Some(action), None, None)) => MetricKind::count(action),
        ("value", (Some(action), None, None)) => MetricKind::value(action),
        ("conversion", (Some(action), None, None)) => MetricKind::conversion(action),
        _ => {
            let message = if is_ratio {
                "a ratio has a `numerator` and a `denominator`, as in { name = \"click rate\", kind = \"ratio\", numerator = \"clicked\", denominator = \"viewed\" }, and no `action`"
                    .to_owned()
            } else {
                format!(
                    "a {kind} has one `action`, as in {EXAMPLE}; only a ratio has a `numerator` and a `denominator`"
                )
            };
            reader.wrong(node.place, message);
            return None;
        }
    };
    let mut metric = Metric::new(name, kind);
    metric.better = better;
    metric.minimum_effect = least;
    Some((metric, role))
}

/// How often an action was done, or with `values` what its values add up to.
fn quantity<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<Quantity> {
    if matches!(node.data, Data::Text(_)) {
        return reader.name(node).map(Quantity::events);
    }
    let Data::Map(entries) = &node.data else {
        return reader.expected(
            node,
            "an action, { events = \"clicked\" } or { values = \"bought\" }",
        );
    };
    if entries.len() != 1 {
        let message = "it must have one of `events` and `values`, as { values = \"bought\" }";
        reader.wrong(node.place, message);
        return None;
    }
    let mut quantity = None;
    reader.table(node, &["events", "values"], |reader, entry| {
        quantity = reader.name(&entry.value).map(|action| {
            if entry.key == "values" {
                Quantity::values(action)
            } else {
                Quantity::events(action)
            }
        });
    });
    quantity
}

fn choice<'n>(
    reader: &mut Reader<'n>,
    node: &'n Node,
    what: &str,
    known: &[&'static str],
) -> Option<&'static str> {
    let text = reader.text(node)?;
    reader.one_of(node, text, what, known.iter().copied());
    known.iter().find(|name| **name == text).copied()
}

/// A number above 0 and below `end`.
fn share<'n>(reader: &mut Reader<'n>, node: &'n Node, end: f64, what: &str) -> Option<f64> {
    let number = reader.number(node)?;
    if number > 0.0 && number < end {
        return Some(number);
    }
    reader.expected(
        node,
        &format!("{what}: a number between 0 and {end}, both excluded"),
    )
}

fn whole<'n>(reader: &mut Reader<'n>, node: &'n Node, most: u32) -> Option<u32> {
    match node.data {
        Data::Integer(number) if (1..=i128::from(most)).contains(&number) => {
            u32::try_from(number).ok()
        }
        _ => reader.expected(node, &format!("a whole number from 1 to {most}")),
    }
}

/// The plan; what it does not say is as usual.
pub(super) fn read_plan<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Plan {
    let mut plan = Plan::default();
    let known = ["alpha", "power", "adjustment", "units", "days"];
    reader.table(node, &known, |reader, entry| {
        let value = &entry.value;
        match entry.key.as_str() {
            "alpha" => {
                let alpha = share(reader, value, 0.5, "a significance level, as 0.05");
                plan.alpha = alpha.unwrap_or(plan.alpha);
            }
            "power" => {
                let power = share(reader, value, 1.0, "a probability, as 0.8");
                plan.power = power.unwrap_or(plan.power);
            }
            "adjustment" => {
                if let Some(name) = choice(reader, value, "adjustment", &Plan::ADJUSTMENTS) {
                    name.clone_into(&mut plan.adjustment);
                }
            }
            "units" => plan.units = whole(reader, value, u32::MAX).map(u64::from),
            _ => plan.days = whole(reader, value, 3_650),
        }
    });
    if plan.units.is_some() && plan.days.is_some() {
        let message = "`units` and `days` exclude each other: keep the one by which it is read";
        reader.wrong(node.place, message);
    }
    plan
}
