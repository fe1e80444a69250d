use std::ops::Range;
use std::time::SystemTime;

use super::conditions;
use super::metrics;
use super::node::{Data, Node};
use super::problem::Place;
use super::reader::Reader;
use super::rollout::{Rollout, Split};
use super::schemes::{KeyName, KeySchemes};
use crate::{Condition, Declaration, Metric, Plan, Value, Variant};

/// An experiment as a catalogue has it.
#[derive(Debug, Clone)]
pub(super) struct Experiment {
    pub(super) name: String,
    pub(super) place: Place,
    /// The control first.
    pub(super) variants: Vec<String>,
    pub(super) payloads: Vec<(String, Value<'static>)>,
    pub(super) rollout: Option<Rollout>,
    pub(super) traffic: Option<f64>,
    pub(super) exclude: Vec<(Place, Condition)>,
    pub(super) segments: Vec<Segment>,
    pub(super) layer: Option<Slice>,
    pub(super) holdouts: Vec<(Place, String)>,
    pub(super) key: Option<KeyName>,
    pub(super) former_keys: Vec<KeyName>,
    pub(super) sticky: Option<bool>,
    pub(super) only_assigned: bool,
    pub(super) enabled: bool,
    pub(super) starts: Option<SystemTime>,
    pub(super) ends: Option<SystemTime>,
    pub(super) due: Option<SystemTime>,
    pub(super) owner: Option<String>,
    pub(super) issue: Option<String>,
    pub(super) description: Option<String>,
    pub(super) metrics: Vec<Metric>,
    pub(super) plan: Plan,
}

/// Units that get a variant.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) place: Place,
    pub(super) variant: String,
    pub(super) when: Condition,
}

/// A range of a layer, in percent.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    pub(super) place: Place,
    pub(super) layer: String,
    pub(super) range: Range<f64>,
}

const KNOWN: &[&str] = &[
    "description",
    "owner",
    "issue",
    "enabled",
    "starts",
    "ends",
    "due",
    "variants",
    "payloads",
    "rollout",
    "traffic",
    "exclude",
    "segments",
    "layer",
    "holdout",
    "key",
    "former_keys",
    "sticky",
    "only_assigned",
    "metrics",
    "plan",
];

