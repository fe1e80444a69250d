use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How values are spread: counts of values that lie close to each other, as a [`Histogram`](super::Histogram) has seen them.
///
/// Each power of two has 128 parts of the same width, so a value is known to 0.8 %; how many there are, their sum, the least and
/// the greatest are exact.
///
/// ```
/// use variate::component::Histogram;
///
/// let histogram = Histogram::new();
/// for value in 1..=1_000 {
///     histogram.add(f64::from(value));
/// }
/// let distribution = histogram.distribution();
/// assert_eq!(distribution.count(), 1_000);
/// assert_eq!(distribution.mean(), Some(500.5));
/// let p99 = distribution.quantile(0.99).unwrap();
/// assert!((p99 / 990.0 - 1.0).abs() < 0.008);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Of each part that has values.
    parts: BTreeMap<i32, u64>,
    count: u64,
    sum: f64,
    /// Both 0 while there are no values.
    least: f64,
    greatest: f64,
}

/// Parts of a power of two.
pub(super) const PARTS: usize = 1 << PART_BITS;
pub(super) const PART_BITS: u32 = 7;
/// Values nearer to 0 than this power of two count as 0.
pub(super) const FIRST_POWER: i32 = -32;
/// Values beyond the last power count as if they were in its last part.
pub(super) const POWERS: usize = 96;

/// Some values that lie close to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Bucket {
    /// No value is less.
    pub lower: f64,
    /// No value is greater.
    pub upper: f64,
    /// How many values there are.
    pub count: u64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self::of(BTreeMap::new(), 0.0, 0.0, 0.0)
    }
}

impl Distribution {
    pub(super) fn of(parts: BTreeMap<i32, u64>, sum: f64, least: f64, greatest: f64) -> Self {
        let count = parts
            .values()
            .fold(0_u64, |sum, part| sum.saturating_add(*part));
        Self {
            parts,
            count,
            sum,
            least,
            greatest,
        }
    }

    /// How many values there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The sum of all values.
    pub const fn sum(&self) -> f64 {
        self.sum
    }

    /// The mean of all values, if there are any.
    pub fn mean(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// The least value, if there are any.
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.least)
    }

    /// The greatest value, if there are any.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.greatest)
    }

    /// The variance of the sample, about as exact as the values are known: what two values have at the least.
    pub fn variance(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let mean = self.mean()?;
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let squares: f64 = self
            .buckets()
            .map(|bucket| {
                let width = bucket.upper - bucket.lower;
                let apart = bucket.lower + 0.5 * width - mean;
                // Values are anywhere in their part.
                bucket.count as f64 * (apart * apart + width * width / 12.0)
            })
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        Some(squares / (self.count - 1) as f64)
    }

    /// The quantile that a share `probability` of the values does not exceed, if there are any; 0.5 is the median.
    pub fn quantile(&self, probability: f64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        let last = self.count.checked_sub(1)? as f64;
        self.at(probability.clamp(0.0, 1.0) * last)
    }

    /// The value of this rank in ascending order, if there are any values: the least has rank 0. A rank between two is between their values.
    pub fn at(&self, rank: f64) -> Option<f64> {
        let last = self.count.checked_sub(1)?;
        #[expect(clippy::cast_precision_loss, reason = "counts")]
        if rank >= last as f64 {
            return self.max();
        }
        if rank.is_nan() || rank <= 0.0 {
            return self.min();
        }
        let mut before = 0.0;
        for bucket in self.buckets() {
            #[expect(clippy::cast_precision_loss, reason = "counts")]
            let count = bucket.count as f64;
            if rank < before + count {
                // Spread evenly over the part, each in the middle of its share.
                let share = ((rank - before + 0.5) / count).min(1.0);
                return Some(bucket.lower + (bucket.upper - bucket.lower) * share);
            }
            before += count;
        }
        self.max()
    }

    /// Where the values are, in ascending order.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        self.parts.iter().map(|(part, count)| {
            let (lower, upper) = bounds(*part);
            Bucket {
                lower: lower.clamp(self.least, self.greatest),
                upper: upper.clamp(self.least, self.greatest),
                count: *count,
            }
        })
    }

    /// The values of both.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let is_first = self.count == 0;
        self.least = if is_first {
            other.least
        } else {
            self.least.min(other.least)
        };
        self.greatest = if is_first {
            other.greatest
        } else {
            self.greatest.max(other.greatest)
        };
        for (part, count) in &other.parts {
            let ours = self.parts.entry(*part).or_default();
            *ours = ours.saturating_add(*count);
        }
        self.count = self.count.saturating_add(other.count);
        self.sum += other.sum;
    }
}

/// The number of a part: 0 for values that are as good as 0, above it for positive ones, below it for negative ones.
#[inline]
pub(super) fn part_number(power: usize, part: usize, is_negative: bool) -> i32 {
    let number = i32::try_from(power * PARTS + part + 1).unwrap_or(i32::MAX);
    if is_negative { -number } else { number }
}

/// Where a part's values are.
fn bounds(number: i32) -> (f64, f64) {
    let parts = 1_i32 << PART_BITS;
    let edge = |place: i32| {
        let power = f64::from(FIRST_POWER + place.div_euclid(parts)).exp2();
        power * (1.0 + f64::from(place.rem_euclid(parts)) / f64::from(parts))
    };
    match number {
        0 => (0.0, 0.0),
        1.. => (edge(number - 1), edge(number)),
        _ => {
            let place = number.saturating_neg();
            (-edge(place), -edge(place - 1))
        }
    }
}
