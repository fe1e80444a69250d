use serde::{Deserialize, Serialize};
use variate::component::OutcomeCounts;
use variate_stats::evaluation::Evaluation;
use variate_stats::{Estimate, Interval};

/// What was measured of components: a table as its [`Display`](std::fmt::Display), [`json`](Self::json), [`svg`](Self::svg).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Of this format: 1. What is added later does not change it.
    pub version: u32,
    /// The level of all intervals: 0.05 is 95 %.
    pub alpha: f64,
    /// Each method of each experiment that was called.
    pub methods: Vec<MethodReport>,
}

/// What was measured of a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MethodReport {
    /// The experiment's name.
    pub experiment: String,
    /// The method's name.
    pub method: String,
    /// What counts as one observation.
    pub analysis: Analysis,
    /// Whether the control ran beside the other arms in their calls.
    #[serde(default)]
    pub is_shadow: bool,
    /// The control first.
    pub arms: Vec<ArmReport>,
    /// The arms beside the control, by their means and error rates; `None` without a control, or with the control alone.
    pub evaluation: Option<Evaluation>,
    /// The arms beside the control, by their quantiles.
    pub quantiles: Vec<QuantileComparison>,
    /// What to know of these numbers.
    pub notes: Vec<String>,
}

/// What counts as one observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Analysis {
    /// Each call, as if calls had nothing to do with each other.
    Calls,
    /// All calls of a key together, since they are alike.
    Keys,
}

/// What was measured of an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ArmReport {
    /// Its name.
    pub name: String,
    /// Whether it is the control.
    pub is_control: bool,
    /// How often it was called.
    pub calls: u64,
    /// For how many keys, where that is known.
    pub keys: Option<u64>,
    /// Calls that the control took in its place; of the control, those that are for nobody. They are in no other number.
    #[serde(default)]
    pub diverted: Vec<Diverted>,
    /// How the calls ended.
    pub outcomes: OutcomeCounts,
    /// The share of calls that failed by themselves, 0 to 1.
    pub error_rate: Option<Bounded>,
    /// What was measured of each call, time first.
    pub metrics: Vec<MetricReport>,
}

/// Calls for which an arm was selected, or that are for nobody, and that the control took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diverted {
    /// Why: `breaker_open`, `arm_off`, `no_key`.
    pub reason: String,
    /// How many.
    pub calls: u64,
}

/// What one metric says of an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetricReport {
    /// Its name.
    pub name: String,
    /// What its values count: `ns`, `bytes`, `count`, or anything else.
    pub unit: String,
    /// How many calls have a value.
    pub count: u64,
    /// How many have none, since it cannot be measured; those that were cut short apart.
    pub unavailable: u64,
    /// The mean of all values.
    pub mean: Option<Bounded>,
    /// The least.
    pub min: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
    /// The median. Failures, mismatches, what `#[measure(..)]` took that is 0 or 1, and `concurrency` have no quantiles: they would say nothing.
    pub p50: Option<Bounded>,
    /// What 95 % do not exceed.
    pub p95: Option<Bounded>,
    /// What 99 % do not exceed.
    pub p99: Option<Bounded>,
    /// How values are spread, in ascending order.
    pub spread: Vec<Bin>,
}

/// A number, and where it is at the report's level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounded {
    /// The estimate.
    pub value: f64,
    /// `None` of too few values. That of a share ends at 0 and 1, that of the mean of times, bytes and counts at 0: what cannot be is cut off, which
    /// takes nothing from how often the true value is inside. Shares of calls that count each by itself have Wilson's.
    pub interval: Option<Interval>,
}

/// Some values that lie beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// No value is less.
    pub lower: f64,
    /// No value is greater.
    pub upper: f64,
    /// How many there are.
    pub count: u64,
}

/// A quantile of an arm beside that of the control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuantileComparison {
    /// The metric's name.
    pub metric: String,
    /// Which quantile: 0.99 is p99.
    pub probability: f64,
    /// The arm's name.
    pub arm: String,
    /// Arm less control.
    pub difference: f64,
    /// As a share of the control's.
    pub relative: Option<f64>,
    /// How sure that is, for one look; `None` of too few calls, and where so many have the same value that both intervals are a single one.
    pub estimate: Option<Estimate>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The level is none.
    #[error("the report's level is {alpha}: give a number between 0 and 1, as 0.05")]
    Level {
        /// What was given.
        alpha: f64,
    },
    /// An evaluation was asked for that is none.
    #[error(transparent)]
    Evaluation(#[from] variate_stats::evaluation::EvaluationError),
    /// A line of JSON is no measurement.
    #[error("line {line} is no measurement: {problem}")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// What is wrong with it.
        problem: serde_json::Error,
    },
    /// A file cannot be read or written.
    #[error("{place}: {problem}")]
    Source {
        /// The file.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Report {
    /// Of this format.
    pub const VERSION: u32 = 1;

    /// As JSON, indented.
    pub fn json(&self) -> String {
        // Numbers that are not finite are written as null, keys are texts: nothing fails.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// What it says of a method.
    pub fn method(&self, experiment: &str, method: &str) -> Option<&MethodReport> {
        self.methods
            .iter()
            .find(|of| of.experiment == experiment && of.method == method)
    }
}

impl MethodReport {
    /// What it says of an arm.
    pub fn arm(&self, name: &str) -> Option<&ArmReport> {
        self.arms.iter().find(|arm| arm.name == name)
    }
}

impl ArmReport {
    /// What a metric says of it.
    pub fn metric(&self, name: &str) -> Option<&MetricReport> {
        self.metrics.iter().find(|metric| metric.name == name)
    }
}
