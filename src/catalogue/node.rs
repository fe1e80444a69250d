use std::collections::HashMap;

use super::problem::Place;
use crate::Value;

/// How deep lists and maps may lie in each other: more than a catalogue needs, and no danger to the stack.
pub(super) const DEEPEST: usize = 64;

/// A piece of a file, whatever its format, and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) data: Data,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a map, where it stands, and its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) value: Node,
}

impl Node {
    pub(super) const fn new(place: Place, data: Data) -> Self {
        Self { place, data }
    }

    /// What it is, for people.
    pub(super) fn kind(&self) -> String {
        match &self.data {
            Data::Null => "null".to_owned(),
            Data::Bool(value) => value.to_string(),
            Data::Integer(number) => number.to_string(),
            Data::Float(number) => Value::from(*number).to_string(),
            Data::Text(text) => format!("{:?}", shortened(text)),
            Data::List(_) => "a list".to_owned(),
            Data::Map(_) => "a table".to_owned(),
        }
    }

    /// The value that a context could have here.
    pub(super) fn to_value(&self) -> Value<'static> {
        match &self.data {
            Data::Null => Value::null(),
            Data::Bool(value) => (*value).into(),
            Data::Integer(number) => (*number).into(),
            Data::Float(number) => (*number).into(),
            Data::Text(text) => text.clone().into(),
            Data::List(items) => Value::list(items.iter().map(Self::to_value)),
            Data::Map(entries) => Value::map(
                entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_value())),
            ),
        }
    }

    /// How many nodes it has, itself included; counting ends beyond `most`.
    pub(super) fn count(&self, most: usize) -> usize {
        let mut count = 1;
        let mut add = |node: &Self| {
            if count <= most {
                count += node.count(most - count);
            }
        };
        match &self.data {
            Data::List(items) => items.iter().for_each(&mut add),
            Data::Map(entries) => entries.iter().for_each(|entry| add(&entry.value)),
            _ => {}
        }
        count
    }
}

/// The keys that come again: the later one's place, the key, and the line of the first.
pub(super) fn duplicates(entries: &[Entry]) -> Vec<(Place, &str, u32)> {
    let mut seen = HashMap::with_capacity(entries.len());
    let mut again = Vec::new();
    for entry in entries {
        match seen.get(entry.key.as_str()) {
            Some(line) => again.push((entry.place, entry.key.as_str(), *line)),
            None => {
                seen.insert(entry.key.as_str(), entry.place.line);
            }
        }
    }
    again
}

/// The beginning of a text, enough to recognise it by.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().nth(LONGEST).is_none() {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
