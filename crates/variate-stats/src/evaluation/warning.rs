use serde::{Deserialize, Serialize};

use super::words;

/// What to know before an evaluation is believed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// Units are not split as planned: some are lost, or counted where they should not be, and no effect can be trusted.
    SampleRatioMismatch {
        /// The always-valid p-value of the planned split.
        p_value: f64,
    },
    /// Units are split as they seldom are by chance, and not so seldom that it is certain that some are lost.
    UnusualSplit {
        /// The chi-squared test's p-value of the planned split.
        p_value: f64,
    },
    /// No unit was counted yet, so there is nothing to say.
    NoUnits,
    /// A variant has too few units for anything that rests on many.
    TooFewUnits {
        /// Its name.
        variant: String,
        /// What it has.
        units: u64,
        /// What it takes.
        least: u64,
    },
    /// A rate has so few successes, or failures, that its error is not normal.
    TooFewEvents {
        /// The metric's name.
        metric: String,
        /// The variant's name.
        variant: String,
        /// The smaller of both numbers.
        events: u64,
        /// Which of both it is.
        #[serde(default)]
        rarer: Rarer,
        /// What it takes.
        least: u64,
    },
    /// The p-value for one look is low, that for any number of looks is not: to stop now would be peeking.
    Peeking {
        /// The metric's name.
        metric: String,
        /// The variant's name.
        variant: String,
        /// For one look.
        p_value: f64,
        /// For any number of looks.
        always_valid_p_value: f64,
    },
    /// Fixed tests are read again after the planned end: with each look, a false alarm becomes more likely.
    PastTheEnd {
        /// Units that there are.
        units: u64,
        /// Units at which it was to be read.
        planned: u64,
    },
    /// Many comparisons decide, which the adjusted p-values take into account and the intervals do not.
    ManyComparisons {
        /// How many.
        comparisons: u64,
    },
    /// Units that were seen in two variants, and are left out, are no small part.
    Crossovers {
        /// Of all units, 0 to 1.
        share: f64,
    },
    /// Units with goals of several variants are no small part, and count in each of these.
    CountedTwice {
        /// How many.
        units: u64,
    },
    /// How the goals of a metric depend on each other is not known, so its errors are the largest that their sums allow.
    CovarianceUnknown {
        /// The metric's name.
        metric: String,
    },
    /// A goal of a metric that no variant has: a slip of its name, or nobody got there. It counts as none.
    UnknownGoal {
        /// The metric's name.
        metric: String,
        /// The goal.
        goal: String,
    },
    /// Counts of a goal that are taken for weights, as of half an event: whole ones cannot have such sums of squares.
    Weights {
        /// The metric's name.
        metric: String,
        /// The goal.
        goal: String,
    },
    /// A metric that nothing was measured for.
    NotMeasured {
        /// The metric's name.
        metric: String,
        /// The variant's name.
        variant: String,
        /// Why.
        reason: String,
    },
}

/// What a rate has fewer of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rarer {
    /// Units that did it.
    #[default]
    Successes,
    /// Units that did not.
    Failures,
}

impl Rarer {
    fn in_words(self, number: u64) -> String {
        let (one, many) = match self {
            Self::Successes => ("success", "successes"),
            Self::Failures => ("failure", "failures"),
        };
        format!("{number} {}", if number == 1 { one } else { many })
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SampleRatioMismatch { p_value } => write!(
                out,
                "units are not split as planned ({}): find out where they get lost before you read anything else",
                words::probability(*p_value)
            ),
            Self::UnusualSplit { p_value } => write!(
                out,
                "units are hardly ever split like this ({}): see whether some are lost",
                words::probability(*p_value)
            ),
            Self::NoUnits => out.write_str("no unit was exposed yet"),
            Self::TooFewUnits {
                variant,
                units,
                least,
            } => write!(
                out,
                "{variant} has {}: wait for {least} at least",
                crate::words::counted(*units, "unit")
            ),
            Self::TooFewEvents {
                metric,
                variant,
                events,
                rarer,
                least,
            } => write!(
                out,
                "{metric} of {variant} has {}: with fewer than {least}, exact methods count, which see less",
                rarer.in_words(*events)
            ),
            Self::Peeking {
                metric,
                variant,
                p_value,
                always_valid_p_value,
            } => write!(
                out,
                "{metric} of {variant} looks certain ({}), but only to one who looks once: at any time, {}",
                words::probability(*p_value),
                words::probability(*always_valid_p_value)
            ),
            Self::PastTheEnd { units, planned } => write!(
                out,
                "there are {} units, and it was to be read at {}: who looks again and again after the end sees more than there is",
                words::count(*units),
                words::count(*planned)
            ),
            Self::ManyComparisons { comparisons } => write!(
                out,
                "{comparisons} comparisons decide: p-values are adjusted for that, intervals are of one each"
            ),
            Self::Crossovers { share } => write!(
                out,
                "{:.1} % of all units were seen in two variants, and are left out: is the assignment stable?",
                100.0 * share
            ),
            Self::CountedTwice { units } => write!(
                out,
                "{} with goals of several variants, counted in each: is the assignment stable, and an id that of one unit?",
                words::counted(usize::try_from(*units).unwrap_or(usize::MAX), "unit")
            ),
            Self::CovarianceUnknown { metric } => write!(
                out,
                "sums do not tell how the goals of {metric} depend on each other, so its error is the largest they allow: send `products` for a ratio, or goals by unit"
            ),
            Self::UnknownGoal { metric, goal } => write!(
                out,
                "there is no row of {goal} in any variant, so {metric} counts none: see whether its name, unit type and aggregation are right, or nobody got there"
            ),
            Self::Weights { metric, goal } => write!(
                out,
                "{goal} of {metric} has sums of squares below its sums, which whole counts never have: it is taken for weights, as of half an event; if it counts events, its squares are wrong"
            ),
            Self::NotMeasured {
                metric,
                variant,
                reason,
            } => write!(out, "{metric} of {variant}: {reason}"),
        }
    }
}
