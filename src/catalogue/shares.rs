use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::entry::{Experiment, Slice};
use super::node::{Data, Node};
use super::problem::Place;
use super::reader::Reader;
use crate::{Holdout, Layer};

/// A layer as a catalogue has it.
#[derive(Debug, Clone)]
pub(super) struct LayerEntry {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) unit: Option<String>,
    pub(super) within: Option<Slice>,
}

/// A holdout as a catalogue has it.
#[derive(Debug, Clone)]
pub(super) struct HoldoutEntry {
    pub(super) name: String,
    pub(super) place: Place,
    percent: f64,
    pub(super) unit: Option<String>,
    pub(super) all: bool,
}

impl LayerEntry {
    pub(super) fn read<'n>(
        reader: &mut Reader<'n>,
        name: &str,
        place: Place,
        node: &'n Node,
    ) -> Option<Self> {
        let mut this = Self {
            name: name.to_owned(),
            place,
            unit: None,
            within: None,
        };
        let is_table = reader.table(node, &["unit", "within"], |reader, entry| {
            match entry.key.as_str() {
                "unit" => this.unit = reader.words(&entry.value),
                _ => this.within = Slice::read(reader, &entry.value),
            }
        });
        is_table.then_some(this)
    }

    pub(super) fn layer(&self) -> Layer {
        let mut layer = Layer::new(&self.name);
        if let Some(unit) = &self.unit {
            layer = layer.unit(unit);
        }
        if let Some(within) = &self.within {
            layer = layer.within(&within.layer, within.range.clone());
        }
        layer
    }
}

impl HoldoutEntry {
    pub(super) fn read<'n>(
        reader: &mut Reader<'n>,
        name: &str,
        place: Place,
        node: &'n Node,
    ) -> Option<Self> {
        let (mut percent, mut unit, mut all) = (None, None, false);
        let mut lacks_percent = true;
        let known = ["percent", "unit", "all"];
        let is_table = reader.table(node, &known, |reader, entry| match entry.key.as_str() {
            "percent" => {
                lacks_percent = false;
                percent = reader.percentage(&entry.value);
            }
            "unit" => unit = reader.words(&entry.value),
            _ => all = reader.flag(&entry.value).unwrap_or(false),
        });
        if is_table && lacks_percent {
            reader.wrong(
                place,
                "`percent` is missing, as in { percent = 5, unit = \"user_id\" }",
            );
        }
        // What is wrong with it is told; that it is not there would be told of all who name it.
        is_table.then(|| Self {
            name: name.to_owned(),
            place,
            percent: percent.unwrap_or(0.0),
            unit,
            all,
        })
    }

    pub(super) fn holdout(&self) -> Holdout {
        let mut holdout = Holdout::new(&self.name, self.percent);
        if let Some(unit) = &self.unit {
            holdout = holdout.unit(unit);
        }
        if self.all { holdout.all() } else { holdout }
    }
}

/// A range of a layer, and who takes it.
struct Taken<'c> {
    slice: &'c Slice,
    whose: [&'static str; 2],
    name: &'c str,
}

/// Checks what refers to something else: layers and holdouts that there are not, layers in a circle, ranges that overlap.
pub(super) fn check<'n>(
    reader: &mut Reader<'n>,
    root: &'n Node,
    layers: &[LayerEntry],
    experiments: &[Experiment],
) {
    // Names that could not be read are declared all the same.
    let layer_names = declared(root, "layers");
    let holdout_names = declared(root, "holdouts");
    for experiment in experiments {
        for (place, holdout) in &experiment.holdouts {
            if !holdout_names.contains(holdout.as_str()) {
                let names = holdout_names.iter().copied();
                at(
                    reader,
                    ["experiments", "holdout"],
                    &experiment.name,
                    |reader| {
                        reader.one_of(&Node::new(*place, Data::Null), holdout, "holdout", names);
                    },
                );
            }
        }
    }
    let inner = layers.iter().filter_map(|layer| {
        let whose = ["layers", "within"];
        Some(Taken {
            slice: layer.within.as_ref()?,
            whose,
            name: &layer.name,
        })
    });
    let outer = experiments.iter().filter_map(|experiment| {
        let whose = ["experiments", "layer"];
        Some(Taken {
            slice: experiment.layer.as_ref()?,
            whose,
            name: &experiment.name,
        })
    });
    let mut taken: HashMap<&str, Vec<Taken<'_>>> = HashMap::new();
    for one in inner.chain(outer) {
        if layer_names.contains(one.slice.layer.as_str()) {
            taken.entry(&one.slice.layer).or_default().push(one);
        } else {
            let names = layer_names.iter().copied();
            at(reader, one.whose, one.name, |reader| {
                let node = Node::new(one.slice.place, Data::Null);
                reader.one_of(&node, &one.slice.layer, "layer", names);
            });
        }
    }
    for ranges in taken.values_mut() {
        overlaps(reader, ranges);
    }
    let before = reader.count();
    circles(reader, layers);
    // A circle has no end.
    if reader.count() == before {
        depths(reader, layers);
    }
}

