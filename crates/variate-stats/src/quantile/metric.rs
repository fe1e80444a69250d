use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::definition::{Definition, Place};
use super::selection::order_statistics;
use crate::argument::{finite, fraction, length, positive};
use crate::distribution::Normal;
use crate::values::{finite_values, number};
use crate::{ArgumentError, Estimate, Interval, Side};

/// A quantile of an arm with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuantileEstimate {
    /// The quantile.
    pub value: f64,
    /// Its standard error: the width of the interval over 2z. 0 where the interval is one value (ties).
    pub standard_error: f64,
    /// Between two of the values: holds the quantile at the level asked for, whatever the distribution.
    pub interval: Interval,
}

/// A quantile as a metric.
///
/// The quantile itself is that of the [`Definition`] (type 7 as numpy's). Its interval is from the ⌊n(p − zσ)⌋th to the
/// (⌈n(p + zσ)⌉ + 1)th smallest value, rounded outwards, where σ is the standard error of the share of values that are not
/// above the quantile: √(p(1 − p)/n) for independent values, and by the delta method for values of the same unit. The
/// standard error is the interval's width over 2z; no density is estimated. Reference: Liu, Sun, Varshney & Xu 2019
/// (arXiv 1903.08762), the outer interval.
///
/// Valid when the interval stays within the values, else it is refused: n·p and n·(1 − p) of some ten at least. Ties (whole
/// seconds, many zeros) make the interval of quantiles that fall into them one value: compare shares instead.
/// O(n) by selection.
///
/// ```
/// use variate_stats::{Side, quantile::Quantile};
///
/// let control: Vec<f64> = (0..500).map(|i| f64::from(i * 7 % 500)).collect();
/// let treatment: Vec<f64> = control.iter().map(|load| load * 0.8).collect();
///
/// let p90 = Quantile::new(0.9)?;
/// assert!((p90.of(&control)? - 449.1).abs() < 1e-9);
/// let faster = p90.compare(&control, &treatment, 0.05, Side::Both)?;
/// assert!((faster.effect + 89.82).abs() < 1e-9 && faster.interval.upper < 0.0);
/// # Ok::<(), variate_stats::ArgumentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    probability: f64,
    definition: Definition,
}

impl Quantile {
    /// The median.
    pub const MEDIAN: Self = Self {
        probability: 0.5,
        definition: Definition::Linear,
    };

    /// The quantile that a share `probability` of the values does not exceed.
    ///
    /// # Errors
    /// When `probability` is not between 0 and 1.
    pub fn new(probability: f64) -> Result<Self, ArgumentError> {
        Ok(Self {
            probability: fraction("probability of the quantile", probability)?,
            definition: Definition::default(),
        })
    }

    /// By another definition.
    pub fn with_definition(mut self, definition: Definition) -> Self {
        self.definition = definition;
        self
    }

    /// The quantile of the values, in any order.
    ///
    /// # Errors
    /// When there are no values, or one is not finite.
    pub fn of(&self, values: &[f64]) -> Result<f64, ArgumentError> {
        length(!values.is_empty(), "values", values.len(), "at least 1")?;
        finite_values("values", values)?;
        let place = self.place(values.len());
        let [low, high] = order_statistics(&mut values.to_vec(), [place.below, place.below + 1]);
        Ok(place.between(low, high))
    }

    /// The quantile with its standard error and an interval at the level `alpha`, of independent values.
    ///
    /// # Errors
    /// When there are too few values for an interval around the quantile, one is not finite, or `alpha` is not between 0
    /// and 1.
    pub fn estimate(&self, values: &[f64], alpha: f64) -> Result<QuantileEstimate, ArgumentError> {
        finite_values("values", values)?;
        self.independent(values, fraction("alpha", alpha)?)
    }

    /// The same where several values are of one unit: `units` has the unit of each value.
    ///
    /// # Errors
    /// As [`Quantile::estimate`], and when there are not as many units as values, or all are of one unit.
    pub fn estimate_clustered<K: Eq + Hash>(
        &self,
        values: &[f64],
        units: &[K],
        alpha: f64,
    ) -> Result<QuantileEstimate, ArgumentError> {
        finite_values("values", values)?;
        self.clustered(values, units, fraction("alpha", alpha)?)
    }

    /// The difference of the quantiles of two arms, of independent values.
    ///
    /// # Errors
    /// As [`Quantile::estimate`] for each arm, and when both intervals are a single value, or `alpha` is not below ½ for
    /// one side.
    pub fn compare(
        &self,
        control: &[f64],
        treatment: &[f64],
        alpha: f64,
        side: Side,
    ) -> Result<Estimate, ArgumentError> {
        let level = side.two_sided_alpha(alpha)?;
        finite_values("values of the control", control)?;
        finite_values("values of the treatment", treatment)?;
        difference(
            &self.independent(control, level)?,
            &self.independent(treatment, level)?,
            alpha,
            side,
        )
    }

