use crate::DoubleDouble;

/// Count, mean and sum of squared deviations of a sample: what its variance needs, without the cancellation
/// of Σx² − (Σx)²/n.
///
/// The update of B. P. Welford (Technometrics 4, 1962) and the merge of T. F. Chan, G. H. Golub, R. J. `LeVeque`
/// (1979), carried in 106 bits: a mean of 1e9 with a standard deviation of 1e-3 keeps all its digits, over any
/// number of values and merges.
///
/// ```
/// use variate_stats::Moments;
///
/// let moments: Moments = [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0].into_iter().collect();
/// assert_eq!(moments.mean(), 1e9 + 2.0);
/// assert_eq!(moments.variance(), 1.0);
///
/// // The same from tallies: how many, Σx, Σx².
/// assert_eq!(Moments::from_tallies(4, 6.0, 14.0).variance(), 5.0 / 3.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: DoubleDouble,
    squares: DoubleDouble,
}

impl Moments {
    /// Of no values.
    pub fn new() -> Self {
        Self::default()
    }

    /// From how many values there are, their sum and the sum of their squares. A sum may be an `f64` or the
    /// `(high, low)` parts of one with 106 bits. Nothing is lost here; what was rounded when the squares were
    /// added up, 2^-105 of them each time, counts as often as they outweigh the squared deviations: with 2,000
    /// values, a mean of 1e9 and a standard deviation of 1e-3 the variance is good to six digits (with `f64`
    /// sums it would have none).
    ///
    /// Tallies that contradict each other (Σx² below (Σx)²/n) give a negative variance: see
    /// [`Moments::squared_deviations`].
    pub fn from_tallies(
        count: u64,
        sum: impl Into<DoubleDouble>,
        sum_of_squares: impl Into<DoubleDouble>,
    ) -> Self {
        if count == 0 {
            return Self::default();
        }
        let sum = sum.into();
        let mean = sum / DoubleDouble::from(count);
        Self {
            count,
            mean,
            squares: sum_of_squares.into() - sum * mean,
        }
    }

    /// From how many values there are, their mean and their variance with n − 1.
    pub fn from_variance(count: u64, mean: f64, variance: f64) -> Self {
        if count == 0 {
            return Self::default();
        }
        Self {
            count,
            mean: mean.into(),
            squares: DoubleDouble::from(variance) * DoubleDouble::from(count - 1),
        }
    }

    /// Of values in a row: as good as one after the other to the last digits, and ten times faster.
    ///
    /// In blocks, of each first the mean and then the squares of what is left, both in compensated sums (A. Neumaier: ZAMM 54, 1974),
    /// merged in 106 bits.
    #[expect(clippy::cast_precision_loss, reason = "at most a block")]
    pub fn from_values(values: &[f64]) -> Self {
        const BLOCK: usize = 4_096;
        let mut all = Self::new();
        for block in values.chunks(BLOCK) {
            let count = block.len() as f64;
            let mean = compensated(block.iter().copied()).0 / count;
            // The mean is rounded: what is left does not quite add up to zero.
            let (rest, lost) = compensated(block.iter().map(|value| value - mean));
            let (squares, more) =
                compensated(block.iter().map(|value| (value - mean) * (value - mean)));
            let rest = DoubleDouble::from(rest) + DoubleDouble::from(lost);
            let shift = rest / DoubleDouble::from(block.len() as u64);
            all.merge(&Self {
                count: block.len() as u64,
                mean: DoubleDouble::from(mean) + shift,
                squares: DoubleDouble::from(squares) + DoubleDouble::from(more) - rest * shift,
            });
        }
        all
    }

    /// One more value.
    pub fn push(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        let value = DoubleDouble::from(value);
        let before = value - self.mean;
        self.mean += before / DoubleDouble::from(self.count);
        self.squares += before * (value - self.mean);
    }

    /// The values of both.
    pub fn merge(&mut self, other: &Self) {
        if self.count == 0 || other.count == 0 {
            if self.count == 0 {
                *self = *other;
            }
            return;
        }
        let (ours, theirs) = (
            DoubleDouble::from(self.count),
            DoubleDouble::from(other.count),
        );
        self.count = self.count.saturating_add(other.count);
        let share = theirs / DoubleDouble::from(self.count);
        let apart = other.mean - self.mean;
        self.mean += apart * share;
        self.squares += other.squares + apart.squared() * share * ours;
    }

    /// How many values there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The mean; NaN of no values.
    pub const fn mean(&self) -> f64 {
        if self.count == 0 {
            f64::NAN
        } else {
            self.mean.value()
        }
    }

    /// The mean with all its digits; 0 of no values.
    pub(crate) const fn exact_mean(&self) -> DoubleDouble {
        self.mean
    }

    /// Σ(x − mean)² with all its digits.
    pub(crate) const fn exact_squares(&self) -> DoubleDouble {
        self.squares
    }

    /// Σ(x − mean)². Negative only from tallies that contradict each other.
    pub const fn squared_deviations(&self) -> f64 {
        self.squares.value()
    }

    /// The variance of the sample, with n − 1; NaN of fewer than two values.
    pub fn variance(&self) -> f64 {
        if self.count < 2 {
            return f64::NAN;
        }
        (self.squares / DoubleDouble::from(self.count - 1)).value()
    }

    /// The square root of [`Moments::variance`]; NaN also where that is negative.
    pub fn standard_deviation(&self) -> f64 {
        self.variance().sqrt()
    }
}

impl Extend<f64> for Moments {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        for value in values {
            self.push(value);
        }
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::new();
        moments.extend(values);
        moments
    }
}

/// A sum, and what was lost on the way to it.
fn compensated(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut sum, mut lost) = (0.0, 0.0);
    for value in values {
        // D. E. Knuth's two-sum, which needs no comparison.
        let next = sum + value;
        let part = next - sum;
        lost += (sum - (next - part)) + (value - part);
        sum = next;
    }
    (sum + lost, lost - ((sum + lost) - sum))
}
