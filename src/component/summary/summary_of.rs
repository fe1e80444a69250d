use serde::{Deserialize, Serialize};

use crate::component::{Cluster, Distribution};
#[cfg(doc)]
use crate::component::{Outcome, Summary, UnitOfMeasure};

/// What a [`Summary`] knows of one arm, method and metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SummaryOf {
    /// The experiment's name.
    pub experiment: String,
    /// The arm's name.
    pub arm: String,
    /// Whether it is the control.
    pub is_control: bool,
    /// The method's name.
    pub method: String,
    /// What was measured.
    pub metric: String,
    /// What its values count: [`UnitOfMeasure::code`].
    pub unit: String,
    /// How the calls ended.
    pub outcomes: OutcomeCounts,
    /// The values, of calls with any outcome.
    pub distribution: Distribution,
    /// The calls whose key was known, by units.
    pub clusters: Vec<Cluster>,
    /// Calls that the control took in this arm's place: they are in no other number, neither here nor of the control.
    #[serde(default)]
    pub diverted: DivertedCounts,
    /// Of an arm in a shadow: the control's part in the same calls. The control has them among its own, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<CallCounts>,
    /// Where some calls were not split, since a rule or a switch chose their arm: the others, which alone can be compared. Without such calls `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<CallCounts>,
}

/// What was counted of some calls.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallCounts {
    /// How they ended.
    pub outcomes: OutcomeCounts,
    /// The values, of calls with any outcome.
    pub distribution: Distribution,
    /// The calls whose key was known, by units: each place has the same units as that of the arm.
    pub clusters: Vec<Cluster>,
}

/// How many calls the control took in an arm's place, or of nobody, and why: they count for no arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DivertedCounts {
    /// Its circuit breaker was open.
    pub breaker_open: u64,
    /// It was switched off.
    pub arm_off: u64,
    /// The call was nobody's, which only the control has: its key was `None`.
    pub no_key: u64,
}

/// How many calls ended in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeCounts {
    /// Returned, and no `Err`.
    pub ok: u64,
    /// Returned an `Err`.
    pub error: u64,
    /// Panicked.
    pub panicked: u64,
    /// Were dropped before they were done.
    pub cancelled: u64,
    /// Took too long.
    pub timed_out: u64,
    /// Failed, and the control's value was returned.
    pub fell_back: u64,
    /// Ran in a shadow beside a control that was done first. They have no values.
    #[serde(default)]
    pub cut_short: u64,
}

impl SummaryOf {
    /// The calls that a selector split.
    pub fn of_split(&self) -> CallCounts {
        self.split.clone().unwrap_or_else(|| CallCounts {
            outcomes: self.outcomes,
            distribution: self.distribution.clone(),
            clusters: self.clusters.clone(),
        })
    }

    /// The calls of both; clusters by their places.
    pub(super) fn merge(&mut self, other: &Self) {
        self.is_control |= other.is_control;
        if self.split.is_some() || other.split.is_some() {
            let mut split = self.of_split();
            split.merge(&other.of_split());
            self.split = Some(split);
        }
        self.outcomes.merge(&other.outcomes);
        self.distribution.merge(&other.distribution);
        merge_clusters(&mut self.clusters, &other.clusters);
        let (ours, theirs) = (&mut self.diverted, &other.diverted);
        ours.breaker_open = ours.breaker_open.saturating_add(theirs.breaker_open);
        ours.arm_off = ours.arm_off.saturating_add(theirs.arm_off);
        ours.no_key = ours.no_key.saturating_add(theirs.no_key);
        match (&mut self.beside, &other.beside) {
            (Some(ours), Some(theirs)) => ours.merge(theirs),
            (ours, theirs) if ours.is_none() => ours.clone_from(theirs),
            _ => {}
        }
    }
}

impl CallCounts {
    pub(super) fn merge(&mut self, other: &Self) {
        self.outcomes.merge(&other.outcomes);
        self.distribution.merge(&other.distribution);
        merge_clusters(&mut self.clusters, &other.clusters);
    }
}

fn merge_clusters(ours: &mut Vec<Cluster>, theirs: &[Cluster]) {
    if ours.is_empty() {
        ours.extend_from_slice(theirs);
        return;
    }
    for (ours, theirs) in ours.iter_mut().zip(theirs) {
        ours.calls += theirs.calls;
        ours.failures += theirs.failures;
        ours.values += theirs.values;
        ours.sum += theirs.sum;
    }
}

impl DivertedCounts {
    /// Of all reasons.
    pub const fn calls(&self) -> u64 {
        self.breaker_open
            .saturating_add(self.arm_off)
            .saturating_add(self.no_key)
    }
}

impl OutcomeCounts {
    /// How many calls there were.
    pub const fn calls(&self) -> u64 {
        self.ok
            .saturating_add(self.failures())
            .saturating_add(self.cancelled)
            .saturating_add(self.cut_short)
    }

    /// How many of them failed by themselves: errors, panics, those that took too long or fell back.
    pub const fn failures(&self) -> u64 {
        self.error
            .saturating_add(self.panicked)
            .saturating_add(self.timed_out)
            .saturating_add(self.fell_back)
    }

    /// One more call with an outcome of this [`code`](Outcome::code); of any other one as an error.
    pub fn add(&mut self, outcome: &str) {
        let count = match outcome {
            "ok" => &mut self.ok,
            "panicked" => &mut self.panicked,
            "cancelled" => &mut self.cancelled,
            "timed_out" => &mut self.timed_out,
            "fell_back" => &mut self.fell_back,
            "cut_short" => &mut self.cut_short,
            _ => &mut self.error,
        };
        *count = count.saturating_add(1);
    }

    fn merge(&mut self, other: &Self) {
        self.ok = self.ok.saturating_add(other.ok);
        self.error = self.error.saturating_add(other.error);
        self.panicked = self.panicked.saturating_add(other.panicked);
        self.cancelled = self.cancelled.saturating_add(other.cancelled);
        self.timed_out = self.timed_out.saturating_add(other.timed_out);
        self.fell_back = self.fell_back.saturating_add(other.fell_back);
        self.cut_short = self.cut_short.saturating_add(other.cut_short);
    }
}
