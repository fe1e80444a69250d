use super::exact;
use super::mann_whitney::from_ranks;
use super::ranks::{Ranks, sorted};
use crate::argument::finite;
use crate::distribution::Normal;
use crate::quantile::order_statistics;
use crate::values::{number, sample};
use crate::{ArgumentError, Estimate, Interval, Side};

/// The shift of Hodges and Lehmann: the median of the differences of all pairs, treatment less control.
///
/// The interval is what the Mann–Whitney test would not reject at the level `alpha` (from the kth smallest to the kth
/// largest difference), exact for small samples without ties; the p-value is that of the test; the standard error is the
/// interval's width over 2z. No list of all pairs is made: each step counts the pairs up to a difference in O(m + n).
///
/// Valid as an effect when the treatment shifts every unit alike; else it is the median of the differences of random pairs,
/// not the difference of the medians. Many ties (counts, mostly zeros) make it 0 whatever happens. Reference: Hodges &
/// Lehmann 1963 (Annals of Mathematical Statistics 34); Bauer 1972 (JASA 67).
///
/// ```
/// use variate_stats::{Side, rank::hodges_lehmann};
///
/// let term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
/// let earlier = [1.15, 0.88, 0.90, 0.74, 1.21];
/// let shift = hodges_lehmann(&earlier, &term, 0.05, Side::Both)?;
/// // As R's wilcox.test says: 0.305, from −0.15 to 0.76.
/// assert!((shift.effect - 0.305).abs() < 1e-12);
/// assert!((shift.interval.lower + 0.15).abs() < 1e-12 && (shift.interval.upper - 0.76).abs() < 1e-12);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
///
/// # Errors
/// When an arm has fewer than two values, one is not finite, all are equal, there are too few for an interval at this
/// level, the interval is a single value (ties), or `alpha` is not between 0 and 1 (below ½ for one side).
pub fn hodges_lehmann(
    control: &[f64],
    treatment: &[f64],
    alpha: f64,
    side: Side,
) -> Result<Estimate, ArgumentError> {
    let level = side.two_sided_alpha(alpha)?;
    sample("values of the control", control)?;
    sample("values of the treatment", treatment)?;
    let pairs = Pairs {
        control: sorted(control),
        treatment: sorted(treatment),
    };
    let ranks = Ranks::of_sorted(&pairs.control, &pairs.treatment);
    let test = from_ranks(&ranks, side)?;
    let z = Normal::STANDARD.survival_quantile(0.5 * level);
    // So many of the smallest differences are left out, and as many of the largest.
    let left_out = match ranks.small() {
        Some((m, n)) => {
            let distribution = exact::distribution(m, n);
            let mut sum = 0.0;
            let out = distribution
                .iter()
                .take_while(|probability| {
                    sum += **probability;
                    sum < 0.5 * level
                })
                .count();
            number(out)
        }
        None => (0.5 * pairs.all() - z * ranks.variance().sqrt()).floor(),
    };
    if left_out < 1.0 {
        return Err(ArgumentError::Range {
            name: "pairs of units",
            value: pairs.all(),
            expected: "more: an interval at this level reaches beyond their differences",
        });
    }
    let (lower, upper) = (
        pairs.difference(left_out)?,
        pairs.difference(pairs.all() - left_out + 1.0)?,
    );
    let half = (0.5 * pairs.all()).floor();
    let effect = if half * 2.0 < pairs.all() {
        pairs.difference(half + 1.0)?
    } else {
        0.5 * pairs.difference(half)? + 0.5 * pairs.difference(half + 1.0)?
    };
    let standard_error =
        crate::argument::positive("width of the interval", upper - lower)? / (2.0 * z);
    let interval = match side {
        Side::Both => Interval::new(lower, upper),
        Side::Greater => Interval::new(lower, f64::INFINITY),
        Side::Less => Interval::new(f64::NEG_INFINITY, upper),
    };
    Ok(Estimate {
        effect,
        standard_error,
        degrees_of_freedom: f64::INFINITY,
        interval,
        p_value: test.p_value,
    })
}

