use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Day;

/// What is wrong, or unusual, with what was counted, besides what the evaluation itself warns of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DataProblem {
    /// No catalogue declares the experiment: equal shares and one conversion for each action are assumed.
    NotDeclared,
    /// There are so many actions that some are no conversions.
    ManyActions {
        /// How many are left out.
        left_out: u64,
    },
    /// Nothing says which units met a variant.
    NoExposures,
    /// An action that a metric counts was never seen.
    UnseenAction {
        /// The metric's name.
        metric: String,
        /// The action.
        action: String,
    },
    /// More units did something than were exposed, so there is no rate or mean of it.
    MoreThanExposed {
        /// The metric's name.
        metric: String,
        /// The variant.
        variant: String,
        /// Units that did it.
        units: u64,
        /// Units that were exposed.
        exposed: u64,
    },
    /// The products of a ratio's two actions are not kept, so its error is not known.
    NoProducts {
        /// The metric's name.
        metric: String,
        /// The numerator's action.
        first: String,
        /// The denominator's action.
        second: String,
    },
    /// Many events of an action came before the exposure of their unit, or without one, and are left out.
    BeforeExposure {
        /// The action.
        action: String,
        /// How many.
        events: u64,
        /// Of all events of it, 0 to 1.
        share: f64,
    },
    /// Units have a variant that is not declared, or gets no share; they are left out.
    UnplannedVariant {
        /// The variant.
        variant: String,
        /// How many.
        units: u64,
    },
    /// Nothing was counted for days, though the experiment runs.
    Silent {
        /// The last day on which anything was.
        since: Day,
        /// How many days ago.
        days: u32,
    },
    /// Nothing is counted of an experiment that is declared and switched on.
    NoEvents {
        /// When it began, where that is declared.
        since: Option<Day>,
        /// How many days ago.
        days: Option<u32>,
    },
    /// Units came after the planned end, and are left out.
    AfterEnd {
        /// The last day that counts.
        read_on: Day,
        /// How many.
        units: u64,
    },
    /// Counts of units from another system are left out: there is no more of them than a number.
    Imported {
        /// How many.
        units: u64,
    },
}

impl fmt::Display for DataProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDeclared => out.write_str(
                "no catalogue declares this experiment: equal shares are assumed, and one conversion for each action",
            ),
            Self::ManyActions { left_out } => write!(
                out,
                "{left_out} actions that fewer units did are left out: declare the metrics that matter"
            ),
            Self::NoExposures => out.write_str(
                "no exposures were counted: track `assignment` or `participate` when a unit meets its variant",
            ),
            Self::UnseenAction { metric, action } => write!(
                out,
                "{metric}: no event of `{action}` was ever counted; is it tracked by this name?"
            ),
            Self::MoreThanExposed {
                metric,
                variant,
                units,
                exposed,
            } => write!(
                out,
                "{metric} of {variant}: {units} units did it, and only {exposed} were exposed; do exposures and actions name the same units?"
            ),
            Self::NoProducts {
                metric,
                first,
                second,
            } => write!(
                out,
                "{metric}: nothing is kept of `{first}` and `{second}` together; they must be declared as a pair before their first events"
            ),
            Self::BeforeExposure {
                action,
                events,
                share,
            } => write!(
                out,
                "{events} events of `{action}` ({:.1} %) came before the exposure of their unit, or without one, and are left out",
                100.0 * share
            ),
            Self::UnplannedVariant { variant, units } => write!(
                out,
                "{units} units have the variant {variant}, which is not declared or gets no share, and are left out"
            ),
            Self::Silent { since, days } => write!(
                out,
                "nothing was counted for {days} days, since {since}: does the experiment still run, and is it still tracked?"
            ),
            Self::NoEvents { since, days } => {
                out.write_str("nothing is counted of it, ")?;
                match (since, days) {
                    (Some(since), Some(days)) => {
                        write!(out, "and it began {days} days ago, on {since}")?;
                    }
                    _ => out.write_str("and it is switched on")?,
                }
                out.write_str(": is it tracked, by this name and in this namespace?")
            }
            Self::AfterEnd { read_on, units } => write!(
                out,
                "it was read at the end of {read_on}; {units} units that came later are left out"
            ),
            Self::Imported { units } => write!(
                out,
                "{units} units that another system had counted are left out: of those there is only the number"
            ),
        }
    }
}
