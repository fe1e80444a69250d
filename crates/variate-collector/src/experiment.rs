use serde::{Deserialize, Serialize};

use crate::{CellTallies, Day, Pair, PairTallies};

/// What is known of an experiment besides its tallies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExperimentInfo {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// Whether the store lost a part of what it knew of it: nothing of it is counted or read until it is restored from a backup, or
    /// reset.
    #[serde(default, skip_serializing_if = "is_false")]
    pub damaged: bool,
    /// Whether it takes no more events.
    #[serde(default)]
    pub archived: bool,
    /// The variant that the others are compared with, if somebody chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// The variant that was declared the winner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<String>,
    /// The time of the earliest event, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_event_at: Option<u64>,
    /// The time of the latest event, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_event_at: Option<u64>,
    /// All variants seen, sorted.
    #[serde(default)]
    pub variants: Vec<String>,
    /// All actions seen, sorted.
    #[serde(default)]
    pub actions: Vec<String>,
    /// The pairs of actions whose products are kept, sorted.
    #[serde(default)]
    pub pairs: Vec<Pair>,
}

impl ExperimentInfo {
    /// An experiment of which nothing is known yet.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            damaged: false,
            archived: false,
            control: None,
            winner: None,
            first_event_at: None,
            last_event_at: None,
            variants: Vec::new(),
            actions: Vec::new(),
            pairs: Vec::new(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// All that is counted of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExperimentTallies {
    /// What is known besides.
    #[serde(flatten)]
    pub info: ExperimentInfo,
    /// Units that were seen in two variants.
    pub crossovers: i64,
    /// On which days they were.
    pub crossover_days: Vec<(Day, i64)>,
    /// For each action and variant of which anything was counted, sorted by action, then variant.
    pub cells: Vec<CellTallies>,
    /// For each declared pair and variant of which anything was counted, sorted.
    pub pair_tallies: Vec<PairTallies>,
}

impl ExperimentTallies {
    /// Of which nothing was counted.
    #[cfg(feature = "http")]
    pub(crate) fn none(info: ExperimentInfo) -> Self {
        Self {
            info,
            crossovers: 0,
            crossover_days: Vec::new(),
            cells: Vec::new(),
            pair_tallies: Vec::new(),
        }
    }

    /// The tallies of one action of one variant.
    pub fn cell(&self, action: &str, variant: &str) -> Option<&CellTallies> {
        self.cells
            .iter()
            .find(|cell| cell.action == action && cell.variant == variant)
    }
}

/// A change of an experiment that does not come from its events.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// From now on its events are not counted; or they are again.
    Archived(bool),
    /// The variant that the others are compared with.
    Control(Option<String>),
    /// The variant that won.
    Winner(Option<String>),
    /// Keep the products of these two actions.
    Pair(Pair),
    /// Another system had counted these units before; it takes the place of an earlier baseline of the same cell.
    Baseline {
        /// The action.
        action: String,
        /// The variant.
        variant: String,
        /// How many, and how well they are known.
        baseline: crate::Baseline,
    },
}
