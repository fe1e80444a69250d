use crate::ArgumentError;

/// Why there is no bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapError {
    /// An argument outside of what the method is defined for.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// The statistic has no value for the units as they are.
    #[error("the statistic is {value} for the units as they are: give one that is finite")]
    Observed {
        /// What it was.
        value: f64,
    },
    /// The statistic has no value for units that were drawn again.
    #[error(
        "the statistic is {value} in replicate {replicate}: give one that is finite for any units drawn again"
    )]
    Replicate {
        /// The first such replicate, from 0.
        replicate: u32,
        /// What it was.
        value: f64,
    },
    /// The statistic has no value when some units are left out, which the `BCa` interval needs.
    #[error("the statistic is {value} with some units left out: use the percentile interval")]
    LeftOut {
        /// What it was.
        value: f64,
    },
    /// Every replicate is on one side of the statistic: the bias cannot be corrected.
    #[error(
        "the statistic is beyond all {replicates} replicates: it is no smooth one, use the percentile interval"
    )]
    Beyond {
        /// How many there were.
        replicates: u32,
    },
    /// It was cancelled.
    #[error("cancelled after {done} of {total} evaluations")]
    Cancelled {
        /// How often the statistic had been evaluated.
        done: u32,
        /// How often it was to be.
        total: u32,
    },
}