impl Experiment {
    pub(super) fn read<'n>(
        reader: &mut Reader<'n>,
        name: &str,
        place: Place,
        node: &'n Node,
    ) -> Option<Self> {
        let mut this = Self::empty(name, place);
        // Others refer to them, wherever they stand.
        if let Data::Map(entries) = &node.data
            && let Some(entry) = entries.iter().find(|entry| entry.key == "variants")
            && let Some(variants) =
                reader.inside("variants", |reader| variants(reader, &entry.value))
        {
            this.variants = variants;
        }
        let is_table = reader.table(node, KNOWN, |reader, entry| {
            let value = &entry.value;
            match entry.key.as_str() {
                "description" => this.description = reader.words(value),
                "owner" => this.owner = reader.words(value),
                "issue" => this.issue = reader.words(value),
                "enabled" => this.enabled = reader.flag(value).unwrap_or(true),
                "starts" => this.starts = reader.date(value),
                "ends" => this.ends = reader.date(value),
                "due" => this.due = reader.date(value),
                "payloads" => this.read_payloads(reader, value),
                "rollout" => this.rollout = Rollout::read(reader, value, &this.variants),
                "traffic" => this.traffic = reader.percentage(value),
                "exclude" => {
                    this.exclude = reader.list(value, |reader, node| {
                        Some((node.place, conditions::read(reader, node)?))
                    });
                }
                "segments" => this.read_segments(reader, value),
                "layer" => this.layer = Slice::read(reader, value),
                "holdout" => {
                    this.holdouts = reader.list(value, |reader, node| {
                        Some((node.place, reader.name(node)?.to_owned()))
                    });
                }
                "key" => this.key = KeyName::read(reader, value),
                "former_keys" => this.former_keys = reader.list(value, KeyName::read),
                "sticky" => this.sticky = reader.flag(value),
                "metrics" => this.metrics = metrics::read(reader, value),
                "plan" => this.plan = metrics::read_plan(reader, value),
                "only_assigned" => this.only_assigned = reader.flag(value).unwrap_or(false),
                // The variants were read first.
                _ => {}
            }
        });
        if let (Some(starts), Some(ends)) = (this.starts, this.ends)
            && ends <= starts
        {
            reader.wrong(place, "it ends before it starts: mend `starts` or `ends`");
        }
        is_table.then_some(this)
    }

    fn empty(name: &str, place: Place) -> Self {
        Self {
            name: name.to_owned(),
            place,
            variants: vec![Variant::CONTROL.to_owned(), "candidate".to_owned()],
            payloads: Vec::new(),
            rollout: None,
            traffic: None,
            exclude: Vec::new(),
            segments: Vec::new(),
            layer: None,
            holdouts: Vec::new(),
            key: None,
            former_keys: Vec::new(),
            sticky: None,
            only_assigned: false,
            enabled: true,
            starts: None,
            ends: None,
            due: None,
            owner: None,
            issue: None,
            description: None,
            metrics: Vec::new(),
            plan: Plan::default(),
        }
    }

    /// The declaration, or where and in which key something is wrong, and what.
    pub(super) fn declaration(
        &self,
        schemes: &KeySchemes,
    ) -> Result<Declaration, (Place, &'static str, String)> {
        let mut declaration = Declaration::new(&self.name)
            .variants(self.variants.iter().cloned())
            .only_assigned(self.only_assigned)
            .enabled(self.enabled);
        for (variant, payload) in &self.payloads {
            declaration = declaration.payload(variant, payload.clone());
        }
        if let Some(rollout) = &self.rollout {
            declaration = rollout
                .apply(declaration)
                .map_err(|error| (rollout.place, "rollout", error.to_string()))?;
        }
        for (_, condition) in &self.exclude {
            declaration = declaration.exclude(condition.clone());
        }
        for segment in &self.segments {
            declaration = declaration.segment(segment.variant.clone(), segment.when.clone());
        }
        if let Some(Slice { layer, range, .. }) = &self.layer {
            declaration = declaration.layer(layer, range.clone());
        }
        for (_, holdout) in &self.holdouts {
            declaration = declaration.holdout(holdout);
        }
        let scheme = |key, name: &KeyName| {
            let scheme = schemes.get(&name.name);
            scheme.map_err(|message| (name.place, key, message))
        };
        if let Some(name) = &self.key {
            declaration = declaration.key_scheme(scheme("key", name)?);
        }
        for name in &self.former_keys {
            declaration = declaration.former_key_scheme(scheme("former_keys", name)?);
        }
        if let Some(percent) = self.traffic {
            declaration = declaration.traffic(percent);
        }
        if let Some(sticky) = self.sticky {
            declaration = declaration.sticky(sticky);
        }
        if let Some(starts) = self.starts {
            declaration = declaration.starts(starts);
        }
        if let Some(ends) = self.ends {
            declaration = declaration.ends(ends);
        }
        if let Some(due) = self.due {
            declaration = declaration.due(due);
        }
        if let Some(owner) = &self.owner {
            declaration = declaration.owner(owner);
        }
        if let Some(issue) = &self.issue {
            declaration = declaration.issue(issue);
        }
        if let Some(description) = &self.description {
            declaration = declaration.description(description);
        }
        Ok(declaration)
    }

    /// The planned share of each variant, in percent.
    pub(super) fn shares(&self) -> Option<Vec<(&str, f64)>> {
        if !self.segments.is_empty() {
            return None;
        }
        match self.rollout.as_ref().map(|rollout| &rollout.split) {
            Some(Split::Always(_)) => None,
            Some(Split::Weights(weights)) => {
                let share = |name: &str| {
                    let weight = weights.iter().find(|(of, _)| of == name);
                    weight.map_or(0.0, |(_, weight)| *weight)
                };
                let variants = self.variants.iter().map(String::as_str);
                Some(variants.map(|name| (name, share(name))).collect())
            }
            _ => {
                #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
                let share = 100.0 / self.variants.len() as f64;
                Some(
                    self.variants
                        .iter()
                        .map(|of| (of.as_str(), share))
                        .collect(),
                )
            }
        }
    }

    fn has_variant(&self, reader: &mut Reader<'_>, node: &Node, name: &str) -> bool {
        reader.one_of(
            node,
            name,
            "variant",
            self.variants.iter().map(String::as_str),
        )
    }

    fn read_payloads<'n>(&mut self, reader: &mut Reader<'n>, node: &'n Node) {
        reader.named(node, |reader, entry| {
            let key = Node::new(entry.place, Data::Null);
            if self.has_variant(reader, &key, &entry.key) {
                self.payloads
                    .push((entry.key.clone(), entry.value.to_value()));
            }
        });
    }

    fn read_segments<'n>(&mut self, reader: &mut Reader<'n>, node: &'n Node) {
        self.segments = reader.list(node, |reader, node| {
            let (mut variant, mut when) = (None, None);
            let mut lacks = vec!["variant", "when"];
            let before = reader.count();
            let is_table = reader.table(node, &["variant", "when"], |reader, entry| {
                lacks.retain(|key| *key != entry.key);
                match entry.key.as_str() {
                    "variant" => {
                        variant = reader.name(&entry.value);
                        let known = variant
                            .is_none_or(|variant| self.has_variant(reader, &entry.value, variant));
                        variant = variant.filter(|_| known);
                    }
                    _ => when = conditions::read(reader, &entry.value),
                }
            });
            if is_table
                && reader.count() == before
                && let Some(key) = lacks.first()
            {
                let example = "{ variant = \"red\", when = { key = \"plan\", equals = \"pro\" } }";
                reader.wrong(node.place, format!("`{key}` is missing, as in {example}"));
            }
            Some(Segment {
                place: node.place,
                variant: variant?.to_owned(),
                when: when?,
            })
        });
    }
}

