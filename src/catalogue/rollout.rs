use super::node::{Data, Node};
use super::problem::Place;
use super::reader::Reader;
use crate::{Always, Bucketing, Declaration, Percent, PercentError, Random, RoundRobin};

/// How a catalogue divides an experiment's units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rollout {
    pub(super) place: Place,
    pub(super) split: Split,
    pub(super) bucketing: Option<Bucketing>,
    pub(super) seed: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Split {
    /// As the configuration has it for all.
    Inherited,
    Even,
    /// By name.
    Weights(Vec<(String, f64)>),
    Random,
    RoundRobin,
    Always(String),
}

const KINDS: &str = "\"even\", \"random\", \"round_robin\", or a table with `weights`";

impl Rollout {
    fn new(place: Place, split: Split) -> Self {
        Self {
            place,
            split,
            bucketing: None,
            seed: None,
        }
    }

    pub(super) fn read<'n>(
        reader: &mut Reader<'n>,
        node: &'n Node,
        variants: &[String],
    ) -> Option<Self> {
        let split = match &node.data {
            Data::Map(_) => return Self::read_table(reader, node, variants),
            Data::Text(text) => match text.as_str() {
                "even" => Split::Even,
                "random" => Split::Random,
                "round_robin" => Split::RoundRobin,
                _ => return reader.expected(node, KINDS),
            },
            _ => return reader.expected(node, KINDS),
        };
        Some(Self::new(node.place, split))
    }

    fn read_table<'n>(
        reader: &mut Reader<'n>,
        node: &'n Node,
        variants: &[String],
    ) -> Option<Self> {
        let mut rollout = Self::new(node.place, Split::Inherited);
        let mut weights = None;
        let mut always = None;
        let known = ["weights", "bucketing", "seed", "always"];
        reader.table(node, &known, |reader, entry| match entry.key.as_str() {
            "weights" => weights = Some(read_weights(reader, &entry.value, variants)),
            "always" => {
                always = reader.name(&entry.value).filter(|name| {
                    reader.one_of(
                        &entry.value,
                        name,
                        "variant",
                        variants.iter().map(String::as_str),
                    )
                });
            }
            "seed" => rollout.seed = reader.words(&entry.value),
            _ => {
                rollout.bucketing = reader.text(&entry.value).and_then(|text| {
                    let bucketing = text.parse();
                    bucketing
                        .map_err(|error: crate::UnknownBucketing| {
                            reader.wrong(entry.value.place, error.to_string());
                        })
                        .ok()
                });
            }
        });
        match (weights, always) {
            (Some(_), Some(_)) => {
                reader.wrong(
                    node.place,
                    "`weights` and `always` exclude each other: keep one",
                );
                return None;
            }
            (Some(weights), None) => rollout.split = Split::Weights(weights?),
            (None, Some(variant)) => rollout.split = Split::Always(variant.to_owned()),
            (None, None) if rollout.bucketing.is_some() => rollout.split = Split::Even,
            (None, None) => {}
        }
        Some(rollout)
    }

    /// The declaration with this rollout.
    pub(super) fn apply(&self, declaration: Declaration) -> Result<Declaration, PercentError> {
        let bucketing = self.bucketing.unwrap_or_default();
        let declaration = match &self.split {
            Split::Inherited => declaration,
            Split::Even => declaration.resolver(Percent::even().bucketing(bucketing)),
            Split::Weights(weights) => {
                let percent =
                    Percent::named(weights.iter().map(|(name, weight)| (name.clone(), *weight)));
                declaration.resolver(percent?.bucketing(bucketing))
            }
            Split::Random => declaration.resolver(Random::new()),
            Split::RoundRobin => declaration.resolver(RoundRobin::new()),
            Split::Always(variant) => declaration.resolver(Always::new(variant.clone())),
        };
        Ok(match &self.seed {
            Some(seed) => declaration.seed(seed.clone()),
            None => declaration,
        })
    }
}

/// Weights by name, or one for each variant in order. They come in the variants' order, so that
/// assignments do not depend on the order of a table.
fn read_weights<'n>(
    reader: &mut Reader<'n>,
    node: &'n Node,
    variants: &[String],
) -> Option<Vec<(String, f64)>> {
    let weights = match &node.data {
        Data::List(items) => {
            let weights = reader.list(node, Reader::percentage);
            if weights.len() < items.len() {
                return None;
            }
            if weights.len() != variants.len() {
                let message = PercentError::Count {
                    weights: weights.len(),
                    variants: variants.len(),
                };
                reader.wrong(node.place, message.to_string());
                return None;
            }
            variants.iter().cloned().zip(weights).collect()
        }
        Data::Map(entries) => {
            let mut weights = Vec::with_capacity(entries.len());
            reader.named(node, |reader, entry| {
                let known = variants.iter().position(|variant| *variant == entry.key);
                match (known, reader.percentage(&entry.value)) {
                    (Some(place), Some(weight)) => weights.push((place, entry.key.clone(), weight)),
                    (Some(_), None) => {}
                    (None, _) => {
                        let variants = variants.iter().map(String::as_str);
                        reader.one_of(&entry.value, &entry.key, "variant", variants);
                    }
                }
            });
            if weights.len() < entries.len() {
                return None;
            }
            weights.sort_by_key(|(place, _, _)| *place);
            weights
                .into_iter()
                .map(|(_, name, weight)| (name, weight))
                .collect()
        }
        _ => {
            return reader.expected(
                node,
                "a table as { control = 50, candidate = 50 }, or a list",
            );
        }
    };
    let weights: Vec<(String, f64)> = weights;
    match Percent::named(weights.iter().map(|(name, weight)| (name.clone(), *weight))) {
        Ok(_) => Some(weights),
        Err(error) => {
            reader.wrong(node.place, error.to_string());
            None
        }
    }
}