/// Both arms in order.
struct Pairs {
    control: Vec<f64>,
    treatment: Vec<f64>,
}

impl Pairs {
    fn all(&self) -> f64 {
        number(self.control.len()) * number(self.treatment.len())
    }

    /// How many differences are at most `most`. Differences as they are rounded, which ascend as the exact ones do.
    fn at_most(&self, most: f64) -> f64 {
        let mut count = 0_u64;
        let mut below = self.control.iter();
        let mut above = self.control.len();
        let mut smallest = below.next();
        // The larger the treatment's value, the larger a control is asked for.
        for theirs in &self.treatment {
            while smallest.is_some_and(|ours| theirs - ours > most) {
                smallest = below.next();
                above -= 1;
            }
            count += u64::try_from(above).unwrap_or(u64::MAX);
        }
        crate::values::units(count)
    }

    /// The difference of this rank, the smallest being the first.
    ///
    /// A bracket that is cut by interpolation and in the middle in turn, until it holds so few differences that they can be
    /// looked at (the idea of Monahan 1984, ACM TOMS 10).
    fn difference(&self, rank: f64) -> Result<f64, ArgumentError> {
        let apart = |control: Option<&f64>, treatment: Option<&f64>| {
            let difference = control.zip(treatment).map(|(ours, theirs)| theirs - ours);
            finite("difference of two values", difference.unwrap_or(f64::NAN))
        };
        // At most `low` are fewer than `rank`, at most `high` are not: nothing, and everything.
        let mut low = ordinal(apart(self.control.last(), self.treatment.first())?) - 1;
        let mut high = ordinal(apart(self.control.first(), self.treatment.last())?);
        let (mut below, mut most) = (0.0, self.all());
        let few = 4.0 * number(self.control.len() + self.treatment.len());
        for step in 0_u32.. {
            if low + 1 >= high {
                break;
            }
            if most - below <= few {
                return Ok(self.among(from_ordinal(low), from_ordinal(high), rank - below));
            }
            let (from, to) = (from_ordinal(low), from_ordinal(high));
            let middle = if step > 40 {
                // Ties, or numbers of very different sizes. Rounded down, also of two below 0.
                (low & high) + ((low ^ high) >> 1)
            } else if step % 2 == 1 {
                ordinal(0.5 * from + 0.5 * to)
            } else {
                let share = (rank - below) / (most - below);
                ordinal(from + (to - from) * share)
            }
            .clamp(low + 1, high - 1);
            let count = self.at_most(from_ordinal(middle));
            if count >= rank {
                (high, most) = (middle, count);
            } else {
                (low, below) = (middle, count);
            }
        }
        Ok(from_ordinal(high) + 0.0)
    }

    /// The difference of this rank among those above `low` and at most `high`.
    fn among(&self, low: f64, high: f64, rank: f64) -> f64 {
        let mut found = Vec::new();
        let (mut first, mut last) = (self.control.len(), self.control.len());
        for theirs in self.treatment.iter().rev() {
            // The smaller the treatment's value, the smaller are the controls that are as far from it.
            let below = |end: usize, limit: f64| {
                let mut end = end;
                while let Some(ours) = end.checked_sub(1).and_then(|at| self.control.get(at))
                    && theirs - ours <= limit
                {
                    end -= 1;
                }
                end
            };
            first = below(first, high);
            last = below(last, low);
            found.extend(
                self.control
                    .iter()
                    .take(last)
                    .skip(first)
                    .map(|ours| theirs - ours),
            );
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within those found"
        )]
        let place = (rank - 1.0) as usize;
        let [difference] = order_statistics(&mut found, [place]);
        difference + 0.0
    }
}

/// The place of a number among all that an `f64` can be.
fn ordinal(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    bits ^ (((bits >> 63).cast_unsigned()) >> 1).cast_signed()
}

fn from_ordinal(ordinal: i64) -> f64 {
    let bits = ordinal ^ (((ordinal >> 63).cast_unsigned()) >> 1).cast_signed();
    f64::from_bits(bits.cast_unsigned())
}
