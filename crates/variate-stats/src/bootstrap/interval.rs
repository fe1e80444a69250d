use serde::{Deserialize, Serialize};

use super::error::BootstrapError;
use crate::argument::positive;
use crate::distribution::Normal;
use crate::values::number;
use crate::{Estimate, Interval, Moments, Side};

/// How an interval is made of the replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntervalMethod {
    /// The quantiles of the replicates α/2 and 1 − α/2.
    Percentile,
    /// The percentile interval mirrored at the statistic.
    Basic,
    /// The percentile interval at quantiles that are corrected for bias and for a spread that changes with the statistic
    /// (Efron 1987): the most exact one for smooth statistics; for a difference of skewed means (lognormal, σ = 1, 280 units an arm) it raises
    /// 7.8 % false alarms at 5 %, percentiles 6.0 %. The statistic is also evaluated without each unit, or
    /// without each of 1,000 groups of them.
    #[default]
    Bca,
}

/// What a bootstrap says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bootstrapped {
    /// The statistic of the units as they are; the standard deviation of the replicates; their interval; and the p-value
    /// of no effect, the level at which the interval would end at 0 (at least 1 over the replicates and one).
    pub estimate: Estimate,
    /// The mean of the replicates less the statistic.
    pub bias: f64,
    /// How the standard error changes with the statistic, in Efron's unit; 0 but for the `BCa` interval.
    pub acceleration: f64,
    /// The statistic of each replicate, in their order.
    pub replicates: Vec<f64>,
}

impl Bootstrapped {
    pub(super) fn new(
        observed: f64,
        replicates: Vec<f64>,
        method: IntervalMethod,
        acceleration: f64,
        alpha: f64,
        side: Side,
    ) -> Result<Self, BootstrapError> {
        let level = side.two_sided_alpha(alpha)?;
        let moments: Moments = replicates.iter().copied().collect();
        let standard_error = positive("standard error", moments.standard_deviation())?;
        let mut sorted = replicates.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let sorted = Sorted {
            // What is equal but for the rounding of its sums is equal.
            tolerance: 1e-12 * standard_error.max(observed.abs()),
            replicates: sorted,
        };
        let (both, [greater, less]) = match method {
            IntervalMethod::Percentile => (
                sorted.between(0.5 * level, 1.0 - 0.5 * level),
                sorted.shares(0.0),
            ),
            IntervalMethod::Basic => {
                let Interval { lower, upper } = sorted.between(0.5 * level, 1.0 - 0.5 * level);
                let [below, above] = sorted.shares(2.0 * observed);
                (
                    Interval::new(2.0 * observed - upper, 2.0 * observed - lower),
                    [above, below],
                )
            }
            IntervalMethod::Bca => corrected(&sorted, observed, acceleration, level)?,
        };
        let (interval, p_value) = match side {
            Side::Both => (both, (2.0 * greater.min(less)).min(1.0)),
            Side::Greater => (Interval::new(both.lower, f64::INFINITY), greater),
            Side::Less => (Interval::new(f64::NEG_INFINITY, both.upper), less),
        };
        Ok(Self {
            estimate: Estimate {
                effect: observed,
                standard_error,
                degrees_of_freedom: f64::INFINITY,
                interval,
                p_value,
            },
            bias: moments.mean() - observed,
            acceleration,
            replicates,
        })
    }
}

/// The `BCa` interval, and its levels that end at 0.
fn corrected(
    sorted: &Sorted,
    observed: f64,
    acceleration: f64,
    level: f64,
) -> Result<(Interval, [f64; 2]), BootstrapError> {
    let normal = Normal::STANDARD;
    let count = number(sorted.replicates.len());
    let bias = normal.quantile((sorted.below(observed) + sorted.at_most(observed)) / (2.0 * count));
    if !bias.is_finite() {
        return Err(BootstrapError::Beyond {
            replicates: u32::try_from(sorted.replicates.len()).unwrap_or(u32::MAX),
        });
    }
    // From the level of the normal interval to that of the replicates, and back.
    let there = |z: f64| {
        let from = bias + z;
        let stretch = 1.0 - acceleration * from;
        let moved = if stretch > 0.0 {
            from / stretch
        } else {
            from * f64::INFINITY
        };
        normal.cdf(bias + moved)
    };
    let back = |share: f64| {
        let moved = normal.quantile(share) - bias;
        let stretch = 1.0 + acceleration * moved;
        let from = if stretch > 0.0 {
            moved / stretch
        } else {
            moved * f64::INFINITY
        };
        from - bias
    };
    let z = normal.survival_quantile(0.5 * level);
    let [below, above] = sorted.shares(0.0);
    let least = 1.0 / (count + 1.0);
    Ok((
        sorted.between(there(-z), there(z)),
        [
            normal.cdf(back(below)).max(least),
            normal.survival(back(1.0 - above)).max(least),
        ],
    ))
}

/// The replicates in order.
struct Sorted {
    replicates: Vec<f64>,
    tolerance: f64,
}

impl Sorted {
    fn below(&self, value: f64) -> f64 {
        number(
            self.replicates
                .partition_point(|replicate| *replicate < value - self.tolerance),
        )
    }

    fn at_most(&self, value: f64) -> f64 {
        number(
            self.replicates
                .partition_point(|replicate| *replicate <= value + self.tolerance),
        )
    }

    /// The shares of replicates at or below, and at or above the value, counting one more: no share is nothing.
    fn shares(&self, value: f64) -> [f64; 2] {
        let count = number(self.replicates.len());
        [
            (self.at_most(value) + 1.0) / (count + 1.0),
            (count - self.below(value) + 1.0) / (count + 1.0),
        ]
    }

    /// Quantiles of type 7.
    fn between(&self, lower: f64, upper: f64) -> Interval {
        let quantile = |share: f64| {
            let place = crate::quantile::Place::of(
                crate::quantile::Definition::Linear,
                share,
                self.replicates.len(),
            );
            let at = |place: usize| {
                self.replicates
                    .get(place)
                    .or(self.replicates.last())
                    .copied()
            };
            let (low, high) = (at(place.below), at(place.below + 1));
            low.zip(high)
                .map_or(f64::NAN, |(low, high)| place.between(low, high))
        };
        Interval::new(quantile(lower), quantile(upper))
    }
}
