use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::unit::ActionPair;
use crate::{Baseline, ExperimentInfo, Pair};

/// An experiment's entry in the table of experiments.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub(in crate::store) struct Header {
    pub(in crate::store) namespace: String,
    pub(in crate::store) name: String,
    #[serde(default)]
    pub(in crate::store) archived: bool,
    #[serde(default)]
    pub(in crate::store) control: Option<String>,
    #[serde(default)]
    pub(in crate::store) winner: Option<String>,
    #[serde(default)]
    pub(in crate::store) actions: Names,
    #[serde(default)]
    pub(in crate::store) variants: Names,
    #[serde(default)]
    pub(in crate::store) pairs: Vec<ActionPair>,
    #[serde(default)]
    pub(in crate::store) baselines: Vec<(u16, u16, Baseline)>,
    /// Whether there are events of units that their clients name.
    #[serde(default)]
    pub(in crate::store) has_units: bool,
    /// Whether there are events whose ids are their units.
    #[serde(default)]
    pub(in crate::store) has_ids: bool,
    /// Whether its tallies came from elsewhere: which ids and units they are of is not known.
    #[serde(default)]
    pub(in crate::store) imported: bool,
}

impl Header {
    pub(in crate::store) fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            archived: false,
            control: None,
            winner: None,
            actions: Names::default(),
            variants: Names::default(),
            pairs: Vec::new(),
            baselines: Vec::new(),
            has_units: false,
            has_ids: false,
            imported: false,
        }
    }

    /// The same experiment before its first event. The names that control and pairs point to stay.
    pub(in crate::store) fn reset(&self) -> Self {
        let mut header = Self::new(&self.namespace, &self.name);
        header.control.clone_from(&self.control);
        for &(first, second) in &self.pairs {
            let mut index = |index| header.actions.add(self.actions.name(index));
            header.pairs.push((index(first), index(second)));
        }
        header
    }

    pub(in crate::store) fn info(&self, span: Option<(u64, u64)>) -> ExperimentInfo {
        let mut info = ExperimentInfo::new(&self.namespace, &self.name);
        info.archived = self.archived;
        info.control.clone_from(&self.control);
        info.winner.clone_from(&self.winner);
        info.first_event_at = span.map(|span| span.0);
        info.last_event_at = span.map(|span| span.1);
        info.variants = self.variants.sorted();
        info.actions = self.actions.sorted();
        info.pairs = self.pairs.iter().map(|&pair| self.pair(pair)).collect();
        info.pairs.sort();
        info
    }

    pub(in crate::store) fn pair(&self, (first, second): ActionPair) -> Pair {
        Pair {
            first: self.actions.name(first).to_owned(),
            second: self.actions.name(second).to_owned(),
        }
    }
}

/// Names in the order in which they came, each with a number.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub(in crate::store) struct Names {
    list: Vec<String>,
    index: HashMap<String, u16>,
}

impl Names {
    pub(in crate::store) fn find(&self, name: &str) -> Option<u16> {
        // Comparing with a few is faster than hashing.
        if self.list.len() <= 8 {
            let at = self.list.iter().position(|of| of == name)?;
            return at.try_into().ok();
        }
        self.index.get(name).copied()
    }

    /// The limits keep the number of names far below what a number of 16 bits can tell apart.
    pub(in crate::store) fn add(&mut self, name: &str) -> u16 {
        self.find(name).unwrap_or_else(|| {
            let number = self.list.len().try_into().unwrap_or(u16::MAX);
            self.list.push(name.to_owned());
            self.index.insert(name.to_owned(), number);
            number
        })
    }

    pub(in crate::store) fn name(&self, number: u16) -> &str {
        self.list
            .get(usize::from(number))
            .map_or("", String::as_str)
    }

    pub(in crate::store) fn len(&self) -> usize {
        self.list.len()
    }

    fn sorted(&self) -> Vec<String> {
        let mut names = self.list.clone();
        names.sort();
        names
    }
}

impl From<Vec<String>> for Names {
    fn from(list: Vec<String>) -> Self {
        let index = (0..)
            .zip(&list)
            .map(|(number, name)| (name.clone(), number));
        Self {
            index: index.collect(),
            list,
        }
    }
}

impl From<Names> for Vec<String> {
    fn from(names: Names) -> Self {
        names.list
    }
}
