use std::fmt;

use serde::{Deserialize, Serialize};
use variate_stats::words::{count, digits, probability, rounded_percent as percent};

use crate::{Baseline, Share};

/// What nobody said, and a simulation takes to be so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Assumption {
    /// What a metric is like.
    Baseline {
        /// The experiment.
        experiment: String,
        /// The metric.
        metric: String,
        /// What is assumed.
        baseline: Baseline,
    },
    /// What a treatment does.
    Effect {
        /// The experiment.
        experiment: String,
        /// The metric.
        metric: String,
        /// What is assumed.
        effect: f64,
    },
    /// How many units come.
    Daily {
        /// The experiment.
        experiment: String,
        /// How many a day.
        daily: u64,
    },
    /// How long it runs, where nothing is planned.
    Days {
        /// The experiment.
        experiment: String,
        /// How many days.
        days: u32,
    },
    /// Rules ask for entries that simulated units do not have.
    Entries {
        /// The experiment.
        experiment: String,
        /// Their keys.
        keys: Vec<String>,
    },
}

/// What a simulation finds wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// Nobody takes part.
    Nobody {
        /// The experiment.
        experiment: String,
        /// The code of the most frequent reason.
        reason: String,
    },
    /// Units are not split as planned.
    Split {
        /// The experiment.
        experiment: String,
        /// Of the split, adjusted for all experiments.
        p_value: f64,
    },
    /// The variant of one experiment says something about that of another one.
    Dependent {
        /// One of them.
        first: String,
        /// The other one.
        second: String,
        /// Adjusted for all pairs.
        p_value: f64,
        /// How much it says, 0 to 1.
        cramers_v: f64,
    },
    /// More false alarms than the level allows.
    Level {
        /// The experiment.
        experiment: String,
        /// How often.
        wrong: Share,
        /// The level.
        alpha: f64,
    },
    /// Less power than planned, by a baseline, an effect and a number of units that are all given.
    Underpowered {
        /// The experiment.
        experiment: String,
        /// The metric.
        metric: String,
        /// How often the effect is found at the end.
        found: Share,
        /// The power that is planned.
        power: f64,
        /// How many days it takes where that is the planned end.
        days_needed: Option<u64>,
    },
}

impl fmt::Display for Assumption {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Baseline {
                experiment,
                metric,
                baseline,
            } => write!(
                out,
                "the baseline of {metric} in {experiment} is taken to be {baseline}"
            ),
            Self::Effect {
                experiment,
                metric,
                effect,
            } => write!(
                out,
                "{metric} in {experiment} has no minimum effect: a treatment is taken to change it by {}",
                percent(*effect)
            ),
            Self::Daily { experiment, daily } => write!(
                out,
                "{experiment} is taken to meet {} units a day",
                count(*daily)
            ),
            Self::Days { experiment, days } => write!(
                out,
                "{experiment} has no planned end: {days} days are simulated, and the test that holds at any time decides"
            ),
            Self::Entries { experiment, keys } => write!(
                out,
                "rules of {experiment} ask for {}, which simulated units do not have",
                keys.join(", ")
            ),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody { experiment, reason } => {
                write!(out, "nobody takes part in {experiment}: {reason}")
            }
            Self::Split {
                experiment,
                p_value,
            } => write!(
                out,
                "the units of {experiment} are not split as planned (p = {}): look at its key scheme, its rollout, and whether contexts tell units apart",
                probability(*p_value)
            ),
            Self::Dependent {
                first,
                second,
                p_value,
                cramers_v,
            } => write!(
                out,
                "{first} and {second} are not independent (Cramér's V {}, p = {}): the effect of one would show in the other; give one of them another seed or bucketing, or put both into one layer",
                digits(*cramers_v),
                probability(*p_value)
            ),
            Self::Level {
                experiment,
                wrong,
                alpha,
            } => write!(
                out,
                "{experiment} raises false alarms in {} of the runs, more than its level of {}",
                percent(wrong.share),
                percent(*alpha)
            ),
            Self::Underpowered {
                experiment,
                metric,
                found,
                power,
                days_needed,
            } => {
                write!(
                    out,
                    "{experiment} finds the effect on {metric} in {} of the runs, less than its planned power of {}",
                    percent(found.share),
                    percent(*power)
                )?;
                match days_needed {
                    Some(days) => write!(out, ": plan for {} days", count(*days)),
                    None => Ok(()),
                }
            }
        }
    }
}
