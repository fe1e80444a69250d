use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Reading;
use crate::bayesian::Better;
use crate::multiplicity::Adjustment;
use crate::sequential::AsymptoticSequence;
use crate::{ArgumentError, Side};

/// Where the sequence is narrowest, in units of both arms, if the plan names no number.
const TUNED_FOR: u64 = 5_000;

/// What was decided about an experiment before it is read.
///
/// ```
/// use variate_stats::evaluation::{Metric, Plan, Role};
///
/// let mut plan = Plan::new("checkout", "control");
/// plan.units = Some(20_000);
/// plan.metrics = vec![
///     Metric::new("conversion").minimum_effect(0.05),
///     Metric::new("latency").role(Role::Guardrail).less_is_better(),
/// ];
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// The experiment's name.
    pub experiment: String,
    /// The variant that the others are compared with.
    pub control: String,
    /// The significance level, 0 to 1: 0.05.
    #[serde(default = "alpha")]
    pub alpha: f64,
    /// The probability to see the minimum effect where there is one, 0 to 1: 0.8.
    #[serde(default = "power")]
    pub power: f64,
    /// For several comparisons: Holm's.
    #[serde(default)]
    pub adjustment: Adjustment,
    /// Which share of the units each variant is to get; they need not add up to 1. Empty: equal ones.
    #[serde(default)]
    pub shares: BTreeMap<String, f64>,
    /// Whether it is asked if units are split by those shares: yes. Not where nobody planned any, as where rules assign units.
    #[serde(default = "yes")]
    pub checks_split: bool,
    /// At how many units of all variants it is read. Without: at any time.
    #[serde(default)]
    pub units: Option<u64>,
    /// Which p-value decides, where something else than the number of units says so: a last day.
    #[serde(default)]
    pub reading: Option<Reading>,
    /// Where looks are planned by date: this one. It comes before `reading` and `units`.
    #[serde(default)]
    pub look: Option<PlannedLook>,
    /// What is measured, the most important first.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// What a unit is called in texts, of which there are several with an `s`: `unit`.
    #[serde(default = "unit_name")]
    pub unit_name: String,
}

impl Plan {
    /// Without metrics, to be read at any time at level 0.05.
    pub fn new(experiment: impl Into<String>, control: impl Into<String>) -> Self {
        Self {
            experiment: experiment.into(),
            control: control.into(),
            alpha: alpha(),
            power: power(),
            adjustment: Adjustment::default(),
            shares: BTreeMap::new(),
            checks_split: true,
            units: None,
            reading: None,
            look: None,
            metrics: Vec::new(),
            unit_name: unit_name(),
        }
    }
}

impl Plan {
    /// The confidence sequence of a comparison that is read at any time, where there are so many variants: narrowest at the planned
    /// units of both, or at 5,000.
    ///
    /// # Errors
    ///
    /// When the plan's level is none.
    pub fn sequence(&self, variants: usize) -> Result<AsymptoticSequence, ArgumentError> {
        #[expect(clippy::cast_precision_loss, reason = "a tuning parameter")]
        let planned = |units: u64| 2.0 * units as f64 / variants.max(2) as f64;
        #[expect(clippy::cast_precision_loss, reason = "a tuning parameter")]
        let tuned_for = self.units.map_or(TUNED_FOR as f64, planned).max(1.0);
        AsymptoticSequence::new(self.alpha, tuned_for, Side::Both)
    }

    /// Of what is read once: that of the look, or the plan's.
    pub(super) fn level(&self) -> f64 {
        self.look.map_or(self.alpha, |look| look.level)
    }
}

fn alpha() -> f64 {
    0.05
}

fn yes() -> bool {
    true
}

fn unit_name() -> String {
    "unit".to_owned()
}

fn power() -> f64 {
    0.8
}

/// What is measured of each unit, and what for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Metric {
    /// Its name, one of a plan's.
    pub name: String,
    /// What it decides.
    #[serde(default)]
    pub role: Role,
    /// Which values are wanted: great ones.
    #[serde(default)]
    pub better: Better,
    /// The least relative effect that matters: 0.02 is 2 %. For a guardrail, the loss that would still be borne.
    #[serde(default)]
    pub minimum_effect: Option<f64>,
    /// What its values count, for texts: `ns`, `bytes`, or any word that stands behind a number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit_of_measure: String,
}

/// A look that was planned by date: the plan's level is spent over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlannedLook {
    /// The level of this look, as a [group-sequential](crate::sequential::lan_demets) design gives it.
    pub level: f64,
    /// Whether it is the last one.
    pub is_last: bool,
}

/// What a metric decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Whether a variant is shipped.
    #[default]
    Primary,
    /// Nothing, but it helps to understand.
    Secondary,
    /// Whether a variant does harm.
    Guardrail,
}

impl Role {
    /// Its name as people write it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Guardrail => "guardrail",
        }
    }
}

impl Metric {
    /// A primary one whose great values are wanted.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            role: Role::Primary,
            better: Better::Greater,
            minimum_effect: None,
            unit_of_measure: String::new(),
        }
    }

    /// With another role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Small values are wanted: latency, refunds.
    #[must_use]
    pub fn less_is_better(mut self) -> Self {
        self.better = Better::Less;
        self
    }

    /// What its values count, for texts: `ns`, `bytes`, or any word that stands behind a number.
    #[must_use]
    pub fn unit_of_measure(mut self, unit: impl Into<String>) -> Self {
        self.unit_of_measure = unit.into();
        self
    }

    /// The least relative effect that matters.
    #[must_use]
    pub fn minimum_effect(mut self, relative: f64) -> Self {
        self.minimum_effect = Some(relative);
        self
    }
}