fn declared<'n>(root: &'n Node, key: &str) -> BTreeSet<&'n str> {
    let Data::Map(entries) = &root.data else {
        return BTreeSet::new();
    };
    let node = entries.iter().find(|entry| entry.key == key);
    match node.map(|entry| &entry.value.data) {
        Some(Data::Map(entries)) => entries.iter().map(|entry| entry.key.as_str()).collect(),
        _ => BTreeSet::new(),
    }
}

/// Reads as if at `experiments.NAME.holdout`.
fn at<'n>(
    reader: &mut Reader<'n>,
    [outer, inner]: [&'static str; 2],
    name: &str,
    tell: impl FnOnce(&mut Reader<'n>),
) {
    reader.inside(outer, |reader| {
        reader.inside_owned(name, |reader| reader.inside(inner, tell));
    });
}

fn overlaps(reader: &mut Reader<'_>, ranges: &mut [Taken<'_>]) {
    ranges.sort_by(|one, other| one.slice.range.start.total_cmp(&other.slice.range.start));
    // The range that reaches farthest so far: a short one between two must not hide their overlap.
    let mut farthest: Option<&Taken<'_>> = None;
    for one in ranges.iter() {
        if let Some(before) = farthest
            && one.slice.range.start < before.slice.range.end
        {
            let Range { start, end } = &before.slice.range;
            let [kind, _] = before.whose;
            let message = format!(
                "the range overlaps [{start}, {end}] of {kind}.{} on line {}: no unit may be in both",
                before.name, before.slice.place.line,
            );
            at(reader, one.whose, one.name, |reader| {
                reader.wrong(one.slice.place, message);
            });
        }
        if farthest.is_none_or(|before| before.slice.range.end < one.slice.range.end) {
            farthest = Some(one);
        }
    }
}

/// How many layers may lie in each other: each decision walks through all of them.
const DEEPEST: usize = 16;

/// Layers that lie within too many others.
fn depths(reader: &mut Reader<'_>, layers: &[LayerEntry]) {
    let within: HashMap<&str, &str> = layers
        .iter()
        .filter_map(|layer| Some((layer.name.as_str(), layer.within.as_ref()?.layer.as_str())))
        .collect();
    for layer in layers {
        let mut name = layer.name.as_str();
        let is_deeper = (0..DEEPEST).all(|_| match within.get(name) {
            Some(outer) => {
                name = outer;
                true
            }
            None => false,
        });
        if is_deeper {
            at(reader, ["layers", "within"], &layer.name, |reader| {
                let message = format!("layers nest deeper than {DEEPEST} levels: make it flatter");
                reader.wrong(layer.place, message);
            });
            // What lies in it is as deep.
            return;
        }
    }
}

/// Layers that lie within themselves.
fn circles(reader: &mut Reader<'_>, layers: &[LayerEntry]) {
    let within: HashMap<&str, &str> = layers
        .iter()
        .filter_map(|layer| Some((layer.name.as_str(), layer.within.as_ref()?.layer.as_str())))
        .collect();
    // Each layer is walked once: 0 is not seen, a number is the walk that saw it.
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (walk, layer) in layers.iter().enumerate() {
        let mut name = layer.name.as_str();
        while !seen.contains_key(name) {
            seen.insert(name, walk);
            match within.get(name) {
                Some(outer) => name = outer,
                None => break,
            }
        }
        if seen.get(name) == Some(&walk) && within.contains_key(name) {
            let place = layers
                .iter()
                .find(|layer| layer.name == name)
                .map(|layer| layer.place);
            at(reader, ["layers", "within"], name, |reader| {
                let message = "the layer lies within itself: take one `within` out of the circle";
                reader.wrong(place.unwrap_or_default(), message);
            });
        }
    }
}