impl Slice {
    pub(super) fn read<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<Self> {
        let (mut name, mut range) = (None, None);
        let mut lacks = vec!["name", "range"];
        let before = reader.count();
        let is_table = reader.table(node, &["name", "range"], |reader, entry| {
            lacks.retain(|key| *key != entry.key);
            match entry.key.as_str() {
                "name" => name = reader.name(&entry.value),
                _ => range = read_range(reader, &entry.value),
            }
        });
        if is_table
            && reader.count() == before
            && let Some(key) = lacks.first()
        {
            let example = "{ name = \"checkout\", range = [0, 30] }";
            reader.wrong(node.place, format!("`{key}` is missing, as in {example}"));
        }
        Some(Self {
            place: node.place,
            layer: name?.to_owned(),
            range: range?,
        })
    }
}

fn read_range<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<Range<f64>> {
    let Data::List(items) = &node.data else {
        return reader.expected(node, "two percentages, as [0, 30]");
    };
    if items.len() != 2 {
        return reader.expected(node, "two percentages, as [0, 30]");
    }
    let ends = reader.list(node, Reader::percentage);
    let [start, end] = ends.as_slice() else {
        return None;
    };
    if start >= end {
        reader.wrong(
            node.place,
            "the range is empty: the first percentage must be the lower one",
        );
        return None;
    }
    Some(*start..*end)
}

/// More than any experiment can tell apart.
const MOST_VARIANTS: usize = 1_000;

/// The names of the variants, the control first.
fn variants<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<Vec<String>> {
    let Data::List(items) = &node.data else {
        return reader.expected(node, "a list of names, as [\"control\", \"red\", \"blue\"]");
    };
    if items.len() > MOST_VARIANTS {
        let message = format!("there are more than {MOST_VARIANTS} variants: use fewer");
        reader.wrong(node.place, message);
        return None;
    }
    let mut variants: Vec<String> = vec![Variant::CONTROL.to_owned()];
    let mut wrong = false;
    let mut place = 0;
    reader.list(node, |reader, node| {
        let first = place == 0;
        place += 1;
        let name = reader.name(node)?;
        if first && name == Variant::CONTROL {
            return Some(());
        }
        if name == Variant::CONTROL {
            wrong = true;
            reader.wrong(
                node.place,
                "`control` must stand first and once, or be left out",
            );
        } else if variants.iter().any(|other| other == name) {
            wrong = true;
            reader.wrong(
                node.place,
                format!("the variant `{name}` comes twice: keep one"),
            );
        } else {
            variants.push(name.to_owned());
        }
        Some(())
    });
    if variants.len() == 1 && !wrong && items.iter().all(|item| matches!(item.data, Data::Text(_)))
    {
        let message = "there is nothing to compare the control with: name another variant, \
                       or leave `variants` out for control and candidate";
        reader.wrong(node.place, message);
    }
    (variants.len() > 1).then_some(variants)
}
