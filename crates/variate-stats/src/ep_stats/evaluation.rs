use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Mode;
use super::arm::Measure;
use super::difference::Difference;
use super::expression::ExpressionError;
use super::reason::Reason;

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// The experiment.
    pub id: String,
    /// Its metrics, in the order of the request.
    pub metrics: Vec<MetricResult>,
    /// Its checks, in the order of the request.
    pub checks: Vec<CheckResult>,
    /// The type of the exposed units.
    pub unit_type: String,
    /// How many units were exposed.
    pub exposure: Vec<Exposure>,
    /// Whose answer it is.
    pub mode: Mode,
    /// What Ep-Stats answers otherwise; empty in [`Mode::Compat`].
    pub differences: Vec<Difference>,
    /// By unit: how many are of several variants, and count in each.
    #[serde(skip)]
    pub(crate) shared_units: u64,
}

/// What came out for a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetricResult {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// One for each variant, by name.
    pub stats: Vec<MetricStat>,
    /// Which of its goals no row is of, in no variant: a slip of the name, or nobody got there. None in [`Mode::Compat`].
    #[serde(default)]
    pub unknown_goals: Vec<String>,
    /// Which of its counts are taken for weights, since whole ones cannot have such squares.
    #[serde(skip)]
    pub(crate) weights: Vec<String>,
}

/// A variant compared with control.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetricStat {
    /// The variant.
    pub exp_variant_id: Arc<str>,
    /// The relative difference to control.
    pub diff: f64,
    /// The mean, or the quantile.
    pub mean: f64,
    /// The standard deviation.
    pub std: f64,
    /// The nominator.
    pub sum_value: f64,
    /// The p-value, corrected for several treatments.
    pub p_value: f64,
    /// Half the width of the confidence interval around `diff`.
    pub confidence_interval: f64,
    /// The level of this look.
    pub confidence_level: f64,
    /// The denominator.
    pub sample_size: f64,
    /// How many units a variant needs to find the minimum effect.
    pub required_sample_size: f64,
    /// The power to find it with the units there are.
    pub power: f64,
    /// How probable it is that a significant difference is none.
    pub false_positive_risk: f64,
    /// The test statistic.
    pub test_stat: f64,
    /// The standard error of `diff`.
    pub standard_error: f64,
    /// The degrees of freedom.
    pub degrees_of_freedom: f64,
    /// What the mean is.
    #[serde(skip)]
    pub(crate) measure: Measure,
    /// Why which number is missing; empty in [`Mode::Compat`].
    #[serde(default)]
    pub reasons: Vec<(String, Reason)>,
}

/// What came out for a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckResult {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its numbers; none if it cannot be done.
    pub stats: Vec<CheckStat>,
}

/// A number of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckStat {
    /// What it is.
    pub variable_id: String,
    /// The number.
    pub value: f64,
    /// Why it is missing; never in [`Mode::Compat`].
    #[serde(default)]
    pub reason: Option<Reason>,
}

/// The exposed units of a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Exposure {
    /// The variant.
    pub exp_variant_id: String,
    /// How many.
    pub count: f64,
}

/// The experiment cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// An expression cannot be read.
    #[error("expression {text:?}: {error}")]
    Expression {
        /// Its text.
        text: String,
        /// What is wrong.
        error: ExpressionError,
    },
    /// The control variant is not one of the variants.
    #[error("control variant {0:?} is not one of the variants; add it to them")]
    Control(String),
    /// There are goals of other variants, and none of control.
    #[error(
        "there are no goals of the control variant {control:?}, but of {others}; name one of these, or plan its share if it is one that nobody got"
    )]
    NoControl {
        /// Its name.
        control: String,
        /// Those that have goals.
        others: String,
    },
    /// A nominator or denominator is a number without a goal.
    #[error(
        "a nominator or denominator has no goal; write one, such as count(user.global.exposure)"
    )]
    NoGoal {
        /// How many metrics the experiment has.
        metrics: usize,
    },
    /// Shares are planned, but not for this variant.
    #[error("variant {0:?} has no planned share; give one for each variant, or for none")]
    Share(String),
    /// Two metrics have one number.
    #[error("two metrics have the id {0}; give each its own")]
    Duplicate(i64),
    /// A metric asks for a quantile, but there are only sums.
    #[error("metric {0} asks for a quantile, which sums do not tell; evaluate by unit")]
    Quantile(i64),
    /// By unit, Ep-Stats only evaluates single goals.
    #[error("Ep-Stats evaluates no operators by unit; use the corrected mode")]
    Compound,
    /// No unit has the goal.
    #[error("no unit has the goal {0}")]
    Goal(String),
}

impl EvaluationError {
    /// What Ep-Stats tells instead, after "because of ".
    pub(crate) fn told_by_the_original(&self) -> String {
        match self {
            Self::Control(_) => {
                "cannot access local variable 'stats_values_control_variant' where it is not associated with a value".to_owned()
            }
            Self::NoGoal { metrics } => format!(
                "setting an array element with a sequence. The requested array has an inhomogeneous shape after 2 dimensions. The detected shape was ({metrics}, 3) + inhomogeneous part."
            ),
            Self::Compound => "Op.evaluate_by_unit() takes 2 positional arguments but 3 were given".to_owned(),
            Self::Goal(goal) => format!("'{goal}'"),
            other => other.to_string(),
        }
    }
}

impl MetricResult {
    /// Some of its goals have no rows, which may be what anything is missing for.
    pub(crate) fn lacks(&mut self, goals: impl Iterator<Item = String>) {
        for goal in goals {
            if !self.unknown_goals.contains(&goal) {
                self.unknown_goals.push(goal);
            }
        }
        self.blame(Reason::UnknownGoal);
    }

    /// Gives this reason for what is missing because of the data.
    fn blame(&mut self, reason: Reason) {
        let reasons = self.stats.iter_mut().flat_map(|stat| &mut stat.reasons);
        for (_, of) in reasons.filter(|(_, of)| of.is_of_data()) {
            *of = reason;
        }
    }
}

impl Evaluation {
    /// How many checks could not be done.
    pub(crate) fn failed_checks(&self) -> usize {
        let failed = |check: &&CheckResult| check.stats.is_empty();
        self.checks.iter().filter(failed).count()
    }
}