    /// The difference of the quantiles of two arms, each with the values and the unit of each value.
    ///
    /// ```
    /// use variate_stats::{Side, quantile::Quantile};
    ///
    /// // Ten page loads a user, all of them alike: no more is known than from one of each.
    /// let users: Vec<u32> = (0..2000).map(|load| load / 10).collect();
    /// let control: Vec<f64> = users.iter().map(|user| f64::from(user * 37 % 200)).collect();
    /// let treatment: Vec<f64> = control.iter().map(|load| load + 14.0).collect();
    ///
    /// let median = Quantile::MEDIAN;
    /// let alike = median.compare_clustered((&control, &users), (&treatment, &users), 0.05, Side::Both)?;
    /// let as_if = median.compare(&control, &treatment, 0.05, Side::Both)?;
    /// assert!(alike.standard_error > 2.5 * as_if.standard_error);
    /// assert!(alike.p_value > 0.05 && as_if.p_value < 0.001);
    /// # Ok::<(), variate_stats::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Quantile::estimate_clustered`] for each arm, and as [`Quantile::compare`].
    pub fn compare_clustered<K: Eq + Hash>(
        &self,
        control: (&[f64], &[K]),
        treatment: (&[f64], &[K]),
        alpha: f64,
        side: Side,
    ) -> Result<Estimate, ArgumentError> {
        let level = side.two_sided_alpha(alpha)?;
        finite_values("values of the control", control.0)?;
        finite_values("values of the treatment", treatment.0)?;
        difference(
            &self.clustered(control.0, control.1, level)?,
            &self.clustered(treatment.0, treatment.1, level)?,
            alpha,
            side,
        )
    }

    fn independent(&self, values: &[f64], level: f64) -> Result<QuantileEstimate, ArgumentError> {
        let p = self.probability;
        let error = (p * (1.0 - p) / number(values.len())).sqrt();
        self.interval(values, None, error, level)
    }

    fn clustered<K: Eq + Hash>(
        &self,
        values: &[f64],
        units: &[K],
        level: f64,
    ) -> Result<QuantileEstimate, ArgumentError> {
        length(
            units.len() == values.len(),
            "units",
            units.len(),
            "one for each value",
        )?;
        let mut reordered = values.to_vec();
        let place = self.place(values.len());
        let [low, high] = order_statistics(&mut reordered, [place.below, place.below + 1]);
        let quantile = place.between(low, high);
        let mut clusters: HashMap<&K, (f64, f64)> = HashMap::new();
        for (value, unit) in values.iter().zip(units) {
            let cluster = clusters.entry(unit).or_default();
            cluster.0 += f64::from(u8::from(*value <= quantile));
            cluster.1 += 1.0;
        }
        length(
            clusters.len() >= 2,
            "units",
            clusters.len(),
            "at least 2 different ones",
        )?;
        let below = clusters.values().map(|cluster| cluster.0).sum::<f64>();
        let whole = number(values.len());
        let share = below / whole;
        // Sorted, since a map has no order that is the same twice.
        let mut squares: Vec<f64> = clusters
            .values()
            .map(|(below, all)| (below - share * all) * (below - share * all))
            .collect();
        squares.sort_unstable_by(f64::total_cmp);
        let number = number(clusters.len());
        let error = (squares.iter().sum::<f64>() * number / (number - 1.0)).sqrt() / whole;
        let error = positive("standard error of the share below the quantile", error)?;
        self.interval(values, Some(reordered), error, level)
    }

    /// From the standard error of the share of values that are not above the quantile.
    fn interval(
        &self,
        values: &[f64],
        reordered: Option<Vec<f64>>,
        error: f64,
        level: f64,
    ) -> Result<QuantileEstimate, ArgumentError> {
        let count = number(values.len());
        let z = Normal::STANDARD.survival_quantile(0.5 * level);
        let lower = (count * (self.probability - z * error)).floor();
        let upper = (count * (self.probability + z * error)).ceil() + 1.0;
        // Not `<`, for the NaN of no values.
        if !(lower >= 1.0 && upper <= count) {
            return Err(ArgumentError::Range {
                name: "values",
                value: count,
                expected: "more: an interval of this quantile at this level reaches beyond them",
            });
        }
        let place = self.place(values.len());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 1 to the number of values"
        )]
        let (lower, upper) = (lower as usize - 1, upper as usize - 1);
        let mut values = reordered.unwrap_or_else(|| values.to_vec());
        // The quantile is within the interval, also where rounding has it between the same two values.
        let places = [
            lower.min(place.below),
            place.below,
            place.below + 1,
            upper.max(place.below + 1),
        ];
        let [lower, below, above, upper] = order_statistics(&mut values, places);
        let value = place.between(below, above);
        let interval = Interval::new(lower, upper);
        Ok(QuantileEstimate {
            value,
            standard_error: finite("width of the interval", interval.width())? / (2.0 * z),
            interval,
        })
    }

    fn place(&self, count: usize) -> Place {
        Place::of(self.definition, self.probability, count)
    }
}

fn difference(
    control: &QuantileEstimate,
    treatment: &QuantileEstimate,
    alpha: f64,
    side: Side,
) -> Result<Estimate, ArgumentError> {
    Estimate::normal(
        treatment.value - control.value,
        control.standard_error.hypot(treatment.standard_error),
        alpha,
        side,
    )
}
