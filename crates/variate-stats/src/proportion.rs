//! Rates from counts, with a fixed number of units: the interval of one, the comparison of two.
//!
//! ```
//! use variate_stats::{Side, proportion::{IntervalMethod, Proportion, TwoProportions}};
//!
//! let rates = TwoProportions {
//!     control: Proportion::new(8_502, 44_700)?,
//!     treatment: Proportion::new(8_279, 45_489)?,
//! };
//! let control = rates.control.interval(IntervalMethod::Wilson, 0.05, Side::Both)?;
//! let difference = rates.score(0.05, Side::Both)?;
//! assert!(control.contains(0.1902));
//! assert!(difference.effect < 0.0 && difference.p_value < 0.002);
//! # Ok::<(), variate_stats::ArgumentError>(())
//! ```
//!
//! Which to take: [`TwoProportions::score`] for a decision, [`TwoProportions::relative`] for a lift, and
//! [`TwoProportions::relative_score`] for its interval where events are few,
//! [`TwoProportions::fisher`] when a count is below ten or so. All of them are read once, at a number of units that was
//! fixed before; who looks earlier takes [`sequential`](crate::sequential).

mod abba;
mod fisher;
mod interval;
mod newcombe;
mod ratio_score;
mod score;
mod two;

pub use abba::{Abba, AbbaVariant, abba};
pub use interval::IntervalMethod;
pub use two::TwoProportions;

use serde::{Deserialize, Serialize};

use crate::ArgumentError;
use crate::mean::Arm;

/// So many successes of so many trials.
///
/// ```
/// use variate_stats::proportion::Proportion;
///
/// assert_eq!(Proportion::new(30, 1_000)?.rate(), 0.03);
/// assert!(Proportion::new(31, 30).is_err());
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Counts")]
pub struct Proportion {
    successes: u64,
    trials: u64,
}

/// Not checked yet.
#[derive(Deserialize)]
struct Counts {
    successes: u64,
    trials: u64,
}

impl TryFrom<Counts> for Proportion {
    type Error = ArgumentError;

    fn try_from(counts: Counts) -> Result<Self, ArgumentError> {
        Self::new(counts.successes, counts.trials)
    }
}

/// What the beta distribution takes.
const MOST_TRIALS: u64 = 1_000_000_000_000_000;

impl Proportion {
    /// `successes` of `trials`, of which there are 1 to 1e15.
    ///
    /// # Errors
    /// When there are no trials or more than 1e15, or more successes than trials: a goal that a unit can reach twice is
    /// no proportion but a [mean](crate::mean).
    pub fn new(successes: u64, trials: u64) -> Result<Self, ArgumentError> {
        if trials == 0 || trials > MOST_TRIALS {
            return Err(ArgumentError::Range {
                name: "trials",
                value: float(trials),
                expected: "1 to 1e15 of them",
            });
        }
        if successes > trials {
            return Err(ArgumentError::Range {
                name: "successes",
                value: float(successes),
                expected: "no more of them than trials, or compare means",
            });
        }
        Ok(Self { successes, trials })
    }

    /// How many succeeded.
    pub const fn successes(&self) -> u64 {
        self.successes
    }

    /// How many there were.
    pub const fn trials(&self) -> u64 {
        self.trials
    }

    /// How many did not succeed.
    pub const fn failures(&self) -> u64 {
        self.trials - self.successes
    }

    /// Successes by trials.
    pub fn rate(&self) -> f64 {
        self.hits() / self.size()
    }

    /// The failures as successes.
    pub const fn complement(&self) -> Self {
        Self {
            successes: self.failures(),
            trials: self.trials,
        }
    }

    /// With the error of its rate, for what takes means.
    pub(crate) fn arm(&self) -> Arm {
        Arm {
            value: self.rate(),
            variance: self.variance(),
            degrees: f64::INFINITY,
        }
    }

    fn hits(&self) -> f64 {
        float(self.successes)
    }

    fn misses(&self) -> f64 {
        float(self.failures())
    }

    fn size(&self) -> f64 {
        float(self.trials)
    }

    /// p(1 − p)/n, with both rates from their own counts.
    fn variance(&self) -> f64 {
        self.hits() / self.size() * (self.misses() / self.size()) / self.size()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53, and only told beyond"
)]
fn float(count: u64) -> f64 {
    count as f64
}
